"""OpenEnv's WebSocket client as its documentation has it for synchronous code."""

from __future__ import annotations

from typing import Any

from loop import Job, Session, run
from openenv_models import GymAction, GymClient


def open_session(job: Job) -> Session:
    """A session on the server."""
    env = GymClient(base_url=f"http://{job.address}").sync()
    env.connect()

    def step(action: Any) -> bool:
        return env.step(GymAction(action=action)).done

    return Session(env.reset, step)


run(open_session)
