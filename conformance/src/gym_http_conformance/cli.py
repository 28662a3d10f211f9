"""The command line."""

from __future__ import annotations

import fnmatch
import json
import os
import shlex
import sys
from pathlib import Path
from typing import Any

import click
from tqdm import tqdm

from gym_http_conformance import __version__, cases, coverage, known, outputs, results, spec, targets
from gym_http_conformance.cases import Case
from gym_http_conformance.driver_target import DriverError, DriverTarget
from gym_http_conformance.http_target import HttpTarget
from gym_http_conformance.results import FAILED, Report, Result
from gym_http_conformance.runner import Runner, Servers, Target
from gym_http_conformance.servers import ReferenceServers, RunningServer, ServerError, plain_url
from gym_http_conformance.steps import TIMEOUT

FILE = click.Path(dir_okay=False, path_type=Path)


def _in_a_directory(_context: click.Context, _option: click.Parameter, file: Path | None) -> Path | None:
    """Refuse before the run what could not be written after it."""
    if file is not None and not (file.parent.is_dir() and os.access(file.parent, os.W_OK)):
        raise click.BadParameter(f"{file.parent} is not a directory that can be written to")
    return file


WRITTEN: dict[str, Any] = {"type": FILE, "callback": _in_a_directory}
READ = click.Path(exists=True, dir_okay=False, path_type=Path)
OPTIONS = [
    click.option(
        "--profile", type=click.Choice(["original", "full"]), default="full", help="original: the API of 2016."
    ),
    click.option("-k", "pattern", metavar="PATTERN", help="Only cases whose id matches (* and ? allowed)."),
    click.option("--smoke", is_flag=True, help="Only the few cases that tell a broken harness from a wrong target."),
    click.option("--list", "only_list", is_flag=True, help="List the cases instead of running them."),
    click.option("--junit", **WRITTEN, help="Write JUnit XML."),
    click.option("--html", **WRITTEN, help="Write the matrix as one HTML file."),
    click.option("--badge", **WRITTEN, help="Write an SVG badge."),
    click.option("--results", "results_file", **WRITTEN, help="Write the results as JSON, which `report` reads."),
    click.option("--known-failures", type=READ, help="Read known failures from this file instead of the suite's own."),
    click.option("--write-known-failures", **WRITTEN, help="Write what failed as known failures."),
    click.option("--token", envvar="GYM_HTTP_TOKEN", help="The running server's token (GYM_HTTP_TOKEN)."),
]


def options(command: Any) -> Any:
    for option in reversed(OPTIONS):
        command = option(command)
    return command


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
def cli() -> None:
    """Decides whether a server or a client of gym-http-api works."""


@cli.command()
@click.argument("url", required=False)
@options
def server(url: str | None, token: str | None, **how: Any) -> None:
    """Check the server at URL, or the reference server, which is then started."""
    contract = spec.load()
    sources: Servers = RunningServer(url, token) if url else ReferenceServers()
    _check(contract, HttpTarget(contract), "server", "server", sources, strict=url is None, **how)


@cli.command()
@click.argument("name", required=False)
@click.option("--command", help="How to start a driver that targets.yaml does not know, run in the current directory.")
@click.option("--server", "url", help="Use this running server instead of starting the reference server.")
@click.option("--print-stdin", metavar="CASE", help="Print what a driver is fed in this case, and stop.")
@options
def client(
    name: str | None, command: str | None, url: str | None, print_stdin: str | None, token: str | None, **how: Any
) -> None:
    """Check a client through its driver: NAME of targets.yaml, or --command."""
    contract = spec.load()
    if print_stdin is not None:
        _print_stdin(contract, print_stdin, plain_url(url or "http://127.0.0.1:5000"), token)
        return
    if (name is None) == (command is None):
        raise click.UsageError(f"give a NAME ({', '.join(targets.load())}) or a --command")
    line, directory = (shlex.split(command), Path.cwd()) if command is not None else targets.command(str(name))
    if not line:
        raise click.UsageError("--command is empty: give the driver's command line")
    sources: Servers = RunningServer(url, token) if url else ReferenceServers()
    environment = {"GYM_HTTP_TOKEN": sources.token} if sources.token else {}
    target = DriverTarget(line, directory, environment)
    _check(contract, target, "client", name or "client", sources, strict=not url, **how)


