"""No server at all: the environment in the client's own process.

The variant is how a vector env is run: ``async`` for Gymnasium's `AsyncVectorEnv`, which holds each environment in a
process of its own (then also a single one); else the environment's own way, which is what the server uses.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from bench_envs import make, make_vec
from loop import Job, Session, run


def open_session(job: Job) -> Session:
    """The environment itself."""
    if job.num_envs > 1 or job.variant == "async":
        envs = make_vec(job.env_id, job.num_envs, "async" if job.variant == "async" else None)
        turns = [actions if job.num_envs > 1 else [actions] for actions in job.actions()]

        def step_vector(actions: Any) -> bool:
            envs.step(actions)
            return False

        return Session(envs.reset, step_vector, [np.array(actions) for actions in turns])
    env = make(job.env_id, job.kwargs)

    def step(action: Any) -> bool:
        _, _, terminated, truncated, _ = env.step(action)
        return terminated or truncated

    return Session(env.reset, step)


if __name__ == "__main__":  # AsyncVectorEnv may import this file in its processes
    run(open_session)
