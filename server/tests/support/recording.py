"""Helpers for the tests of monitors: start one, play episodes, read what it wrote."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from gym_http_server.recording.monitor import Monitor

ENV_ID = "FrozenLake-v1"


def start(env: Any, directory: Path, **changes: Any) -> Monitor:
    given: dict[str, Any] = {"env_id": ENV_ID, "library": "gymnasium", "num_envs": 1, "reward_threshold": 0.7}
    given |= {"force": False, "resume": False, "video_callable": False}
    return Monitor.start(env, directory, **(given | changes))


def play(monitor: Monitor, episodes: int, seed: int | None = None) -> list[tuple[float, int]]:
    """Plays whole episodes with random actions; the returns and lengths that a client would have seen."""
    seen = []
    for _ in range(episodes):
        monitor.env.reset(seed=seed)
        monitor.after_reset(seed)
        rewards, done = [], False
        while not done:
            _, reward, terminated, truncated, _ = monitor.env.step(monitor.env.action_space.sample())
            monitor.after_step(float(reward), terminated, truncated)
            rewards.append(float(reward))
            done = terminated or truncated
        seen.append((sum(rewards), len(rewards)))
        seed = None
    return seen


def lines(directory: Path) -> list[dict[str, Any]]:
    (log,) = directory.glob("openaigym.episodes.*.jsonl")
    return [json.loads(line) for line in log.read_text().splitlines()]


def manifest(directory: Path) -> dict[str, Any]:
    (path,) = directory.glob("openaigym.manifest.*.json")
    return json.loads(path.read_text())  # type: ignore[no-any-return]


def contents(directory: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in directory.iterdir() if path.is_file()}
