"""A step has two ways in, the door's own and Flask's route: they answer alike, to the byte. And what is compressed."""

from __future__ import annotations

import gzip
import json
import re
from typing import Any

import msgpack
import pytest
from flask import Flask
from live import Api
from werkzeug.test import TestResponse

from contract import MSGPACK
from gym_http_server import create_app
from gym_http_server.http import gateway as door
from gym_http_server.settings import Settings

MAX_BODY = 2000
PACKED, PACKED_BODY = {"Accept": MSGPACK}, {"Content-Type": MSGPACK}
STEP = b'{"action": 1}'

# Name: the path after /v1/envs/, body and headers; {id} is an instance that has been reset.
REQUESTS: dict[str, tuple[str, bytes | None, dict[str, str]]] = {
    "step": ("{id}/step/", STEP, {}),
    "no slash": ("{id}/step", STEP, {}),
    "slashes": ("/{id}///step//", STEP, {}),
    "packed reply": ("{id}/step/", STEP, PACKED),
    "packed request": ("{id}/step/", msgpack.packb({"action": 1}), PACKED_BODY),
    "all packed": ("{id}/step/", msgpack.packb({"action": 1}), {**PACKED, **PACKED_BODY}),
    "lenient action": ("{id}/step/", b'{"action": ["1"], "render": "true", "x": null}', {"Content-Type": "text/plain"}),
    "html only": ("{id}/step/", STEP, {"Accept": "text/html"}),
    "query": ("{id}/step/?action=0&instance_id=0", STEP, {}),
    "wrong action": ("{id}/step/", b'{"action": 7}', {}),
    "wrong action, packed": ("{id}/step/", b'{"action": 7}', PACKED),
    "no action": ("{id}/step/", b"{}", {}),
    "no body": ("{id}/step/", None, {}),
    "wrong render": ("{id}/step/", b'{"action": 1, "render": 2}', {}),
    "malformed": ("{id}/step/", b"{", {}),
    "malformed, packed": ("{id}/step/", b"\xc1", {**PACKED, **PACKED_BODY}),
    "too large": ("{id}/step/", b"x" * (MAX_BODY + 1), {}),
    "compressed": ("{id}/step/", STEP, {"Content-Encoding": "gzip"}),
    "key": ("{id}/step/", STEP, {"Idempotency-Key": "a"}),
    "key again": ("{id}/step/", STEP, {"Idempotency-Key": "a"}),
    "key reused": ("{id}/step/", b'{"action": 0}', {"Idempotency-Key": "a"}),
    "key too long": ("{id}/step/", STEP, {"Idempotency-Key": "k" * 256}),
    "not reset": ("{new}/step/", STEP, {}),
    "unknown": ("0/step/", STEP, {}),
    "unknown, packed": ("0/step/", STEP, PACKED),
    "encoded id": ("%C3%A9%20%00%22/step/", STEP, {}),
    "encoded newline": ("a%0Ab/step/", STEP, {}),
    "no UTF-8": ("%FF/step/", STEP, {}),
    "foreign host": ("{id}/step/", STEP, {"Host": "evil.example"}),
    "foreign origin": ("{id}/step/", STEP, {"Origin": "https://evil.example"}),
    "allowed origin": ("{id}/step/", STEP, {"Origin": "https://lab.example"}),
    "allowed origin, wrong": ("{id}/step/", b"{}", {"Origin": "https://lab.example"}),
    "the environment fails": ("{odd}/step/", STEP, {}),
}


def make_app() -> tuple[Flask, dict[str, str]]:
    """An application with instances that are the same in each."""
    app = create_app(Settings(imports=("odd_envs",), max_body=MAX_BODY, allow_origins=("https://lab.example",)))
    client = app.test_client()
    ids = {}
    for name, env_id in (("id", "MountainCar-v0"), ("new", "MountainCar-v0"), ("odd", "Odd-v3")):
        ids[name] = client.post("/v1/envs/", json={"env_id": env_id}).json["instance_id"]
    for name in ("id", "odd"):
        client.post(f"/v1/envs/{ids[name]}/reset/", json={"seed": 0})
    return app, ids


