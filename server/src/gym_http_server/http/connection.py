"""One connection: bytes in, requests as they become whole, replies out. It never blocks."""

from __future__ import annotations

import socket
import time
from email.utils import formatdate
from functools import lru_cache
from http import HTTPStatus
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

import httptools

from ..protocol.errors import ApiError
from ..protocol.messages import Reply, Request, error_reply
from .gateway import Gateway, Head
from .pages import Pages

_HEAD_CHUNK = 1 << 14
_BODY_CHUNK = 1 << 20
_LARGEST_HEAD = 1 << 16
_MOST_HEADERS = 100
_WORTH_READING_ON = 1 << 20  # bytes of a refused body that cost less than a new connection
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
# No two of these may differ, so that no two programs can read a request differently.
_ONLY_ONCE = frozenset(("host", "content-length", "transfer-encoding", "content-type", "authorization"))
_CODES = {400: "malformed_request", 431: "head_too_large", 501: "malformed_request", 505: "malformed_request"}
_PHRASES = {status.value: status.phrase for status in HTTPStatus}

# Seconds, by what a connection is in the middle of.
_FOR_A_HEAD = 10.0
_BETWEEN_PARTS = 30.0
_FOR_LAST_WORDS = 2.0


class _Whole(NamedTuple):
    """A request that has come whole, or whose refusal need not wait for that."""

    head: Head
    admitted: Request | Reply | None
    body: bytes
    keep_alive: bool


class _Refused(Exception):
    """Ends the parsing of a connection that asked for what cannot be."""

    def __init__(self, status: int, problem: str) -> None:
        super().__init__(problem)
        self.status = status


