"""Nothing about an operation is written twice, so an operation of the spec that something lacks is found here."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from gym_http_conformance import cases, coverage, spec, targets
from gym_http_conformance.driver_target import DriverTarget
from gym_http_conformance.http_target import HttpTarget
from gym_http_conformance.known_failures import KnownFailures
from gym_http_conformance.reference_servers import ReferenceServers
from gym_http_conformance.results import FAILED
from gym_http_conformance.runner import Runner
from gym_http_conformance.spec import Spec
from gym_http_conformance.target import Connection

CONTRACT = spec.load()


def without_a_case(contract: Spec) -> list[str]:
    """Operations that only the cases made for every operation call."""
    about = {name for case in cases.load(contract) if "operation" not in case.bound for name in case.covers}
    return [operation for operation in contract.operations if operation not in about]


def without_a_route(contract: Spec, servers: ReferenceServers) -> list[str]:
    """Operations that the server answers as it answers paths or methods that it does not have."""
    target = HttpTarget(contract)
    endpoint = servers.get("open")
    target.connect(Connection(endpoint.url))
    missing = []
    for operation in contract.operations.values():
        if operation.id != "shutdown":  # its route is proved by the refusals, and by its own case
            args = cases.arguments({"$example": True, "instance_id": "0badf00d"}, operation)
            if target.send(target.request_for(operation.id, args)).status in {404, 405}:
                missing.append(operation.id)
    target.close()
    return missing


def without_a_method(contract: Spec, name: str) -> list[str]:
    """Operations that the driver of a client of this repository does not list."""
    line, directory = targets.command(name)
    driver = DriverTarget(line, directory, {})
    try:
        driver.connect(Connection("http://127.0.0.1:9"))
        return [o.id for o in contract.operations.values() if o.form_of is None and o.id not in driver.operations]
    finally:
        driver.close()


@pytest.fixture(scope="module")
def grown() -> Spec:
    """The contract with an operation more, as somebody adds it who adds nothing else."""
    document: dict[str, Any] = copy.deepcopy(CONTRACT.document)
    document["paths"]["/envs/{instance_id}/rewind/"] = {
        "parameters": [{"$ref": "#/components/parameters/InstanceId"}],
        "post": {
            "operationId": "env_rewind",
            "responses": document["paths"]["/envs/{instance_id}/close/"]["post"]["responses"],
        },
    }
    return Spec(document)


def test_every_operation_has_cases() -> None:
    assert without_a_case(CONTRACT) == [], "these operations of spec/openapi.yaml have no case in conformance/cases"


def test_every_case_says_what_to_change() -> None:
    silent = sorted({case.id for case in cases.load(CONTRACT) if not case.fix})
    assert silent == [], "these cases of conformance/cases have no `fix`"


def test_every_operation_has_a_route(servers: ReferenceServers) -> None:
    assert without_a_route(CONTRACT, servers) == [], "these operations of spec/openapi.yaml have no route in the server"


def test_every_operation_has_a_client_method() -> None:
    missing = without_a_method(CONTRACT, "python")
    assert missing == [], "these operations of spec/openapi.yaml are no methods that the Python client's driver lists"


def test_a_new_operation_is_missed_everywhere(grown: Spec, servers: ReferenceServers) -> None:
    assert without_a_case(grown) == ["env_rewind"]
    assert without_a_route(grown, servers) == ["env_rewind"]
    assert without_a_method(grown, "python") == ["env_rewind"]


def test_a_new_operation_fails_the_run(grown: Spec, servers: ReferenceServers) -> None:
    driver = DriverTarget(["true"], targets.command("python")[1], {})
    failed = [
        result.id
        for kind in ("server", "client")
        for result in coverage.results(
            grown, Runner(grown, driver, kind, servers).context.seen, driver, kind, KnownFailures(), strict=True
        )
        if result.outcome == FAILED and "env_rewind" in result.covers
    ]
    assert failed.count("seen env_rewind 200") == 2
    codes = coverage.codes(grown, set(), KnownFailures(), strict=True)
    assert "seen env_rewind 400 unknown_instance" in {result.id for result in codes if result.outcome == FAILED}
    refusals = [case.id for case in cases.load(grown) if "env-rewind" in case.id]
    assert "refused-without-token-env-rewind" in refusals
    assert "error-of-every-operation-env-rewind-410" in refusals
