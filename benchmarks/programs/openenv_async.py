"""OpenEnv's WebSocket client, awaited."""

from __future__ import annotations

from typing import Any

from loop import AsyncSession, Job, run_async
from openenv_models import GymAction, GymClient


async def open_session(job: Job) -> AsyncSession:
    """A session on the server."""
    env = GymClient(base_url=f"http://{job.address}")
    await env.connect()

    async def reset() -> None:
        await env.reset()

    async def step(action: Any) -> bool:
        result = await env.step(GymAction(action=action))
        return bool(result.done)

    return AsyncSession(reset, step)


run_async(open_session)
