"""Atari ids that ale-py has dropped stand for today's, with the arguments that they had."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import Any

import gymnasium
import pytest
from inprocess import replay, trajectory
from live import Api, Server

from gym_http_server.environments.atari import present_id
from gym_http_server.environments.catalog import Catalog

# The id, today's, and the arguments beyond it, as the tables of ale-py 0.7 to 0.11 have them.
RETIRED: list[tuple[str, str, dict[str, Any]]] = [
    ("Pong-ram-v0", "Pong", {"obs_type": "ram", "frameskip": (2, 5), "repeat_action_probability": 0.25}),
    ("Pong-ram-v4", "Pong", {"obs_type": "ram", "frameskip": (2, 5), "repeat_action_probability": 0.0}),
    ("PongDeterministic-v0", "Pong", {"frameskip": 4, "repeat_action_probability": 0.25}),
    ("PongDeterministic-v4", "Pong", {"frameskip": 4, "repeat_action_probability": 0.0}),
    ("PongDeterministic-v3", "Pong", {"frameskip": 4, "repeat_action_probability": 0.0}),
    ("PongDeterministic", "Pong", {"frameskip": 4, "repeat_action_probability": 0.0}),
    ("Breakout-ramDeterministic-v4", "Breakout", {"obs_type": "ram", "frameskip": 4, "repeat_action_probability": 0.0}),
    ("Breakout-ramNoFrameskip-v0", "Breakout", {"obs_type": "ram", "frameskip": 1, "repeat_action_probability": 0.25}),
    ("SpaceInvadersDeterministic-v4", "SpaceInvaders", {"frameskip": 3, "repeat_action_probability": 0.0}),
    ("UpNDown-ramNoFrameskip-v4", "UpNDown", {"obs_type": "ram", "frameskip": 1, "repeat_action_probability": 0.0}),
    ("ALE/Pong-ram-v5", "Pong", {"obs_type": "ram"}),
]


@pytest.mark.parametrize(("requested", "game", "kwargs"), RETIRED, ids=[row[0] for row in RETIRED])
def test_a_retired_id_plays_as_it_did(
    api: Api, server: Server, requested: str, game: str, kwargs: dict[str, Any]
) -> None:
    instance_id = api.create(requested)
    # The oldest ale-py that the server takes has most of them still, in their last version.
    if re.sub(r"-v\d+$", "", requested) not in {re.sub(r"-v\d+$", "", known) for known in gymnasium.registry}:
        info = api.ok("env_info", instance_id=instance_id)
        assert (info["env_id"], info["requested_env_id"]) == (f"ALE/{game}-v5", requested)
        told = {name: list(value) if isinstance(value, tuple) else value for name, value in kwargs.items()}
        assert info["spec"]["kwargs"].items() >= told.items()
        assert f"{requested} " in server.log.read_text()
    run = trajectory(gymnasium.make(f"ALE/{game}-v5", disable_env_checker=True, **kwargs), seed=7, steps=4)
    replay(api, instance_id, run)
    api.ok("env_close", instance_id=instance_id)


def test_arguments_of_the_client_come_before_those_of_the_id(api: Api) -> None:
    instance_id = api.create("PongDeterministic-v4", kwargs={"obs_type": "grayscale", "frameskip": 2})
    kwargs = api.ok("env_info", instance_id=instance_id)["spec"]["kwargs"]
    assert (kwargs["obs_type"], kwargs["frameskip"], kwargs["repeat_action_probability"]) == ("grayscale", 2, 0.0)
    api.ok("env_close", instance_id=instance_id)


@pytest.mark.parametrize("how", [{"num_envs": 2}, {"autoreset_mode": "same_step"}], ids=str)
def test_a_vector_of_a_retired_id_sees_what_one_of_them_does(api: Api, how: dict[str, Any]) -> None:
    instance_id = api.create("Pong-ramDeterministic-v4", **how)
    assert api.ok("env_info", instance_id=instance_id)["vectorization_mode"] == "sync"
    assert api.ok("env_observation_space_info", instance_id=instance_id)["single"]["shape"] == [128]
    api.ok("env_close", instance_id=instance_id)


@pytest.mark.parametrize(
    "env_id",
    ["Pong-v5", "PongDeterministic-v5", "Pung-ram-v0", "Tetris-ram-v0", "ALE/PongDeterministic-v4", "Pong-ram-v5"],
)
def test_what_was_no_such_id_is_unknown(json_api: Api, env_id: str) -> None:
    assert json_api.call("env_create", env_id=env_id).error == (400, "unknown_env_id")


@pytest.mark.parametrize("env_id", ["PongDeterministic-v4", "ALE/Pong-ram-v5", "Pong-v4", "ALE/Pong-v5"])
@pytest.mark.parametrize("library", ["gymnasium", "gym"])
def test_the_package_that_has_them_is_named_where_it_is_missing(library: str, env_id: str) -> None:
    find = f"from {Catalog.__module__} import Catalog\nCatalog({library!r}).find({env_id!r})"
    code = f"import sys\nsys.modules['ale_py'] = None\n{find}"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    message = ended.stderr.splitlines()[-1]
    assert f"No environment '{env_id}' is registered here" in message
    assert ("pip install 'gym-http-server[atari]'" in message) is (library == "gymnasium")


def test_every_id_of_the_old_tables_has_one_today() -> None:
    """62 games, with and without ram, in three flavours and two versions."""
    games = {spec.name for spec in gymnasium.registry.values() if spec.namespace == "ALE"}
    dropped = [
        (present_id(None, f"{game}{ram}{flavour}", version), game)
        for game in games
        for ram in ("", "-ram")
        for flavour in ("", "Deterministic", "NoFrameskip")
        for version in (0, 4)
    ]
    found = [(present, game) for present, game in dropped if present is not None]
    assert len(found) == 744
    assert all(present[0] == f"ALE/{game}-v5" for present, game in found)
