"""What the table tells of the live instances: enough for a page about them, and never waiting for an environment."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient

from gym_http_server import create_app
from gym_http_server.hosting.table import InstanceTable
from gym_http_server.settings import Settings


@pytest.fixture
def client() -> Iterator[FlaskClient]:
    app = create_app(Settings(imports=("odd_envs",)))
    yield app.test_client()
    app.extensions["gym_http_host"].close()


def table_of(client: FlaskClient) -> InstanceTable:
    table: InstanceTable = client.application.extensions["gym_http_host"]
    return table


def post(client: FlaskClient, path: str, **body: Any) -> Any:
    reply = client.post(f"/v1/envs/{path}", json=body, headers={"Accept": "application/json"})
    assert reply.status_code == 200, reply.text
    return reply.json


@pytest.mark.parametrize("num_envs", [1, 3])
def test_status_counts_steps_and_episodes_and_knows_the_last_return(client: FlaskClient, num_envs: int) -> None:
    started = time.time()
    instance_id = post(client, "", env_id="CartPole-v1", num_envs=num_envs)["instance_id"]
    post(client, f"{instance_id}/reset/", seed=1)
    assert table_of(client).instances()[instance_id].last_return is None
    steps = 0
    ended = False
    while not ended:
        steps += 1
        done = post(client, f"{instance_id}/step/", action=1 if num_envs == 1 else [1] * num_envs)["done"]
        ended = done if num_envs == 1 else any(done)
    status = table_of(client).instances()[instance_id]
    assert (status.env_id, status.num_envs, status.pid) == ("CartPole-v1", num_envs, os.getpid())
    assert (status.steps, status.last_return) == (steps, float(steps))
    assert status.episodes == (1 if num_envs == 1 else sum(done))
    assert started <= status.created <= status.last_used <= time.time()
    assert status.busy_since is None
    assert not status.closed


def test_status_of_a_busy_instance_says_since_when(client: FlaskClient) -> None:
    instance_id = post(client, "", env_id="Odd-v0", kwargs={"seconds": 1.0})["instance_id"]
    post(client, f"{instance_id}/reset/")
    stepping = threading.Thread(target=post, args=(client, f"{instance_id}/step/"), kwargs={"action": 0})
    before = time.time()
    stepping.start()
    time.sleep(0.3)
    asked = time.time()
    busy_since = table_of(client).instances()[instance_id].busy_since
    assert time.time() - asked < 0.3
    assert busy_since is not None
    assert before <= busy_since <= asked
    stepping.join()
    assert table_of(client).instances()[instance_id].busy_since is None


def test_closed_instances_are_listed_no_more(client: FlaskClient) -> None:
    ids = [post(client, "", env_id="CartPole-v1")["instance_id"] for _ in range(2)]
    post(client, f"{ids[0]}/close/")
    assert table_of(client).instances().keys() == {ids[1]}
    assert len(table_of(client)) == 1


def test_a_recipe_is_read_without_the_environments_library() -> None:
    code = (
        "import sys\n"
        "from gym_http_server.environments.recipe import parse_recipe\n"
        "print(parse_recipe({'env_id': 'Ant-v5', 'num_envs': 2}).env_id, *sys.modules)"
    )
    env_id, *modules = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    ).stdout.split()
    assert env_id == "Ant-v5"
    assert not {"gymnasium", "gym", "mujoco", "numpy"} & set(modules)
