"""Request and reply as they cross the wire, the choice of encoding, and the parsing of bodies."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

import msgpack
import numpy as np
import orjson
from werkzeug.datastructures import MIMEAccept
from werkzeug.http import parse_accept_header

from .encoding import to_json, to_msgpack
from .errors import ApiError

JSON = "application/json"
MSGPACK = "application/vnd.msgpack"
MSGPACK_TYPES = (MSGPACK, "application/msgpack", "application/x-msgpack")
_EMPTY_BODIES: tuple[Any, ...] = (None, "", [])
_ARRAY_KINDS = "fiub"


class Request(NamedTuple):
    """One operation asked for: plain data, so that an instance may live in another process."""

    operation: str
    arguments: Mapping[str, str]  # from the path and the query
    body: bytes = b""
    from_json: bool = True  # the body; else from MessagePack
    accept: str = ""
    key: str | None = None  # Idempotency-Key


class Reply(NamedTuple):
    status: int
    content_type: str
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()


class Raw(NamedTuple):
    """A result that is not a document: a picture, the contract."""

    content_type: str
    body: bytes


@lru_cache(maxsize=256)
def is_msgpack(content_type: str) -> bool:
    return content_type.partition(";")[0].strip().lower() in MSGPACK_TYPES


@lru_cache(maxsize=256)
def wants_msgpack(accept: str) -> bool:
    """Whether the client prefers MessagePack to JSON; what asks for neither gets JSON."""
    if not accept:
        return False
    offers = parse_accept_header(accept, MIMEAccept)
    best = max((offers.quality(kind) for kind in MSGPACK_TYPES), default=0)
    named = any(is_msgpack(kind) and quality > 0 for kind, quality in offers)
    return named and best >= offers.quality(JSON)


@lru_cache(maxsize=256)
def wants_only_html(accept: str) -> bool:
    """Whether text/html is all that the client takes: two old clients say so to the void endpoints."""
    offers = parse_accept_header(accept, MIMEAccept) if accept else ()
    return bool(offers) and all(kind == "text/html" for kind, _ in offers)


@lru_cache(maxsize=256)
def accepts_gzip(accept_encoding: str) -> bool:
    return bool(accept_encoding) and parse_accept_header(accept_encoding).quality("gzip") > 0


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


def encode(result: Mapping[str, Any] | Raw, accept: str) -> tuple[str, bytes]:
    """Content type and bytes of a result, in the encoding that the client asks for."""
    if isinstance(result, Raw):
        return result.content_type, result.body
    if wants_msgpack(accept):
        return MSGPACK, to_msgpack(result)
    if not result and wants_only_html(accept):
        return "text/html", b""
    return JSON, to_json(result)
