"""A Gymnasium environment whose dynamics run at a server."""

from __future__ import annotations

import math
from typing import Any, ClassVar, SupportsFloat

import gymnasium
import numpy as np
from numpy.typing import NDArray

from . import _operations
from ._instance import RemoteInstance


class RemoteEnv(RemoteInstance, gymnasium.Env[Any, Any]):
    """The environment `env_id` of the server at `remote_base`, as a `gymnasium.Env`.

    Spaces equal those of the environment itself, and so do observations, dtypes included (one of a Discrete is an int).
    ``env.action_space.sample()`` draws here; seed it with ``env.action_space.seed(...)``.

    Args:
        remote_base: where the server is, such as ``"http://127.0.0.1:5000"``.
        env_id: as for `gymnasium.make`.
        render_mode: None, or ``"rgb_array"`` for `render`. To see the frames in a window, make the environment with
            ``gymnasium.make("gym_http_client:Remote-v0", render_mode="human", ...)``.
        seed: at least 0; seeds the first reset that brings no seed of its own.
        kwargs: arguments of the environment's constructor.
        max_episode_steps: replaces the environment's own time limit.
        encoding: ``"msgpack"`` or ``"json"``; by default MessagePack where `msgpack` is installed. With JSON, arrays in
            `info` arrive as lists.
        **connection: `timeout`, `retries`, `token` and `session` of `Client`.

    Attributes:
        client: the `Client` that it calls with.
        instance_id: the id by which others may attach.

    Raises:
        GymHttpError: one of its four kinds, from every method; a refused action is a `ServerError`.

    >>> with RemoteEnv("http://127.0.0.1:5000", "CartPole-v1") as env:
    ...     observation, info = env.reset(seed=42)
    ...     observation, reward, terminated, truncated, info = env.step(1)
    >>> observation
    array([ 0.02727336,  0.18847767,  0.03625453, -0.26141977], dtype=float32)
    """

    _is_vector: ClassVar[bool] = False

    def __init__(
        self,
        remote_base: str,
        env_id: str,
        *,
        render_mode: str | None = None,
        seed: int | None = None,
        kwargs: dict[str, Any] | None = None,
        max_episode_steps: int | None = None,
        encoding: str | None = None,
        **connection: Any,
    ) -> None:
        options = {"seed": seed, "kwargs": kwargs, "max_episode_steps": max_episode_steps}
        self._make(remote_base, env_id, render_mode, options, {"encoding": encoding, **connection})

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        """Begin an episode; returns (observation, info). `np_random` is seeded too; the dynamics do not use it."""
        super().reset(seed=seed)
        session = self.client._session
        return _operations.reset(session, session.typed, self.instance_id, seed, options, self._read_reset)

    def step(self, action: Any) -> tuple[Any, SupportsFloat, bool, bool, dict[str, Any]]:
        """Take one step; returns (observation, reward, terminated, truncated, info)."""
        session = self.client._session
        return _operations.step(session, session.typed, self.instance_id, action, self._read_step)

    def _read_reset(self, document: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
        return self._decoded(document["observation"]), document["info"]

    def _read_step(self, document: dict[str, Any]) -> tuple[Any, SupportsFloat, bool, bool, dict[str, Any]]:
        reward, terminated, truncated = document["reward"], document["terminated"], document["truncated"]
        if reward is None:  # what JSON has for it
            reward = math.nan
        if not (isinstance(reward, float) and isinstance(terminated, bool) and isinstance(truncated, bool)):
            raise ValueError(
                f"reward {reward!r:.40}, terminated {terminated!r:.40} and truncated {truncated!r:.40} where a number "
                "and two booleans belong"
            )
        return self._decoded(document["observation"]), reward, terminated, truncated, document["info"]

    def render(self) -> NDArray[np.uint8] | None:
        """The current frame, a uint8 array of shape (height, width, 3); None where `render_mode` is None."""
        if self.render_mode is None:
            return None
        frame: NDArray[np.uint8] = self.client.env_render(self.instance_id, array=True)
        return frame
