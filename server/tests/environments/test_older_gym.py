"""`--library gym` plays environments that are older than its API, as packages that were never updated have them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from live import Api, Server

import contract

pytest.importorskip("gym")
SUPPORT = Path(__file__).parents[1] / "support"


@pytest.fixture(scope="module")
def gym_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    environment = {**os.environ, "PYTHONPATH": str(SUPPORT)}
    directory = tmp_path_factory.mktemp("older")
    server = Server(directory, "--library", "gym", "--import", "old_gym_envs", env=environment)
    yield server
    assert server.stop() == 0, server.log.read_text()


@pytest.fixture(params=["json", "msgpack"])
def api(request: pytest.FixtureRequest, gym_server: Server) -> Iterator[Api]:
    api = gym_server.api(msgpack=request.param == "msgpack")
    yield api
    api.close()


@pytest.mark.parametrize("env_id", ["FourTuple-v0", "FourTupleMarked-v0", "ReturnInfo-v0", "NoParameters-v0"])
@pytest.mark.parametrize("vector", [{}, {"num_envs": 2}, {"num_envs": 2, "vectorization_mode": "async"}])
def test_an_episode_of_an_older_environment(api: Api, env_id: str, vector: dict[str, Any]) -> None:
    instance_id = api.create(env_id, **vector)
    first = api.ok("env_reset", instance_id=instance_id)
    assert contract.plain(first["observation"]) == ([[0.0]] * 2 if vector else [0.0])
    for number in (1, 2, 3):
        step = contract.plain(api.ok("env_step", instance_id=instance_id, action=[0, 0] if vector else 0))
        ends = number == 3
        if not (vector and ends):  # whose observation is then that of the next episode
            assert step["observation"] == ([[float(number)]] * 2 if vector else [float(number)])
        for key, value in (("reward", 1.0), ("terminated", ends), ("truncated", False), ("done", ends)):
            assert step[key] == ([value] * 2 if vector else value)
    assert api.ok("env_info", instance_id=instance_id)["episodes"] == (2 if vector else 1)
    api.ok("env_close", instance_id=instance_id)


@pytest.mark.parametrize("env_id", ["FourTuple-v0", "ReturnInfo-v0"])
def test_an_older_environment_is_seeded(api: Api, env_id: str) -> None:
    instance_id = api.create(env_id, seed=7)
    for seed, expected in ((None, 7.0), (9, 9.0)):
        reset = api.ok("env_reset", instance_id=instance_id, **({} if seed is None else {"seed": seed}))
        assert contract.plain(reset["observation"]) == [expected]
    api.ok("env_close", instance_id=instance_id)


def test_one_flag_is_told_apart_where_the_environment_does(api: Api) -> None:
    instance_id = api.create("FourTuple-v0", kwargs={"length": 1})
    for action, truncated in ((0, False), (1, True)):
        api.ok("env_reset", instance_id=instance_id)
        step = api.ok("env_step", instance_id=instance_id, action=action)
        assert (step["terminated"], step["truncated"], step["info"]) == (not truncated, truncated, {})
    api.ok("env_close", instance_id=instance_id)


def test_limits_hold_and_minus_one_lifts_them(api: Api) -> None:
    for limit, length in ((2, 2), (-1, 9)):
        instance_id = api.create("FourTuple-v0", kwargs={"length": 9}, max_episode_steps=limit)
        api.ok("env_reset", instance_id=instance_id)
        steps = [api.ok("env_step", instance_id=instance_id, action=0) for _ in range(length)]
        assert [step["done"] for step in steps] == [False] * (length - 1) + [True]
        assert steps[-1]["truncated"] is (limit == 2)
        api.ok("env_close", instance_id=instance_id)


@pytest.mark.parametrize("env_id", ["FourTuple-v0", "FourTupleByFunction-v0", "NoParameters-v0"])
def test_an_older_environment_draws(api: Api, env_id: str) -> None:
    instance_id = api.create(env_id)
    assert api.ok("env_info", instance_id=instance_id)["render_mode"] == "rgb_array"
    api.ok("env_reset", instance_id=instance_id)
    drawn = api.ok("env_render", instance_id=instance_id)
    if api.msgpack:
        np.testing.assert_array_equal(drawn["frame"], np.full((3, 4, 3), 8, dtype=np.uint8))
    api.ok("env_close", instance_id=instance_id)


def test_kwargs_of_the_registration_stay_as_they_were(api: Api) -> None:
    for _ in range(2):
        instance_id = api.create("Scribbled-v0")
        info = api.ok("env_info", instance_id=instance_id)
        assert info["spec"]["kwargs"] == {"marks": [1]}
        api.ok("env_close", instance_id=instance_id)
