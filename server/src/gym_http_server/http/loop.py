"""Who reads which connection: one thread polls and runs each request where it arrives.

A request that takes longer than a tick loses the poll to another thread, as Go hands a processor on when a
call blocks: quick requests cost no switch between threads, and slow ones hold nobody up.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import socket
import threading
import time
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any

from .connection import Connection
from .polling import Poll

logger = logging.getLogger(__name__)

# Seconds in one request after which another thread takes the poll over; where all have been quick, the longer, in which
# a thread may hold the interpreter anyway: each look costs a request that runs its turn.
_TICK = 0.002
_LONG_TICK = 0.005
_TICKS_TO_SLEEP = 25
_SLOW = 0.001
_SECONDS_BETWEEN_SWEEPS = 1.0
_SECONDS_WITHOUT_DESCRIPTORS = 0.2
_ACCEPTED_AT_ONCE = 64
_DROPPED_AT_ONCE = 16


class _Term:
    """One thread's turn at the poll. `turn` counts its requests; `serving` while one runs."""

    __slots__ = ("serving", "turn")

    def __init__(self) -> None:
        self.turn = 0
        self.serving = False


class Loop:
    """Serves connections until it is stopped.

    Args:
        listener: a bound socket that listens.
        connect: makes the connection of an accepted socket and its peer's address.
        most_connections: when there are more, those that were idle longest are closed, and when none is idle, nobody
            is let in.
        most_threads: as many slow requests can run at once, less one; further ones are told to come again.
    """

    def __init__(
        self,
        listener: socket.socket,
        connect: Callable[[socket.socket, Any], Connection],
        most_connections: int,
        most_threads: int,
    ) -> None:
        self._listener = listener
        self._connect = connect
        self._most_connections = most_connections
        self._most_threads = most_threads
        self._poll = Poll()
        self._connections: dict[int, Connection] = {}
        self._lock = threading.Lock()
        self._term = _Term()
        self._spare: SimpleQueue[_Term | None] = SimpleQueue()
        self._spare_threads = self._threads = 0
        self._watch_sleeps = False
        self._wake_watch = threading.Event()
        self._stopping = False
        self._accepting = False
        self._accept_again = 0.0
        self._waker, self._woken = socket.socketpair()
        for end in (listener, self._waker, self._woken):
            end.setblocking(False)

    def start(self) -> None:
        """Begins to serve, in threads of its own."""
        if hasattr(os, "register_at_fork"):
            # What an environment forks must not keep the port, nor anybody's connection.
            os.register_at_fork(after_in_child=self._close_descriptors)
        self._poll.add(self._woken.fileno())
        self._set_accepting(True)
        self._start_thread(self._term)
        threading.Thread(target=self._watch, name="http-watch", daemon=True).start()

    def stop_accepting(self) -> None:
        """Lets nobody in any more."""
        self._stopping = True
        self._waker.send(b"x")

    def stop(self, timeout: float) -> None:
        """Waits `timeout` seconds at most for requests that run, and for replies to be read; then closes everything."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline and any(c.busy or c.wants_to_write for c in self._all()):
            time.sleep(0.01)
        with self._lock:
            self._term = _Term()  # whose turn no thread takes
            for connection in self._all():
                with contextlib.suppress(OSError):
                    connection.socket.close()
            self._listener.close()
        for _ in range(self._spare_threads):
            self._spare.put(None)

    def _all(self) -> tuple[Connection, ...]:
        return tuple(self._connections.values())

    # The thread that polls

    def _start_thread(self, term: _Term) -> None:
        self._threads += 1
        threading.Thread(target=self._run, args=(term,), name=f"http-{self._threads}", daemon=True).start()

    def _run(self, term: _Term | None) -> None:
        while term is not None:
            self._lead(term)
            with self._lock:
                self._spare_threads += 1
            term = self._spare.get()

    def _lead(self, term: _Term) -> None:
        sweep_at = time.monotonic() + _SECONDS_BETWEEN_SWEEPS
        while self._term is term:
            for descriptor in self._poll.wait(_SECONDS_BETWEEN_SWEEPS):
                connection = self._connections.get(descriptor)
                if connection is not None:
                    if not self._serve(term, connection):
                        return
                elif descriptor == self._woken.fileno():
                    self._woken.recv(16)
                    if self._stopping:
                        self._set_accepting(False)
                elif descriptor == self._listener.fileno():
                    self._accept()
            if (now := time.monotonic()) >= sweep_at:
                self._sweep(now)
                sweep_at = now + _SECONDS_BETWEEN_SWEEPS

    def _serve(self, term: _Term, connection: Connection) -> bool:
        """Runs what the connection is ready for; whether the thread still has the poll after that."""
        if connection.closed:
            return True
        if connection.busy:
            self._park(connection)
            return True
        connection.busy = True
        if connection.slow:
            self._hand_over(term)
        connection.overloaded = self._term is term and not self._has_thread_to_spare()
        waited_to_write = connection.wants_to_write
        started = time.monotonic()
        term.turn += 1
        term.serving = True
        if self._watch_sleeps:
            self._wake_watch.set()
        try:
            connection.on_ready()
        except Exception:
            logger.exception("a connection failed")
            connection.closed = True
        term.serving = False
        connection.slow = time.monotonic() - started > _SLOW
        with self._lock:
            if connection.closed or connection.parked or connection.wants_to_write != waited_to_write:
                self._settle(connection)
            connection.busy = False
            return self._term is term

    def _settle(self, connection: Connection) -> None:
        if connection.closed:
            self._forget(connection)
        else:
            change = self._poll.add if connection.parked else self._poll.change
            change(connection.socket.fileno(), connection.wants_to_write)
            connection.parked = False

    def _park(self, connection: Connection) -> None:
        """Does not poll a connection with which another thread is busy, until it is done."""
        with self._lock:
            if connection.busy and not connection.parked:
                self._poll.remove(connection.socket.fileno())
                connection.parked = True

    def _forget(self, connection: Connection) -> None:
        if not connection.parked:
            self._poll.remove(connection.socket.fileno())
        del self._connections[connection.socket.fileno()]
        connection.socket.close()
        if not self._accepting and not self._stopping and len(self._connections) < self._most_connections:
            self._set_accepting(True)

    # Other threads

    def _has_thread_to_spare(self) -> bool:
        return self._spare_threads > 0 or self._threads < self._most_threads

    def _hand_over(self, term: _Term) -> None:
        """Gives the poll to another thread, unless that has happened or there may be no more threads."""
        with self._lock:
            if self._term is not term or not self._has_thread_to_spare():
                return
            self._term = _Term()
            if self._spare_threads:
                self._spare_threads -= 1
                self._spare.put(self._term)
            else:
                self._start_thread(self._term)

    def _watch(self) -> None:
        """Takes the poll away from a thread whose request takes long."""
        quiet = 0
        seen: tuple[_Term, int] | None = None
        while not self._stopping:
            term = self._term
            now = (term, term.turn)
            moved_on = now != seen
            seen = now
            if term.serving and not moved_on:
                self._hand_over(term)
            quiet = quiet + 1 if not (moved_on or term.serving) else 0
            if quiet < _TICKS_TO_SLEEP:
                time.sleep(_LONG_TICK if moved_on else _TICK)
                continue
            self._wake_watch.clear()
            self._watch_sleeps = True
            if self._term is term and not term.serving and term.turn == now[1]:
                self._wake_watch.wait()
            self._watch_sleeps = False
            quiet = 0

    # Coming and going

    def _set_accepting(self, accepting: bool) -> None:
        if accepting != self._accepting:
            self._accepting = accepting
            if accepting:
                self._poll.add(self._listener.fileno())
            else:
                self._poll.remove(self._listener.fileno())

    def _accept(self) -> None:
        for _ in range(_ACCEPTED_AT_ONCE):
            if len(self._connections) >= self._most_connections and not self._drop_idle():
                self._set_accepting(False)
                return
            try:
                accepted, address = self._listener.accept()
            except BlockingIOError:
                return
            except OSError as error:
                if error.errno in (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM) and not self._drop_idle():
                    self._set_accepting(False)
                    self._accept_again = time.monotonic() + _SECONDS_WITHOUT_DESCRIPTORS
                return
            accepted.setblocking(False)
            if accepted.family != getattr(socket, "AF_UNIX", None):
                accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection = self._connect(accepted, address)
            with self._lock:
                self._connections[accepted.fileno()] = connection
                self._poll.add(accepted.fileno())

    def _drop_idle(self) -> bool:
        """Closes connections that have been idle longest, to make room; whether there were any."""
        with self._lock:
            idle = [c for c in self._all() if not c.busy and not c.wants_to_write and c.deadline is None]
            for connection in sorted(idle, key=lambda c: c.last_active)[:_DROPPED_AT_ONCE]:
                self._forget(connection)
            return bool(idle)

    def _sweep(self, now: float) -> None:
        for connection in self._all():
            if not connection.busy and connection.deadline is not None and connection.deadline < now:
                connection.busy = True
                connection.on_deadline()
                with self._lock:
                    self._settle(connection)
                    connection.busy = False
        if not self._accepting and not self._stopping and now > self._accept_again:
            self._set_accepting(len(self._connections) < self._most_connections)

    def _close_descriptors(self) -> None:
        for end in (self._listener, *(c.socket for c in self._all())):
            with contextlib.suppress(OSError):
                os.close(end.detach())
