"""Infinity and not-a-number are no action where a space has bounds: environments break on them until a reset."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from gymnasium import spaces
from live import Api

from gym_http_server.spaces.parse import InvalidValue, parse

HALF = spaces.Box(np.array([-1, -np.inf], np.float32), np.array([1, np.inf], np.float32))


def numbers(api: Api, values: Any) -> Any:
    """The values as the connection carries them: in JSON null and 1e100, in MessagePack as they are."""
    if api.msgpack:
        return np.array(values, dtype=np.float32)
    if isinstance(values, list):
        return [numbers(api, value) for value in values]
    return None if np.isnan(values) else float(np.clip(values, -1e100, 1e100))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize(("env_id", "size"), [("BipedalWalker-v3", 4), ("Pendulum-v1", 1), ("CarRacing-v3", 3)])
def test_a_bounded_action_that_is_not_finite_is_no_step(api: Api, env_id: str, size: int, value: float) -> None:
    instance_id = api.create(env_id)
    first = api.ok("env_reset", instance_id=instance_id, seed=1)["observation"]
    reply = api.call("env_step", instance_id=instance_id, action=numbers(api, [value] + [0.0] * (size - 1)))
    assert reply.error == (400, "invalid_action")
    assert "finite" in reply.message
    assert api.ok("env_info", instance_id=instance_id)["steps"] == 0
    step = api.ok("env_step", instance_id=instance_id, action=numbers(api, [0.5] * size))
    assert np.isfinite(np.asarray(step["observation"], dtype=float)).all()
    assert np.shape(step["observation"]) == np.shape(first)
    api.ok("env_close", instance_id=instance_id)


def test_nor_is_it_for_one_of_several_environments(api: Api) -> None:
    instance_id = api.create("Pendulum-v1", num_envs=2)
    api.ok("env_reset", instance_id=instance_id)
    reply = api.call("env_step", instance_id=instance_id, action=numbers(api, [[0.0], [np.nan]]))
    assert reply.error == (400, "invalid_action")
    api.ok("env_close", instance_id=instance_id)


@pytest.mark.parametrize(
    ("space", "value"),
    [
        (HALF, [np.nan, 0]),
        (HALF, [np.inf, 0]),
        (spaces.Box(0, np.inf, (1,)), [np.nan]),
        (spaces.Box(0, np.inf, (1,)), [-np.inf]),
        (spaces.Box(-1, 1, (), np.float64), np.nan),
        (spaces.Box(-1, 1, (2,), np.float16), [0, np.nan]),
    ],
)
def test_it_is_refused_where_there_is_a_bound(space: spaces.Box, value: Any) -> None:
    array = np.array(value, dtype=np.float64)
    for given in (space, spaces.Tuple([space]), spaces.Dict(inner=space)):
        wrapped: Any = [array] if isinstance(given, spaces.Tuple) else array
        with pytest.raises(InvalidValue, match="finite"):
            parse(given, {"inner": array} if isinstance(given, spaces.Dict) else wrapped, from_json=False)


@pytest.mark.parametrize(
    ("space", "value"),
    [
        (HALF, [5.0, np.nan]),
        (HALF, [-5.0, -np.inf]),
        (spaces.Box(0, np.inf, (1,)), [np.inf]),
        (spaces.Box(-np.inf, np.inf, (1,), np.float64), [np.nan]),
        (spaces.Box(-1, 1, (2,)), [3e38, 3e38]),  # too large to square, yet finite
        (spaces.Box(-1, 1, (2,), np.float16), [60000, -60000]),
    ],
)
def test_elsewhere_it_is_what_the_client_says(space: spaces.Box, value: Any) -> None:
    array = np.array(value, dtype=space.dtype)
    np.testing.assert_array_equal(parse(space, array, from_json=False), array)
