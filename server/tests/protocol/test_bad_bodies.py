"""Bodies that cannot be read are refused with a 4xx that says why, and leave instance and connection as they were."""

from __future__ import annotations

from typing import Any

import msgpack
import pytest
from live import Api, Server
from raw import RawConnection
from reference import Reference

from contract import MSGPACK

MALFORMED_JSON = [
    b"{", b"}", b'{"action": }', b'{"action": 1', b"{'action': 1}", b'{"action": 1} x', b"action=1&b=2",
    b"\xff\xfe", b"\0",
    b'{"action": NaN}', b'{"action": Infinity}', b'{"action": -Infinity}', b'{"action": 01}', b'{"action": "\xc3"}',
    b'{"action": "\\ud800"}', b"[1]", b"1", b'"text"', b"true", b"[{}]",
    b'{"action": ' + b"[" * 5000 + b"]" * 5000 + b"}", b"[" * 100_000, b'{"a":' * 100_000,
]  # fmt: skip


@pytest.mark.parametrize(
    ("operation", "parameter"),
    [("step", "action"), ("step", "render"), ("reset", "seed"), ("reset", "options"), ("monitor/start", "directory")],
)
def test_what_is_nested_as_deeply_as_can_be_read_is_refused_too(
    reference: Reference, operation: str, parameter: str
) -> None:
    path = f"/v1/envs/{reference.instance_id}/{operation}/"
    if reference.api.msgpack:
        opening, number, closing, content_type = b"\x91", b"\x01", b"", MSGPACK
        head = b"\x82" + msgpack.packb("action") + b"\x01" + msgpack.packb(parameter)
    else:
        opening, number, closing, content_type = b"[", b"1", b"]", "application/json"
        head = f'{{"action": 1, "{parameter}": '.encode()
    for depth in (500, 1000, 1010, 1020):
        body = head + opening * depth + number + closing * depth + (b"" if reference.api.msgpack else b"}")
        reply = reference.api.request("POST", path, body, {"Content-Type": content_type})
        assert reply.status == 400, (depth, reply.document)
        assert len(reply.message) < 600


@pytest.mark.parametrize("body", MALFORMED_JSON, ids=lambda body: repr(body[:24]))
def test_malformed_json(reference: Reference, body: bytes) -> None:
    refused(reference, body, "application/json")


def refused(reference: Reference, body: bytes, content_type: str) -> None:
    for operation in ("step", "reset", "monitor/start", "action_space/contains", "close"):
        path = f"/v1/envs/{reference.instance_id}/{operation}/"
        reply = reference.api.request("POST", path, body, {"Content-Type": content_type})
        assert reply.error == (400, "malformed_body"), operation
        assert len(reply.message) < 600
        reference.check()


def array_map(**changes: Any) -> dict[str, Any]:
    whole = {"__ndarray__": True, "dtype": "<f4", "shape": [2], "data": b"\0" * 8, **changes}
    return {key: value for key, value in whole.items() if value is not None}


ARRAYS = {
    "data too short": array_map(data=b"\0" * 7),
    "data of another length": array_map(data=b"\0" * 12),
    "data text": array_map(data="aaaaaaaa"),
    "no data": array_map(data=None),
    "no shape": array_map(shape=None),
    "no dtype": array_map(dtype=None),
    "negative shape": array_map(shape=[-1]),
    "negative shapes": array_map(shape=[-1, -2]),
    "fractional shape": array_map(shape=[2.0]),
    "boolean shape": array_map(shape=[True, 2]),
    "shape a number": array_map(shape=2),
    "shape text": array_map(shape="2"),
    "enormous shape": array_map(shape=[2**62, 2**62]),
    "enormous empty shape": array_map(shape=[0, 2**63 - 1, 2**63 - 1], data=b""),
    "shape beyond 64 bits": array_map(shape=[2**64 - 1]),
    "many dimensions": array_map(shape=[1] * 100, data=b"\0" * 4),
    "unknown dtype": array_map(dtype="quark"),
    "object dtype": array_map(dtype="|O"),
    "text dtype": array_map(dtype="<U2"),
    "structured dtype": array_map(dtype="f4,f4"),
    "sub-array dtype": array_map(dtype="(2,)f4", shape=[1]),
    "dtype a list": array_map(dtype=[["a", "<f4"]]),
    "dtype an object": array_map(dtype={"names": ["a"], "formats": ["<f4"]}),
    "dtype empty": array_map(dtype=""),
    "complex dtype": array_map(dtype="<c8", shape=[1]),
    "dtype code": array_map(dtype="__import__('os')"),
    "dtype with NUL": array_map(dtype="<f4\0"),
    "dates": array_map(dtype="<M8[s]", shape=[1]),
}
PLACES = {
    "action": lambda array: {"action": array},
    "inside an action": lambda array: {"action": [array, {"a": array}]},
    "elsewhere": lambda array: {"action": 0, "unknown": {"deep": [array]}},
    "the body": lambda array: array,
}


