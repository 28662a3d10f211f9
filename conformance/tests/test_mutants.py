"""Every mutant is caught, by the case that it names; and that case passes where nothing is broken."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from mutation import Mutant

from gym_http_conformance import cases, data, spec, targets
from gym_http_conformance.cases import Case
from gym_http_conformance.driver_target import DriverError, DriverTarget
from gym_http_conformance.http_target import HttpTarget
from gym_http_conformance.reference_servers import ReferenceServers
from gym_http_conformance.results import FAILED, PASSED
from gym_http_conformance.runner import Runner
from gym_http_conformance.target import Connection

CONTRACT = spec.load()
CASES = {case.id: case for case in cases.load(CONTRACT)}
MUTANTS: list[dict[str, Any]] = data.load_yaml(Path(__file__).with_name("mutants.yaml"))
BEFORE = "import sys, runpy; exec(sys.argv.pop(1)); runpy.run_path(sys.argv[1], run_name='__main__')"


class BrokenDriver(DriverTarget):
    """A driver that connects otherwise than it is told."""

    changes: Mapping[str, Any] = {}

    def connect(self, connection: Connection) -> None:
        super().connect(replace(connection, **self.changes))


def python_driver(servers: ReferenceServers, before: str = "") -> BrokenDriver:
    """The Python client's driver, which runs `before` first."""
    line, directory = targets.command("python")
    if before:
        line = [line[0], "-c", BEFORE, before, *line[1:]]
    return BrokenDriver(line, directory, {"GYM_HTTP_TOKEN": str(servers.token)})


@pytest.fixture(scope="module")
def shared(servers: ReferenceServers) -> Iterator[BrokenDriver]:
    """The driver of all clients that need no process of their own, and leave nothing to close."""
    driver = python_driver(servers)
    yield driver
    driver.close()


def run(
    case: Case, kind: str, servers: ReferenceServers, driver: BrokenDriver, mutant: Mutant | None = None
) -> tuple[str, str]:
    """Outcome and reason of one case against a server or client, broken or whole."""
    own = (mutant is not None and bool(mutant.python)) or "face" in case.connect
    if own:
        driver = python_driver(servers, "" if mutant is None else mutant.python)
    driver.rewrite = None if mutant is None else mutant.answered
    driver.changes = {} if mutant is None else mutant.connect
    runner = Runner(CONTRACT, HttpTarget(CONTRACT) if kind == "server" else driver, kind, servers, rewrites=mutant)
    try:
        runner.prepare([case])
        result = runner.run(case)
    except DriverError as error:  # which ends the run
        return FAILED, str(error)
    finally:
        if not own:
            runner.context.target = runner.context.suite  # the driver outlives its runner: starting one takes long
        runner.close()
    return result.outcome, result.reason


def test_there_are_many_and_each_is_told_apart() -> None:
    assert len(MUTANTS) >= 40
    assert {mutant["target"] for mutant in MUTANTS} == {"server", "client"}
    names = [(mutant["target"], mutant["name"]) for mutant in MUTANTS]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    ("kind", "case_id"), sorted({(mutant["target"], mutant["caught_by"]) for mutant in MUTANTS}), ids=str
)
def test_whole_target_passes(kind: str, case_id: str, servers: ReferenceServers, shared: BrokenDriver) -> None:
    assert run(CASES[case_id], kind, servers, shared) == (PASSED, "")


@pytest.mark.parametrize("described", MUTANTS, ids=lambda described: f"{described['target']}: {described['name']}")
def test_mutant_is_caught(described: dict[str, Any], servers: ReferenceServers, shared: BrokenDriver) -> None:
    # As a busy machine may delay a whole target, it may hide a broken one: pauses vary that should not.
    attempts = described.get("attempts", 1)
    fields = {name: value for name, value in described.items() if name != "attempts"}
    mutant = Mutant(spec=CONTRACT, token=str(servers.token), **fields)
    for _ in range(attempts):
        outcome, reason = run(CASES[mutant.caught_by], mutant.target, servers, shared, mutant)
        if outcome == FAILED:
            break
    assert outcome == FAILED, f"{mutant.caught_by} does not catch: {mutant.name}"
    print(f"{mutant.name}: caught by {mutant.caught_by}: {reason}")
