"""Event loops for environments that ask for one, as they would get it in a program's main thread."""

from __future__ import annotations

import asyncio
import sys
import threading
from typing import Any


class _OfThread(threading.local):
    def __init__(self) -> None:
        self.is_offered = False
        self.loops: list[asyncio.AbstractEventLoop] = []


_of_thread = _OfThread()

if sys.version_info < (3, 14):  # since then the main thread too has a loop only where one was set

    def offer_loop() -> None:
        """Lets `asyncio.get_event_loop()` make a loop in this thread, which `close_loops` is to close at its end.

        Without, it fails in every thread but the main one, and with it constructors that run elsewhere. A loop takes
        three descriptors, so it is made when it is asked for.
        """
        policy = asyncio.get_event_loop_policy()
        if not isinstance(policy, _LoopsOnDemand):
            asyncio.set_event_loop_policy(_LoopsOnDemand(policy))
        _of_thread.is_offered = True

    class _LoopsOnDemand(asyncio.AbstractEventLoopPolicy):
        """The policy that was there, and a loop for the threads that are offered one."""

        def __init__(self, policy: asyncio.AbstractEventLoopPolicy) -> None:
            self._policy = policy

        def get_event_loop(self) -> asyncio.AbstractEventLoop:
            try:
                return self._policy.get_event_loop()
            except RuntimeError:
                if not _of_thread.is_offered:
                    raise
            loop = self.new_event_loop()
            self.set_event_loop(loop)
            _of_thread.loops.append(loop)
            return loop

        def set_event_loop(self, loop: asyncio.AbstractEventLoop | None) -> None:
            self._policy.set_event_loop(loop)

        def new_event_loop(self) -> asyncio.AbstractEventLoop:
            return self._policy.new_event_loop()

        def get_child_watcher(self) -> Any:
            return self._policy.get_child_watcher()

        def set_child_watcher(self, watcher: Any) -> None:
            self._policy.set_child_watcher(watcher)

else:

    def offer_loop() -> None:
        """Nothing: an environment finds here what it would find in a program's main thread."""


def close_loops() -> None:
    """Gives back what the loops of this thread hold."""
    for loop in _of_thread.loops:
        loop.close()
