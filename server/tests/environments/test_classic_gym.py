"""`--library gym`: classic gym 0.26, which is made for another NumPy, served like Gymnasium."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import gym
import numpy as np
import pytest
from inprocess import Transition, replay, trajectory
from live import Api, Server
from PIL import Image

import contract

STEPS = {
    "CartPole-v1": 60,
    "MountainCarContinuous-v0": 40,
    "Pendulum-v1": 30,
    "FrozenLake-v1": 60,
    "Taxi-v3": 60,
    "Blackjack-v1": 60,
    "CliffWalking-v0": 30,
    "LunarLander-v2": 60,
    "BipedalWalker-v3": 30,
    "HalfCheetah-v4": 20,
}


@pytest.fixture(scope="module")
def gym_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("gym"), "--library", "gym")
    yield server
    assert server.stop() == 0, server.log.read_text()


@pytest.fixture(params=["json", "msgpack"])
def api(request: pytest.FixtureRequest, gym_server: Server) -> Iterator[Api]:
    api = gym_server.api(msgpack=request.param == "msgpack")
    yield api
    api.close()


@cache
def _single(env_id: str) -> list[Transition]:
    return trajectory(gym.make(env_id, disable_env_checker=True), seed=42, steps=STEPS[env_id])


@pytest.mark.parametrize("env_id", STEPS)
def test_an_episode_is_that_of_the_environment(api: Api, env_id: str) -> None:
    instance_id = api.create(env_id)
    replay(api, instance_id, _single(env_id))
    assert api.ok("env_info", instance_id=instance_id)["library"] == "gym"
    api.ok("env_close", instance_id=instance_id)


def test_acrobot_runs_although_numpy_has_lost_a_name_that_it_uses(api: Api) -> None:
    for arguments in ({}, {"num_envs": 2, "vectorization_mode": "async"}):
        instance_id = api.create("Acrobot-v1", seed=1, **arguments)
        api.ok("env_reset", instance_id=instance_id)
        action: Any = [0, 2] if arguments else 2
        assert api.ok("env_step", instance_id=instance_id, action=action)["reward"] is not None
        api.ok("env_close", instance_id=instance_id)


@cache
def _vector(env_id: str) -> list[Transition]:
    env = gym.vector.make(env_id, 3, asynchronous=False, disable_env_checker=True, max_episode_steps=9)
    return trajectory(env, seed=3, steps=20)


@pytest.mark.parametrize(
    ("env_id", "mode"),
    [("CartPole-v1", "sync"), ("CartPole-v1", "async"), ("Taxi-v3", "sync"), ("Blackjack-v1", "sync")],
)
def test_a_vector_env_is_that_of_the_library(api: Api, env_id: str, mode: str) -> None:
    instance_id = api.create(env_id, num_envs=3, vectorization_mode=mode, max_episode_steps=9)
    replay(api, instance_id, _vector(env_id))
    info = api.ok("env_info", instance_id=instance_id)
    assert (info["vectorization_mode"], info["autoreset_mode"], info["steps"]) == (mode, "same_step", 20)
    api.ok("env_close", instance_id=instance_id)


@pytest.mark.parametrize("mode", ["next_step", "disabled"])
def test_a_vector_env_of_classic_gym_resets_in_the_same_step_only(api: Api, mode: str) -> None:
    reply = api.call("env_create", env_id="CartPole-v1", num_envs=2, autoreset_mode=mode)
    assert reply.error == (400, "invalid_parameter")
    assert "same_step" in reply.message


@pytest.mark.parametrize(
    ("env_id", "facts"),
    [
        ("FrozenLake-v1", {"name": "Discrete", "n": 16}),
        ("Pendulum-v1", {"name": "Box", "shape": [3], "low": [-1, -1, -8], "high": [1, 1, 8]}),
        (
            "Blackjack-v1",
            {
                "name": "Tuple",
                "spaces": [{"name": "Discrete", "n": n} for n in (32, 11, 2)],
            },
        ),
    ],
)
def test_spaces(api: Api, env_id: str, facts: dict[str, Any]) -> None:
    instance_id = api.create(env_id)
    assert contract.plain(api.ok("env_observation_space_info", instance_id=instance_id)["info"]) == facts
    action = api.ok("env_action_space_sample", instance_id=instance_id)["action"]
    assert api.ok("env_action_space_contains", instance_id=instance_id, value=action) == {"member": True}
    assert api.ok("env_action_space_contains", instance_id=instance_id, value="left") == {"member": False}
    api.ok("env_close", instance_id=instance_id)


def test_an_action_that_the_space_refuses_is_no_step(api: Api) -> None:
    instance_id = api.create("CartPole-v1")
    assert api.call("env_step", instance_id=instance_id, action=0).error == (409, "reset_needed")
    api.ok("env_reset", instance_id=instance_id)
    reply = api.call("env_step", instance_id=instance_id, action=2)
    assert reply.error == (400, "invalid_action")
    assert "Discrete(2)" in reply.message
    assert api.ok("env_info", instance_id=instance_id)["steps"] == 0
    api.ok("env_close", instance_id=instance_id)


@pytest.mark.parametrize("env_id", ["CartPole-v1", "FrozenLake-v1", "LunarLander-v2"])
def test_frames_are_those_of_the_environment(api: Api, env_id: str) -> None:
    instance_id = api.create(env_id)
    env = gym.make(env_id, disable_env_checker=True, render_mode="rgb_array")
    api.ok("env_reset", instance_id=instance_id, seed=5)
    env.reset(seed=5)
    for _ in range(2):
        drawn = api.ok("env_render", instance_id=instance_id)
        frame = drawn["frame"] if api.msgpack else np.asarray(Image.open(io.BytesIO(drawn)))
        np.testing.assert_array_equal(frame, env.render(), strict=True)
        api.ok("env_step", instance_id=instance_id, action=1)
        env.step(1)
    env.close()
    api.ok("env_close", instance_id=instance_id)


@pytest.mark.parametrize(
    ("requested", "present"),
    [("FrozenLake-v0", "FrozenLake-v1"), ("Pendulum-v0", "Pendulum-v1"), ("Taxi-v2", "Taxi-v3")],
)
def test_a_retired_id_gets_its_present_version(api: Api, requested: str, present: str) -> None:
    instance_id = api.create(requested)
    info = api.ok("env_info", instance_id=instance_id)
    assert (info["env_id"], info["requested_env_id"]) == (present, requested)
    api.ok("env_close", instance_id=instance_id)


@pytest.mark.parametrize(
    ("env_id", "code", "words"),
    [
        ("CartPoll-v1", "unknown_env_id", "CartPole-v1"),
        ("no id!", "malformed_env_id", "malformed environment ID 'no id!'"),
        ("HalfCheetah-v2", "missing_dependency", "mujoco_py"),
    ],
)
def test_an_id_that_cannot_be_created_says_why(api: Api, env_id: str, code: str, words: str) -> None:
    reply = api.call("env_create", env_id=env_id)
    assert reply.error == (400, code)
    assert words in reply.message


def test_a_monitor_records_episodes_and_videos(gym_server: Server, api: Api, tmp_path: Path) -> None:
    directory = gym_server.directory / tmp_path.name
    instance_id = api.create("CartPole-v1", max_episode_steps=4)
    api.ok("env_monitor_start", instance_id=instance_id, directory=str(directory), video_callable=2)
    for episode in range(3):
        api.ok("env_reset", instance_id=instance_id, seed=episode)
        for _ in range(4):
            api.ok("env_step", instance_id=instance_id, action=1)
    api.ok("env_monitor_close", instance_id=instance_id)
    (log,) = directory.glob("openaigym.episodes.*.jsonl")
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert [(line["reward"], line["length"], line["seed"]) for line in lines] == [(4.0, 4, 0), (4.0, 4, 1), (4.0, 4, 2)]
    assert len(list(directory.glob("openaigym.*.mp4"))) == 2
    evaluation = api.ok("upload", training_dir=str(directory), api_key="me")
    assert (evaluation["env_id"], evaluation["episodes"], evaluation["mean_reward"]) == ("CartPole-v1", 3, 4.0)
    api.ok("env_close", instance_id=instance_id)


def test_health_names_the_library(api: Api) -> None:
    health = api.ok("health")
    assert (health["library"], health["versions"]["gym"]) == ("gym", gym.__version__)
