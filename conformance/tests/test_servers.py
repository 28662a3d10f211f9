"""A running server is waited for, and what is wrong with its URL or token is said."""

from __future__ import annotations

import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from gym_http_conformance import running_server as module
from gym_http_conformance.reference_servers import ReferenceServers
from gym_http_conformance.running_server import RunningServer, plain_url
from gym_http_conformance.servers import ServerError


class Nothing(BaseHTTPRequestHandler):
    """A server of something else."""

    def do_GET(self) -> None:
        self.send_error(404)

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet."""


@pytest.fixture
def port() -> int:
    """A port where nobody listens yet."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_server_that_is_just_starting_is_waited_for(port: int) -> None:
    def start_late() -> None:
        time.sleep(0.5)
        with HTTPServer(("127.0.0.1", port), Nothing) as server:
            server.handle_request()

    late = threading.Thread(target=start_late)
    late.start()
    with pytest.raises(ServerError, match="it answered 404 Not Found"):
        RunningServer(f"http://127.0.0.1:{port}", None)
    late.join()


def test_where_no_server_comes_up_the_cause_is_said(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PATIENCE", 0.2)
    with pytest.raises(ServerError, match=r"connection refused .*: is a server running there"):
        RunningServer(f"http://127.0.0.1:{port}", None)


@pytest.mark.parametrize(("token", "said"), [(None, "give its --token"), ("no", "the --token is not this server's")])
def test_a_token_that_is_missing_or_wrong_is_said(servers: ReferenceServers, token: str | None, said: str) -> None:
    with pytest.raises(ServerError, match=f"it answered 401: {said}"):
        RunningServer(servers.get("guarded").url, token)


@pytest.mark.parametrize(
    "url",
    [
        "127.0.0.1:5000",
        "localhost",
        "https://127.0.0.1:5000",
        "http://127.0.0.1:5000/v1",
        "http://127.0.0.1:5000?a=b",
        "http://me@127.0.0.1:5000",
        "http://127.0.0.1:port",
        "http://127.0.0.1:70000",
        "http://:5000",
        "http://[::1",
    ],
)
def test_a_url_that_the_proxy_cannot_reach_is_refused(url: str) -> None:
    with pytest.raises(ServerError, match=r"is not http://host\[:port\]"):
        RunningServer(url, None)


def test_a_slash_at_the_end_is_no_path() -> None:
    assert plain_url("http://[::1]:5000/") == "http://[::1]:5000"
    assert plain_url("http://example.org") == "http://example.org"
