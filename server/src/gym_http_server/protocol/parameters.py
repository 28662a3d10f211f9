"""Reads single parameters of a request body, leniently where `spec/openapi.yaml` says so, strictly elsewhere."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

from .errors import invalid_parameter, missing_parameter, shown

_LARGEST_EXACT_FLOAT = 2.0**53
_LONGEST_TEXT = 4096
_BOOLEANS = {"true": True, "false": False, "1": True, "0": False}


def optional(body: Mapping[str, Any], name: str) -> Any:
    """The parameter's value, None when it is absent; null, "" and [] say the same, as in the API of 2016."""
    value = body.get(name)
    return None if isinstance(value, (str, list)) and not value else value


def required(body: Mapping[str, Any], name: str) -> Any:
    """The parameter's value; ApiError 400 when it is absent or null."""
    value = body.get(name)
    if value is None:
        raise missing_parameter(name)
    return value


def boolean(body: Mapping[str, Any], name: str, default: bool = False) -> bool:
    """True, 1, "true" and "1" are true; false, 0, "false" and "0" are false; absent is the default."""
    value = optional(body, name)
    if value is None:
        return default
    if isinstance(value, str) and value.lower() in _BOOLEANS:
        return _BOOLEANS[value.lower()]
    if isinstance(value, (bool, int, float)) and value in (0, 1):
        return bool(value)
    raise invalid_parameter(name, f"must be true or false, not {shown(value)}")


def as_integer(value: Any) -> int | None:
    """An int, or a float without a fraction (Lua 5.1 has no others); None for anything else, booleans included.

    Larger floats are none: a JSON number of more than 64 bits arrives as one, with digits lost.
    """
    if isinstance(value, float) and value.is_integer() and abs(value) <= _LARGEST_EXACT_FLOAT:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def integer(body: Mapping[str, Any], name: str, minimum: int) -> int | None:
    """An integer of at least `minimum`; None when absent."""
    value = optional(body, name)
    if value is None:
        return None
    number = as_integer(value)
    if number is None or number < minimum:
        limit = " and at most 64 bits" if isinstance(value, float) else ""
        raise invalid_parameter(name, f"must be an integer of at least {minimum}{limit}, not {shown(value)}")
    return number


def text(body: Mapping[str, Any], name: str) -> str:
    """A required, non-empty string of at most 4,096 characters, as many as a path may have."""
    value = required(body, name)
    if not isinstance(value, str) or not value:
        raise invalid_parameter(name, f"must be a non-empty string, not {shown(value)}")
    if len(value) > _LONGEST_TEXT:
        raise invalid_parameter(name, f"must have at most {_LONGEST_TEXT} characters, not {len(value)}")
    return value


def mapping(body: Mapping[str, Any], name: str) -> dict[str, Any] | None:
    """An object; None when absent. Lua cannot tell an empty object from an empty list."""
    value = optional(body, name)
    if value is None:
        return None
    if not isinstance(value, dict):
        raise invalid_parameter(name, f"must be an object, not {shown(value)}")
    if not all(isinstance(key, str) for key in value):
        raise invalid_parameter(name, "must have strings as keys")
    return copy.deepcopy(value)  # an environment may write into it, and the arrays of a document are read-only


def choice(body: Mapping[str, Any], name: str, choices: Sequence[str]) -> str | None:
    """One of the given words; None when absent."""
    value = optional(body, name)
    if value is not None and (not isinstance(value, str) or value not in choices):
        raise invalid_parameter(name, f"must be one of {', '.join(choices)}, not {shown(value)}")
    return value
