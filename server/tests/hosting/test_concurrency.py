"""Many clients at once: no deadlock, no reply that belongs to another, and every episode that of its seed."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import gymnasium
import pytest
from inprocess import newest, replay, trajectory, wire
from live import Api, Server

CLIENTS = 50
ENDLESS = {"max_episode_steps": 1_000_000}
pytestmark = pytest.mark.timeout(180)  # a deadlock fails, and does not hang


def at_once(server: Server, count: int, client: Callable[[Api, int], Any]) -> list[Any]:
    """What each of `count` clients, with a connection of its own, returned; they begin together."""
    barrier = threading.Barrier(count)

    def run(number: int) -> Any:
        api = server.api(msgpack=number % 2 == 1)
        try:
            barrier.wait()
            return client(api, number)
        finally:
            api.close()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def test_each_of_many_instances_plays_the_episode_of_its_seed(server: Server) -> None:
    # Inline and own-thread environments, short and long episodes.
    env_ids = ("CartPole-v1", "FrozenLake-v1", "Blackjack-v1", newest("LunarLander"), "InvertedPendulum-v5")
    runs = [trajectory(gymnasium.make(env_ids[i % 5]), seed=i, steps=12) for i in range(CLIENTS)]

    def client(api: Api, number: int) -> None:
        for _ in range(2):
            instance_id = api.create(env_ids[number % 5])
            replay(api, instance_id, runs[number])
            assert api.ok("env_info", instance_id=instance_id)["steps"] == 12
            api.ok("env_close", instance_id=instance_id)
            assert api.call("env_info", instance_id=instance_id).error == (400, "unknown_instance")

    at_once(server, CLIENTS, client)


SLOWLY_FOUND_PACKAGE = """
import sys, time, gymnasium

class SlowFinder:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name == "parts":
            time.sleep(0.5)

sys.meta_path.insert(0, SlowFinder)
gymnasium.register("Part0-v0", entry_point="parts.part0:CartPoleEnv")
gymnasium.register("Part1-v0", entry_point="parts.part1:CartPoleEnv")
"""


def test_environments_of_one_package_that_are_first_imported_at_once_are_all_created(
    start_server: Callable[..., Server], tmp_path: Path
) -> None:
    # Whoever imports a part waits for the package, which waits for its parts: Python calls that a deadlock.
    package = tmp_path / "parts"
    package.mkdir()
    (package / "__init__.py").write_text("from . import part0, part1")
    for part in ("part0", "part1"):
        (package / f"{part}.py").write_text("from gymnasium.envs.classic_control import CartPoleEnv")
    (tmp_path / "slow_parts.py").write_text(SLOWLY_FOUND_PACKAGE)

    server = start_server("--import", "slow_parts")
    assert len(set(at_once(server, 2, lambda api, number: api.create(f"Part{number}-v0")))) == 2


SLOW_MODULE = """
import pathlib, time
from gymnasium.envs.classic_control import CartPoleEnv

pathlib.Path("begun").touch()
deadline = time.monotonic() + 10
while not pathlib.Path("other created").exists():
    assert time.monotonic() < deadline, "no other environment was created meanwhile"
    time.sleep(0.02)
