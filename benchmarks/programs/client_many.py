"""Many of our Python client's environments in one thread; the variant is how they are stepped.

``serial``: one after the other, each waiting for the one before it.
"""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter
from typing import Any

from loop import read_job, serve_rounds

from gym_http_client import RemoteEnv


def serial(envs: list[RemoteEnv], action: Any) -> int:
    """A step of each."""
    for env in envs:
        env.step(action)
    return len(envs)


HOW: dict[str, Callable[[list[RemoteEnv], Any], int]] = {"serial": serial}


def main() -> None:
    """As many environments as the job says; their episodes have no end."""
    job = read_job()
    envs = [RemoteEnv(job.base, job.env_id, kwargs=job.kwargs or None) for _ in range(job.instances)]
    for env in envs:
        env.reset()
    actions, step = job.actions(), HOW[job.variant]

    def play(seconds: float, max_steps: int) -> tuple[float, list[float]]:
        durations: list[float] = []
        start = before = perf_counter()
        while before - start < seconds and len(durations) < max_steps:
            count = step(envs, actions[len(durations) % len(actions)])
            after = perf_counter()
            durations += [after - before] * count  # all took what the slowest did
            before = after
        return before - start, durations

    serve_rounds(play)


main()
