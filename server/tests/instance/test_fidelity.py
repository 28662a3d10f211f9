"""Seeded episodes over HTTP equal those played in-process, to the last bit."""

from __future__ import annotations

from functools import cache
from typing import Any

import gymnasium
import pytest
from inprocess import Transition, newest, replay, trajectory
from live import Api

STEPS = {
    "CartPole-v1": 60,
    "MountainCarContinuous-v0": 40,
    "Pendulum-v1": 40,
    "Acrobot-v1": 40,
    "FrozenLake-v1": 60,
    newest("Taxi"): 60,
    "Blackjack-v1": 60,
    newest("CliffWalking"): 40,
    newest("LunarLander"): 60,
    newest("LunarLanderContinuous"): 30,
    "BipedalWalker-v3": 40,
    "CarRacing-v3": 3,
    "HalfCheetah-v5": 30,
    "Humanoid-v5": 5,
    "ALE/Pong-v5": 4,
    "Pong-v0": 4,
    "PongNoFrameskip-v4": 4,
}


@cache
def _single(env_id: str) -> list[Transition]:
    return trajectory(gymnasium.make(env_id), seed=42, steps=STEPS[env_id])


@pytest.mark.parametrize("env_id", STEPS)
def test_an_episode_is_that_of_the_environment(api: Api, env_id: str) -> None:
    instance_id = api.create(env_id)
    replay(api, instance_id, _single(env_id))
    api.ok("env_close", instance_id=instance_id)


SYNC, ASYNC = {"vectorization_mode": "sync"}, {"vectorization_mode": "async"}
VECTORS: dict[str, tuple[str, dict[str, Any], int | list[int], int]] = {
    "sync next_step": ("CartPole-v1", {**SYNC, "autoreset_mode": "next_step"}, 3, 60),
    "sync same_step": ("CartPole-v1", {**SYNC, "autoreset_mode": "same_step"}, 3, 60),
    "sync disabled": ("CartPole-v1", {**SYNC, "autoreset_mode": "disabled"}, 3, 60),
    "async next_step": ("CartPole-v1", {**ASYNC, "autoreset_mode": "next_step"}, [5, 0, 9], 40),
    "async same_step": (newest("Taxi"), {**ASYNC, "autoreset_mode": "same_step", "max_episode_steps": 7}, 3, 20),
    "async disabled": ("CartPole-v1", {**ASYNC, "autoreset_mode": "disabled"}, 3, 40),
    "vector_entry_point": ("CartPole-v1", {"vectorization_mode": "vector_entry_point"}, 3, 60),
    "own mode by default": ("CartPole-v1", {}, 3, 30),
    "a list of seeds": ("FrozenLake-v1", SYNC, [5, 0, 9], 40),
    "infos of arrays": (newest("Taxi"), {"max_episode_steps": 7, "autoreset_mode": "same_step"}, 3, 20),
    "a tuple of arrays": ("Blackjack-v1", SYNC, 3, 30),
    "MuJoCo": ("HalfCheetah-v5", {"max_episode_steps": 4}, 3, 10),
    "frames": ("ALE/Pong-v5", SYNC, 3, 3),
}


@cache
def _vector(name: str) -> list[Transition]:
    env_id, arguments, seed, steps = VECTORS[name]
    arguments = {"vectorization_mode": None, **arguments}
    modes = {"next_step": "NextStep", "same_step": "SameStep", "disabled": "Disabled"}
    given = {"autoreset_mode": modes[arguments.pop("autoreset_mode")]} if "autoreset_mode" in arguments else {}
    return trajectory(gymnasium.make_vec(env_id, 3, vector_kwargs=given, **arguments), seed, steps)


@pytest.mark.parametrize("name", VECTORS)
def test_a_vector_env_is_that_of_the_library(api: Api, name: str) -> None:
    env_id, arguments, _, _ = VECTORS[name]
    instance_id = api.create(env_id, num_envs=3, **arguments)
    replay(api, instance_id, _vector(name))
    api.ok("env_close", instance_id=instance_id)
