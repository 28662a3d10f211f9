"""One client in several threads, and on both sides of a fork."""

from __future__ import annotations

import json
import os
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import gymnasium
import pytest
import requests

from gym_http_client import Client, RemoteEnv
from stubs import LossyProxy, answering, reply, stub


def episode(client: Client, seed: int) -> tuple[list[Any], list[Any]]:
    """A trajectory through the server and the same in this process."""
    local = gymnasium.make("CartPole-v1")
    instance_id = client.env_create("CartPole-v1", seed=seed)
    got = [client.env_reset(instance_id)]
    expected = [local.reset(seed=seed)[0].tolist()]
    for index in range(200):
        action = (seed + index // 2) % 2
        step = client.env_step(instance_id, action)
        got.append(step[0])
        observation, _, terminated, truncated, _ = local.step(action)
        expected.append(observation.tolist())
        if step[2]:
            assert terminated or truncated
            got.append(client.env_reset(instance_id))
            expected.append(local.reset()[0].tolist())
    client.env_close(instance_id)
    return got, expected


@pytest.mark.parametrize("way", ["direct", "session", "lossy"])
def test_one_client_in_eight_threads(base: str, way: str) -> None:
    session = requests.Session()
    if way == "session":
        session.cookies.set("flavour", "vanilla")
    proxy = LossyProxy(int(base.rpartition(":")[2]), seed=8)
    with stub(proxy) as lossy, ThreadPoolExecutor(8) as threads:
        client = Client(lossy.base if way == "lossy" else base, session=session)
        for got, expected in threads.map(lambda seed: episode(client, seed), range(8)):
            assert got == expected
        client.close()
        proxy.close()


def test_connections_are_kept_not_collected(base: str) -> None:
    with stub(answering(reply(b'{"status": "ok"}'))) as server, Client(server.base) as client:
        for _ in range(5):
            with ThreadPoolExecutor(4) as threads:
                list(threads.map(lambda _: client.health(), range(20)))
        assert server.connections <= 4


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the platform has no fork")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
@pytest.mark.parametrize("way", ["direct", "session"])
def test_both_sides_of_a_fork_step_their_own(base: str, way: str) -> None:
    with requests.Session() as session:
        if way == "session":
            session.cookies.set("flavour", "vanilla")
        client = Client(base, session=session)
        client.health()  # so that there is a connection to share
        reader, writer = os.pipe()
        child = os.fork()
        got, expected = episode(client, seed=1 if child else 2)
        if not child:
            os.write(writer, json.dumps(got == expected).encode())
            os._exit(0)
        assert got == expected
        os.waitpid(child, 0)
        os.close(writer)
        with os.fdopen(reader) as pipe:
            assert pipe.read() == "true"
        client.close()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the platform has no fork")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_both_sides_of_a_fork_step_one_instance_with_keys_of_their_own(base: str) -> None:
    with RemoteEnv(base, "CartPole-v1", max_episode_steps=1000) as env:
        env.reset(seed=1)
        env.step(0)
        child = os.fork()
        env.client.env_info(env.instance_id)
        for _ in range(3):
            env.step(1)
        if not child:
            os._exit(0)
        os.waitpid(child, 0)
        assert env.client.env_info(env.instance_id)["steps"] == 7
