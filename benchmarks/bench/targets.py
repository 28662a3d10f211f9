"""The project's targets for speed: ratios of medians of one and the same run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .summary import Result, spread
from .workloads import IDLE, INSTANCES, VECTOR


@dataclass(frozen=True)
class Figure:
    """A median to look up: of one of a round's figures, of one contender in one workload."""

    workload: str
    key: str
    figure: str = "rate"
    x: int | None = None


@dataclass(frozen=True)
class Target:
    """`figure` divided by `against` must reach `bound`, or with `under` stay below it.

    With a `yardstick`, two figures, it is that ratio divided by theirs.
    """

    title: str
    bound: float
    figure: Figure
    against: Figure
    under: bool = False
    yardstick: tuple[Figure, ...] = ()


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


def _cartpole(title: str, bound: float, key: str, against: str) -> Target:
    return Target(title, bound, Figure("cartpole", key), Figure("cartpole", against))


TARGETS = [
    _cartpole("raw socket, JSON, against the previous release's server", 2.5, "raw-json", "previous-raw-json"),
    _cartpole("Python client, JSON, against the previous release's server", 2.2, CLIENT, "previous-flat-json"),
    _cartpole("raw socket, JSON, against fixed bytes behind our loop", 0.45, "raw-json", "fixed-json"),
    _cartpole("Python client, JSON, against the raw socket", 0.65, CLIENT, "raw-json"),
    _cartpole("RemoteEnv against the Python client, each in its default encoding", 0.85, "python-env-msgpack", CLIENT),
    _cartpole("Python client, JSON, against OpenEnv's sync client", 4, CLIENT, "openenv-sync"),
    _cartpole("Python client, JSON, against dm_env_rpc", 4, CLIENT, "dm_env_rpc"),
    _cartpole("Python client, JSON, against the original's style", 10, CLIENT, "original-style"),
    Target(f"{VECTOR:,} CartPoles, Python client, MessagePack, against in-process", 0.4,
           Figure("cartpole1024", ARRAYS), Figure("cartpole1024", "in-process")),
    Target("Atari frames, RemoteEnv, MessagePack, against in-process", 0.6, Figure("pong", "python-env-msgpack"),
           Figure("pong", "in-process")),
    *(Target(f"{x} connections on as many instances, in total, against the previous release's server", 1.2,
             Figure("connections", "many-json", x=x), Figure("connections", "many-previous-json", x=x))
      for x in (32, 256)),
    Target("p99 against p50, Python client, JSON, against the same ratio of the TCP ping-pong", 1.5,
           Figure("cartpole", CLIENT, "p99"), Figure("cartpole", CLIENT, "p50"), under=True,
           yardstick=(Figure("cartpole", "tcp-json", "p99"), Figure("cartpole", "tcp-json", "p50"))),
    Target(f"step latency (p50), Python client, with {IDLE:,} idle connections against none", 1.1,
           Figure("idle", CLIENT, "p50", IDLE), Figure("idle", CLIENT, "p50", 0), under=True),
    _cartpole("LuaJIT client, its defaults, against the TCP floor", 0.45, "luajit-default", "tcp-json"),
    _cartpole("Java client (warm), JSON, against the Python client, JSON", 1, "java-flat-json", CLIENT),
    Target("Atari frames, Python client, MessagePack, against the original's style", 60, Figure("pong", ARRAYS),
           Figure("pong", "original-style")),
    Target(f"step latency (p50) with {INSTANCES:,} live instances against 1", 1.1,
           Figure("instances", CLIENT, "p50", INSTANCES), Figure("instances", CLIENT, "p50", 1), under=True),
]  # fmt: skip
MEMORY = {
    "connection": ("server memory for each idle keep-alive connection, kB", 20.0),
    "server": ("server memory for each idle CartPole instance, kB", 100.0),
}


def judge(results: Sequence[Result], memory: Mapping[str, Sequence[float]]) -> list[Verdict]:
    """Every target's verdict; `memory` is the bytes that one takes, by what takes them."""
    found = {(result.workload, result.key, result.x): result for result in results}
    verdicts = [_judge(target, found) for target in TARGETS]
    for what, (title, bound) in MEMORY.items():
        bytes_each = memory.get(what)
        kilobytes = spread(bytes_each).median / 1000 if bytes_each else None
        verdicts.append(_verdict(title, bound, True, kilobytes, "" if bytes_each else "not measured"))
    return verdicts


def _judge(target: Target, found: Mapping[tuple[str, str, int | None], Result]) -> Verdict:
    medians: list[float] = []
    for figure in (target.figure, target.against, *target.yardstick):
        result = found.get((figure.workload, figure.key, figure.x))
        if result is None or not result.rounds:
            why = "not measured" if result is None else f"{result.label}: {result.cannot_run}"
            return _verdict(target.title, target.bound, target.under, None, why)
        medians.append(result.spread(figure.figure).median)
    measured = medians[0] / medians[1]
    if target.yardstick:
        measured /= medians[2] / medians[3]
    return _verdict(target.title, target.bound, target.under, measured)


def _verdict(title: str, bound: float, under: bool, measured: float | None, why: str = "") -> Verdict:
    met = measured is not None and (measured < bound if under else measured >= bound)
    return Verdict(title, f"{'under' if under else 'at least'} {bound:g}", measured, met, why)
