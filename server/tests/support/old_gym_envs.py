"""Environments of classic gym from before 0.26, as packages that were never updated still register them."""

from __future__ import annotations

from typing import Any

import gym
import numpy as np
from gym import spaces


class FourTuple(gym.Env):  # type: ignore[misc]
    """The API up to 0.21: one flag, seeding and the render mode by methods."""

    observation_space = spaces.Box(0, 100, (1,), np.float64)
    action_space = spaces.Discrete(2)
    metadata = {"render.modes": ["human", "rgb_array"]}  # noqa: RUF012  # as gym declared it

    def __init__(self, length: int = 3) -> None:
        self._length = length
        self._start = 0

    def seed(self, seed: int | None = None) -> list[Any]:
        self._start = seed or 0
        return [seed]

    def reset(self) -> Any:
        self._count = 0
        return np.array([float(self._start)])

    def step(self, action: Any) -> Any:
        self._count += 1
        done = self._count >= self._length
        info = {"TimeLimit.truncated": True} if done and action else {}
        return np.array([float(self._start + self._count)]), np.array([1.0]), done, info

    def render(self, mode: str = "human") -> Any:
        assert mode == "rgb_array"
        return np.full((3, 4), 8, dtype=np.uint8)


class ReturnInfo(FourTuple):
    """The API of 0.22 to 0.25: seeded by reset, which gives an info where it is asked for."""

    def reset(self, *, seed: int | None = None, return_info: bool = False, options: Any = None) -> Any:
        self._start = seed or 0
        return (super().reset(), {"told": 1}) if return_info else super().reset()


class NoParameters(FourTuple):
    """The API of 0.26 but for the parameters of `reset`."""

    metadata = {"render_modes": ["rgb_array"]}  # noqa: RUF012

    def __init__(self, render_mode: str | None = None) -> None:
        super().__init__()
        self.render_mode = render_mode

    def reset(self) -> Any:
        return super().reset(), None

    def step(self, action: Any) -> Any:
        observation, reward, done, _ = super().step(action)
        return observation, reward, done, False, None

    def render(self) -> Any:
        return super().render("rgb_array")


class Scribbled(NoParameters):
    """Writes into the kwargs that it was registered with."""

    def __init__(self, marks: list[int], render_mode: str | None = None) -> None:
        super().__init__(render_mode)
        assert marks == [1]
        marks.append(2)


gym.register("FourTuple-v0", entry_point="old_gym_envs:FourTuple")
gym.register("FourTupleMarked-v0", entry_point="old_gym_envs:FourTuple", apply_api_compatibility=True)
gym.register("FourTupleByFunction-v0", entry_point=lambda: FourTuple(2), max_episode_steps=50)
gym.register("ReturnInfo-v0", entry_point="old_gym_envs:ReturnInfo")
gym.register("NoParameters-v0", entry_point="old_gym_envs:NoParameters")
gym.register("Scribbled-v0", entry_point="old_gym_envs:Scribbled", kwargs={"marks": [1]})
