"""Survived: requests that name enormous sizes. Each is refused at once, with its bound, and the server goes on."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import msgpack
import psutil
import pytest
from live import Api, Reply, Server

import contract

HUGE = {"__ndarray__": True, "dtype": "|u1", "shape": [2**31, 2**31, 0], "data": b""}
DEEP = {"__ndarray__": True, "dtype": "|u1", "shape": [1] * 40, "data": b"\0"}
SECONDS = 5.0


@pytest.fixture(scope="module")
def bounded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("bounded"))
    yield server
    assert server.stop() == 0, server.log.read_text()


@pytest.fixture
def instance_id(bounded: Server) -> str:
    api = bounded.api()
    created = api.create("CartPole-v1")
    api.ok("env_reset", instance_id=created, seed=1)
    return created


def post(server: Server, path: str, body: bytes, packed: bool = True) -> Reply:
    """A request that must be answered after little work, by a server that has not grown."""
    process = psutil.Process(server.process.pid)
    before, began = process.memory_info().rss, _processor_seconds(process)
    headers = {"Content-Type": contract.MSGPACK} if packed else {}
    reply = server.api().request("POST", path, body, headers, check=False)
    assert _processor_seconds(process) - began < SECONDS
    assert process.memory_info().rss - before < 200 << 20
    return reply


def _processor_seconds(process: psutil.Process) -> float:
    times = process.cpu_times()  # unlike the clock's, the same on a busy machine
    return float(times.user + times.system)


@pytest.mark.parametrize("array", [HUGE, DEEP], ids=["axes", "dimensions"])
@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/envs/{id}/step/", lambda array: {"action": array}),
        ("/v1/envs/{id}/reset/", lambda array: {"seed": array}),
        ("/v1/envs/{id}/reset/", lambda array: {"options": {"reset_mask": array}}),
        ("/v1/envs/{id}/observation_space/contains", lambda array: {"value": array}),
        ("/v1/envs/{id}/action_space/contains", lambda array: {"value": [array]}),
        ("/v1/envs/", lambda array: {"env_id": "CartPole-v1", "kwargs": {"x": array}}),
        ("/v1/envs/", lambda array: {"env_id": array}),
        ("/v1/upload/", lambda array: {"training_dir": array, "api_key": "k"}),
    ],
)
def test_an_array_whose_axes_are_all_but_its_data(
    bounded: Server, instance_id: str, path: str, body: Callable[[Any], Any], array: Any
) -> None:
    reply = post(bounded, path.format(id=instance_id), msgpack.packb(body(array)))
    assert reply.error == (400, "malformed_body")
    assert "at most" in reply.message


@pytest.mark.parametrize(
    ("body", "packed"),
    [
        (b"\x81\xa1x\xdd\x00\xf0\x00\x00" + b"\x90" * 0xF00000, True),
        (b"\x81\xa1x\xdc\x00\x10" + (b"\xdd\x00\x0f\x00\x00" + b"\x90" * 0xF0000) * 16, True),
        (b"\x81\xa1x" + b"\xdd\x00\x10\x00\x00" * 200_000, True),
        (b'{"x": [' + b"[]," * 3_000_000 + b"0]}", False),
        (b'{"x": ' + b"[" * 500_000 + b"]" * 500_000 + b"}", False),
        (b'{"x": ' + b'{"a":' * 100_000 + b"1" + b"}" * 100_000 + b"}", False),
    ],
    ids=["empty arrays", "arrays of them", "nested headers", "JSON arrays", "nested JSON", "nested JSON objects"],
)
def test_a_body_of_very_many_values(bounded: Server, instance_id: str, body: bytes, packed: bool) -> None:
    reply = post(bounded, f"/v1/envs/{instance_id}/reset/", body, packed)
    assert reply.error == (400, "malformed_body")


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("/v1/envs/", {"env_id": "CartPole-v1" * 800_000}, "malformed_env_id"),
        ("/v1/envs/", {"env_id": "CartPole-v1", "kwargs": {"k" * 8_000_000: 1}}, "invalid_parameter"),
        ("/v1/envs/", {"env_id": "CartPole-v1", "render_mode": "r" * 8_000_000}, "invalid_parameter"),
        ("/v1/envs/{id}/step/", {"action": "1" * 8_000_000}, "invalid_action"),
        ("/v1/envs/{id}/reset/", {"seed": "1" * 8_000_000}, "invalid_parameter"),
        ("/v1/envs/{id}/monitor/start/", {"directory": "d" * 8_000_000}, "invalid_parameter"),
        ("/v1/envs/{id}/monitor/start/", {"directory": "d/" * 1500}, "invalid_directory"),
        ("/v1/upload/", {"training_dir": "d" * 8_000_000, "api_key": "k"}, "invalid_parameter"),
        ("/v1/upload/", {"training_dir": "d", "api_key": "k" * 8_000_000}, "invalid_parameter"),
    ],
)
def test_strings_of_megabytes(bounded: Server, instance_id: str, path: str, body: Any, code: str) -> None:
    reply = post(bounded, path.format(id=instance_id), json.dumps(body).encode(), packed=False)
    assert reply.error == (400, code)
    assert len(reply.body) < 10_000


@pytest.mark.parametrize(
    ("env_id", "kwargs", "bound"),
    [
        ("Ant-v5", {"max_geom": 10**7}, "100000"),
        ("Ant-v5", {"width": 10**6}, "4096"),
        ("FrozenLake-v1", {"desc": ["S" + "F" * 299] * 299 + ["F" * 299 + "G"]}, "10000"),
    ],
)
def test_sizes_in_kwargs(bounded: Server, env_id: str, kwargs: Any, bound: str) -> None:
    body = {"env_id": env_id, "kwargs": kwargs}
    reply = post(bounded, "/v1/envs/", json.dumps(body).encode(), packed=False)
    assert reply.error == (400, "invalid_parameter")
    assert bound in reply.message


def test_frames_of_very_many_environments(bounded: Server) -> None:
    api = bounded.api()
    for num_envs, status in ((64, 200), (65, 409)):
        wide = api.create("CartPole-v1", num_envs=num_envs, vectorization_mode="sync")
        api.ok("env_reset", instance_id=wide)
        reply = api.call("env_render", instance_id=wide)
        assert reply.status == status
        assert status == 200 or "64" in reply.message
        api.ok("env_close", instance_id=wide)


def test_creations_beyond_the_memory_are_refused(start_server: Callable[..., Server]) -> None:
    server = start_server("--max-memory", "600M")
    api = server.api()
    wide = api.call("env_create", env_id="CartPole-v1", num_envs=16, vectorization_mode="async")
    assert wide.error == (429, "limit_reached")
    assert "--max-memory" in wide.message
    few = api.create("CartPole-v1", num_envs=2, vectorization_mode="async")
    api.ok("env_close", instance_id=few)
    assert api.create("CartPole-v1")


def test_the_replies_that_are_remembered_have_one_bound(start_server: Callable[..., Server]) -> None:
    server = start_server("--max-memory", "2G", "--import", "hostile_envs")
    api, process = server.api(msgpack=True), psutil.Process(server.process.pid)
    ids = [api.create("Hostile-v0", kwargs={"size": 4 << 20}) for _ in range(60)]

    def step(instance_id: str, key: str) -> Reply:
        headers = {"Accept": contract.MSGPACK, "Idempotency-Key": key}
        # Unchecked, as the contract's schema takes long over four million numbers.
        return api.request("POST", f"/v1/envs/{instance_id}/step/", b'{"action": 0}', headers, check=False)

    for instance_id in ids:
        api.request("POST", f"/v1/envs/{instance_id}/reset/", headers={"Accept": contract.MSGPACK}, check=False)
    before = process.memory_info().rss
    for number in range(2):
        for instance_id in ids:
            assert step(instance_id, f"series-{number}").status == 200
    assert process.memory_info().rss - before < 350 << 20  # two for each instance are 480 MB, the bound is 256
    assert step(ids[-1], "series-1").headers["idempotent-replayed"] == "true"
    assert step(ids[0], "series-0").error == (409, "idempotency_key_forgotten")
    assert api.ok("env_info", instance_id=ids[0])["steps"] == 2


def test_a_hung_creation_does_not_keep_every_reply_after_it(start_server: Callable[..., Server]) -> None:
    server = start_server("--import", "hostile_envs")
    hung = {"env_id": "Hostile-v0", "kwargs": {"at": "init"}}
    headers = {"Idempotency-Key": "hung-1"}

    def create() -> None:
        with contextlib.suppress(OSError):  # the server ends first
            server.api().request("POST", "/v1/envs/", json.dumps(hung), headers)

    threading.Thread(target=create, daemon=True).start()
    time.sleep(0.3)
    api: Api = server.api()
    for number in range(1100):
        api.request("POST", "/v1/envs/", b"{}", {"Idempotency-Key": f"other-{number}"}, check=False)
    late = api.request("POST", "/v1/envs/", b"{}", {"Idempotency-Key": "other-0"})
    assert late.error == (409, "idempotency_key_forgotten")
