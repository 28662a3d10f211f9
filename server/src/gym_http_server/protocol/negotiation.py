"""Which encoding a request is in and which one its client wants, by its headers."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from werkzeug.http import parse_accept_header

JSON = "application/json"
MSGPACK = "application/vnd.msgpack"
MSGPACK_TYPES = (MSGPACK, "application/msgpack", "application/x-msgpack")
_NUMBER = re.compile(r"[0-9]+\.?[0-9]*|\.[0-9]+")


class _Range(NamedTuple):
    """A media range of an Accept header: its type in lower case, and how much the client likes it, from 0 to 1."""

    kind: str
    has_parameters: bool
    quality: float


@lru_cache(maxsize=256)
def is_json(content_type: str) -> bool:
    return content_type.partition(";")[0].strip().lower() == JSON


@lru_cache(maxsize=256)
def is_msgpack(content_type: str) -> bool:
    return content_type.partition(";")[0].strip().lower() in MSGPACK_TYPES


@lru_cache(maxsize=256)
def wants_msgpack(accept: str) -> bool:
    """Whether the client names MessagePack and likes it no less than JSON; what asks for neither gets JSON."""
    named = max((each.quality for each in _ranges(accept) if each.kind in MSGPACK_TYPES), default=0.0)
    return 0 < named >= _quality_of(JSON, accept)


@lru_cache(maxsize=256)
def asks_for_documents(accept: str) -> bool:
    """Whether the client says that it takes JSON or MessagePack; one without an Accept header says nothing."""
    return wants_msgpack(accept) or _quality_of(JSON, accept) > 0


def refuses_documents(accept: str) -> bool:
    """Whether the client says what it takes, and that is neither JSON nor MessagePack."""
    return bool(_ranges(accept)) and not asks_for_documents(accept)


@lru_cache(maxsize=256)
def accepts_gzip(accept_encoding: str) -> bool:
    return bool(accept_encoding) and parse_accept_header(accept_encoding).quality("gzip") > 0


def _quality_of(media_type: str, accept: str) -> float:
    """The quality that the most specific range gives to a media type without parameters; 0 where none matches."""
    ranks = {"*/*": 1, f"{media_type.partition('/')[0]}/*": 2, media_type: 4}
    # A parameter, such as the charset that some clients add, makes a range of the same type no other than ours.
    matching = [
        (ranks[each.kind] - each.has_parameters, each.quality) for each in _ranges(accept) if each.kind in ranks
    ]
    return max(matching, default=(0, 0.0))[1]


@lru_cache(maxsize=256)
def _ranges(accept: str) -> tuple[_Range, ...]:
    """The media ranges of an Accept header (RFC 9110, 12.5.1); what is none is left out."""
    found = []
    for element in _split(accept, ","):
        kind, *parameters = (part.strip().lower() for part in _split(element, ";"))
        names = [parameter.partition("=")[0].rstrip() for parameter in parameters]
        weight = names.index("q") if "q" in names else None
        if kind == "*":  # Java's URLConnection says so for */*
            kind = "*/*"
        if "/" in kind:
            quality = 1.0 if weight is None else _weight(parameters[weight].partition("=")[2])
            found.append(_Range(kind, any(names[:weight]), quality))
    return tuple(found)


def _weight(text: str) -> float:
    """A weight from 0 to 1, also without the zero before the point, as Java has it; what is none counts as 1."""
    return min(float(text), 1.0) if _NUMBER.fullmatch(text.strip()) else 1.0


def _split(text: str, separator: str) -> list[str]:
    """The parts of a header between separators that stand outside of quoted strings."""
    parts, start = [], 0
    quoted = escaped = False
    for place, character in enumerate(text):
        if escaped:
            escaped = False
        elif character == '"':
            quoted = not quoted
        elif quoted:
            escaped = character == "\\"
        elif character == separator:
            parts.append(text[start:place])
            start = place + 1
    return [*parts, text[start:]]
