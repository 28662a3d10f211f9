"""Which sockets are ready, by descriptor and level-triggered."""

from __future__ import annotations

import select
import selectors
import sys

_READY_AT_ONCE = 256

if sys.platform == "linux":

    class Poll:
        """`select.epoll` itself: a `selectors` object of Python takes as long as a quick request's parsing."""

        def __init__(self) -> None:
            self._epoll = select.epoll()

        def add(self, descriptor: int, writing: bool = False) -> None:
            self._epoll.register(descriptor, select.EPOLLOUT if writing else select.EPOLLIN)

        def change(self, descriptor: int, writing: bool) -> None:
            self._epoll.modify(descriptor, select.EPOLLOUT if writing else select.EPOLLIN)

        def remove(self, descriptor: int) -> None:
            self._epoll.unregister(descriptor)

        def wait(self, timeout: float) -> list[int]:
            """The descriptors that are ready, within `timeout` seconds."""
            return [descriptor for descriptor, _ in self._epoll.poll(timeout, _READY_AT_ONCE)]

else:

    class Poll:
        """What `selectors` finds on other systems."""

        def __init__(self) -> None:
            self._selector = selectors.DefaultSelector()

        def add(self, descriptor: int, writing: bool = False) -> None:
            self._selector.register(descriptor, selectors.EVENT_WRITE if writing else selectors.EVENT_READ)

        def change(self, descriptor: int, writing: bool) -> None:
            self._selector.modify(descriptor, selectors.EVENT_WRITE if writing else selectors.EVENT_READ)

        def remove(self, descriptor: int) -> None:
            self._selector.unregister(descriptor)

        def wait(self, timeout: float) -> list[int]:
            """The descriptors that are ready, within `timeout` seconds."""
            return [key.fd for key, _ in self._selector.select(timeout)]
