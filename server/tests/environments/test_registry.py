"""Every id that the server lists can be created, reset and stepped here; the others say what they lack."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from live import Api, Server

LIBRARIES = ("gymnasium", "gym")


@pytest.fixture(scope="module", params=LIBRARIES)
def library(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Server]]:
    server = Server(tmp_path_factory.mktemp("registry"), "--library", request.param)
    yield request.param, server
    assert server.stop() == 0, server.log.read_text()


def listed(server: Server) -> list[dict[str, Any]]:
    api = server.api()
    entries: list[dict[str, Any]] = api.ok("registry_list")["envs"]
    api.close()
    return entries


def play_one_step(server: Server, env_id: str) -> str:
    """What went wrong; empty when nothing did."""
    api = server.api(msgpack=True)
    try:
        instance_id = api.create(env_id, seed=1)
        api.ok("env_reset", instance_id=instance_id)
        action = api.ok("env_action_space_sample", instance_id=instance_id)["action"]
        api.ok("env_step", instance_id=instance_id, action=action)
        api.ok("env_close", instance_id=instance_id)
    except AssertionError as error:
        return f"{env_id}: {error}"
    finally:
        api.close()
    return ""


def test_every_listed_id_can_be_played(library: tuple[str, Server]) -> None:
    _, server = library
    kinds: dict[Any, str] = {}
    for entry in listed(server):
        # The hundreds of Atari games are one class that loads one ROM or another: one id of each form stands for all.
        form = entry["id"] if "ale_py" not in entry["entry_point"] else (entry.get("namespace"), entry["version"])
        kinds.setdefault(form, entry["id"])
    with ThreadPoolExecutor(4) as pool:
        failures = [
            failure for failure in pool.map(lambda env_id: play_one_step(server, env_id), kinds.values()) if failure
        ]
    assert failures == []


FAMILIES = {
    "gymnasium": ("CartPole-v1", "FrozenLake-v1", "BipedalWalker-v3", "HalfCheetah-v5", "ALE/Pong-v5", "Pong-v0"),
    "gym": ("CartPole-v1", "Acrobot-v1", "FrozenLake-v1", "BipedalWalker-v3", "HalfCheetah-v4"),
}


def test_every_family_is_listed_and_nothing_that_cannot_be_created(library: tuple[str, Server]) -> None:
    name, server = library
    ids = [entry["id"] for entry in listed(server)]
    assert ids == sorted(ids)
    assert set(FAMILIES[name]) <= set(ids)
    assert not {"HalfCheetah-v2", "Humanoid-v3", "phys2d/CartPole-v1", "GymV21Environment-v0"} & set(ids)


def test_what_is_not_listed_says_what_it_lacks(library: tuple[str, Server]) -> None:
    name, server = library
    lacking = {
        "gymnasium": {"phys2d/CartPole-v1": "jax", "Pusher-v4": "mujoco<3"},
        "gym": {"HalfCheetah-v2": "mujoco_py", "Hopper-v4": "mujoco<2.3.4", "CarRacing-v2": "numpy<2"},
    }
    ids = {entry["id"] for entry in listed(server)}
    api = server.api()
    for env_id, package in lacking[name].items():
        if env_id in ids:  # with an older release of the package it is there
            continue
        reply = api.call("env_create", env_id=env_id)
        assert reply.error == (400, "missing_dependency")
        assert package in reply.message
        assert "pip install" in reply.message
    api.close()


def test_an_entry_has_the_facts_of_the_registration(json_api: Api) -> None:
    entries = {entry["id"]: entry for entry in json_api.ok("registry_list")["envs"]}
    assert entries["CartPole-v1"] == {
        "id": "CartPole-v1",
        "name": "CartPole",
        "version": 1,
        "entry_point": "gymnasium.envs.classic_control.cartpole:CartPoleEnv",
        "reward_threshold": 475.0,
        "max_episode_steps": 500,
        "nondeterministic": False,
        "vector": True,
    }
    assert (entries["ALE/Pong-v5"]["name"], entries["ALE/Pong-v5"]["namespace"]) == ("Pong", "ALE")
    assert entries["Blackjack-v1"].keys().isdisjoint({"max_episode_steps", "reward_threshold", "namespace"})
    assert entries["Odd-v3"]["entry_point"] == "odd_envs:OddEnv"
