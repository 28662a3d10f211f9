"""Strange servers end no run: what they do is told as failures of cases, and what suits them is found out."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from odd_servers import Compressed, Renamed, Server2016
from test_cli import run

from gym_http_conformance.conversation import Rewrites
from gym_http_conformance.proxy import Proxy
from gym_http_conformance.reference_servers import ReferenceServers


@pytest.fixture
def url(request: pytest.FixtureRequest, servers: ReferenceServers) -> Iterator[str]:
    """The URL of a server that is made strange by the parameter."""
    rewrites: Rewrites = request.param()
    proxy = Proxy(servers.get("open").address, rewrites)
    yield proxy.url
    proxy.close()


def failed(url: str, directory: Path, *arguments: str) -> dict[str, str]:
    """Id to reason of the cases that fail in a whole run, which must come to its end."""
    file = directory / "results.json"
    done = run("server", url, "--results", str(file), *arguments)
    assert done.returncode in {0, 1}, done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    results: list[dict[str, Any]] = json.loads(file.read_text())["results"]
    return {result["id"]: result["reason"] for result in results if result["outcome"] == "failed"}


@pytest.mark.parametrize("url", [lambda: Renamed(lambda count: f"number {count + 1}")], indirect=True)
def test_ids_with_a_space(url: str, tmp_path: Path) -> None:
    assert failed(url, tmp_path, "--profile", "original") == {}
    reasons = failed(url, tmp_path)
    assert "'number" in reasons["create-reply"]
    assert not re.search("stumbled|connection was lost", "".join(reasons.values()))


@pytest.mark.parametrize("url", [lambda: Renamed(lambda count: count + 1)], indirect=True)
def test_ids_that_are_numbers(url: str, tmp_path: Path) -> None:
    reasons = failed(url, tmp_path)
    assert re.search(r"body.instance_id: \d+ is not of type 'string'", reasons["smoke-cartpole"])
    assert not re.search("stumbled|connection was lost", "".join(reasons.values()))


@pytest.mark.parametrize("url", [Compressed], indirect=True)
def test_compression_that_nobody_asked_for(url: str, tmp_path: Path) -> None:
    reasons = failed(url, tmp_path, "-k", "contract")
    assert "came with Content-Encoding gzip, which the request's Accept-Encoding does not offer" in reasons["contract"]
    reasons = failed(url, tmp_path, "--profile", "original", "--smoke")
    assert "came with Content-Encoding gzip, which nobody asked for" in reasons["smoke-cartpole"]


@pytest.mark.parametrize("url", [Server2016], indirect=True)
def test_a_server_of_2016_is_known_for_one(url: str) -> None:
    done = run("server", url)
    assert "so this runs --profile original" in done.stdout
    assert done.returncode == 0, done.stdout
    assert ", 0 failed, " in done.stdout.splitlines()[-1]
    smoke = run("server", url, "--smoke")
    assert smoke.stdout.splitlines()[-1] == "2 passed, 0 failed, 0 skipped"
    full = run("server", url, "--smoke", "--profile", "full")
    assert "--profile original" not in full.stdout
    assert full.returncode == 1


def test_two_runs_at_one_server_do_not_disturb_each_other(servers: ReferenceServers) -> None:
    url = servers.get("open").url
    last: list[str] = []

    def check() -> None:
        done = run("server", url)
        last.append(done.stdout)

    runs = [threading.Thread(target=check) for _ in range(2)]
    for one in runs:
        one.start()
    for one in runs:
        one.join()
    assert len(last) == 2
    for said in last:
        assert ", 0 failed, " in said.splitlines()[-1], said
