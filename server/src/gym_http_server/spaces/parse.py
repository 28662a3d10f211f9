"""Parses values that clients send into members of a space: actions, and what `contains` is asked about."""

from __future__ import annotations

import contextlib
import importlib
import math
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np

from ..protocol.encoding import INFINITY_IN_JSON
from .describe import kind_of


class InvalidValue(ValueError):
    """The value is no member of the space; the message says why."""


def parse(space: Any, value: Any, from_json: bool) -> Any:
    """The member of `space` that `value` (a document's part, arrays as lists or `np.ndarray`) stands for.

    Numbers are cast to the space's dtype when nothing is lost; a Discrete comes as `1`, `1.0`, `"1"`, `true` or `[1]`,
    a Box of one element also as a bare number. The bounds of a Box are the environment's business, and not checked, but
    infinity and not-a-number are no members where they are.
    With `from_json`, 1e100 is +inf, -1e100 is -inf and null is NaN.

    Raises:
        InvalidValue: when the value does not fit.
    """
    kind = kind_of(space)
    if kind is None:
        return _other(space, value, from_json)
    return _PARSERS[kind](space, value, from_json)


def _other(space: Any, value: Any, from_json: bool) -> Any:
    for attempt in (lambda: _own(value), lambda: _numbers(value, from_json).copy()):
        with contextlib.suppress(Exception):  # the class is somebody else's, and may object to what it is asked about
            if space.contains(member := attempt()):
                return member
    raise InvalidValue("the space does not contain it")


def _own(value: Any) -> Any:
    return value.copy() if isinstance(value, np.ndarray) else value  # those of a document are read-only


def _discrete(space: Any, value: Any, from_json: bool) -> Any:
    number = value if type(value) is int else _integer(value)
    start, n = int(space.start), int(space.n)
    if not start <= number < start + n:
        raise InvalidValue(f"expected an integer from {start} to {start + n - 1}")
    return _scalar(space.dtype.type, number)


@lru_cache(maxsize=4096)  # a NumPy scalar never changes, and takes longer to make than to find
def _scalar(scalar_type: type[np.integer], number: int) -> np.integer:
    return scalar_type(number)


def _integer(value: Any) -> int:
    if type(value) is int:
        return value
    if isinstance(value, np.ndarray) and value.size == 1:
        value = value.item()
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, str):
        try:
            return int(value)
        except ValueError:
            pass
    if isinstance(value, int) or (isinstance(value, float) and value.is_integer()):  # true is 1, as in Python
        return int(value)
    raise InvalidValue("expected an integer")


def _box(space: Any, value: Any, from_json: bool) -> np.ndarray:
    array = _array(value, space.shape, space.dtype, from_json)
    if array.dtype.kind == "f" and not math.isfinite(np.vdot(array, array)):  # or their sum is too large
        _check_finite(space, array)
    return array


def _check_finite(space: Any, array: np.ndarray) -> None:
    """Infinity belongs where there is no bound on its side, not-a-number where there is none at all.

    Where an environment has said that numbers end, it rarely looks whether they do: it would break, not clip.
    """
    refused = np.isnan(array) & (space.bounded_below | space.bounded_above)
    refused |= (np.isposinf(array) & space.bounded_above) | (np.isneginf(array) & space.bounded_below)
    if refused.any():
        raise InvalidValue("expected finite numbers where the space is bounded")


def _array(value: Any, shape: tuple[int, ...], dtype: np.dtype, from_json: bool) -> np.ndarray:
    array = _numbers(value, from_json)
    if array.shape != shape:
        bare_number = array.size == 1 and int(np.prod(shape)) == 1 and array.ndim <= 1
        if (array.size == 0 and 0 in shape) or bare_number:
            array = array.reshape(shape)
        else:
            raise InvalidValue(f"expected shape {list(shape)}, got {list(array.shape)}")
    return _cast(array, dtype, from_json)


def _numbers(value: Any, from_json: bool) -> np.ndarray:
    try:
        array = np.asarray(value)
        if array.dtype.kind == "O" and from_json:  # nulls, or numbers beyond 64 bits
            array = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        raise InvalidValue("expected numbers in lists of equal lengths") from None
    if array.dtype.kind not in "fiub":
        raise InvalidValue("expected numbers")
    return array


def _cast(array: np.ndarray, dtype: np.dtype, from_json: bool) -> np.ndarray:
    if dtype.kind == "f":
        if array.dtype.kind == "b":
            raise InvalidValue("expected numbers, got booleans")
        if from_json and dtype.itemsize >= 8:
            wide = array.astype(dtype)
            infinite = np.abs(wide) >= INFINITY_IN_JSON
            return np.where(infinite, np.copysign(np.inf, wide), wide) if infinite.any() else wide
        with np.errstate(over="ignore"):  # 1e100 is how JSON says infinity
            return array.astype(dtype)
    if array.dtype == dtype:
        return array.copy()
    if array.dtype.kind == "f" and not (array == np.floor(array)).all():  # NaN is not equal to itself
        raise InvalidValue("expected integers")
    if dtype.kind == "b":
        low, high = 0, 1
    else:
        low, high = np.iinfo(dtype).min, np.iinfo(dtype).max
    if array.size and (array.min() < low or array.max() > high):
        raise InvalidValue(f"expected integers from {low} to {high}")
    return array.astype(dtype)


