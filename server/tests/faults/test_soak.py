"""Survived: all of it at once, for long; nothing grows.

`make test` takes a few thousand steps; `SOAK_STEPS=500000 pytest tests/faults/test_soak.py -s` takes as many as named.
"""

from __future__ import annotations

import contextlib
import os
import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from live import Api, Server, environment_with_odd_envs
from raw import RawConnection, as_bytes

STEPS = int(os.environ.get("SOAK_STEPS", "6000"))
SHARE_OF_WARM_UP = 0.25
EPISODE = 200  # steps of a client before another fault comes


class Client:
    """Steps instances of its own over one connection, with a key for each step."""

    def __init__(self, server: Server, name: str) -> None:
        self._port, self._name = server.port, name
        self._number = 0
        self.api = Api(server.port)
        self._raw = RawConnection(server.port)
        self.instance_id = self._make()

    def _make(self) -> str:
        created = self.api.create("CartPole-v1", seed=1)
        self.api.ok("env_reset", instance_id=created)
        return created

    def _request(self, number: int) -> bytes:
        key = {"Idempotency-Key": f"{self._name}-{number}", "Accept": "application/json"}
        return as_bytes("POST", f"/v1/envs/{self.instance_id}/step/", b'{"action": 1}', key)

    def step(self) -> None:
        self._number += 1
        self._raw.send(self._request(self._number))
        reply = self._raw.reply()
        assert reply.status == 200
        if reply.document["done"]:
            self.api.ok("env_reset", instance_id=self.instance_id)

    def lose_a_reply(self) -> None:
        """The connection breaks before the reply is read, and the step comes again under its key."""
        before = self.api.ok("env_info", instance_id=self.instance_id)["steps"]
        self._number += 1
        self._raw.send(self._request(self._number))
        self._raw.socket.close()
        self._raw = RawConnection(self._port)
        self._raw.send(self._request(self._number))
        assert self._raw.reply().status == 200
        assert self.api.ok("env_info", instance_id=self.instance_id)["steps"] == before + 1
        self.api.ok("env_reset", instance_id=self.instance_id)

    def cut_a_request(self) -> None:
        self._number += 1
        self._raw.send(self._request(self._number)[:-3])
        self._raw.socket.close()
        self._raw = RawConnection(self._port)

    def send_what_is_refused(self) -> None:
        path = f"/v1/envs/{self.instance_id}/step/"
        for body in (b'{"action": 7}', b"{", b'{"action": [[[]]]}', b"\x93\x01"):
            with RawConnection(self._port) as raw:
                raw.send(as_bytes("POST", path, body))
                assert raw.reply().status == 400

    def send_what_is_no_http(self) -> None:
        with RawConnection(self._port) as raw:
            raw.send(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n")
            assert raw.reply().status == 400

    def fail_to_make(self) -> None:
        for arguments in (
            {"env_id": "CartPoll-v1"},
            {"env_id": "Hostile-v0", "kwargs": {"at": "init", "how": "raise"}},
            {"env_id": "CartPole-v1", "kwargs": {"gravity": 1}},
        ):
            assert self.api.call("env_create", **arguments).status in (400, 500)

    def make_one_that_raises(self) -> None:
        hostile = self.api.create("Hostile-v0", kwargs={"at": "step", "how": "raise", "size": 100_000})
        self.api.ok("env_reset", instance_id=hostile)
        for action in range(1, 6):
            assert self.api.call("env_step", instance_id=hostile, action=action).status == 500
        self.api.ok("env_step", instance_id=hostile, action=0)
        self.api.ok("env_close", instance_id=hostile)

    def start_anew(self) -> None:
        self.api.ok("env_close", instance_id=self.instance_id)
        self.instance_id = self._make()

    def record(self) -> None:
        directory = f"monitor-{self._name}"
        self.api.ok("env_monitor_start", instance_id=self.instance_id, directory=directory, force=True)
        for _ in range(20):
            self.step()
        self.api.ok("env_monitor_close", instance_id=self.instance_id)
        self.api.ok("env_reset", instance_id=self.instance_id)

    def close(self) -> None:
        self.api.close()
        self._raw.socket.close()

    def faults(self) -> list[Callable[[], None]]:
        return [
            self.lose_a_reply,
            self.cut_a_request,
            self.send_what_is_refused,
            self.send_what_is_no_http,
            self.fail_to_make,
            self.make_one_that_raises,
            self.start_anew,
            self.record,
        ]


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path, "--import", "hostile_envs", env=environment_with_odd_envs())
    yield server
    assert server.stop() == 0, server.log.read_text()


def figures(process: psutil.Process) -> tuple[int, int, int]:
    """Resident bytes, descriptors and threads."""
    time.sleep(1.2)  # connections that were dropped are closed, and threads that have nothing to do end
    with process.oneshot():
        return process.memory_info().rss, process.num_fds(), process.num_threads()


def test_nothing_grows(served: Server) -> None:
    process = psutil.Process(served.process.pid)
    clients = [Client(served, f"client{number}") for number in range(4)]
    chance = random.Random(7)
    taken, warm = 0, None
    with contextlib.ExitStack() as stack:
        for client in clients:
            stack.callback(client.close)
        while taken < STEPS:
            for client in clients:
                for _ in range(EPISODE):
                    client.step()
                taken += EPISODE
                chance.choice(client.faults())()
            if warm is None and taken >= STEPS * SHARE_OF_WARM_UP:
                for client in clients:  # each has happened once before it is looked at what grows
                    for fault in client.faults():
                        fault()
                warm = figures(process)
        assert warm is not None
        end = figures(process)
    megabytes = f"{warm[0] / 1e6:.1f} to {end[0] / 1e6:.1f} MB"
    print(f"\n{taken} steps: {megabytes}, {warm[1]} to {end[1]} descriptors, {warm[2]} to {end[2]} threads")
    assert end[0] < 1.02 * warm[0]
    assert end[1] <= warm[1]
    assert end[2] <= warm[2]
