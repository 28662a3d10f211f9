"""What bindings of the original API send, request by request, and what they insist on in the replies."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from live import Api, Reply, Server
from odd_envs import SPACES
from raw import RawConnection

import contract


class Binding:
    """A connection that sends what one binding does; `accept` is its Accept header, if it has one."""

    def __init__(self, server: Server, **headers: str) -> None:
        self.raw = RawConnection(server.port)
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}

    def __call__(self, method: str, path: str, body: Any = None) -> Reply:
        data = body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode()
        return self.raw.exchange(method, path, data, self.headers)

    def document(self, method: str, path: str, body: Any = None) -> Any:
        reply = self(method, path, body)
        assert reply.status == 200, reply
        return reply.document

    def create(self, env_id: str, **more: Any) -> str:
        instance_id: str = self.document("POST", "/v1/envs/", {"env_id": env_id, **more})["instance_id"]
        return f"/v1/envs/{instance_id}"


def test_ocaml_asserts_that_void_replies_are_empty(server: Server, tmp_path: Path) -> None:
    ocaml = Binding(server, User_Agent="ocaml-cohttp/2.5.4", Content_Type="application/json")
    env = ocaml.create("CartPole-v1", render_mode="rgb_array")
    assert ocaml.document("GET", "/v1/envs/", b"")["all_envs"]
    directory = server.directory / tmp_path.name
    wish = {"monitor_force": True, "monitor_resume": False, "monitor_video_callable": False}
    assert (
        ocaml("POST", f"{env}/monitor/start/", {"directory": str(directory), "video_callable": False, **wish}).body
        == b""
    )
    assert len(ocaml.document("POST", f"{env}/reset/", b"")["observation"]) == 4
    step = ocaml.document("POST", f"{env}/step/", {"render": True, "action": 1})
    assert (step["reward"], step["done"]) == (1.0, False)
    assert ocaml("POST", f"{env}/monitor/close/", b"").body == b""
    assert ocaml("POST", f"{env}/close/", b"").body == b""


def test_haskell_takes_void_replies_as_html_with_its_charset_only(server: Server, tmp_path: Path) -> None:
    haskell = Binding(server, Accept="application/json;charset=utf-8,application/json", Content_Type="application/json")
    silent = Binding(server, Accept="text/html;charset=utf-8", Content_Type="application/json")
    env = haskell.create("CartPole-v0", max_episode_steps=1)
    directory = str(server.directory / tmp_path.name)
    monitor = {"directory": directory, "force": True, "resume": False, "video_callable": False}
    void = [silent("POST", f"{env}/monitor/start/", monitor)]
    haskell.document("POST", f"{env}/reset/")
    assert haskell.document("POST", f"{env}/step/", {"action": 0, "render": False})["done"] is True
    void += [silent("POST", f"{env}/monitor/close/"), silent("POST", f"{env}/close/")]
    config = {"training_dir": directory, "algorithm_id": "", "api_key": "I-do-not-have-one"}
    void.append(silent("POST", "/v1/upload/", config))
    assert [(reply.status, reply.headers["content-type"], reply.body) for reply in void] == [
        (204, "text/html; charset=utf-8", b"")
    ] * 4
    (evaluation,) = [
        each for each in haskell.document("GET", "/v1/scoreboard/")["evaluations"] if each["env_id"] == "CartPole-v0"
    ]
    assert evaluation["episodes"] == 1
    assert "algorithm_id" not in evaluation


def test_go_hears_of_a_monitor_that_does_not_start_and_of_nothing_else(server: Server, tmp_path: Path) -> None:
    go = Binding(server, User_Agent="Go-http-client/1.1", Content_Type="application/json", Accept_Encoding="gzip")
    directory = str(server.directory / tmp_path.name)

    def run() -> list[str]:
        """One run of its demo; the texts that it takes for errors: it looks for a `message` and at no status."""
        env = go.create("CartPole-v0")
        flags = {"force": False, "resume": False, "video_callable": False}
        replies = [
            go("POST", f"{env}/monitor/start/", {"directory": directory, **flags}),
            go("POST", f"{env}/reset/", {}),
            go("GET", f"{env}/action_space/sample"),
            go("GET", f"{env}/action_space/contains/1"),
            go("POST", f"{env}/step/", {"action": 1, "render": False}),
            go("POST", f"{env}/monitor/close/", {}),
            go("POST", f"{env}/close/", {}),
        ]
        return [reply.document["message"] for reply in replies if reply.body and "message" in reply.document]

    assert run() == []
    (heard,) = run()
    assert "force=true" in heard


@pytest.mark.parametrize("env_id", ["CartPole-v1", "Pendulum-v1", "MountainCarContinuous-v0"])
def test_java_reads_all_but_the_name_and_n_of_a_space_as_arrays(server: Server, env_id: str) -> None:
    java = Binding(server, Accept="application/json")
    env = java.create(env_id)
    for name in ("action_space", "observation_space"):
        info = java.document("GET", f"{env}/{name}/")["info"]
        if info["name"] == "Discrete":
            assert info.keys() == {"name", "n"}
        else:
            assert info.keys() == {"name", "shape", "low", "high"}
            assert all(isinstance(info[key], list) for key in info if key != "name")


@pytest.mark.parametrize("name", SPACES)
def test_spaces_are_described_without_what_is_usual_and_asked_about_with_it(api: Api, name: str) -> None:
    instance_id = api.create(f"Echo{name}-v0")
    info = contract.plain(api.ok("env_observation_space_info", instance_id=instance_id)["info"])
    full = completed(info)
    for facts in ({}, info, full, {"name": info["name"]}):
        assert api.ok("env_observation_space_contains", instance_id=instance_id, **facts) == {"member": True}, facts
    if info["name"] == "Discrete":
        assert (info["start"], full["dtype"]) == (-2, "int64")
    for wrong in ({"dtype": "complex64"}, {"start": 7}, {"name": None}, {**full, "smell": "sweet"}):
        assert api.ok("env_observation_space_contains", instance_id=instance_id, **wrong) == {"member": False}, wrong


def completed(info: Any) -> Any:
    """The description with what the contract says that it leaves out."""
    if isinstance(info, list):
        return [completed(part) for part in info]
    if not isinstance(info, dict):
        return info
    usual = {"Discrete": {"start": 0, "dtype": "int64"}, "Box": {"dtype": "float32"}}
    name = info.get("name")
    return {
        **usual.get(name if isinstance(name, str) else "", {}),
        **{key: completed(part) for key, part in info.items()},
    }


ABSENT = [None, "", []]


@pytest.mark.parametrize("absent", ABSENT, ids=["null", "text", "list"])
def test_an_optional_parameter_is_absent_when_it_is_empty(
    api: Api, server: Server, tmp_path: Path, absent: Any
) -> None:
    directory = str(server.directory / tmp_path.name)
    optional = ("seed", "kwargs", "max_episode_steps", "num_envs", "vectorization_mode", "autoreset_mode")
    instance_id = api.create(
        "FrozenLake-v1", **dict.fromkeys(optional, absent), **({} if absent is None else {"render_mode": absent})
    )
    info = api.ok("env_info", instance_id=instance_id)
    assert (info["num_envs"], info["render_mode"], info["spec"]["max_episode_steps"]) == (1, "rgb_array", 100)
    empty = dict.fromkeys(("force", "resume", "video_callable", "video-callable"), absent)
    api.ok("env_monitor_start", instance_id=instance_id, directory=directory, **empty)
    first = api.ok("env_reset", instance_id=instance_id, seed=absent, options=absent)
    assert first["observation"] == 0
    done = False
    while not done:
        done = api.ok("env_step", instance_id=instance_id, action=0, render=absent)["done"]
    api.ok("env_monitor_close", instance_id=instance_id)
    assert len(list(Path(directory).glob("*.mp4"))) == 1, "without video_callable the usual episodes are filmed"
    assert api.call("env_monitor_start", instance_id=instance_id, directory=directory, **empty).status == 409
    evaluation = api.ok("upload", training_dir=directory, api_key="k", algorithm_id=absent)
    assert "algorithm_id" not in evaluation
    api.ok("env_close", instance_id=instance_id)


def test_an_alias_counts_where_the_name_itself_is_empty(json_api: Api, server: Server, tmp_path: Path) -> None:
    directory = server.directory / tmp_path.name
    instance_id = json_api.create("FrozenLake-v1", max_episode_steps=1)
    every = {"video_callable": "", "video-callable": 1}
    json_api.ok("env_monitor_start", instance_id=instance_id, directory=str(directory), **every)
    for _ in range(3):
        json_api.ok("env_reset", instance_id=instance_id)
        json_api.ok("env_step", instance_id=instance_id, action=0)
    json_api.ok("env_close", instance_id=instance_id)
    assert len(list(directory.glob("*.mp4"))) == 3


def test_an_empty_value_in_a_query_is_absent(json_api: Api) -> None:
    everything = json_api.ok("scoreboard_list")
    assert json_api.ok("scoreboard_list", env_id="", algorithm_id="") == everything


FORMS = [b"a=b", b"a=b&c=d%20e&f=", b"json=1\r\n"]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("content_type", ["application/x-www-form-urlencoded; charset=UTF-8", "text/plain", None])
def test_a_form_is_no_harm_where_the_original_read_no_body(
    server: Server, form: bytes, content_type: str | None
) -> None:
    binding = Binding(server, **({} if content_type is None else {"Content_Type": content_type}))
    env = binding.create("CartPole-v1")
    assert binding.document("POST", f"{env}/reset/", form).keys() == {"observation", "info"}
    assert binding("POST", f"{env}/monitor/close/", form).status == 204
    assert binding("POST", f"{env}/step/", form).error == (400, "malformed_body")
    assert binding("POST", f"{env}/close/", form).status == 204


def test_a_parameter_that_a_form_names_is_not_lost_in_silence(server: Server) -> None:
    binding = Binding(server, Content_Type="application/x-www-form-urlencoded")
    env = binding.create("CartPole-v1")
    refused = binding("POST", f"{env}/reset/", b"seed=3")
    assert refused.error == (400, "invalid_parameter")
    assert "'seed'" in refused.message
    for body in (b'{"seed": 3', b"{a=b}", b"a", b"=b", b'a="b"'):
        assert binding("POST", f"{env}/reset/", body).error == (400, "malformed_body"), body
    seeded = binding.document("POST", f"{env}/reset/", b'{"seed": 3}')
    assert seeded == binding.document("POST", f"{env}/reset/", {"seed": 3})


def test_instances_are_listed_by_the_ids_that_were_asked_for(api: Api) -> None:
    asked = {api.create(env_id): env_id for env_id in ("FrozenLake-v0", "CartPole-v1", "Pong-ram-v0", "MountainCar")}
    listed = api.ok("env_list_all")
    for instance_id, env_id in asked.items():
        assert listed["envs"][instance_id] == listed["all_envs"][instance_id] == env_id
        info = api.ok("env_info", instance_id=instance_id)
        assert info.get("requested_env_id", info["env_id"]) == env_id
        api.ok("env_close", instance_id=instance_id)


@pytest.mark.parametrize("path", ["/v1/nowhere", "/", "/v1/envs/0/", "/favicon.ico", "/v1/envs/0/step/1", "//evil"])
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "OPTIONS"])
def test_a_foreign_host_is_refused_before_its_path_is_looked_up(server: Server, method: str, path: str) -> None:
    with RawConnection(server.port) as raw:
        reply = raw.exchange(method, path, b"{}", {"Host": "evil.example"}, check=False)
    assert reply.error == (403, "forbidden_host")
