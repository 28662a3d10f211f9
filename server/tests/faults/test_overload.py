"""Survived: as many slow requests at once as the server has threads."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator

import pytest
from live import Api, Server, environment_with_odd_envs

# The limit is beyond what a machine with other tests on it bears, so it is lowered here.
FEW_THREADS = """
import gym_http_server.http.serving as serving
serving._MOST_THREADS = 4
from gym_http_server.cli import main
main()
"""


@pytest.fixture
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    program = (sys.executable, "-c", FEW_THREADS)
    directory = tmp_path_factory.mktemp("overload")
    server = Server(directory, "--import", "odd_envs", env=environment_with_odd_envs(), program=program)
    yield server
    server.stop()


def test_what_is_too_much_at_once_is_told_to_come_again_and_the_rest_goes_on(served: Server) -> None:
    api = served.api()
    slow = [api.create("Odd-v3", kwargs={"seconds": 2.0}) for _ in range(3)]
    quick = api.create("CartPole-v1")
    for instance_id in (*slow, quick):
        api.ok("env_reset", instance_id=instance_id)
    steps = [
        threading.Thread(
            target=Api(served.port).ok, args=("env_step",), kwargs={"instance_id": instance_id, "action": 0}
        )
        for instance_id in slow
    ]
    for step in steps:
        step.start()
    time.sleep(0.3)
    refused = api.call("env_step", instance_id=quick, action=1)
    assert refused.error == (503, "overloaded")
    assert refused.headers["retry-after"] == "1"
    assert api.ok("health")["status"] == "ok"
    assert len(api.ok("env_list_all")["all_envs"]) == 4
    for step in steps:
        step.join()
    assert api.ok("env_step", instance_id=quick, action=1)["reward"] == 1.0
    assert api.ok("env_info", instance_id=quick)["steps"] == 1
