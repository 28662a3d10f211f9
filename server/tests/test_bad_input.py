"""Bad input is refused with a 4xx that says what was wrong, and leaves the instance as it was."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import gymnasium
import msgpack
import numpy as np
import pytest

import contract
from contract import MSGPACK
from live import Api, Reply, Server
from raw import RawConnection

DEEP = 900


def nested(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth):
        value = [value]
    return value


class Reference:
    """An instance half-way through an episode beside the same in this process: a refusal must not touch it."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.env = gymnasium.make("CartPole-v1")
        self.instance_id = api.create("CartPole-v1")
        api.ok("env_reset", instance_id=self.instance_id, seed=5)
        self.env.reset(seed=5)
        self.steps = 0
        self.check()

    def check(self) -> None:
        observation, *_ = self.env.step(self.steps % 2)
        info = self.api.ok("env_info", instance_id=self.instance_id)
        assert info["steps"] == self.steps
        assert "monitor" not in info
        reply = self.api.ok("env_step", instance_id=self.instance_id, action=self.steps % 2)
        assert contract.plain(reply["observation"]) == observation.tolist()
        self.steps += 1


@pytest.fixture
def reference(api: Api) -> Iterator[Reference]:
    reference = Reference(api)
    yield reference
    reference.check()
    api.ok("env_close", instance_id=reference.instance_id)


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
    "a time": msgpack.Timestamp(1),
    "an extension": msgpack.ExtType(5, b"x"),
    "2**64 - 1": 2**64 - 1,
}
_ONLY_MSGPACK = ("an array", "an array of one", "binary", "a time", "an extension")

