"""One connection: bytes in, requests as they become whole, replies out. It never blocks."""

from __future__ import annotations

import socket
import time

from ..protocol.messages import Reply, Request
from .gateway import Gateway, Head
from .pages import Pages
from .parsing import Parser, Whole
from .replying import start_of

_HEAD_CHUNK = 1 << 14
_BODY_CHUNK = 1 << 20
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"

# Seconds, by what a connection is in the middle of.
_FOR_A_HEAD = 10.0
_BETWEEN_PARTS = 30.0
_FOR_LAST_WORDS = 2.0


class Connection:
    """The state of one connection. One thread at a time calls it; the loop sees to that.

    `deadline` (of `time.monotonic`) is when the peer must have gone on with what it began; None between requests.
    """

    __slots__ = (
        "_gateway",
        "_is_last",
        "_out",
        "_pages",
        "_parser",
        "_pending",
        "busy",
        "closed",
        "deadline",
        "last_active",
        "overloaded",
        "parked",
        "slow",
        "socket",
    )

    def __init__(self, sock: socket.socket, is_local: bool, gateway: Gateway, pages: Pages) -> None:
        self.socket = sock
        self._gateway = gateway
        self._pages = pages
        self._parser = Parser(is_local, gateway)
        self._pending: list[Whole] = []
        self._out: memoryview | None = None
        self._is_last = False  # nothing is read any more, but thrown away until the peer closes
        self.busy = self.parked = self.slow = self.overloaded = self.closed = False
        self.last_active = time.monotonic()
        self.deadline: float | None = None

    @property
    def wants_to_write(self) -> bool:
        """Whether a reply waits for the peer to read."""
        return self._out is not None

    def on_ready(self) -> None:
        """Goes on as far as can be without waiting: writes what is left, else reads, and handles what came whole."""
        try:
            if self._out is not None:
                self._write()
            else:
                self._read()
            self._reply_to_pending()
        except OSError:  # the peer went away; what did not come whole is never run
            self.closed = True

    def on_deadline(self) -> None:
        """Ends a connection whose peer took too long, with a word where it would read one."""
        self.deadline = None
        if self._out is not None or self._is_last or self._parser.answered:
            self.closed = True
            return
        problem = f"The request's {'head' if self._parser.in_head else 'body'} took too long"
        self._pending.append(self._parser.refuse(408, "request_timeout", problem))
        self._is_last = True
        try:
            self._reply_to_pending()
        except OSError:
            self.closed = True

    def _read(self) -> None:
        parser = self._parser
        try:
            data = self.socket.recv(_BODY_CHUNK if parser.in_body else _HEAD_CHUNK)
        except BlockingIOError:
            return
        if not data:
            self.closed = True
        elif not self._is_last:
            self.last_active = time.monotonic()
            self._pending += parser.feed(data)
            if parser.ended:
                self._is_last = True
            elif parser.in_head:
                if self.deadline is None:
                    self.deadline = self.last_active + _FOR_A_HEAD
            elif parser.in_body:
                self.deadline = self.last_active + _BETWEEN_PARTS
                if parser.wants_more_body:
                    self._send_some(_CONTINUE)
            else:
                self.deadline = None

    def _reply_to_pending(self) -> None:
        while self._pending and self._out is None and not self.closed:
            head, admitted, body, keep_alive = self._pending.pop(0)
            if isinstance(admitted, Request):
                reply = self._gateway.handle(admitted, self.overloaded)
            else:
                reply = self._pages.handle(head, body) if admitted is None else admitted
            if not head.is_local or "origin" in head.headers:
                reply = self._gateway.finish(reply, head)
            self._send(reply, head, keep_alive)

    def _send(self, reply: Reply, head: Head, keep_alive: bool) -> None:
        connection = b""
        if not keep_alive:
            connection = b"Connection: close\r\n"
            self._is_last = True
            self._pending.clear()
        elif not head.is_http_1_1:
            connection = b"Connection: keep-alive\r\n"
        start, body = start_of(reply, connection), b"" if head.method == "HEAD" else reply.body
        sent = self._send_some(start, body)
        if sent == len(start) + len(body):
            self._sent_all()
        else:
            self._out = memoryview(start + body)[sent:]
            self.deadline = time.monotonic() + _BETWEEN_PARTS

    def _send_some(self, start: bytes, body: bytes = b"") -> int:
        try:
            if len(body) < _HEAD_CHUNK:
                return self.socket.send(start + body)
            return self.socket.sendmsg((start, body))
        except BlockingIOError:
            return 0

    def _write(self) -> None:
        assert self._out is not None
        sent = self.socket.send(self._out)
        self.deadline = time.monotonic() + _BETWEEN_PARTS
        self._out = self._out[sent:]
        if not self._out:
            self._out = None
            self._sent_all()

    def _sent_all(self) -> None:
        if self._is_last and not self._pending:
            # Closing while the peer still sends would reset the connection, and the peer might lose the reply.
            self.socket.shutdown(socket.SHUT_WR)
            self.deadline = time.monotonic() + _FOR_LAST_WORDS
        elif not self._parser.in_head and not self._parser.in_body:
            self.deadline = None
