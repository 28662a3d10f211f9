"""The recording proxy between a target and a server: keeps every exchange, injects faults, rewrites for mutants."""

from __future__ import annotations

import contextlib
import select
import socket
import threading
import time

import h11

from gym_http_conformance.exchange import Exchange, Headers, Reply, Request
from gym_http_conformance.faults import Fault

HEAD_LIMIT = 1 << 20


class Rewrites:
    """What a mutant changes on the way; here, nothing."""

    def from_client(self, request: Request) -> Request:
        """What a broken client would have sent."""
        return request

    def to_server(self, request: Request) -> Request:
        """What a broken server would have understood."""
        return request

    def from_server(self, request: Request, reply: Reply) -> Reply:  # noqa: ARG002 (mutants look at the request)
        """What a broken server would have answered."""
        return reply


class Proxy:
    """Listens on a free loopback port and forwards to `upstream` (host, port), one connection for each of its own.

    Between `begin` and `end` lies one step of a case; `end` gives the exchanges that arrived in it.
    """

    def __init__(self, upstream: tuple[str, int], rewrites: Rewrites | None = None) -> None:
        self.upstream = upstream
        self.rewrites = rewrites or Rewrites()
        self._lock = threading.Lock()
        self._exchanges: list[Exchange] = []
        self._fault: Fault | None = None
        self._open: set[socket.socket] = set()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def begin(self, fault: Fault | None = None) -> None:
        with self._lock:
            self._exchanges, self._fault = [], fault

    def end(self) -> list[Exchange]:
        with self._lock:
            exchanges, self._exchanges, self._fault = self._exchanges, [], None
        return exchanges

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            connections, self._open = self._open, set()
        for connection in connections:
            hang_up(connection)

    def record(self, request: Request) -> tuple[Exchange, Fault | None]:
        """Note that `request` arrived; the fault that it suffers, if any."""
        exchange = Exchange(request)
        with self._lock:
            self._exchanges.append(exchange)
            fault = self._fault
        return exchange, fault if fault is not None and fault.strike() else None

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
                _Conversation(self, connection).run()
        finally:
            with self._lock:
                self._open.discard(connection)
            hang_up(connection)


