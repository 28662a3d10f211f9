"""The conformance driver, by its protocol (conformance/PROTOCOL.md)."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from gym_http_client import Client

DRIVER = Path(__file__).parent.parent / "conformance" / "driver.py"


class Driver:
    """The driver as a process; calling it sends a request and gives the reply."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(DRIVER)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._count = 0

    def __call__(self, op: str, **args: Any) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._count += 1
        self._process.stdin.write(json.dumps({"id": self._count, "op": op, "args": args}) + "\n")
        self._process.stdin.flush()
        reply: dict[str, Any] = json.loads(self._process.stdout.readline(), parse_constant=pytest.fail)
        assert reply.pop("id") == self._count
        return reply

    def end(self) -> int:
        self._process.communicate()
        return self._process.returncode


@pytest.mark.parametrize("encoding", ["json", "msgpack"])
def test_a_conversation(base: str, encoding: str) -> None:
    driver = Driver()
    assert driver("env_teleport")["error"]["kind"] == "unsupported"
    facts = driver("connect", base=base, encoding=encoding, timeout=5.0)["value"]
    assert (facts["client"], facts["encodings"]) == ("gym-http-client", ["json", "msgpack"])

    instance_id = driver("env_create", env_id="CartPole-v1", seed=7)["value"]["instance_id"]
    assert driver("env_list_all")["value"]["all_envs"][instance_id] == "CartPole-v1"
    reset = driver("env_reset", instance_id=instance_id)["value"]
    assert (len(reset["observation"]), reset["info"]) == (4, {})
    step = driver("env_step", instance_id=instance_id, action=1, render=False)["value"]
    assert {name: step[name] for name in step if name != "observation"} == {
        "reward": 1.0,
        "done": False,
        "terminated": False,
        "truncated": False,
        "info": {},
    }
    info = driver("env_observation_space_info", instance_id=instance_id)["value"]["info"]
    assert info["low"][1] == {"$number": "-Infinity"}
    assert driver("env_action_space_contains", instance_id=instance_id, value=2) == {
        "ok": True,
        "value": {"member": False},
    }
    contains = driver("env_observation_space_contains", instance_id=instance_id, facts={"name": "Box"})
    assert contains["value"] == {"member": True}
    contains = driver("env_observation_space_contains", instance_id=instance_id, value=step["observation"])
    assert contains["value"] == {"member": True}
    frame = driver("env_render", instance_id=instance_id)["value"]
    assert frame["base64"].startswith("iVBORw0KGgo")
    vector_id = driver("env_create", env_id="CartPole-v1", num_envs=2)["value"]["instance_id"]
    assert driver("env_action_space_info", instance_id=vector_id)["value"]["single"]["name"] == "Discrete"
    assert driver("env_close", instance_id=instance_id) == {"ok": True, "value": {}}

    trouble = driver("env_create", env_id="Trouble-v0")["value"]["instance_id"]
    nan = None if encoding == "json" else {"$number": "NaN"}
    expected = [{"$number": "Infinity"}, {"$number": "-Infinity"}, nan]
    assert driver("env_reset", instance_id=trouble)["value"]["observation"] == expected
    error = driver("env_step", instance_id=instance_id, action=1)["error"]
    assert (error["kind"], error["status"], error["code"]) == ("api", 400, "unknown_instance")
    driver("connect", base="http://127.0.0.1:9", encoding=encoding, timeout=0.2)
    assert driver("health")["error"]["kind"] == "transport"
    assert driver.end() == 0


def test_a_conversation_in_the_typed_face(base: str) -> None:
    driver = Driver()
    assert driver("connect", base=base, face="typed", timeout=5.0)["value"]["faces"] == ["flat", "typed"]
    assert driver("health")["error"]["kind"] == "unsupported"
    instance_id = driver("env_create", env_id="Trouble-v0")["value"]["instance_id"]
    numbers = [{"$number": "Infinity"}, {"$number": "-Infinity"}, {"$number": "NaN"}]
    reset = driver("env_reset", instance_id=instance_id, options={"a": 1})["value"]
    assert reset == {"observation": numbers, "info": {"options": {"a": 1}}}
    for action in (3, 1, 2):
        step = driver("env_step", instance_id=instance_id, action=action)["value"]
        assert (step["reward"], step["terminated"], step["truncated"]) == (numbers[action % 3], False, False)
    assert driver("env_step", instance_id=instance_id, action=0)["error"]["code"] == "environment_error"
    with Client(base) as client:
        assert instance_id in client.env_list_all()
        driver("connect", base=base, timeout=5.0, retries=0)  # which closes what is left
        assert instance_id not in client.env_list_all()
    assert driver("env_reset", instance_id=instance_id)["error"]["code"] == "unknown_instance"
    assert driver.end() == 0


def test_it_has_every_operation(base: str) -> None:
    driver = Driver()
    operations = set(driver("connect", base=base, encoding="json", timeout=5.0)["value"]["operations"])
    driver.end()
    with Client(base) as client:
        paths = yaml.safe_load(client.openapi())["paths"]
    contract = {value["operationId"] for path in paths.values() for value in path.values() if "operationId" in value}
    assert operations == contract - {"env_action_space_contains_x"}
