"""Environments that do their server harm: each action, and each place that `at` names, is another way to."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np


class Panic(BaseException):
    """What native extensions raise when they panic: no Exception."""


RAISED = (KeyboardInterrupt, SystemExit, GeneratorExit, asyncio.CancelledError, Panic)


class HostileEnv(gymnasium.Env[Any, Any]):
    """`at` says where it misbehaves (init, reset, step, close) and `how`: hang, raise, chdir or fork.

    An action chooses what is raised; `file` is opened by the constructor; `size` is how many bytes are observed.
    """

    action_space = gymnasium.spaces.Discrete(len(RAISED) + 1)

    def __init__(self, at: str = "", how: str = "hang", file: str = "", size: int = 1, which: int = 0) -> None:
        self._at, self._how, self._which = at, how, which
        self._observation = np.zeros(size, np.uint8)
        self.observation_space = gymnasium.spaces.Box(0, 255, (size,), np.uint8)
        if file:
            Path(file).read_text()
        self._do("init")

    def _do(self, place: str, which: int | None = None) -> None:
        if place != self._at:
            return
        if self._how == "hang":
            time.sleep(3600)
        elif self._how == "raise":
            raise RAISED[self._which if which is None else which]("told to fail")
        elif self._how == "chdir":
            os.chdir("/")
        elif self._how == "fork" and os.fork() == 0:
            time.sleep(20)
            os._exit(0)

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        super().reset(seed=seed)
        self._do("reset")
        return self._observation, {}

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        if action:
            self._do("step", int(action) - 1)
        return self._observation, 1.0, False, False, {}

    def close(self) -> None:
        self._do("close")


gymnasium.register("Hostile-v0", entry_point="hostile_envs:HostileEnv")
