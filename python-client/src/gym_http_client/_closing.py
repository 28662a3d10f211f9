"""Ends instances whose owner did not: when it is collected, and at the end of the process.

Garbage is collected in the middle of anything, so nothing here waits there: neither for a lock nor for the network.
"""

from __future__ import annotations

import _thread
import atexit
import contextlib
import multiprocessing
import os
import threading
import weakref
from collections import deque
from collections.abc import Callable
from multiprocessing import util
from time import monotonic
from typing import Any

from ._instance_operations import end
from ._process import Process
from ._session import Limits, Session
from .errors import GymHttpError, ServerError

_AT_EXIT = 2.0  # seconds for all instances that are left at the end of a process
_EACH = 1.0  # seconds for one of them, or for one that is collected


class Ending:
    """How one instance is ended, once nobody else did it.

    `find` gives the instance's id within the limits it gets: an owner that was interrupted while the server made its
    instance has yet to learn the id.
    """

    def __init__(self, session: Session, find: Callable[[Limits], str], timeout: float = _EACH) -> None:
        self.session = session
        self.timeout = timeout
        self._find = find
        self._process = Process.token
        _left[self] = None
        if multiprocessing.parent_process() is not None and not _registered_in_child:
            # a process of multiprocessing ends without atexit
            _registered_in_child.append(util.Finalize(None, _end_all, exitpriority=10))

    def when_collected(self, owner: object) -> None:
        """Carry it out in the background when `owner` is no longer there."""
        self._finalizer = weakref.finalize(owner, self.start)
        self._finalizer.atexit = False

    def start(self) -> None:
        """Carry it out in the background. To be called from anywhere."""
        if self._process is Process.token:  # a forked child does not end what is its parent's
            _waiting.append(self)
            if _working.acquire(blocking=False):
                try:
                    _thread.start_new_thread(_work, ())  # not threading.Thread, which waits for locks
                except RuntimeError:  # the interpreter is ending, and _end_all does it
                    _working.release()

    def cancel(self) -> None:
        """The owner ends the instance itself."""
        self._finalizer.detach()
        _left.pop(self, None)

    def carry_out(self, timeout: float) -> bool:
        """End the instance within so many seconds; whether the server was there."""
        _left.pop(self, None)
        began = monotonic()
        try:
            instance_id = self._find(Limits(timeout, 0.0))
            end(self.session, self.session.typed, instance_id, Limits(max(began + timeout - monotonic(), 0.0), 0.0))
        except GymHttpError as error:
            return isinstance(error, ServerError)
        finally:
            self.session.close()
        return True


_left: dict[Ending, None] = {}
_waiting: deque[Ending] = deque()
_working = threading.Lock()
_registered_in_child: list[Any] = []


def _work() -> None:
    while True:
        while _waiting:
            with contextlib.suppress(Exception):
                ending = _waiting.popleft()
                ending.carry_out(ending.timeout)
        _working.release()
        if not _waiting or not _working.acquire(blocking=False):
            return


def _end_all() -> None:
    deadline = monotonic() + _AT_EXIT
    lost = set()
    for ending in reversed(list(_left)):
        if ending.session.base in lost:
            continue
        remaining = deadline - monotonic()
        if remaining <= 0:
            return
        if not ending.carry_out(min(_EACH, remaining)):
            lost.add(ending.session.base)


def _in_child() -> None:
    global _working
    _working = threading.Lock()
    for collection in (_left, _waiting, _registered_in_child):
        collection.clear()


atexit.register(_end_all)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_in_child)
