"""Exactly once: remembers the replies to requests that carried an Idempotency-Key.

The header is that of the IETF draft draft-ietf-httpapi-idempotency-key-header.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable

from ..protocol.errors import ApiError
from ..protocol.messages import Reply, Request, error_reply

_REPLAYED = ("Idempotent-Replayed", "true")
_NOT_KEPT = (429,)  # nothing happened, and the same request may succeed later
_BYTES_KEPT = 1 << 20
_ALWAYS_KEPT = 2


def key_reused() -> ApiError:
    """A 409 for a key that came before with another request."""
    return ApiError(
        409,
        "idempotency_key_reused",
        "This Idempotency-Key came before with another request; send a new key with every new request",
    )


class _Entry:
    """A keyed request: running until `finished`, then with its reply, or with none where that is not kept."""

    __slots__ = ("fingerprint", "finished", "reply")

    def __init__(self, fingerprint: int) -> None:
        self.fingerprint = fingerprint
        self.finished = False
        self.reply: Reply | None = None


class IdempotencyCache:
    """The latest keyed replies, at most `entries` of them and, beyond two, at most 1 MiB of bodies."""

    def __init__(self, entries: int) -> None:
        self._limit = entries
        self._entries: OrderedDict[str, _Entry] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()
        self._some_finished = threading.Condition(self._lock)
        self._waiting = 0

    def __contains__(self, key: str | None) -> bool:
        return key in self._entries

    def once(self, request: Request, run: Callable[[], Reply]) -> Reply:
        """Runs a keyed request the first time, and gives the stored reply ever after.

        A repetition that arrives while the first is running waits for it. A key that came before with another
        operation, target or body gets a 409. A request without a key is run whenever it comes.
        """
        key = request.key
        if key is None:
            return run()
        fingerprint = hash((request.operation, tuple(request.arguments.items()), request.body))
        with self._lock:
            while (known := self._entries.get(key)) is not None:
                if known.fingerprint != fingerprint:
                    return error_reply(key_reused(), request.accept)
                self._wait_for(known)
                if known.reply is not None:
                    return known.reply._replace(headers=(*known.reply.headers, _REPLAYED))
            entry = self._entries[key] = _Entry(fingerprint)
        reply = None
        try:
            reply = run()
            return reply
        finally:
            with self._lock:
                self._finish(key, entry, reply)

    def _wait_for(self, entry: _Entry) -> None:
        self._waiting += 1
        while not entry.finished:
            self._some_finished.wait()
        self._waiting -= 1

    def _finish(self, key: str, entry: _Entry, reply: Reply | None) -> None:
        entry.finished = True
        if reply is None or reply.status in _NOT_KEPT:
            del self._entries[key]  # a repetition is as good as new
        else:
            entry.reply = reply
            self._bytes += len(reply.body)
            self._evict()
        if self._waiting:
            self._some_finished.notify_all()

    def _evict(self) -> None:
        """Drops the oldest replies that are over the limits, as far as the oldest request that is still running."""
        while len(self._entries) > self._limit or (self._bytes > _BYTES_KEPT and len(self._entries) > _ALWAYS_KEPT):
            key, entry = next(iter(self._entries.items()))
            if entry.reply is None:
                return
            self._bytes -= len(entry.reply.body)
            del self._entries[key]
