from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from live import Api, Server, environment_with_odd_envs
from reference import Reference


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The server that all tests share which need no flags of their own."""
    server = Server(tmp_path_factory.mktemp("server"), "--import", "odd_envs", env=environment_with_odd_envs())
    yield server
    assert server.stop() == 0, server.log.read_text()


@pytest.fixture
def start_server(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Starts servers with flags of their own, and stops them."""
    servers: list[Server] = []

    def start(*flags: str) -> Server:
        servers.append(Server(tmp_path, *flags, env=environment_with_odd_envs()))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


@pytest.fixture(params=["json", "msgpack"])
def api(request: pytest.FixtureRequest, server: Server) -> Iterator[Api]:
    """A connection in each of the encodings."""
    api = server.api(msgpack=request.param == "msgpack")
    yield api
    api.close()


@pytest.fixture
def json_api(server: Server) -> Iterator[Api]:
    api = server.api()
    yield api
    api.close()


@pytest.fixture
def reference(api: Api) -> Iterator[Reference]:
    """An instance half-way through an episode, which the test must leave as it was."""
    reference = Reference(api)
    yield reference
    reference.check()
    api.ok("env_close", instance_id=reference.instance_id)
