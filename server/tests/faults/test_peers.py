"""Survived: clients that are silent, slow, greedy or cut off, and requests that two programs might read differently."""

from __future__ import annotations

import contextlib
import json
import socket
import time
from collections.abc import Callable, Iterator

import pytest
from live import Api, Server
from raw import RawConnection, as_bytes, chunked

STEP = b'{"action": 1}'


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("peers"))
    yield server
    assert server.stop() == 0, server.log.read_text()
    assert "Traceback" not in server.log.read_text()


@pytest.fixture
def instance_id(served: Server) -> str:
    api = served.api()
    created = api.create("CartPole-v1")
    api.ok("env_reset", instance_id=created, seed=1)
    return created


def quick(server: Server) -> None:
    """Somebody else's requests are answered at once."""
    for _ in range(5):
        began = time.monotonic()
        assert Api(server.port).ok("health")["status"] == "ok"
        assert time.monotonic() - began < 1.0


# What did not come whole is never run


@pytest.mark.parametrize("missing", [1, 5, len(STEP)])
@pytest.mark.parametrize("half_closed", [False, True])
@pytest.mark.parametrize("coding", ["length", "chunked"])
def test_a_request_that_is_cut_does_not_run_and_its_key_is_new(
    served: Server, instance_id: str, missing: int, half_closed: bool, coding: str
) -> None:
    path, headers = f"/v1/envs/{instance_id}/step/", {"Idempotency-Key": "cut"}
    if coding == "chunked":
        whole = as_bytes("POST", path, chunked(STEP), {**headers, "Transfer-Encoding": "chunked"})
    else:
        whole = as_bytes("POST", path, STEP, headers)
    with RawConnection(served.port) as raw:
        raw.send(whole[:-missing])
        if half_closed:
            raw.socket.shutdown(socket.SHUT_WR)
            raw.socket.settimeout(5)
            raw.socket.recv(1000)
    time.sleep(0.1)
    api = served.api()
    assert api.ok("env_info", instance_id=instance_id)["steps"] == 0
    again = api.call("env_step", "cut", instance_id=instance_id, action=1)
    assert again.status == 200
    assert "idempotent-replayed" not in again.headers
    assert api.ok("env_info", instance_id=instance_id)["steps"] == 1


def test_a_cut_reset_does_not_run_as_one_without_a_seed(served: Server, instance_id: str) -> None:
    api = served.api()
    api.ok("env_step", instance_id=instance_id, action=1)
    before = api.ok("env_step", instance_id=instance_id, action=1)
    with RawConnection(served.port) as raw:
        raw.send(as_bytes("POST", f"/v1/envs/{instance_id}/reset/", b'{"seed": 5}')[:-11])
    time.sleep(0.1)
    assert api.ok("env_step", instance_id=instance_id, action=1)["observation"] != before["observation"]
    assert api.ok("env_info", instance_id=instance_id)["steps"] == 3


# Nobody costs another one a turn


def test_stalled_bodies_and_heads_and_idle_connections_hold_nobody_up(served: Server, instance_id: str) -> None:
    beginnings = (
        b"",
        b"POST /v1/envs/ HT",
        as_bytes("POST", "/v1/envs/", b"x" * 1000)[:-990],
        as_bytes("POST", "/v1/envs/", b"x" * 1000, {"Host": "evil.example"})[:-990],
        as_bytes("POST", f"/v1/envs/{instance_id}/reset/", b"5\r\n{", {"Transfer-Encoding": "chunked"}),
    )
    with contextlib.ExitStack() as crowd:
        for number in range(600):
            crowd.enter_context(RawConnection(served.port)).send(beginnings[number % len(beginnings)])
        quick(served)


def test_greedy_clients_wait_for_their_own_sake(served: Server, instance_id: str) -> None:
    request = as_bytes("POST", f"/v1/envs/{instance_id}/step/", STEP)
    with contextlib.ExitStack() as crowd:
        for _ in range(20):
            greedy = crowd.enter_context(RawConnection(served.port))
            greedy.send(request * 500)
        quick(served)


def test_who_does_not_read_holds_nobody_up(served: Server) -> None:
    api = served.api()
    wide = api.create("CartPole-v1", num_envs=1024)
    request = as_bytes("POST", f"/v1/envs/{wide}/reset/", b"{}")
    with contextlib.ExitStack() as crowd:
        for _ in range(10):
            crowd.enter_context(RawConnection(served.port)).send(request * 50)
        time.sleep(0.5)
        quick(served)
    api.ok("env_close", instance_id=wide)


