"""Exactly once: remembers the replies to requests that carried an Idempotency-Key.

The header is that of the IETF draft draft-ietf-httpapi-idempotency-key-header.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable

from .errors import ApiError
from .wire import Reply, Request

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
    __slots__ = ("done", "fingerprint", "reply")

    def __init__(self, fingerprint: int) -> None:
        self.fingerprint = fingerprint
        self.done = threading.Lock()
        self.done.acquire()
        self.reply: Reply | None = None


class ReplyStore:
    """The latest keyed replies, at most `entries` of them and, beyond two, at most 1 MiB of bodies."""

    def __init__(self, entries: int) -> None:
        self._limit = entries
        self._entries: OrderedDict[str, _Entry] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def __contains__(self, key: str | None) -> bool:
        return key in self._entries

    def once(self, request: Request, perform: Callable[[], Reply]) -> Reply:
        """Performs a keyed request the first time, and gives the stored reply ever after.

        A repetition that arrives while the first is running waits for it.

        Raises:
            ApiError: 409 when the key came before with another operation, target or body.
        """
        key = request.key
        assert key is not None
        fingerprint = hash((request.operation, tuple(request.arguments.items()), request.body))
        with self._lock:
            entry = self._entries.get(key)
            first = entry is None
            if entry is None:
                entry = self._entries[key] = _Entry(fingerprint)
        if first:
            return self._perform(key, entry, perform)
        if entry.fingerprint != fingerprint:
            raise key_reused()
        with entry.done:
            reply = entry.reply
        if reply is None:  # the first was not kept: this one is as good as new
            return self.once(request, perform)
        return reply._replace(headers=(*reply.headers, _REPLAYED))

    def _perform(self, key: str, entry: _Entry, perform: Callable[[], Reply]) -> Reply:
        try:
            reply = perform()
            if reply.status not in _NOT_KEPT:
                entry.reply = reply
            return reply
        finally:
            with self._lock:
                if entry.reply is None:
                    del self._entries[key]
                else:
                    self._bytes += len(entry.reply.body)
                    self._evict()
            entry.done.release()

    def _evict(self) -> None:
        """Drops the oldest replies that are over the limits, as far as the oldest request that is still running."""
        while len(self._entries) > self._limit or (self._bytes > _BYTES_KEPT and len(self._entries) > _ALWAYS_KEPT):
            key, entry = next(iter(self._entries.items()))
            if entry.reply is None:
                return
            self._bytes -= len(entry.reply.body)
            del self._entries[key]
