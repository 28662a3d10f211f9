"""Bytes past the proxy: what a server may do wrong with its connection is told apart."""

from __future__ import annotations

import socket
import threading

import pytest

from gym_http_conformance import raw_request
from gym_http_conformance.exchange import Reply

REFUSED = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 2\r\n\r\n{}"


def served(said: bytes, then_close: bool, described: dict[str, object]) -> object:
    """What comes of `described` at a server that answers anything with `said`."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        over = threading.Event()

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(1 << 16)
                connection.sendall(said)
                if not then_close:
                    over.wait(10)

        server = threading.Thread(target=serve)
        server.start()
        try:
            return raw_request.send(("127.0.0.1", listener.getsockname()[1]), described)
        finally:
            over.set()
            server.join()


def test_a_reply_and_a_closed_connection() -> None:
    reply = served(REFUSED, True, {"head": ["hello"]})
    assert isinstance(reply, Reply)
    assert (reply.status, reply.body) == (400, b"{}")


def test_nothing_is_read_after_hanging_up() -> None:
    assert served(REFUSED, True, {"head": ["hello"], "hang_up": True}) is None


@pytest.mark.parametrize(
    ("said", "then_close", "told"),
    [
        (REFUSED, False, "the connection was left open after the reply 400"),
        (b"", False, "no reply came"),
        (b"", True, "no reply came"),
        (b"good day", True, "no reply came"),
    ],
)
def test_what_is_wrong_is_told(said: bytes, then_close: bool, told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(raw_request, "PATIENCE", 0.5)
    with pytest.raises(raw_request.Unanswered, match=told):
        served(said, then_close, {"head": ["hello"]})
