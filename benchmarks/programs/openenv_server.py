"""OpenEnv serving a Gymnasium environment: ``openenv_server.py PORT ENV_ID KWARGS``, as its template has it."""

from __future__ import annotations

import json
import sys
from typing import Any

import uvicorn
from bench_envs import make
from openenv.core.env_server.http_server import create_app
from openenv.core.env_server.interfaces import Environment
from openenv.core.env_server.types import State
from openenv_models import GymAction, GymObservation

ENV_ID, KWARGS = sys.argv[2], json.loads(sys.argv[3])


class GymEnvironment(Environment):
    """One Gymnasium environment for each session."""

    SUPPORTS_CONCURRENT_SESSIONS = True

    def __init__(self) -> None:
        super().__init__()
        self._env = make(ENV_ID, KWARGS)
        self._state = State(step_count=0)

    def reset(self, seed: int | None = None, episode_id: str | None = None, **kwargs: Any) -> GymObservation:
        """Begin an episode."""
        observation, _ = self._env.reset(seed=seed)
        self._state = State(episode_id=episode_id, step_count=0)
        return GymObservation(values=observation.tolist(), done=False, reward=0.0)

    def step(self, action: GymAction, timeout_s: float | None = None, **kwargs: Any) -> GymObservation:
        """Take a step."""
        observation, reward, terminated, truncated, _ = self._env.step(action.action)
        self._state.step_count += 1
        return GymObservation(values=observation.tolist(), done=terminated or truncated, reward=float(reward))

    @property
    def state(self) -> State:
        """The episode's state."""
        return self._state


app = create_app(GymEnvironment, GymAction, GymObservation, env_name="bench", max_concurrent_envs=64)
uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
