"""Parses request bodies into documents."""

from __future__ import annotations

from typing import Any

import msgpack
import numpy as np
import orjson

from .errors import ApiError
from .messages import Request

_EMPTY_BODIES: tuple[Any, ...] = (None, "", [])
_ARRAY_KINDS = "fiub"


def parse_body(request: Request) -> dict[str, Any]:
    """The request's document; arrays as `np.ndarray` where MessagePack says so.

    Raises:
        ApiError: 400 `malformed_body` when it cannot be parsed or is not an object.
    """
    body = request.body
    if not body:
        return {}
    try:
        if request.from_json:
            document = orjson.loads(body)
        else:
            document = msgpack.unpackb(body, object_hook=_array_hook, strict_map_key=True)
    except ApiError:
        raise
    except (ValueError, TypeError, RecursionError, msgpack.UnpackException) as error:
        if not body.strip():
            return {}
        kind = "JSON" if request.from_json else "MessagePack"
        reason = " ".join(str(error).split()) or type(error).__name__
        raise ApiError(400, "malformed_body", f"The request body is not valid {kind}: {reason}") from None
    if isinstance(document, dict):
        return document
    if not isinstance(document, np.ndarray) and document in _EMPTY_BODIES:
        return {}
    raise ApiError(400, "malformed_body", 'The request body must be an object, such as {} or {"action": 1}')


def _array_hook(mapping: dict[str, Any]) -> Any:
    if mapping.get("__ndarray__") is not True:
        return mapping
    try:
        dtype, shape, data = np.dtype(mapping["dtype"]), mapping["shape"], mapping["data"]
        if dtype.kind not in _ARRAY_KINDS or not isinstance(mapping["dtype"], str) or not isinstance(data, bytes):
            raise TypeError("dtype must be of floats, integers or booleans, such as '<f4', and data binary")
        if not all(type(length) is int and length >= 0 for length in shape):
            raise ValueError("shape must be a list of integers of at least 0")
        return np.frombuffer(data, dtype=dtype).reshape(shape)
    except (KeyError, TypeError, ValueError, SyntaxError, OverflowError) as error:
        reason = f"{error.args[0]} is missing" if isinstance(error, KeyError) else error
        raise ApiError(
            400, "malformed_body", f"An __ndarray__ map in the request body is malformed: {reason}"
        ) from None