@pytest.mark.parametrize("array", ARRAYS.values(), ids=ARRAYS)
def test_malformed_arrays(server: Server, array: dict[str, Any]) -> None:
    reference = Reference(server.api(msgpack=True))
    for place in PLACES.values():
        refused_step(reference, msgpack.packb(place(array)), "malformed_body", "__ndarray__")
    reference.check()


def refused_step(reference: Reference, body: bytes, code: str, word: str = "") -> None:
    path = f"/v1/envs/{reference.instance_id}/step/"
    reply = reference.api.request("POST", path, body, {"Content-Type": MSGPACK})
    assert reply.error == (400, code)
    assert word in reply.message
    assert len(reply.message) < 600


def test_arrays_in_odd_places(server: Server) -> None:
    reference = Reference(server.api(msgpack=True))
    array = array_map()
    refused_step(reference, msgpack.packb(array), "malformed_body")
    for action in (array, [array], {"a": array}, array_map(shape=[array])):
        code = (
            "malformed_body"
            if action is not array and isinstance(action, dict) and "shape" in action
            else "invalid_action"
        )
        refused_step(reference, msgpack.packb({"action": action}), code)
    # A map whose mark is not true is a map as any other.
    for mark in (False, 1, "true"):
        refused_step(reference, msgpack.packb({"action": array_map(__ndarray__=mark)}), "invalid_action")
    reference.check()


PACKED = msgpack.packb({"action": 0, "list": [1, 2.5, "text", b"binary", None]})
MALFORMED_MSGPACK = {
    "reserved byte": b"\xc1",
    "two documents": PACKED + PACKED,
    "integer keys": msgpack.packb({1: 2}),
    "a list as key": b"\x81\x90\x01",
    "not UTF-8": b"\x81\xa1\xff\x01",
    "a number": b"\x01",
    "a list": msgpack.packb([1]),
    "binary": msgpack.packb(b"x"),
    "JSON": b'{"action": 0}',
    "array of 2**32 - 1": b"\xdd\xff\xff\xff\xff",
    "map of 2**32 - 1": b"\xdf\xff\xff\xff\xff",
    "binary of 2**32 - 1": b"\x81\xa1a\xc6\xff\xff\xff\xff",
    "deep": b"\x81\xa6action" + b"\x91" * 100_000 + b"\x01",
    "a wrong time": b"\x81\xa6action\xc7\x05\xff" + b"\0" * 5,
    **{f"cut at {end}": PACKED[:end] for end in range(1, len(PACKED), 5)},
}


@pytest.mark.parametrize("body", MALFORMED_MSGPACK.values(), ids=MALFORMED_MSGPACK)
def test_malformed_msgpack(server: Server, body: bytes) -> None:
    reference = Reference(server.api(msgpack=True))
    refused(reference, body, MSGPACK)


def test_a_huge_body_is_read_and_refused(api: Api, reference: Reference) -> None:
    huge = [0.5] * 300_000
    assert api.call("env_step", instance_id=reference.instance_id, action=huge).error == (400, "invalid_action")
    assert api.call("env_create", env_id="CartPole-v1", kwargs={"x" * 1_000_000: huge}).status == 400


def test_compressed_bodies_are_not_understood(api: Api, reference: Reference) -> None:
    path = f"/v1/envs/{reference.instance_id}/step/"
    reply = api.request("POST", path, b"\x1f\x8b", {"Content-Encoding": "gzip"})
    assert reply.error == (415, "unsupported_content_encoding")
    assert "gzip" in reply.message


@pytest.mark.parametrize(
    ("status", "method", "path", "headers"),
    [
        (403, "POST", "/v1/envs/", {"Host": "evil.example"}),
        (403, "GET", "/v1/health/", {"Origin": "https://evil.example"}),
        (404, "POST", "/v1/nowhere/", {}),
        (405, "PUT", "/v1/envs/", {}),
        (415, "POST", "/v1/envs/", {"Content-Encoding": "br"}),
        (400, "POST", "/v1/envs/0/step/", {"Idempotency-Key": "k" * 256}),
    ],
    ids=str,
)
def test_a_refused_request_leaves_its_connection_in_use(
    server: Server, status: int, method: str, path: str, headers: dict[str, str]
) -> None:
    with RawConnection(server.port) as raw:
        for size in (2, 1000, 300_000) * 5:
            assert raw.exchange(method, path, b"x" * size, headers).status == status
            assert raw.exchange("GET", "/v1/health/").status == 200
