"""One connection through the proxy: requests read, forwarded or not, replies sent back or not."""

from __future__ import annotations

import contextlib
import select
import socket
import threading
import time
from typing import Protocol

import h11

from gym_http_conformance.exchange import Exchange, Headers, Reply, Request
from gym_http_conformance.faults import Fault

HEAD_LIMIT = 1 << 20
LONGEST_SILENCE = 30.0


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

    def to_client(self, request: Request, reply: Reply) -> Reply:  # noqa: ARG002
        """What a broken client would have made of the reply."""
        return reply


class Recorder(Protocol):
    """What a conversation needs of its proxy."""

    upstream: tuple[str, int]
    rewrites: Rewrites

    def record(self, request: Request) -> tuple[Exchange, Fault, threading.Event]:
        """Note that `request` begins; what it suffers, and an event that is set when its step is over."""
        ...


class Conversation:
    """One client connection and its own connection to the server."""

    def __init__(self, proxy: Recorder, client: socket.socket) -> None:
        self.proxy = proxy
        self.client = client
        self.server: socket.socket | None = None
        self.server_state = h11.Connection(h11.CLIENT, HEAD_LIMIT)
        self.state = h11.Connection(h11.SERVER, HEAD_LIMIT)

    def run(self) -> None:
        try:
            while (request := self._read_head()) is not None:
                exchange, fault, step_over = self.proxy.record(request)
                try:
                    goes_on = self._handle(exchange, fault, step_over)
                finally:
                    exchange.ended = time.monotonic()
                done = self.state.our_state is h11.DONE and self.state.their_state is h11.DONE
                if not goes_on or not done:
                    return
                self.state.start_next_cycle()
        finally:
            if self.server is not None:
                hang_up(self.server)

    def _handle(self, exchange: Exchange, fault: Fault, step_over: threading.Event) -> bool:
        """Whether the connection goes on afterwards."""
        if fault.silent:
            exchange.note, exchange.forged = "the proxy read no further and said nothing", True
            exchange.request.whole = False
            step_over.wait(LONGEST_SILENCE)
            return False
        if fault.cut_request is not None:
            self._cut_request(exchange, fault.cut_request)
            return False
        exchange.request.body = self._read_body()
        exchange.request = self.proxy.rewrites.from_client(exchange.request)
        if fault.close:
            exchange.note = "the proxy closed the connection; the server saw nothing"
            exchange.forged = True
            return False
        if fault.reply is not None:
            exchange.note, exchange.forged, exchange.reply = "forged by the proxy", True, fault.reply
        else:
            exchange.reply = self._forward(exchange.request)
        if fault.drop_reply:
            exchange.note = "the server acted; the proxy dropped its reply and closed the connection"
            return False
        return self._reply(exchange, fault, step_over)

    def _cut_request(self, exchange: Exchange, length: int) -> None:
        """Let the server have so many bytes of the body, at least one too few, and close both connections."""
        request = exchange.request
        announced = int(request.header("content-length") or 0)
        length = max(0, min(length, announced - 1))
        request.body, request.whole = self._read_body(length)[:length], False
        exchange.note = f"the proxy closed both connections after {length} of {announced} bytes of the request's body"
        if announced:
            request = self.proxy.rewrites.to_server(request)
            self._connect()
            self._send(request)

    def _reply(self, exchange: Exchange, fault: Fault, step_over: threading.Event) -> bool:
        """Send the reply as `fault` allows; whether the connection goes on."""
        assert exchange.reply is not None
        reply = self.proxy.rewrites.to_client(exchange.request, exchange.reply)
        if fault.delay:
            exchange.note = f"the proxy held the reply back for {fault.delay} s"
            step_over.wait(fault.delay)
        if fault.content_type or fault.cut_whole is not None:
            exchange.note, exchange.forged, reply = "the proxy rewrote the reply", True, fault.rewritten(reply)
            exchange.reply = reply
        head = self.state.send(h11.Response(status_code=reply.status, headers=_encoded(reply.headers))) or b""
        if fault.cut_head is not None:
            exchange.note = f"the proxy closed the connection after {fault.cut_head} bytes of the head"
            self.client.sendall(head[: fault.cut_head])
            return False
        if fault.cut is not None:
            exchange.note = f"the proxy closed the connection after {fault.cut} bytes of the body"
            self.client.sendall(head + reply.body[: fault.cut])
            return False
        body = self.state.send(h11.Data(data=reply.body)) or b"" if reply.body else b""
        whole = head + body + (self.state.send(h11.EndOfMessage()) or b"")
        if fault.drip:
            exchange.note = f"the proxy sent a byte every {fault.drip} s"
            for index in range(len(whole)):
                self.client.sendall(whole[index : index + 1])
                if step_over.wait(fault.drip):
                    return False
        else:
            self.client.sendall(whole)
        return True

    def _forward(self, request: Request) -> Reply:
        request = self.proxy.rewrites.to_server(request)
        self._connect()
        self._send(request)
        return self.proxy.rewrites.from_server(request, self._read_reply())

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

    def _send(self, request: Request) -> None:
        assert self.server is not None
        head = h11.Request(method=request.method, target=request.target, headers=_encoded(request.headers))
        parts = [self.server_state.send(head)]
        if request.body:
            parts.append(self.server_state.send(h11.Data(data=request.body)))
        if request.whole:
            parts.append(self.server_state.send(h11.EndOfMessage()))
        self.server.sendall(b"".join(part for part in parts if part) + request.leaked)

    def _read_reply(self) -> Reply:
        assert self.server is not None
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

    def _read_head(self) -> Request | None:
        event = _next(self.state, self.client)
        if not isinstance(event, h11.Request):
            return None
        headers = _decoded(event.headers.raw_items())
        return Request(event.method.decode(), event.target.decode("latin-1"), headers)

    def _read_body(self, enough: int | None = None) -> bytes:
        """The body; or its beginning, of at least `enough` bytes. Raises `ConnectionError` where it does not come."""
        if self.state.they_are_waiting_for_100_continue:
            proceed = h11.InformationalResponse(status_code=100, headers=[])
            self.client.sendall(self.state.send(proceed) or b"")
        body = bytearray()
        while enough is None or len(body) < enough:
            event = _next(self.state, self.client)
            if isinstance(event, h11.Data):
                body += event.data
            elif isinstance(event, h11.EndOfMessage):
                break
            else:
                raise ConnectionError("the client closed the connection in the middle of its request")
        return bytes(body)


def hang_up(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()


def _closed_by_peer(connection: socket.socket) -> bool:
    """Whether only the end is left to read; bytes that nobody asked for are the next exchange's to stumble on."""
    try:
        return bool(select.select([connection], [], [], 0)[0]) and not connection.recv(1, socket.MSG_PEEK)
    except OSError:
        return True


def _next(state: h11.Connection, connection: socket.socket) -> object:
    while (event := state.next_event()) is h11.NEED_DATA:
        state.receive_data(connection.recv(1 << 16))
    return event


def _encoded(headers: Headers) -> list[tuple[bytes, bytes]]:
    return [(key.encode("latin-1"), value.encode("latin-1")) for key, value in headers]


def _decoded(items: list[tuple[bytes, bytes]]) -> Headers:
    return [(key.decode("latin-1"), value.decode("latin-1")) for key, value in items]
