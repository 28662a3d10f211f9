"""Drive reinforcement-learning environments that a gym-http-server hosts.

`Client` is the flat API of the original gym-http-api. `RemoteEnv` and `RemoteVectorEnv` are Gymnasium environments and
need the `gymnasium` extra; ``gymnasium.make("gym_http_client:Remote-v0", remote_base=..., env_id=...)`` makes them too.
"""

from __future__ import annotations

from ._version import __version__
from .client import Client
from .errors import (
    DecodeError,
    GymHttpError,
    InvalidActionError,
    RequestTimeoutError,
    ServerError,
    TransportError,
)
from .results import SpaceInfo, StepResult

try:
    import gymnasium

    from .env import RemoteEnv
    from .pool import PoolBatch, RemotePool
    from .vector import RemoteVectorEnv
except ImportError:  # the flat API works without

    def __getattr__(name: str) -> object:
        if name in ("PoolBatch", "RemoteEnv", "RemotePool", "RemoteVectorEnv"):
            raise ImportError(f"{name} needs more packages: pip install 'gym-http-client[gymnasium]'")
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
else:
    gymnasium.register(
        "Remote-v0",
        entry_point="gym_http_client.env:RemoteEnv",
        vector_entry_point="gym_http_client.vector:RemoteVectorEnv",
    )

__all__ = [
    "Client",
    "DecodeError",
    "GymHttpError",
    "InvalidActionError",
    "PoolBatch",
    "RemoteEnv",
    "RemotePool",
    "RemoteVectorEnv",
    "RequestTimeoutError",
    "ServerError",
    "SpaceInfo",
    "StepResult",
    "TransportError",
    "__version__",
]
