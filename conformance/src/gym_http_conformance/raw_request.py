"""The `raw` of a step: bytes that no HTTP client would send, past the proxy, which could not read them either."""

from __future__ import annotations

import contextlib
import http.client
import socket
from typing import Any

from gym_http_conformance.exchange import Reply

PATIENCE = 10.0
"""Seconds that a server may take for its reply, and for closing the connection after it."""


class Unanswered(Exception):
    """The server did not reply, or left the connection open after its reply; the message says which."""


def send(address: tuple[str, int], described: dict[str, Any]) -> Reply | None:
    """The reply to `head` (its lines) and `body` on a connection of their own, which the server must close after it.

    Nothing where `hang_up` has the connection closed after the last byte. Raises `Unanswered`.
    """
    head = "".join(f"{line}\r\n" for line in described["head"])
    with socket.create_connection(address, timeout=PATIENCE) as connection:
        try:
            connection.sendall(f"{head}\r\n{described.get('body', '')}".encode())
        except OSError:  # a server that has read enough may answer and close before the rest has come
            if described.get("hang_up"):
                return None
        return None if described.get("hang_up") else _reply(connection)


def _reply(connection: socket.socket) -> Reply:
    response = http.client.HTTPResponse(connection)
    try:
        response.begin()
        reply = Reply(response.status, response.getheaders(), response.read())
    except (OSError, http.client.HTTPException) as error:
        raise Unanswered(f"no reply came: {error!r}") from error
    with contextlib.suppress(ConnectionError):  # closed all the same
        try:
            while connection.recv(1 << 16):
                pass
        except TimeoutError as error:
            raise Unanswered(f"the connection was left open after the reply {reply.status}") from error
    return reply
