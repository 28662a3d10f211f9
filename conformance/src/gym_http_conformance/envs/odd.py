"""Environments with values that are hard to carry, and one that raises."""

from __future__ import annotations

import datetime
from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces

NUMBERS = [2.0**53, 0.1 + 0.2, 1e-308, 5e-324, -0.0, 1.2345678901234567e99, 1 / 3, -123456.789]


class Numbers(gymnasium.Env[Any, Any]):
    """A reset observes `NUMBERS`, a step NaN and both infinities; `info` holds integers and floats of every size.

    `huge` adds an integer that 64 bits do not hold.
    """

    def __init__(self, huge: bool = False, render_mode: str | None = None) -> None:
        self.huge, self.render_mode = huge, render_mode
        self.observation_space = spaces.Box(-np.inf, np.inf, (8,), np.float64)
        self.action_space = spaces.Discrete(2)

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        super().reset(seed=seed)
        info: dict[str, Any] = {
            "int53": 2**53,
            "int53_plus_1": 2**53 + 1,
            "int64_max": 2**63 - 1,
            "int64_min": -(2**63),
            "numpy_int": np.int64(-7),
            "float": 0.1 + 0.2,
            "float32": np.float32(0.1),
            "whole": 3.0,
            "minus_zero": -0.0,
            "small": 5e-324,
            "large": 1.2345678901234567e99,
        }
        return np.array(NUMBERS), info | ({"huge": 2**80} if self.huge else {})

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        observation = np.array([np.nan, np.inf, -np.inf, 0.0, 1.0, -1.0, 1e99, -1e99])
        info = {
            "nan": np.nan,
            "inf": np.inf,
            "minus_inf": -np.inf,
            "array": np.array([np.nan, np.inf, 1.0], np.float32),
        }
        return observation, float("inf") if action else float("nan"), False, False, info


class Thing:
    """Has no form on the wire but its repr."""

    def __repr__(self) -> str:
        return "<Thing of the conformance suite>"


class Info(gymnasium.Env[Any, Any]):
    """Has an `info` of everything that programs put there."""

    def __init__(self, render_mode: str | None = None) -> None:
        self.render_mode = render_mode
        self.observation_space = spaces.Discrete(1)
        self.action_space = spaces.Discrete(2)

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        super().reset(seed=seed)
        return 0, {
            "text": 'Grüße, 世界 🎈 "quoted" back\\slash /\n\ttab',
            "control": "\x01\x7f",
            "empty_text": "",
            "empty_list": [],
            "empty_object": {},
            "nested_empty": {"list": [[], {}], "object": {"inner": {}}},
            "none": None,
            "true": True,
            "false": False,
            "numpy_bool": np.bool_(True),
            "tuple": (1, "a"),
            "größe": "key",
            "list": [1, 2.5, "three", None, False],
        }

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        info = {
            "bytes": b"\x00\xff",
            "set": {7},
            "thing": Thing(),
            "date": datetime.date(2020, 2, 29),
            "things": [Thing(), {"inner": Thing()}],
            "array": np.array([[1, 2], [3, 4]], np.uint8),
            "bools": np.array([True, False]),
            "empty_array": np.zeros((0, 3), np.float32),
            "scalar_array": np.array(2.5),
            "names": {1: "one", "two": 2},
        }
        return 0, 1.0, False, False, info


class Raise(gymnasium.Env[Any, Any]):
    """Raises `RuntimeError("the reactor is on fire")` in the method called `where`.

    A step with action 0 and a reset with seed 0 go well even so. `where="render_mode"` raises when that is read of an
    environment that was reset.
    """

    metadata = {"render_modes": ["rgb_array"], "render_fps": 10}  # noqa: RUF012 (as Gymnasium declares it)

    def __init__(self, where: str = "step", render_mode: str | None = None) -> None:
        self.where, self._mode = where, render_mode
        self.observation_space = spaces.Discrete(10)
        self.action_space = spaces.Discrete(2)
        self.steps: int | None = None
        self._burn("init")

    @property
    def render_mode(self) -> str | None:  # type: ignore[override]
        if self.steps is not None:
            self._burn("render_mode")
        return self._mode

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        super().reset(seed=seed)
        if seed != 0:
            self._burn("reset")
        self.steps = 0
        return 0, {}

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        if action:
            self._burn("step")
        self.steps = (self.steps or 0) + 1
        return self.steps, 0.0, False, False, {}

    def render(self) -> Any:
        self._burn("render")
        return np.zeros((4, 6, 3), np.uint8)

    def close(self) -> None:
        self._burn("close")

    def _burn(self, here: str) -> None:
        if self.where == here:
            raise RuntimeError("the reactor is on fire")
