"""Reads attributes of environments, and calls those of their methods that the operator allows.

In a vector env of processes this runs where the environment is: what comes out can be sent between processes, and
nothing is raised, since that would end the worker.
"""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Collection, Iterator, Mapping
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np

# Methods that learners and their wrappers call to look at an environment, and that change nothing.
SAFE_CALLS = (
    "action_masks",
    "get_action_meanings",
    "get_keys_to_action",
    "ale.getRAM",
    "ale.getScreenGrayscale",
    "ale.getScreenRGB",
    "ale.lives",
)
_DEEPEST = 200  # levels of containers, as in an observation
_ABSENT = object()


class Outcome(NamedTuple):
    """A plain value; or, where `code` is none of "", why there is none: an error's code of the contract, a message."""

    value: Any
    code: str = ""
    message: str = ""


class _Refused(Exception):
    """The attribute cannot be given."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class AttributesOfOne:
    """For the wrapper around each environment of a vector env, by whose `call` it is reached."""

    def attribute_for_client(self, name: str, call: bool, allowed: Collection[str]) -> Outcome:
        return read_attribute(self, name, call, allowed)


def read_attribute(env: Any, name: str, call: bool, allowed: Collection[str]) -> Outcome:
    """The attribute at a dotted path of public names, of `env` or of what it wraps; arrays are copied.

    With `call`, a method is called, without arguments, if its path is one of `allowed`.
    """
    try:
        value = _find(env, name.split("."))
        if callable(value) and not isinstance(value, type):
            value = _called(value, name, call, allowed)
        return Outcome(_plain(value, name))
    except _Refused as refusal:
        return Outcome(None, refusal.code, str(refusal))
    except Exception as error:  # the environment's own
        return Outcome(None, "environment_error", f"The environment raised {type(error).__name__}: {error}")


def has_integer_keys(value: Any) -> bool:
    """Whether all keys of all mappings in a plain value are integers, and there are any."""
    keys = list(_keys(value))
    return bool(keys) and all(isinstance(key, (int, np.integer)) and not isinstance(key, bool) for key in keys)


def _keys(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        yield from value
        value = list(value.values())
    if isinstance(value, list):
        for part in value:
            yield from _keys(part)


def _find(env: Any, names: list[str]) -> Any:
    value = _ABSENT
    for layer in _layers(env):
        if (value := getattr(layer, names[0], _ABSENT)) is not _ABSENT:
            break
    else:
        raise _unknown(layer, names, 0)
    for index, name in enumerate(names[1:], 1):
        if isinstance(value, (ModuleType, type)) or inspect.isroutine(value):
            raise _Refused("unknown_attribute", f"{_path(names, index)} {_kind(value)}: nothing below it can be read")
        owner, value = value, getattr(value, name, _ABSENT)
        if value is _ABSENT:
            raise _unknown(owner, names, index)
    return value


def _layers(env: Any) -> Iterator[Any]:
    """The environment's wrappers, from the outermost inwards, and the environment itself."""
    yield env
    while env is not getattr(env, "unwrapped", env) and hasattr(env, "env"):
        env = env.env
        yield env


def _unknown(owner: Any, names: list[str], index: int) -> _Refused:
    public = [name for name in dir(owner) if not name.startswith("_")]
    nearest = difflib.get_close_matches(names[index], public, 3)
    hint = f". The nearest are: {', '.join(_path([*names[:index], name]) for name in nearest)}" if nearest else ""
    return _Refused("unknown_attribute", f"{type(owner).__name__} has no attribute {names[index]!r}{hint}")


def _path(names: list[str], length: int | None = None) -> str:
    return ".".join(names[:length])


def _kind(value: Any) -> str:
    name = type(value).__name__
    return "is a method" if inspect.isroutine(value) else f"is {'an' if name[0].lower() in 'aeiou' else 'a'} {name}"


def _called(method: Any, name: str, call: bool, allowed: Collection[str]) -> Any:
    if name not in allowed:
        if not call and not inspect.isroutine(method):
            raise _is_object(name, method)
        allowance = ", ".join(sorted(allowed)) or "none"
        problem = f"{name} is a method, and the operator allows calls of {allowance} only (--allow-call {name})"
        raise _Refused("call_not_allowed", problem)
    if needed := _needed(method):
        raise _Refused(
            "call_not_allowed", f"{name} needs arguments ({', '.join(needed)}), and would be called with none"
        )
    if not call:
        raise _Refused("attribute_is_method", f"{name} is a method: ask with call true for what it returns")
    return method()


def _needed(method: Any) -> list[str]:
    try:
        parameters = inspect.signature(method).parameters.values()
    except (TypeError, ValueError):  # of compiled code, which says itself what it needs
        return []
    optional = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return [each.name for each in parameters if each.default is each.empty and each.kind not in optional]


def _is_object(name: str, value: Any) -> _Refused:
    problem = f"{name} {_kind(value)}, not a value: ask for an attribute of it, as in {name}.x"
    return _Refused("attribute_is_object", problem)


def _plain(value: Any, name: str, depth: int = 0) -> Any:
    """The value as numbers, strings, lists, dicts and arrays, with nothing of it shared with the environment."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, np.generic) and value.dtype.kind in "fiub":
        return value
    if depth > _DEEPEST:
        raise _Refused("attribute_is_object", f"{name} holds itself, or lies deeper than {_DEEPEST} levels")
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        value = {key: part for key, part in value._asdict().items() if part is not None}
    if isinstance(value, Mapping):
        return {key: _plain(part, name, depth + 1) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(part, name, depth + 1) for part in value]
    if all(hasattr(value, each) for each in ("__array__", "dtype", "shape")):  # NumPy's, JAX's, PyTorch's
        array = np.array(value)
        return _plain(array.tolist(), name, depth + 1) if array.dtype.kind in "OU" else _numbers(array, name)
    raise _is_object(name, value)


def _numbers(array: np.ndarray, name: str) -> np.ndarray:
    if array.dtype.kind not in "fiub":
        raise _is_object(name, array)
    return array
