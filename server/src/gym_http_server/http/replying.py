"""The head of a reply as it goes over the wire."""

from __future__ import annotations

import time
from email.utils import formatdate
from functools import lru_cache
from http import HTTPStatus

from ..protocol.messages import Reply

_PHRASES = {status.value: status.phrase for status in HTTPStatus}
_dates: dict[int, bytes] = {}


def start_of(reply: Reply, connection: bytes) -> bytes:
    """Status line and headers; `connection` is a whole line, or nothing."""
    second = int(time.time())
    date = _dates.get(second)
    if date is None:
        date = f"Date: {formatdate(second, usegmt=True)}\r\n".encode()
        _dates.clear()
        _dates[second] = date
    status, content_type, body, headers = reply
    fixed = _fixed_start(status, content_type, headers)
    if status == 204:  # which has no content, so no length
        return b"%b%b%b\r\n" % (fixed, date, connection)
    return b"%b%b%bContent-Length: %d\r\n\r\n" % (fixed, date, connection, len(body))


@lru_cache(maxsize=256)
def _fixed_start(status: int, content_type: str, headers: tuple[tuple[str, str], ...]) -> bytes:
    lines = [f"HTTP/1.1 {status} {_PHRASES[status]}", f"Content-Type: {content_type}"]
    lines += [f"{name}: {value}" for name, value in headers]
    return "".join(f"{line}\r\n" for line in lines).encode("latin-1")
