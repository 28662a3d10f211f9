"""What the server serves is what the contract says, both ways."""

from __future__ import annotations

import http.client
from pathlib import Path

import pytest
from live import Api, Server

import contract
from gym_http_server.http.router import ROUTES

SPEC = Path(__file__).parents[3] / "spec" / "openapi.yaml"


def test_routes_are_those_of_the_contract() -> None:
    assert contract.operations() == ROUTES


def test_the_contract_is_served_as_shipped(json_api: Api, server: Server) -> None:
    reply = json_api.call("openapi")
    assert reply.headers["content-type"].startswith("application/yaml")
    assert reply.body == SPEC.read_bytes()
    assert (
        server.api(msgpack=True).request("GET", "/v1/openapi.yaml", headers={"Accept": contract.MSGPACK}).body
        == reply.body
    )


def test_head_is_get_without_a_body(server: Server) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    for path in ("/v1/health/", "/v1/envs"):
        connection.request("HEAD", path)
        response = connection.getresponse()
        assert (response.status, response.read()) == (200, b"")
    connection.close()


@pytest.mark.parametrize(
    "path", ["/", "/v1", "/v2/envs/", "/v1/envs/0/nothing/", "/v1/envs/0/step/1", "/v1/health/x", "/%2e"]
)
def test_404_is_a_document(api: Api, path: str) -> None:
    accept = {"Accept": contract.MSGPACK} if api.msgpack else {}
    for method in ("GET", "POST", "DELETE"):
        reply = api.request(method, path, headers=accept)
        assert reply.error == (404, "not_found")
        assert reply.document["documentation_url"] == "/v1/openapi.yaml"


@pytest.mark.parametrize("operation", sorted(contract.operations()))
def test_405_is_a_document_that_names_the_right_method(api: Api, operation: str) -> None:
    _, path = contract.operations()[operation]
    path = path.replace("{instance_id}", "0").replace("{x}", "1")
    right = {method for method, other in contract.operations().values() if other.rstrip("/") == path_of(operation)}
    for method in {"GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"} - right:
        reply = api.request(method, path, headers={"Accept": contract.MSGPACK} if api.msgpack else {})
        assert reply.error == (405, "method_not_allowed")
        assert right <= set(reply.headers["allow"].split(", "))
        assert any(name in reply.message for name in right)


def path_of(operation: str) -> str:
    return contract.operations()[operation][1].rstrip("/")