def replies(app: Flask, ids: dict[str, str]) -> dict[str, tuple[Any, ...]]:
    client = app.test_client()
    answered = {}
    for name, (path, body, headers) in REQUESTS.items():
        path = re.sub(r"\{(\w+)\}", lambda match: ids[match[1]], path)
        reply = client.post(f"/v1/envs/{path}", data=body, headers=headers)
        answered[name] = (reply.status_code, dict(reply.headers), reply.data)
    return answered


def test_both_ways_in_answer_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    app, ids = make_app()
    calls = count_dispatches(app)
    through_the_door = replies(app, ids)
    assert calls == [], "a step goes past Flask"
    app.extensions["gym_http_host"].close()

    monkeypatch.setattr(door, "_STEP", re.compile("(?!)"))
    app, ids = make_app()
    calls = count_dispatches(app)
    through_flask = replies(app, ids)
    assert len(calls) > len(REQUESTS) - 5, "the others are refused at the gate"
    app.extensions["gym_http_host"].close()

    for name in REQUESTS:
        assert through_the_door[name] == through_flask[name], name
    statuses = {name: status for name, (status, _, _) in through_the_door.items()}
    assert {200, 400, 403, 409, 413, 415, 500} == set(statuses.values())
    assert statuses["step"] == statuses["slashes"] == 200


def count_dispatches(app: Flask) -> list[str]:
    calls: list[str] = []
    dispatch = app.full_dispatch_request

    def counted(*arguments: Any) -> Any:
        calls.append("")
        return dispatch(*arguments)

    app.full_dispatch_request = counted  # type: ignore[method-assign]
    return calls


# Compression


@pytest.fixture(scope="module")
def app() -> Flask:
    return create_app()


def fetch(app: Flask, path: str, peer: str, accept_encoding: str | None) -> TestResponse:
    headers = {} if accept_encoding is None else {"Accept-Encoding": accept_encoding}
    return app.test_client().get(path, headers=headers, environ_overrides={"REMOTE_ADDR": peer})


LARGE, SMALL = "/v1/openapi.yaml", "/v1/envs/"


@pytest.mark.parametrize("accept_encoding", ["gzip", "br, GZIP;q=0.5", "*"])
@pytest.mark.parametrize("peer", ["192.0.2.7", "2001:db8::7"])
def test_large_replies_are_compressed_for_other_machines_that_ask(app: Flask, peer: str, accept_encoding: str) -> None:
    plain = fetch(app, LARGE, peer, None)
    packed = fetch(app, LARGE, peer, accept_encoding)
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in packed.headers["Vary"]
    assert int(packed.headers["Content-Length"]) == len(packed.data) < len(plain.data)
    assert gzip.decompress(packed.data) == plain.data


@pytest.mark.parametrize(
    ("path", "peer", "accept_encoding"),
    [
        (LARGE, "127.0.0.1", "gzip"),
        (LARGE, "::1", "gzip"),
        (LARGE, "192.0.2.7", None),
        (LARGE, "192.0.2.7", "br"),
        (LARGE, "192.0.2.7", "gzip;q=0"),
        (LARGE, "192.0.2.7", "identity, *;q=0"),
        (SMALL, "192.0.2.7", "gzip"),
    ],
)
def test_other_replies_are_not_compressed(app: Flask, path: str, peer: str, accept_encoding: str | None) -> None:
    reply = fetch(app, path, peer, accept_encoding)
    assert reply.status_code == 200
    assert "Content-Encoding" not in reply.headers
    assert int(reply.headers["Content-Length"]) == len(reply.data)
    if path == SMALL:
        assert json.loads(reply.data) == {"envs": {}, "all_envs": {}}


def test_the_loopback_of_a_real_socket_is_not_compressed(json_api: Api) -> None:
    reply = json_api.request("GET", LARGE, headers={"Accept-Encoding": "gzip"})
    assert "content-encoding" not in reply.headers
