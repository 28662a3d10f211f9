"""One HTTP exchange as it crossed the wire."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from gym_http_conformance import wire

Headers = list[tuple[str, str]]


def header(headers: Headers, name: str) -> str | None:
    """The value of the first header called `name` (lower case)."""
    return next((value for key, value in headers if key.lower() == name), None)


@dataclass
class Request:
    method: str
    target: str
    headers: Headers
    body: bytes = b""
    leaked: bytes = b""
    """Bytes that follow the request on the connection, as when nobody reads its body."""
    whole: bool = True
    """Whether all of the body was read, and sent on."""

    def header(self, name: str) -> str | None:
        return header(self.headers, name)


@dataclass
class Reply:
    status: int
    headers: Headers
    body: bytes = b""

    def header(self, name: str) -> str | None:
        return header(self.headers, name)


@dataclass
class Exchange:
    """A request and its reply; `note` says what the proxy did to it, `forged` that the server never saw it.

    `began` (its head was there) and `ended` (nothing more was sent) are readings of `time.monotonic`.
    """

    request: Request
    reply: Reply | None = None
    note: str = ""
    forged: bool = False
    began: float = field(default_factory=time.monotonic)
    ended: float | None = None

    def __str__(self) -> str:
        request, reply = self.request, self.reply
        lines = [f"> {request.method} {request.target}", *(f"> {k}: {v}" for k, v in request.headers)]
        lines += [f"> {line}" for line in _body_lines(request.headers, request.body)]
        if self.note:
            lines.append(f"* {self.note}")
        if reply is None:
            return "\n".join([*lines, "< (no reply)"])
        lines += [f"< {reply.status}", *(f"< {k}: {v}" for k, v in reply.headers)]
        return "\n".join(lines + [f"< {line}" for line in _body_lines(reply.headers, reply.body)])


def _body_lines(headers: Headers, body: bytes, limit: int = 1000) -> list[str]:
    if not body:
        return []
    content_type = header(headers, "content-type")
    try:
        if wire.media_type(content_type) in wire.MSGPACK_TYPES:
            text = "(MessagePack) " + repr(wire.decode(content_type, body))
        else:
            text = body.decode()
    except ValueError:
        text = f"({len(body)} bytes of {content_type or 'unknown type'}) {body[:40]!r}"
    return (text if len(text) <= limit else f"{text[:limit]}... ({len(body)} bytes)").splitlines()


def document(headers: Headers, body: bytes) -> Any:
    """The decoded body, `None` where there is none; raises `ValueError` where it does not decode."""
    return wire.decode(header(headers, "content-type"), body) if body else None
