"""How much memory the server and its processes take, and how much they may."""

from __future__ import annotations

import contextlib
import math
import time
from pathlib import Path

import psutil

from ..environments.recipe import Recipe
from ..protocol.errors import ApiError

_CGROUP_LIMITS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))
_SHARE_OF_MACHINE = 0.8
# Measured: a process with Gymnasium and NumPy holds 45 to 50 MB of its own; a small environment in this one 0.1 MB.
_WORKER_BYTES = 50 << 20
_ENV_BYTES = 1 << 17
_SECONDS_BETWEEN_MEASUREMENTS = 0.5  # one takes a few milliseconds


def default_max_memory() -> int:
    """Bytes: eight tenths of what the machine has, or of what the control group allows where that is less."""
    available = psutil.virtual_memory().total
    for path in _CGROUP_LIMITS:
        with contextlib.suppress(OSError, ValueError):  # not this version of cgroups, or "max"
            available = min(available, int(path.read_text()))
    return int(available * _SHARE_OF_MACHINE)


def memory_in_use() -> int:
    """Resident bytes of this process and of all that it started: environments, stored replies, frames, workers."""
    this = psutil.Process()
    total: int = this.memory_info().rss
    for process in this.children(recursive=True):
        with contextlib.suppress(psutil.Error):  # it ended meanwhile
            memory = process.memory_info()
            total += memory.rss - getattr(memory, "shared", 0)
    return total


class MemoryBudget:
    """Refuses creations that would not fit. Not thread-safe."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._in_use = 0
        self._measured = -math.inf
        self._claimed_since = self._being_made = 0

    def claim(self, recipe: Recipe) -> int:
        """Sets aside what the recipe needs, at the least; to be given to `made` when the creation has ended.

        Raises:
            ApiError: 429 `limit_reached` when it does not fit beside what is in use.
        """
        if time.monotonic() - self._measured > _SECONDS_BETWEEN_MEASUREMENTS:
            self._in_use, self._measured, self._claimed_since = memory_in_use(), time.monotonic(), 0
        needed = recipe.num_envs * (_WORKER_BYTES if recipe.vectorization_mode == "async" else _ENV_BYTES)
        in_use = self._in_use + self._claimed_since + self._being_made
        if in_use + needed > self._limit:
            raise ApiError(
                429,
                "limit_reached",
                f"This takes {_mega(needed)} MB at least, and the server uses {_mega(in_use)} of the "
                f"{_mega(self._limit)} MB that it may (--max-memory): close instances first",
            )
        self._being_made += needed
        return needed

    def made(self, claimed: int) -> None:
        """From now on the claim is part of what is measured, at the next time."""
        self._being_made -= claimed
        self._claimed_since += claimed


def _mega(size: int) -> str:
    return f"{size / 1e6:.1f}"
