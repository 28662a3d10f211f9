"""What an idle CartPole, and an idle connection, costs in memory: how much a process grows by each of many."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import psutil

from .arena import Arena, populate
from .contenders import BY_KEY
from .idle import hold
from .processes import Child
from .runtimes import Runtimes
from .workloads import CARTPOLE, Case

BATCHES, BATCH = 5, 200
CONNECTIONS = 800


def on_our_server(runtimes: Runtimes) -> list[float]:
    """Bytes of resident memory for each instance, of several batches of instances made and reset over HTTP."""
    with Arena(runtimes) as arena:
        server = arena.server("ours", Case(BY_KEY["python-flat-json"], CARTPOLE))
        return _growth(server, lambda: populate(server.address, CARTPOLE, BATCH), BATCH)


def of_connections(runtimes: Runtimes) -> list[float]:
    """The same for each connection that is kept alive after a request."""
    held = []
    with Arena(runtimes) as arena:
        server = arena.server("ours", Case(BY_KEY["python-flat-json"], CARTPOLE))
        try:
            return _growth(server, lambda: held.extend(hold(server.address, CONNECTIONS)), CONNECTIONS)
        finally:
            for connection in held:
                connection.close()


def in_process(runtimes: Runtimes) -> list[float]:
    """The same of a process that makes the environments itself: the part that no server can save."""
    child = Child(runtimes.command("python", "in_process_memory.py"), runtimes.environment("python"))

    def grow() -> None:
        assert child.process.stdin is not None
        assert child.process.stdout is not None
        child.process.stdin.write(f"{BATCH}\n")
        child.process.stdin.flush()
        if child.process.stdout.readline() != "made\n":
            raise child.failure()

    try:
        return _growth(child, grow, BATCH)
    finally:
        child.stop()


def _growth(child: Child, grow: Callable[[], None], count: int) -> list[float]:
    grow()  # what the first instances bring in, modules and pools, is not the cost of each
    resident = [_resident(child)]
    for _ in range(BATCHES):
        grow()
        resident.append(_resident(child))
    return [(after - before) / count for before, after in pairwise(resident)]


def _resident(child: Child) -> int:
    process = psutil.Process(child.process.pid)
    return sum(each.memory_info().rss for each in [process, *process.children(recursive=True)])
