"""A Gymnasium environment whose dynamics run at a server."""

from __future__ import annotations

import math
import operator
from typing import Any, ClassVar, SupportsFloat

import gymnasium

from . import _instance_operations as operations
from ._instance import RemoteInstance


class RemoteEnv(RemoteInstance, gymnasium.Env[Any, Any]):
    """The environment `env_id` of the server at `remote_base`, as a `gymnasium.Env`.

    Spaces equal those of the environment itself, and so do observations, dtypes included (one of a Discrete is an int).
    ``env.action_space.sample()`` draws here; seed it with ``env.action_space.seed(...)``.

    Args:
        remote_base: where the server is, such as ``"http://127.0.0.1:5000"``.
        env_id: as for `gymnasium.make`.
        render_mode: one that the environment has: ``"rgb_array"``, ``"ansi"`` and others, or a list of such frames
            (``"rgb_array_list"``); None for none. To see the frames in a window, make the environment with
            ``gymnasium.make("gym_http_client:Remote-v0", render_mode="human", ...)``.
        seed: at least 0; seeds the first reset that brings no seed of its own.
        kwargs: arguments of the environment's constructor, for those that have the name of an argument here.
        max_episode_steps: replaces the environment's own time limit.
        encoding: ``"msgpack"`` or ``"json"``; by default MessagePack where `msgpack` is installed. With JSON, arrays in
            `info` arrive as lists.
        **arguments: `timeout`, `retries`, `token` and `session` as for `Client`; all others go to the environment's
            constructor, as with `gymnasium.make`.

    Attributes:
        client: the `Client` that it calls with.
        instance_id: the id by which others may attach.

    Raises:
        GymHttpError: one of its four kinds, from every method; of a refused action an `InvalidActionError`.
        gymnasium.error.ClosedEnvironmentError: from every method once it is closed.

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
        **arguments: Any,
    ) -> None:
        options = {"seed": seed, "kwargs": kwargs, "max_episode_steps": max_episode_steps}
        self._make(remote_base, env_id, render_mode, options, {"encoding": encoding, **arguments})

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        """Begin an episode; returns (observation, info). `np_random` is seeded too; the dynamics do not use it."""
        session = self._open_session()
        seed = None if seed is None else operator.index(seed)
        super().reset(seed=seed)
        result = operations.reset(session, session.typed, self.instance_id, seed, options, self._read_reset)
        if self._frames is not None:
            self._frames.begin(0, self._frame())
        return result

    def step(self, action: Any) -> tuple[Any, SupportsFloat, bool, bool, dict[str, Any]]:
        """Take one step; returns (observation, reward, terminated, truncated, info)."""
        session = self._open_session()
        result = operations.step(session, session.typed, self.instance_id, action, self._read_step)
        self._after_step(result)
        return result

    def _after_step(self, result: Any) -> None:
        if self._frames is not None:
            self._frames.add(0, self._frame())

    def render(self) -> Any:
        """The current frame, as `render_mode` has it; None where that is None.

        Of ``"rgb_array"`` a uint8 array of shape (height, width, 3), of ``"ansi"`` a string; of a list the frames since
        the last `render` or `reset`.
        """
        if self.render_mode is None:
            return None
        if self._frames is not None:
            return self._frames.take()[0]
        frame = self._frame()
        return tuple(frame) if isinstance(frame, list) else frame

    @property
    def _frameskip(self) -> Any:
        """The argument that the environment was made with: Gymnasium's `AtariPreprocessing` looks whether it is 1."""
        arguments = self._facts["spec"].get("kwargs", {})
        if "frameskip" not in arguments:
            raise AttributeError("the environment was made without a frameskip")
        return arguments["frameskip"]

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
