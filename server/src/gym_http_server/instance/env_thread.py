"""A thread of its own for what must be used from one thread only."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from typing import Any

from .event_loops import close_loops, offer_loop


class EnvThread:
    """Calls functions one after the other in one thread.

    An executor would refuse to when the interpreter ends, and that is when a stopped server closes its environments.
    """

    def __init__(self, name: str) -> None:
        self._calls: SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None] = SimpleQueue()
        threading.Thread(target=self._run, name=name, daemon=True).start()

    def call(self, function: Callable[[], Any]) -> Any:
        """What the function returns; what it raises is raised here."""
        future: Future[Any] = Future()
        self._calls.put((future, function))
        return future.result()

    def end(self) -> None:
        """Lets the thread end; nothing may be called any more."""
        self._calls.put(None)

    def _run(self) -> None:
        offer_loop()
        while (call := self._calls.get()) is not None:
            future, function = call
            try:
                future.set_result(function())
            except BaseException as error:  # whoever called deals with it, SystemExit included
                future.set_exception(error)
            del call, future, function  # they hold the environment, and the latest observation
        close_loops()
