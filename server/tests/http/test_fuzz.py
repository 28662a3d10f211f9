"""Requests at random, and what is no request at all: the server answers on."""

from __future__ import annotations

import json
import random
from urllib.parse import quote

import msgpack
import pytest
from live import Reply, Server
from raw import RawConnection
from reference import Reference

import contract
from contract import MSGPACK


def test_random_requests_meet_no_fault(server: Server) -> None:
    reference = Reference(server.api())
    draw = random.Random(20)
    statuses = [random_reply(server, draw, reference.instance_id).status for _ in range(300)]
    assert set(statuses) <= {200, 204, 400, 404, 405, 409, 415}, statuses
    assert statuses.count(200) > 20, "the requests are too wild to reach anything"
    reference.env.reset(seed=5)
    reference.api.ok("env_reset", instance_id=reference.instance_id, seed=5)
    reference.steps = reference.api.ok("env_info", instance_id=reference.instance_id)["steps"]
    for _ in range(5):
        reference.check()


def random_reply(server: Server, draw: random.Random, instance_id: str) -> Reply:
    """The reply to a request of the contract, some bytes of which were changed."""
    own = server.api().create("CartPole-v1") if draw.random() < 0.05 else instance_id
    operations = {name: at for name, at in contract.operations().items() if name not in ("shutdown", "env_close")}
    method, path = draw.choice(list(operations.values()))
    path = path.replace("{instance_id}", own).replace("{x}", draw.choice(["1", "[1]", "%00", "{}"]))
    if draw.random() < 0.1:
        path = f"/{mangled(draw, path[1:].encode(), range(256)).decode('latin-1')}"
        path = quote(path, safe="/%?", encoding="latin-1").replace("shutdown", "")
    document = draw.choice(
        [{"action": draw.choice([0, 1, 2, [1], None])}, {"seed": 1}, {"value": 1}, {"env_id": "No-v0"}]
    )
    document = {
        **document,
        **(
            {draw.choice(["seed", "render", "options", "kwargs", "num_envs", "force"]): draw.random()}
            if draw.random() < 0.2
            else {}
        ),
    }
    packed = draw.random() < 0.5
    body = msgpack.packb(document) if packed else json.dumps(document).encode()
    if draw.random() < 0.5:
        body = mangled(draw, body, range(256))
    headers = {
        "Content-Type": MSGPACK if packed else "application/json",
        "Accept": draw.choice(["*/*", MSGPACK, ";q=,", ""]),
    }
    with RawConnection(server.port) as raw:
        return raw.exchange(method, path, None if method == "GET" else body, headers)


def mangled(draw: random.Random, data: bytes, alphabet: range) -> bytes:
    changed = bytearray(data)
    for _ in range(draw.randint(1, 3)):
        place = draw.randrange(len(changed))
        changed[place : place + draw.randint(0, 2)] = bytes(draw.choices(alphabet, k=draw.randint(0, 2)))
    return bytes(changed)


@pytest.mark.parametrize(
    "data",
    [
        b"\r\n\r\n",
        b"GET\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"POST /v1/envs/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: abc\r\n\r\n{}",
        b"POST /v1/envs/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: -1\r\n\r\n{}",
        b"POST /v1/envs/ HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"POST /v1/envs/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n\r\n{}",
        b"GET /" + b"x" * 100_000 + b" HTTP/1.1\r\n\r\n",
        b"GET /v1/health/ HTTP/1.1\r\n" + b"X: y\r\n" * 1000 + b"\r\n",
    ],
    ids=lambda data: repr(data[:30]),
)
def test_the_server_outlives_what_is_not_http(server: Server, data: bytes) -> None:
    with RawConnection(server.port) as raw:
        raw.send(data)
    assert server.api().ok("health")["status"] == "ok"
