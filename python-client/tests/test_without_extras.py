"""The flat API where neither NumPy nor Gymnasium nor msgpack is installed."""

from __future__ import annotations

import subprocess
import sys

import gymnasium

WITHOUT = """
import sys
for name in ("numpy", "gymnasium", "msgpack"):
    sys.modules[name] = None  # as if it were not installed: importing it raises ImportError
from gym_http_client import Client
import gym_http_client
"""


def run(script: str, *arguments: str) -> str:
    command = [sys.executable, "-W", "error", "-c", WITHOUT + script, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert not done.stderr, done.stderr
    return done.stdout


def test_observations_are_lists(base: str) -> None:
    script = """
with Client(sys.argv[1], encoding=None) as client:
    instance_id = client.env_create("CartPole-v1", seed=42)
    print(client.env_reset(instance_id))
    print(client.env_step(instance_id, 1))
    print(client.env_render(instance_id)[:4])
    vector_id = client.env_create("FrozenLake-v1", num_envs=2)
    print(client.env_reset(vector_id, return_info=True))
"""
    local = gymnasium.make("CartPole-v1")
    assert run(script, base).splitlines() == [
        str(local.reset(seed=42)[0].tolist()),
        str([local.step(1)[0].tolist(), 1.0, False, {}]),
        r"b'\x89PNG'",
        "([0, 0], {'prob': [1, 1], '_prob': [True, True]})",
    ]


def test_what_is_missing_is_said() -> None:
    script = """
def attempt(function, *arguments, **options):
    try:
        function(*arguments, **options)
    except ImportError as error:
        print(error)

attempt(getattr, gym_http_client, "RemoteEnv")
attempt(Client, "http://127.0.0.1:5000", encoding="msgpack")
print(hasattr(gym_http_client, "RemoteTypo"))
"""
    assert run(script).splitlines() == [
        "RemoteEnv needs more packages: pip install 'gym-http-client[gymnasium]'",
        "encoding='msgpack' needs two more packages: pip install 'gym-http-client[msgpack]'",
        "False",
    ]
