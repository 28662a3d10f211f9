"""Servers that misbehave, and a proxy that loses replies: what no real gym-http-server does on demand."""

from __future__ import annotations

import contextlib
import random
import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterator

Handler = Callable[[socket.socket, bytes], None]


def read_message(connection: socket.socket, start: bytes = b"") -> bytes:
    """One whole HTTP message with its Content-Length; empty at the end of the connection."""
    data = start
    while b"\r\n\r\n" not in data:
        part = connection.recv(65536)
        if not part:
            return b""
        data += part
    head, _, body = data.partition(b"\r\n\r\n")
    found = re.search(rb"(?i)content-length: *(\d+)", head)
    missing = (int(found[1]) if found else 0) - len(body)
    while missing > 0:
        part = connection.recv(min(missing, 65536))
        if not part:
            return b""
        data, missing = data + part, missing - len(part)
    return data


def reply(body: bytes, status: str = "200 OK", content_type: str = "application/json", extra: str = "") -> bytes:
    """An HTTP reply with a Content-Length."""
    head = f"HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\nContent-Length: {len(body)}\r\n{extra}\r\n"
    return head.encode() + body


class Stub:
    """Listens on loopback; `handle(connection, request)` is called for every request. `requests` keeps them all."""

    def __init__(self, handle: Handler, tls: ssl.SSLContext | None = None, port: int = 0) -> None:
        self._handle = handle
        self._tls = tls
        self._listener = socket.create_server(("127.0.0.1", port))
        self.port: int = self._listener.getsockname()[1]
        self.base = f"http{'s' if tls else ''}://127.0.0.1:{self.port}"
        self.requests: list[bytes] = []
        self.connections = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self.connections += 1
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError):
            if self._tls:
                connection = self._tls.wrap_socket(connection, server_side=True)
            with connection:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                while request := read_message(connection):
                    self.requests.append(request)
                    self._handle(connection, request)

    def close(self) -> None:
        with contextlib.suppress(OSError):  # closed already
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


@contextlib.contextmanager
def stub(handle: Handler, tls: ssl.SSLContext | None = None) -> Iterator[Stub]:
    """A `Stub` for the length of a with-block."""
    server = Stub(handle, tls)
    try:
        yield server
    finally:
        server.close()


def answering(data: bytes) -> Handler:
    """A handler that answers every request with these bytes."""
    return lambda connection, request: connection.sendall(data)


class LossyProxy:
    """A handler that forwards to `port`, and loses one reply in seven once the server has sent it."""

    def __init__(self, port: int, seed: int | None = None) -> None:
        self._port = port
        self._random = random.Random(seed) if seed is not None else None
        self._upstream: dict[socket.socket, socket.socket] = {}
        self.replies = 0
        self.lost = 0

    def __call__(self, connection: socket.socket, request: bytes) -> None:
        upstream = self._upstream.get(connection)
        if upstream is None:
            upstream = self._upstream[connection] = socket.create_connection(("127.0.0.1", self._port))
            upstream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        upstream.sendall(request)
        answer = read_message(upstream)
        self.replies += 1
        if self._random.random() < 1 / 7 if self._random else self.replies % 7 == 0:
            self.lost += 1
            self._upstream.pop(connection).close()
            connection.sendall(answer[: self.lost * 5 % len(answer)])  # sometimes nothing, sometimes nearly all of it
            connection.shutdown(socket.SHUT_RDWR)
            return
        connection.sendall(answer)

    def close(self) -> None:
        for upstream in self._upstream.values():
            upstream.close()
