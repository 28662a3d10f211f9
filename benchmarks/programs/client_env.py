"""Our Python client as a Gymnasium environment, single or vector; the variant is the encoding."""

from __future__ import annotations

from typing import Any

import numpy as np
from loop import Job, Session, run

from gym_http_client import RemoteEnv, RemoteVectorEnv


def open_session(job: Job) -> Session:
    """An instance of its own on the server."""
    base = job.base
    if job.num_envs > 1:
        envs = RemoteVectorEnv(base, job.env_id, job.num_envs, encoding=job.variant)

        def step_vector(actions: Any) -> bool:
            envs.step(actions)
            return False

        return Session(envs.reset, step_vector, [np.array(actions) for actions in job.actions()])
    env = RemoteEnv(base, job.env_id, kwargs=job.kwargs or None, encoding=job.variant)

    def step(action: Any) -> bool:
        _, _, terminated, truncated, _ = env.step(action)
        return terminated or truncated

    return Session(env.reset, step)


run(open_session)
