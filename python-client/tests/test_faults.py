"""Servers that are absent, slow, dying or something else: the right error, in time, with a message that helps."""

from __future__ import annotations

import contextlib
import pickle
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import gymnasium
import msgpack
import pytest
import requests

from gym_http_client import (
    Client,
    DecodeError,
    GymHttpError,
    RemoteEnv,
    RequestTimeoutError,
    ServerError,
    TransportError,
    _session,
)
from stubs import LossyProxy, Stub, answering, reply, stub

GOOD_STEP = b'{"observation":[0.1],"reward":1.0,"done":false,"terminated":false,"truncated":false,"info":{}}'


def step(base: str, **options: Any) -> Any:
    with Client(base, **{"timeout": 5.0, "retries": 2, **options}) as client:
        return client.env_step("5c1fd0a2", 1)


@pytest.fixture(params=["direct", "session"])
def way(request: pytest.FixtureRequest) -> Iterator[dict[str, Any]]:
    """Options of a client for either transport."""
    if request.param == "direct":
        yield {}
    else:
        with requests.Session() as session:
            session.cookies.set("flavour", "vanilla")
            yield {"session": session}


def test_absent(way: dict[str, Any]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        base = f"http://127.0.0.1:{listener.getsockname()[1]}"
    began = time.monotonic()
    with pytest.raises(TransportError, match=r"refused.*Start one with `gym-http-server`") as caught:
        step(base, timeout=30, retries=None, **way)
    assert 0.5 < time.monotonic() - began < 2.1  # it might just be starting
    assert caught.value.kind == "transport"
    assert caught.value.url == f"{base}/v1/envs/5c1fd0a2/step/"
    assert base in str(caught.value)
    assert isinstance(caught.value, ConnectionError)


def test_slow(way: dict[str, Any]) -> None:
    with stub(lambda connection, request: time.sleep(8)) as server:
        began = time.monotonic()
        with pytest.raises(RequestTimeoutError, match=r"within 1 s.*raise the client's timeout") as caught:
            step(server.base, timeout=1, **way)
        assert time.monotonic() - began < 5
        assert server.base in str(caught.value)
        assert isinstance(caught.value, TimeoutError)
        assert len(server.requests) == 1  # what takes too long once is not asked for again


def test_trickling(way: dict[str, Any]) -> None:
    def trickle(connection: socket.socket, request: bytes) -> None:
        for byte in reply(GOOD_STEP):
            connection.sendall(bytes([byte]))
            time.sleep(0.02)

    with stub(trickle) as server:
        began = time.monotonic()
        with pytest.raises(RequestTimeoutError):
            step(server.base, timeout=0.5, **way)
        assert time.monotonic() - began < 5


def test_accepts_and_never_answers_a_connection() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, pytest.raises(RequestTimeoutError):
        step(f"http://127.0.0.1:{listener.getsockname()[1]}", timeout=0.3)


def test_several_addresses_of_which_none_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    with contextlib.ExitStack() as stack:
        places = []
        for _ in range(3):
            listener = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
            places.append(listener.getsockname())
            for _ in range(3):  # more than it keeps waiting: the next one gets no answer at all
                waiting = stack.enter_context(socket.socket())
                waiting.setblocking(False)
                waiting.connect_ex(places[-1])
        found = [(socket.AF_INET, socket.SOCK_STREAM, 0, "", place) for place in places]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
        began = time.monotonic()
        with pytest.raises(RequestTimeoutError):
            step("http://several.example:5000", timeout=1.0)
        assert time.monotonic() - began < 2


@pytest.mark.parametrize("length", [0, 5, 40, len(reply(GOOD_STEP)) - 1])
def test_dies_in_the_middle_of_a_reply(way: dict[str, Any], length: int) -> None:
    def die(connection: socket.socket, request: bytes) -> None:
        connection.sendall(reply(GOOD_STEP)[:length])
        connection.shutdown(socket.SHUT_RDWR)

    with stub(die) as server:
        with pytest.raises(TransportError, match="3 attempts") as caught:
            step(server.base, **way)
        assert server.base in str(caught.value)
        keys = {line for request in server.requests for line in request.split(b"\r\n") if b"Idempotency-Key" in line}
        assert len(server.requests) == 3
        assert len(keys) == 1


def test_a_length_that_no_memory_holds_is_not_taken_on_trust() -> None:
    def boast(connection: socket.socket, request: bytes) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 999999999999999\r\n\r\n{")
        connection.shutdown(socket.SHUT_RDWR)

    with stub(boast) as server, pytest.raises(TransportError, match="3 attempts"):
        step(server.base)


@pytest.mark.parametrize(
    ("body", "content_type", "words"),
    [
        (b"<html><body>It works!</body></html>", "text/html", "text/html.*<html><body>It works!"),
        (GOOD_STEP[:-20], "application/json", "cannot be read"),
        (b"", "application/json", "cannot be read"),
        (b"[1, 2]", "application/json", "a list where an object belongs"),
        (b"\xff\xfe\x00", "application/json", "cannot be read"),
        (b"[" * 100_000, "application/json", "cannot be read"),
        (b'{"reward": 1.0}', "application/json", "nothing for 'observation'"),
        (GOOD_STEP.replace(b"1.0", b'"1.0"'), "application/json", "a str for 'reward'"),
        (GOOD_STEP.replace(b'"done":false', b'"done":"no"'), "application/json", "a str for 'done'"),
        (GOOD_STEP.replace(b"{}", b"[]"), "application/json", "a list for 'info' where a dict belongs"),
        (GOOD_STEP.replace(b"1.0", b'["x"]'), "application/json", "a reward that is not of numbers"),
        (b"\x81\xa1a", "application/vnd.msgpack", "cannot be read"),
        (b"\x81\xabobservation\x81\xab__ndarray__\xc3", "application/vnd.msgpack", "malformed array"),
    ],
)
def test_answers_what_it_did_not_promise(way: dict[str, Any], body: bytes, content_type: str, words: str) -> None:
    with stub(answering(reply(body, content_type=content_type))) as server:
        with pytest.raises(DecodeError, match=words) as caught:
            step(server.base, **way)
        assert server.base in str(caught.value)
        assert isinstance(caught.value, ValueError)
        assert len(server.requests) == 1


@pytest.mark.parametrize("call", [lambda client: client.env_render("5c1fd0a2"), Client.openapi])
def test_what_is_no_document_is_of_its_type_too(way: dict[str, Any], call: Callable[[Client], Any]) -> None:
    page = reply(b"<html><body>It works!</body></html>", content_type="text/html")
    message = "text/html where .* belongs: .*It works!"
    with (
        stub(answering(page)) as server,
        Client(server.base, **way) as client,
        pytest.raises(DecodeError, match=message),
    ):
        call(client)


def test_arrays_of_a_dangerous_type_are_refused() -> None:
    for dtype, shape, data in [
        ("|O", [1], b"12345678"),
        ("<f4", [4], b"short"),
        ("nonsense", [1], b"1"),
        ("<f4", "x", b""),
    ]:
        body = msgpack.packb({"observation": {"__ndarray__": True, "dtype": dtype, "shape": shape, "data": data}})
        with (
            stub(answering(reply(body, content_type="application/msgpack"))) as server,
            pytest.raises(DecodeError, match="malformed array"),
        ):
            step(server.base, encoding="msgpack")


def test_a_server_of_another_protocol() -> None:
    with stub(answering(b"220 mail.example ESMTP ready\r\n")) as server:
        with pytest.raises(DecodeError, match=r"is not HTTP/1\.1.*Does a gym-http-server listen at") as caught:
            step(server.base)
        assert server.base in str(caught.value)


@pytest.mark.parametrize(
    "head", [b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70_000, b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 200]
)
def test_headers_without_end_are_refused(head: bytes) -> None:
    with stub(answering(head + b"\r\n\r\n")) as server, pytest.raises(DecodeError, match=r"is not HTTP/1\.1"):
        step(server.base)


@pytest.mark.parametrize(
    "status", ["404 Not Found", "500 Internal Server Error", "301 Moved Permanently", "204 No Content"]
)
def test_a_refusal_that_is_not_the_apis_own(way: dict[str, Any], status: str) -> None:
    body = b"" if status.startswith("204") else b"<h1>nginx</h1>"
    with stub(answering(reply(body, status, "text/html", "Location: /elsewhere\r\n"))) as server:
        with pytest.raises(ServerError, match=f"HTTP status {status[:3]} with text/html") as caught:
            step(server.base, **way)
        assert (caught.value.status_code, caught.value.code) == (int(status[:3]), None)
        assert server.base in str(caught.value)


@pytest.mark.parametrize("status", ["502 Bad Gateway", "503 Service Unavailable", "504 Gateway Timeout"])
def test_a_gateway_in_trouble_is_asked_again(way: dict[str, Any], status: str) -> None:
    def recover(connection: socket.socket, request: bytes) -> None:
        connection.sendall(reply(b"", status) if len(server.requests) < 3 else reply(GOOD_STEP))

    with stub(recover) as server:
        assert step(server.base, **way)[1] == 1.0
        assert len({request.partition(b"Idempotency-Key: ")[2][:20] for request in server.requests}) == 1
    with stub(answering(reply(b"", status))) as server:
        with pytest.raises(ServerError) as caught:
            step(server.base, **way)
        assert caught.value.status_code == int(status[:3])
        assert len(server.requests) == 3


@pytest.mark.parametrize("trouble", [b"", reply(GOOD_STEP)[:40], reply(b"", "503 Service Unavailable")])
def test_trouble_is_sat_out_until_the_deadline(
    way: dict[str, Any], trouble: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_session, "_LONGEST_PAUSE", 0.05)

    def recover(connection: socket.socket, request: bytes) -> None:
        connection.sendall(trouble if len(server.requests) < 15 else reply(GOOD_STEP))
        connection.shutdown(socket.SHUT_RDWR)

    with stub(recover) as server:
        assert step(server.base, timeout=30, retries=None, **way)[1] == 1.0
        assert len(server.requests) == 15
        assert len({request.partition(b"Idempotency-Key: ")[2][:20] for request in server.requests}) == 1


@pytest.mark.parametrize(("trouble", "error"), [(b"", TransportError), (reply(b"", "502 Bad Gateway"), ServerError)])
def test_trouble_without_end_ends_with_the_deadline(
    way: dict[str, Any], trouble: bytes, error: type[GymHttpError]
) -> None:
    def fail(connection: socket.socket, request: bytes) -> None:
        connection.sendall(trouble)
        connection.shutdown(socket.SHUT_RDWR)

    with stub(fail) as server:
        began = time.monotonic()
        with pytest.raises(error) as caught:
            step(server.base, timeout=0.7, retries=None, **way)
        assert 0.2 < time.monotonic() - began < 0.8
        assert 4 <= len(server.requests) <= 8  # the pauses grow
        assert (caught.value.__cause__ is not None) == (error is TransportError)


def test_a_gateway_says_when_to_ask_again(way: dict[str, Any]) -> None:
    times = []

    def busy(connection: socket.socket, request: bytes) -> None:
        times.append(time.monotonic())
        again = reply(b"", "503 Service Unavailable", extra="Retry-After: 1\r\n")
        connection.sendall(again if len(times) == 1 else reply(GOOD_STEP))

    with stub(busy) as server:
        assert step(server.base, **way)[1] == 1.0
    assert 1 <= times[1] - times[0] < 2
    too_late = reply(b"", "503 Service Unavailable", extra="Retry-After: 3\r\n")
    with stub(answering(too_late)) as server, pytest.raises(ServerError):
        step(server.base, timeout=2, **way)
    assert len(server.requests) == 1
    assert time.monotonic() - times[1] < 1.5


def test_a_server_that_once_replied_is_awaited_while_it_restarts(way: dict[str, Any]) -> None:
    with stub(answering(reply(GOOD_STEP))) as server, Client(server.base, timeout=20, **way) as client:
        client.env_step("5c1fd0a2", 1)
        server.close()
        client.close()
        again: list[Stub] = []
        timer = threading.Timer(2.5, lambda: again.append(Stub(answering(reply(GOOD_STEP)), port=server.port)))
        timer.start()
        assert client.env_step("5c1fd0a2", 1)[1] == 1.0
        again[0].close()


def test_a_name_that_nobody_knows_is_no_matter_of_patience(
    way: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def unknown(*arguments: Any, **options: Any) -> Any:
        asked.append(arguments[0])
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(TransportError, match="Name or service not known"):
        step("http://gym.example:5000", retries=None, **way)
    assert asked == ["gym.example"]


UNUSUAL = {
    "chunked": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\n%b\r\n%x\r\n%b\r\n0\r\n\r\n"
    % (GOOD_STEP[:16], len(GOOD_STEP) - 16, GOOD_STEP[16:]),
    "continue": b"HTTP/1.1 100 Continue\r\n\r\n" + reply(GOOD_STEP),
    "early hints": b"HTTP/1.1 103 Early Hints\r\nLink: </v1/>; rel=preload\r\n\r\n" + reply(GOOD_STEP),
    "to the end": b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + GOOD_STEP,
    "http/1.0": b"HTTP/1.0 200 OK\r\n\r\n" + GOOD_STEP,
    "odd case and blanks": b"HTTP/1.1 200\r\nCONTENT-length:  %d \r\ncontent-TYPE:application/json\r\n\r\n%b"
    % (len(GOOD_STEP), GOOD_STEP),
}


@pytest.mark.parametrize("name", UNUSUAL)
def test_http_that_this_server_does_not_speak_is_understood(name: str) -> None:
    def answer(connection: socket.socket, request: bytes) -> None:
        middle = len(UNUSUAL[name]) // 2
        for part in (UNUSUAL[name][:middle], UNUSUAL[name][middle:]) if len(server.requests) > 1 else (UNUSUAL[name],):
            connection.sendall(part)
            time.sleep(0.02)
        if name in ("to the end", "http/1.0"):
            connection.shutdown(socket.SHUT_RDWR)

    with stub(answer) as server, Client(server.base, timeout=5, retries=0) as client:
        for _ in range(3):
            assert client.env_step("5c1fd0a2", 1) == [[0.1], 1.0, False, {}]
        assert server.connections == (3 if name in ("to the end", "http/1.0") else 1)


def test_bytes_after_a_reply_are_no_reply() -> None:
    with stub(answering(reply(GOOD_STEP) + reply(b"[]"))) as server, Client(server.base, timeout=5) as client:
        for _ in range(3):
            assert client.env_step("5c1fd0a2", 1)[1] == 1.0
        assert server.connections == 3  # what follows on such a connection cannot be trusted


def test_one_send_and_one_connection_for_many_calls() -> None:
    with stub(answering(reply(GOOD_STEP))) as server, Client(server.base) as client:
        for _ in range(20):
            client.env_step("5c1fd0a2", 1)
        assert server.connections == 1
        assert (
            len({request.partition(b"Idempotency-Key: ")[2].partition(b"\r")[0] for request in server.requests}) == 20
        )


def test_a_kept_connection_that_the_server_closed_is_replaced_at_once() -> None:
    def answer_once(connection: socket.socket, request: bytes) -> None:
        connection.sendall(reply(GOOD_STEP))
        connection.close()

    with stub(answer_once) as server, Client(server.base, timeout=5, retries=1) as client:
        for _ in range(20):
            client.env_step("5c1fd0a2", 1)
        assert server.connections == 20


def test_an_early_refusal_of_a_large_body_is_heard() -> None:
    listener = socket.create_server(("127.0.0.1", 0))

    def refuse() -> None:
        connection, _ = listener.accept()
        connection.recv(1000)
        connection.sendall(reply(b'{"message": "too large", "code": "body_too_large"}', "413 Content Too Large"))
        connection.shutdown(socket.SHUT_WR)
        time.sleep(0.2)
        connection.close()

    thread = threading.Thread(target=refuse)
    thread.start()
    with Client(f"http://127.0.0.1:{listener.getsockname()[1]}", timeout=5, retries=0) as client:
        with pytest.raises((ServerError, TransportError)) as caught:
            client.env_step("5c1fd0a2", [0.5] * 300_000)
        if isinstance(caught.value, ServerError):  # else the reset overtook the reply, as TCP allows
            assert (caught.value.status_code, caught.value.code) == (413, "body_too_large")
    thread.join()
    listener.close()


def test_errors_survive_pickling() -> None:
    error = ServerError("no", 410, "instance_gone", "http://x/")
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), again.status_code, again.code, again.url) == (str(error), 410, "instance_gone", "http://x/")
    assert isinstance(pickle.loads(pickle.dumps(TransportError("gone"))), GymHttpError)


@pytest.mark.parametrize(("encoding", "seed"), [("msgpack", None), ("json", 20160427)])
def test_ten_thousand_steps_through_a_proxy_that_loses_one_reply_in_seven(
    base: str, encoding: str, seed: int | None
) -> None:
    proxy = LossyProxy(int(base.rpartition(":")[2]), seed)
    local = gymnasium.make("CartPole-v1")
    local.action_space.seed(1)
    with stub(proxy) as lossy, RemoteEnv(lossy.base, "CartPole-v1", encoding=encoding, timeout=30) as env:
        observation, _ = env.reset(seed=1)
        expected, _ = local.reset(seed=1)
        for _ in range(10_000 if seed is None else 2_000):
            assert observation.tolist() == expected.tolist()
            action = local.action_space.sample()
            observation, *outcome = env.step(action)
            expected, *expected_outcome = local.step(action)
            assert outcome == expected_outcome
            if outcome[1] or outcome[2]:
                (observation, _), (expected, _) = env.reset(), local.reset()
        steps = env.client.env_info(env.instance_id)["steps"]
    assert steps == (10_000 if seed is None else 2_000)
    proxy.close()
    assert proxy.lost > proxy.replies / 8
