"""What a `requests.Session` configures, by which way calls then go, and that large replies come through."""

from __future__ import annotations

import json
import random
import socket
import ssl
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
import trustme
from requests.adapters import HTTPAdapter

from gym_http_client import Client, TransportError
from gym_http_client._transport import DirectTransport, SessionTransport
from stubs import answering, reply, stub

HEALTHY = reply(b'{"status": "ok"}')
CREATED = reply(b'{"instance_id": "5c1fd0a2"}')


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def bundle(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return str(path)


@pytest.fixture
def session() -> Iterator[requests.Session]:
    with requests.Session() as made:
        yield made


def server_context(authority: trustme.CA, client_certificate: bool = False) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    if client_certificate:
        context.verify_mode = ssl.CERT_REQUIRED
        authority.configure_trust(context)
    return context


def test_tls_with_a_bundle_of_ones_own(authority: trustme.CA, bundle: str, session: requests.Session) -> None:
    with stub(answering(HEALTHY), server_context(authority)) as server:
        session.verify = bundle
        with Client(server.base, session=session) as client:
            assert isinstance(client._session._transport, DirectTransport)
            for _ in range(3):
                assert client.health() == {"status": "ok"}
        assert server.connections == 1


def test_tls_by_the_environments_bundle(authority: trustme.CA, bundle: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", bundle)
    with stub(answering(HEALTHY), server_context(authority)) as server, Client(server.base) as client:
        assert client.health() == {"status": "ok"}


def test_tls_refuses_a_certificate_that_nobody_vouches_for(authority: trustme.CA, session: requests.Session) -> None:
    with stub(answering(HEALTHY), server_context(authority)) as server:
        with (
            pytest.raises(TransportError, match=r"TLS with .* failed.*certificate") as caught,
            Client(server.base) as client,
        ):
            client.health()
        assert server.base in str(caught.value)
        session.verify = False
        with Client(server.base, session=session) as client:
            assert client.health() == {"status": "ok"}


def test_tls_with_the_clients_own_certificate(
    authority: trustme.CA, bundle: str, session: requests.Session, tmp_path: Path
) -> None:
    certificate = authority.issue_cert("agent@example.org")
    path = str(tmp_path / "client.pem")
    certificate.private_key_and_cert_chain_pem.write_to_path(path)
    with stub(answering(HEALTHY), server_context(authority, client_certificate=True)) as server:
        session.verify = bundle
        session.cert = path
        with Client(server.base, session=session) as client:
            assert client.health() == {"status": "ok"}
        session.cert = None
        with Client(server.base, session=session, retries=0, timeout=5) as client, pytest.raises(TransportError):
            client.health()


def test_https_to_a_server_that_speaks_http(base: str) -> None:
    with pytest.raises(TransportError, match=r"TLS with .* begin with http://"):
        Client(base.replace("http:", "https:"), timeout=5).health()


@pytest.mark.parametrize("by", ["session", "environment"])
def test_a_proxy_is_used(session: requests.Session, monkeypatch: pytest.MonkeyPatch, by: str) -> None:
    with stub(answering(CREATED)) as proxy:
        if by == "session":
            session.proxies = {"http": proxy.base}
        else:
            monkeypatch.setenv("HTTP_PROXY", proxy.base)
            monkeypatch.setenv("http_proxy", proxy.base)
        with Client("http://gym.example:5000", session=session) as client:
            assert isinstance(client._session._transport, SessionTransport)
            assert client.env_create("CartPole-v1") == "5c1fd0a2"
        request = proxy.requests[0]
        assert request.startswith(b"POST http://gym.example:5000/v1/envs/ HTTP/1.1\r\n")
        assert b"\r\nIdempotency-Key: " in request
        assert request.endswith(b'\r\n\r\n{"env_id":"CartPole-v1"}')


def test_no_proxy_is_heeded(monkeypatch: pytest.MonkeyPatch, session: requests.Session) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with stub(answering(HEALTHY)) as server, Client(server.base) as client:
        assert client.health() == {"status": "ok"}
    monkeypatch.delenv("NO_PROXY")
    session.trust_env = False
    with stub(answering(HEALTHY)) as server, Client(server.base, session=session) as client:
        assert client.health() == {"status": "ok"}


def sent_headers(request: bytes) -> dict[str, str]:
    lines = request.partition(b"\r\n\r\n")[0].decode().split("\r\n")[1:]
    assert len({line.partition(": ")[0].lower() for line in lines}) == len(lines), "a header was sent twice"
    return dict(line.split(": ", 1) for line in lines)


def test_headers_and_basic_auth_carry_over(session: requests.Session) -> None:
    session.headers["X-Team"] = "red"
    session.auth = ("ada", "lovelace")
    with stub(answering(HEALTHY)) as server, Client(server.base, session=session) as client:
        assert isinstance(client._session._transport, DirectTransport)
        client.health()
        headers = sent_headers(server.requests[0])
    assert headers["X-Team"] == "red"
    assert headers["Authorization"] == "Basic YWRhOmxvdmVsYWNl"
    assert headers["Host"] == server.base.removeprefix("http://")
    assert headers["User-Agent"].startswith("gym-http-client/")
    assert headers["Accept"] == "application/json"


@pytest.mark.parametrize("cookies", [False, True])
def test_who_wins_of_token_session_netrc_and_environment(
    session: requests.Session, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, cookies: bool
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("default login ada password lovelace\n")
    monkeypatch.setenv("NETRC", str(netrc))
    if cookies:
        session.cookies.set("flavour", "vanilla")  # by the session's own way, then
    with stub(answering(HEALTHY)) as server:

        def authorization(token: str | None = None) -> str:
            with Client(server.base, session=session, token=token) as client:
                client.health()
            return sent_headers(server.requests[-1])["Authorization"]

        assert authorization() == "Basic YWRhOmxvdmVsYWNl"
        monkeypatch.setenv("GYM_HTTP_TOKEN", "from-the-environment")
        assert authorization() == "Bearer from-the-environment"
        session.auth = ("grace", "hopper")
        assert authorization() == "Basic Z3JhY2U6aG9wcGVy"
        assert authorization("given") == "Bearer given"


def test_what_only_requests_can_do_goes_through_requests(session: requests.Session) -> None:
    class Counting(HTTPAdapter):
        count = 0

        def send(self, *args: object, **kwargs: object) -> requests.Response:
            Counting.count += 1
            return super().send(*args, **kwargs)  # type: ignore[arg-type]

    session.mount("http://", Counting())
    with stub(answering(HEALTHY)) as server, Client(server.base, session=session) as client:
        client.health()
        headers = sent_headers(server.requests[0])
    assert Counting.count == 1
    assert headers["User-Agent"].startswith("gym-http-client/")


def test_an_auth_object_signs_every_request(session: requests.Session) -> None:
    class Signing(requests.auth.AuthBase):
        count = 0

        def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
            Signing.count += 1
            request.headers["X-Signature"] = str(Signing.count)
            return request

    session.auth = Signing()
    with stub(answering(HEALTHY)) as server, Client(server.base, session=session) as client:
        client.health()
        client.health()
        assert [sent_headers(request)["X-Signature"] for request in server.requests] == ["1", "2"]


def test_a_path_before_the_api(session: requests.Session) -> None:
    with stub(answering(HEALTHY)) as server, Client(f"{server.base}/gyms/red/") as client:
        client.health()
        assert server.requests[0].startswith(b"GET /gyms/red/v1/health/ HTTP/1.1\r\n")


def test_a_token_cannot_smuggle_headers() -> None:
    with pytest.raises(ValueError, match="token can have letters, digits and signs of ASCII only"):
        Client("http://127.0.0.1:1", token="a\r\nX-Evil: yes")


@pytest.mark.parametrize("length", [(1 << 14) - 300, 1 << 14, 1 << 20, 5_000_000])
@pytest.mark.parametrize("parts", [1, 7])
def test_a_large_reply_arrives_whole(length: int, parts: int) -> None:
    info = {"text": random.Random(length).randbytes(length // 2).hex()}
    document = {"observation": [0.1], "reward": 1, "done": False, "terminated": False, "truncated": False, "info": info}
    whole = reply(json.dumps(document).encode())

    def answer(connection: socket.socket, request: bytes) -> None:
        for part in range(parts):
            connection.sendall(whole[len(whole) * part // parts : len(whole) * (part + 1) // parts])
            time.sleep(0.005)

    with stub(answer) as server, Client(server.base, timeout=5, retries=0) as client:
        for _ in range(2):
            assert client.env_step("5c1fd0a2", 1) == [[0.1], 1.0, False, info]
        assert server.connections == 1
