"""One kept-alive HTTP/1.1 connection, made for small requests: one `send` and, as a rule, one `recv` a call.

The reply that a server of this API gives (a status line, a Content-Length, a body) is read right here. Everything else
that HTTP allows (chunks, bodies that end with the connection) is read by `http.client`.
"""

from __future__ import annotations

import http.client
import io
import queue
import re
import socket
import ssl
import threading
from functools import lru_cache
from time import monotonic
from typing import Any, NamedTuple

_FIRST = 1 << 14  # bytes that hold a small reply whole, and little of a frame: that is received where it stays
_GROWTH = 1 << 20  # bytes taken on trust in a Content-Length
_LONGEST_HEAD = 1 << 16
_LONGEST_FAST_HEAD = 1 << 12
_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d{1,15})[ \t]*(?=\r\n)")
_TYPE = re.compile(rb"\r\ncontent-type:[ \t]*([^\r]*)")
_RETRY_AFTER = re.compile(rb"\r\nretry-after:[ \t]*(\d{1,9})[ \t]*\r\n")
_NOT_FAST = re.compile(
    rb"\r\n(?:transfer-encoding|content-encoding|connection):(?![ \t]*(?:keep-alive|identity)[ \t]*\r\n)"
)
_IS_ADDRESS = re.compile(r"[\d.]+|.*:.*|localhost")  # what needs no resolver, or only the hosts file
_ARMING_STEP = 0.02  # seconds that a timeout may be late, to save a system call on every step


class Reply(NamedTuple):
    """A whole HTTP reply. `content_type` is in lower case, "" when the server sent none.

    `retry_after` are the seconds after which the server wants to be asked again, 0 when it does not say.
    """

    status: int
    content_type: str
    body: bytes | bytearray
    retry_after: int = 0


class Address(NamedTuple):
    """Where to connect; `tls` is None for plain HTTP, `path` that of a Unix domain socket, which has the rest empty."""

    host: str
    port: int
    tls: ssl.SSLContext | None
    path: str = ""


@lru_cache(maxsize=256)  # a server's heads differ in the length, and in the date once a second
def _read_head(head: bytes) -> tuple[int, str, int, int] | None:
    """Status, content type, content length and retry-after; None for a reply that is not of the fast path."""
    if not head.startswith((b"HTTP/1.1 2", b"HTTP/1.1 4", b"HTTP/1.1 5")) or len(head) > _LONGEST_FAST_HEAD:
        return None
    head = head.lower()
    lengths = _LENGTH.findall(head)
    if len(lengths) != 1 or _NOT_FAST.search(head) or not head[9:12].isdigit() or head[9:12] == b"204":
        return None
    media, later = _TYPE.search(head), _RETRY_AFTER.search(head)
    return int(head[9:12]), media[1].decode("latin-1") if media else "", int(lengths[0]), int(later[1]) if later else 0


