"""Locks that a process lets go of when it dies, on what monitors write."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

if sys.platform != "win32":
    import fcntl


def lock(descriptor: int) -> None:
    """Locks an open file or directory against every other description of it; BlockingIOError when one has it."""
    if sys.platform != "win32":
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise
        except OSError:
            pass  # a file system without locks: better a monitor without this guard than none


def unlock(descriptor: int) -> None:
    """Harmless where there is no lock."""
    if sys.platform != "win32":
        with contextlib.suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_UN)  # also for copies that a forked child still has open


@contextlib.contextmanager
def locked(path: Path, flags: int) -> Iterator[None]:
    """Opens a file or directory with `flags` and has it locked meanwhile; BlockingIOError when another has."""
    if sys.platform == "win32":  # where a directory cannot be opened
        yield
        return
    descriptor = os.open(path, os.O_RDONLY | flags)
    try:
        lock(descriptor)
        yield
        unlock(descriptor)
    finally:
        os.close(descriptor)