@cli.command()
@click.argument("files", nargs=-1, required=True, type=READ)
@click.option("--junit", **WRITTEN)
@click.option("--html", **WRITTEN)
@click.option("--badge", **WRITTEN)
def report(files: tuple[Path, ...], junit: Path | None, html: Path | None, badge: Path | None) -> None:
    """Join the results of several runs (--results) into one matrix, JUnit file or badge."""
    reports = [results.read(file) for file in files]
    outputs.write(reports, junit, html, badge)
    for one in reports:
        print(f"{one.target:12} {one.summary()}")
    sys.exit(0 if all(one.ok for one in reports) else 1)


def _check(
    contract: spec.Spec,
    target: Target,
    kind: str,
    name: str,
    sources: Servers,
    strict: bool,
    profile: str,
    pattern: str | None,
    smoke: bool,
    only_list: bool,
    junit: Path | None,
    html: Path | None,
    badge: Path | None,
    results_file: Path | None,
    known_failures: Path | None,
    write_known_failures: Path | None,
) -> None:
    """Run, report, and exit: 0 only when all passed. `strict`: every status is within reach."""
    runner = Runner(contract, target, kind, sources, profile)
    every = cases.load(contract)
    chosen = [case for case in every if runner.selected(case) and _wanted(case, pattern, smoke)]
    if not chosen:
        wanted = f" matches {pattern!r}" if pattern else ""
        raise click.UsageError(f"no case for this target{wanted}; --list shows them")
    if only_list:
        _list(chosen)
        return
    expected = known.load(name, known_failures)
    expected.refuse_strangers({case.id for case in every})
    found = Report(target=name, label=name, profile=profile)
    try:
        _run(runner, chosen, expected, found)
        if profile == "full" and not pattern and not smoke:
            complete = kind == "server" or name in targets.load()
            unsure = set() if complete else coverage.unsure_of(found.results)
            found.results += coverage.results(contract, runner.seen, target, kind, expected, strict, unsure)
    finally:
        runner.close()
        sources.close()
    found.label = target.name or name
    found.seen = {
        operation: {str(s): n for s, n in sorted(counts.items())} for operation, counts in runner.seen.items()
    }
    if write_known_failures is not None:
        known.write(write_known_failures, name, found)
    if results_file is not None:
        results.write(found, results_file)
    outputs.write([found], junit, html, badge)
    _print_rest(found)
    print(found.summary())
    sys.exit(0 if found.ok else 1)


def _wanted(case: Case, pattern: str | None, smoke: bool) -> bool:
    return (case.smoke or not smoke) and (pattern is None or fnmatch.fnmatch(case.id, f"*{pattern}*"))


def _run(runner: Runner, chosen: list[Case], expected: known.Known, found: Report) -> None:
    runner.prepare(chosen)
    with tqdm(total=len(chosen), unit="case", disable=None, leave=False) as progress:
        for case in chosen:
            progress.set_postfix_str(f"{found.counts[FAILED]} failed, {case.id}", refresh=False)
            result = expected.judge(runner.run(case))
            found.results.append(result)
            if result.outcome == FAILED:
                tqdm.write(_failure(result))
            progress.update()


def _failure(result: Result) -> str:
    lines = [f"FAILED {result.id}: {result.title}", f"  {result.reason}"]
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


def _print_stdin(contract: spec.Spec, case_id: str, url: str, token: str | None) -> None:
    by_id = {case.id: case for case in cases.load(contract)}
    if case_id not in by_id:
        raise click.UsageError(f"there is no case {case_id}; --list shows them")
    case = by_id[case_id]
    connect: dict[str, Any] = {"base": url, "encoding": case.encoding, "timeout": TIMEOUT}
    connect |= ({} if token is None else {"token": token}) | case.connect
    lines: list[tuple[str, Any]] = [("connect", connect)]
    for step in case.steps:
        if "connect" in step:
            lines.append(("connect", connect | step["connect"]))
        elif "call" in step and "by" not in step:
            args = cases.arguments(step.get("args"), contract.operations[step["call"]])
            lines += [(step["call"], args)] * step.get("repeat", 1)
    for number, (op, args) in enumerate(lines, 1):
        print(json.dumps({"id": number, "op": op, "args": args}, ensure_ascii=False))


def main() -> None:
    """The entry point: `gym-http-conformance`."""
    try:
        cli()
    except (cases.CaseFileError, DriverError, ServerError, targets.TargetsError, ValueError) as error:
        print(f"gym-http-conformance: {error}", file=sys.stderr)
        sys.exit(2)
