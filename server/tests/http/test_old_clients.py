"""What clients of the original API do, as they do it, over a real socket."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import gymnasium
import msgpack
import pytest
from live import Api, Reply, Server
from raw import RawConnection, chunked

from contract import MSGPACK, plain

CARTPOLE = b'{"env_id": "CartPole-v1"}'
JSON = {"Accept": "application/json"}


@pytest.fixture
def raw(server: Server) -> Iterator[RawConnection]:
    with RawConnection(server.port) as connection:
        yield connection


def ok(reply: Reply) -> Any:
    assert reply.status == 200, reply
    return reply.document


def silent(reply: Reply) -> bool:
    """Whether the reply is what the API of 2016 gave where it had nothing to say."""
    assert reply.status == 204, reply
    return reply.headers["content-type"] == "text/html; charset=utf-8" and reply.body == b""


def observed(env_id: str, actions: list[Any], seed: int, **kwargs: Any) -> list[Any]:
    """The observations of an episode in this process."""
    env = gymnasium.make(env_id, **kwargs)
    return [env.reset(seed=seed)[0].tolist(), *(env.step(action)[0].tolist() for action in actions)]


# 1. Spellings of a path

SPELLINGS: dict[str, Callable[[str], str]] = {
    "slash": lambda path: path.rstrip("/") + "/",
    "no slash": lambda path: path.rstrip("/"),
    "slashes": lambda path: path.replace("/", "//") + "///",
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_every_route_is_served_at_once_however_its_slashes_are_written(
    raw: RawConnection, server: Server, spelling: str
) -> None:
    spelt = SPELLINGS[spelling]
    directory = f"slashes-{spelling.replace(' ', '-')}"
    instance_id = ok(raw.exchange("POST", spelt("/v1/envs"), b'{"env_id": "CartPole-v1", "max_episode_steps": 1}'))
    instance = f"/v1/envs/{instance_id['instance_id']}"
    requests: list[tuple[str, str, Any]] = [
        ("POST", f"{instance}/monitor/start", {"directory": directory, "video_callable": False}),
        ("POST", f"{instance}/reset", {}),
        ("POST", f"{instance}/step", {"action": 0}),
        ("GET", f"{instance}/render", None),
        ("GET", f"{instance}/action_space", None),
        ("GET", f"{instance}/action_space/sample", None),
        ("GET", f"{instance}/action_space/contains/1", None),
        ("POST", f"{instance}/action_space/contains", {"value": 1}),
        ("GET", f"{instance}/observation_space", None),
        ("POST", f"{instance}/observation_space/contains", {"name": "Box"}),
        ("GET", instance, None),
        ("POST", f"{instance}/monitor/close", {}),
        ("POST", f"{instance}/close", {}),
        ("GET", "/v1/envs", None),
        ("POST", "/v1/upload", {"training_dir": directory, "api_key": "k"}),
        ("GET", "/v1/scoreboard", None),
        ("GET", "/v1/registry", None),
        ("GET", "/v1/health", None),
        ("GET", "/v1/openapi.yaml", None),
    ]
    for method, path, body in requests:
        ok(raw.exchange(method, spelt(path), None if body is None else json.dumps(body).encode(), JSON))


@pytest.mark.parametrize("path", ["/v1/envs//shutdown/", "/v1/shutdown"])
def test_shutdown_stops_the_server(start_server: Callable[..., Server], path: str) -> None:
    server = start_server()
    with RawConnection(server.port) as raw:
        assert silent(raw.exchange("POST", path))
    assert server.process.wait(timeout=30) == 0


# 2. Content types


@pytest.mark.parametrize(
    "content_type",
    [None, "", "application/x-www-form-urlencoded", "text/plain; charset=utf-8", "multipart/form-data", "nonsense"],
)
def test_json_needs_no_content_type(raw: RawConnection, content_type: str | None) -> None:
    headers = {} if content_type is None else {"Content-Type": content_type}
    instance = f"/v1/envs/{ok(raw.exchange('POST', '/v1/envs/', CARTPOLE, headers))['instance_id']}"
    ok(raw.exchange("POST", f"{instance}/reset/", b'{"seed": 0}', headers))
    step = ok(raw.exchange("POST", f"{instance}/step/", b'{"action": 1}', headers))
    assert step["observation"] == observed("CartPole-v1", [1], seed=0)[1]


# 3. Bodies where none is needed

EMPTY = {
    "absent": None,
    "empty": b"",
    "null": b"null",
    "string": b'""',
    "list": b"[]",
    "object": b"{}",
    "blank": b" \n",
}


@pytest.mark.parametrize("body", EMPTY.values(), ids=EMPTY)
@pytest.mark.parametrize("content_type", ["application/json", MSGPACK])
def test_posts_without_parameters_take_every_empty_body(
    raw: RawConnection, body: bytes | None, content_type: str
) -> None:
    if content_type == MSGPACK and body and body.strip():
        body = msgpack.packb(json.loads(body))
    headers = {"Content-Type": content_type}
    instance = f"/v1/envs/{ok(raw.exchange('POST', '/v1/envs/', CARTPOLE))['instance_id']}"
    assert ok(raw.exchange("POST", f"{instance}/reset/", body, headers)).keys() == {"observation", "info"}
    assert silent(raw.exchange("POST", f"{instance}/monitor/close/", body, headers))
    assert silent(raw.exchange("POST", f"{instance}/close/", body, headers))


@pytest.mark.parametrize("body", [CARTPOLE, b"not JSON", b"", b"x" * 100_000], ids=["JSON", "text", "empty", "long"])
def test_a_get_may_have_a_body_and_the_connection_goes_on(raw: RawConnection, server: Server, body: bytes) -> None:
    instance_id = server.api().create("CartPole-v1")
    for path in ("/v1/envs/", f"/v1/envs/{instance_id}/action_space/", "/v1/nowhere/", "/v1/openapi.yaml"):
        first = raw.exchange("GET", path, body, {"Content-Type": "application/json"})
        assert first.status == (404 if "nowhere" in path else 200)
        assert ok(raw.exchange("GET", "/v1/health/"))["status"] == "ok"


# 4. Unknown keys


def test_unknown_keys_are_ignored(raw: RawConnection) -> None:
    extra = {"instance_id": "0", "token": "t", "version": 2, "video_callable": False, "other": {"a": [None]}}
    created = raw.exchange("POST", "/v1/envs/", json.dumps({"env_id": "CartPole-v1", **extra}).encode())
    instance = f"/v1/envs/{ok(created)['instance_id']}"
    for operation, body in (("reset", {}), ("step", {"action": 1}), ("monitor/close", {}), ("close", {})):
        ok(raw.exchange("POST", f"{instance}/{operation}/", json.dumps({**body, **extra}).encode(), JSON))


# 5. Booleans

TRUE, FALSE = (True, 1, 1.0, "true", "True", "1"), (False, 0, 0.0, "false", "False", "0", None)


def test_booleans_are_understood_in_all_their_spellings(json_api: Api) -> None:
    instance_id = json_api.create("CartPole-v1")
    json_api.ok("env_reset", instance_id=instance_id)
    monitor = {"instance_id": instance_id, "directory": "booleans", "video_callable": False}
    json_api.ok("env_monitor_start", **monitor)
    for value in (*TRUE, *FALSE):
        json_api.ok("env_step", instance_id=instance_id, action=0, render=value)
        json_api.ok("env_monitor_close", instance_id=instance_id)
        started = json_api.call("env_monitor_start", **monitor, force=value)
        expected = 200 if value in TRUE else 409  # the directory has data, which only force may delete
        assert started.status == expected, (value, started.document)


@pytest.mark.parametrize(
    ("parameter", "filmed"),
    [
        ({"video_callable": False}, []),
        ({"video_callable": 0}, []),
        ({"video_callable": "false"}, []),
        ({"video-callable": False}, []),
        ({"video_callable": "true"}, [0, 1]),
        ({"video_callable": 1}, [0, 1, 2]),
        ({"video-callable": 2}, [0, 2]),
        ({}, [0, 1]),
    ],
    ids=str,
)
def test_video_callable_is_a_boolean_or_a_number_or_absent(
    json_api: Api, tmp_path: Path, server: Server, parameter: dict[str, Any], filmed: list[int]
) -> None:
    directory = server.directory / tmp_path.name
    instance_id = json_api.create("FrozenLake-v1", max_episode_steps=1)
    json_api.ok("env_monitor_start", instance_id=instance_id, directory=str(directory), **parameter)
    for _ in range(3):
        json_api.ok("env_reset", instance_id=instance_id)
        json_api.ok("env_step", instance_id=instance_id, action=0)
    json_api.ok("env_close", instance_id=instance_id)
    assert sorted(int(path.stem[-6:]) for path in directory.glob("*.mp4")) == filmed


# 6. Actions

ACTIONS: list[tuple[str, list[Any], Any]] = [  # environment (it echoes), spellings of an action, the observation
    ("EchoDiscrete-v0", [2, 2.0, "2", [2], [2.0], ["2"]], 2),
    ("EchoDiscrete-v0", [1, True, [True]], 1),
    ("EchoDiscrete-v0", [0, False, [False]], 0),
    ("EchoDiscrete-v0", [-2, "-2", [-2]], -2),
    ("EchoBoxOne-v0", [0.5, [0.5]], [0.5]),
    ("EchoBoxOne-v0", [1, [1], 1.0], [1.0]),
    ("EchoBoxScalar-v0", [0.5, [0.5]], 0.5),
    ("EchoMultiDiscrete-v0", [[0, 6], [0.0, 6.0]], [0, 6]),
    ("EchoMultiBinary-v0", [[1, 0, 1, 0], [1.0, 0.0, 1.0, 0.0], [True, False, True, False]], [1, 0, 1, 0]),
    ("EchoTuple-v0", [[1, [0, 1]], [1.0, [0.0, 1.0]], ["1", [0, 1]], [[1], [0, 1]]], [1, [0.0, 1.0]]),
    ("EchoDict-v0", [{"z": 1, "a": {"inner": "x"}}, {"a": {"inner": "x"}, "z": "1"}], {"a": {"inner": "x"}, "z": 1}),
    ("EchoOneOf-v0", [[0, 2], [0.0, "2"], ["0", [2]]], [0, 2]),
    ("EchoSequence-v0", [[], [[0, 1]], [[0.0, 1.0]]], None),
]


@pytest.mark.parametrize(
    ("env_id", "spellings", "echo"), ACTIONS, ids=lambda value: value if type(value) is str else ""
)
def test_actions_come_in_many_forms(api: Api, env_id: str, spellings: list[Any], echo: Any) -> None:
    instance_id = api.create(env_id)
    api.ok("env_reset", instance_id=instance_id)
    for action in spellings:
        observation = api.ok("env_step", instance_id=instance_id, action=action)["observation"]
        assert plain(observation) == (action if echo is None else echo), action


REFUSED: list[tuple[str, str, list[Any]]] = [
    ("CartPole-v1", "Discrete(2)", [2, -1, 1.5, "x", "", "1.0", [], [0, 1], [[1]], {}, {"a": 1}, 1e100]),
    ("Pendulum-v1", "Box(-2.0, 2.0, (1,), float32)", ["x", "1", [], [0, 0], [[[]]], {}, [[1, 2], [3]], True]),
    ("EchoMultiDiscrete-v0", "MultiDiscrete(", [[0], [0, 7], [-2, 4], [0.5, 4], 0, [[0, 6]], "x"]),
    ("EchoMultiBinary-v0", "MultiBinary(4)", [[0, 1, 0], [0, 1, 0, 2], [0.5, 0, 0, 0], 3]),
    ("EchoText-v0", "Text(1, 6,", ["", "abcabca", "x", 1, ["a"]]),
    ("EchoTuple-v0", "Tuple(", [[], [1], [1, [0, 0], 2], {"0": 1}, 1]),
    ("EchoDict-v0", "Dict(", [{}, {"z": 1}, {"z": 1, "a": {}}, {"z": 1, "a": {"inner": "x"}, "b": 0}, [1, "x"]]),
]


@pytest.mark.parametrize(("env_id", "space", "actions"), REFUSED, ids=[env_id for env_id, _, _ in REFUSED])
def test_other_actions_are_refused_by_the_name_of_the_space(
    api: Api, env_id: str, space: str, actions: list[Any]
) -> None:
    instance_id = api.create(env_id)
    api.ok("env_reset", instance_id=instance_id)
    for action in actions:
        reply = api.call("env_step", instance_id=instance_id, action=action)
        assert reply.error == (400, "invalid_action"), action
        assert space in reply.message
    assert api.ok("env_info", instance_id=instance_id)["steps"] == 0


def test_bounds_of_a_box_are_the_business_of_the_environment(api: Api) -> None:
    instance_id = api.create("Pendulum-v1")
    api.ok("env_reset", instance_id=instance_id, seed=0)
    steps = [api.ok("env_step", instance_id=instance_id, action=action) for action in (100, [-100.0], math.pi)]
    assert [plain(step["observation"]) for step in steps] == observed("Pendulum-v1", [[2.0], [-2.0], [2.0]], seed=0)[1:]


# 8. and 9.


@pytest.mark.parametrize("env_id", ["CartPole-v1", "Taxi-v3", "EchoDiscrete-v0"])
def test_render_true_needs_no_display(json_api: Api, env_id: str) -> None:
    instance_id = json_api.create(env_id)
    json_api.ok("env_reset", instance_id=instance_id)
    json_api.ok("env_step", instance_id=instance_id, action=0, render=True)


def test_seed_0_is_a_seed(json_api: Api) -> None:
    expected, *_ = observed("CartPole-v1", [], seed=0)
    at_creation = json_api.create("CartPole-v1", seed=0)
    assert json_api.ok("env_reset", instance_id=at_creation)["observation"] == expected
    later = json_api.create("CartPole-v1")
    assert json_api.ok("env_reset", instance_id=later)["observation"] != expected
    assert json_api.ok("env_reset", instance_id=later, seed=0)["observation"] == expected


# How old clients speak HTTP


def test_a_body_may_come_in_chunks(raw: RawConnection) -> None:
    chunks = {"Transfer-Encoding": "chunked"}
    body = chunked(CARTPOLE[:5], CARTPOLE[5:])
    instance = f"/v1/envs/{ok(raw.exchange('POST', '/v1/envs/', body, chunks))['instance_id']}"
    ok(raw.exchange("POST", f"{instance}/reset/", chunked(b'{"seed"', b": 0}"), chunks))
    step = ok(
        raw.exchange("POST", f"{instance}/step/", chunked(*(b'{"action": 1}'[i : i + 1] for i in range(13))), chunks)
    )
    assert step["observation"] == observed("CartPole-v1", [1], seed=0)[1]
    assert silent(raw.exchange("POST", f"{instance}/close/", chunked(), chunks))


def test_curl_asks_before_it_sends_a_long_body(raw: RawConnection) -> None:
    head = (
        f"POST /v1/envs/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(CARTPOLE)}\r\nExpect: 100-continue\r\n\r\n"
    )
    raw.send(head.encode())
    assert raw.socket.recv(64).startswith(b"HTTP/1.1 100")
    raw.send(CARTPOLE)
    ok(raw.reply("POST", "/v1/envs/"))


def test_http_1_0_is_spoken(server: Server) -> None:
    with RawConnection(server.port) as raw:
        instance_id = ok(raw.exchange("POST", "/v1/envs/", CARTPOLE, version="HTTP/1.0"))["instance_id"]
        assert raw.socket.recv(1) == b""  # closed after the reply, as HTTP/1.0 has it
    with RawConnection(server.port) as raw:
        keep = {"Connection": "keep-alive"}
        ok(raw.exchange("POST", f"/v1/envs/{instance_id}/reset/", None, keep, version="HTTP/1.0"))
        ok(raw.exchange("POST", f"/v1/envs/{instance_id}/step/", b'{"action": 0}', keep, version="HTTP/1.0"))
