"""Bad input is refused with a 4xx that says what was wrong, and leaves the instance as it was."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import gymnasium
import msgpack
import numpy as np
import pytest
from live import Api, Server
from reference import Reference

import contract

DEEP = 900 if msgpack.version >= (1, 2) else 500  # as deep as the MessagePack of this environment can write


def nested(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth):
        value = [value]
    return value


# Wrong values of every parameter

WRONG: dict[str, Any] = {
    "a word": "word",
    "no word": "",
    "a digit": "7",
    "negative": -1,
    "a fraction": 0.5,
    "true": True,
    "1e300": 1e300,
    "a list": [1],
    "lists": [[1, 2], [3]],
    "no list": [],
    "an object": {"a": 1},
    "no object": {},
    "a long string": "x" * 100_000,
    "a long list": [0] * 20_000,
    "deep": nested(DEEP),
    "an array": np.array([1.5, 2.5], dtype="<f4"),
    "an array of one": np.array(0.5),
    "binary": b"\xff\0",
    "a binary key": {b"x": 1},
    "a time": msgpack.Timestamp(1),
    "an extension": msgpack.ExtType(5, b"x"),
    "2**64 - 1": 2**64 - 1,
}
_ONLY_MSGPACK = ("an array", "an array of one", "binary", "a binary key", "a time", "an extension")

# Operation, parameter, what the message must speak of, and which of WRONG are right here.
PARAMETERS: list[tuple[str, str, str, set[str]]] = [
    ("env_create", "env_id", "env", set()),
    ("env_create", "seed", "seed", {"2**64 - 1"}),
    ("env_create", "kwargs", "kwargs", {"no list", "no object"}),
    ("env_create", "max_episode_steps", "max_episode_steps", {"2**64 - 1", "negative"}),  # -1 is no limit
    ("env_create", "num_envs", "num_envs", set()),
    ("env_create", "vectorization_mode", "vectorization_mode", set()),
    ("env_create", "autoreset_mode", "autoreset_mode", set()),
    ("env_create", "render_mode", "render_mode", set()),
    ("env_reset", "seed", "seed", {"2**64 - 1"}),
    ("env_reset", "options", "options", {"no object", "an object"}),
    ("env_step", "action", "Discrete(2)", {"a list", "true"}),
    ("env_step", "render", "render", set()),
    ("env_monitor_start", "directory", "dir", {"a word", "a digit", "a long string"}),
    ("env_monitor_start", "force", "force", set()),
    ("env_monitor_start", "resume", "resume", set()),
    ("env_monitor_start", "video_callable", "video_callable", {"2**64 - 1"}),
    ("upload", "training_dir", "dir", {"a long string"}),
    ("upload", "api_key", "api_key", {"a word", "a digit", "a long string"}),
    ("upload", "algorithm_id", "algorithm_id", {"a word", "a digit", "a long string"}),
]
REQUIRED = {
    "env_create": {"env_id": "CartPole-v1"},
    "env_step": {"action": 0},
    "env_monitor_start": {"directory": "wrong"},
    "upload": {"training_dir": "nowhere", "api_key": "k"},
}
_ABSENT = {"no word", "no list"}  # of a parameter that may be left out
_TRUTH = {"force", "resume", "video_callable", "render"}


@pytest.mark.parametrize(
    ("operation", "parameter", "word", "right"), PARAMETERS, ids=[f"{row[0]}-{row[1]}" for row in PARAMETERS]
)
def test_a_wrong_value_is_refused_by_name(
    api: Api, reference: Reference, operation: str, parameter: str, word: str, right: set[str]
) -> None:
    target = {} if operation in ("env_create", "upload") else {"instance_id": reference.instance_id}
    right = right | {"true"} if parameter in _TRUTH else right
    right = right if parameter in REQUIRED.get(operation, {}) else right | _ABSENT
    for name, value in WRONG.items():
        if name in right or (not api.msgpack and name in _ONLY_MSGPACK):
            continue
        arguments = {**REQUIRED.get(operation, {}), **target, parameter: value}
        reply = api.call(operation, **arguments)
        assert reply.status in (400, 429), (name, reply.document)
        assert word in reply.message, name
        assert len(reply.message) < 600, f"{name}: a message for people, not {len(reply.message)} characters"


@pytest.mark.parametrize(
    ("operation", "parameter"), [(row[0], row[1]) for row in PARAMETERS if row[1] in REQUIRED.get(row[0], ())]
)
@pytest.mark.parametrize("absent", [{}, None])
def test_a_missing_parameter_is_named(
    api: Api, reference: Reference, operation: str, parameter: str, absent: dict[str, Any] | None
) -> None:
    target = {} if operation in ("env_create", "upload") else {"instance_id": reference.instance_id}
    rest = {name: value for name, value in REQUIRED[operation].items() if name != parameter}
    reply = api.call(operation, **target, **rest, **({parameter: None} if absent is None else {}))
    assert reply.error == (400, "missing_parameter")
    assert f"'{parameter}'" in reply.message


def test_what_no_space_can_read_is_no_member(api: Api, reference: Reference) -> None:
    for env_id in (
        "CartPole-v1",
        "EchoGraph-v0",
        "EchoSequenceStacked-v0",
        "EchoOneOf-v0",
        "EchoCustom-v0",
        "EchoText-v0",
    ):
        instance_id = api.create(env_id)
        for name, value in WRONG.items():
            if not api.msgpack and name in _ONLY_MSGPACK:
                continue
            for operation in ("env_action_space_contains", "env_observation_space_contains"):
                assert type(api.ok(operation, instance_id=instance_id, value=value)["member"]) is bool
        assert api.ok("env_observation_space_contains", instance_id=instance_id, name=nested(DEEP)) == {"member": False}
    for x in ("word", "-1", "1e400", "NaN", "null", "[" * 1000, "{", "9" * 5000, "%00", "é", "a/b", " "):
        member = api.ok("env_action_space_contains_x", instance_id=reference.instance_id, x=x)
        assert member == {"member": False}, x


def test_what_the_action_space_cannot_read_is_an_invalid_action(api: Api) -> None:
    for env_id in ("EchoGraph-v0", "EchoSequenceStacked-v0", "EchoOneOf-v0", "EchoCustom-v0", "EchoBoxFloat64-v0"):
        instance_id = api.create(env_id)
        api.ok("env_reset", instance_id=instance_id)
        for name, value in WRONG.items():
            if api.msgpack or name not in _ONLY_MSGPACK:
                reply = api.call("env_step", instance_id=instance_id, action=value)
                assert reply.status == 200 or reply.error == (400, "invalid_action"), (env_id, name, reply.document)


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ({"num_envs": 2, "vectorization_mode": "fork"}, "sync, async, vector_entry_point"),
        ({"render_mode": "hologram"}, "rgb_array"),
        ({"kwargs": {"no_such_argument": 1}}, "no_such_argument"),
        ({"kwargs": {"render_mode": "rgb_array"}}, "render_mode"),
        ({"num_envs": 2, "kwargs": {"vectorization_mode": "async"}}, "vectorization_mode"),
        ({"num_envs": 2, "kwargs": {"disable_env_checker": False}}, "disable_env_checker"),
        ({"env_id": "CartPole-v9"}, "CartPole-v1"),
        ({"env_id": "CartPool-v1"}, "CartPole-v1"),
        ({"env_id": "Cart Pole"}, "malformed environment ID 'Cart Pole'"),
        ({"env_id": "os:system"}, "--import"),
        ({"env_id": "../../etc/passwd"}, "malformed"),
        ({"env_id": "CartPole-v" + "9" * 5000}, "CartPole"),
        ({"env_id": "CartPole-v1\0"}, "malformed"),
    ],
    ids=lambda value: str(value)[:60],
)
def test_what_cannot_be_created_is_refused_with_what_can(api: Api, arguments: dict[str, Any], word: str) -> None:
    before = api.ok("health")["instances"]
    reply = api.call("env_create", **{"env_id": "CartPole-v1", **arguments})
    assert reply.status == 400
    assert word in reply.message
    assert len(reply.message) < 600
    assert api.ok("health")["instances"] == before


@pytest.mark.parametrize(
    "arguments",
    [
        {"seed": [0]},
        {"seed": [0, 1, 2]},
        {"seed": [0, -1]},
        {"seed": [0, "1"]},
        {"seed": [0, [1]]},
        {"options": {"reset_mask": [True]}},
        {"options": {"reset_mask": [False, False]}},
        {"options": {"reset_mask": [[True], [True, False]]}},
        {"options": {"reset_mask": ["a", "b"]}},
        {"options": {"reset_mask": "ab"}},
        {"options": {"reset_mask": [None, True]}},
    ],
    ids=str,
)
def test_a_vector_env_refuses_what_does_not_fit_its_size(api: Api, arguments: dict[str, Any]) -> None:
    instance_id = api.create("CartPole-v1", num_envs=2, vectorization_mode="sync", autoreset_mode="disabled")
    first = api.ok("env_reset", instance_id=instance_id, seed=3)
    reply = api.call("env_reset", instance_id=instance_id, **arguments)
    assert reply.error == (400, "invalid_parameter")
    assert f"'{next(iter(arguments))}'" in reply.message
    for action in ([0], [0, 1, 0], [0, 2], 0, [[0, 1]]):
        assert api.call("env_step", instance_id=instance_id, action=action).error == (400, "invalid_action")
    env = gymnasium.make_vec("CartPole-v1", 2, "sync")
    assert contract.plain(first["observation"]) == env.reset(seed=3)[0].tolist()
    stepped = api.ok("env_step", instance_id=instance_id, action=[0, 1])
    assert contract.plain(stepped["observation"]) == env.step(np.array([0, 1]))[0].tolist()


@pytest.mark.parametrize("seed", [2**64 + 1, 2**127])
def test_a_seed_of_more_than_64_bits_is_refused_and_not_rounded(json_api: Api, reference: Reference, seed: int) -> None:
    reply = json_api.call("env_reset", instance_id=reference.instance_id, seed=seed)
    assert reply.error == (400, "invalid_parameter")
    assert "at most 64 bits" in reply.message


def test_seeds_of_a_vector_env_may_come_as_an_array(server: Server) -> None:
    api = server.api(msgpack=True)
    instance_id = api.create("CartPole-v1", num_envs=2, vectorization_mode="sync")
    as_list = api.ok("env_reset", instance_id=instance_id, seed=[3, 8])["observation"]
    as_array = api.ok("env_reset", instance_id=instance_id, seed=np.array([3, 8]))["observation"]
    assert (as_array == as_list).all()
    for wrong in (np.array([[3, 8]]), np.array([0.5, 1]), np.array([3])):
        assert api.call("env_reset", instance_id=instance_id, seed=wrong).error == (400, "invalid_parameter")


def test_a_vector_env_that_takes_no_list_of_seeds_says_which_does(api: Api) -> None:
    instance_id = api.create("CartPole-v1", num_envs=2, vectorization_mode="vector_entry_point")
    reply = api.call("env_reset", instance_id=instance_id, seed=[1, 2])
    assert reply.error == (400, "invalid_parameter")
    assert "'seed'" in reply.message
    assert "sync" in reply.message


# Ids and directories


@pytest.mark.parametrize(
    "instance_id",
    [
        "0",
        "zzzzzzzz",
        "%00",
        "%2e%2e%2f%2e%2e",
        "%C3%A9",
        "%FF",
        "a%20b",
        "%3Cb%3E",
        "x" * 5000,
        "%E2%80%A8",
        "0%0Ad",
        "null",
    ],
    ids=lambda value: value[:20],
)
def test_unknown_instances(server: Server, api: Api, instance_id: str) -> None:
    for name, (method, path) in contract.operations().items():
        if "{instance_id}" in path:
            path = path.replace("{instance_id}", instance_id).replace("{x}", "1")
            reply = api.request(method, path, b"{}" if method == "POST" else None)
            if "%2f" in instance_id:
                assert reply.status in (400, 404, 405), name  # a slash in an id makes it another path
            else:
                assert reply.error == (400, "unknown_instance"), name
                assert reply.message.startswith("Instance_id "), name


@pytest.mark.parametrize("operation", ["env_monitor_start", "upload"])
def test_directories_stay_inside_the_roots(
    api: Api, reference: Reference, server: Server, tmp_path: Path, operation: str
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    links = server.directory / tmp_path.name
    links.mkdir()
    (links / "link").symlink_to(outside)
    (links / "loop").symlink_to(links / "loop")
    (links / "up").symlink_to("..")
    (links / "file").write_text("")
    names = [
        "/", "/etc", str(outside), "..", "../..", "a/../../..", f"{links.name}/link", f"{links.name}/link/deeper",
        f"{links.name}/loop", f"{links.name}/up/..", f"{links.name}/file", f"{links.name}/file/deeper", "x\0y",
        "/proc/self/cwd/../..", str(server.directory) + "x",
    ]  # fmt: skip
    for name in names:
        if operation == "upload":
            reply = api.call(operation, training_dir=name, api_key="k")
        else:
            reply = api.call(operation, instance_id=reference.instance_id, directory=name)
        assert reply.error == (400, "invalid_directory"), name
    assert os.listdir(outside) == []
    assert sorted(os.listdir(links)) == ["file", "link", "loop", "up"]
