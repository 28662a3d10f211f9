"""The command: measures, and writes report.md, results.json and the pictures."""

from __future__ import annotations

import argparse
import datetime
import json
import shutil
import signal
import sys
import tempfile
import time
from dataclasses import asdict
from fnmatch import fnmatch
from pathlib import Path

import psutil

from . import machine, memory, plots
from .arena import Arena
from .report import Run, markdown, update_readme
from .rounds import play
from .runtimes import Runtimes
from .summary import Result
from .targets import judge
from .workloads import WORKLOADS, Workload

HERE = Path(__file__).resolve().parent.parent


def main() -> None:
    """Measure what the command line asks for."""
    arguments = _parser().parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the servers are ended too
    workloads = [workload.only(arguments.only) for workload in WORKLOADS]
    workloads = [workload for workload in workloads if workload.cases]
    with_memory = fnmatch("memory", arguments.only)
    if not workloads and not with_memory:
        sys.exit(f"--only {arguments.only}: no such workload or contender; see the lists in bench/")
    facts, before = machine.describe(), psutil.cpu_times()
    with tempfile.TemporaryDirectory(prefix="gym-http-peers-", dir=arguments.work) as directory:
        runtimes = Runtimes(Path(directory))
        results = [result for each in workloads for result in _measure(each, runtimes, arguments)]
        held = _memory(runtimes) if with_memory else {}
        versions = runtimes.versions()
    facts["processor time withheld by the host"] = machine.withheld(before, psutil.cpu_times())
    date = datetime.date.today().isoformat()
    verdicts = judge(results, held)
    run = Run(date, arguments.rounds, arguments.seconds, facts, versions, workloads, results, held, verdicts)
    _write(run, arguments.out)
    if arguments.update_readme:
        kept = HERE / "results"
        kept.mkdir(exist_ok=True)
        for path in [*arguments.out.glob("*.png"), arguments.out / "results.json"]:
            shutil.copy(path, kept)
        update_readme(HERE / "README.md", markdown(run, "results/"))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    add = parser.add_argument
    add("--rounds", type=int, default=7, help="interleaved rounds, at least 5 for figures to keep (%(default)s)")
    add("--seconds", type=float, default=1.0, help="length of a round (%(default)s)")
    add(
        "--only",
        default="*",
        metavar="PATTERN",
        help="shell pattern: of a workload (pong, memory), of contenders (python-*) or of both (pong/java-*)",
    )
    add("--out", type=Path, default=HERE / "build", metavar="DIR", help="where to write (%(default)s)")
    add("--work", type=Path, metavar="DIR", help="where to install peers, for the time of the run (the system's own)")
    add("--update-readme", action="store_true", help="put report and pictures into benchmarks/README.md as well")
    return parser


def _measure(workload: Workload, runtimes: Runtimes, arguments: argparse.Namespace) -> list[Result]:
    start = time.monotonic()
    _say(f"{workload.name}: {len(workload.cases)} cases, {arguments.rounds} rounds")
    with Arena(runtimes) as arena:
        results = play(workload, arena, arguments.rounds, arguments.seconds)
    for result in results:
        if result.cannot_run:
            _say(f"  {result.label} cannot run: {result.cannot_run}")
    _say(f"  took {time.monotonic() - start:.0f} s")
    return results


def _memory(runtimes: Runtimes) -> dict[str, list[float]]:
    _say("memory: an idle CartPole instance, an idle connection")
    return {
        "server": memory.on_our_server(runtimes),
        "in-process": memory.in_process(runtimes),
        "connection": memory.of_connections(runtimes),
    }


def _write(run: Run, out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    text = markdown(run)
    document = {
        "date": run.date,
        "rounds": run.rounds,
        "seconds": run.seconds,
        "machine": run.machine,
        "versions": run.versions,
        "results": [result.as_json() for result in run.results],
        "memory_bytes_each": run.memory,
        "targets": [asdict(verdict) for verdict in run.verdicts],
    }
    (out / "results.json").write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    (out / "report.md").write_text(text, encoding="utf-8")
    plots.draw(run, out)
    print(text)
    _say(f"Written to {out}: report.md, results.json and the pictures")


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


main()
