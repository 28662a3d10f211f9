"""Follows rewards and ends of episodes, step by step, and says which episodes finished."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np


class Episode(NamedTuple):
    """A finished episode: undiscounted return, steps taken, when it began (seconds since the epoch)."""

    reward: float
    length: int
    started: float
    seed: int | None
    env: int | None = None


class SingleTracker:
    """Follows one environment. A reset in the middle discards what ran; nothing counts before the first reset."""

    def __init__(self) -> None:
        self._running = False
        self._reward = 0.0
        self._length = 0
        self._started = 0.0
        self._seed: int | None = None

    def reset(self, seed: int | None, mask: None = None) -> None:
        """An episode begins."""
        self._running = True
        self._reward, self._length = 0.0, 0
        self._started, self._seed = time.time(), seed

    def step(self, reward: float, terminated: bool, truncated: bool) -> Sequence[Episode]:
        """The episode that ended with this step, or nothing."""
        if not self._running:
            return ()
        self._reward += reward
        self._length += 1
        if not (terminated or truncated):
            return ()
        self._running = False
        return (Episode(float(self._reward), self._length, self._started, self._seed),)


class VectorTracker:
    """Follows a vector environment, whose sub-environments begin episodes by themselves.

    `autoreset_mode` says when: with next_step the step after an end is the reset, and its reward belongs to no episode;
    with same_step the next episode begins at once; with disabled only a reset begins one.
    """

    def __init__(self, num_envs: int, autoreset_mode: str) -> None:
        self._autoreset_mode = autoreset_mode
        self._running = np.zeros(num_envs, dtype=bool)
        self._rewards = np.zeros(num_envs)
        self._lengths = np.zeros(num_envs, dtype=np.int64)
        self._started = np.zeros(num_envs)
        self._seeds: list[int | None] = [None] * num_envs
        self._ended_last_step: np.ndarray[Any, np.dtype[np.bool_]] | None = None

    def reset(self, seed: int | Sequence[int | None] | None, mask: Any = None) -> None:
        """An episode begins in every sub-environment, or in those of `mask` (bool, shape (num_envs,)).

        An int seeds sub-environment i with seed + i, as Gymnasium has it.
        """
        count = len(self._seeds)
        begins = np.ones(count, dtype=bool) if mask is None else np.asarray(mask, dtype=bool)
        if self._ended_last_step is not None:
            self._ended_last_step = self._ended_last_step & ~begins
        self._begin(begins)
        if seed is not None:
            given = [seed + index for index in range(count)] if isinstance(seed, int) else seed
            self._seeds = [new if begun else old for new, old, begun in zip(given, self._seeds, begins, strict=True)]

    def step(self, reward: Any, terminated: Any, truncated: Any) -> Sequence[Episode]:
        """The episodes that ended with this step, by index of sub-environment; arguments of shape (num_envs,)."""
        ended = np.logical_or(terminated, truncated)
        # Those that do not run are counted too, for they start from nothing when they begin.
        self._rewards += reward
        self._lengths += 1
        any_ended = bool(ended.any())
        finished: Sequence[Episode] = self._finish(ended) if any_ended else ()
        if self._autoreset_mode == "same_step":
            if any_ended:
                self._begin(ended)
        elif self._autoreset_mode == "next_step":
            if self._ended_last_step is not None:
                self._begin(self._ended_last_step)
            self._ended_last_step = ended if any_ended else None
        return finished

    def _finish(self, ended: np.ndarray[Any, np.dtype[np.bool_]]) -> list[Episode]:
        finished = [
            Episode(float(self._rewards[i]), int(self._lengths[i]), float(self._started[i]), self._seeds[i], i)
            for i in np.flatnonzero(ended & self._running).tolist()
        ]
        self._running &= ~ended
        return finished

    def _begin(self, which: np.ndarray[Any, np.dtype[np.bool_]]) -> None:
        self._rewards[which] = 0.0
        self._lengths[which] = 0
        self._started[which] = time.time()
        self._running |= which
        for index in np.flatnonzero(which).tolist():
            self._seeds[index] = None