def _multi_discrete(space: Any, value: Any, from_json: bool) -> np.ndarray:
    array = _array(value, space.shape, space.dtype, from_json)
    start = getattr(space, "start", 0)
    if not ((array >= start) & (array < start + space.nvec)).all():
        first, last = np.broadcast_to(start, space.shape), start + space.nvec - 1
        raise InvalidValue(f"expected integers from {first.tolist()} to {last.tolist()}")
    return array


def _multi_binary(space: Any, value: Any, from_json: bool) -> np.ndarray:
    array = _array(value, space.shape, space.dtype, from_json)
    if not ((array == 0) | (array == 1)).all():
        raise InvalidValue("expected zeros and ones")
    return array


def _text(space: Any, value: Any, from_json: bool) -> str:
    if not isinstance(value, str):
        raise InvalidValue("expected a string")
    if not space.contains(value):
        raise InvalidValue(f"expected {space.min_length} to {space.max_length} characters of the space's charset")
    return value


def _tuple(space: Any, value: Any, from_json: bool) -> tuple[Any, ...]:
    parts = _list(value)
    if len(parts) != len(space.spaces):
        raise InvalidValue(f"expected a list of {len(space.spaces)} values, got {len(parts)}")
    return tuple(parse(part, item, from_json) for part, item in zip(space.spaces, parts, strict=True))


def _dict(space: Any, value: Any, from_json: bool) -> dict[Any, Any]:
    if not isinstance(value, dict) or set(value) != {str(key) for key in space.spaces}:
        raise InvalidValue(f"expected an object with exactly the keys {[str(key) for key in space.spaces]}")
    return {key: parse(part, value[str(key)], from_json) for key, part in space.spaces.items()}


def _sequence(space: Any, value: Any, from_json: bool) -> Any:
    if getattr(space, "stack", False):
        return _stacked(space.feature_space, value, from_json)
    return tuple(parse(space.feature_space, item, from_json) for item in _list(value))


def _stacked(feature: Any, value: Any, from_json: bool) -> Any:
    """The batched value of a feature space; how many are stacked is read off the value itself."""
    length = _stack_length(feature, value)
    # The utilities of the library that the space is from: gym.vector.utils or gymnasium.vector.utils.
    utilities = importlib.import_module(f"{type(feature).__module__.split('.')[0]}.vector.utils")
    return parse(utilities.batch_space(feature, length), value, from_json)


def _stack_length(feature: Any, value: Any) -> int:
    kind = kind_of(feature)
    if kind == "Dict" and isinstance(value, dict) and value:
        key, part = next(iter(feature.spaces.items()))
        return _stack_length(part, value.get(str(key)))
    if kind == "Tuple" and feature.spaces:
        return _stack_length(feature.spaces[0], (_list(value) or [None])[0])
    return len(_list(value))


def _list(value: Any) -> Any:
    if isinstance(value, list) or (isinstance(value, np.ndarray) and value.ndim > 0):
        return value
    raise InvalidValue("expected a list")


def _graph(space: Any, value: Any, from_json: bool) -> Any:
    if not isinstance(value, dict) or "nodes" not in value or ("edges" in value) != ("edge_links" in value):
        raise InvalidValue("expected an object with 'nodes', and 'edges' and 'edge_links' together or not at all")
    nodes = _stacked(space.node_space, value["nodes"], from_json)
    edges = links = None
    if "edges" in value:
        if space.edge_space is None:
            raise InvalidValue("this graph has no edges")
        edges = _stacked(space.edge_space, value["edges"], from_json)
        count = _stack_length(space.edge_space, value["edges"])
        links = _array(value["edge_links"], (count, 2), np.dtype(np.int32), from_json)
        if links.size and not 0 <= links.min() <= links.max() < _stack_length(space.node_space, value["nodes"]):
            raise InvalidValue("expected edge_links to be indices of nodes")
    instance: Callable[..., Any] = importlib.import_module(type(space).__module__).GraphInstance
    return instance(nodes=nodes, edges=edges, edge_links=links)


def _one_of(space: Any, value: Any, from_json: bool) -> tuple[Any, Any]:
    pair = _list(value)
    if len(pair) != 2:
        raise InvalidValue("expected a list of an index and a value")
    index = _integer(pair[0])
    if not 0 <= index < len(space.spaces):
        raise InvalidValue(f"expected an index from 0 to {len(space.spaces) - 1}")
    return np.int64(index), parse(space.spaces[index], pair[1], from_json)


_PARSERS: dict[str, Callable[[Any, Any, bool], Any]] = {
    "Discrete": _discrete,
    "Box": _box,
    "MultiDiscrete": _multi_discrete,
    "MultiBinary": _multi_binary,
    "Text": _text,
    "Tuple": _tuple,
    "Dict": _dict,
    "Sequence": _sequence,
    "Graph": _graph,
    "OneOf": _one_of,
}
