"""The project's targets for speed: ratios of medians of one and the same run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .summary import Result, spread
from .workloads import INSTANCES


@dataclass(frozen=True)
class Figure:
    """A median to look up: of one of a round's figures, of one contender in one workload."""

    workload: str
    key: str
    figure: str = "rate"
    x: int | None = None


@dataclass(frozen=True)
class Target:
    """`figure` divided by `against` must reach `bound`, or with `under` stay below it."""

    title: str
    bound: float
    figure: Figure
    against: Figure
    under: bool = False


@dataclass(frozen=True)
class Verdict:
    """A target beside what was measured; `measured` is None where it could not be, and `why` says so."""

    title: str
    required: str
    measured: float | None
    met: bool
    why: str = ""


CLIENT = "python-flat-json"
ARRAYS = "python-flat-msgpack"
TARGETS = [
    Target("Python client, JSON, against the original's style", 6, Figure("cartpole", CLIENT),
           Figure("cartpole", "original-style")),
    Target("Python client, JSON, against OpenEnv's sync client", 2, Figure("cartpole", CLIENT),
           Figure("cartpole", "openenv-sync")),
    Target("Python client, JSON, against dm_env_rpc", 2.2, Figure("cartpole", CLIENT),
           Figure("cartpole", "dm_env_rpc")),
    Target("Python client, JSON, against the TCP floor", 0.35, Figure("cartpole", CLIENT),
           Figure("cartpole", "tcp-json")),
    Target("LuaJIT client, its defaults, against the TCP floor", 0.45, Figure("cartpole", "luajit-default"),
           Figure("cartpole", "tcp-json")),
    Target("Java client (warm), JSON, against the Python client, JSON", 1, Figure("cartpole", "java-flat-json"),
           Figure("cartpole", CLIENT)),
    Target("Atari frames, Python client, MessagePack, against the original's style", 60, Figure("pong", ARRAYS),
           Figure("pong", "original-style")),
    Target("Atari frames, Python client, MessagePack, against in-process", 0.4, Figure("pong", ARRAYS),
           Figure("pong", "in-process")),
    Target("256 CartPoles, Python client, MessagePack, against OpenEnv's single environment (sync client)", 250,
           Figure("cartpole256", ARRAYS), Figure("cartpole", "openenv-sync")),
    Target("8 Python clients on 8 instances, in total, against 1", 2, Figure("clients", CLIENT, x=8),
           Figure("clients", CLIENT, x=1)),
    Target("p99 latency against p50, one Python client, JSON", 4, Figure("cartpole", CLIENT, "p99"),
           Figure("cartpole", CLIENT, "p50"), under=True),
    Target(f"step latency (p50) with {INSTANCES} live instances against 1", 1.1,
           Figure("instances", CLIENT, "p50", INSTANCES), Figure("instances", CLIENT, "p50", 1), under=True),
]  # fmt: skip
MEMORY_TITLE = "server memory for each idle CartPole instance, kB"
MEMORY_BOUND = 100.0


def judge(results: Sequence[Result], memory: Mapping[str, Sequence[float]]) -> list[Verdict]:
    """Every target's verdict; `memory` is the bytes an instance takes, by where it lives."""
    found = {(result.workload, result.key, result.x): result for result in results}
    verdicts = [_judge(target, found) for target in TARGETS]
    bytes_each = memory.get("server")
    kilobytes = spread(bytes_each).median / 1000 if bytes_each else None
    verdicts.append(_verdict(MEMORY_TITLE, MEMORY_BOUND, True, kilobytes, "" if bytes_each else "not measured"))
    return verdicts


def _judge(target: Target, found: Mapping[tuple[str, str, int | None], Result]) -> Verdict:
    medians: list[float] = []
    for figure in (target.figure, target.against):
        result = found.get((figure.workload, figure.key, figure.x))
        if result is None or not result.rounds:
            why = "not measured" if result is None else f"{result.label}: {result.cannot_run}"
            return _verdict(target.title, target.bound, target.under, None, why)
        medians.append(result.spread(figure.figure).median)
    return _verdict(target.title, target.bound, target.under, medians[0] / medians[1])


def _verdict(title: str, bound: float, under: bool, measured: float | None, why: str = "") -> Verdict:
    met = measured is not None and (measured < bound if under else measured >= bound)
    return Verdict(title, f"{'under' if under else 'at least'} {bound:g}", measured, met, why)
