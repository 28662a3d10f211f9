"""A socket that sends what it is told to the byte, where http.client would tidy up."""

from __future__ import annotations

import http.client
import io
import socket
from collections.abc import Mapping
from types import TracebackType

from live import Reply

import contract


class _Reader(io.BufferedReader):
    """What it has read ahead is there for the next reply."""

    def close(self) -> None:
        pass

    def makefile(self, mode: str) -> _Reader:
        return self


class RawConnection:
    """One connection. Requests gain only a Host (HTTP/1.1) and, with a body, a Content-Length."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self._reader = _Reader(socket.SocketIO(self.socket, "rb"))

    def __enter__(self) -> RawConnection:
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self.socket.close()

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def reply(self, method: str = "POST", path: str | None = None) -> Reply:
        """The next reply; held to the contract when `path` is given."""
        response = http.client.HTTPResponse(self._reader, method=method)  # type: ignore[arg-type]  # all it asks for is makefile
        response.begin()
        body = response.read()
        headers = {name.lower(): value for name, value in response.getheaders()}
        content_type = headers.get("content-type", "").partition(";")[0]
        document = None if method == "HEAD" else contract.decode(content_type, body)
        if path is not None:
            contract.check(method, path, response.status, content_type, headers, document)
        return Reply(response.status, headers, body, document)

    def exchange(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        version: str = "HTTP/1.1",
        check: bool = True,
    ) -> Reply:
        self.send(as_bytes(method, path, body, headers, version, f"127.0.0.1:{self.port}"))
        return self.reply(method, path if check else None)


def as_bytes(
    method: str,
    path: str,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    version: str = "HTTP/1.1",
    host: str = "127.0.0.1",
) -> bytes:
    """The request as it crosses the wire; `headers` may name a Host or Content-Length of their own."""
    fields = dict(headers or {})
    if version == "HTTP/1.1":
        fields = {"Host": host, **fields}
    if body is not None and "Transfer-Encoding" not in fields:
        fields = {"Content-Length": str(len(body)), **fields}
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"{method} {path} {version}\r\n{head}\r\n".encode("latin-1") + (body or b"")


def chunked(*parts: bytes) -> bytes:
    """A body in the chunked transfer coding, a chunk for each part."""
    return b"".join(f"{len(part):x}\r\n".encode() + part + b"\r\n" for part in (*parts, b""))
