"""One run: choose the cases, run them, judge, report."""

from __future__ import annotations

import fnmatch
from dataclasses import dataclass
from pathlib import Path

import click
from tqdm import tqdm

from gym_http_conformance import cases, coverage, known_failures, reports, results, targets
from gym_http_conformance.cases import Case
from gym_http_conformance.known_failures import KnownFailures
from gym_http_conformance.results import FAILED, Report, Result
from gym_http_conformance.runner import Runner
from gym_http_conformance.servers import Servers
from gym_http_conformance.spec import Spec
from gym_http_conformance.target import Target


@dataclass(frozen=True)
class Subject:
    """What is tested, and where it finds servers.

    `command` is the command line that tests it, `strict` says that every documented status is within reach there.
    """

    name: str
    kind: str
    target: Target
    sources: Servers
    strict: bool
    command: str


@dataclass(frozen=True)
class RunOptions:
    """Which cases to run, what is known of them, and the files to write: the command line's options by their names."""

    profile: str = "full"
    pattern: str | None = None
    smoke: bool = False
    only_list: bool = False
    junit: Path | None = None
    html: Path | None = None
    badge: Path | None = None
    results_file: Path | None = None
    known_failures: Path | None = None
    write_known_failures: Path | None = None

    def wants(self, case: Case) -> bool:
        return (case.smoke or not self.smoke) and (
            self.pattern is None or fnmatch.fnmatch(case.id, f"*{self.pattern}*")
        )

    @property
    def whole(self) -> bool:
        """Whether nothing is left out, so that coverage can be asked for."""
        return self.profile == "full" and not self.pattern and not self.smoke


def run(contract: Spec, subject: Subject, options: RunOptions) -> bool:
    """Run the chosen cases, write and print what came of them; whether all passed.

    Raises `click.UsageError` where the options choose no case, `ValueError` where the known failures are not as they
    should be.
    """
    runner = Runner(contract, subject.target, subject.kind, subject.sources, options.profile)
    every = cases.load(contract)
    chosen = [case for case in every if runner.selected(case) and options.wants(case)]
    if not chosen:
        wanted = f" matches {options.pattern!r}" if options.pattern else ""
        raise click.UsageError(f"no case for this target{wanted}; --list shows them")
    if options.only_list:
        _list(chosen)
        return True
    known = known_failures.load(subject.name, options.known_failures)
    known.refuse_strangers({case.id for case in every}, coverage.cells(contract))
    found = Report(target=subject.name, label=subject.name, profile=options.profile)
    try:
        _run_cases(runner, subject, chosen, known, found)
        if options.whole:
            found.results += _coverage(contract, subject, runner, known, found)
    finally:
        runner.close()
    found.label = subject.target.name or subject.name
    found.seen = {
        operation: {str(status): count for status, count in sorted(counts.items())}
        for operation, counts in runner.context.seen.items()
    }
    _write(found, options)
    _print_rest(found)
    print(found.summary())
    return found.ok


def _coverage(contract: Spec, subject: Subject, runner: Runner, known: KnownFailures, report: Report) -> list[Result]:
    complete = subject.kind == "server" or subject.name in targets.load()
    unsure = set() if complete else coverage.unsure_of(report.results)
    found = coverage.results(contract, runner.context.seen, subject.target, subject.kind, known, subject.strict, unsure)
    if subject.kind == "server":
        found += coverage.codes(contract, runner.context.codes, known, subject.strict)
    return found


def _run_cases(runner: Runner, subject: Subject, chosen: list[Case], known: KnownFailures, found: Report) -> None:
    runner.prepare(chosen)
    with tqdm(total=len(chosen), unit="case", disable=None, leave=False) as progress:
        for case in chosen:
            progress.set_postfix_str(f"{found.counts[FAILED]} failed, {case.id}", refresh=False)
            result = known.judge(runner.run(case))
            found.results.append(result)
            if result.outcome == FAILED:
                tqdm.write(_failure(result, subject))
            progress.update()


def _write(found: Report, options: RunOptions) -> None:
    if options.write_known_failures is not None:
        known_failures.write(options.write_known_failures, found)
    if options.results_file is not None:
        results.write(found, options.results_file)
    reports.write([found], options.junit, options.html, options.badge)


def _failure(result: Result, subject: Subject) -> str:
    lines = [f"FAILED {result.id}: {result.title}", f"  {result.reason}"]
    if result.fix:
        lines.append(f"  To change: {result.fix}")
    lines.append(f"  This case alone: {subject.command} -k {result.id}")
    return "\n".join(lines + [f"    {line}" for line in result.exchanges.splitlines()]) + "\n"


def _print_rest(found: Report) -> None:
    """What the progress did not show: cells that were not seen, and what was skipped, by its reason."""
    skipped: dict[str, list[str]] = {}
    for result in found.results:
        if result.outcome == results.SKIPPED:
            skipped.setdefault(result.reason, []).append(result.id)
        elif result.outcome == FAILED and result.id.startswith(coverage.PREFIX):
            print(f"FAILED {result.id}: {result.reason}")
    for reason, ids in skipped.items():
        names = ", ".join(ids) if len(ids) <= 5 else f"{', '.join(ids[:3])} and {len(ids) - 3} more"
        print(f"SKIPPED {names}: {reason.splitlines()[0]}")


def _list(chosen: list[Case]) -> None:
    for case in chosen:
        print(f"{case.id:60} {case.title}")
    print(f"{len(chosen)} cases")
