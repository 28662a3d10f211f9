"""What env_create makes of its parameters, and what the instance then says of itself."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
import pytest
from inprocess import newest, wire
from live import Api, Server


def info_of(api: Api, env_id: str, **arguments: Any) -> dict[str, Any]:
    """env_info of an instance made for this question alone."""
    instance_id = api.create(env_id, **arguments)
    info: dict[str, Any] = api.ok("env_info", instance_id=instance_id)
    api.ok("env_close", instance_id=instance_id)
    return info


@pytest.mark.parametrize("seed", [0, 1, 2**40])
def test_the_seed_of_creation_is_that_of_the_first_reset_alone(api: Api, seed: int) -> None:
    instance_id = api.create("CartPole-v1", seed=seed)
    env = gymnasium.make("CartPole-v1")
    for expected in (env.reset(seed=seed), env.reset(), env.reset()):
        reset = api.ok("env_reset", instance_id=instance_id)
        np.testing.assert_array_equal(np.float32(reset["observation"]), expected[0])
    api.ok("env_close", instance_id=instance_id)


def test_a_seed_of_the_first_reset_wins_over_that_of_creation(api: Api) -> None:
    instance_id = api.create("CartPole-v1", seed=1)
    env = gymnasium.make("CartPole-v1")
    for seed in (2, None):
        observation = api.ok("env_reset", instance_id=instance_id, **({} if seed is None else {"seed": seed}))[
            "observation"
        ]
        np.testing.assert_array_equal(np.float32(observation), env.reset(seed=seed)[0])
    api.ok("env_close", instance_id=instance_id)


@pytest.mark.parametrize("vector", [{}, {"num_envs": 3}])
def test_the_seed_of_creation_seeds_the_sampler_of_actions(api: Api, vector: dict[str, Any]) -> None:
    instance_id = api.create("Pendulum-v1", seed=0, **vector)
    env = gymnasium.make_vec("Pendulum-v1", **vector) if vector else gymnasium.make("Pendulum-v1")
    env.action_space.seed(0)
    for _ in range(3):
        action = api.ok("env_action_space_sample", instance_id=instance_id)["action"]
        np.testing.assert_array_equal(np.float32(action), env.action_space.sample())
    api.ok("env_close", instance_id=instance_id)


def test_a_vector_env_is_seeded_at_creation_too(api: Api) -> None:
    instance_id = api.create("FrozenLake-v1", num_envs=4, seed=0)
    env = gymnasium.make_vec("FrozenLake-v1", 4)
    env.reset(seed=0)
    api.ok("env_reset", instance_id=instance_id)
    action = np.ones(4, dtype=np.int64)
    for _ in range(5):
        reply = api.ok("env_step", instance_id=instance_id, action=action.tolist())
        assert wire(reply["observation"], False) == env.step(action)[0].tolist()
    api.ok("env_close", instance_id=instance_id)


def test_kwargs_reach_the_environment(api: Api) -> None:
    instance_id = api.create("FrozenLake-v1", kwargs={"is_slippery": False, "desc": ["SFFFF", "FFFFG"]})
    assert api.ok("env_observation_space_info", instance_id=instance_id)["info"]["n"] == 10
    api.ok("env_reset", instance_id=instance_id)
    steps = [api.ok("env_step", instance_id=instance_id, action=action) for action in (2, 2, 2, 2, 1)]
    assert [step["observation"] for step in steps] == [1, 2, 3, 4, 9]
    assert steps[-1]["terminated"] is True
    kwargs = api.ok("env_info", instance_id=instance_id)["spec"]["kwargs"]
    assert kwargs == {"map_name": "4x4", "is_slippery": False, "desc": ["SFFFF", "FFFFG"]}
    api.ok("env_close", instance_id=instance_id)


@pytest.mark.parametrize("vector", [{}, {"num_envs": 2}, {"num_envs": 2, "vectorization_mode": "vector_entry_point"}])
def test_max_episode_steps_cuts_episodes_short(api: Api, vector: dict[str, Any]) -> None:
    env_id = "CartPole-v1" if "vectorization_mode" in vector else "MountainCar-v0"
    instance_id = api.create(env_id, max_episode_steps=3, **vector)
    assert api.ok("env_info", instance_id=instance_id)["spec"]["max_episode_steps"] == 3
    api.ok("env_reset", instance_id=instance_id, seed=1)
    action: Any = [0, 1] if vector else 0
    cut = [api.ok("env_step", instance_id=instance_id, action=action)["truncated"] for _ in range(3)]
    assert wire(cut, False) == ([[False, False]] * 2 + [[True, True]] if vector else [False, False, True])
    assert api.ok("env_info", instance_id=instance_id)["episodes"] == (2 if vector else 1)
    api.ok("env_close", instance_id=instance_id)


@pytest.mark.parametrize(
    ("env_id", "arguments", "num_envs", "vectorization_mode", "autoreset_mode"),
    [
        ("CartPole-v1", {}, 1, None, None),
        ("CartPole-v1", {"num_envs": 1}, 1, None, None),
        ("CartPole-v1", {"num_envs": 2.0}, 2, "vector_entry_point", "next_step"),
        ("Pendulum-v1", {"num_envs": 2}, 2, "sync", "next_step"),
        ("CartPole-v1", {"vectorization_mode": "sync"}, 1, "sync", "next_step"),
        ("Pendulum-v1", {"vectorization_mode": "async", "num_envs": 2}, 2, "async", "next_step"),
        ("CartPole-v1", {"autoreset_mode": "same_step"}, 1, "sync", "same_step"),
        ("CartPole-v1", {"autoreset_mode": "disabled", "num_envs": 2}, 2, "sync", "disabled"),
    ],
)
def test_vectorization(
    api: Api, env_id: str, arguments: dict[str, Any], num_envs: int, vectorization_mode: str, autoreset_mode: str
) -> None:
    info = info_of(api, env_id, **arguments)
    assert info["num_envs"] == num_envs
    assert info.get("vectorization_mode") == vectorization_mode
    assert info.get("autoreset_mode") == autoreset_mode


@pytest.mark.parametrize(
    ("env_id", "arguments", "render_mode"),
    [
        ("CartPole-v1", {}, "rgb_array"),
        ("CartPole-v1", {"num_envs": 2}, "rgb_array"),
        ("CartPole-v1", {"render_mode": None}, None),
        ("FrozenLake-v1", {"render_mode": "ansi"}, "ansi"),
        ("FrozenLake-v1", {"num_envs": 2}, "rgb_array"),
        ("ALE/Pong-v5", {}, "rgb_array"),
        ("Odd-v0", {}, None),
        ("OneThread-v0", {}, "rgb_array"),
    ],
)
def test_the_render_mode_is_one_that_gives_frames_unless_told_otherwise(
    api: Api, env_id: str, arguments: dict[str, Any], render_mode: str | None
) -> None:
    assert info_of(api, env_id, **arguments).get("render_mode") == render_mode


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ({}, "missing_parameter", "'env_id'"),
        ({"env_id": "CartPoll-v1"}, "unknown_env_id", "CartPole-v1"),
        ({"env_id": "cartpole-v1"}, "unknown_env_id", "CartPole-v1"),
        ({"env_id": "CartPole-v9"}, "unknown_env_id", "CartPole-v1"),
        ({"env_id": "ALE/Pnog-v5"}, "unknown_env_id", "ALE/Pong-v5"),
        ({"env_id": "MiniGrid/Empty-v0"}, "unknown_env_id", "No environment 'MiniGrid/Empty-v0'"),
        ({"env_id": "phys2d/CartPole-v1"}, "missing_dependency", "gymnasium[jax]"),
        ({"env_id": "os:CartPole-v1"}, "module_not_allowed", "--import (allowed here: odd_envs)"),
        ({"env_id": ":CartPole-v1"}, "module_not_allowed", "--import"),
        ({"env_id": "no id!"}, "malformed_env_id", "Attempted to look up malformed environment ID 'no id!'"),
        ({"env_id": ""}, "malformed_env_id", "CartPole-v1"),
        ({"env_id": 7}, "malformed_env_id", "CartPole-v1"),
        ({"env_id": "CartPole-v1", "seed": -1}, "invalid_parameter", "'seed'"),
        ({"env_id": "CartPole-v1", "seed": 1.5}, "invalid_parameter", "'seed'"),
        ({"env_id": "CartPole-v1", "num_envs": 0}, "invalid_parameter", "'num_envs'"),
        ({"env_id": "CartPole-v1", "max_episode_steps": 0}, "invalid_parameter", "'max_episode_steps'"),
        ({"env_id": "CartPole-v1", "kwargs": 1}, "invalid_parameter", "'kwargs'"),
        ({"env_id": "CartPole-v1", "kwargs": {"no_such": 1}}, "invalid_parameter", "no_such"),
        ({"env_id": "CartPole-v1", "kwargs": {"render_mode": "human"}}, "invalid_parameter", "render_mode"),
        ({"env_id": "CartPole-v1", "vectorization_mode": "ray"}, "invalid_parameter", "sync, async"),
        ({"env_id": "Pendulum-v1", "vectorization_mode": "vector_entry_point"}, "invalid_parameter", "sync or async"),
        ({"env_id": "CartPole-v1", "autoreset_mode": "never"}, "invalid_parameter", "next_step"),
        (
            {"env_id": "CartPole-v1", "autoreset_mode": "disabled", "vectorization_mode": "vector_entry_point"},
            "invalid_parameter",
            "must be next_step",
        ),
        ({"env_id": "CartPole-v1", "render_mode": "ansi"}, "invalid_parameter", "rgb_array"),
        ({"env_id": "Odd-v0", "render_mode": "rgb_array"}, "invalid_parameter", "none"),
    ],
)
def test_a_refusal_says_what_would_be_right_and_makes_nothing(
    api: Api, arguments: dict[str, Any], code: str, words: str
) -> None:
    before = api.ok("env_list_all")
    reply = api.call("env_create", **arguments)
    assert reply.error == (400, code)
    assert words in reply.message
    assert api.ok("env_list_all") == before


@pytest.mark.parametrize(
    ("requested", "name"),
    [
        ("FrozenLake-v0", "FrozenLake"),
        ("Pendulum-v0", "Pendulum"),
        ("LunarLander-v2", "LunarLander"),
        ("HalfCheetah-v2", "HalfCheetah"),
        ("Taxi-v1", "Taxi"),
        ("Blackjack-v0", "Blackjack"),
    ],
)
def test_a_retired_id_gets_its_present_version(server: Server, json_api: Api, requested: str, name: str) -> None:
    info = info_of(json_api, requested)
    assert (info["env_id"], info["requested_env_id"]) == (newest(name), requested)
    assert f"{requested} is retired: {newest(name)} stands in for it" in server.log.read_text()


def test_a_registered_id_is_taken_as_it_is(api: Api) -> None:
    for env_id in ("CartPole-v0", "CartPole-v1", "odd_envs:Odd-v0", "Pong-v0"):
        info = info_of(api, env_id)
        assert info["env_id"] == env_id.rpartition(":")[2]
        assert "requested_env_id" not in info


def test_an_id_without_a_version_means_the_newest(server: Server, json_api: Api) -> None:
    info = info_of(json_api, "MountainCar")
    assert (info["env_id"], info["requested_env_id"]) == ("MountainCar-v0", "MountainCar")
    assert "MountainCar names no version: MountainCar-v0 stands in for it" in server.log.read_text()


def test_every_instance_is_listed_until_closed(api: Api) -> None:
    instance_ids = [api.create(env_id) for env_id in ("CartPole-v1", "FrozenLake-v0", "CartPole-v1")]
    assert len(set(instance_ids)) == 3
    assert all(re.fullmatch("[0-9a-f]{8}", instance_id) for instance_id in instance_ids)
    listed = api.ok("env_list_all")
    assert listed["envs"] == listed["all_envs"]
    assert [listed["envs"][i] for i in instance_ids] == ["CartPole-v1", "FrozenLake-v0", "CartPole-v1"]
    for instance_id in instance_ids:
        api.ok("env_close", instance_id=instance_id)
        assert instance_id not in api.ok("env_list_all")["envs"]
        assert api.call("env_close", instance_id=instance_id).error == (400, "unknown_instance")


def test_env_info_tells_the_facts_and_counts(api: Api) -> None:
    instance_id = api.create("CartPole-v1", max_episode_steps=2)
    fresh = api.ok("env_info", instance_id=instance_id)
    for _ in range(2):
        api.ok("env_reset", instance_id=instance_id, seed=0)
        api.ok("env_step", instance_id=instance_id, action=1)
    api.ok("env_step", instance_id=instance_id, action=1)
    info = api.ok("env_info", instance_id=instance_id)
    assert (fresh["steps"], fresh["episodes"]) == (0, 0)
    assert (info["steps"], info["episodes"]) == (3, 1)
    assert info["created"] == fresh["created"] <= fresh["last_used"] <= info["last_used"]
    assert (info["library"], info["num_envs"], info["render_mode"]) == ("gymnasium", 1, "rgb_array")
    assert info["metadata"]["render_fps"] == 50
    assert info["spec"] == {
        "entry_point": "gymnasium.envs.classic_control.cartpole:CartPoleEnv",
        "reward_threshold": 475.0,
        "max_episode_steps": 2,
        "nondeterministic": False,
        "kwargs": {},
    }
    assert info.keys().isdisjoint({"vectorization_mode", "autoreset_mode", "requested_env_id", "monitor"})
    api.ok("env_close", instance_id=instance_id)


BROKEN_ENVS = """
import gymnasium
gymnasium.register("NoClass-v0", entry_point="broken_envs:NoSuchClass")
gymnasium.register("NoModule-v0", entry_point="broken_envs.part:Env")
gymnasium.register("NoPackage-v0", entry_point="a_package_that_is_not_there:Env")
gymnasium.register("Fails-v0", entry_point="failing_envs:Env")
"""


def test_an_entry_point_that_cannot_be_imported_is_named(start_server: Callable[..., Server], tmp_path: Path) -> None:
    (tmp_path / "broken_envs.py").write_text(BROKEN_ENVS)
    (tmp_path / "failing_envs.py").write_text("raise RuntimeError('told to fail')")
    api = start_server("--import", "broken_envs").api()
    for env_id, status, code, words in (
        ("NoClass-v0", 500, "environment_error", "NoSuchClass"),
        ("NoModule-v0", 400, "missing_dependency", "broken_envs"),
        ("NoPackage-v0", 400, "missing_dependency", "a_package_that_is_not_there"),
        ("Fails-v0", 500, "environment_error", "RuntimeError: told to fail"),
    ):
        for arguments in ({}, {"num_envs": 2}):
            reply = api.call("env_create", env_id=env_id, **arguments)
            assert reply.error == (status, code)
            assert words in reply.message
    listed = {entry["id"] for entry in api.ok("registry_list")["envs"]}
    assert "NoPackage-v0" not in listed
    api.close()
