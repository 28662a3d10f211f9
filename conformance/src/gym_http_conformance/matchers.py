"""Comparing a value with what a case expects; a mismatch says where, what was expected and what came."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator
from typing import Any

from gym_http_conformance import wire

Mismatches = Iterator[str]
TYPES: dict[str, Callable[[Any], bool]] = {
    "string": lambda v: isinstance(v, str),
    "number": lambda v: isinstance(v, (int, float)) and not isinstance(v, bool),
    "int": lambda v: isinstance(v, (int, float)) and not isinstance(v, bool) and float(v).is_integer(),
    "bool": lambda v: isinstance(v, bool),
    "array": lambda v: isinstance(v, list),
    "object": lambda v: isinstance(v, dict),
    "null": lambda v: v is None,
    "bytes": lambda v: isinstance(v, bytes),
}
ABSENT = object()


def show(value: Any, limit: int = 300) -> str:
    """`value` on one line, shortened."""
    text = "nothing" if value is ABSENT else json.dumps(value, ensure_ascii=False, default=repr)
    return text if len(text) <= limit else f"{text[:limit]}... ({len(text)} characters)"


def mismatches(expected: Any, value: Any, where: str = "value") -> Mismatches:
    """What of `value` is not as `expected`: nothing when it matches."""
    if isinstance(expected, dict):
        matchers = {key: argument for key, argument in expected.items() if key.startswith("$")}
        keys = {key: inner for key, inner in expected.items() if not key.startswith("$")}
        for name, argument in matchers.items():
            yield from MATCHERS[name](argument, value, where)
        if keys or not matchers:
            yield from _object(keys, value, where)
    elif isinstance(expected, list):
        if not isinstance(value, list) or len(value) != len(expected):
            yield _differs(where, expected, value)
        else:
            for index, inner in enumerate(expected):
                yield from mismatches(inner, value[index], f"{where}[{index}]")
    elif not _same(expected, value):
        yield _differs(where, expected, value)


def _differs(where: str, expected: Any, value: Any) -> str:
    return f"{where}: expected {show(expected)}, came {show(value)}"


def _same(expected: Any, value: Any) -> bool:
    """Equality of JSON scalars: true is not 1, 1 is 1.0, -0.0 is not 0.0."""
    if isinstance(expected, bool) or isinstance(value, bool) or not isinstance(expected, (int, float)):
        return type(expected) is type(value) and bool(expected == value)
    if not isinstance(value, (int, float)) or expected != value:
        return False
    return not isinstance(expected, float) or expected != 0 or math.copysign(1, expected) == math.copysign(1, value)


def _object(keys: dict[str, Any], value: Any, where: str) -> Mismatches:
    if not isinstance(value, dict):
        yield f"{where}: expected an object, came {show(value)}"
        return
    for key, inner in keys.items():
        found = value.get(key, ABSENT)
        if isinstance(inner, dict) and ("$absent" in inner or ("$absentOr" in inner and found is ABSENT)):
            if found is not ABSENT:
                yield f"{where}.{key}: expected to be absent, came {show(found)}"
        elif found is ABSENT:
            yield f"{where}.{key}: missing; expected {show(inner)}, the keys are {', '.join(map(str, value)) or 'none'}"
        else:
            yield from mismatches(inner, found, f"{where}.{key}")


def _type(argument: str, value: Any, where: str) -> Mismatches:
    if not any(TYPES[name](value) for name in argument.split("|")):
        yield f"{where}: expected {argument}, came {show(value)}"


def _approx(argument: Any, value: Any, where: str) -> Mismatches:
    if isinstance(argument, list):
        if not isinstance(value, list) or len(value) != len(argument):
            yield _differs(where, argument, value)
        else:
            for index, inner in enumerate(argument):
                yield from _approx(inner, value[index], f"{where}[{index}]")
    elif not TYPES["number"](value) or not math.isclose(value, argument, rel_tol=1e-6, abs_tol=1e-9):
        yield f"{where}: expected about {show(argument)}, came {show(value)}"


def _len(argument: Any, value: Any, where: str) -> Mismatches:
    if not isinstance(value, (list, dict, str, bytes)):
        yield f"{where}: expected something with a length, came {show(value)}"
    else:
        yield from mismatches(argument, len(value), f"length of {where}")


def _each(argument: Any, value: Any, where: str) -> Mismatches:
    if not isinstance(value, (list, dict)):
        yield f"{where}: expected an array or object, came {show(value)}"
        return
    for key, item in value.items() if isinstance(value, dict) else enumerate(value):
        yield from mismatches(argument, item, f"{where}[{key!r}]")


def _contains(argument: Any, value: Any, where: str) -> Mismatches:
    if isinstance(value, str):
        found = str(argument) in value
    else:
        found = isinstance(value, list) and any(not list(mismatches(argument, item)) for item in value)
    if not found:
        yield f"{where}: expected to contain {show(argument)}, came {show(value, 2000)}"


def _regex(argument: str, value: Any, where: str) -> Mismatches:
    if not isinstance(value, str) or not re.search(argument, value):
        yield f"{where}: expected text that matches /{argument}/, came {show(value)}"


def _exactly(argument: dict[str, Any], value: Any, where: str) -> Mismatches:
    yield from _object(argument, value, where)
    extra = [key for key in value if key not in argument] if isinstance(value, dict) else []
    if extra:
        yield f"{where}: expected no other keys than {', '.join(argument) or 'none'}, came also {', '.join(extra)}"


def _one_of(argument: list[Any], value: Any, where: str) -> Mismatches:
    if all(list(mismatches(option, value)) for option in argument):
        yield f"{where}: expected one of {show(argument)}, came {show(value)}"


def _not(argument: Any, value: Any, where: str) -> Mismatches:
    if not list(mismatches(argument, value)):
        yield f"{where}: expected anything but {show(argument)}, came {show(value)}"


def _shape(argument: list[int], value: Any, where: str) -> Mismatches:
    if not argument:
        if isinstance(value, list):
            yield f"{where}: expected a scalar, came {show(value)}"
    elif not isinstance(value, list) or len(value) != argument[0]:
        yield f"{where}: expected shape {argument}, came {show(value)}"
    else:
        for index, item in enumerate(value):
            yield from _shape(argument[1:], item, f"{where}[{index}]")


def _float(argument: bool, value: Any, where: str) -> Mismatches:
    if isinstance(value, float) is not argument:
        yield f"{where}: expected {'a float' if argument else 'an integer'}, came {show(value)}"


def _number(argument: str, value: Any, where: str) -> Mismatches:
    wanted = wire.number(argument)
    if not isinstance(value, float) or (value != wanted and not (math.isnan(value) and math.isnan(wanted))):
        yield f"{where}: expected the float {argument}, came {show(value)}"


def _order(argument: list[str], value: Any, where: str) -> Mismatches:
    if not isinstance(value, dict) or list(value) != argument:
        yield f"{where}: expected the keys {', '.join(argument)} in this order, came {show(value)}"


def _range(holds: Callable[[Any, Any], bool], words: str) -> Callable[[Any, Any, str], Mismatches]:
    def check(argument: Any, value: Any, where: str) -> Mismatches:
        if not TYPES["number"](value) or not holds(value, argument):
            yield f"{where}: expected {words} {show(argument)}, came {show(value)}"

    return check


def _sorted(argument: str, value: Any, where: str) -> Mismatches:
    items = [item.get(argument) for item in value] if isinstance(value, list) else None
    if items is None or items != sorted(items):
        yield f"{where}: expected to be sorted by {argument}, came {show(items)}"


def _nothing(_argument: Any, _value: Any, _where: str) -> Mismatches:
    return iter(())


def _equal(argument: Any, value: Any, where: str) -> Mismatches:
    """`argument` is data, no matcher: an object has its keys and no other."""
    if isinstance(argument, dict):
        yield from _exactly({key: {"$same": inner} for key, inner in argument.items()}, value, where)
    elif isinstance(argument, list):
        yield from mismatches([{"$same": inner} for inner in argument], value, where)
    else:
        yield from mismatches(argument, value, where)


def _absent(_argument: Any, value: Any, where: str) -> Mismatches:
    yield f"{where}: expected to be absent, came {show(value)}"


MATCHERS: dict[str, Callable[[Any, Any, str], Mismatches]] = {
    "$type": _type,
    "$approx": _approx,
    "$len": _len,
    "$each": _each,
    "$contains": _contains,
    "$regex": _regex,
    "$exactly": _exactly,
    "$oneOf": _one_of,
    "$not": _not,
    "$shape": _shape,
    "$sorted": _sorted,
    "$float": _float,
    "$number": _number,
    "$order": _order,
    "$same": _equal,
    "$ge": _range(lambda value, bound: value >= bound, "at least"),
    "$le": _range(lambda value, bound: value <= bound, "at most"),
    "$absentOr": mismatches,
    "$absent": _absent,
    "$any": _nothing,
}
"""`$any: true` is a value of any kind that is there; several matchers in one object must all hold."""


def unknown_matchers(expected: Any) -> list[str]:
    """Names that look like matchers in `expected` and are none."""
    if isinstance(expected, list):
        return [name for item in expected for name in unknown_matchers(item)]
    if not isinstance(expected, dict):
        return []
    own = [key for key in expected if key.startswith("$") and not key.startswith("${") and key not in MATCHERS]
    return own + [name for item in expected.values() for name in unknown_matchers(item)]
