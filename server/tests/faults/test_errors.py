"""Survived: environments that raise what nobody expects, and clients that would forge or pry."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from hostile_envs import RAISED
from live import Api, Server, environment_with_odd_envs

NAMES = [kind.__name__ for kind in RAISED]


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    directory = tmp_path_factory.mktemp("hostile")
    server = Server(directory, "--import", "hostile_envs", env=environment_with_odd_envs())
    yield server
    assert server.stop() == 0, server.log.read_text()


@pytest.fixture
def log(hostile: Server) -> Callable[[], list[str]]:
    """The lines that the server itself has logged since."""
    start = len(hostile.log.read_text())
    return lambda: [line for line in hostile.log.read_text()[start:].splitlines() if " py.warnings: " not in line]


def started(api: Api, at: str, which: int) -> str:
    return api.create("Hostile-v0", kwargs={"at": at, "how": "raise", "which": which})


@pytest.mark.parametrize("which", range(len(RAISED)), ids=NAMES)
@pytest.mark.parametrize("at", ["reset", "step"])
def test_whatever_is_raised_is_a_reply_under_its_key_and_a_line_of_the_log(
    hostile: Server, log: Callable[[], list[str]], at: str, which: int
) -> None:
    api = hostile.api()
    instance_id = started(api, at, which)
    arguments: dict[str, Any] = {"instance_id": instance_id}
    if at == "step":
        api.ok("env_reset", instance_id=instance_id)
        arguments["action"] = which + 1
    reply = api.call(f"env_{at}", "key", **arguments)
    assert reply.error == (500, "environment_error")
    assert NAMES[which] in reply.message
    again = api.call(f"env_{at}", "key", **arguments)
    assert again.body == reply.body
    assert again.headers["idempotent-replayed"] == "true"
    (line,) = log()
    assert "Hostile-v0" in line
    assert instance_id in line
    assert NAMES[which] in line
    assert api.ok("env_info", instance_id=instance_id)["steps"] == 0
    api.ok("env_close", instance_id=instance_id)


@pytest.mark.parametrize("which", range(len(RAISED)), ids=NAMES)
def test_a_creation_that_fails_leaves_a_line_and_no_thread(
    hostile: Server, log: Callable[[], list[str]], which: int
) -> None:
    api, process = hostile.api(), psutil.Process(hostile.process.pid)
    before = process.num_threads()
    for _ in range(20):
        kwargs = {"at": "init", "how": "raise", "which": which}
        reply = api.call("env_create", env_id="Hostile-v0", kwargs=kwargs)
        assert reply.error == (500, "environment_error")
        assert NAMES[which] in reply.message
    assert len(log()) == 20
    assert process.num_threads() <= before + 10


@pytest.mark.parametrize("which", range(len(RAISED)), ids=NAMES)
def test_a_close_that_fails_closes(hostile: Server, which: int) -> None:
    api = hostile.api()
    instance_id = started(api, "close", which)
    assert api.call("env_close", instance_id=instance_id).error == (500, "environment_error")
    assert instance_id not in api.ok("env_list_all")["envs"]


@pytest.mark.parametrize(
    "body",
    [
        {"env_id": "No\nFORGED-v0"},
        {"env_id": "Hostile-v0", "kwargs": {"x\nFORGED": 1}},
        {"env_id": "Hostile-v0", "kwargs": {"which": "\r\nFORGED\u2028FORGED", "at": "init", "how": "raise"}},
        {"env_id": "CartPole\u0085FORGED-v9"},
    ],
)
def test_nothing_that_a_client_sends_begins_a_line_of_the_log(
    hostile: Server, log: Callable[[], list[str]], body: Any
) -> None:
    assert hostile.api().request("POST", "/v1/envs/", json.dumps(body)).status in (400, 500)
    assert not any(line.startswith("FORGED") for line in log())


def test_an_environment_does_not_tell_which_files_exist(hostile: Server, tmp_path: Path) -> None:
    (tmp_path / "there").write_bytes(b"\xff")  # no text: it cannot be read as a model
    messages = set()
    for name in ("there", "not-there"):
        file = str(tmp_path / name)
        reply = hostile.api().call("env_create", env_id="Hostile-v0", kwargs={"file": file})
        assert reply.error == (400, "invalid_parameter")
        messages.add(reply.message.replace(file, ""))
    assert len(messages) == 1
    if psutil.LINUX:
        models = ("/etc/hostname", "/etc/no-such-file")
        refusals = {
            hostile.api().call("env_create", env_id="Ant-v5", kwargs={"xml_file": model}).body for model in models
        }
        assert len(refusals) == 1