def hang_up(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()


class _Conversation:
    """One client connection and its own connection to the server."""

    def __init__(self, proxy: Proxy, client: socket.socket) -> None:
        self.proxy = proxy
        self.client = client
        self.server: socket.socket | None = None
        self.server_state = h11.Connection(h11.CLIENT, HEAD_LIMIT)

    def run(self) -> None:
        state = h11.Connection(h11.SERVER, HEAD_LIMIT)
        try:
            while (request := _read_request(state, self.client)) is not None:
                if not self._exchange(state, self.proxy.rewrites.from_client(request)):
                    return
                if state.our_state is not h11.DONE or state.their_state is not h11.DONE:
                    return
                state.start_next_cycle()
        finally:
            if self.server is not None:
                hang_up(self.server)

    def _exchange(self, state: h11.Connection, request: Request) -> bool:
        """Whether the connection goes on afterwards."""
        exchange, fault = self.proxy.record(request)
        if fault is not None and fault.close:
            exchange.note = "the proxy closed the connection; the server saw nothing"
            exchange.forged = True
            return False
        if fault is not None and fault.reply is not None:
            exchange.note, exchange.forged, exchange.reply = "forged by the proxy", True, fault.reply
        else:
            exchange.reply = self._forward(request)
        reply, sent = exchange.reply, None
        if fault is not None and fault.drop_reply:
            exchange.note = "the server acted; the proxy dropped its reply and closed the connection"
            return False
        if fault is not None and fault.cut is not None:
            exchange.note = f"the proxy closed the connection after {fault.cut} bytes of the body"
            sent = fault.cut
        if fault is not None and fault.delay:
            exchange.note = f"the proxy held the reply back for {fault.delay} s"
            time.sleep(fault.delay)
        if fault is not None and (fault.content_type or fault.cut_whole is not None):
            exchange.note, exchange.forged, reply = "the proxy rewrote the reply", True, fault.rewritten(reply)
            exchange.reply = reply
        _send_reply(state, self.client, reply, sent)
        return sent is None

    def _forward(self, request: Request) -> Reply:
        request = self.proxy.rewrites.to_server(request)
        self._connect()
        reply = self._round_trip(request)
        return self.proxy.rewrites.from_server(request, reply)

    def _connect(self) -> None:
        """Use the kept connection again, unless it was closed meanwhile."""
        done = self.server_state.our_state is h11.DONE and self.server_state.their_state is h11.DONE
        if self.server is not None and done and not _closed_by_peer(self.server):
            self.server_state.start_next_cycle()
            return
        if self.server is not None:
            hang_up(self.server)
        self.server = socket.create_connection(self.proxy.upstream, timeout=30)
        self.server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.server_state = h11.Connection(h11.CLIENT, HEAD_LIMIT)

    def _round_trip(self, request: Request) -> Reply:
        assert self.server is not None
        head = h11.Request(method=request.method, target=request.target, headers=_encoded(request.headers))
        parts = [self.server_state.send(head)]
        if request.body:
            parts.append(self.server_state.send(h11.Data(data=request.body)))
        parts.append(self.server_state.send(h11.EndOfMessage()))
        self.server.sendall(b"".join(part for part in parts if part) + request.leaked)
        status, headers, body = 0, [], bytearray()
        while True:
            event = _next(self.server_state, self.server)
            if isinstance(event, h11.Response):
                status, headers = event.status_code, _decoded(event.headers.raw_items())
            elif isinstance(event, h11.Data):
                body += event.data
            elif isinstance(event, h11.EndOfMessage):
                return Reply(status, headers, bytes(body))
            elif isinstance(event, h11.ConnectionClosed):
                raise ConnectionError("the server closed the connection without a reply")


def _closed_by_peer(connection: socket.socket) -> bool:
    """Whether only the end is left to read; bytes that nobody asked for are the next exchange's to stumble on."""
    try:
        return bool(select.select([connection], [], [], 0)[0]) and not connection.recv(1, socket.MSG_PEEK)
    except OSError:
        return True


def _read_request(state: h11.Connection, connection: socket.socket) -> Request | None:
    request, body = None, bytearray()
    while True:
        event = _next(state, connection)
        if isinstance(event, h11.Request):
            headers = _decoded(event.headers.raw_items())
            request = Request(event.method.decode(), event.target.decode("latin-1"), headers)
            if state.they_are_waiting_for_100_continue:
                connection.sendall(state.send(h11.InformationalResponse(status_code=100, headers=[])) or b"")
        elif isinstance(event, h11.Data):
            body += event.data
        elif isinstance(event, h11.EndOfMessage):
            assert request is not None
            request.body = bytes(body)
            return request
        elif isinstance(event, h11.ConnectionClosed):
            return None


def _send_reply(state: h11.Connection, connection: socket.socket, reply: Reply, limit: int | None) -> None:
    head = state.send(h11.Response(status_code=reply.status, headers=_encoded(reply.headers))) or b""
    if limit is not None:
        connection.sendall(head + reply.body[:limit])
        return
    body = state.send(h11.Data(data=reply.body)) or b"" if reply.body else b""
    connection.sendall(head + body + (state.send(h11.EndOfMessage()) or b""))


def _next(state: h11.Connection, connection: socket.socket) -> object:
    while (event := state.next_event()) is h11.NEED_DATA:
        state.receive_data(connection.recv(1 << 16))
    return event


def _encoded(headers: Headers) -> list[tuple[bytes, bytes]]:
    return [(key.encode("latin-1"), value.encode("latin-1")) for key, value in headers]


def _decoded(items: list[tuple[bytes, bytes]]) -> Headers:
    return [(key.decode("latin-1"), value.decode("latin-1")) for key, value in items]
