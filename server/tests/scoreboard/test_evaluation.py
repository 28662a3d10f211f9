"""What is read from a monitor's directory, and what is refused of one that was damaged or made up."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import gymnasium
import pytest

from gym_http_server.protocol.errors import ApiError
from gym_http_server.scoreboard.evaluation import read_evaluation
from recording import play, start

RUN = "0123456789abcdef0123456789abcdef"
MANIFEST = f"openaigym.manifest.{RUN}.json"
EPISODES = f"openaigym.episodes.{RUN}.jsonl"


def write(directory: Path, rewards: list[float], threshold: float | None = None, **changes: Any) -> None:
    """A directory as a monitor writes it, with the manifest's keys changed, or left out where the change is None."""
    facts = {"format": 1, "run": RUN, "env_id": "X-v0", "library": "gymnasium", "versions": {}, "num_envs": 1}
    facts |= {"reward_threshold": threshold, "created": "2026-01-31T12:00:00.000Z", "files": [EPISODES], "videos": []}
    facts |= changes
    present = {key: value for key, value in facts.items() if value is not None}
    (directory / MANIFEST).write_text(json.dumps(present))
    with (directory / EPISODES).open("w") as file:
        file.writelines(
            json.dumps({"episode": index, "reward": reward, "length": index + 1}) + "\n"
            for index, reward in enumerate(rewards)
        )


def test_the_figures_of_a_real_run(tmp_path: Path) -> None:
    env = gymnasium.make("FrozenLake-v1", is_slippery=False)
    env.action_space.seed(0)
    monitor = start(env, tmp_path, env_id="FrozenLake-v1", reward_threshold=0.01)
    seen = play(monitor, 150, seed=1)
    monitor.close()
    evaluation = read_evaluation(tmp_path)
    returns = [reward for reward, _ in seen]
    means = [sum(returns[end - 100 : end]) / 100 for end in range(100, 151)]
    assert (evaluation.env_id, evaluation.episodes) == ("FrozenLake-v1", 150)
    assert evaluation.total_steps == sum(length for _, length in seen)
    assert evaluation.mean_reward == pytest.approx(sum(returns) / 150, abs=1e-15)
    assert evaluation.best_100_episode_mean_reward == max(means)
    assert max(means) >= 0.01
    assert evaluation.solved_at_episode == 100 + next(i for i, mean in enumerate(means) if mean >= 0.01)


def test_under_100_episodes_nothing_is_said_of_the_best_100(tmp_path: Path) -> None:
    write(tmp_path, [1.0] * 99, threshold=0.5)
    evaluation = read_evaluation(tmp_path)
    assert (evaluation.best_100_episode_mean_reward, evaluation.solved_at_episode) == (None, None)
    assert evaluation.reward_threshold == 0.5


def test_solved_at_the_first_episode_whose_last_100_reach_the_threshold_exactly(tmp_path: Path) -> None:
    write(tmp_path, [0.0] * 50 + [0.1] * 120 + [0.0] * 80, threshold=0.1)
    evaluation = read_evaluation(tmp_path)
    assert evaluation.solved_at_episode == 150
    assert evaluation.best_100_episode_mean_reward == 0.1
    write(tmp_path, [0.0] * 50 + [0.1] * 120, threshold=0.11)
    assert read_evaluation(tmp_path).solved_at_episode is None


def test_means_are_exact_after_huge_rewards_have_left_the_window(tmp_path: Path) -> None:
    rewards = [1e17, -1e17, 3.0] + [0.1] * 200
    write(tmp_path, rewards)
    evaluation = read_evaluation(tmp_path)
    assert evaluation.best_100_episode_mean_reward == float(sum(map(Fraction, rewards[2:102])) / 100)
    assert evaluation.mean_reward == pytest.approx(float(sum(map(Fraction, rewards)) / len(rewards)), rel=1e-15)


def test_a_manifest_without_a_threshold_is_never_solved(tmp_path: Path) -> None:
    write(tmp_path, [1.0] * 100)
    assert read_evaluation(tmp_path).solved_at_episode is None


def set_line(number: int, text: str) -> Callable[[Path], object]:
    def damage(directory: Path) -> None:
        lines = (directory / EPISODES).read_text().splitlines()
        lines[number - 1] = text
        (directory / EPISODES).write_text("\n".join(lines) + "\n")

    return damage


