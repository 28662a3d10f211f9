"""The two encodings of a document: JSON (always there) and MessagePack (with the `msgpack` extra).

In JSON an array is nested lists of exact doubles, +inf is 1e100, -inf is -1e100 and NaN is null. In MessagePack an
array is the map ``{"__ndarray__": true, "dtype": "<f4", "shape": [4], "data": <bytes>}`` and keeps its dtype.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

INFINITY_IN_JSON = 1e100


@dataclass(frozen=True)
class Encoding:
    """One encoding: its name, the headers that ask for it, and the two functions.

    `dumps` raises TypeError or ValueError on what it cannot carry, `loads` ValueError on what it cannot read.
    """

    name: str
    accept: str
    content_type: str
    dumps: Callable[[Any], bytes]
    loads: Callable[[bytes | bytearray], Any]


def _plain(value: Any) -> Any:
    """What an array, a NumPy scalar or a mapping of another kind is to an encoder that knows only built-in types."""
    if hasattr(value, "tolist"):
        return value.tolist()
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, int):
        raise ValueError(f"{value} has more than 64 bits, the most that a number has on the wire")
    raise TypeError(f"a {type(value).__name__} has no form on the wire: send numbers, strings, lists, dicts or arrays")


def _finite(value: Any) -> Any:
    """The same value with infinities and NaN in their JSON form."""
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else math.copysign(INFINITY_IN_JSON, value)
    if isinstance(value, (str, int, float, type(None))):
        return value
    if isinstance(value, Mapping):
        return {key: _finite(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(part) for part in value]
    return _finite(_plain(value))


def _float(text: str) -> float:
    number = float(text)
    return math.copysign(math.inf, number) if abs(number) >= INFINITY_IN_JSON else number


# Exponents of three digits. A pattern that begins with a letter is searched for at memory's speed, [eE] is not.
_EXPONENT, _UPPER_CASE_EXPONENT = re.compile(r"e\+?\d\d\d"), re.compile(r"E\+?\d\d\d")
_decode_json = json.JSONDecoder().raw_decode
_decode_json_with_infinities = json.JSONDecoder(parse_float=_float).raw_decode
_encode_json = json.JSONEncoder(separators=(",", ":"), allow_nan=False, check_circular=False, default=_plain).encode


def to_wire(value: Any) -> Any:
    """`value` with its named tuples (a `gymnasium.spaces.GraphInstance`) as objects, without their absent parts."""
    if isinstance(value, dict):
        return {key: to_wire(part) for key, part in value.items()}
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return {key: to_wire(part) for key, part in value._asdict().items() if part is not None}
    if isinstance(value, (list, tuple)):
        return [to_wire(part) for part in value]
    return value


def dump_json(value: Any) -> bytes:
    """Strict JSON with shortest exact floats.

    >>> dump_json({"action": [0.1, float("inf")]})
    b'{"action":[0.1,1e+100]}'
    """
    try:
        return _encode_json(value).encode()
    except ValueError:  # NaN or an infinity
        return _encode_json(_finite(value)).encode()


def load_json(data: bytes | bytearray) -> Any:
    """The document that JSON says, in UTF-8. A float of 1e100 and beyond stands for infinity, and is it here.

    >>> load_json(b'{"low": [-1e100, null, 0.5]}')
    {'low': [-inf, None, 0.5]}
    """
    text = data.decode().strip(" \t\n\r")
    may_be_infinite = _EXPONENT.search(text) or _UPPER_CASE_EXPONENT.search(text)
    document, end = (_decode_json_with_infinities if may_be_infinite else _decode_json)(text)
    if end != len(text):
        raise json.JSONDecodeError("Extra data", text, end)
    return document


JSON = Encoding("json", "application/json", "application/json", dump_json, load_json)


def _load_msgpack() -> tuple[Encoding, tuple[type, ...]]:
    import msgpack
    import numpy as np

    def default(value: Any) -> Any:
        if isinstance(value, np.ndarray):
            little = np.ascontiguousarray(value, dtype=value.dtype.newbyteorder("<"))
            if little.dtype.kind not in "biuf":
                return value.tolist()
            return {
                "__ndarray__": True,
                "dtype": little.dtype.str,
                "shape": value.shape,
                "data": little.tobytes(),
            }
        return _plain(value)

    def array(document: dict[Any, Any]) -> Any:
        if "__ndarray__" not in document:
            return document
        try:
            dtype = np.dtype(document["dtype"])
            if dtype.kind not in "biuf":
                raise ValueError(f"dtype {dtype}")
            # bytearray copies, so that the array may be written to, as an environment's own may
            return np.ndarray(tuple(document["shape"]), dtype, bytearray(document["data"]))
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"malformed array in MessagePack: {error}") from error

    def loads(data: bytes | bytearray) -> Any:
        try:
            return msgpack.unpackb(data, object_hook=array, strict_map_key=False)
        except (msgpack.UnpackException, RecursionError) as error:
            raise ValueError(f"malformed MessagePack: {error or type(error).__name__}") from error

    encoding = Encoding(
        "msgpack",
        "application/vnd.msgpack, application/json;q=0.5",
        "application/vnd.msgpack",
        lambda value: bytes(msgpack.packb(value, default=default)),
        loads,
    )
    return encoding, (np.ndarray,)


MSGPACK: Encoding | None
ARRAY_TYPES: tuple[type, ...]  # what an array can arrive as, besides a list
try:
    MSGPACK, ARRAY_TYPES = _load_msgpack()
except ImportError:
    MSGPACK, ARRAY_TYPES = None, ()


def named_encoding(name: str) -> Encoding:
    """The encoding of that name.

    Raises:
        ImportError: MessagePack is asked for and `msgpack` or NumPy is missing.
        ValueError: there is no such encoding.
    """
    if name == "json":
        return JSON
    if name != "msgpack":
        raise ValueError(f"encoding must be 'json', 'msgpack' or None, not {name!r}")
    if MSGPACK is None:
        raise ImportError("encoding='msgpack' needs two more packages: pip install 'gym-http-client[msgpack]'")
    return MSGPACK


def flat_and_typed(name: str | None) -> tuple[Encoding, Encoding]:
    """The encodings of the flat operations and of the environments: the named one, else spec/decisions/0015's."""
    return (named_encoding(name),) * 2 if name is not None else (JSON, MSGPACK or JSON)
