"""Monitors of vector environments: the same episodes as each environment played by itself."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
import pytest

from recording import lines, manifest, play, start

COUNT, STEPS, SEED = 3, 120, 7
AUTORESET = {"next_step": "NextStep", "same_step": "SameStep", "disabled": "Disabled"}


def actions(env_id: str) -> Any:
    choices = {"CartPole-v1": 2, "FrozenLake-v1": 4}[env_id]
    return np.random.default_rng(3).integers(choices, size=(STEPS, COUNT))


def played_alone(env_id: str, autoreset_mode: str) -> list[tuple[int, float, int, int | None]]:
    """(env, return, length, seed) of each finished episode, in the order in which they end in a vector env."""
    finished = []
    for index in range(COUNT):
        env = gymnasium.make(env_id)
        env.reset(seed=SEED + index)
        seed: int | None = SEED + index
        rewards: list[float] = []
        over = False
        for step, action in enumerate(actions(env_id)[:, index]):
            if over and autoreset_mode == "next_step":
                env.reset()
                over = False
                continue
            _, reward, terminated, truncated, _ = env.step(action)
            rewards.append(float(reward))
            over = terminated or truncated
            if over:
                finished.append((step, index, sum(rewards), len(rewards), seed))
                rewards, seed = [], None
                if autoreset_mode != "next_step":
                    env.reset()
    return [episode[1:] for episode in sorted(finished)]


@pytest.mark.parametrize("env_id", ["CartPole-v1", "FrozenLake-v1"])
@pytest.mark.parametrize("vectorization_mode", ["sync", "async"])
@pytest.mark.parametrize("autoreset_mode", AUTORESET)
def test_episodes_are_those_of_each_environment(
    env_id: str, vectorization_mode: str, autoreset_mode: str, tmp_path: Path
) -> None:
    kwargs: dict[str, Any] = {"autoreset_mode": AUTORESET[autoreset_mode]}
    if vectorization_mode == "async":
        kwargs["context"] = "forkserver"
    env = gymnasium.make_vec(env_id, COUNT, vectorization_mode, vector_kwargs=kwargs)
    monitor = start(env, tmp_path, env_id=env_id, num_envs=COUNT)
    monitor.env.reset(seed=SEED)
    monitor.after_reset(SEED)
    for action in actions(env_id):
        _, reward, terminated, truncated, _ = monitor.env.step(action)
        monitor.after_step(reward, terminated, truncated)
        ended = terminated | truncated
        if autoreset_mode == "disabled" and ended.any():
            monitor.env.reset(options={"reset_mask": ended.copy()})
            monitor.after_reset(None, ended)
    monitor.close()
    env.close()
    recorded = [(line["env"], line["reward"], line["length"], line.get("seed")) for line in lines(tmp_path)]
    assert len(recorded) > 2 * COUNT
    assert recorded == played_alone(env_id, autoreset_mode)
    assert manifest(tmp_path)["num_envs"] == COUNT


def test_episodes_of_an_environment_with_its_own_vector_entry_point(tmp_path: Path) -> None:
    made = gymnasium.make_vec("CartPole-v1", COUNT, "vector_entry_point")
    env = gymnasium.wrappers.vector.RecordEpisodeStatistics(made)
    monitor = start(env, tmp_path, num_envs=COUNT)
    monitor.env.reset(seed=SEED)
    monitor.after_reset(SEED)
    known = []
    for action in actions("CartPole-v1"):
        _, reward, terminated, truncated, info = monitor.env.step(action)
        monitor.after_step(reward, terminated, truncated)
        if "episode" in info:
            ended = np.flatnonzero(info["_episode"])
            known += [(int(i), float(info["episode"]["r"][i]), int(info["episode"]["l"][i])) for i in ended]
    monitor.close()
    env.close()
    recorded = [(line["env"], line["reward"], line["length"]) for line in lines(tmp_path)]
    assert len(recorded) > 2 * COUNT
    assert recorded == known


def test_a_reset_of_all_discards_the_running_episodes_of_all(tmp_path: Path) -> None:
    env = gymnasium.make_vec("CartPole-v1", COUNT, "sync")
    monitor = start(env, tmp_path, num_envs=COUNT)
    for seed in (1, 2):
        env.reset(seed=seed)
        monitor.after_reset(seed)
        for _ in range(6):
            _, reward, terminated, truncated, _ = env.step(np.zeros(COUNT, dtype=int))
            monitor.after_step(reward, terminated, truncated)
    assert lines(tmp_path) == []
    for _ in range(5):
        _, reward, terminated, truncated, _ = env.step(np.zeros(COUNT, dtype=int))
        monitor.after_step(reward, terminated, truncated)
    monitor.close()
    env.close()
    assert sorted((line["env"], line["seed"]) for line in lines(tmp_path)) == [(0, 2), (1, 3), (2, 4)]
    assert all(line["length"] == line["reward"] <= 11 for line in lines(tmp_path))


def test_a_reset_right_after_an_end_takes_the_place_of_the_automatic_one(tmp_path: Path) -> None:
    env = gymnasium.make_vec("CartPole-v1", 1, "sync")
    monitor = start(env, tmp_path, num_envs=1)
    steps = []
    for seed in range(3):
        env.reset(seed=seed)
        monitor.after_reset(seed)
        steps.append(0)
        while len(lines(tmp_path)) == seed:
            _, reward, terminated, truncated, _ = env.step(np.array([0]))
            monitor.after_step(reward, terminated, truncated)
            steps[-1] += 1
    monitor.close()
    env.close()
    assert [line["length"] for line in lines(tmp_path)] == steps
    assert [line["reward"] for line in lines(tmp_path)] == steps


def test_an_environment_that_is_stepped_on_after_its_end_ends_once(tmp_path: Path) -> None:
    env = gymnasium.make_vec("CartPole-v1", 2, "sync", vector_kwargs={"autoreset_mode": "Disabled"})
    monitor = start(env, tmp_path, num_envs=2)
    monitor.after_reset(None)
    for _ in range(3):
        monitor.after_step(np.ones(2), np.array([True, False]), np.array([False, False]))
    monitor.after_reset(None, np.array([True, False]))
    monitor.after_step(np.ones(2), np.array([True, True]), np.array([False, False]))
    monitor.close()
    env.close()
    assert [(line["env"], line["length"]) for line in lines(tmp_path)] == [(0, 1), (0, 1), (1, 4)]


def test_a_monitor_started_in_the_middle_records_from_the_next_episode_on(tmp_path: Path) -> None:
    env = gymnasium.make_vec("CartPole-v1", 1, "sync")
    env.reset(seed=SEED)
    env.step(np.array([0]))
    monitor = start(env, tmp_path, num_envs=1)
    ends = []
    for step in range(60):
        _, reward, terminated, truncated, _ = env.step(np.array([0]))
        monitor.after_step(reward, terminated, truncated)
        if terminated[0]:
            ends.append(step)
    monitor.close()
    env.close()
    assert [line["length"] for line in lines(tmp_path)] == [
        later - earlier - 1 for earlier, later in itertools.pairwise(ends)
    ]


def test_vector_environments_of_classic_gym_reset_in_the_same_step(tmp_path: Path) -> None:
    gym = pytest.importorskip("gym")
    env = gym.vector.make("CartPole-v1", COUNT, asynchronous=False, disable_env_checker=True)
    monitor = start(env, tmp_path, library="gym", num_envs=COUNT, video_callable=None)
    env.reset(seed=SEED)
    monitor.after_reset(SEED)
    lengths = []
    for step, action in enumerate(actions("CartPole-v1")):
        _, reward, terminated, truncated, _ = env.step(action)
        monitor.after_step(reward, terminated, truncated)
        lengths += [step + 1] if terminated[0] else []
    monitor.close()
    env.close()
    first = [line["length"] for line in lines(tmp_path) if line["env"] == 0]
    assert first == np.diff([0, *lengths]).tolist()


def test_resuming_with_another_number_of_environments_appends(tmp_path: Path) -> None:
    single = gymnasium.make("CartPole-v1")
    monitor = start(single, tmp_path, env_id="CartPole-v1")
    play(monitor, 2)
    monitor.close()
    env = gymnasium.make_vec("CartPole-v1", 2, "sync")
    monitor = start(env, tmp_path, env_id="CartPole-v1", num_envs=2, resume=True)
    env.reset()
    monitor.after_reset(None)
    monitor.after_step(np.ones(2), np.ones(2, dtype=bool), np.zeros(2, dtype=bool))
    monitor.close()
    env.close()
    assert [(line["episode"], line.get("env")) for line in lines(tmp_path)] == [(0, None), (1, None), (2, 0), (3, 1)]
    assert manifest(tmp_path)["num_envs"] == 2
