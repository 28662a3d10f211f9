"""Spaces and values whose form on the wire is odd or broken; the good ones are tested over a live server."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from gymnasium import spaces

from gym_http_client._encoding import load_json
from gym_http_client.spaces import decoder, space_from_info

BOX = {"name": "Box", "shape": [1], "low": [0.0], "high": [1.0], "dtype": "float32"}


@pytest.mark.parametrize(
    ("info", "words"),
    [
        ({"name": "Hypercube", "repr": "Hypercube(7)"}, "no Gymnasium space 'Hypercube'"),
        ({}, "no Gymnasium space None"),
        ({"name": "Discrete"}, r"malformed description of a Discrete space \(KeyError\('n'\)"),
        ({"name": "Discrete", "n": "two"}, "malformed description of a Discrete space"),
        ({**BOX, "dtype": "float33"}, "malformed description of a Box space"),
        ({**BOX, "low": [0.0, 1.0]}, "reshape"),
        ({"name": "Tuple", "spaces": [{"name": "Hypercube"}]}, "no Gymnasium space 'Hypercube'"),
        ({"name": "Text", "max_length": 3}, "malformed description of a Text space"),
    ],
)
def test_a_description_of_no_space(info: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        space_from_info(info)


def test_what_a_server_of_2016_left_out_has_the_values_of_2016() -> None:
    assert space_from_info({"name": "Discrete", "n": 2}) == spaces.Discrete(2)
    del (old := dict(BOX))["dtype"]
    assert space_from_info(old) == spaces.Box(0, 1, (1,), np.float32)


def test_keys_of_a_dict_keep_their_order() -> None:
    parts = {"zebra": {"name": "Discrete", "n": 2}, "apple": {"name": "Tuple", "spaces": []}}
    space = space_from_info({"name": "Dict", "spaces": parts})
    assert isinstance(space, spaces.Dict)
    assert list(space.spaces) == ["zebra", "apple"]
    assert list(decoder(space)({"apple": [], "zebra": 1})) == ["zebra", "apple"]


@pytest.mark.parametrize(
    ("space", "wire", "words"),
    [
        (spaces.Discrete(3), "1", "expected an integer, got '1'"),
        (spaces.Discrete(3), True, "expected an integer, got True"),
        (spaces.Box(0, 1, (2,)), [0.5, "x"], "could not convert string to float"),
        (spaces.Box(0, 1, (2,)), {"a": 1}, "no array of float32"),
        (spaces.Text(3), 1, "expected a string, got 1"),
        (spaces.Tuple((spaces.Discrete(2),)), [1, 1], r"expected a list of 1, got \[1, 1\]"),
        (spaces.Dict(a=spaces.Discrete(2)), {"b": 1}, r"expected an object with the keys \['a'\]"),
        (spaces.Sequence(spaces.Discrete(2)), 1, "expected a list, got 1"),
        (spaces.OneOf((spaces.Discrete(2),)), [1, 0], "expected an index below 1, got 1"),
        (spaces.OneOf((spaces.Discrete(2),)), [-1, 0], "expected an index below 1, got -1"),
        (spaces.Graph(spaces.Discrete(2), None), {"edges": []}, "expected an object with nodes"),
    ],
)
def test_a_value_of_no_such_space(space: spaces.Space[Any], wire: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        decoder(space)(wire)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("[1e100, -1e100, null, 9.9e99]", [math.inf, -math.inf, None, 9.9e99]),
        ("[1.5E+300, -1e+100, 1.0E100]", [math.inf, -math.inf, math.inf]),
        ('{"code100": 0.5, "low": [[-1e308]]}', {"code100": 0.5, "low": [[-math.inf]]}),
        (str(10**120), 10**120),  # an integer of any size is itself
    ],
)
def test_a_float_at_the_edge_of_json_is_infinite(text: str, value: Any) -> None:
    assert load_json(text.encode()) == value