# Operation, parameter, what the message must speak of, and which of WRONG are right here.
PARAMETERS: list[tuple[str, str, str, set[str]]] = [
    ("env_create", "env_id", "env", set()),
    ("env_create", "seed", "seed", {"1e300", "2**64 - 1"}),
    ("env_create", "kwargs", "kwargs", {"no list", "no object"}),
    ("env_create", "max_episode_steps", "max_episode_steps", {"1e300", "2**64 - 1"}),
    ("env_create", "num_envs", "num_envs", set()),
    ("env_create", "vectorization_mode", "vectorization_mode", set()),
    ("env_create", "autoreset_mode", "autoreset_mode", set()),
    ("env_create", "render_mode", "render_mode", set()),
    ("env_reset", "seed", "seed", {"1e300", "2**64 - 1"}),
    ("env_reset", "options", "options", {"no list", "no object", "an object"}),
    ("env_step", "action", "Discrete(2)", {"a list"}),
    ("env_step", "render", "render", set()),
    ("env_monitor_start", "directory", "dir", {"a word", "a digit", "a long string"}),
    ("env_monitor_start", "force", "force", set()),
    ("env_monitor_start", "resume", "resume", set()),
    ("env_monitor_start", "video_callable", "video_callable", {"1e300", "2**64 - 1"}),
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
_TRUTH = {"force", "resume", "video_callable", "render"}


@pytest.mark.parametrize(
    ("operation", "parameter", "word", "right"), PARAMETERS, ids=[f"{row[0]}-{row[1]}" for row in PARAMETERS]
)
def test_a_wrong_value_is_refused_by_name(
    api: Api, reference: Reference, operation: str, parameter: str, word: str, right: set[str]
) -> None:
    target = {} if operation in ("env_create", "upload") else {"instance_id": reference.instance_id}
    right = right | {"true"} if parameter in _TRUTH else right
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


# Bodies

MALFORMED_JSON = [
    b"{", b"}", b'{"action": }', b'{"action": 1', b"{'action': 1}", b'{"action": 1} x', b"action=1&b=2",
    b"\xff\xfe", b"\0",
    b'{"action": NaN}', b'{"action": Infinity}', b'{"action": -Infinity}', b'{"action": 01}', b'{"action": "\xc3"}',
    b'{"action": "\\ud800"}', b"[1]", b"1", b'"text"', b"true", b"[{}]",
    b'{"action": ' + b"[" * 5000 + b"]" * 5000 + b"}", b"[" * 100_000, b'{"a":' * 100_000,
]  # fmt: skip


@pytest.mark.parametrize(
    ("operation", "parameter"),
    [("step", "action"), ("step", "render"), ("reset", "seed"), ("reset", "options"), ("monitor/start", "directory")],
)
def test_what_is_nested_as_deeply_as_can_be_read_is_refused_too(
    reference: Reference, operation: str, parameter: str
) -> None:
    path = f"/v1/envs/{reference.instance_id}/{operation}/"
    if reference.api.msgpack:
        opening, number, closing, content_type = b"\x91", b"\x01", b"", MSGPACK
        head = b"\x82" + msgpack.packb("action") + b"\x01" + msgpack.packb(parameter)
    else:
        opening, number, closing, content_type = b"[", b"1", b"]", "application/json"
        head = f'{{"action": 1, "{parameter}": '.encode()
    for depth in (500, 1000, 1010, 1020):
        body = head + opening * depth + number + closing * depth + (b"" if reference.api.msgpack else b"}")
        reply = reference.api.request("POST", path, body, {"Content-Type": content_type})
        assert reply.status == 400, (depth, reply.document)
        assert len(reply.message) < 600


@pytest.mark.parametrize("body", MALFORMED_JSON, ids=lambda body: repr(body[:24]))
def test_malformed_json(reference: Reference, body: bytes) -> None:
    refused(reference, body, "application/json")


def refused(reference: Reference, body: bytes, content_type: str) -> None:
    for operation in ("step", "reset", "monitor/start", "action_space/contains", "close"):
        path = f"/v1/envs/{reference.instance_id}/{operation}/"
        reply = reference.api.request("POST", path, body, {"Content-Type": content_type})
        assert reply.error == (400, "malformed_body"), operation
        assert len(reply.message) < 600
        reference.check()


def array_map(**changes: Any) -> dict[str, Any]:
    whole = {"__ndarray__": True, "dtype": "<f4", "shape": [2], "data": b"\0" * 8, **changes}
    return {key: value for key, value in whole.items() if value is not None}


ARRAYS = {
    "data too short": array_map(data=b"\0" * 7),
    "data of another length": array_map(data=b"\0" * 12),
    "data text": array_map(data="aaaaaaaa"),
    "no data": array_map(data=None),
    "no shape": array_map(shape=None),
    "no dtype": array_map(dtype=None),
    "negative shape": array_map(shape=[-1]),
    "negative shapes": array_map(shape=[-1, -2]),
    "fractional shape": array_map(shape=[2.0]),
    "boolean shape": array_map(shape=[True, 2]),
    "shape a number": array_map(shape=2),
    "shape text": array_map(shape="2"),
    "enormous shape": array_map(shape=[2**62, 2**62]),
    "enormous empty shape": array_map(shape=[0, 2**63 - 1, 2**63 - 1], data=b""),
    "shape beyond 64 bits": array_map(shape=[2**64 - 1]),
    "many dimensions": array_map(shape=[1] * 100, data=b"\0" * 4),
    "unknown dtype": array_map(dtype="quark"),
    "object dtype": array_map(dtype="|O"),
    "text dtype": array_map(dtype="<U2"),
    "structured dtype": array_map(dtype="f4,f4"),
    "sub-array dtype": array_map(dtype="(2,)f4", shape=[1]),
    "dtype a list": array_map(dtype=[["a", "<f4"]]),
    "dtype an object": array_map(dtype={"names": ["a"], "formats": ["<f4"]}),
    "dtype empty": array_map(dtype=""),
    "complex dtype": array_map(dtype="<c8", shape=[1]),
    "dtype code": array_map(dtype="__import__('os')"),
    "dtype with NUL": array_map(dtype="<f4\0"),
    "dates": array_map(dtype="<M8[s]", shape=[1]),
}
PLACES = {
    "action": lambda array: {"action": array},
    "inside an action": lambda array: {"action": [array, {"a": array}]},
    "elsewhere": lambda array: {"action": 0, "unknown": {"deep": [array]}},
    "the body": lambda array: array,
}


@pytest.mark.parametrize("array", ARRAYS.values(), ids=ARRAYS)
def test_malformed_arrays(server: Server, array: dict[str, Any]) -> None:
    reference = Reference(server.api(msgpack=True))
    for place in PLACES.values():
        refused_step(reference, msgpack.packb(place(array)), "malformed_body", "__ndarray__")
    reference.check()


def refused_step(reference: Reference, body: bytes, code: str, word: str = "") -> None:
    path = f"/v1/envs/{reference.instance_id}/step/"
    reply = reference.api.request("POST", path, body, {"Content-Type": MSGPACK})
    assert reply.error == (400, code)
    assert word in reply.message
    assert len(reply.message) < 600


def test_arrays_in_odd_places(server: Server) -> None:
    reference = Reference(server.api(msgpack=True))
    array = array_map()
    refused_step(reference, msgpack.packb(array), "malformed_body")
    for action in (array, [array], {"a": array}, array_map(shape=[array])):
        code = (
            "malformed_body"
            if action is not array and isinstance(action, dict) and "shape" in action
            else "invalid_action"
        )
        refused_step(reference, msgpack.packb({"action": action}), code)
    # A map whose mark is not true is a map as any other.
    for mark in (False, 1, "true"):
        refused_step(reference, msgpack.packb({"action": array_map(__ndarray__=mark)}), "invalid_action")
    reference.check()


PACKED = msgpack.packb({"action": 0, "list": [1, 2.5, "text", b"binary", None]})
MALFORMED_MSGPACK = {
    "reserved byte": b"\xc1",
    "two documents": PACKED + PACKED,
    "integer keys": msgpack.packb({1: 2}),
    "a list as key": b"\x81\x90\x01",
    "not UTF-8": b"\x81\xa1\xff\x01",
    "a number": b"\x01",
    "a list": msgpack.packb([1]),
    "binary": msgpack.packb(b"x"),
    "JSON": b'{"action": 0}',
    "array of 2**32 - 1": b"\xdd\xff\xff\xff\xff",
    "map of 2**32 - 1": b"\xdf\xff\xff\xff\xff",
    "binary of 2**32 - 1": b"\x81\xa1a\xc6\xff\xff\xff\xff",
    "deep": b"\x81\xa6action" + b"\x91" * 100_000 + b"\x01",
    "a wrong time": b"\x81\xa6action\xc7\x05\xff" + b"\0" * 5,
    **{f"cut at {end}": PACKED[:end] for end in range(1, len(PACKED), 5)},
}


@pytest.mark.parametrize("body", MALFORMED_MSGPACK.values(), ids=MALFORMED_MSGPACK)
def test_malformed_msgpack(server: Server, body: bytes) -> None:
    reference = Reference(server.api(msgpack=True))
    refused(reference, body, MSGPACK)


def test_a_huge_body_is_read_and_refused(api: Api, reference: Reference) -> None:
    huge = [0.5] * 1_000_000
    assert api.call("env_step", instance_id=reference.instance_id, action=huge).error == (400, "invalid_action")
    assert api.call("env_create", env_id="CartPole-v1", kwargs={"x" * 1_000_000: huge}).status == 400


def test_compressed_bodies_are_not_understood(api: Api, reference: Reference) -> None:
    path = f"/v1/envs/{reference.instance_id}/step/"
    reply = api.request("POST", path, b"\x1f\x8b", {"Content-Encoding": "gzip"})
    assert reply.error == (415, "unsupported_content_encoding")
    assert "gzip" in reply.message


@pytest.mark.parametrize(
    ("status", "method", "path", "headers"),
    [
        (403, "POST", "/v1/envs/", {"Host": "evil.example"}),
        (403, "GET", "/v1/health/", {"Origin": "https://evil.example"}),
        (404, "POST", "/v1/nowhere/", {}),
        (405, "PUT", "/v1/envs/", {}),
        (415, "POST", "/v1/envs/", {"Content-Encoding": "br"}),
        (400, "POST", "/v1/envs/0/step/", {"Idempotency-Key": "k" * 256}),
    ],
    ids=str,
)
def test_a_refused_request_leaves_its_connection_in_use(
    server: Server, status: int, method: str, path: str, headers: dict[str, str]
) -> None:
    with RawConnection(server.port) as raw:
        for size in (2, 1000, 300_000) * 5:
            assert raw.exchange(method, path, b"x" * size, headers).status == status
            assert raw.exchange("GET", "/v1/health/").status == 200


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


# At random


def test_random_requests_meet_no_fault(server: Server) -> None:
    reference = Reference(server.api())
    draw = random.Random(20)
    statuses = [random_reply(server, draw, reference.instance_id).status for _ in range(400)]
    assert set(statuses) <= {200, 400, 404, 405, 409, 415}, statuses
    assert statuses.count(200) > 20, "the requests are too wild to reach anything"
    reference.env.reset(seed=5)
    reference.api.ok("env_reset", instance_id=reference.instance_id, seed=5)
    reference.steps = reference.api.ok("env_info", instance_id=reference.instance_id)["steps"]
    for _ in range(5):
        reference.check()


def random_reply(server: Server, draw: random.Random, instance_id: str) -> Reply:
    """The reply to a request of the contract, some bytes of which were changed."""
    own = server.api().create("CartPole-v1") if draw.random() < 0.05 else instance_id
    operations = {name: at for name, at in contract.operations().items() if name not in ("shutdown", "env_close")}
    method, path = draw.choice(list(operations.values()))
    path = path.replace("{instance_id}", own).replace("{x}", draw.choice(["1", "[1]", "%00", "{}"]))
    if draw.random() < 0.1:
        path = f"/{mangled(draw, path[1:].encode(), range(256)).decode('latin-1')}"
        path = quote(path, safe="/%?", encoding="latin-1").replace("shutdown", "")
    document = draw.choice(
        [{"action": draw.choice([0, 1, 2, [1], None])}, {"seed": 1}, {"value": 1}, {"env_id": "No-v0"}]
    )
    document = {**document, **({draw.choice(list(WRONG)): draw.random()} if draw.random() < 0.2 else {})}
    packed = draw.random() < 0.5
    body = msgpack.packb(document) if packed else json.dumps(document).encode()
    if draw.random() < 0.5:
        body = mangled(draw, body, range(256))
    headers = {
        "Content-Type": MSGPACK if packed else "application/json",
        "Accept": draw.choice(["*/*", MSGPACK, ";q=,", ""]),
    }
    with RawConnection(server.port) as raw:
        return raw.exchange(method, path, None if method == "GET" else body, headers)


def mangled(draw: random.Random, data: bytes, alphabet: range) -> bytes:
    changed = bytearray(data)
    for _ in range(draw.randint(1, 3)):
        place = draw.randrange(len(changed))
        changed[place : place + draw.randint(0, 2)] = bytes(draw.choices(alphabet, k=draw.randint(0, 2)))
    return bytes(changed)


@pytest.mark.parametrize(
    "data",
    [
        b"\r\n\r\n",
        b"GET\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"POST /v1/envs/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: abc\r\n\r\n{}",
        b"POST /v1/envs/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: -1\r\n\r\n{}",
        b"POST /v1/envs/ HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"POST /v1/envs/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n\r\n{}",
        b"GET /" + b"x" * 100_000 + b" HTTP/1.1\r\n\r\n",
        b"GET /v1/health/ HTTP/1.1\r\n" + b"X: y\r\n" * 1000 + b"\r\n",
    ],
    ids=lambda data: repr(data[:30]),
)
def test_the_server_outlives_what_is_not_http(server: Server, data: bytes) -> None:
    with RawConnection(server.port) as raw:
        raw.send(data)
    assert server.api().ok("health")["status"] == "ok"