def test_slow_environments_hold_nobody_up(start_server: Callable[..., Server]) -> None:
    server = start_server("--import", "odd_envs")
    api = server.api()
    connections = []
    for _ in range(40):
        slow = api.create("Odd-v0", kwargs={"seconds": 2.0})
        api.ok("env_reset", instance_id=slow)
        connections.append(RawConnection(server.port))
        connections[-1].send(as_bytes("POST", f"/v1/envs/{slow}/step/", b'{"action": 0}'))
    began = time.monotonic()
    quick(server)
    for connection in connections:
        assert connection.reply().status == 200
        connection.socket.close()
    assert time.monotonic() - began < 10  # one after the other they are 80 s


def test_a_slow_head_and_a_slow_body_end(served: Server) -> None:
    with RawConnection(served.port) as raw:
        raw.send(b"GET /v1/health/ HTTP/1.1\r\nHost: 127.0.0.1\r\n")
        began = time.monotonic()
        for _ in range(12):  # a byte now and then does not make it longer
            time.sleep(1)
            with contextlib.suppress(OSError):
                raw.send(b"x")
        assert raw.reply("GET").error == (408, "request_timeout")
        assert time.monotonic() - began < 15


# Refused by the head alone


@pytest.mark.parametrize(
    ("headers", "path", "status"),
    [
        ({"Host": "evil.example"}, "/v1/envs/", 403),
        ({"Host": "evil.example"}, "/no/such/path", 403),
        ({"Origin": "https://evil.example"}, "/v1/envs/", 403),
        ({}, "/v1/nothing/", 404),
        ({"Content-Encoding": "gzip"}, "/v1/envs/", 415),
        ({"Content-Length": "99999999999"}, "/v1/envs/", 413),
        ({"Expect": "100-continue", "Host": "evil.example"}, "/v1/envs/", 403),
    ],
)
def test_a_refusal_does_not_wait_for_the_body(served: Server, headers: dict[str, str], path: str, status: int) -> None:
    with RawConnection(served.port) as raw:
        raw.send(as_bytes("POST", path, b"x" * 1000, headers)[:-1000])
        raw.socket.settimeout(5)
        assert raw.reply().status == status


def test_a_body_is_asked_for_where_the_client_waits(served: Server) -> None:
    with RawConnection(served.port) as raw:
        request = as_bytes("POST", "/v1/envs/", b'{"env_id": "CartPole-v1"}', {"Expect": "100-continue"})
        head, _, body = request.partition(b"\r\n\r\n")
        raw.send(head + b"\r\n\r\n")
        assert raw.socket.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        raw.send(body)
        assert raw.reply().status == 200


def test_after_a_refusal_of_a_small_body_the_connection_goes_on(served: Server) -> None:
    with RawConnection(served.port) as raw:
        request = as_bytes("POST", "/v1/nothing/", b"x" * 1000)
        raw.send(request[:-500])
        assert raw.reply().status == 404
        raw.send(request[-500:] + as_bytes("GET", "/v1/health/"))
        assert raw.reply("GET").status == 200


# Read in one way or not at all


