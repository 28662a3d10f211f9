"""Every documented fact is seen to differ: a server for which it never does fails the case that frozen.yaml names."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from mutation import Frozen

from gym_http_conformance import cases, data, spec, wire
from gym_http_conformance.http_target import HttpTarget
from gym_http_conformance.reference_servers import ReferenceServers
from gym_http_conformance.results import FAILED
from gym_http_conformance.runner import Runner
from gym_http_conformance.spec import JSON, Spec

CONTRACT = spec.load()
CASES = {case.id: case for case in cases.load(CONTRACT)}
FROZEN: dict[str, dict[str, Any]] = data.load_yaml(Path(__file__).with_name("frozen.yaml"))
SEEN = [
    (operation, path, case)
    for operation, facts in FROZEN.items()
    for path, case in facts.items()
    if isinstance(case, str)
]


def documented(contract: Spec, schema: Any, path: tuple[str, ...] = (), within: tuple[str, ...] = ()) -> Iterator[str]:
    """Dotted paths of the facts below `schema`, constants left out; a schema within itself is not followed again."""
    if isinstance(schema, dict) and "$ref" in schema:
        if schema["$ref"] in within:
            return
        within = (*within, schema["$ref"])
    schema = contract.follow(schema)
    for choice in ("oneOf", "anyOf", "allOf"):
        for option in schema.get(choice, []):
            yield from documented(contract, option, path, within)
    for name, inner in schema.get("properties", {}).items():
        if "const" not in contract.follow(inner) or name == "name":
            yield ".".join((*path, name))
        if name not in NESTED:
            yield from documented(contract, inner, (*path, name), within)
    if "items" in schema and "properties" in contract.follow(schema["items"]):
        yield from documented(contract, schema["items"], (*path, "[]"), within)


NESTED = {"spaces", "space", "node_space", "edge_space", "single"}
"""Hold spaces, which are looked at where they stand alone."""


def test_every_documented_fact_is_there() -> None:
    missing = []
    for operation in CONTRACT.operations.values():
        for media, content in CONTRACT.response_content(operation.id, 200).items():
            if media in {JSON, wire.MSGPACK}:
                told = FROZEN.get(operation.id, {})
                facts = dict.fromkeys(documented(CONTRACT, content.get("schema", {})))
                missing += [f"{operation.id} {path}" for path in facts if path not in told]
    assert not missing, "give each a case in which it is seen to differ"


@pytest.mark.parametrize(("operation", "path", "case"), SEEN, ids=lambda value: str(value))
def test_a_frozen_fact_is_caught(operation: str, path: str, case: str, servers: ReferenceServers) -> None:
    runner = Runner(CONTRACT, HttpTarget(CONTRACT), "server", servers, rewrites=Frozen(CONTRACT, operation, path))
    try:
        result = runner.run(CASES[case])
    finally:
        runner.close()
    assert result.outcome == FAILED, f"{case} does not catch a server whose {operation} always tells the same {path}"
