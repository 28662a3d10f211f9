"""What an environment does wrong is told by name, and harms neither its instance nor any other."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import gymnasium
import numpy as np
import pytest
from live import Api, Server

import contract
from gym_http_server import create_app
from gym_http_server.settings import Settings

RAISES, EXITS, NOT_FINITE, NO_FORM, LOOPS, ODD_OBSERVATION, NO_REWARD = range(1, 8)


@pytest.fixture
def odd(api: Api) -> Iterator[str]:
    """A reset instance of Odd-v0, which must still step when the test is over, beside another which must too."""
    instance_id, other = api.create("Odd-v0"), api.create("CartPole-v1", seed=1)
    api.ok("env_reset", instance_id=instance_id)
    observation, _ = gymnasium.make("CartPole-v1").reset(seed=1)
    yield instance_id
    assert api.ok("env_step", instance_id=instance_id, action=0)["done"] is False
    assert contract.plain(api.ok("env_reset", instance_id=other)["observation"]) == observation.tolist()
    for created in (instance_id, other):
        api.ok("env_close", instance_id=created)


def same(one: Any, other: Any) -> bool:
    """Equality that takes NaN for equal to itself."""
    return bool(np.array_equal(np.asarray(one, dtype=float), np.asarray(other, dtype=float), equal_nan=True))


@pytest.mark.parametrize(
    ("action", "words"),
    [
        (RAISES, "ValueError: told to fail: größer"),
        (EXITS, "SystemExit: told to exit"),
        (NO_REWARD, "the reward must be one number, not None"),
    ],
    ids=["exception", "exit", "no reward"],
)
def test_a_step_that_fails_is_500_and_no_step(api: Api, odd: str, action: int, words: str) -> None:
    for _ in range(3):
        reply = api.call("env_step", instance_id=odd, action=action)
        assert reply.error == (500, "environment_error")
        assert words in reply.message
    assert api.ok("env_info", instance_id=odd)["steps"] == 0
    api.ok("env_step", instance_id=odd, action=0)
    assert api.ok("env_info", instance_id=odd)["steps"] == 1


def test_the_constructor_may_raise(api: Api) -> None:
    before = api.ok("health")["instances"]
    reply = api.call("env_create", env_id="Odd-v0", kwargs={"raise_at": "init"})
    assert reply.error == (500, "environment_error")
    assert "Odd-v0" in reply.message
    assert "RuntimeError: told to fail at init" in reply.message
    assert api.ok("health")["instances"] == before


@pytest.mark.parametrize("num_envs", [1, 2])
def test_arguments_that_the_constructor_does_not_know_are_400(api: Api, num_envs: int) -> None:
    reply = api.call("env_create", env_id="Odd-v0", num_envs=num_envs, kwargs={"speed": 1})
    assert reply.error == (400, "invalid_parameter")
    assert "'kwargs'" in reply.message
    assert "'speed'" in reply.message


def test_reset_may_raise(api: Api) -> None:
    instance_id = api.create("Odd-v0", kwargs={"raise_at": "reset"})
    reply = api.call("env_reset", instance_id=instance_id)
    assert reply.error == (500, "environment_error")
    assert "RuntimeError: told to fail at reset" in reply.message
    assert api.call("env_step", instance_id=instance_id, action=0).error == (409, "reset_needed")
    assert api.ok("env_info", instance_id=instance_id)["steps"] == 0
    api.ok("env_close", instance_id=instance_id)


def test_close_may_raise_and_the_instance_is_closed_all_the_same(api: Api) -> None:
    instance_id = api.create("Odd-v0", kwargs={"raise_at": "close"})
    reply = api.call("env_close", instance_id=instance_id)
    assert reply.error == (500, "environment_error")
    assert "RuntimeError: told to fail at close" in reply.message
    assert api.call("env_info", instance_id=instance_id).error == (400, "unknown_instance")
    assert instance_id not in api.ok("env_list_all")["envs"]


def test_a_step_before_the_first_reset_is_409(api: Api) -> None:
    for env_id in ("CartPole-v1", "Odd-v0", "OneThread-v0"):
        instance_id = api.create(env_id)
        reply = api.call("env_step", instance_id=instance_id, action=0)
        assert reply.error == (409, "reset_needed")
        assert "reset" in reply.message
        api.ok("env_reset", instance_id=instance_id)
        api.ok("env_step", instance_id=instance_id, action=0)


def test_numbers_that_are_not_finite(api: Api, odd: str) -> None:
    inf, nan = (np.inf, np.nan) if api.msgpack else (1e100, None)
    step = api.ok("env_step", instance_id=odd, action=NOT_FINITE)
    info = {"inf": inf, "nested": {"nan": nan}, "array": [-inf, 1.0]}
    assert same(step["reward"], nan)
    assert same(step["info"].pop("nested")["nan"], info.pop("nested")["nan"])
    assert contract.plain(step["info"]) == info
    observation = api.ok("env_step", instance_id=odd, action=ODD_OBSERVATION)["observation"]
    assert same(contract.plain(observation), [nan, inf, -inf])


def test_info_without_a_form_on_the_wire_becomes_its_repr(api: Api, odd: str) -> None:
    info = api.ok("env_step", instance_id=odd, action=NO_FORM)["info"]
    assert info == {
        "set": "{1}",
        "bytes": "b'x'",
        "7": "seven",
        "big": str(2**80) if api.msgpack else 2**80,
        "function": "<built-in function print>",
        "text": r"'\ud800'",
        "none": None,
    }
    looped = api.ok("env_step", instance_id=odd, action=LOOPS)["info"]
    assert looped == {"fine": 1, "loop": ["[[...]]"]}


def test_what_has_no_form_becomes_its_repr_alone(api: Api) -> None:
    instance_id = api.create("foreign/Telling-v0")
    api.ok("env_reset", instance_id=instance_id)
    info = api.ok("env_step", instance_id=instance_id, action=0)["info"]
    array = info["parts"]["fine"][1].pop("array")
    assert same(array, [0.5, 1.5])
    assert isinstance(array, np.ndarray) == api.msgpack
    assert info["parts"] == {"fine": [1, {"odd": "{3}"}], r"\udc80key": "of no Unicode"}
    assert info["objects"] == [{"odd": "b'x'"}, None, str(2**70) if api.msgpack else 2**70]
    assert info["text"] == [r"'\ud800'", "fine"]
    assert info[r"\ud800"] == 1
    depth, deep = 0, info["deep"]
    while isinstance(deep, list):
        depth, deep = depth + 1, deep[0]
    assert depth > 100
    assert "list" in deep
    api.ok("env_close", instance_id=instance_id)


def test_a_thread_bound_environment_works_from_several_connections(server: Server) -> None:
    instance_id = server.api().create("OneThread-v0")

    def play(client: int) -> float:
        api = server.api(msgpack=client % 2 == 0)
        reward = 0.0
        for _ in range(10):
            api.ok("env_reset", instance_id=instance_id)
            reward += api.ok("env_step", instance_id=instance_id, action=client % 2)["reward"]
            assert api.call("env_render", instance_id=instance_id).status == 200
        return reward

    with ThreadPoolExecutor(4) as clients:
        assert sum(clients.map(play, range(4))) == 40
    api = server.api()
    assert api.ok("env_info", instance_id=instance_id)["steps"] == 40
    api.ok("env_close", instance_id=instance_id)


@pytest.mark.parametrize("mode", ["sync", "async"])
def test_a_vector_env_whose_environment_raised_goes_on_after_a_reset(json_api: Api, mode: str) -> None:
    instance_id = json_api.create("Odd-v0", num_envs=2, vectorization_mode=mode)
    json_api.ok("env_reset", instance_id=instance_id)
    failed = json_api.call("env_step", instance_id=instance_id, action=[0, RAISES])
    assert failed.error == (500, "environment_error")
    assert "ValueError" in failed.message
    json_api.ok("env_reset", instance_id=instance_id)
    assert json_api.ok("env_step", instance_id=instance_id, action=[0, 0])["reward"] == [0, 0]
    json_api.ok("env_close", instance_id=instance_id)


def test_threads_of_closed_and_failed_instances_end() -> None:
    app = create_app(Settings(imports=("odd_envs",)))
    client = app.test_client()
    for _ in range(5):
        created = client.post("/v1/envs/", json={"env_id": "OneThread-v0"})
        client.post(f"/v1/envs/{created.json['instance_id']}/close/")
        client.post("/v1/envs/", json={"env_id": "Odd-v3", "kwargs": {"raise_at": "init"}})
    app.extensions["gym_http_host"].close()
    deadline = time.monotonic() + 5
    while (left := own_threads()) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert left == []


def own_threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith(("Odd-v3", "OneThread-v0"))]
