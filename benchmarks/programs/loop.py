"""What every client program written in Python does: open a session, then play rounds of steps as it is told.

A client program is started as ``PROGRAM ADDRESS VARIANT ENV_ID KWARGS NUM_ENVS NUM_ACTIONS INSTANCES`` and prints
``ready`` once its session is open. For every line ``SECONDS MAX_STEPS`` on its standard input it steps for that long,
or that often, and prints one line: the seconds that passed, resets included, and after them the microseconds of every
single step.
"""

from __future__ import annotations

import asyncio
import json
import socket
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from time import perf_counter
from typing import Any


@dataclass(frozen=True)
class Job:
    """What the driver asks of a client program.

    Attributes:
        address: of the server, as host:port or unix:PATH.
        variant: of the contender, such as the encoding.
        env_id: as for `gymnasium.make`.
        kwargs: of the environment's constructor.
        num_envs: above 1: step a vector env of that many.
        num_actions: every environment's action space is a Discrete of that size.
        instances: how many of them the program steps at once, where it can step more than one.
    """

    address: str
    variant: str
    env_id: str
    kwargs: dict[str, Any]
    num_envs: int
    num_actions: int
    instances: int

    @property
    def base(self) -> str:
        """The server's address as our Python client takes it."""
        return self.address if self.address.startswith("unix:") else f"http://{self.address}"

    def connect(self) -> socket.socket:
        """A connection to the server, whose small packets leave at once."""
        if self.address.startswith("unix:"):
            connection = socket.socket(socket.AF_UNIX)
            connection.connect(self.address.removeprefix("unix:"))
            return connection
        host, port = self.address.split(":")
        connection = socket.create_connection((host, int(port)))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    def actions(self) -> list[Any]:
        """The actions to take in turn: for a vector env lists of one for each environment."""
        if self.num_envs == 1:
            return list(range(self.num_actions))
        return [[(turn + env) % self.num_actions for env in range(self.num_envs)] for turn in range(self.num_actions)]


@dataclass(frozen=True)
class Session:
    """One environment: `step` takes an action and says whether the episode is done, `reset` begins another.

    `actions` replaces the job's where a client wants them in another form; `begin` is called before each round.
    """

    reset: Callable[[], Any]
    step: Callable[[Any], bool]
    actions: list[Any] | None = None
    begin: Callable[[], Any] = lambda: None


@dataclass(frozen=True)
class AsyncSession:
    """The same for a client that is awaited."""

    reset: Callable[[], Awaitable[Any]]
    step: Callable[[Any], Awaitable[bool]]


def read_job() -> Job:
    """The job on the command line."""
    address, variant, env_id, kwargs, num_envs, num_actions, instances = sys.argv[1:]
    return Job(address, variant, env_id, json.loads(kwargs), int(num_envs), int(num_actions), int(instances))


Play = Callable[[float, int], tuple[float, list[float]]]


def serve_rounds(play: Play) -> None:
    """Have `play` play rounds, until standard input ends.

    It is called with the seconds and the most steps of a round, and gives the seconds that passed and those of each
    step.
    """
    print("ready", flush=True)
    for line in sys.stdin:
        seconds, max_steps = line.split()
        _report(*play(float(seconds), int(max_steps)))


def run(open_session: Callable[[Job], Session]) -> None:
    """Play rounds until standard input ends."""
    job = read_job()
    session = open_session(job)
    actions = session.actions or job.actions()
    session.reset()
    serve_rounds(lambda seconds, max_steps: _round(session, actions, seconds, max_steps))


def _round(session: Session, actions: list[Any], seconds: float, max_steps: int) -> tuple[float, list[float]]:
    step, count = session.step, len(actions)
    durations: list[float] = []
    session.begin()
    start = before = perf_counter()
    end = start + seconds
    while before < end and len(durations) < max_steps:
        done = step(actions[len(durations) % count])
        after = perf_counter()
        durations.append(after - before)
        if done:
            session.reset()
            after = perf_counter()
        before = after
    return before - start, durations


def run_async(open_session: Callable[[Job], Awaitable[AsyncSession]]) -> None:
    """The same for a client that is awaited; its event loop runs on between rounds."""
    asyncio.run(_play_async(open_session))


async def _play_async(open_session: Callable[[Job], Awaitable[AsyncSession]]) -> None:
    job = read_job()
    session = await open_session(job)
    actions = job.actions()
    await session.reset()
    print("ready", flush=True)
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        seconds, max_steps = line.split()
        _report(*await _async_round(session, actions, float(seconds), int(max_steps)))


async def _async_round(
    session: AsyncSession, actions: list[Any], seconds: float, max_steps: int
) -> tuple[float, list[float]]:
    step, count = session.step, len(actions)
    durations: list[float] = []
    start = before = perf_counter()
    end = start + seconds
    while before < end and len(durations) < max_steps:
        done = await step(actions[len(durations) % count])
        after = perf_counter()
        durations.append(after - before)
        if done:
            await session.reset()
            after = perf_counter()
        before = after
    return before - start, durations


def _report(seconds: float, durations: list[float]) -> None:
    print(f"{seconds:.6f}", *(f"{duration * 1e6:.1f}" for duration in durations), flush=True)
