"""What a monitor leaves on disk: its files, and which of those that are there it touches."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
import pytest

from gym_http_server.protocol.errors import ApiError
from recording import ENV_ID, contents, lines, manifest, play, start


@pytest.fixture
def env() -> Iterator[Any]:
    made = gymnasium.make(ENV_ID)
    yield made
    made.close()


def test_each_episode_is_recorded_with_its_return_length_seed_and_times(env: Any, tmp_path: Path) -> None:
    monitor = start(env, tmp_path / "new" / "place")
    seen = play(monitor, 3, seed=0)
    monitor.close()
    recorded = lines(tmp_path / "new" / "place")
    assert [(line["reward"], line["length"]) for line in recorded] == seen
    assert [line["episode"] for line in recorded] == [0, 1, 2]
    assert [line.get("seed") for line in recorded] == [0, None, None]
    assert all(line["started"] <= line["ended"] for line in recorded)


def test_the_manifest_says_what_was_recorded_and_when(env: Any, tmp_path: Path) -> None:
    monitor = start(env, tmp_path)
    assert "closed" not in manifest(tmp_path)
    monitor.close()
    facts = manifest(tmp_path)
    assert facts["env_id"] == ENV_ID
    assert facts["versions"]["gymnasium"] == gymnasium.__version__
    assert facts["reward_threshold"] == 0.7
    assert facts["created"] <= facts["closed"]
    assert sorted(contents(tmp_path)) == sorted([*facts["files"], f"openaigym.manifest.{facts['run']}.json"])


def test_an_episode_cut_off_by_a_reset_is_discarded(tmp_path: Path) -> None:
    env = gymnasium.make("CartPole-v1")
    monitor = start(env, tmp_path)
    env.reset(seed=1)
    monitor.after_reset(1)
    _, reward, terminated, truncated, _ = env.step(0)
    monitor.after_step(float(reward), terminated, truncated)
    seen = play(monitor, 1, seed=2)
    monitor.close()
    assert [(line["reward"], line["length"], line["seed"]) for line in lines(tmp_path)] == [(*seen[0], 2)]


def test_an_episode_that_ran_before_the_monitor_is_not_recorded(tmp_path: Path) -> None:
    env = gymnasium.make("CartPole-v1")
    env.reset(seed=1)
    env.step(0)
    monitor = start(env, tmp_path)
    done = False
    while not done:
        _, reward, terminated, truncated, _ = env.step(0)
        monitor.after_step(float(reward), terminated, truncated)
        done = terminated or truncated
    assert lines(tmp_path) == []
    monitor.close()


def test_a_return_that_is_not_finite_is_written_as_strict_json(env: Any, tmp_path: Path) -> None:
    monitor = start(env, tmp_path)
    for reward in (float("nan"), float("inf"), 1.5):
        monitor.after_reset(2**70)
        monitor.after_step(reward, True, False)
    monitor.close()
    assert [line["reward"] for line in lines(tmp_path)] == [None, None, 1.5]
    assert lines(tmp_path)[0]["seed"] == 2**70
    start(env, tmp_path, resume=True).close()


def test_old_data_needs_force_or_resume(env: Any, tmp_path: Path) -> None:
    (tmp_path / "openaigym.something.json").write_text("{}")
    with pytest.raises(ApiError, match=r"force=true .* resume=true") as refused:
        start(env, tmp_path)
    assert (refused.value.status, refused.value.code) == (409, "monitor_data_exists")
    assert contents(tmp_path) == {"openaigym.something.json": b"{}"}


def test_force_deletes_the_monitors_own_files_and_nothing_else(env: Any, tmp_path: Path) -> None:
    start(env, tmp_path).close()
    outside = tmp_path.with_name("outside.txt")
    outside.write_text("kept")
    (tmp_path / "openaigym.link").symlink_to(outside)
    (tmp_path / "openaigym.folder").mkdir()
    (tmp_path / "openaigym.folder" / "openaigym.kept").write_text("kept")
    (tmp_path / "notes.txt").write_text("kept")
    old_run = manifest(tmp_path)["run"]
    start(env, tmp_path, force=True).close()
    assert manifest(tmp_path)["run"] != old_run
    assert not [name for name in contents(tmp_path) if old_run in name]
    assert outside.read_text() == (tmp_path / "notes.txt").read_text() == "kept"
    assert (tmp_path / "openaigym.folder" / "openaigym.kept").read_text() == "kept"


def test_resume_continues_the_run(env: Any, tmp_path: Path) -> None:
    first = start(env, tmp_path)
    seen = play(first, 2)
    first.close()
    before = manifest(tmp_path)
    second = start(env, tmp_path, resume=True)
    assert "closed" not in manifest(tmp_path)
    seen += play(second, 2)
    second.close()
    assert [(line["episode"], line["reward"], line["length"]) for line in lines(tmp_path)] == [
        (number, *episode) for number, episode in enumerate(seen)
    ]
    after = manifest(tmp_path)
    assert (after["run"], after["created"]) == (before["run"], before["created"])
    assert after["closed"] > before["closed"]


@pytest.mark.parametrize(
    ("damage", "complaint"),
    [
        (lambda log: log.write_text('{"episode": 0, "reward": "much", "length": 3}\n'), "line 1: key 'reward'"),
        (lambda log: log.unlink(), "is missing"),
        (lambda log: (log.unlink(), os.mkfifo(log)), "not a regular file"),
        (lambda log: (log.rename(log.with_name("elsewhere")), log.symlink_to("elsewhere")), "cannot be read"),
        (lambda log: next(log.parent.glob("*manifest*")).unlink(), "no openaigym.manifest"),
        (lambda log: next(log.parent.glob("*manifest*")).write_text("{"), "is not JSON"),
    ],
)
def test_what_cannot_be_resumed_is_refused_and_left_alone(
    damage: Any, complaint: str, env: Any, tmp_path: Path
) -> None:
    monitor = start(env, tmp_path)
    play(monitor, 1)
    monitor.close()
    damage(next(tmp_path.glob("*.jsonl")))
    before = sorted(path.name for path in tmp_path.iterdir())
    with pytest.raises(ApiError, match=complaint) as refused:
        start(env, tmp_path, resume=True)
    assert (refused.value.status, refused.value.code) == (409, "monitor_data_exists")
    assert "force=true" in refused.value.message
    assert sorted(path.name for path in tmp_path.iterdir()) == before


def test_resume_wants_the_same_environment(env: Any, tmp_path: Path) -> None:
    start(env, tmp_path).close()
    before = contents(tmp_path)
    with pytest.raises(ApiError, match=r"episodes of FrozenLake-v1, not of CartPole-v1"):
        start(env, tmp_path, env_id="CartPole-v1", resume=True)
    assert contents(tmp_path) == before


@pytest.mark.parametrize("flags", [{}, {"resume": True}])
def test_two_monitors_do_not_share_a_directory(flags: dict[str, bool], env: Any, tmp_path: Path) -> None:
    monitor = start(env, tmp_path)
    with pytest.raises(ApiError, match="Another monitor records into") as refused:
        start(env, tmp_path, **flags)
    assert (refused.value.status, refused.value.code) == (409, "monitor_active")
    assert "force=true" in refused.value.message
    play(monitor, 1)
    monitor.close()
    assert len(lines(tmp_path)) == 1
    start(env, tmp_path, resume=True).close()


def test_a_start_that_fails_leaves_no_trace(env: Any, tmp_path: Path) -> None:
    with pytest.raises(ApiError, match="render_mode rgb_array") as refused:
        start(env, tmp_path / "a" / "b", video_callable=True)
    assert (refused.value.status, refused.value.code) == (409, "no_frame")
    (tmp_path / "file").write_text("")
    with pytest.raises(ApiError, match="cannot write to") as refused:
        start(env, tmp_path / "file" / "b")
    assert (refused.value.status, refused.value.code) == (400, "invalid_directory")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_monitor_that_cannot_write_its_last_episodes_says_so_and_is_closed(env: Any, tmp_path: Path) -> None:
    directory = tmp_path / "gone"
    monitor = start(env, directory)
    for path in directory.iterdir():
        path.unlink()
    directory.rmdir()
    with pytest.raises(ApiError, match="could not be written") as failed:
        monitor.close()
    assert failed.value.status == 500
    assert monitor.env is monitor.close() is env


def test_rewards_of_a_vector_env_add_up_in_double_precision(tmp_path: Path) -> None:
    env = gymnasium.make_vec("CartPole-v1", num_envs=2, vectorization_mode="sync")
    monitor = start(env, tmp_path, num_envs=2)
    monitor.after_reset([5, None])
    monitor.after_step(np.array([0.1, 0.2], dtype=np.float32), np.array([False, False]), np.array([False, False]))
    monitor.after_step(np.array([0.1, 0.2], dtype=np.float32), np.array([True, False]), np.array([False, True]))
    monitor.close()
    env.close()
    assert [(line["env"], line["reward"], line.get("seed")) for line in lines(tmp_path)] == [
        (0, 2 * float(np.float32(0.1)), 5),
        (1, 2 * float(np.float32(0.2)), None),
    ]
