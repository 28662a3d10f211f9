"""Describes spaces of Gymnasium and of classic gym as documents from which a client can rebuild them."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np

KINDS = (
    "Discrete",
    "Box",
    "MultiDiscrete",
    "MultiBinary",
    "Text",
    "Tuple",
    "Dict",
    "Sequence",
    "Graph",
    "OneOf",
)
# Left out of descriptions: the API of 2016 had no such keys, and an old client takes each key for an array.
_USUAL: dict[str, dict[str, Any]] = {"Discrete": {"start": 0, "dtype": "int64"}, "Box": {"dtype": "float32"}}
_PARTS = ("spaces", "space", "node_space", "edge_space")


def kind_of(space: Any) -> str | None:
    """The name of the standard space that `space` is, by its class or a base of it; None for a space of another kind.

    Names rather than classes, because `gym.spaces` and `gymnasium.spaces` are different classes with the same names.
    """
    cls: type = type(space)
    return _kind_of_class(cls)


@lru_cache(maxsize=1024)
def _kind_of_class(cls: type) -> str | None:
    for base in cls.__mro__:
        if base.__name__ in KINDS and base.__module__.split(".")[0] in ("gymnasium", "gym"):
            return str(base.__name__)
    return None


def describe(space: Any) -> dict[str, Any]:
    """The space as a document: `Space` of `spec/openapi.yaml`.

    `low`, `high` are flat arrays of the Box's dtype in C order; `nvec` and `start` of a MultiDiscrete have its shape.
    Facts that a space does not have are left out, never null, and so are the usual ones.
    """
    return _without_the_usual(describe_in_full(space))


def describe_in_full(space: Any) -> dict[str, Any]:
    """`describe` without leaving out what is usual."""
    kind = kind_of(space)
    if kind is None:
        return {"name": _foreign_name(type(space)), "repr": repr(space)}
    return {"name": kind, **_DESCRIBE[kind](space)}


def _foreign_name(cls: type) -> str:
    """The name of a class of some package's own; with its module where it would pass for a standard one."""
    return f"{cls.__module__}.{cls.__name__}" if cls.__name__ in KINDS else cls.__name__


def _without_the_usual(facts: dict[str, Any]) -> dict[str, Any]:
    usual = _USUAL.get(facts["name"], {})
    return {
        key: _parts_without_the_usual(fact) if key in _PARTS else fact
        for key, fact in facts.items()
        if key not in usual or fact != usual[key]
    }


def _parts_without_the_usual(parts: Any) -> Any:
    if isinstance(parts, list):
        return [_without_the_usual(part) for part in parts]
    if isinstance(parts.get("name"), str):
        return _without_the_usual(parts)
    return {key: _without_the_usual(part) for key, part in parts.items()}


def _discrete(space: Any) -> dict[str, Any]:
    return {"n": int(space.n), "start": int(space.start), "dtype": np.dtype(space.dtype).name}


def _box(space: Any) -> dict[str, Any]:
    return {
        "shape": list(space.shape),
        "low": np.ravel(space.low),
        "high": np.ravel(space.high),
        "dtype": np.dtype(space.dtype).name,
    }


def _multi_discrete(space: Any) -> dict[str, Any]:
    start = getattr(space, "start", None)  # classic gym has none: every element starts at 0
    return {
        "nvec": space.nvec,
        "start": np.zeros_like(space.nvec) if start is None else np.asarray(start),
        "dtype": np.dtype(space.dtype).name,
    }


def _multi_binary(space: Any) -> dict[str, Any]:
    return {"n": int(space.n) if np.ndim(space.n) == 0 else [int(n) for n in space.n], "shape": list(space.shape)}


def _text(space: Any) -> dict[str, Any]:
    return {
        "min_length": int(space.min_length),
        "max_length": int(space.max_length),
        "charset": "".join(sorted(space.character_set)),
    }


def _spaces(space: Any) -> dict[str, Any]:
    return {"spaces": [describe_in_full(part) for part in space.spaces]}


def _dict(space: Any) -> dict[str, Any]:
    return {"spaces": {str(key): describe_in_full(part) for key, part in space.spaces.items()}}


def _sequence(space: Any) -> dict[str, Any]:
    return {"space": describe_in_full(space.feature_space), "stack": bool(getattr(space, "stack", False))}


def _graph(space: Any) -> dict[str, Any]:
    edge = {} if space.edge_space is None else {"edge_space": describe_in_full(space.edge_space)}
    return {"node_space": describe_in_full(space.node_space), **edge}


_DESCRIBE: dict[str, Callable[[Any], dict[str, Any]]] = {
    "Discrete": _discrete,
    "Box": _box,
    "MultiDiscrete": _multi_discrete,
    "MultiBinary": _multi_binary,
    "Text": _text,
    "Tuple": _spaces,
    "Dict": _dict,
    "Sequence": _sequence,
    "Graph": _graph,
    "OneOf": _spaces,
}