def _resolve(address: Address, deadline: float) -> list[Any]:
    """The host's addresses. A resolver knows no deadline, so where the host is a name another thread waits for it."""
    found: queue.SimpleQueue[list[Any] | OSError] = queue.SimpleQueue()

    def ask() -> None:
        try:
            found.put(socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            found.put(error if isinstance(error, OSError) else socket.gaierror(str(error)))

    if _IS_ADDRESS.fullmatch(address.host):
        ask()
    else:
        threading.Thread(target=ask, name="resolver", daemon=True).start()
    try:
        addresses = found.get(timeout=max(deadline - monotonic(), 0.0))
    except queue.Empty:
        raise TimeoutError from None
    if isinstance(addresses, OSError):
        raise addresses
    return addresses


def _connect(address: Address, deadline: float) -> socket.socket:
    """A connection to the first of the host's addresses that answers; all of them together have until the deadline."""
    last: OSError = ConnectionError("the host has no address")
    unix = [(socket.AF_UNIX, socket.SOCK_STREAM, 0, "", address.path)] if address.path else []
    for family, kind, protocol, _, place in unix or _resolve(address, deadline):
        connection = socket.socket(family, kind, protocol)
        try:
            connection.settimeout(max(deadline - monotonic(), 1e-6))
            connection.connect(place)
        except OSError as error:
            connection.close()
            last = error
        else:
            return connection
    raise last


class Connection:
    """An open connection. `reusable` says whether another request may follow; `replies` counts those received.

    Raises `TimeoutError` past the deadline (a `time.monotonic` instant), another `OSError` or
    `http.client.IncompleteRead` when the connection is lost, `http.client.HTTPException` when the reply is not HTTP.
    """

    def __init__(self, address: Address, deadline: float) -> None:
        self._armed = 0.0
        self._socket = _connect(address, deadline)
        try:
            self._arm(deadline)
            if not address.path:
                self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if address.tls:
                self._socket = address.tls.wrap_socket(self._socket, server_hostname=address.host)
        except BaseException:
            self._socket.close()
            raise
        self.reusable = True
        self.replies = 0

    def fileno(self) -> int:
        """The socket's descriptor, on which a reply is awaited."""
        return self._socket.fileno()

    def send(self, request: bytes, deadline: float) -> None:
        """Send a whole request, head and body."""
        self._arm(deadline)
        try:
            self._socket.sendall(request)
        except (BrokenPipeError, ConnectionResetError):
            self.reusable = False  # the server may have answered before it read everything (413, say)

    def receive(self, deadline: float) -> Reply:
        """Read the whole reply to the request that was sent."""
        received = self._whole_head(deadline)
        while received.startswith(b"HTTP/1.1 1"):  # an interim reply
            received = self._whole_head(deadline, received.partition(b"\r\n\r\n")[2])
        reply = self._fast_path(received, deadline) or self._by_http_client(received, deadline)
        self.replies += 1
        return reply

    def receive_into(self, buffer: Any, deadline: float) -> int:
        """Fill `buffer` with the next bytes of the reply; how many came, none at its end."""
        self._arm(deadline)
        return self._socket.recv_into(buffer)

    def close(self) -> None:
        self._socket.close()

    def __del__(self) -> None:
        if hasattr(self, "_socket"):  # a client that its owner just dropped, as old scripts do
            self._socket.close()

    def _arm(self, deadline: float) -> None:
        remaining = deadline - monotonic()
        if remaining <= 0:
            raise TimeoutError
        if not 0 <= self._armed - remaining < _ARMING_STEP:
            self._socket.settimeout(remaining)
            self._armed = remaining

    def _whole_head(self, deadline: float, received: bytes = b"") -> bytes:
        """The reply's status line and headers, and what came with them."""
        while b"\r\n\r\n" not in received:
            if not received.startswith(b"HTTP/"[: len(received)]):
                raise http.client.BadStatusLine(repr(received[:40]))
            if len(received) > _LONGEST_HEAD:
                raise http.client.LineTooLong("head")
            self._arm(deadline)
            part = self._socket.recv(_FIRST)
            if not part:
                raise ConnectionResetError(f"the server closed the connection after {len(received)} bytes of its reply")
            received += part
        return received

    def _fast_path(self, received: bytes, deadline: float) -> Reply | None:
        end = received.find(b"\r\n\r\n")
        head = _read_head(received[: end + 2])
        if head is None:
            return None
        status, content_type, length, retry_after = head
        body = received[end + 4 :]
        if len(body) < length:
            return Reply(status, content_type, self._rest(body, length, deadline), retry_after)
        if len(body) > length:
            body = body[:length]
            self.reusable = False  # bytes that belong to no request
        return Reply(status, content_type, body, retry_after)

    def _rest(self, start: bytes, length: int, deadline: float) -> bytearray:
        body, there = bytearray(min(length, _GROWTH)), len(start)
        body[:there] = start
        while there < length:
            if there == len(body):
                body += bytes(min(length - there, max(there, _GROWTH)))
            with memoryview(body) as whole, whole[there:] as missing:
                part = self.receive_into(missing, deadline)
            if not part:
                raise http.client.IncompleteRead(bytes(body[:there]), length - there)
            there += part
        return body

    def _by_http_client(self, received: bytes, deadline: float) -> Reply:
        source: Any = _Received(self, received, deadline)
        response = http.client.HTTPResponse(source)
        try:
            response.begin()
            body = response.read()
            coding = response.getheader("Content-Encoding", "identity").lower()
            if coding != "identity":
                raise http.client.HTTPException(f"unasked-for Content-Encoding {coding!r}")
            self.reusable = self.reusable and not response.will_close
            later = response.getheader("Retry-After", "")
            content_type = response.getheader("Content-Type", "").lower()
            return Reply(response.status, content_type, body, int(later) if later.isdecimal() else 0)
        finally:
            response.close()


class _Received(io.RawIOBase):
    """A reply for `http.client`: the bytes already received, then those that follow."""

    def __init__(self, connection: Connection, received: bytes, deadline: float) -> None:
        self._connection = connection
        self._received = received
        self._deadline = deadline

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(self)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        part = self._received[: len(buffer)]
        if not part:
            return self._connection.receive_into(buffer, self._deadline)
        self._received = self._received[len(part) :]
        buffer[: len(part)] = part
        return len(part)
