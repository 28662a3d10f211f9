"""schemathesis makes requests up from the contract and holds the live reference server to it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgpack
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, reject, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from gym_http_conformance import data, wire
from gym_http_conformance.reference_servers import ReferenceServers

# shutdown would end the server; of the contract's text schemathesis makes a document, which is then no string
SCHEMA: Any = schemathesis.openapi.from_path(data.path("openapi.yaml")).exclude(operation_id=["shutdown", "openapi"])
EXCLUDED = [
    not_a_server_error,  # a 500 is documented wherever an environment may raise
    positive_data_acceptance,  # a schema cannot say which environments and directories there are
    negative_data_rejection,  # old clients are served although they send text for numbers, or keys that nobody knows
]


@schemathesis.serializer(wire.MSGPACK)
def packed(_context: Any, value: Any) -> bytes:
    """A body in MessagePack, which holds no integer beyond 64 bits."""
    try:
        return bytes(msgpack.packb(value))
    except (OverflowError, ValueError, TypeError):
        reject()


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    servers = ReferenceServers()
    yield f"{servers.get('open').url}/v1"
    servers.close()


@SCHEMA.parametrize()
@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_contract_holds(case: Any, base: str) -> None:
    """Each request goes to an instance that lives, so that more than its absence is tested."""
    live = None
    if "instance_id" in (case.path_parameters or {}):
        live = requests.post(f"{base}/envs/", json={"env_id": "CartPole-v1"}, timeout=10).json()["instance_id"]
        requests.post(f"{base}/envs/{live}/reset/", timeout=10)
        case.path_parameters["instance_id"] = live
    try:
        response = case.call(base_url=base)
        case.validate_response(response, excluded_checks=EXCLUDED)
    finally:
        if live is not None:
            requests.post(f"{base}/envs/{live}/close/", timeout=10)
