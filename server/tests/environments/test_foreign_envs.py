"""Environments as other packages write them are made, driven and shown as Gymnasium itself would."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
import pytest
from live import Api, Server
from packaging.version import Version

import contract


def info_of(api: Api, env_id: str, **arguments: Any) -> dict[str, Any]:
    """env_info of an instance made for this question alone."""
    instance_id = api.create(env_id, **arguments)
    info: dict[str, Any] = api.ok("env_info", instance_id=instance_id)
    api.ok("env_close", instance_id=instance_id)
    return info


def test_an_environment_with_a_vector_entry_point_alone_is_listed_and_made_as_one(api: Api) -> None:
    entry = next(entry for entry in api.ok("registry_list")["envs"] if entry["id"] == "foreign/OnlyVector-v0")
    assert (entry["entry_point"], entry["vector"]) == ("foreign_envs:OnlyVector", True)
    own = {"vectorization_mode": "vector_entry_point"}
    for arguments, count in (({"num_envs": 3}, 3), (own, 1), ({**own, "kwargs": {"tasks": 4}}, 4)):
        instance_id = api.create("foreign/OnlyVector-v0", **arguments)
        info = api.ok("env_info", instance_id=instance_id)
        assert (info["vectorization_mode"], info["num_envs"]) == ("vector_entry_point", count)
        assert info["spec"]["entry_point"] == "foreign_envs:OnlyVector"
        api.ok("env_reset", instance_id=instance_id)
        step = api.ok("env_step", instance_id=instance_id, action=[0] * count)
        assert contract.plain(step["reward"]) == [1.0] * count
        assert step["info"] == {}
        api.ok("env_render", instance_id=instance_id)
        api.ok("env_close", instance_id=instance_id)


@pytest.mark.parametrize(
    ("arguments", "name", "words"),
    [
        ({}, "num_envs", "a vector environment only"),
        ({"num_envs": 1}, "num_envs", "vector_entry_point"),
        ({"num_envs": 2, "vectorization_mode": "sync"}, "vectorization_mode", "must be vector_entry_point"),
        ({"num_envs": 2, "vectorization_mode": "async"}, "vectorization_mode", "must be vector_entry_point"),
        ({"num_envs": 2, "autoreset_mode": "disabled"}, "autoreset_mode", "must be next_step"),
        ({"num_envs": 2, "max_episode_steps": 9}, "max_episode_steps", "leave it out"),
        ({"num_envs": 2, "render_mode": "human"}, "render_mode", "rgb_array"),
    ],
)
def test_what_a_vector_entry_point_alone_cannot_do_is_refused(
    api: Api, arguments: dict[str, Any], name: str, words: str
) -> None:
    reply = api.call("env_create", env_id="foreign/OnlyVector-v0", **arguments)
    assert reply.error == (400, "invalid_parameter")
    assert f"'{name}'" in reply.message
    assert words in reply.message


def played(api: Api, space: str, mode: str) -> list[Any]:
    """What two environments observe, which echo their actions, after each of a few operations."""
    instance_id = api.create(f"Echo{space}-v0", num_envs=2, vectorization_mode=mode, seed=5)
    seen = [api.ok("env_reset", instance_id=instance_id, seed=[1, 2])]
    for _ in range(3):
        action = api.ok("env_action_space_sample", instance_id=instance_id)["action"]
        seen.append([action, api.ok("env_step", instance_id=instance_id, action=action)])
    api.ok("env_close", instance_id=instance_id)
    return [contract.plain(part) for part in seen]


# Until 1.4 Gymnasium's Text drew characters in the order of a set, which differs between processes.
WITH_TEXT = [] if Version(gymnasium.__version__) < Version("1.4") else ["Text", "Dict", "OneOf"]


@pytest.mark.parametrize("space", [*WITH_TEXT, "Sequence", "Graph", "Custom", "BoxFloat16", "Tuple"])
def test_observations_come_from_other_processes_as_from_this_one(api: Api, space: str) -> None:
    assert played(api, space, "async") == played(api, space, "sync")


@pytest.mark.parametrize("env_id", ["NewSpaces", "SpacesAtLast"])
def test_a_new_action_space_is_sampled_as_the_seed_of_creation_says(api: Api, env_id: str) -> None:
    def samples() -> list[int]:
        instance_id = api.create(f"foreign/{env_id}-v0", seed=3)
        api.ok("env_reset", instance_id=instance_id)
        taken = [api.ok("env_action_space_sample", instance_id=instance_id)["action"]]
        for _ in range(3):
            api.ok("env_reset", instance_id=instance_id)
            taken += [api.ok("env_action_space_sample", instance_id=instance_id)["action"] for _ in range(2)]
        api.ok("env_close", instance_id=instance_id)
        return taken

    once = samples()
    assert once == samples()
    assert len(set(once[1:])) == 6  # not the same ones after each reset


@pytest.mark.parametrize(
    ("env_id", "arguments", "render_mode"),
    [
        ("Shown", {}, "rgb_array"),
        ("Shown", {"render_mode": None}, None),
        ("Shown", {"render_mode": "human"}, "human"),
        ("WindowOnly", {}, None),
        ("WindowOnly", {"render_mode": None}, None),
        ("HandsOn", {}, "rgb_array"),
        ("HandsOn", {"render_mode": None}, None),
        ("SaysAtLast", {}, "rgb_array"),
        ("SaysAtLast", {"render_mode": "rgb_array"}, "rgb_array"),
        ("SaysAtLast", {"render_mode": None}, None),
        ("ByFunction", {}, "rgb_array"),
        ("ByFunction", {"render_mode": None}, None),
        ("ByFunction", {"render_mode": "human"}, "human"),
        ("ByAnyFunction", {}, "rgb_array"),
        ("ByAnyFunction", {"render_mode": None}, None),
        ("ByStubbornFunction", {}, "rgb_array"),
        ("ByLambda", {}, "rgb_array"),
    ],
)
@pytest.mark.parametrize("vector", [{}, {"num_envs": 2}])
def test_the_render_mode_is_the_one_asked_for_whatever_the_constructor_prefers(
    json_api: Api, env_id: str, arguments: dict[str, Any], render_mode: str | None, vector: dict[str, Any]
) -> None:
    instance_id = json_api.create(f"foreign/{env_id}-v0", **arguments, **vector)
    assert json_api.ok("env_info", instance_id=instance_id).get("render_mode") == render_mode
    json_api.ok("env_reset", instance_id=instance_id)
    assert json_api.call("env_render", instance_id=instance_id).status == (200 if render_mode == "rgb_array" else 409)
    json_api.ok("env_close", instance_id=instance_id)


@pytest.mark.parametrize(
    ("env_id", "asked", "offered"),
    [
        ("WindowOnly", "rgb_array", "offers (human)"),
        ("ByFunction", "ansi", "offers (human, rgb_array)"),
        ("ByAnyFunction", "ansi", "offers (human, rgb_array)"),
        ("ByLambda", "human", "offers (rgb_array)"),
        ("SaysAtLast", "human", "offers (rgb_array)"),
    ],
)
def test_a_render_mode_that_is_not_offered_is_refused(json_api: Api, env_id: str, asked: str, offered: str) -> None:
    before = json_api.ok("env_list_all")
    reply = json_api.call("env_create", env_id=f"foreign/{env_id}-v0", render_mode=asked)
    assert reply.error == (400, "invalid_parameter")
    assert "'render_mode'" in reply.message
    assert offered in reply.message
    assert json_api.ok("env_list_all") == before


def test_spaces_and_arrays_of_other_packages_are_not_taken_for_gymnasiums(api: Api) -> None:
    instance_id = api.create("foreign/Tensors-v0", seed=1)
    space = api.ok("env_action_space_info", instance_id=instance_id)["info"]
    assert space == {"name": "foreign_envs.Box", "repr": "Box of text"}
    api.ok("env_reset", instance_id=instance_id)
    action = api.ok("env_action_space_sample", instance_id=instance_id)["action"]
    step = api.ok("env_step", instance_id=instance_id, action=action)
    assert contract.plain(step["observation"]) == [0.5, 1.5]
    assert contract.plain(step["info"]) == {"tensor": [[0.5, 1.5]]}
    api.ok("env_close", instance_id=instance_id)


@pytest.mark.parametrize("arguments", [{}, {"num_envs": 2}, {"num_envs": 2, "vectorization_mode": "async"}])
def test_one_number_in_an_array_is_one_number(api: Api, arguments: dict[str, Any]) -> None:
    instance_id = api.create("foreign/InArrays-v0", **arguments)
    assert api.ok("env_reset", instance_id=instance_id)["info"] == {}
    for number in range(1, 11):
        action: Any = [0, 0] if arguments else 0
        step = contract.plain(api.ok("env_step", instance_id=instance_id, action=action))
        for key, value in (("reward", 1.0), ("terminated", number == 10), ("truncated", False), ("done", number == 10)):
            assert step[key] == ([value, value] if arguments else value)
        assert step["info"] == {}
    assert api.ok("env_info", instance_id=instance_id)["episodes"] == (2 if arguments else 1)
    api.ok("env_close", instance_id=instance_id)


@pytest.mark.parametrize("arguments", [{}, {"num_envs": 2}])
@pytest.mark.parametrize("size", [2, 0])
def test_a_reward_of_several_numbers_is_refused_by_name(api: Api, arguments: dict[str, Any], size: int) -> None:
    instance_id = api.create("foreign/InArrays-v0", kwargs={"size": size}, **arguments)
    api.ok("env_reset", instance_id=instance_id)
    reply = api.call("env_step", instance_id=instance_id, action=[0, 0] if arguments else 0)
    assert reply.error == (500, "environment_error")
    assert f"the reward must be one number, not an array of shape ({size},)" in reply.message
    api.ok("env_close", instance_id=instance_id)


def test_an_environment_may_write_into_what_it_is_given(api: Api) -> None:
    weights = [1.5, 2.5]
    given: Any = np.array(weights) if api.msgpack else weights
    kwargs = {"weights": given, "nested": {"weights": given}}
    for arguments in ({}, {"num_envs": 2}):
        instance_id = api.create("foreign/Scribbler-v0", kwargs=kwargs, **arguments)
        info = api.ok("env_info", instance_id=instance_id)
        assert contract.plain(info["spec"]["kwargs"]) == {"weights": weights, "nested": {"weights": weights}}
        reset = api.ok("env_reset", instance_id=instance_id, options={"weights": given})
        if not arguments:
            assert contract.plain(reset["info"]) == {"options": {"weights": [77, 77], "more": True}}
        action = np.zeros((2, 2) if arguments else 2, dtype=np.float32)
        api.ok("env_step", instance_id=instance_id, action=action if api.msgpack else action.tolist())
        api.ok("env_close", instance_id=instance_id)


def test_an_event_loop_is_there_for_whoever_asks(server: Server, api: Api) -> None:
    descriptors = Path(f"/proc/{server.process.pid}/fd")
    for count in range(12):
        instance_id = api.create("foreign/Looper-v0")
        api.ok("env_reset", instance_id=instance_id)
        api.ok("env_step", instance_id=instance_id, action=0)
        api.ok("env_close", instance_id=instance_id)
        if count == 1 and descriptors.exists():
            before = len(list(descriptors.iterdir()))
    if descriptors.exists():
        assert len(list(descriptors.iterdir())) <= before + 3


def test_an_atari_game_with_autoreset_disabled_is_stepped_by_gymnasium(api: Api) -> None:
    asked = {"env_id": "ALE/Pong-v5", "num_envs": 2, "autoreset_mode": "disabled"}
    info = info_of(api, **asked)
    assert (info["vectorization_mode"], info["autoreset_mode"]) == ("sync", "disabled")
    reply = api.call("env_create", vectorization_mode="vector_entry_point", **asked)
    assert reply.error == (400, "invalid_parameter")
    assert re.search("'autoreset_mode' must be (next_step|left out) with vectorization_mode vector", reply.message)
    limited = info_of(api, "ALE/Pong-v5", num_envs=2, max_episode_steps=5)
    assert (limited["vectorization_mode"], limited["spec"]["max_episode_steps"]) == ("sync", 5)


@pytest.mark.parametrize(
    ("env_id", "arguments"),
    [
        ("MountainCar-v0", {}),
        ("MountainCar-v0", {"num_envs": 2}),
        ("MountainCar-v0", {"num_envs": 2, "vectorization_mode": "async"}),
        ("CartPole-v1", {"num_envs": 2, "vectorization_mode": "vector_entry_point"}),
    ],
)
def test_no_limit_of_steps_is_minus_one(api: Api, env_id: str, arguments: dict[str, Any]) -> None:
    for limit in (-1, -1.0):
        instance_id = api.create(env_id, max_episode_steps=limit, **arguments)
        assert "max_episode_steps" not in api.ok("env_info", instance_id=instance_id)["spec"]
        api.ok("env_reset", instance_id=instance_id, seed=1)
        for _ in range(205 if limit == -1 else 2):
            action: Any = [1, 1] if arguments else 1
            step = api.ok("env_step", instance_id=instance_id, action=action)
            assert not np.any(step["truncated"])
        api.ok("env_close", instance_id=instance_id)


@pytest.mark.parametrize("limit", [0, -2, 1.5, "-1"])
def test_other_limits_below_one_are_refused(json_api: Api, limit: Any) -> None:
    reply = json_api.call("env_create", env_id="CartPole-v1", max_episode_steps=limit)
    assert reply.error == (400, "invalid_parameter")
    assert "'max_episode_steps'" in reply.message