@pytest.mark.parametrize(
    "request_",
    [
        b"POST /v1/envs/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}",
        b"POST /v1/envs/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
        b"POST /v1/envs/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
        b"POST /v1/envs/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: +2\r\n\r\n{}",
        b"POST /v1/envs/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 2, 2\r\n\r\n{}",
        b"POST /v1/envs/ HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        b"POST /v1/envs/ HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        b"POST /v1/envs/ HTTP/1.0\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST /v1/envs/ HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
        b"POST /v1/envs/ HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n{}\r\n0\r\n\r\n",
        b"POST /v1/envs/ HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n" + b"f" * 17 + b"\r\n",
        b"POST /v1/envs/ HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n2\n{}\n0\n\n",
        b"GET /v1/health/ HTTP/1.1\nHost: 127.0.0.1\n\n",
        b"GET /v1/health/ HTTP/1.1\r\nHost : 127.0.0.1\r\n\r\n",
        b"GET /v1/health/ HTTP/1.1\r\nHost: 127.0.0.1\r\nX: a\r\n b\r\n\r\n",
        b"GET /v1/health/ HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: localhost\r\n\r\n",
        b"GET /v1/health/ HTTP/1.1\r\nHost: 127.0.0.1\r\nX: a\0b\r\n\r\n",
        b"GET /v1/health/ HTTP/1.1\r\nHost: 127.0.0.1\r\nX\0: a\r\n\r\n",
        b"GET /v1/health/ HTTP/2.0\r\nHost: 127.0.0.1\r\n\r\n",
        b"get /v1/health/ HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        b"GET ftp://127.0.0.1/v1/health/ HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        b"CONNECT 127.0.0.1:80 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET /v1/health/ HTTP/1.1\r\nHost: 127.0.0.1\r\n" + b"X: y\r\n" * 2000 + b"\r\n",
        b"GET /v1/health/ HTTP/1.1\r\nHost: 127.0.0.1\r\n" + b"".join(b"X%d: y\r\n" % n for n in range(200)) + b"\r\n",
        b"GET /v1/health/ HTTP/1.1\r\nHost: 127.0.0.1\r\nX: " + b"y" * 1_000_000 + b"\r\n\r\n",
        b"GET /" + b"y" * 1_000_000 + b" HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    ],
    ids=lambda request: request[:90].decode("latin-1").encode("unicode_escape").decode(),
)
def test_what_may_be_read_in_two_ways_is_refused_and_the_connection_closed(served: Server, request_: bytes) -> None:
    with RawConnection(served.port) as raw:
        with contextlib.suppress(OSError):  # the refusal may come before the end
            raw.send(request_ + as_bytes("GET", "/v1/smuggled/"))
        reply = raw.reply()
        assert 400 <= reply.status < 600
        assert reply.status not in (401, 403, 404)
        assert reply.document["code"] in ("malformed_request", "head_too_large", "method_not_allowed")
        assert reply.headers["connection"] == "close"
        raw.socket.settimeout(5)
        with contextlib.suppress(ConnectionResetError):
            assert raw.socket.recv(100) == b""
    quick(served)


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost.", 200),
        ("LOCALHOST:5000", 200),
        ("[::1]", 200),
        ("[::1]:5000", 200),
        ("[::ffff:127.0.0.1]", 200),
        ("127.1.2.3", 200),
        ("127.0.0.1.evil.example", 403),
        ("localhost.evil.example", 403),
        ("evil.example:80@127.0.0.1", 403),
        ("löcalhost", 403),
        ("ⓛocalhost".encode().decode("latin-1"), 403),
        ("[::ffff:8.8.8.8]", 403),
        ("0.0.0.0", 403),
    ],
)
def test_which_hosts_are_this_machine(served: Server, host: str, status: int) -> None:
    for target, fields in (("/v1/health/", {"Host": host}), ("/nowhere", {"Host": host})):
        with RawConnection(served.port) as raw:
            expected = status if target == "/v1/health/" or status != 200 else 404
            assert raw.exchange("GET", target, None, fields, check=False).status == expected


@pytest.mark.parametrize("path", ["/v1/health/", "/nowhere"])
@pytest.mark.parametrize("host", [b"", b"Host:\r\n", b"Host: \r\n"])
def test_a_request_without_a_host_is_refused(served: Server, host: bytes, path: str) -> None:
    with RawConnection(served.port) as raw:
        raw.send(b"GET %b HTTP/1.1\r\n%b\r\n" % (path.encode(), host))
        assert raw.reply("GET").error == (400, "malformed_request")


def test_the_host_of_an_absolute_target_counts(served: Server) -> None:
    for authority, status in (("127.0.0.1", 200), ("evil.example", 403)):
        with RawConnection(served.port) as raw:
            reply = raw.exchange("GET", f"http://{authority}/v1/health/", None, {"Host": "127.0.0.1"}, check=False)
            assert reply.status == status


def test_old_and_eager_clients_are_served(served: Server) -> None:
    with RawConnection(served.port) as raw:
        raw.send(b"GET /v1/health/ HTTP/1.0\r\n\r\n")
        reply = raw.reply("GET")
        assert (reply.status, reply.headers["connection"]) == (200, "close")
    with RawConnection(served.port) as raw:
        for _ in range(2):
            raw.send(b"GET /v1/health/ HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            assert raw.reply("GET").headers["connection"] == "keep-alive"
    with RawConnection(served.port) as raw:
        raw.send(as_bytes("GET", "/v1/health/", None, {"Upgrade": "h2c", "Connection": "Upgrade"}) * 2)
        assert [raw.reply("GET").status for _ in range(2)] == [200, 200]
    with RawConnection(served.port) as raw:
        raw.send(as_bytes("GET", "/v1/health/") + as_bytes("HEAD", "/v1/health/") + as_bytes("GET", "/v1/no/"))
        assert [raw.reply(method).status for method in ("GET", "HEAD", "GET")] == [200, 200, 404]


def test_a_valid_request_before_a_malformed_one_is_answered(served: Server) -> None:
    with RawConnection(served.port) as raw:
        raw.send(as_bytes("GET", "/v1/health/") + b"nonsense\r\n\r\n")
        assert raw.reply("GET").status == 200
        assert raw.reply("GET").error == (400, "malformed_request")


def test_a_body_that_comes_byte_by_byte_is_whole_in_the_end(served: Server, instance_id: str) -> None:
    for body, headers in ((STEP, {}), (chunked(STEP[:4], STEP[4:]), {"Transfer-Encoding": "chunked"})):
        with RawConnection(served.port) as raw:
            for byte in as_bytes("POST", f"/v1/envs/{instance_id}/step/", body, headers):
                raw.send(bytes((byte,)))
            assert json.loads(raw.reply().body)["reward"] == 1.0
