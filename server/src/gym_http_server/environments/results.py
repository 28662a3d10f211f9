"""What environments give, as Gymnasium says that they should."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..protocol.errors import shown

_NUMBERS = frozenset((float, int, np.float64, np.float32))
_FLAGS = frozenset((bool, np.bool_, int, type(None)))


def plain_results(reward: Any, terminated: Any, truncated: Any) -> tuple[float, bool, bool]:
    """Reward and flags of one environment as plain values; an array or list of one element is that element.

    Raises:
        TypeError: for anything else, by name.
    """
    return (
        float(reward if type(reward) in _NUMBERS else _one(reward, "reward", "number")),
        bool(terminated if type(terminated) in _FLAGS else _one(terminated, "flag terminated", "boolean")),
        bool(truncated if type(truncated) in _FLAGS else _one(truncated, "flag truncated", "boolean")),
    )


def vector_results(count: int, reward: Any, terminated: Any, truncated: Any) -> tuple[Any, Any, Any]:
    """Reward (float64) and flags (bool) of a vector env as arrays of shape (count,); TypeError by name for others."""
    return (
        _many(count, reward, "reward", np.float64),
        _many(count, terminated, "terminated", np.bool_),
        _many(count, truncated, "truncated", np.bool_),
    )


def info_object(info: Any) -> Mapping[str, Any]:
    """`info` as the object that it should be: {} where there is none."""
    if info is None:
        return {}
    return info if isinstance(info, Mapping) else {"info": info}


def _one(value: Any, name: str, kind: str) -> Any:
    array = np.asarray(value)
    if array.dtype.kind not in "fiub":
        if hasattr(value, "__float__"):  # a Fraction, a Decimal
            return float(value)
        raise TypeError(f"the {name} must be one {kind}, not {shown(value)}")
    if array.size != 1:
        raise TypeError(f"the {name} must be one {kind}, not an array of shape {array.shape}")
    return array.item()


def _many(count: int, value: Any, name: str, dtype: Any) -> Any:
    array = np.asarray(value, dtype=dtype)
    if array.shape == (count,):
        return array
    if array.size != count:
        raise TypeError(f"the {name} must be {count} numbers, not an array of shape {array.shape}")
    return array.reshape(count)
