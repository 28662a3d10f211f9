"""The servers that cases run against, as the cases see them."""

from __future__ import annotations

import http.client
import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol


class ServerError(Exception):
    """A server did not start, or does not answer."""


@dataclass
class Endpoint:
    """A running server: what it was started with, and what cases may therefore `need`."""

    url: str
    has: set[str] = field(default_factory=set)
    token: str | None = None
    api_key: str = "conformance"
    directory: Path | None = None
    stop: Callable[[], None] = lambda: None

    @property
    def address(self) -> tuple[str, int]:
        parts = urllib.parse.urlsplit(self.url)
        return parts.hostname or "", parts.port or 80


class Servers(Protocol):
    """Where servers come from; `token` is the guarded one's."""

    token: str | None

    def prepare(self, names: list[str]) -> None: ...
    def get(self, name: str) -> Endpoint | None: ...
    def close(self) -> None: ...


def ask(endpoint: Endpoint, path: str, body: dict[str, Any] | None = None) -> bytes | None:
    """The server's reply to a GET, or a POST of `body`; `None` where that fails."""
    try:
        return reply_of(endpoint, path, body)
    except (OSError, http.client.HTTPException):
        return None


def reply_of(endpoint: Endpoint, path: str, body: dict[str, Any] | None = None) -> bytes:
    """As `ask`; raises `OSError` or `http.client.HTTPException` where it fails."""
    headers = {"Content-Type": "application/json"}
    if endpoint.token is not None:
        headers["Authorization"] = f"Bearer {endpoint.token}"
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(endpoint.url + path, data, headers)
    with urllib.request.urlopen(request, timeout=10) as reply:
        if reply.status != 200:
            raise urllib.error.HTTPError(request.full_url, reply.status, reply.reason, reply.headers, None)
        return bytes(reply.read())


def answers(endpoint: Endpoint) -> bool:
    """Whether the server lists its instances: every server of this API does, an old one too."""
    return ask(endpoint, "/v1/envs/") is not None
