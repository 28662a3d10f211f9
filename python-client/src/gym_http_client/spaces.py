"""Gymnasium spaces from their form on the wire, and values of theirs from what a reply carries."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

Decoder = Callable[[Any], Any]


def space_from_info(info: dict[str, Any]) -> spaces.Space[Any]:
    """The space that a server describes, equal to the environment's own.

    Args:
        info: what `Client.env_action_space_info` or `env_observation_space_info` returns.

    Raises:
        ValueError: the description is of no standard space, or lacks a fact.

    >>> space_from_info({"name": "Discrete", "n": 3, "start": -1, "dtype": "int64"})
    Discrete(3, start=-1)
    >>> space_from_info({"name": "Box", "shape": [2], "low": [-1, -np.inf], "high": [1, np.inf], "dtype": "float32"})
    Box([ -1. -inf], [ 1. inf], (2,), float32)
    """
    name = info.get("name")
    if name not in _SPACES:
        raise ValueError(
            f"there is no Gymnasium space {name!r} to rebuild from {str(info)[:200]}; "
            "Client.env_step takes and returns its values as they are"
        )
    try:
        return _SPACES[name](info)
    except (KeyError, TypeError, AttributeError, AssertionError) as error:
        raise ValueError(f"malformed description of a {name} space ({error!r}): {str(info)[:200]}") from error


def _discrete(info: dict[str, Any]) -> spaces.Space[Any]:
    dtype: Any = np.dtype(info.get("dtype", "int64"))
    other_dtype = {} if dtype == np.int64 else {"dtype": dtype.type}  # Gymnasium up to 1.2 has int64 alone
    return spaces.Discrete(info["n"], start=info.get("start", 0), **other_dtype)


def _box(info: dict[str, Any]) -> spaces.Space[Any]:
    dtype: Any = np.dtype(info.get("dtype", "float32"))
    shape = tuple(info["shape"])
    low, high = (_numbers(info[bound], dtype).reshape(shape) for bound in ("low", "high"))
    return spaces.Box(low, high, shape, dtype.type)


def _multi_discrete(info: dict[str, Any]) -> spaces.Space[Any]:
    dtype: Any = np.dtype(info.get("dtype", "int64"))
    nvec = np.asarray(info["nvec"], dtype)
    start = np.asarray(info.get("start", np.zeros_like(nvec)), dtype)
    return spaces.MultiDiscrete(nvec, dtype.type, start=start)


def _multi_binary(info: dict[str, Any]) -> spaces.Space[Any]:
    n = info["n"]
    return spaces.MultiBinary(n if isinstance(n, int) else [int(size) for size in n])


def _text(info: dict[str, Any]) -> spaces.Space[Any]:
    return spaces.Text(info["max_length"], min_length=info["min_length"], charset=info["charset"])


def _tuple(info: dict[str, Any]) -> spaces.Space[Any]:
    return spaces.Tuple([space_from_info(part) for part in info["spaces"]])


def _dict(info: dict[str, Any]) -> spaces.Space[Any]:
    # an OrderedDict, because Gymnasium sorts the keys of a plain one
    return spaces.Dict(OrderedDict((key, space_from_info(part)) for key, part in info["spaces"].items()))


def _sequence(info: dict[str, Any]) -> spaces.Space[Any]:
    return spaces.Sequence(space_from_info(info["space"]), stack=info.get("stack", False))


def _graph(info: dict[str, Any]) -> spaces.Space[Any]:
    node_space: Any = space_from_info(info["node_space"])
    edge_space: Any = space_from_info(info["edge_space"]) if "edge_space" in info else None
    return spaces.Graph(node_space, edge_space)


def _one_of(info: dict[str, Any]) -> spaces.Space[Any]:
    return spaces.OneOf([space_from_info(part) for part in info["spaces"]])


_SPACES: dict[str, Callable[[dict[str, Any]], spaces.Space[Any]]] = {
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


def decoder(space: spaces.Space[Any]) -> Decoder:
    """The function that turns a value on the wire into an element of `space`.

    An array that came as MessagePack is passed on as it is; nested lists (JSON) become an array of the space's dtype. A
    Discrete's element is an int. What does not fit raises ValueError.

    >>> decoder(spaces.Box(-1, 1, (2,)))([0.5, -0.25])
    array([ 0.5 , -0.25], dtype=float32)
    >>> decoder(spaces.Tuple([spaces.Discrete(3), spaces.Text(5)]))([2, "left"])
    (2, 'left')
    """
    if isinstance(space, (spaces.Box, spaces.MultiDiscrete, spaces.MultiBinary)):
        dtype: Any = space.dtype
        return lambda wire: wire if isinstance(wire, np.ndarray) else _array(wire, dtype, space.shape)
    if isinstance(space, spaces.Discrete):
        return _int
    if isinstance(space, spaces.Text):
        return _str
    if isinstance(space, spaces.Tuple):
        return _tuple_decoder(space)
    if isinstance(space, spaces.Dict):
        return _dict_decoder(space)
    if isinstance(space, spaces.Sequence):
        if space.stack:
            return _stack_decoder(space.feature_space)
        element = decoder(space.feature_space)
        return lambda wire: tuple(element(each) for each in _elements(wire))
    if isinstance(space, spaces.Graph):
        return _graph_decoder(space)
    if isinstance(space, spaces.OneOf):
        choices = [decoder(part) for part in space.spaces]
        return lambda wire: _chosen(wire, choices)
    raise ValueError(f"cannot read values of {space}")


def _numbers(wire: Any, dtype: np.dtype[Any]) -> NDArray[Any]:
    if isinstance(wire, np.ndarray):
        return wire.astype(dtype, copy=False)
    if dtype.kind != "f":
        return np.array(wire, dtype)
    return np.array(wire, np.float64).astype(dtype)  # None becomes NaN


def _array(wire: Any, dtype: np.dtype[Any], shape: tuple[int, ...]) -> NDArray[Any]:
    try:
        array = _numbers(wire, dtype)
    except (TypeError, OverflowError) as error:
        raise ValueError(f"no array of {dtype}: {error}") from error
    return array.reshape(shape) if array.size == 0 and 0 in shape else array


def _int(wire: Any) -> int:
    if isinstance(wire, (int, np.integer, np.ndarray)) and not isinstance(wire, bool):
        return int(wire)
    raise ValueError(f"expected an integer, got {wire!r:.80}")


def _str(wire: Any) -> str:
    if isinstance(wire, str):
        return wire
    raise ValueError(f"expected a string, got {wire!r:.80}")


def _elements(wire: Any, count: int | None = None) -> Any:
    if not isinstance(wire, (list, np.ndarray)) or count not in (None, len(wire)):
        raise ValueError(f"expected a list{'' if count is None else f' of {count}'}, got {wire!r:.80}")
    return wire


def _tuple_decoder(space: spaces.Tuple[Any]) -> Decoder:
    parts = [decoder(part) for part in space.spaces]
    return lambda wire: tuple(part(each) for part, each in zip(parts, _elements(wire, len(parts)), strict=True))


def _dict_decoder(space: spaces.Dict) -> Decoder:
    return _object_decoder({key: decoder(part) for key, part in space.spaces.items()})


def _object_decoder(parts: dict[str, Decoder]) -> Decoder:
    def decode(wire: Any) -> dict[str, Any]:
        if not isinstance(wire, dict) or wire.keys() != parts.keys():
            raise ValueError(f"expected an object with the keys {list(parts)}, got {wire!r:.80}")
        return {key: part(wire[key]) for key, part in parts.items()}

    return decode


def _chosen(wire: Any, choices: list[Decoder]) -> tuple[np.int64, Any]:
    index, value = _elements(wire, 2)
    if not 0 <= _int(index) < len(choices):
        raise ValueError(f"expected an index below {len(choices)}, got {index!r:.80}")
    return np.int64(index), choices[index](value)


def _stack_decoder(feature: spaces.Space[Any]) -> Decoder:
    """For any number of the space's elements in one value: what `gymnasium.vector.utils.concatenate` makes of them."""
    if isinstance(feature, (spaces.Box, spaces.Discrete, spaces.MultiDiscrete, spaces.MultiBinary)):
        dtype: Any = feature.dtype
        shape = (0, *(feature.shape or ()))
        return lambda wire: wire if isinstance(wire, np.ndarray) else _array(wire, dtype, shape)
    if isinstance(feature, spaces.Tuple):
        parts = [_stack_decoder(part) for part in feature.spaces]
        return lambda wire: tuple(part(each) for part, each in zip(parts, _elements(wire, len(parts)), strict=True))
    if isinstance(feature, spaces.Dict):
        return _object_decoder({key: _stack_decoder(part) for key, part in feature.spaces.items()})
    element = decoder(feature)
    return lambda wire: tuple(element(each) for each in _elements(wire))


def _graph_decoder(space: spaces.Graph) -> Decoder:
    nodes = _stack_decoder(space.node_space)
    edges = _stack_decoder(space.edge_space) if space.edge_space is not None else None

    def decode(wire: Any) -> spaces.GraphInstance:
        if not isinstance(wire, dict) or "nodes" not in wire or ("edges" in wire) != ("edge_links" in wire):
            raise ValueError(f"expected an object with nodes, and edges with edge_links or neither, got {wire!r:.80}")
        if "edges" not in wire or edges is None:
            return spaces.GraphInstance(nodes(wire["nodes"]), None, None)
        links = _array(wire["edge_links"], np.dtype(np.int32), (0, 2))
        if isinstance(wire["edge_links"], np.ndarray):
            links = wire["edge_links"]
        return spaces.GraphInstance(nodes(wire["nodes"]), edges(wire["edges"]), links)

    return decode
