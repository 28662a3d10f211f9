"""Parses request bodies into documents."""

from __future__ import annotations

import math
import re
from typing import Any
from urllib.parse import parse_qsl

import msgpack
import numpy as np
import orjson

from .errors import ApiError
from .messages import Request

MOST_VALUES = 1_000_000
_LONGEST_DTYPE = 16
_MOST_DIMENSIONS = 32
_ALWAYS_FEW = 1 << 16  # bytes in which a body cannot hold many values, nor name many that it does not hold
_EMPTY_BODIES: tuple[Any, ...] = (None, "", [])
_ARRAY_KINDS = "fiub"
_FORM = re.compile(rb'[^\s{}\[\]"&=]+=[^\s{}\[\]"]*')


def parse_body(request: Request) -> dict[str, Any]:
    """The request's document; arrays as `np.ndarray` where MessagePack says so.

    Raises:
        ApiError: 400 `malformed_body` when it cannot be parsed, is not an object or holds more than a million values
            outside of arrays.
    """
    body = request.body
    if not body:
        return {}
    try:
        document = _from_json(body) if request.from_json else _from_msgpack(body)
    except ApiError:
        raise
    except (ValueError, TypeError, RecursionError, msgpack.UnpackException) as error:
        if not body.strip():
            return {}
        if request.may_be_form and _FORM.fullmatch(body.strip()):
            return dict(parse_qsl(body.strip().decode(errors="replace"), keep_blank_values=True))
        kind = "JSON" if request.from_json else "MessagePack"
        reason = " ".join(str(error).split()) or type(error).__name__
        raise ApiError(400, "malformed_body", f"The request body is not valid {kind}: {reason}") from None
    if isinstance(document, dict):
        return document
    if not isinstance(document, np.ndarray) and document in _EMPTY_BODIES:
        return {}
    raise ApiError(400, "malformed_body", 'The request body must be an object, such as {} or {"action": 1}')


def _from_json(body: bytes) -> Any:
    # Each value but the first follows a comma or a bracket, so their number is bounded before any is made.
    if len(body) > _ALWAYS_FEW and sum(map(body.count, (b",", b"[", b"{"))) > MOST_VALUES:
        raise _too_many_values()
    return orjson.loads(body)


def _from_msgpack(body: bytes) -> Any:
    if len(body) <= _ALWAYS_FEW:
        return msgpack.unpackb(body, object_hook=_array_hook, strict_map_key=True)
    values = 0

    def count(container: Any) -> Any:
        nonlocal values
        values += len(container)
        if values > MOST_VALUES:
            raise _too_many_values()
        return container

    return msgpack.unpackb(
        body,
        object_hook=lambda mapping: _array_hook(count(mapping)),
        list_hook=count,
        strict_map_key=True,
        max_array_len=min(len(body), MOST_VALUES),
        max_map_len=min(len(body), MOST_VALUES),
    )


def _too_many_values() -> ApiError:
    remedy = "send large arrays as __ndarray__ maps in MessagePack"
    return ApiError(400, "malformed_body", f"The request body holds more than {MOST_VALUES} values: {remedy}")


def _array_hook(mapping: dict[str, Any]) -> Any:
    if mapping.get("__ndarray__") is not True:
        return mapping
    try:
        return _array(mapping["dtype"], mapping["shape"], mapping["data"])
    except (KeyError, TypeError, ValueError, SyntaxError, OverflowError) as error:
        reason = f"{error.args[0]} is missing" if isinstance(error, KeyError) else error
        raise ApiError(
            400, "malformed_body", f"An __ndarray__ map in the request body is malformed: {reason}"
        ) from None


def _array(dtype_name: Any, shape: Any, data: Any) -> np.ndarray:
    named = isinstance(dtype_name, str) and len(dtype_name) <= _LONGEST_DTYPE
    dtype = np.dtype(dtype_name) if named else None
    if dtype is None or dtype.kind not in _ARRAY_KINDS or not isinstance(data, bytes):
        raise TypeError("dtype must be of floats, integers or booleans, such as '<f4', and data binary")
    if not isinstance(shape, list) or not all(type(length) is int and length >= 0 for length in shape):
        raise ValueError("shape must be a list of integers of at least 0")
    if len(shape) > _MOST_DIMENSIONS:
        raise ValueError(f"shape may have at most {_MOST_DIMENSIONS} dimensions")
    # An array without elements takes no data, whatever its other axes are; yet as lists it would take memory.
    if math.prod(length or 1 for length in shape) > max(MOST_VALUES, len(data)):
        raise ValueError(f"shape may be of at most {MOST_VALUES} elements where data is empty")
    return np.frombuffer(data, dtype=dtype).reshape(shape)
