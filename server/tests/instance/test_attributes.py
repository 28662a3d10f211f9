"""Attributes are read, few methods called, and nothing else of an environment can be reached."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import gymnasium
import numpy as np
import pytest
from live import Api, Server

KINDS = [{}, {"num_envs": 2, "vectorization_mode": "sync"}, {"num_envs": 2, "vectorization_mode": "async"}]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    from live import environment_with_odd_envs

    flags = ("--import", "attribute_envs", "--allow-call", "change", "--allow-call", "needs")
    server = Server(tmp_path_factory.mktemp("server"), *flags, env=environment_with_odd_envs())
    yield server
    assert server.stop() == 0, server.log.read_text()


@pytest.fixture(params=KINDS, ids=["one", "sync", "async"])
def ask(request: pytest.FixtureRequest, api: Api) -> Iterator[Callable[..., Any]]:
    """Asks for an attribute; of a vector env all must answer the same."""
    instance_id = api.create("attributes/Wrapped-v0", **request.param)

    def ask(name: str, **arguments: Any) -> Any:
        reply = api.call("env_get_attr", instance_id=instance_id, name=name, **arguments)
        if reply.status != 200:
            return (*reply.error, reply.message)
        value = reply.document["value"]
        if request.param:
            one, other = value
            np.testing.assert_equal(one, other)
            value = one
        return value

    ask.is_msgpack = api.msgpack  # type: ignore[attr-defined]
    yield ask
    api.ok("env_close", instance_id=instance_id)


def test_plain_values_come_as_observations_do(ask: Any) -> None:
    value = ask("values")
    array = value.pop("array")
    if ask.is_msgpack:
        np.testing.assert_array_equal(array, np.arange(6, dtype=np.int16).reshape(2, 3), strict=True)
        assert value.pop("scalar").item() == 4
    else:
        assert array == [[0, 1, 2], [3, 4, 5]]
        assert value.pop("scalar") == 4
    assert value == {
        "nothing": None,
        "flag": True,
        "colour": 3,
        "wide": 2**40,
        "single": 0.5,
        "text": "漢",
        "pair": {"left": 1, "right": "two"},
        "mapping": {"a": [1, 2]},
    }


def test_wrappers_and_dots_are_followed(ask: Any) -> None:
    assert ask("outermost") == "wrapper"
    assert ask("engine.power") == 7
    assert ask("unwrapped.engine.power") == 7


@pytest.mark.parametrize(
    ("name", "call", "code", "words"),
    [
        ("engin", False, "unknown_attribute", "The nearest are: engine"),
        ("engine.powr", False, "unknown_attribute", "engine.power"),
        ("_secret", False, "invalid_parameter", "public name"),
        ("engine.__class__", False, "invalid_parameter", "public name"),
        ("engine..power", False, "invalid_parameter", "public name"),
        ("engine", False, "attribute_is_object", "engine.x"),
        ("engine", True, "call_not_allowed", "--allow-call engine"),
        ("engines", False, "attribute_is_object", "engines is an Engine"),
        ("raw", False, "attribute_is_object", "bytes"),
        ("members", False, "attribute_is_object", "set"),
        ("library", False, "attribute_is_object", "module"),
        ("endless", False, "attribute_is_object", "holds itself"),
        ("library.pi", False, "unknown_attribute", "nothing below it"),
        ("kind", False, "attribute_is_object", "type"),
        ("kind.power", False, "unknown_attribute", "nothing below it"),
        ("change.real", False, "unknown_attribute", "nothing below it"),
        ("engine.revolutions", True, "call_not_allowed", "--allow-call engine.revolutions"),
        ("close", True, "call_not_allowed", "--allow-call close"),
        ("needs", True, "call_not_allowed", "needs arguments (what)"),
        ("get_action_meanings", False, "attribute_is_method", "call true"),
    ],
)
def test_what_cannot_be_given_is_refused_by_name(ask: Any, name: str, call: bool, code: str, words: str) -> None:
    status, found, message = ask(name, call=call)
    assert (status, found) == (400, code)
    assert words in message


def test_methods_are_called_where_the_operator_allows_them(ask: Any) -> None:
    assert ask("get_action_meanings", call=True) == ["NOOP", "FIRE"]
    assert [ask("change", call=True), ask("change", call=True)] == [1, 2]
    assert ask("changed") == 2
    assert ask("changed", call=True) == 2


def test_what_the_environment_raises_is_told_and_it_lives_on(ask: Any) -> None:
    assert ask("broken") == (500, "environment_error", "The environment raised ZeroDivisionError: told to")
    assert ask("action_masks", call=True)[:2] == (500, "environment_error")
    assert ask("changed") == 0


def test_a_call_is_made_exactly_once(api: Api) -> None:
    instance_id = api.create("attributes/Plain-v0")
    asked = {"instance_id": instance_id, "name": "change", "call": True}
    first, second = (api.call("env_get_attr", key="attributes-once", **asked) for _ in range(2))
    assert first.document == second.document == {"value": 1}
    assert api.ok("env_get_attr", instance_id=instance_id, name="changed") == {"value": 1}
    api.ok("env_close", instance_id=instance_id)


def test_integer_keys_are_told(api: Api) -> None:
    instance_id = api.create("attributes/Plain-v0")
    for name, told in (("numpy_keys", True), ("strings", None), ("mixed", None), ("changed", None)):
        document = api.ok("env_get_attr", instance_id=instance_id, name=name)
        assert document.get("integer_keys") is told, name
    api.ok("env_close", instance_id=instance_id)
    lake = api.create("FrozenLake-v1")
    table = api.ok("env_get_attr", instance_id=lake, name="P")
    local: Any = gymnasium.make("FrozenLake-v1").unwrapped
    assert table["integer_keys"] is True
    assert table["value"]["3"]["1"] == [list(row) for row in local.P[3][1]]
    api.ok("env_close", instance_id=lake)


def test_of_one_object_for_all_the_value_is_its_own(api: Api) -> None:
    instance_id = api.create("CartPole-v1", num_envs=3, vectorization_mode="vector_entry_point")
    assert api.ok("env_get_attr", instance_id=instance_id, name="gravity") == {"value": 9.8}
    api.ok("env_reset", instance_id=instance_id)
    assert np.shape(api.ok("env_get_attr", instance_id=instance_id, name="state")["value"]) == (4, 3)
    api.ok("env_close", instance_id=instance_id)


def test_a_name_is_needed(api: Api) -> None:
    instance_id = api.create("CartPole-v1")
    assert api.call("env_get_attr", instance_id=instance_id).error == (400, "missing_parameter")
    for wrong in (5, "", ["gravity"]):
        assert api.call("env_get_attr", instance_id=instance_id, name=wrong).error == (400, "invalid_parameter")
    assert api.call("env_get_attr", instance_id="0badf00d", name="gravity").error == (400, "unknown_instance")
    api.ok("env_close", instance_id=instance_id)
