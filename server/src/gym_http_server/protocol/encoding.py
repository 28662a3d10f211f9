"""Turns environment values into what JSON and MessagePack can carry, and those documents into bytes.

A document is a dict of plain values and NumPy arrays. In JSON an array becomes a nested list of exact doubles, +inf
1e100, -inf -1e100 and NaN null (`spec/decisions/`); in MessagePack it keeps dtype and shape in an `__ndarray__` map.
What has no form on the wire becomes its `repr`, so that an odd `info` never fails a step.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import msgpack
import numpy as np
import orjson

INFINITY_IN_JSON = 1e100
_DEEPEST = 200  # levels of containers; the encoders end at 254 and 511

_Plain = Callable[[Any], Any]
_ORJSON_OPTIONS = orjson.OPT_SERIALIZE_NUMPY


def to_json(document: Mapping[str, Any]) -> bytes:
    """The document as strict JSON: no NaN or Infinity literal, floats as exact doubles."""
    try:
        return orjson.dumps(_json_dict(document), option=_ORJSON_OPTIONS)
    except Exception:  # orjson's, or whatever the classes of the values raise
        return orjson.dumps(_salvage(document, _json_or_repr))


def to_msgpack(document: Mapping[str, Any]) -> bytes:
    """The document as MessagePack; arrays as `__ndarray__` maps with little-endian data in C order."""
    try:
        return bytes(msgpack.packb(_msgpack_dict(document)))
    except Exception:  # msgpack's, or whatever the classes of the values raise
        return bytes(msgpack.packb(_salvage(document, _msgpack_or_repr)))


def _salvage(value: Any, convert: _Plain, parents: tuple[int, ...] = ()) -> Any:
    """The value part by part, so that what has no form becomes its repr itself, and nothing around it does.

    So does a container that holds itself, and one that lies too deep for a reader.
    """
    if id(value) in parents or len(parents) > _DEEPEST:
        return _repr(value)
    within = (*parents, id(value))
    try:
        parts = _parts(value)
        if isinstance(parts, dict):
            return {_key(key): _salvage(part, convert, within) for key, part in parts.items()}
        if isinstance(parts, list):
            return [_salvage(part, convert, within) for part in parts]
        return convert(value)
    except Exception:
        return _repr(value)


def _parts(value: Any) -> dict[Any, Any] | list[Any] | None:
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return {name: part for name, part in value._asdict().items() if part is not None}
    if isinstance(value, (list, tuple)):
        return list(value)
    if isinstance(value, np.ndarray) and value.dtype.kind in "OU" and value.ndim > 0:
        return list(value.tolist())
    return None


def _key(key: Any) -> str:
    return str(key).encode(errors="backslashreplace").decode()  # a lone surrogate is no valid Unicode


def _json_or_repr(value: Any) -> Any:
    plain = _json_value(value)
    try:
        return orjson.Fragment(orjson.dumps(plain, option=_ORJSON_OPTIONS))
    except TypeError:
        if isinstance(plain, int):  # of more than 64 bits: JSON has them, orjson does not
            return orjson.Fragment(str(plain).encode())
        raise


def _msgpack_or_repr(value: Any) -> Any:
    plain = _msgpack_value(value)
    msgpack.packb(plain)
    return plain


def _repr(value: Any) -> str:
    try:
        text = repr(value)
        text.encode()
    except UnicodeEncodeError:  # a lone surrogate
        return ascii(value)
    except Exception:  # a repr of the environment's own that raises
        return object.__repr__(value)
    return text


def _same(value: Any) -> Any:
    return value


def _json_float(value: float) -> float | None:
    if math.isfinite(value):
        return value
    return None if math.isnan(value) else math.copysign(INFINITY_IN_JSON, value)


def _json_array(array: np.ndarray) -> Any:
    kind = array.dtype.kind
    if kind == "f":
        if array.size <= 64:  # for a handful of numbers Python floats are the fastest way through orjson
            numbers = array.tolist()
            if array.ndim == 1 and math.isfinite(sum(numbers)):
                return numbers
        if np.isfinite(array).all():
            return (
                array.astype(np.float64, order="C").tolist() if array.ndim == 0 else array.astype(np.float64, order="C")
            )
        return _json_list(array.tolist()) if array.ndim else _json_float(float(array))
    if kind in "iub":
        if array.ndim == 0 or array.size <= 64:
            return array.tolist()
        return np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("="))
    return _json_value(array.tolist()) if kind in "OU" else _repr(array)


def _json_list(values: Any) -> list[Any]:
    return [_json_value(value) for value in values]


def _json_dict(mapping: Mapping[Any, Any]) -> dict[str, Any]:
    plain = {}
    for key, value in mapping.items():  # a loop, as a comprehension would cost a call
        kind = type(value)
        converted = value if kind in _UNCHANGED else _JSON.get(kind, _json_value)(value)
        plain[key if type(key) is str else str(key)] = converted
    return plain


def _msgpack_array(array: np.ndarray) -> Any:
    kind = array.dtype.kind
    if kind in "fiub":
        little = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
        return {"__ndarray__": True, "dtype": little.dtype.str, "shape": list(array.shape), "data": little.data}
    return _msgpack_value(array.tolist()) if kind in "OU" else _repr(array)


def _msgpack_list(values: Any) -> list[Any]:
    return [_msgpack_value(value) for value in values]


def _msgpack_dict(mapping: Mapping[Any, Any]) -> dict[str, Any]:
    plain = {}
    for key, value in mapping.items():  # a loop, as a comprehension would cost a call
        kind = type(value)
        converted = value if kind in _UNCHANGED else _MSGPACK.get(kind, _msgpack_value)(value)
        plain[key if type(key) is str else str(key)] = converted
    return plain


_UNCHANGED: frozenset[type] = frozenset((bool, int, str, type(None)))
_JSON: dict[type, _Plain] = {
    **dict.fromkeys(_UNCHANGED, _same),
    float: _json_float,
    np.ndarray: _json_array,
    dict: _json_dict,
    list: _json_list,
    tuple: _json_list,
}
_MSGPACK: dict[type, _Plain] = {
    **dict.fromkeys(_UNCHANGED, _same),
    float: _same,
    np.ndarray: _msgpack_array,
    dict: _msgpack_dict,
    list: _msgpack_list,
    tuple: _msgpack_list,
}


def _json_value(value: Any) -> Any:
    handler = _JSON.get(type(value))
    return handler(value) if handler is not None else _unusual(value, _json_value)


def _msgpack_value(value: Any) -> Any:
    handler = _MSGPACK.get(type(value))
    return handler(value) if handler is not None else _unusual(value, _msgpack_value)


def _unusual(value: Any, convert: _Plain) -> Any:
    """Subclasses, NumPy scalars, other arrays and named tuples (`GraphInstance`); anything else becomes its repr."""
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    if isinstance(value, np.generic):
        plain = value.item()
        return convert(plain) if type(plain) in _UNCHANGED or type(plain) is float else _repr(value)
    if isinstance(value, np.ndarray) or all(hasattr(value, name) for name in ("__array__", "dtype", "shape")):
        return convert(np.asarray(value))  # of JAX, PyTorch and others
    for base in (int, float, str):  # IntEnum, StrEnum and the like
        if isinstance(value, base):
            return convert(base(value))
    if isinstance(value, Mapping):
        return convert(dict(value))
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return convert({name: part for name, part in value._asdict().items() if part is not None})
    if isinstance(value, (list, tuple)):
        return convert(list(value))
    return _repr(value)
