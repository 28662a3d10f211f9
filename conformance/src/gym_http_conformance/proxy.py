"""The recording proxy between a target and a server: keeps every exchange, injects faults, rewrites for mutants."""

from __future__ import annotations

import contextlib
import socket
import threading

import h11

from gym_http_conformance.conversation import Conversation, Rewrites, hang_up
from gym_http_conformance.exchange import Exchange, Request
from gym_http_conformance.faults import Fault, Faults

UNHARMED = Fault()


class Proxy:
    """Listens on a free loopback port and forwards to `upstream` (host, port), one connection for each of its own.

    Between `begin` and `end` lies one step of a case; `end` gives the exchanges that arrived in it.
    """

    def __init__(self, upstream: tuple[str, int], rewrites: Rewrites | None = None) -> None:
        self.upstream = upstream
        self.rewrites = rewrites or Rewrites()
        self._lock = threading.Lock()
        self._exchanges: list[Exchange] = []
        self._faults: Faults | None = None
        self._step_over = threading.Event()
        self._open: set[socket.socket] = set()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def begin(self, faults: Faults | None = None) -> None:
        with self._lock:
            self._exchanges, self._faults, self._step_over = [], faults, threading.Event()

    def end(self) -> list[Exchange]:
        with self._lock:
            exchanges, self._exchanges, self._faults = self._exchanges, [], None
            self._step_over.set()
        return exchanges

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.end()
        with self._lock:
            connections, self._open = self._open, set()
        for connection in connections:
            hang_up(connection)

    def record(self, request: Request) -> tuple[Exchange, Fault, threading.Event]:
        """Note that `request` begins; what it suffers, and an event that is set when its step is over."""
        exchange = Exchange(request)
        with self._lock:
            self._exchanges.append(exchange)
            faults, step_over = self._faults, self._step_over
        return exchange, (faults.next() if faults is not None else None) or UNHARMED, step_over

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                self._open.add(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            with contextlib.suppress(OSError, h11.ProtocolError):
                Conversation(self, connection).run()
        finally:
            with self._lock:
                self._open.discard(connection)
            hang_up(connection)