def line(**changes: Any) -> Callable[[Path], object]:
    episode = {"episode": 1, "reward": 1.0, "length": 2} | changes
    return set_line(2, json.dumps({key: value for key, value in episode.items() if value != "left out"}))


def rewrite(**changes: Any) -> Callable[[Path], object]:
    return lambda directory: write(directory, [1.0], **changes)


@pytest.mark.parametrize(
    ("damage", "complaint"),
    [
        (line(reward="1.0"), "line 2: key 'reward' must be a number, not '1.0'"),
        (line(reward=True), "line 2: key 'reward' must be a number"),
        (line(reward=None), "episode 1: key 'reward' is null"),
        (line(reward="left out"), "line 2: key 'reward' is missing"),
        (line(length="left out"), "line 2: key 'length' is missing"),
        (line(length=0), "line 2: key 'length' must be from 1"),
        (line(length=2**40), "line 2: key 'length' must be from 1"),
        (line(length=2.0), "line 2: key 'length' must be an integer"),
        (line(episode=5), "line 2: key 'episode' must be 1"),
        (line(env="a"), "line 2: key 'env' must be an integer"),
        (set_line(2, "[1]"), "line 2 must be a JSON object"),
        (set_line(3, '{"episode": 2, "reward": NaN, "length": 3}'), "line 3 is not JSON"),
        (set_line(3, '{"episode": 2, "reward": 1e999, "length": 3}'), "line 3"),
        (set_line(1, "[" * 50000), "line 1 is not JSON"),
        (set_line(1, "x" * 70000), "line 1 is longer than 65536 bytes"),
        (lambda d: (d / EPISODES).write_bytes(b"\xff\xfe\n"), "line 1 is not JSON"),
        (lambda d: (d / EPISODES).write_text(""), "holds no finished episode yet"),
        (lambda d: (d / EPISODES).unlink(), f"{EPISODES} is missing"),
        (lambda d: (d / MANIFEST).unlink(), "holds no openaigym.manifest"),
        (lambda d: (d / MANIFEST).write_text("[]"), f"{MANIFEST} must hold a JSON object"),
        (lambda d: (d / MANIFEST).write_text("{"), f"{MANIFEST} is not JSON"),
        (lambda d: (d / MANIFEST.replace("0", "f")).write_text("{}"), "holds 2 runs"),
        (rewrite(format=2), "key 'format' must be 1, not 2"),
        (rewrite(run="../../etc/passwd"), "key 'run' must be"),
        (rewrite(env_id=7), "key 'env_id' must be a string, not 7"),
        (rewrite(env_id=""), "key 'env_id' must not be empty"),
        (rewrite(created=None), "key 'created' is missing"),
        (rewrite(videos={}), "key 'videos' must be a list"),
        (rewrite(reward_threshold="high"), "key 'reward_threshold' must be a number"),
    ],
)
def test_what_is_missing_or_malformed_is_named(
    damage: Callable[[Path], object], complaint: str, tmp_path: Path
) -> None:
    write(tmp_path, [1.0, 2.0, 3.0])
    damage(tmp_path)
    with pytest.raises(ApiError) as refused:
        read_evaluation(tmp_path)
    assert complaint in refused.value.message
    assert (refused.value.status, refused.value.code) == (400, "invalid_upload")


def test_a_directory_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(ApiError, match="does not exist"):
        read_evaluation(tmp_path / "nowhere")


@pytest.mark.parametrize("name", [MANIFEST, EPISODES])
def test_links_out_of_the_directory_and_pipes_are_not_read(name: str, tmp_path: Path) -> None:
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    inside.mkdir()
    outside.mkdir()
    write(inside, [1.0])
    (inside / name).rename(outside / name)
    (inside / name).symlink_to(outside / name)
    with pytest.raises(ApiError):
        read_evaluation(inside)
    (inside / name).unlink()
    os.mkfifo(inside / name)  # to open it for reading would block
    with pytest.raises(ApiError):
        read_evaluation(inside)


def test_a_run_that_still_goes_on_can_be_read(tmp_path: Path) -> None:
    env = gymnasium.make("CartPole-v1")
    monitor = start(env, tmp_path)
    for count in (1, 2):
        play(monitor, 1)
        assert read_evaluation(tmp_path).episodes == count
    monitor.close()
