"""Reading and writing bodies: strict JSON, and MessagePack with arrays as `{"__ndarray__": true, ...}` maps."""

from __future__ import annotations

import base64
import json
import math
import struct
from collections.abc import Callable
from typing import Any

import msgpack

MSGPACK = "application/vnd.msgpack"
MSGPACK_TYPES = {MSGPACK, "application/msgpack", "application/x-msgpack"}
INFINITY_IN_JSON = 1e100
NUMBERS = {"Infinity": math.inf, "-Infinity": -math.inf, "NaN": math.nan}
_FORMATS = {
    "|b1": "?", "|i1": "b", "|u1": "B", "<i2": "h", "<u2": "H", "<i4": "i", "<u4": "I", "<i8": "q", "<u8": "Q",
    "<f2": "e", "<f4": "f", "<f8": "d",
}  # fmt: skip


def media_type(content_type: str | None) -> str:
    return (content_type or "").split(";")[0].strip().lower()


def tokens(header: str | None) -> list[str]:
    """What a header such as Accept-Encoding lists, without its parameters."""
    return [part.split(";")[0].strip().lower() for part in (header or "").split(",")]


def _refuse(literal: str) -> Any:
    raise ValueError(f"{literal} is not JSON")


def _int(text: str) -> int | float:
    return -0.0 if text == "-0" else int(text)


def loads(text: str | bytes) -> Any:
    """`text` as strict JSON: no NaN or Infinity literal; `-0` keeps its sign; raises `ValueError`."""
    return json.loads(text, parse_constant=_refuse, parse_int=_int)


def dumps(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def decode(content_type: str | None, body: bytes) -> Any:
    """The document in `body`, ndarray maps left as they are; raises `ValueError` where it is not what it says it is."""
    if media_type(content_type) in MSGPACK_TYPES:
        try:
            return msgpack.unpackb(body, strict_map_key=False)
        except Exception as error:  # msgpack raises a family of unrelated exceptions
            raise ValueError(f"not MessagePack ({error})") from error
    return loads(body)


def encode(value: Any, encoding: str) -> tuple[str, bytes]:
    """Content type and bytes of `value` in `encoding` ("json" or "msgpack")."""
    if encoding == "msgpack":
        return MSGPACK, msgpack.packb(_binary(value))
    return "application/json", dumps(without_infinities(value)).encode()


def _binary(value: Any) -> Any:
    """`value` with every `{"$bin": base64}` of a case turned into bytes."""
    if isinstance(value, dict):
        return base64.b64decode(value["$bin"]) if set(value) == {"$bin"} else {k: _binary(v) for k, v in value.items()}
    return [_binary(item) for item in value] if isinstance(value, list) else value


def plain(value: Any) -> Any:
    """`value` in the JSON convention: arrays as nested lists, +-infinity as +-1e100, NaN as null."""
    return without_infinities(nested(value))


def without_infinities(value: Any) -> Any:
    """`value` with +-infinity as +-1e100 and NaN as null, as JSON has them."""
    return _mapped(_json_float, value)


def understood(content_type: str | None, body: bytes) -> Any:
    """The document in `body` as a reader takes it: arrays as nested lists, infinities and NaN as themselves.

    In JSON exactly 1e100 and -1e100 are the infinities. The contract lets a reader take more for one; a server must
    write no other.
    """
    value = nested(decode(content_type, body))
    return value if media_type(content_type) in MSGPACK_TYPES else _mapped(_from_json_float, value)


def from_driver(value: Any) -> Any:
    """`value` with each `{"$number": name}` of the driver protocol as the number; raises `ValueError`."""
    if isinstance(value, dict):
        return number(value["$number"]) if set(value) == {"$number"} else {k: from_driver(v) for k, v in value.items()}
    return [from_driver(item) for item in value] if isinstance(value, list) else value


def number(name: str) -> float:
    """Infinity, -Infinity or NaN by its name; raises `ValueError`."""
    if name not in NUMBERS:
        raise ValueError(f"{name!r} is not one of {', '.join(NUMBERS)}")
    return NUMBERS[name]


def _json_float(value: float) -> float | None:
    if math.isnan(value):
        return None
    return math.copysign(INFINITY_IN_JSON, value) if math.isinf(value) else value


def _from_json_float(value: float) -> float:
    return math.copysign(math.inf, value) if abs(value) == INFINITY_IN_JSON else value


def _mapped(change: Callable[[float], Any], value: Any) -> Any:
    """`value` with every float in it changed."""
    if isinstance(value, float):
        return change(value)
    if isinstance(value, list):
        return [_mapped(change, item) for item in value]
    return {key: _mapped(change, item) for key, item in value.items()} if isinstance(value, dict) else value


def nested(value: Any) -> Any:
    """`value` with its ndarray maps as nested lists; raises `ValueError` where one is malformed."""
    if isinstance(value, list):
        return [nested(item) for item in value]
    if isinstance(value, dict):
        return _nested(value) if value.get("__ndarray__") is True else {k: nested(v) for k, v in value.items()}
    return value


def _nested(array: dict[str, Any]) -> Any:
    code = _FORMATS.get(array["dtype"])
    if code is None:
        raise ValueError(f"dtype {array['dtype']!r} is not one of {', '.join(_FORMATS)}")
    shape, data = array["shape"], array["data"]
    count = math.prod(shape)
    if len(data) != count * struct.calcsize("<" + code):
        raise ValueError(f"{len(data)} bytes of data for shape {shape} of {array['dtype']}")
    return _fold(list(struct.unpack(f"<{count}{code}", data)), shape)


def _fold(values: list[Any], shape: list[int]) -> Any:
    if not shape:
        return values[0]
    if len(shape) == 1:
        return values
    size = math.prod(shape[1:])
    return [_fold(values[i * size : (i + 1) * size], shape[1:]) for i in range(shape[0])]
