"""Connections that are kept alive and ask nothing."""

from __future__ import annotations

import resource
import socket

from .processes import CannotRunError, connect

_OTHERS = 200  # descriptors that this process needs for all else
_QUESTION = b"GET /v1/health/ HTTP/1.1\r\nHost: localhost\r\n\r\n"


def hold(address: str, count: int) -> list[socket.socket]:
    """That many more connections, on each of which one request was answered.

    Raises:
        CannotRunError: this process may not have so many descriptors, or the server does not keep the connections.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if hard != resource.RLIM_INFINITY and hard < count + _OTHERS:
        raise CannotRunError(f"{count} connections need more descriptors than the {hard} that a process may have here")
    held: list[socket.socket] = []
    try:
        for _ in range(count):
            held.append(connection := connect(address))
            connection.sendall(_QUESTION)
            if not connection.recv(1 << 16).startswith(b"HTTP/1.1 200"):
                raise CannotRunError("the server refuses further connections")
    except (OSError, CannotRunError) as error:
        for connection in held:
            connection.close()
        raise CannotRunError(f"after {len(held)} idle connections: {error}") from None
    return held
