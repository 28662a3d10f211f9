"""A live gym-http-server for the tests, started as a user starts it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

HERE = Path(__file__).parent


@contextmanager
def running_server(*arguments: str, directory: Path, env: dict[str, str] | None = None) -> Iterator[str]:
    """Run a server on a free port of loopback for the length of a with-block; gives its base URL."""
    command = shutil.which("gym-http-server", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    assert command, "the tests need the gym-http-server command: pip install ../server"
    environment = {**os.environ, "PYTHONPATH": str(HERE), "PYTHONUNBUFFERED": "1", **(env or {})}
    log = directory / "server.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [command, "-p", "0", "--import", "remote_test_envs", *arguments],
            stdout=subprocess.PIPE,
            stderr=output,
            text=True,
            cwd=directory,
            env=environment,
        )
    assert process.stdout is not None
    try:
        for line in process.stdout:
            if found := re.search(r"http://\S+?:\d+|unix:\S+", line):
                yield found[0]
                break
        else:
            pytest.fail(f"the server did not start:\n{log.read_text()}")
    finally:
        process.terminate()
        process.stdout.close()
        process.wait(timeout=20)


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The base URL of a server that all tests share."""
    with running_server(directory=tmp_path_factory.mktemp("server")) as url:
        yield url


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[Callable[..., str]]:
    """Starts a server for one test alone, with the arguments given."""
    opened = []

    def start(*arguments: str) -> str:
        context = running_server(*arguments, directory=tmp_path)
        opened.append(context)
        return context.__enter__()

    yield start
    for context in opened:
        context.__exit__(None, None, None)


@pytest.fixture(params=["direct", "session"])
def way(request: pytest.FixtureRequest) -> Iterator[dict[str, Any]]:
    """Options of a client for either transport."""
    if request.param == "direct":
        yield {}
    else:
        with requests.Session() as session:
            session.cookies.set("flavour", "vanilla")
            yield {"session": session}


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No token, proxy or key of the person who runs the tests."""
    for name in ("GYM_HTTP_TOKEN", "OPENAI_GYM_API_KEY", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
