"""What is measured: each workload is a list of cases, which are played in turn, round by round."""

from __future__ import annotations

from dataclasses import dataclass, field
from fnmatch import fnmatch
from typing import Any

from .contenders import AT_ONE, BY_KEY, EVERYWHERE, Contender


@dataclass(frozen=True)
class Case:
    """One contender at one piece of work.

    Attributes:
        x: what is varied, where the workload varies something.
        clients: how many client processes step at once, each an environment of its own.
        instances: how many instances live on the server meanwhile.
        at_once: how many instances one client program steps at once.
        idle: how many connections to the server are kept alive meanwhile.
    """

    contender: Contender
    env_id: str
    num_actions: int = 2
    num_envs: int = 1
    kwargs: dict[str, Any] = field(default_factory=dict)
    clients: int = 1
    instances: int = 1
    at_once: int = 1
    idle: int = 0
    x: int | None = None


@dataclass(frozen=True)
class Workload:
    """Cases that are compared with each other.

    Attributes:
        name: names it in ``--only``, in the JSON file and in the plots' file names.
        title: the heading in the report.
        about: what exactly is done, for the report.
        varied: what `x` of the cases is, empty where nothing is varied.
        length: of its rounds, as a part of ``--seconds``.
    """

    name: str
    title: str
    about: str
    cases: list[Case]
    varied: str = ""
    length: float = 1.0

    def only(self, pattern: str) -> Workload:
        """Those cases whose ``workload/contender`` fits the shell pattern, or one of whose two parts does."""
        kept = [
            case
            for case in self.cases
            if any(
                fnmatch(name, pattern) for name in (f"{self.name}/{case.contender.key}", self.name, case.contender.key)
            )
        ]
        return Workload(self.name, self.title, self.about, kept, self.varied, self.length)


CARTPOLE, PONG, SLOW = "CartPole-v1", "ALE/Pong-v5", "Slow-v0"
VECTOR = 1024
INSTANCES = 1000
IDLE = 5000
SERIES = ("python-flat-json", "luajit-default", "openenv-sync", "dm_env_rpc", "original-style")
SIZED = ("python-flat-json", "python-flat-msgpack", "openenv-sync", "dm_env_rpc", "original-style")
ENVS = ("python-flat-json", "python-flat-msgpack", "python-env-msgpack", "in-process")
MANY = ("many-json", "many-unix-json", "many-previous-json", "many-fixed-json")
OVERLAPPING = ("serial", "async", "pool", "many-json")


def _clients() -> list[Case]:
    return [Case(BY_KEY[key], CARTPOLE, clients=x, x=x) for x in (1, 2, 4, 8) for key in SERIES]


def _envs() -> list[Case]:
    return [Case(BY_KEY[key], CARTPOLE, num_envs=x, x=x) for x in (1, 4, 16, 64, 256, VECTOR) for key in ENVS]


def _connections() -> list[Case]:
    return [Case(BY_KEY[key], CARTPOLE, at_once=x, x=x) for x in (1, 8, 32, 256) for key in MANY]


def _overlap() -> list[Case]:
    cases = []
    for x in (1, 4, 16, 64):
        cases += [Case(BY_KEY[key], SLOW, at_once=x, x=x) for key in OVERLAPPING]
        cases.append(Case(BY_KEY["async-vector-env"], SLOW, num_envs=x, x=x))
    return cases


def _sizes() -> list[Case]:
    sizes = (4, 256, 4096, 65536, 262144)
    return [Case(BY_KEY[key], "Sized-v0", kwargs={"size": size}, x=4 * size) for size in sizes for key in SIZED]


WORKLOADS = [
    Workload(
        "cartpole", "CartPole, one environment, one client",
        "One step after the other, and a reset when an episode is done.",
        [Case(contender, CARTPOLE) for contender in (*EVERYWHERE, *AT_ONE)],
    ),
    Workload(
        "pong", "Atari frames",
        "`ALE/Pong-v5`, one environment, one client: every observation is a frame of 210 × 160 × 3 bytes.",
        [Case(contender, PONG, num_actions=6) for contender in EVERYWHERE],
    ),
    Workload(
        "cartpole1024", f"{VECTOR:,} CartPoles in one vector env",
        "One call steps all of them; the rate counts single environments' steps, the latency calls.",
        [Case(contender, CARTPOLE, num_envs=VECTOR) for contender in EVERYWHERE],
    ),
    Workload(
        "clients", "Several clients at once",
        "CartPole; every client is a process with an instance of its own on the one server. The rate is the total.",
        _clients(), "clients", 0.5,
    ),
    Workload(
        "connections", "Many connections at once",
        "CartPole; one client process drives all connections from one thread, an instance for each. The rate is the "
        "total.",
        _connections(), "connections", 0.5,
    ),
    Workload(
        "overlap", "Environments that wait",
        "Each step waits 10 ms; one client process and thread steps all instances. The rate is the total.",
        _overlap(), "instances", 0.5,
    ),
    Workload(
        "envs", "Environments in one vector env",
        "CartPole; the rate counts single environments' steps, the latency calls.",
        _envs(), "environments", 0.5,
    ),
    Workload(
        "sizes", "Size of the observation",
        "An environment that costs nothing itself and observes so many bytes of float32 numbers.",
        _sizes(), "bytes", 0.5,
    ),
    Workload(
        "instances", "Live instances on the server",
        "CartPole, one client that steps one instance while the others idle.",
        [Case(BY_KEY["python-flat-json"], CARTPOLE, instances=x, x=x) for x in (1, INSTANCES)],
        "instances",
    ),
    Workload(
        "idle", "Idle connections",
        "CartPole, one client; all other connections are kept alive and ask nothing.",
        [Case(BY_KEY[key], CARTPOLE, idle=x, x=x) for x in (0, IDLE) for key in ("python-flat-json", "raw-json")],
        "idle connections",
    ),
]  # fmt: skip
