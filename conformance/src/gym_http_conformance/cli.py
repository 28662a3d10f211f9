"""The command line."""

from __future__ import annotations

import json
import os
import shlex
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import click

from gym_http_conformance import __version__, cases, reports, results, spec, targets
from gym_http_conformance.driver_target import DriverError, DriverTarget
from gym_http_conformance.fault_run import Differs, FaultRun, FaultRunOptions
from gym_http_conformance.http_target import HttpTarget
from gym_http_conformance.new_driver import LANGUAGES, skeleton
from gym_http_conformance.reference_servers import ReferenceServers
from gym_http_conformance.run import RunOptions, Subject, run
from gym_http_conformance.running_server import RunningServer, plain_url
from gym_http_conformance.servers import ServerError, Servers

FILE = click.Path(dir_okay=False, path_type=Path)


def _in_a_directory(_context: click.Context, _option: click.Parameter, file: Path | None) -> Path | None:
    """Refuse before the run what could not be written after it."""
    if file is not None and not (file.parent.is_dir() and os.access(file.parent, os.W_OK)):
        raise click.BadParameter(f"{file.parent} is not a directory that can be written to")
    return file


WRITTEN: dict[str, Any] = {"type": FILE, "callback": _in_a_directory}
SHARE = click.FloatRange(0, 0.9)
READ = click.Path(exists=True, dir_okay=False, path_type=Path)
OPTIONS = [
    click.option(
        "--profile",
        type=click.Choice(["original", "full"]),
        help="original: the API of 2016. By default full, and original for a running server that has nothing newer.",
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
    sources, profile = _sources(url, token, how.pop("profile"))
    again = _command_line("server", url)
    subject = Subject("server", "server", HttpTarget(contract), sources, strict=url is None, command=again)
    with closing(sources):
        sys.exit(0 if run(contract, subject, RunOptions(profile, **how)) else 1)


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
    line, directory = _driver(name, command)
    sources, profile = _sources(url, token, how.pop("profile"))
    target = DriverTarget(line, directory, _environment(sources))
    again = _command_line("client", name, "--command" if command else None, command, "--server" if url else None, url)
    subject = Subject(name or "client", "client", target, sources, strict=not url, command=again)
    with closing(sources):
        sys.exit(0 if run(contract, subject, RunOptions(profile, **how)) else 1)


@cli.command()
@click.argument("name", required=False)
@click.option("--command", help="How to start a driver that targets.yaml does not know, run in the current directory.")
@click.option("--server", "url", help="Use this running server instead of starting the reference server.")
@click.option("--token", envvar="GYM_HTTP_TOKEN", help="The running server's token (GYM_HTTP_TOKEN).")
@click.option("--steps", default=FaultRunOptions.steps, show_default=True, type=click.IntRange(min=1))
@click.option("--drop", default=FaultRunOptions.drop, show_default=True, type=SHARE, help="Share of replies dropped.")
@click.option("--cut", default=FaultRunOptions.cut, show_default=True, type=SHARE, help="Share of requests cut.")
@click.option("--seed", default=FaultRunOptions.seed, show_default=True, help="Decides actions, episodes and faults.")
@click.option("--env-id", default=FaultRunOptions.env_id, show_default=True)
@click.option("--face", type=click.Choice(["flat", "typed"]), default=FaultRunOptions.face, show_default=True)
@click.option("--encoding", type=click.Choice(["json", "msgpack"]), help="By default the client's own choice.")
@click.option("--timeout", default=FaultRunOptions.timeout, show_default=True, help="Seconds that a call may take.")
def faults(name: str | None, command: str | None, url: str | None, token: str | None, **how: Any) -> None:
    """Step a client through a network that drops replies and cuts requests, beside a local environment."""
    line, directory = _driver(name, command)
    with closing(RunningServer(url, token) if url else ReferenceServers()) as sources:
        target = DriverTarget(line, directory, _environment(sources))
        with closing(FaultRun(spec.load(), target, sources, FaultRunOptions(**how))) as fault_run:
            try:
                tally = fault_run.run()
            except Differs as difference:
                print(f"FAILED {difference}\n\n{fault_run.tally}")
                sys.exit(1)
    print(f"{how['steps']} steps as they are locally; {tally}")


@cli.command()
@click.argument("language", type=click.Choice(sorted(LANGUAGES)))
@click.argument("file", required=False, type=FILE)
def new_driver(language: str, file: Path | None) -> None:
    """Write the skeleton of a driver in LANGUAGE to FILE: for another language, take the one that reads best."""
    file = file or Path(LANGUAGES[language])
    try:
        with file.open("x", encoding="utf-8") as written:
            written.write(skeleton(spec.load(), language, str(file)))
    except FileExistsError:
        raise click.UsageError(f"{file} is there already") from None
    except OSError as error:
        raise click.UsageError(f"{file} cannot be written: {error.strerror}") from error
    print(f"{file}: fill in what says `todo`, beginning with env_create, env_reset, env_step and env_close.")


def _driver(name: str | None, command: str | None) -> tuple[list[str], Path]:
    """The driver's command line, and the directory to run it in."""
    if (name is None) == (command is None):
        raise click.UsageError(f"give a NAME ({', '.join(targets.load())}) or a --command")
    line, directory = (shlex.split(command), Path.cwd()) if command is not None else targets.command(str(name))
    if not line:
        raise click.UsageError("--command is empty: give the driver's command line")
    return line, directory


def _environment(sources: Servers) -> dict[str, str]:
    return {"GYM_HTTP_TOKEN": sources.token} if sources.token else {}


def _command_line(*words: str | None) -> str:
    return shlex.join(["gym-http-conformance", *(word for word in words if word)])


def _sources(url: str | None, token: str | None, profile: str | None) -> tuple[Servers, str]:
    """Where servers come from, and the profile: the one that is asked for, else the one that suits the server."""
    if not url:
        return ReferenceServers(), profile or "full"
    running = RunningServer(url, token)
    chosen = profile or running.profile()
    if profile is None and chosen == "original":
        print("The server has none of the operations that came after 2016, so this runs --profile original.")
        print("Give --profile full to see what else it would need.\n")
    return running, chosen


@cli.command()
@click.argument("files", nargs=-1, required=True, type=READ)
@click.option("--junit", **WRITTEN)
@click.option("--html", **WRITTEN)
@click.option("--badge", **WRITTEN)
def report(files: tuple[Path, ...], junit: Path | None, html: Path | None, badge: Path | None) -> None:
    """Join the results of several runs (--results) into one matrix, JUnit file or badge."""
    found = [results.read(file) for file in files]
    reports.write(found, junit, html, badge)
    for one in found:
        print(f"{one.target:12} {one.summary()}")
    sys.exit(0 if all(one.ok for one in found) else 1)


def _print_stdin(contract: spec.Spec, case_id: str, url: str, token: str | None) -> None:
    by_id = {case.id: case for case in cases.load(contract)}
    if case_id not in by_id:
        raise click.UsageError(f"there is no case {case_id}; --list shows them")
    case = by_id[case_id]
    lines: list[tuple[str, Any]] = [("connect", case.connection(case.connect, url, token).arguments())]
    for step in case.steps:
        if "connect" in step:
            lines.append(("connect", case.connection(step["connect"], url, token).arguments()))
        elif "call" in step and "by" not in step:
            args = cases.arguments(step.get("args"), contract.operations[step["call"]])
            lines += [("retry", {}) if "retry" in step else (step["call"], args)] * step.get("repeat", 1)
    for number, (op, args) in enumerate(lines, 1):
        print(json.dumps({"id": number, "op": op, "args": args}, ensure_ascii=False))


def main() -> None:
    """The entry point: `gym-http-conformance`."""
    try:
        cli()
    except (cases.CaseFileError, DriverError, ServerError, targets.TargetsError, ValueError) as error:
        print(f"gym-http-conformance: {error}", file=sys.stderr)
        sys.exit(2)
