"""Servers that are absent, slow, dying or something else: the right error, in time, with a message that helps."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

import msgpack
import pytest

from gym_http_client import (
    Client,
    DecodeError,
    RequestTimeoutError,
    ServerError,
    TransportError,
)
from stubs import GOOD_STEP, answering, reply, step, stub


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


def test_a_resolver_that_is_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: time.sleep(3))
    began = time.monotonic()
    with pytest.raises(RequestTimeoutError):
        step("http://gym.example:5000", timeout=0.5)
    assert 0.4 < time.monotonic() - began < 0.6


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
        with pytest.raises(DecodeError, match=r"is not HTTP/1\.1.*Is it a gym-http-server that listens at") as caught:
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
        words = f"HTTP status {status[:3]} with text/html.*Is it a gym-http-server that listens at {server.base}"
        with pytest.raises(ServerError, match=words) as caught:
            step(server.base, **way)
        assert (caught.value.status_code, caught.value.code) == (int(status[:3]), None)
        assert server.base in str(caught.value)


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
