"""Trouble on the way to the server: calls are sent again under their key until their deadline, and done once."""

from __future__ import annotations

import socket
import threading
import time
from typing import Any

import gymnasium
import pytest

from gym_http_client import Client, GymHttpError, RemoteEnv, ServerError, TransportError, _session
from stubs import GOOD_STEP, LossyProxy, Stub, answering, reply, step, stub


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


def test_a_kept_connection_that_the_server_closed_is_replaced_at_once() -> None:
    def answer_once(connection: socket.socket, request: bytes) -> None:
        connection.sendall(reply(GOOD_STEP))
        connection.close()

    with stub(answer_once) as server, Client(server.base, timeout=5, retries=1) as client:
        for _ in range(20):
            client.env_step("5c1fd0a2", 1)
        assert server.connections == 20


@pytest.mark.parametrize(("encoding", "count"), [("msgpack", 10_000), ("json", 2_000)])
def test_ten_thousand_steps_through_a_proxy_that_cuts_requests_and_loses_replies(
    base: str, encoding: str, count: int
) -> None:
    proxy = LossyProxy(int(base.rpartition(":")[2]))
    local = gymnasium.make("CartPole-v1")
    local.action_space.seed(1)
    longest = 0.0
    with stub(proxy) as lossy, RemoteEnv(lossy.base, "CartPole-v1", encoding=encoding, timeout=30) as env:
        observation, _ = env.reset(seed=1)
        expected, _ = local.reset(seed=1)
        for _ in range(count):
            assert observation.tolist() == expected.tolist()
            action = local.action_space.sample()
            began = time.monotonic()
            observation, *outcome = env.step(action)
            longest = max(longest, time.monotonic() - began)
            expected, *expected_outcome = local.step(action)
            assert outcome == expected_outcome
            if outcome[1] or outcome[2]:
                (observation, _), (expected, _) = env.reset(), local.reset()
        steps = env.client.env_info(env.instance_id)["steps"]
    assert steps == count
    proxy.close()
    assert proxy.lost > proxy.requests * 0.12
    assert proxy.cut > proxy.requests * 0.08
    assert longest < 30.1
