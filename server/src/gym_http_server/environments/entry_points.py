"""The classes and functions that the entry points of environments name, and which parameters they take."""

from __future__ import annotations

import functools
import importlib
import inspect
import re
import threading
from types import ModuleType
from typing import Any

from ..protocol.errors import ApiError, invalid_parameter
from .recipe import Recipe

_NAMES_A_FILE = re.compile(r"(file|path|dir|directory|folder)(name)?s?$", re.IGNORECASE)
# Python refuses with a deadlock error when two threads import modules of one package that import each other.
_IMPORTING = threading.Lock()
_IMPORTED: set[str] = set()


def main_entry_point(spec: Any) -> Any:
    """The entry point; the vector entry point of what is registered with that alone. None where nothing makes it."""
    return getattr(spec, "vector_entry_point", None) if spec.entry_point is None else spec.entry_point


def entry_point_name(spec: Any) -> str:
    """The main entry point as `module:attribute`, also where it was registered as a class or a function."""
    point = main_entry_point(spec)
    if isinstance(point, str):
        return point
    return f"{point.__module__}:{getattr(point, '__qualname__', type(point).__name__)}"


def creator(spec: Any, vector: bool) -> Any:
    """The class or function that the entry point, or the vector entry point, names; its module is imported."""
    entry_point = spec.vector_entry_point if vector else spec.entry_point
    if callable(entry_point):
        return entry_point
    module, _, attribute = entry_point.partition(":")
    return functools.reduce(getattr, attribute.split("."), _import(module))


def _import(name: str) -> ModuleType:
    if name not in _IMPORTED:  # what is there already does not wait for a slow import of something else
        with _IMPORTING:
            importlib.import_module(name)
        _IMPORTED.add(name)
    return importlib.import_module(name)


def names(function: Any, parameter: str) -> bool:
    """Whether the signature has the parameter."""
    return parameter in _parameters(function)


def takes(function: Any, parameter: str) -> bool:
    """Whether the signature has the parameter, or any: what `**kwargs` are passed on to may still refuse it."""
    parameters = _parameters(function)
    return parameter in parameters or any(p.kind is inspect.Parameter.VAR_KEYWORD for p in parameters.values())


def _parameters(function: Any) -> dict[str, inspect.Parameter]:
    try:
        return dict(inspect.signature(function).parameters)
    except (TypeError, ValueError):  # of something built in
        return {}


def missing_dependency(env_id: str, what: str) -> ApiError:
    """A 400 for an environment that is known, but lacks something on this machine."""
    return ApiError(400, "missing_dependency", f"To create {env_id} the server needs {what}")


def creation_error(spec: Any, recipe: Recipe, error: BaseException) -> ApiError:
    """The reply to an exception that an environment's module or constructor raised."""
    if isinstance(error, ImportError) or type(error).__name__ == "DependencyNotInstalled":
        return missing_dependency(spec.id, f"more than is installed: {error}")
    if isinstance(error, TypeError) and "argument" in str(error):
        return invalid_parameter("kwargs", f"does not suit {spec.id}: {error}")
    if files := sorted(name for name in recipe.kwargs if _NAMES_A_FILE.search(name)):
        # What the environment says of a file would tell whether it exists, and what it holds.
        problem = f"does not suit {spec.id}, which could not use {', '.join(files)}; the server's log says why"
        return invalid_parameter("kwargs", problem)
    return ApiError(500, "environment_error", f"{spec.id} could not be created: {type(error).__name__}: {error}")
