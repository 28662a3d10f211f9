"""dm_env_rpc's own client: a `DmEnvAdaptor` over a secure local gRPC channel."""

from __future__ import annotations

import json
from typing import Any

from dm_env_rpc.v1 import connection, dm_env_adaptor
from loop import Job, Session, run


def open_session(job: Job) -> Session:
    """A world of its own on the server."""
    channel = connection.create_secure_channel_and_connect(job.address)
    settings = {"env_id": job.env_id, "kwargs": json.dumps(job.kwargs)}
    env, _ = dm_env_adaptor.create_and_join_world(channel, create_world_settings=settings, join_world_settings={})

    def step(action: Any) -> bool:
        return bool(env.step({"action": action}).last())

    def reset() -> None:
        env.step({})  # after an episode's last step the next one begins another, in one call instead of reset's two

    return Session(reset, step)


run(open_session)