"""


def test_an_environment_that_is_slow_to_import_holds_up_no_other_creation(
    start_server: Callable[..., Server], tmp_path: Path
) -> None:
    register = "import gymnasium\ngymnasium.register('Slow-v0', entry_point='slow_module:CartPoleEnv')"
    (tmp_path / "registers_slow.py").write_text(register)
    (tmp_path / "slow_module.py").write_text(SLOW_MODULE)
    server = start_server("--import", "registers_slow")
    api, other = server.api(), server.api()
    api.create("CartPole-v1")
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(other.create, "Slow-v0")
        while not (tmp_path / "begun").exists():
            time.sleep(0.02)
        api.create("CartPole-v1")
        (tmp_path / "other created").touch()
        assert waiting.result()
    api.close()
    other.close()


@pytest.mark.parametrize(
    ("env_id", "kwargs"),
    # Pong steps without holding the interpreter's lock, so nothing but the server keeps its steps apart.
    [("MountainCar-v0", {}), ("ALE/Pong-v5", {"obs_type": "ram"})],
)
def test_one_instance_takes_the_steps_of_many_clients_one_at_a_time(
    server: Server, json_api: Api, env_id: str, kwargs: dict[str, Any]
) -> None:
    steps_each = 6
    shared = json_api.create(env_id, kwargs=kwargs, **ENDLESS)
    json_api.ok("env_reset", instance_id=shared, seed=1)

    def client(api: Api, number: int) -> list[str]:
        own = api.create("CartPole-v1", seed=number)
        first = api.ok("env_reset", instance_id=own)
        replies = []
        for _ in range(steps_each):
            replies.append(_text(api.ok("env_step", instance_id=shared, action=2)))
            api.ok("env_step", instance_id=own, action=1)
        assert _text(api.ok("env_reset", instance_id=own, seed=number)) == _text(first)
        api.ok("env_close", instance_id=own)
        return replies

    replies = Counter(reply for replies in at_once(server, CLIENTS, client) for reply in replies)
    assert replies == Counter(_pushes(CLIENTS * steps_each, env_id, **kwargs))
    assert json_api.ok("env_info", instance_id=shared)["steps"] == CLIENTS * steps_each
    json_api.ok("env_close", instance_id=shared)


def test_an_instance_that_closes_under_its_clients_is_closed_once_and_unknown_after(
    server: Server, json_api: Api
) -> None:
    shared = json_api.create("MountainCar-v0", **ENDLESS)
    json_api.ok("env_reset", instance_id=shared, seed=1)

    def client(api: Api, number: int) -> tuple[list[str], int]:
        replies = []
        for index in range(20):
            if number < 5 and index == 10 + number:
                return replies, api.call("env_close", instance_id=shared).status
            reply = api.call("env_step", instance_id=shared, action=2)
            if reply.status != 200:
                assert reply.error == (400, "unknown_instance")
                return replies, 0
            replies.append(_text(reply.document))
        return replies, 0

    results = at_once(server, 20, client)
    replies = Counter(reply for replies, _ in results for reply in replies)
    assert replies == Counter(_pushes(replies.total()))
    assert Counter(status for _, status in results if status)[200] == 1
    assert shared not in json_api.ok("env_list_all")["envs"]


def test_a_step_that_many_clients_repeat_at_once_is_taken_once(server: Server, json_api: Api) -> None:
    shared = json_api.create("MountainCar-v0")
    json_api.ok("env_reset", instance_id=shared, seed=1)

    def client(api: Api, number: int) -> bytes:
        body, headers = '{"action": 2}', {"Idempotency-Key": "the one", "Content-Type": "application/json"}
        return api.request("POST", f"/v1/envs/{shared}/step/", body, headers).body

    assert len(set(at_once(server, 20, client))) == 1
    assert json_api.ok("env_info", instance_id=shared)["steps"] == 1
    json_api.ok("env_close", instance_id=shared)


def test_a_slow_instance_holds_nobody_else_up(server: Server, json_api: Api) -> None:
    slow = json_api.create("Odd-v0", kwargs={"seconds": 3})
    json_api.ok("env_reset", instance_id=slow)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(_step_alone, server, slow)
        fast = json_api.create("CartPole-v1", seed=1)
        json_api.ok("env_reset", instance_id=fast)
        for _ in range(5):
            json_api.ok("env_step", instance_id=fast, action=1)
        assert slow in json_api.ok("env_list_all")["envs"]
        assert json_api.ok("health")["status"] == "ok"
        json_api.ok("env_close", instance_id=fast)
        assert not waiting.done()
        assert waiting.result()["observation"] == [0.0, 0.0, 0.0]
    json_api.ok("env_close", instance_id=slow)


def _step_alone(server: Server, instance_id: str) -> Any:
    api = server.api()
    try:
        return api.ok("env_step", instance_id=instance_id, action=0)
    finally:
        api.close()


def _pushes(steps: int, env_id: str = "MountainCar-v0", **kwargs: Any) -> list[str]:
    """The replies to action 2 taken again and again, as text."""
    env = gymnasium.make(env_id, **ENDLESS, **kwargs)
    env.reset(seed=1)
    replies = []
    for _ in range(steps):
        observation, reward, terminated, truncated, info = env.step(2)
        ends = {"done": terminated or truncated, "terminated": terminated, "truncated": truncated}
        replies.append(_text({"observation": observation, "reward": float(reward), **ends, "info": info}))
    return replies


def _text(document: Any) -> str:
    return json.dumps(wire(document, msgpack=False))
