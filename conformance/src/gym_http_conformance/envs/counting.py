"""Environments that count their steps, so that a step too many or too few shows."""

from __future__ import annotations

import time
from typing import Any

import gymnasium
import numpy as np
from numpy.typing import NDArray


class Count(gymnasium.Env[NDArray[np.int64], np.int64]):
    """Observes [steps taken, last action], int64; rewards the steps over `divisor`; ends after `length` steps.

    `truncate` ends by truncation instead of termination; `delay` is the seconds that a step takes. `info` tells the
    seed and options of the reset, and a `draw` from the environment's generator. A frame is 4 by 6 pixels of the
    step's number. `table` has integers for keys; `action_masks` tells that the middle action is of no use.
    """

    metadata = {"render_modes": ["rgb_array", "ansi"], "render_fps": 10}  # noqa: RUF012 (as Gymnasium declares it)

    def __init__(
        self,
        length: int = 3,
        truncate: bool = False,
        delay: float = 0.0,
        divisor: float = 10.0,
        render_mode: str | None = None,
    ) -> None:
        self.length, self.truncate, self.delay, self.divisor = length, truncate, delay, divisor
        self.render_mode = render_mode
        self.observation_space = gymnasium.spaces.Box(-1000, 1000, (2,), np.int64)
        self.action_space = gymnasium.spaces.Discrete(3)
        self.steps, self.action = 0, -1
        self.table = {0: {1: [0.5, None]}, 7: {}}
        self._hidden = 1

    def action_masks(self) -> NDArray[np.bool_]:
        return np.array([True, False, True])

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[NDArray[np.int64], dict[str, Any]]:
        super().reset(seed=seed)
        self.steps, self.action = 0, -1
        facts = {"seed": "none" if seed is None else seed, "options": options or {}, "draw": self.np_random.random()}
        return self._observation(), facts

    def step(self, action: np.int64) -> tuple[NDArray[np.int64], float, bool, bool, dict[str, Any]]:
        time.sleep(self.delay)
        self.steps += 1
        self.action = int(action)
        over = self.steps >= self.length
        info = {"steps": self.steps, "draw": self.np_random.random()}
        return self._observation(), self.steps / self.divisor, over and not self.truncate, over and self.truncate, info

    def render(self) -> Any:
        return f"{self.steps}\n" if self.render_mode == "ansi" else np.full((4, 6, 3), self.steps, np.uint8)

    def _observation(self) -> NDArray[np.int64]:
        return np.array([self.steps, self.action], np.int64)


class Blind(Count):
    """A `Count` that cannot be rendered."""

    metadata = {"render_modes": []}  # noqa: RUF012
