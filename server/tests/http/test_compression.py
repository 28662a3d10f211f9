"""Large replies are compressed for other machines that ask, and for nobody else."""

from __future__ import annotations

import gzip
import json

import pytest
from flask import Flask
from live import Api
from werkzeug.test import TestResponse

from gym_http_server import create_app


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