class Connection:
    """The state of one connection. One thread at a time calls it; the loop sees to that.

    `deadline` (of `time.monotonic`) is when the peer must have gone on with what it began; None between requests.
    """

    __slots__ = (
        "_admitted",
        "_answered",
        "_body",
        "_body_size",
        "_gateway",
        "_head",
        "_header_lines",
        "_headers",
        "_in_head",
        "_is_last",
        "_is_local",
        "_out",
        "_pages",
        "_parser",
        "_pending",
        "_seen",
        "_target",
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
        self._is_local = is_local
        self._gateway = gateway
        self._pages = pages
        self._parser = httptools.HttpRequestParser(self)
        self._pending: list[_Whole] = []
        self._out: memoryview | None = None
        self._in_head = False  # in the middle of one
        self._is_last = False  # nothing is read any more, but thrown away until the peer closes
        self._answered = False  # by a refusal, and the body still comes
        self._head: Head | None = None  # of the request whose body still comes
        self._admitted: Request | Reply | None = None
        self._headers: dict[str, str] = {}
        self._body: list[bytes] = []
        self._target = b""
        self._body_size = self._seen = self._header_lines = 0
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
        if self._out is not None or self._is_last or self._answered:
            self.closed = True
            return
        self._refuse(408, "request_timeout", f"The request's {'head' if self._in_head else 'body'} took too long")
        try:
            self._reply_to_pending()
        except OSError:
            self.closed = True

    # Reading

    def _read(self) -> None:
        try:
            data = self.socket.recv(_HEAD_CHUNK if self._head is None else _BODY_CHUNK)
        except BlockingIOError:
            return
        if not data:
            self.closed = True
        elif not self._is_last:
            self.last_active = time.monotonic()
            self._feed(data)

    def _feed(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            # Nothing is upgraded to: the request is answered as any other, and what follows is the next one.
            self._parser = httptools.HttpRequestParser(self)
            if rest := data[upgrade.args[0] :]:
                self._feed(rest)
            return
        except httptools.HttpParserCallbackError as error:
            refused = error.__context__
            if not isinstance(refused, _Refused):
                raise
            self._refuse(refused.status, _CODES[refused.status], str(refused))
            return
        except httptools.HttpParserError as error:
            self._refuse(400, "malformed_request", f"This is no HTTP/1.1 request: {error}")
            return
        if self._in_head:
            self._in_the_middle_of_a_head(len(data))
        elif self._head is not None:
            self._in_the_middle_of_a_body(self._head)
        else:
            self.deadline = None

    def _in_the_middle_of_a_head(self, size: int) -> None:
        if self.deadline is None:
            self.deadline = self.last_active + _FOR_A_HEAD
        self._seen += size
        if self._seen > _LARGEST_HEAD:
            self._refuse(431, "head_too_large", f"The request's head is larger than {_LARGEST_HEAD} bytes")

    def _in_the_middle_of_a_body(self, head: Head) -> None:
        self.deadline = self.last_active + _BETWEEN_PARTS
        expects = head.headers.get("expect", "").lower() == "100-continue"
        if isinstance(self._admitted, Reply) and not self._answered:
            # A refusal does not wait for the body, which need not come, nor be read if it is long.
            length = head.headers.get("content-length", "")
            reads_on = length.isdecimal() and int(length) <= _WORTH_READING_ON and not expects
            self._pending.append(_Whole(head, self._admitted, b"", reads_on))
            self._answered = True
            self._is_last = not reads_on
        elif expects and not self._body_size and not self._answered:
            self._send_some(_CONTINUE)

    # What the parser calls

    def on_message_begin(self) -> None:
        self._in_head = True
        self._headers = {}
        self._target = b""
        self._seen = self._header_lines = 0

    def on_url(self, url: bytes) -> None:
        self._target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        key = name.decode("latin-1").lower()
        text = value.decode("latin-1")
        headers = self._headers
        self._header_lines += 1
        if self._header_lines > _MOST_HEADERS:
            raise _Refused(431, f"The request has more than {_MOST_HEADERS} headers")
        if key in headers:
            if key in _ONLY_ONCE:
                raise _Refused(400, f"The request has two {key} headers")
            text = f"{headers[key]}, {text}"
        headers[key] = text

    def on_headers_complete(self) -> None:
        version = self._parser.get_http_version()
        headers = self._headers
        if version not in ("1.1", "1.0"):
            raise _Refused(505, f"This server speaks HTTP/1.1 and 1.0, not {version}")
        coding = headers.get("transfer-encoding")
        if coding is not None and (coding.lower() != "chunked" or version == "1.0"):
            raise _Refused(501, f"A body may be chunked in HTTP/1.1, not {coding} in {version}")
        if version == "1.1" and not headers.get("host"):
            raise _Refused(400, "An HTTP/1.1 request must have a Host header that is not empty")
        path, query = self._split_target()
        method = self._parser.get_method().decode()
        self._head = Head(method, path, query, headers, self._is_local, version == "1.1")
        self._admitted = self._gateway.admit(self._head)
        self._in_head = False
        self._body_size = 0

    def on_body(self, body: bytes) -> None:
        self._body_size += len(body)
        if isinstance(self._admitted, Reply):
            return
        if self._body_size > self._gateway.max_body:
            self._admitted = self._gateway.too_large(self._headers.get("accept", ""))
            self._body.clear()
        else:
            self._body.append(body)

    def on_message_complete(self) -> None:
        assert self._head is not None
        if not self._answered:
            body = self._body[0] if len(self._body) == 1 else b"".join(self._body)
            self._pending.append(_Whole(self._head, self._admitted, body, self._parser.should_keep_alive()))
        self._head = self._admitted = None
        self._body.clear()
        self._answered = False

    def _split_target(self) -> tuple[str, str]:
        target = self._target
        if not target.startswith(b"/"):
            target = self._origin_form(target)
        path, _, query = target.partition(b"?")
        if b"%" in path:
            path = unquote_to_bytes(path)
        return path.decode(errors="replace"), query.decode("latin-1")

    def _origin_form(self, target: bytes) -> bytes:
        """Path and query of an absolute target, whose authority stands for the Host (RFC 9112, 3.2.2)."""
        scheme, _, rest = target.partition(b"://")
        if scheme.lower() not in (b"http", b"https"):
            raise _Refused(400, "The request's target must be a path, or a URL of http")
        authority, slash, path = rest.partition(b"/")
        self._headers["host"] = authority.decode("latin-1")
        return slash + path or b"/"

    # Replying

    def _refuse(self, status: int, code: str, problem: str) -> None:
        """A reply after which nothing more is read."""
        reply = error_reply(ApiError(status, code, problem), self._headers.get("accept", ""))
        head = Head("", "", "", self._headers, self._is_local)
        self._pending.append(_Whole(head, reply, b"", False))
        self._is_last = True
        self._in_head = False

    def _reply_to_pending(self) -> None:
        while self._pending and self._out is None and not self.closed:
            head, admitted, body, keep_alive = self._pending.pop(0)
            if isinstance(admitted, Request):
                reply = self._gateway.handle(admitted, body, self.overloaded)
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
        body = b"" if head.method == "HEAD" else reply.body
        if reply.status == 204:  # which has no content, so no length
            start = b"%b%b\r\n" % (_start_of(reply), connection)
        else:
            start = b"%b%bContent-Length: %d\r\n\r\n" % (_start_of(reply), connection, len(reply.body))
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
        elif not self._in_head and self._head is None:
            self.deadline = None


_dates: dict[int, bytes] = {}


def _start_of(reply: Reply) -> bytes:
    """Status line and headers, up to those that concern this one reply's length and connection."""
    second = int(time.time())
    date = _dates.get(second)
    if date is None:
        date = f"Date: {formatdate(second, usegmt=True)}\r\n".encode()
        _dates.clear()
        _dates[second] = date
    return _fixed_start(reply.status, reply.content_type, reply.headers) + date


@lru_cache(maxsize=256)
def _fixed_start(status: int, content_type: str, headers: tuple[tuple[str, str], ...]) -> bytes:
    lines = [f"HTTP/1.1 {status} {_PHRASES[status]}", f"Content-Type: {content_type}"]
    lines += [f"{name}: {value}" for name, value in headers]
    return "".join(f"{line}\r\n" for line in lines).encode("latin-1")
