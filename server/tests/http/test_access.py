"""Nobody is let in who should not be."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from live import COMMAND, Api, Server, free_port
from raw import RawConnection

TOKEN = "s3cret-!~="
PAGE = "https://lab.example"


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that takes its token from the environment, and lets the pages of one origin call it."""
    env = {**os.environ, "GYM_HTTP_TOKEN": TOKEN}
    server = Server(tmp_path_factory.mktemp("guarded"), "--allow-origin", f"{PAGE}/", env=env)
    yield server
    assert server.stop() == 0


@pytest.fixture(scope="module")
def named(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server without a token that answers to another name too, and knows its uploaders."""
    flags = ("--allow-host", "Lab.Example", "--allow-origin", PAGE, "--api-key", "one", "--api-key", "two")
    server = Server(tmp_path_factory.mktemp("named"), *flags)
    yield server
    assert server.stop() == 0


# Host


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "127.0.0.1.evil.example",
        "localhost.evil.example",
        "10.0.0.1:5000",
        "[::2]",
        "[",
        "0.0.0.0",
        "2130706433",
    ],
)
def test_a_foreign_host_is_403(server: Server, host: str) -> None:
    for method, path in (("GET", "/v1/health/"), ("POST", "/v1/envs/"), ("POST", "/v1/envs/0/step/")):
        with RawConnection(server.port) as raw:
            reply = raw.exchange(method, path, b"{}", {"Host": host})
            assert reply.error == (403, "forbidden_host")
            assert "--allow-host" in reply.message


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "LOCALHOST:1", "127.8.9.1:80", "[::1]:5000", "app.localhost"]
)
def test_loopback_has_many_names(server: Server, host: str) -> None:
    with RawConnection(server.port) as raw:
        assert raw.exchange("GET", "/v1/health/", None, {"Host": host}).status == 200


def test_allow_host_adds_a_name(named: Server) -> None:
    with RawConnection(named.port) as raw:
        for host, status in (
            ("lab.example:80", 200),
            ("LAB.EXAMPLE", 200),
            ("lab.example.evil", 403),
            ("localhost", 200),
        ):
            assert raw.exchange("GET", "/v1/health/", None, {"Host": host}).status == status, host


# Origin

FOREIGN = [
    "https://evil.example", "null", "", "http://127.0.0.1:1", "https://lab.example.evil", "http://lab.example", "http://[",
    "file://", "https://lab.example:8443",
]  # fmt: skip


@pytest.mark.parametrize("origin", FOREIGN)
def test_a_foreign_origin_is_403_with_or_without_a_token(named: Server, guarded: Server, origin: str) -> None:
    for server, headers in ((named, {}), (guarded, {"Authorization": f"Bearer {TOKEN}"})):
        api = server.api(headers={"Origin": origin, **headers})
        for reply in (api.call("health"), api.call("env_create", env_id="CartPole-v1")):
            assert reply.error == (403, "forbidden_origin")
            assert "access-control-allow-origin" not in reply.headers
    assert named.api().ok("health")["instances"] == 0


def test_a_foreign_origin_is_403_to_a_client_that_names_no_host(named: Server) -> None:
    for origin in FOREIGN:
        with RawConnection(named.port) as raw:
            reply = raw.exchange("GET", "/v1/health/", None, {"Origin": origin}, version="HTTP/1.0")
            assert reply.error == (403, "forbidden_origin"), origin


def test_the_own_origin_needs_no_permission(server: Server) -> None:
    for name in ("127.0.0.1", "localhost"):
        headers = {"Host": f"{name}:{server.port}", "Origin": f"http://{name}:{server.port}"}
        assert server.api().request("GET", "/v1/health/", headers=headers).status == 200


def test_an_allowed_origin_gets_what_its_browser_asks_for(named: Server) -> None:
    api = named.api(headers={"Origin": PAGE})
    for reply in (api.call("health"), api.call("env_close", instance_id="0"), api.request("GET", "/v1/nowhere/")):
        assert reply.headers["access-control-allow-origin"] == PAGE
        assert "Origin" in reply.headers["vary"]
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type, idempotency-key"}
    preflight = api.request("OPTIONS", "/v1/envs/", headers=asked, check=False)
    assert (preflight.status, preflight.body) == (200, b"")
    assert preflight.headers["access-control-allow-origin"] == PAGE
    assert "POST" in preflight.headers["access-control-allow-methods"]
    allowed = preflight.headers["access-control-allow-headers"].lower().split(", ")
    assert {"accept", "authorization", "content-type", "idempotency-key"} <= set(allowed)


def test_a_preflight_from_a_foreign_origin_is_403(named: Server) -> None:
    headers = {"Origin": FOREIGN[0], "Access-Control-Request-Method": "POST"}
    reply = named.api().request("OPTIONS", "/v1/envs/", headers=headers, check=False)
    assert reply.error == (403, "forbidden_origin")
    assert "access-control-allow-origin" not in reply.headers


# Token


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        "Bearer wrong",
        f"Bearer {TOKEN}x",
        f"Bearer {TOKEN[:-1]}",
        f"Basic {TOKEN}",
        TOKEN,
    ],
)
def test_no_or_a_wrong_token_is_401(guarded: Server, authorization: str | None) -> None:
    headers = {} if authorization is None else {"Authorization": authorization}
    api = guarded.api(headers=headers)
    for reply in (api.call("health"), api.call("env_create", env_id="CartPole-v1"), api.call("shutdown")):
        assert reply.error == (401, "unauthorized")
        assert reply.headers["www-authenticate"].startswith("Bearer")
        assert TOKEN not in reply.message
    missing = api.request("GET", "/v1/nowhere/", check=False)
    assert missing.status == 401, "what is there is not told to strangers"


def test_the_right_token_is_let_in_under_any_host(guarded: Server) -> None:
    for scheme in ("Bearer", "bearer"):
        headers = {"Authorization": f"{scheme} {TOKEN}"}
        assert guarded.api(headers=headers).ok("health")["status"] == "ok"
        foreign = guarded.api().request("GET", "/v1/health/", headers={**headers, "Host": "lab.example"})
        assert foreign.status == 200


def test_a_refused_token_can_be_read_by_an_allowed_page(guarded: Server) -> None:
    reply = guarded.api(headers={"Origin": PAGE}).call("health")
    assert reply.error == (401, "unauthorized")
    assert reply.headers["access-control-allow-origin"] == PAGE


# Starting


def started(*flags: str, directory: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """A server that is expected to refuse to start."""
    env = {name: value for name, value in os.environ.items() if name != "GYM_HTTP_TOKEN"}
    command = [str(COMMAND), "-p", str(free_port()), *flags]
    return subprocess.run(
        command, cwd=directory, env={**env, **environment}, capture_output=True, text=True, timeout=30, check=False
    )


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (
            ("-l", "0.0.0.0"),
            ("Refusing to listen on 0.0.0.0 without a token", "--token", "GYM_HTTP_TOKEN", "--insecure"),
        ),
        (("-l", ""), ("every address", "--token")),
        (("-l", "::"), ("::", "--token")),
        (("-l", "0.0.0.0", "--token", ""), ("--token",)),
        (("--token", "größer"), ("token", "ASCII")),
        (("--token", "two words"), ("token", "spaces")),
        (("--import", "no_such_module_here"), ("no_such_module_here",)),
        (("-l", "203.0.113.1", "--token", "t"), ("203.0.113.1", "Cannot listen")),
        (("--max-instances", "0"), ("--max-instances", "at least 1")),
    ],
    ids=str,
)
def test_it_refuses_to_start_and_says_why(tmp_path: Path, flags: tuple[str, ...], words: tuple[str, ...]) -> None:
    ended = started(*flags, directory=tmp_path)
    assert ended.returncode != 0
    for word in words:
        assert word in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_taken_port_is_told(server: Server, tmp_path: Path) -> None:
    ended = started("-p", str(server.port), directory=tmp_path)
    assert ended.returncode != 0
    assert f"port {server.port}" in ended.stderr
    assert "--port" in ended.stderr


def test_insecure_listens_everywhere_and_answers_to_any_host(start_server: Callable[..., Server]) -> None:
    server = start_server("-l", "0.0.0.0", "--insecure")
    with RawConnection(server.port) as raw:
        assert raw.exchange("GET", "/v1/health/", None, {"Host": "lab.example"}).status == 200
        assert raw.exchange("GET", "/v1/health/", None, {"Origin": "https://evil.example"}).status == 403


# Modules, keys and directories


def test_modules_are_imported_by_the_operator_only(json_api: Api, named: Server) -> None:
    reply = named.api().call("env_create", env_id="odd_envs:OneThread-v0")
    assert reply.error == (400, "module_not_allowed")
    assert "'odd_envs'" in reply.message
    assert "--import" in reply.message
    assert json_api.ok("env_close", instance_id=json_api.create("odd_envs:OneThread-v0")) == {}
    assert json_api.call("env_create", env_id="json:OneThread-v0").error == (400, "module_not_allowed")


def test_only_known_api_keys_upload(named: Server) -> None:
    api = named.api()
    instance_id = api.create("CartPole-v1", max_episode_steps=1)
    api.ok("env_monitor_start", instance_id=instance_id, directory="run", video_callable=False)
    api.ok("env_reset", instance_id=instance_id)
    api.ok("env_step", instance_id=instance_id, action=0)
    api.ok("env_close", instance_id=instance_id)
    for api_key in ("three", "ONE", "one "):
        reply = api.call("upload", training_dir="run", api_key=api_key)
        assert reply.error == (400, "api_key_refused")
        assert "two" not in reply.message
    assert api.ok("scoreboard_list") == {"evaluations": []}
    for api_key in ("one", "two"):
        assert api.ok("upload", training_dir="run", api_key=api_key)["episodes"] == 1


def test_monitor_roots_are_all_there_is(tmp_path: Path) -> None:
    first, second, other = (tmp_path / name for name in ("first", "second", "other"))
    for directory in (first, second, other):
        directory.mkdir()
    server = Server(first, "--monitor-root", str(second))  # the helper makes `first` a root too
    try:
        api = server.api()
        instance_id = api.create("CartPole-v1")
        for directory in (str(other), str(tmp_path), "../other", "/tmp"):
            reply = api.call("env_monitor_start", instance_id=instance_id, directory=directory)
            assert reply.error == (400, "invalid_directory"), directory
            assert str(second) in reply.message
        for directory in (str(first / "a"), str(second), "../second/b"):
            api.ok("env_monitor_start", instance_id=instance_id, directory=directory, video_callable=False)
            api.ok("env_monitor_close", instance_id=instance_id)
        assert os.listdir(other) == []
    finally:
        server.stop()
