"""A server at `unix:` and a path, in place of a URL."""

from __future__ import annotations

import pickle
import time
from collections.abc import Callable
from pathlib import Path

import gymnasium
import numpy as np
import pytest
import requests
from requests.adapters import HTTPAdapter

from gym_http_client import Client, RemoteEnv, TransportError


def test_an_episode_is_that_of_the_environment(own_server: Callable[..., str], tmp_path: Path) -> None:
    base = own_server("--listen", f"unix:{tmp_path / 'gym.sock'}")
    assert base == f"unix:{tmp_path / 'gym.sock'}"
    local = gymnasium.make("CartPole-v1")
    with RemoteEnv(base, "CartPole-v1") as remote:
        assert np.array_equal(remote.reset(seed=3)[0], local.reset(seed=3)[0])
        for _ in range(10):
            for there, here in zip(remote.step(1), local.step(1), strict=True):
                assert np.array_equal(there, here)


def test_a_client_is_said_and_pickled_by_its_path(own_server: Callable[..., str], tmp_path: Path) -> None:
    base = own_server("--listen", f"unix:{tmp_path / 'gym.sock'}")
    with Client(base) as client, pickle.loads(pickle.dumps(client)) as other:
        assert client.remote_base == base
        assert base in repr(client)
        assert other.health()["instances"] == client.health()["instances"]


def test_a_relative_path_starts_where_the_client_was_made(
    own_server: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = own_server("--listen", f"unix:{tmp_path / 'gym.sock'}")
    monkeypatch.chdir(tmp_path)
    client = Client("unix:gym.sock")
    monkeypatch.chdir("/")
    with client:
        assert client.remote_base == base
        assert client.health()["status"] == "ok"


def test_a_session_brings_its_headers_and_no_proxy_stands_between(
    own_server: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "token").write_text("secret")
    base = own_server("--listen", f"unix:{tmp_path / 'gym.sock'}", "--token-file", str(tmp_path / "token"))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    with requests.Session() as session:
        session.headers["Authorization"] = "Bearer secret"
        with Client(base, session=session) as client:
            assert client.health()["status"] == "ok"


def test_a_session_that_only_requests_can_serve_is_refused(tmp_path: Path) -> None:
    class Adapter(HTTPAdapter):
        pass

    with requests.Session() as session:
        session.mount("http://", Adapter())
        with pytest.raises(ValueError, match="no adapter, cookies or hooks"):
            Client(f"unix:{tmp_path / 'gym.sock'}", session=session)


def test_a_path_where_nothing_listens_is_said_soon(tmp_path: Path) -> None:
    began = time.monotonic()
    with Client(f"unix:{tmp_path / 'gym.sock'}") as client, pytest.raises(TransportError) as caught:
        client.health()
    assert f"unix:{tmp_path / 'gym.sock'}" in str(caught.value)
    assert "No such file" in str(caught.value)
    assert time.monotonic() - began < 20
