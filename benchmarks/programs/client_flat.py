"""Our Python client's flat API; the variant is the encoding."""

from __future__ import annotations

from typing import Any

import numpy as np
from loop import Job, Session, run

from gym_http_client import Client


def open_session(job: Job) -> Session:
    """An instance of its own on the server."""
    client = Client(job.base, encoding=job.variant)
    num_envs = job.num_envs if job.num_envs > 1 else None
    instance_id = client.env_create(job.env_id, kwargs=job.kwargs or None, num_envs=num_envs)

    def reset() -> None:
        client.env_reset(instance_id)

    def step(action: Any) -> bool:
        return bool(client.env_step(instance_id, action)[2])

    def step_vector(actions: Any) -> bool:
        client.env_step(instance_id, actions)
        return False

    if num_envs is None:
        return Session(reset, step)
    actions = job.actions()
    return Session(reset, step_vector, [np.array(each) for each in actions] if job.variant == "msgpack" else actions)


run(open_session)
