"""The report as Markdown, and the block of README.md that holds it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from .summary import Result, spread
from .targets import Verdict
from .workloads import Workload

NOT_DRAWN = ("instances", "idle")  # of two points each
MEMORY = {
    "server": "an idle CartPole instance, gym-http-server",
    "in-process": "the same in-process: `gymnasium.make` alone",
    "connection": "an idle connection, gym-http-server",
}
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"


@dataclass(frozen=True)
class Run:
    """Everything that one run found."""

    date: str
    rounds: int
    seconds: float
    machine: Mapping[str, str]
    versions: Mapping[str, str]
    workloads: Sequence[Workload]
    results: Sequence[Result]
    memory: Mapping[str, Sequence[float]]
    verdicts: Sequence[Verdict]

    def of(self, workload: Workload) -> list[Result]:
        """The results of one workload, the fastest first, those that cannot run last."""
        found = [result for result in self.results if result.workload == workload.name]
        return sorted(found, key=lambda result: -result.spread("rate").median if result.rounds else 0.0)


def markdown(run: Run, pictures: str = "") -> str:
    """The report; its pictures are looked for in the directory `pictures`, with a slash at its end."""
    parts = [_machine(run), _targets(run.verdicts)]
    for workload in run.workloads:
        results = run.of(workload)
        if not results:
            continue
        parts.append(f"### {workload.title}\n\n{workload.about}")
        parts.append(_series(workload, results) if workload.varied else _bars(results))
        parts += [f"![{title}]({pictures}{name}.png)" for name, title in _pictures(workload)]
    if run.memory:
        parts.append(_memory(run.memory))
    return "\n\n".join(parts) + "\n"


def update_readme(readme: Path, text: str) -> None:
    """Put the report between the markers of `readme`.

    Raises:
        ValueError: the markers are not there, each once and in order.
    """
    before, begin, rest = (content := readme.read_text(encoding="utf-8")).partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end or content.count(BEGIN) != 1 or content.count(END) != 1:
        raise ValueError(f"{readme} must hold the lines {BEGIN} and {END}, once each and in this order")
    readme.write_text(f"{before}{BEGIN}\n\n{text}\n{END}{after}", encoding="utf-8")


def number(value: float) -> str:
    """At least three digits that count.

    >>> number(0.4312), number(7.149), number(23.41), number(9871.2)
    ('0.431', '7.15', '23.4', '9,871')
    """
    digits = 3 if value < 1 else 2 if value < 10 else 1 if value < 100 else 0
    return f"{value:,.{digits}f}"


def _pictures(workload: Workload) -> list[tuple[str, str]]:
    pictures = [(workload.name, f"{workload.title}: {'latency' if workload.name == 'sizes' else 'steps a second'}")]
    if workload.name == "cartpole":
        pictures.append(("latency", "Latency of a CartPole step: percentiles"))
    return [] if workload.name in NOT_DRAWN else pictures


def _machine(run: Run) -> str:
    facts = [f"{name}: {value}" for name, value in run.machine.items()]
    versions = [f"  - {name}: {value}" for name, value in run.versions.items()]
    played = f"- {run.date}; {run.rounds} rounds of {run.seconds:g} s for each contender, after a warm-up"
    return "\n".join([played, f"- {'; '.join(facts)}", "- versions", *versions])


def _targets(verdicts: Sequence[Verdict]) -> str:
    lines = ["### Targets", "", "| target | required | measured | |", "|---|---|---:|---|"]
    for verdict in verdicts:
        measured = "–" if verdict.measured is None else number(verdict.measured)
        state = "met" if verdict.met else verdict.why if verdict.measured is None else "**not met**"
        lines.append(f"| {_cell(verdict.title)} | {verdict.required} | {measured} | {_cell(state)} |")
    return "\n".join(lines)


def _bars(results: Sequence[Result]) -> str:
    lines = [
        "| contender | steps/s | lowest to highest round | p50, µs | p90, µs | p99, µs | CPU, µs: client | server |",
        "|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for result in results:
        if not result.rounds:
            lines.append(f"| {_cell(result.label)} | cannot run: {_cell(result.cannot_run)} | | | | | | |")
            continue
        rate = result.spread("rate")
        latencies = " | ".join(number(result.spread(figure).median) for figure in ("p50", "p90", "p99"))
        spread_told = f"{number(rate.low)} to {number(rate.high)}"
        cpu = " | ".join(_cpu(result, side) for side in ("client", "server"))
        lines.append(f"| {_cell(result.label)} | {number(rate.median)} | {spread_told} | {latencies} | {cpu} |")
    return "\n".join(lines)


def _cpu(result: Result, side: str) -> str:
    return number(result.cpu(side)) if result.cpu(side) else "–"


def _series(workload: Workload, results: Sequence[Result]) -> str:
    varied = sorted({result.x for result in results if result.x is not None})
    lines = [
        f"Steps/s · p50 latency, µs · processor time of a step, µs, client + server; by {workload.varied}:",
        "",
        f"| contender | {' | '.join(f'{x:,}' for x in varied)} |",
        f"|---|{'---:|' * len(varied)}",
    ]
    by_case = {(result.key, result.x): result for result in results}
    for key, label in {result.key: result.label for result in results}.items():
        cells = [_point(by_case.get((key, x))) for x in varied]
        lines.append(f"| {_cell(label)} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _point(result: Result | None) -> str:
    if result is None:
        return "–"
    if not result.rounds:
        return f"cannot run: {_cell(result.cannot_run)}"
    rate, latency = (number(result.spread(figure).median) for figure in ("rate", "p50"))
    return f"{rate} · {latency} · {_cpu(result, 'client')} + {_cpu(result, 'server')}"


def _memory(memory: Mapping[str, Sequence[float]]) -> str:
    lines = [
        "### Memory",
        "",
        "Growth of the process's resident memory for each instance made and reset, and for each connection kept alive",
        "after a request, in batches.",
        "",
        "| what | kB | lowest to highest batch |",
        "|---|---:|---:|",
    ]
    for what, label in MEMORY.items():
        if what in memory:
            kilobytes = spread([each / 1000 for each in memory[what]])
            told = f"{number(kilobytes.low)} to {number(kilobytes.high)}"
            lines.append(f"| {label} | {number(kilobytes.median)} | {told} |")
    return "\n".join(lines)


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())
