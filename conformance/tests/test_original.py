"""A server with nothing but the API of 2016 passes the profile `original`, and not `full`."""

from __future__ import annotations

from odd_servers import Server2016

from gym_http_conformance import cases, spec
from gym_http_conformance.http_target import HttpTarget
from gym_http_conformance.reference_servers import ReferenceServers
from gym_http_conformance.results import FAILED, PASSED
from gym_http_conformance.runner import Runner

CONTRACT = spec.load()


def failures(profile: str, servers: ReferenceServers, limit: int) -> list[str]:
    """The first cases of the profile that fail."""
    runner = Runner(CONTRACT, HttpTarget(CONTRACT), "server", servers, profile, Server2016())
    found: list[str] = []
    ran = 0
    try:
        for case in cases.load(CONTRACT):
            if runner.selected(case) and case.server == "open" and len(found) < limit:
                result = runner.run(case)
                assert result.outcome in {PASSED, FAILED}, result.reason
                ran += 1
                found += [f"{result.id}: {result.reason}"] if result.outcome == FAILED else []
    finally:
        runner.close()
    assert ran
    return found


def test_passes_original(servers: ReferenceServers) -> None:
    assert failures("original", servers, 100) == []


def test_does_not_pass_full(servers: ReferenceServers) -> None:
    assert len(failures("full", servers, 10)) == 10
