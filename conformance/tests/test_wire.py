"""Bodies are read strictly, so that a server's or client's slip in them is not read over."""

from __future__ import annotations

import math
import struct
from typing import Any

import msgpack
import pytest

from gym_http_conformance import wire


@pytest.mark.parametrize("text", ["NaN", "[Infinity]", '{"a": -Infinity}', "{} {}", "", "{'a': 1}", "[1,]"])
def test_json_is_strict(text: str) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        wire.loads(text)


def test_minus_zero_keeps_its_sign() -> None:
    assert [math.copysign(1, number) for number in wire.loads("[-0, -0.0, 0]")] == [-1, -1, 1]


def array(dtype: str, shape: list[int], data: bytes) -> dict[str, Any]:
    return {"__ndarray__": True, "dtype": dtype, "shape": shape, "data": data}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (array("<f4", [3], struct.pack("<3f", 0.1, math.inf, math.nan)), [0.10000000149011612, 1e100, None]),
        (array("<i8", [2, 1], struct.pack("<2q", 1, -(2**63))), [[1], [-(2**63)]]),
        (array("|u1", [2, 0], b""), [[], []]),
        (array("|u1", [0, 3], b""), []),
        (array("<f8", [], struct.pack("<d", 2.5)), 2.5),
        (array("|b1", [2], b"\x01\x00"), [True, False]),
        ({"a": [-math.inf, {"b": math.nan}]}, {"a": [-1e100, {"b": None}]}),
    ],
)
def test_arrays_and_numbers_as_json_has_them(value: Any, expected: Any) -> None:
    assert wire.plain(wire.decode(wire.MSGPACK, msgpack.packb(value))) == expected


@pytest.mark.parametrize(
    "value", [array("<f4", [3], b"1234"), array("|O", [1], b"12345678"), array("float32", [1], b"1234")]
)
def test_a_broken_array_is_told(value: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"dtype|bytes"):
        wire.plain(value)


@pytest.mark.parametrize("body", [b"", b"\xc1", b"\x81\xa1a", msgpack.packb(1) + b"\x01"])
def test_broken_msgpack_is_told(body: bytes) -> None:
    with pytest.raises(ValueError, match="not MessagePack"):
        wire.decode(wire.MSGPACK, body)
