"""What vector environments say of themselves."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from .recipe import AUTORESET_MODES

_VECTOR_CLASSES = {"VectorEnv", "VectorWrapper", "VectorEnvWrapper"}
_SINGLE_CLASSES = {"Env", "Wrapper"}


def is_vector(env: Any) -> bool:
    """Whether it is a vector env; by its class, as single environments too may have a `num_envs`."""
    cls: type = type(env)
    is_vector_class = _is_vector_class(cls)
    return hasattr(env, "num_envs") if is_vector_class is None else is_vector_class


@lru_cache(maxsize=1024)
def _is_vector_class(cls: type) -> bool | None:
    bases = {base.__name__ for base in cls.__mro__ if base.__module__.partition(".")[0] in ("gymnasium", "gym")}
    if bases & _VECTOR_CLASSES:
        return True
    return False if bases & _SINGLE_CLASSES else None


def autoreset_mode_of(env: Any) -> str | None:
    """next_step, same_step or disabled, as the vector env says of itself; classic gym's reset in the same step."""
    if type(env).__module__.partition(".")[0] == "gym":
        return "same_step"
    # Metadata may belong to the class, where the latest instance has written its own mode.
    mode = getattr(getattr(env, "unwrapped", env), "autoreset_mode", None) or (env.metadata or {}).get("autoreset_mode")
    value = getattr(mode, "value", mode)
    return next((name for name, library_name in AUTORESET_MODES.items() if library_name == value), None)
