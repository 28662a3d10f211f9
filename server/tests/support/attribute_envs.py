"""Environments with attributes of every kind."""

from __future__ import annotations

import math
from collections import UserDict, namedtuple
from enum import IntEnum
from typing import Any

import gymnasium
import numpy as np


class Colour(IntEnum):
    RED = 3


class Engine:
    power = 7
    math = math

    def revolutions(self) -> int:
        return 900

    def __call__(self) -> str:
        return "called"


Pair = namedtuple("Pair", ["left", "right"])


class Attributes(gymnasium.Env[Any, Any]):
    """`changed` counts the calls of `change`, which only an operator's leave makes possible."""

    observation_space = action_space = gymnasium.spaces.Discrete(2)

    def __init__(self) -> None:
        self.values = {
            "nothing": None,
            "flag": np.bool_(True),
            "colour": Colour.RED,
            "wide": np.int64(2**40),
            "single": np.float32(0.5),
            "scalar": np.array(4),
            "array": np.arange(6, dtype=np.int16).reshape(2, 3),
            "text": "漢",
            "pair": Pair(1, "two"),
            "mapping": UserDict({"a": (1, 2)}),
        }
        self.array = np.zeros(2)
        self.engine = Engine()
        self.engines = [Engine()]
        self.raw = b"bytes"
        self.members = {1, 2}
        self.kind = Engine
        self.library = math
        self.endless: list[Any] = []
        self.endless.append(self.endless)
        self.strings = {"1": 1}
        self.mixed = {1: 1, "b": 2}
        self.numpy_keys = {np.int64(4): {5: "x"}}
        self.changed = 0
        self._secret = 1

    @property
    def broken(self) -> int:
        raise ZeroDivisionError("told to")

    def change(self) -> int:
        self.changed += 1
        return self.changed

    def needs(self, what: int) -> int:
        return what

    def get_action_meanings(self) -> list[str]:
        return ["NOOP", "FIRE"]

    def action_masks(self) -> Any:
        raise ValueError("no masks today")

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        return 0, {}

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        self.array += 1
        return 0, 0.0, False, False, {}


class Wrapped(gymnasium.Wrapper[Any, Any, Any, Any]):
    outermost = "wrapper"


gymnasium.register("attributes/Plain-v0", Attributes)
gymnasium.register("attributes/Wrapped-v0", lambda: Wrapped(Attributes()))
