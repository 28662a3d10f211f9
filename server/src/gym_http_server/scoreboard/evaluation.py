"""Sums up what a monitor recorded."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ..protocol.errors import ApiError
from ..recording.files import EpisodeRecord, FormatError, find_manifest, read_episodes

WINDOW = 100


@dataclass(frozen=True)
class Evaluation:
    """The figures of one run.

    Rewards are undiscounted returns of finished episodes, averaged over episodes. `best_100_episode_mean_reward` is the
    highest mean of 100 consecutive episodes, None when there were fewer. `solved_at_episode` counts from 1: the first
    episode at which the mean of the last 100 reached `reward_threshold`, the environment's own measure of success.
    """

    env_id: str
    run: str
    episodes: int
    total_steps: int
    mean_reward: float
    best_100_episode_mean_reward: float | None
    reward_threshold: float | None
    solved_at_episode: int | None


class _Tally:
    """Counts episodes as they pass by, in constant memory."""

    def __init__(self, reward_threshold: float | None) -> None:
        self.episodes = self.total_steps = 0
        self.best: float | None = None
        self.solved_at: int | None = None
        self._threshold = reward_threshold
        self._window: deque[float] = deque(maxlen=WINDOW)

    def rewards(self, finished: Iterator[EpisodeRecord]) -> Iterator[float]:
        for reward, length, _, _ in finished:
            if not math.isfinite(reward):
                raise FormatError(f"episode {self.episodes}: key 'reward' is null, as its return was no finite number")
            self.episodes += 1
            self.total_steps += length
            self._window.append(reward)
            if self.episodes >= WINDOW:
                # Summed anew and exactly: a sum carried along drifts, and "solved" hangs on its last digit.
                mean = math.fsum(self._window) / WINDOW
                self.best = mean if self.best is None else max(self.best, mean)
                if self.solved_at is None and self._threshold is not None and mean >= self._threshold:
                    self.solved_at = self.episodes
            yield reward


def read_evaluation(directory: Path) -> Evaluation:
    """Reads the directory of a monitor, which may still be recording.

    Raises ApiError 400 invalid_upload that names the file, line and key which is missing or malformed.
    """
    try:
        manifest = find_manifest(directory)
        tally = _Tally(manifest.reward_threshold)
        total = math.fsum(tally.rewards(read_episodes(directory / manifest.episodes_name)))
        if not tally.episodes:
            raise FormatError(f"{manifest.episodes_name} holds no finished episode yet")
    except (FormatError, OSError, OverflowError) as error:
        raise ApiError(400, "invalid_upload", f"This directory cannot be uploaded: {error}") from error
    return Evaluation(
        env_id=manifest.env_id,
        run=manifest.run,
        episodes=tally.episodes,
        total_steps=tally.total_steps,
        mean_reward=total / tally.episodes,
        best_100_episode_mean_reward=tally.best,
        reward_threshold=manifest.reward_threshold,
        solved_at_episode=tally.solved_at,
    )
