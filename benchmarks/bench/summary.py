"""From the latencies of a round to its figures, and from the figures of some rounds to a median and its spread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from math import ceil
from statistics import median
from typing import Any


@dataclass(frozen=True)
class Round:
    """One round of one contender.

    Attributes:
        rate: environment steps a second, of all clients and all environments of a vector env.
        p50, p90, p99, p999: percentiles of the latency of a step (for a vector env, of a call) in microseconds.
        calls: how many latencies they are of.
        client_cpu, server_cpu: processor time in seconds that the clients and the server took, resets included.
    """

    rate: float
    p50: float
    p90: float
    p99: float
    p999: float
    calls: int
    client_cpu: float = 0.0
    server_cpu: float = 0.0


@dataclass(frozen=True)
class Spread:
    """A median, and the lowest and the highest value."""

    median: float
    low: float
    high: float


@dataclass
class Result:
    """What a case gave: rounds, or why there are none. `num_envs` is how many environments a call steps."""

    workload: str
    key: str
    label: str
    family: str
    x: int | None
    num_envs: int = 1
    rounds: list[Round] = field(default_factory=list)
    cannot_run: str = ""

    def spread(self, figure: str) -> Spread:
        """Of one of a round's figures over all rounds."""
        return spread([getattr(one, figure) for one in self.rounds])

    def cpu(self, side: str) -> float:
        """Processor time of the ``client`` or ``server`` processes for each environment's step in microseconds.

        Over all rounds: systems count it in hundredths of a second, which is too coarse for one of them.
        """
        steps = sum(one.calls for one in self.rounds) * self.num_envs
        return sum(getattr(one, f"{side}_cpu") for one in self.rounds) * 1e6 / steps

    def as_json(self) -> dict[str, Any]:
        """For the JSON file: the rounds and the medians of their figures."""
        document = asdict(self)
        if self.rounds:
            figures = ("rate", "p50", "p90", "p99", "p999")
            document["median"] = {figure: self.spread(figure).median for figure in figures}
            document["cpu_us_per_step"] = {side: self.cpu(side) for side in ("client", "server")}
        return document


def spread(values: Sequence[float]) -> Spread:
    """The median of some values, at least one, with the lowest and the highest.

    >>> spread([3.0, 1.0, 10.0])
    Spread(median=3.0, low=1.0, high=10.0)
    """
    return Spread(median(values), min(values), max(values))


def percentile(ordered: Sequence[float], part: float) -> float:
    """The nearest-rank percentile: the smallest value that at least `part` (above 0, at most 1) of all do not exceed.

    >>> percentile([1.0, 2.0, 3.0, 4.0], 0.5), percentile([1.0, 2.0, 3.0, 4.0], 0.99)
    (2.0, 4.0)
    """
    return ordered[max(0, ceil(part * len(ordered)) - 1)]


def summarize(
    clients: Sequence[tuple[float, Sequence[float]]],
    num_envs: int = 1,
    client_cpu: float = 0.0,
    server_cpu: float = 0.0,
) -> Round:
    """The figures of one round of clients that stepped at the same time.

    Args:
        clients: of each its seconds, resets included, and the latency of each of its steps in microseconds.
        num_envs: how many environments one step steps.
        client_cpu, server_cpu: as in `Round`.
    """
    latencies = sorted(latency for _, each in clients for latency in each)
    return Round(
        rate=sum(len(each) * num_envs / seconds for seconds, each in clients),
        p50=percentile(latencies, 0.5),
        p90=percentile(latencies, 0.9),
        p99=percentile(latencies, 0.99),
        p999=percentile(latencies, 0.999),
        calls=len(latencies),
        client_cpu=client_cpu,
        server_cpu=server_cpu,
    )
