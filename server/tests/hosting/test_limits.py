"""Limits: each refuses with a message that names its flag, and lets the next request through."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest
from live import Server
from raw import RawConnection, chunked

MAX_BODY = 20_000


@pytest.fixture(scope="module")
def limited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    flags = ("--max-instances", "2", "--max-envs", "3", "--max-body", str(MAX_BODY))
    server = Server(tmp_path_factory.mktemp("limited"), *flags)
    yield server
    assert server.stop() == 0


def test_instances_and_envs(limited: Server) -> None:
    api = limited.api()
    first, second = api.create("CartPole-v1"), api.create("CartPole-v1", num_envs=3)
    for _ in range(2):
        full = api.call("env_create", env_id="CartPole-v1")
        assert full.error == (429, "limit_reached")
        assert "--max-instances" in full.message
    api.ok("env_close", instance_id=first)
    wide = api.call("env_create", env_id="CartPole-v1", num_envs=4)
    assert wide.error == (429, "limit_reached")
    assert "--max-envs" in wide.message
    # What could not be created takes no place.
    for refused in ({"env_id": "No-v0"}, {"env_id": "CartPole-v1", "kwargs": {"no_such": 1}}):
        assert api.call("env_create", **refused).status == 400
    third = api.create("CartPole-v1")
    assert api.ok("env_list_all")["envs"].keys() == {second, third}
    for instance_id in (second, third):
        api.ok("env_close", instance_id=instance_id)


def test_bodies(limited: Server) -> None:
    api = limited.api()
    path = f"/v1/envs/{api.create('CartPole-v1')}"
    fits = b'{"seed": 1}'.ljust(MAX_BODY)
    with RawConnection(limited.port) as raw:
        for size in (MAX_BODY + 1, 2 * MAX_BODY):
            for method, route in (("POST", f"{path}/reset/"), ("POST", f"{path}/step/"), ("POST", "/v1/envs/")):
                reply = raw.exchange(method, route, b"x" * size)
                assert reply.error == (413, "body_too_large")
                assert str(MAX_BODY) in reply.message
                assert "--max-body" in reply.message
        assert raw.exchange("POST", f"{path}/reset/", fits).status == 200
    with RawConnection(limited.port) as raw:
        headers = {"Transfer-Encoding": "chunked"}
        for part in (b"x" * MAX_BODY, b" " * 10):
            reply = raw.exchange("POST", f"{path}/reset/", chunked(*[part] * (MAX_BODY // len(part)), b"{}"), headers)
            assert reply.error == (413, "body_too_large")
        assert raw.exchange("POST", f"{path}/reset/", chunked(fits[:100], fits[100:]), headers).status == 200
    assert api.ok("env_step", instance_id=path.rpartition("/")[2], action=0)["reward"] == 1.0


def test_a_body_that_claims_to_be_enormous(limited: Server) -> None:
    with RawConnection(limited.port) as raw:
        raw.send(
            b"POST /v1/envs/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 99999999999999\r\n\r\n" + b"x" * 100_000
        )
        assert raw.reply("POST", "/v1/envs/").error == (413, "body_too_large")
    assert limited.api().ok("health")["status"] == "ok"


def test_idle_instances_are_gone_and_those_in_use_stay(start_server: Callable[..., Server]) -> None:
    api = start_server("--idle-timeout", "1.2", "--import", "odd_envs").api()
    idle, used = api.create("CartPole-v1"), api.create("Odd-v0", kwargs={"seconds": 1.4})
    api.ok("env_reset", instance_id=used)
    api.ok("env_step", instance_id=used, action=0)
    time.sleep(0.4)  # idle since the step ended, which alone took longer than the limit
    assert api.ok("env_info", instance_id=used)["env_id"] == "Odd-v0"
    for operation, arguments in (("env_info", {}), ("env_reset", {}), ("env_step", {"action": 0}), ("env_close", {})):
        reply = api.call(operation, instance_id=idle, **arguments)
        assert reply.error == (410, "instance_gone"), operation
        assert idle in reply.message
    assert api.call("env_info", instance_id="00000000").error == (400, "unknown_instance")
    deadline = time.monotonic() + 10
    while used in api.ok("env_list_all")["envs"] and time.monotonic() < deadline:
        time.sleep(0.05)
    assert api.call("env_info", instance_id=used).error == (410, "instance_gone")
