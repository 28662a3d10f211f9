"""A request with an Idempotency-Key takes effect once, however often it is sent."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from live import Api, Reply, Server
from raw import RawConnection, as_bytes

_numbers = itertools.count()


def new_key() -> str:
    return f"key-{next(_numbers)}"


def steps(api: Api, instance_id: str) -> int:
    number: int = api.ok("env_info", instance_id=instance_id)["steps"]
    return number


def assert_replay(reply: Reply, first: Reply) -> None:
    assert (reply.status, reply.body, reply.headers["content-type"]) == (
        first.status,
        first.body,
        first.headers["content-type"],
    )
    assert reply.headers["idempotent-replayed"] == "true"
    assert "idempotent-replayed" not in first.headers


@pytest.fixture
def instance_id(api: Api) -> str:
    created = api.create("CartPole-v1")
    api.ok("env_reset", instance_id=created, seed=0)
    return created


def test_a_repeated_step_replays_its_reply_to_the_byte(api: Api, instance_id: str, server: Server) -> None:
    key = new_key()
    first = api.call("env_step", key, instance_id=instance_id, action=1)
    api.ok("env_step", instance_id=instance_id, action=0)
    for other in (api, server.api(msgpack=api.msgpack)):
        assert_replay(other.call("env_step", key, instance_id=instance_id, action=1), first)
    assert steps(api, instance_id) == 2


def test_a_repeated_reset_does_not_end_the_episode(api: Api, instance_id: str) -> None:
    key = new_key()
    first = api.call("env_reset", key, instance_id=instance_id)
    moved = api.ok("env_step", instance_id=instance_id, action=1)["observation"]
    assert_replay(api.call("env_reset", key, instance_id=instance_id), first)
    again = api.ok("env_step", instance_id=instance_id, action=1)["observation"]
    assert not np.array_equal(again, moved), "the episode went on"


def test_a_repeated_creation_makes_one_instance(api: Api) -> None:
    key, before = new_key(), api.ok("health")["instances"]
    first = api.call("env_create", key, env_id="CartPole-v1")
    assert_replay(api.call("env_create", key, env_id="CartPole-v1"), first)
    assert api.ok("health")["instances"] == before + 1


def test_a_repeated_close_succeeds_again(api: Api, instance_id: str) -> None:
    key = new_key()
    first = api.call("env_close", key, instance_id=instance_id)
    assert first.document == {}
    assert_replay(api.call("env_close", key, instance_id=instance_id), first)
    assert api.call("env_close", new_key(), instance_id=instance_id).error == (400, "unknown_instance")


def test_a_repeated_upload_and_monitor(api: Api) -> None:
    instance_id, directory, key = api.create("CartPole-v1", max_episode_steps=1), f"once-{new_key()}", new_key()
    start = {"instance_id": instance_id, "directory": directory, "video_callable": False}
    first = api.call("env_monitor_start", key, **start)
    assert first.status == 200
    assert_replay(api.call("env_monitor_start", key, **start), first)
    assert api.call("env_monitor_start", **start).error == (409, "monitor_active")
    api.ok("env_reset", instance_id=instance_id)
    api.ok("env_step", instance_id=instance_id, action=0)
    api.ok("env_close", instance_id=instance_id)
    key = new_key()
    uploaded = api.call("upload", key, training_dir=directory, api_key="k")
    assert uploaded.document["episodes"] == 1
    assert_replay(api.call("upload", key, training_dir=directory, api_key="k"), uploaded)


@pytest.mark.parametrize(
    ("operation", "arguments", "status"),
    [
        ("env_step", {"action": 7}, 400),
        ("env_step", {}, 400),
        ("env_reset", {"seed": -1}, 400),
        ("env_monitor_start", {"directory": "/etc"}, 400),
    ],
    ids=str,
)
def test_errors_are_replayed_too(
    api: Api, instance_id: str, operation: str, arguments: dict[str, Any], status: int
) -> None:
    key = new_key()
    first = api.call(operation, key, instance_id=instance_id, **arguments)
    assert first.status == status
    assert_replay(api.call(operation, key, instance_id=instance_id, **arguments), first)


def test_errors_of_the_environment_and_of_creation_are_replayed_too(api: Api) -> None:
    odd, key = api.create("Odd-v0"), new_key()
    early = api.call("env_step", key, instance_id=odd, action=1)
    assert early.error == (409, "reset_needed")
    api.ok("env_reset", instance_id=odd)
    assert_replay(api.call("env_step", key, instance_id=odd, action=1), early)
    for operation, arguments, status in (
        ("env_step", {"instance_id": odd, "action": 1}, 500),
        ("env_create", {"env_id": "No-v0"}, 400),
        ("env_create", {"env_id": "Odd-v0", "kwargs": {"raise_at": "init"}}, 500),
        ("env_close", {"instance_id": "00000000"}, 400),
    ):
        key = new_key()
        first = api.call(operation, key, **arguments)
        assert first.status == status
        assert_replay(api.call(operation, key, **arguments), first)


def test_a_key_belongs_to_one_request(api: Api, instance_id: str) -> None:
    other, key = api.create("CartPole-v1"), new_key()
    api.call("env_step", key, instance_id=instance_id, action=1)
    for operation, arguments in (("env_step", {"action": 0}), ("env_reset", {}), ("env_close", {})):
        reply = api.call(operation, key, instance_id=instance_id, **arguments)
        assert reply.error == (409, "idempotency_key_reused"), operation
    assert steps(api, instance_id) == 1
    key = new_key()
    api.call("env_create", key, env_id="CartPole-v1")
    assert api.call("env_create", key, env_id="Acrobot-v1").error == (409, "idempotency_key_reused")
    assert api.call("upload", key, training_dir=".", api_key="k").error == (409, "idempotency_key_reused")
    key = new_key()
    api.call("env_close", key, instance_id=instance_id)
    assert api.call("env_close", key, instance_id=other).error == (409, "idempotency_key_reused")
    assert api.ok("env_info", instance_id=other)["steps"] == 0


@pytest.mark.parametrize("length", [0, 256])
def test_keys_have_1_to_255_characters(json_api: Api, length: int) -> None:
    instance_id = json_api.create("CartPole-v1")
    for operation in ("env_reset", "env_step"):
        reply = json_api.call(operation, "k" * length, instance_id=instance_id, action=1)
        assert reply.error == (400, "invalid_parameter")
        assert "Idempotency-Key" in reply.message
    for _ in range(2):
        assert json_api.call("env_reset", "k" * 255, instance_id=instance_id).status == 200


def test_a_key_on_a_get_changes_nothing(json_api: Api) -> None:
    instance_id, key = json_api.create("CartPole-v1", seed=1), {"Idempotency-Key": "sample"}
    samples = [json_api.request("GET", f"/v1/envs/{instance_id}/action_space/sample", headers=key) for _ in range(30)]
    assert {reply.document["action"] for reply in samples} == {0, 1}
    assert not any("idempotent-replayed" in reply.headers for reply in samples)


def test_a_refusal_for_want_of_room_is_not_kept(start_server: Callable[..., Server]) -> None:
    api, key = start_server("--max-instances", "1").api(), new_key()
    first = api.create("CartPole-v1")
    for _ in range(2):
        refused = api.call("env_create", key, env_id="CartPole-v1")
        assert refused.error == (429, "limit_reached")
        assert "idempotent-replayed" not in refused.headers
    api.ok("env_close", instance_id=first)
    created = api.call("env_create", key, env_id="CartPole-v1")
    assert created.status == 200
    assert_replay(api.call("env_create", key, env_id="CartPole-v1"), created)


# Lost connections


def slow_instance(api: Api) -> str:
    instance_id = api.create("Odd-v0", kwargs={"seconds": 0.4})
    api.ok("env_reset", instance_id=instance_id)
    return instance_id


def test_a_repetition_waits_for_the_first_while_it_runs(api: Api, server: Server) -> None:
    instance_id, key = slow_instance(api), new_key()

    def step(client: Api) -> Reply:
        return client.call("env_step", key, instance_id=instance_id, action=0)

    with ThreadPoolExecutor(3) as pool:
        replies = list(pool.map(step, [server.api(msgpack=api.msgpack) for _ in range(3)]))
    assert {reply.status for reply in replies} == {200}
    assert len({reply.body for reply in replies}) == 1
    assert sorted(reply.headers.get("idempotent-replayed", "") for reply in replies) == ["", "true", "true"]
    assert steps(api, instance_id) == 1


def test_another_request_with_a_key_whose_first_still_runs_is_409_at_once(api: Api, server: Server) -> None:
    instance_id, key = slow_instance(api), new_key()
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(api.call, "env_step", key, instance_id=instance_id, action=0)
        time.sleep(0.1)
        reused = server.api().call("env_reset", key, instance_id=instance_id)
        assert reused.error == (409, "idempotency_key_reused")
        assert first.result().status == 200


def test_a_reply_that_the_client_lost_counts_once(server: Server) -> None:
    api = server.api()
    instance_id, key = slow_instance(api), new_key()
    path = f"/v1/envs/{instance_id}/step/"
    request = as_bytes("POST", path, b'{"action": 0}', {"Idempotency-Key": key})
    with RawConnection(server.port) as raw:
        raw.send(request)
        time.sleep(0.1)  # the step has begun; the connection breaks before it ends
    with RawConnection(server.port) as raw:
        raw.send(request)
        retried = raw.reply("POST", path)
    assert retried.status == 200
    assert steps(api, instance_id) == 1


def test_a_creation_whose_reply_was_lost_is_found_again(server: Server) -> None:
    api, key = server.api(), new_key()
    before = api.ok("health")["instances"]
    request = as_bytes("POST", "/v1/envs/", b'{"env_id": "CartPole-v1"}', {"Idempotency-Key": key})
    for _ in range(3):
        with RawConnection(server.port) as raw:
            raw.send(request)
    with RawConnection(server.port) as raw:
        raw.send(request)
        instance_id = raw.reply("POST", "/v1/envs/").document["instance_id"]
    assert api.ok("env_list_all")["envs"][instance_id] == "CartPole-v1"
    assert api.ok("health")["instances"] == before + 1


# How much is kept


def test_at_least_the_last_16_replies_of_an_instance_are_kept(api: Api, instance_id: str) -> None:
    keys = [new_key() for _ in range(100)]
    firsts = {key: api.call("env_step", key, instance_id=instance_id, action=1) for key in keys}
    for key in keys[-16:]:
        assert_replay(api.call("env_step", key, instance_id=instance_id, action=1), firsts[key])
    assert steps(api, instance_id) == 100


@pytest.mark.parametrize("age", [99, 98, 40])
def test_what_a_series_has_forgotten_does_not_run_again(api: Api, instance_id: str, age: int) -> None:
    series = new_key()
    for number in range(200):
        api.ok("env_step", key=f"{series}-{number}", instance_id=instance_id, action=1)
    late = api.call("env_step", f"{series}-{100 - age}", instance_id=instance_id, action=1)
    assert late.error == (409, "idempotency_key_forgotten")
    closing = api.call("env_close", f"{series}-{100 - age}", instance_id=instance_id)
    assert closing.status == 409
    assert steps(api, instance_id) == 200
    api.ok("env_step", key=f"{series}-200", instance_id=instance_id, action=1)
    api.ok("env_step", key=f"{new_key()}-0", instance_id=instance_id, action=1)


def test_a_key_without_a_series_is_new_once_it_is_forgotten(api: Api, instance_id: str) -> None:
    keys = [f"{new_key()}x" for _ in range(100)]
    for key in keys:
        api.ok("env_step", key=key, instance_id=instance_id, action=1)
    assert "idempotent-replayed" not in api.call("env_step", keys[0], instance_id=instance_id, action=1).headers
    assert steps(api, instance_id) == 101


def test_at_least_the_last_1024_creations_are_kept(server: Server) -> None:
    with RawConnection(server.port) as raw:

        def create(key: str) -> Reply:  # one that is refused, as that is quicker: its reply is kept as any other
            return raw.exchange("POST", "/v1/envs/", b"{}", {"Idempotency-Key": key}, check=False)

        keys = [new_key() for _ in range(1024)]
        for key in keys:
            assert "idempotent-replayed" not in create(key).headers
        assert all("idempotent-replayed" in create(key).headers for key in keys)


def test_at_least_two_replies_are_kept_however_large(json_api: Api, server: Server) -> None:
    instance_id = json_api.create("EchoBoxUint8-v0", num_envs=1024)
    json_api.request("POST", f"/v1/envs/{instance_id}/reset/", check=False)  # large, and slow to validate
    frames = {new_key(): np.full((1024, 8, 9, 3), shade).tolist() for shade in (101, 102, 103, 104)}
    with RawConnection(server.port) as raw:

        def step(key: str) -> Reply:
            body = json.dumps({"action": frames[key]}).encode()
            return raw.exchange("POST", f"/v1/envs/{instance_id}/step/", body, {"Idempotency-Key": key}, check=False)

        firsts = {key: step(key) for key in frames}
        for key in list(frames)[-2:]:
            assert len(firsts[key].body) > 500_000
            assert firsts[key].document["observation"] == frames[key]
            assert_replay(step(key), firsts[key])
    assert steps(json_api, instance_id) == 4
    json_api.ok("env_close", instance_id=instance_id)
