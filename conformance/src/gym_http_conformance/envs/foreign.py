"""Environments as packages other than Gymnasium's write them: within what it allows, yet unusual."""

from __future__ import annotations

from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces


def _half_bounded() -> spaces.Box:
    return spaces.Box(np.array([-1, -np.inf], np.float32), np.array([1, np.inf], np.float32))


class Foreign(gymnasium.Env[Any, Any]):
    """Its constructor would draw into a window, its numbers come in arrays, and what is odd in `info` lies deep."""

    metadata = {"render_modes": ["human", "rgb_array"], "render_fps": 10}  # noqa: RUF012 (as Gymnasium declares it)

    def __init__(self, weights: Any = (), render_mode: str | None = "human") -> None:
        self.render_mode = render_mode
        self.observation_space = spaces.Discrete(1)
        self.action_space = _half_bounded()
        for index in range(len(weights)):
            weights[index] = -1

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, Any]:
        super().reset(seed=seed)
        self.action_space = _half_bounded()
        return 0, None

    def step(self, action: Any) -> tuple[Any, Any, Any, Any, Any]:
        info = {"parts": {"fine": [1, {"odd": {7}}], "\udc80": "of no Unicode"}, "action": str(action.tolist())}
        return 0, np.array([2.0]), np.array([False]), [False], info

    def render(self) -> Any:
        return np.arange(6).reshape(2, 3) / 5
