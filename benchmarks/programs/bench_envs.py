"""The environments of the measurements, for every server and process that holds them.

Importing this registers ``Sized-v0``, whose observation is as large as its argument `size` says, and ``Slow-v0``,
whose steps take 10 ms.
"""

from __future__ import annotations

import time
from typing import Any

import gymnasium
import numpy as np
from numpy.typing import NDArray


class Sized(gymnasium.Env[NDArray[np.float32], np.int64]):
    """Costs next to nothing itself: what it takes to step it elsewhere is the cost of `size` float32 numbers."""

    def __init__(self, size: int = 4) -> None:
        self.observation_space = gymnasium.spaces.Box(-1.0, 1.0, (size,), np.float32)
        self.action_space = gymnasium.spaces.Discrete(2)
        self._observation = np.random.default_rng(0).uniform(-1.0, 1.0, size).astype(np.float32)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[NDArray[np.float32], dict[str, Any]]:
        """The observation, always the same."""
        return self._observation, {}

    def step(self, action: np.int64) -> tuple[NDArray[np.float32], float, bool, bool, dict[str, Any]]:
        """The observation again; an episode has no end."""
        return self._observation, 1.0, False, False, {}


class Slow(gymnasium.Env[NDArray[np.float32], np.int64]):
    """Waits in every step, as a simulator that runs elsewhere would have it wait."""

    observation_space = gymnasium.spaces.Box(-1.0, 1.0, (4,), np.float32)
    action_space = gymnasium.spaces.Discrete(2)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[NDArray[np.float32], dict[str, Any]]:
        """The observation, always the same."""
        return np.zeros(4, np.float32), {}

    def step(self, action: np.int64) -> tuple[NDArray[np.float32], float, bool, bool, dict[str, Any]]:
        """The observation again, 10 ms later; an episode has no end."""
        time.sleep(0.01)
        return np.zeros(4, np.float32), 1.0, False, False, {}


gymnasium.register("Sized-v0", entry_point=Sized, disable_env_checker=True)
gymnasium.register("Slow-v0", entry_point=Slow, disable_env_checker=True)


def make(env_id: str, kwargs: dict[str, Any]) -> gymnasium.Env[Any, Any]:
    """One environment, as `gymnasium.make` makes it."""
    _import(env_id)
    return gymnasium.make(env_id, **kwargs)


def make_vec(env_id: str, num_envs: int, mode: str | None) -> gymnasium.vector.VectorEnv[Any, Any, Any]:
    """A vector env, as `gymnasium.make_vec` makes it."""
    _import(env_id)
    return gymnasium.make_vec(env_id, num_envs, mode)


def _import(env_id: str) -> None:
    if env_id.startswith("ALE/"):
        import ale_py

        gymnasium.register_envs(ale_py)
