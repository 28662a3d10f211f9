"""Which encoding a request is in and which one its client wants, by its headers."""

from __future__ import annotations

from functools import lru_cache

from werkzeug.datastructures import MIMEAccept
from werkzeug.http import parse_accept_header

JSON = "application/json"
MSGPACK = "application/vnd.msgpack"
MSGPACK_TYPES = (MSGPACK, "application/msgpack", "application/x-msgpack")


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
