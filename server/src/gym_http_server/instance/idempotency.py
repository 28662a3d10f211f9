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
_SMALL = 1024
_SERIES_KEPT = 4096


def key_reused() -> ApiError:
    """A 409 for a key that came before with another request."""
    return ApiError(
        409,
        "idempotency_key_reused",
        "This Idempotency-Key came before with another request; send a new key with every new request",
    )


def _key_forgotten() -> ApiError:
    return ApiError(
        409,
        "idempotency_key_forgotten",
        "The request of this Idempotency-Key is older than what the server remembers: it may have run, so it does not "
        "run again (the server keeps the latest replies, as --max-memory bounds them). Send new requests with new keys",
    )


class _Entry:
    """A keyed request: running until `finished`; then with its reply, unless that is forgotten or not kept.

    `series` and `number` are what its key says; "" where it is of none.
    """

    __slots__ = ("fingerprint", "finished", "number", "reply", "series", "size")

    def __init__(self, fingerprint: int, series: str, number: int) -> None:
        self.fingerprint = fingerprint
        self.series = series
        self.number = number
        self.finished = False
        self.reply: Reply | None = None
        self.size = 0


class ReplyMemory:
    """Bounds the bodies that all caches together keep; the oldest are forgotten first."""

    def __init__(self, most_bytes: int) -> None:
        self._limit = most_bytes
        self._bytes = 0
        self._entries: OrderedDict[_Entry, None] = OrderedDict()
        self._lock = threading.Lock()

    def add(self, entry: _Entry) -> None:
        """Counts the entry's reply, and forgets the oldest ones that are too much."""
        with self._lock:
            self._entries[entry] = None
            self._bytes += entry.size
            while self._bytes > self._limit:
                oldest, _ = self._entries.popitem(last=False)
                oldest.reply = None
                self._bytes -= oldest.size

    def remove(self, entry: _Entry) -> None:
        """Counts the entry's reply no more."""
        with self._lock:
            if entry in self._entries:
                del self._entries[entry]
                self._bytes -= entry.size


class IdempotencyCache:
    """The latest keyed replies, at most `entries` of them and, beyond two, at most 1 MiB of bodies.

    A key that ends in a hyphen and a number is one of a series, in which numbers grow: once a number is forgotten, all
    up to it are refused, as they may have run before.
    """

    def __init__(self, entries: int, memory: ReplyMemory) -> None:
        self._limit = entries
        self._memory = memory
        self._running: dict[str, _Entry] = {}
        self._finished: OrderedDict[str, _Entry] = OrderedDict()
        self._bytes = 0
        self._forgotten: OrderedDict[str, int] = OrderedDict()  # the highest number by series
        self._lock = threading.Lock()
        self._some_finished = threading.Condition(self._lock)
        self._waiting = 0

    def __contains__(self, key: str | None) -> bool:
        return key is not None and (key in self._finished or key in self._running or self._is_forgotten(key))

    def once(self, request: Request, run: Callable[[], Reply]) -> Reply:
        """Runs a keyed request the first time, and gives the stored reply ever after.

        A repetition that arrives while the first is running waits for it. A key that came before with another
        operation, target or body, or whose reply is forgotten, gets a 409. A request without a key is run whenever it
        comes.
        """
        key = request.key
        if key is None:
            return run()
        fingerprint = hash((request.operation, request.arguments.get("instance_id"), request.body))
        with self._lock:
            while (known := self._finished.get(key) or self._running.get(key)) is not None:
                if known.fingerprint != fingerprint:
                    return error_reply(key_reused(), request.accept)
                self._wait_for(known)
                if (reply := known.reply) is not None:
                    return reply._replace(headers=(*reply.headers, _REPLAYED))
                if key in self._finished:
                    return error_reply(_key_forgotten(), request.accept)
            series, number = _series(key)
            if number <= self._forgotten.get(series, -1):
                return error_reply(_key_forgotten(), request.accept)
            entry = self._running[key] = _Entry(fingerprint, series, number)
        reply = None
        try:
            reply = run()
            return reply
        finally:
            with self._lock:
                self._finish(key, entry, reply)

    def clear(self) -> None:
        """Gives the memory of every reply back; for the end of what the cache belongs to."""
        with self._lock:
            for entry in self._finished.values():
                self._memory.remove(entry)
            self._finished.clear()

    def _wait_for(self, entry: _Entry) -> None:
        self._waiting += 1
        while not entry.finished:
            self._some_finished.wait()
        self._waiting -= 1

    def _finish(self, key: str, entry: _Entry, reply: Reply | None) -> None:
        entry.finished = True
        del self._running[key]
        if reply is not None and reply.status not in _NOT_KEPT:  # else a repetition is as good as new
            entry.reply = reply
            self._finished[key] = entry
            entry.size = len(reply.body)
            self._bytes += entry.size
            if entry.size > _SMALL:
                self._memory.add(entry)
            self._evict()
        if self._waiting:
            self._some_finished.notify_all()

    def _evict(self) -> None:
        finished = self._finished
        while len(finished) > self._limit or (self._bytes > _BYTES_KEPT and len(finished) > _ALWAYS_KEPT):
            _, entry = finished.popitem(last=False)
            self._bytes -= entry.size
            if entry.size > _SMALL:
                self._memory.remove(entry)
            if series := entry.series:
                self._forgotten[series] = max(entry.number, self._forgotten.pop(series, -1))
                if len(self._forgotten) > _SERIES_KEPT:
                    self._forgotten.popitem(last=False)

    def _is_forgotten(self, key: str) -> bool:
        series, number = _series(key)
        return number <= self._forgotten.get(series, -1)


def _series(key: str) -> tuple[str, int]:
    series, _, number = key.rpartition("-")
    return (series, int(number)) if number.isdecimal() else ("", 0)
