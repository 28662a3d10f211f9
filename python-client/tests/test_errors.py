"""Errors as objects: repeated, pickled, copied and carried out of a worker process."""

from __future__ import annotations

import copy
import pickle
import socket
from typing import Any

import gymnasium
import pytest
from gymnasium.vector import AsyncVectorEnv

from gym_http_client import (
    Client,
    DecodeError,
    GymHttpError,
    InvalidActionError,
    RemoteEnv,
    RequestTimeoutError,
    ServerError,
    TransportError,
)
from stubs import ForgetfulProxy, reply, stub

KINDS = [ServerError, InvalidActionError, TransportError, RequestTimeoutError, DecodeError]


@pytest.mark.parametrize("remake", [lambda error: pickle.loads(pickle.dumps(error)), copy.copy, copy.deepcopy])
def test_errors_survive_pickling_and_copying(remake: Any) -> None:
    error = ServerError("no", 410, "instance_gone", "http://x/")
    again = remake(error)
    assert (str(again), again.status_code, again.code, again.url) == (str(error), 410, "instance_gone", "http://x/")
    assert isinstance(remake(TransportError("gone")), GymHttpError)


@pytest.mark.parametrize("kind", KINDS)
def test_errors_are_made_of_one_argument(kind: type[GymHttpError]) -> None:
    assert str(kind("no")) == kind("no").message == "no"
    assert kind("no").url is None
    error = kind(kind("no", url="http://x/"))
    assert (error.message, error.url) == ("no", "http://x/")
    assert str(kind(RuntimeError("odd"))) == "odd"  # type: ignore[arg-type]


@pytest.mark.filterwarnings("ignore::UserWarning")  # a worker's traceback, and what Gymnasium thinks of reward types
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_an_error_comes_out_of_a_worker_process_whole(base: str) -> None:
    envs: Any = AsyncVectorEnv([lambda: RemoteEnv(base, "Trouble-v0")] * 2)
    try:
        envs.reset()
        with pytest.raises(ServerError, match="made of cheese") as caught:
            envs.step([0, 1])
        assert (caught.value.status_code, caught.value.code) == (500, "environment_error")
        with pytest.raises(RuntimeError, match="came from another process"):
            caught.value.retry()
    finally:
        envs.close(terminate=True)


@pytest.mark.parametrize("encoding", ["json", "msgpack"])
def test_a_call_that_failed_for_good_is_repeated_by_its_error(base: str, encoding: str) -> None:
    local = gymnasium.make("CartPole-v1")
    local.reset(seed=3)
    proxy = ForgetfulProxy(int(base.rpartition(":")[2]), 2)
    with stub(proxy) as lossy, RemoteEnv(lossy.base, "CartPole-v1", encoding=encoding, retries=0) as env:
        env.reset(seed=3)
        with pytest.raises(TransportError) as caught:
            env.step(1)
        with pytest.raises(TransportError) as again:
            caught.value.retry()
        observation, *outcome = again.value.retry()
        expected, *expected_outcome = local.step(1)
        assert (observation.tolist(), outcome) == (expected.tolist(), expected_outcome)
        assert env.client.env_info(env.instance_id)["steps"] == 1
    proxy.close()


def test_a_flat_call_is_repeated_under_its_key() -> None:
    def answer(connection: socket.socket, request: bytes) -> None:
        created = reply(b'{"instance_id": "5c1fd0a2"}')
        connection.sendall(created if len(server.requests) > 1 else reply(b"", "503 Service Unavailable"))

    with stub(answer) as server, Client(server.base, retries=0) as client:
        with pytest.raises(ServerError) as caught:
            client.env_create("CartPole-v1")
        assert caught.value.retry() == "5c1fd0a2"
        assert server.requests[0] == server.requests[1]


def test_an_error_without_a_call_has_nothing_to_repeat() -> None:
    with pytest.raises(RuntimeError, match="this error has no call to repeat"):
        ServerError("no").retry()
