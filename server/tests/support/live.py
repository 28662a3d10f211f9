"""A server process as a user starts it, and a client that holds every reply to the contract."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import msgpack
import numpy as np

import contract

COMMAND = Path(sys.executable).parent / "gym-http-server"
SECONDS_TO_START = 60


class Reply(NamedTuple):
    status: int
    headers: dict[str, str]  # by lower-case name
    body: bytes
    document: Any  # parsed JSON or MessagePack (arrays as np.ndarray), or the bytes of anything else

    @property
    def error(self) -> tuple[int, str]:
        return self.status, self.document["code"]

    @property
    def message(self) -> str:
        return str(self.document["message"])


class Api:
    """One kept-alive connection. Every reply is checked against the contract unless `check=False`."""

    def __init__(self, port: int, msgpack: bool = False, headers: dict[str, str] | None = None) -> None:
        self.port = port
        self.msgpack = msgpack
        self._headers = headers or {}
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def close(self) -> None:
        self._connection.close()

    def request(
        self,
        method: str,
        path: str,
        body: bytes | str | None = None,
        headers: dict[str, str] | None = None,
        check: bool = True,
    ) -> Reply:
        self._connection.request(method, path, body, {**self._headers, **(headers or {})})
        response = self._connection.getresponse()
        raw = response.read()
        replied = {name.lower(): value for name, value in response.getheaders()}
        content_type = replied.get("content-type", "").partition(";")[0]
        document = contract.decode(content_type, raw)
        if check:
            contract.check(method, path, response.status, content_type, replied, document)
        return Reply(response.status, replied, raw, document)

    def call(self, operation: str, /, key: str | None = None, **arguments: Any) -> Reply:
        """An operation by its id; path parameters and the body by their names in the contract."""
        method, template = contract.operations()[operation]
        path = template
        for name in ("instance_id", "x"):
            if f"{{{name}}}" in path:
                path = path.replace(f"{{{name}}}", quote(str(arguments.pop(name)), safe=""))
        headers = (
            {"Accept": "application/json"} if key is None else {"Accept": "application/json", "Idempotency-Key": key}
        )
        if self.msgpack:
            headers.update({"Accept": contract.MSGPACK, "Content-Type": contract.MSGPACK})
        if method == "GET":
            query = "&".join(f"{name}={quote(value)}" for name, value in arguments.items())
            return self.request(method, f"{path}?{query}" if query else path, headers=headers)
        body = msgpack.packb(arguments, default=_ndarray) if self.msgpack else json.dumps(arguments)
        return self.request(method, path, body, headers)

    def ok(self, operation: str, /, **arguments: Any) -> Any:
        """The document of a reply that must be a success."""
        reply = self.call(operation, **arguments)
        assert reply.status == 200, reply
        return reply.document

    def create(self, env_id: str, **arguments: Any) -> str:
        instance_id: str = self.ok("env_create", env_id=env_id, **arguments)["instance_id"]
        return instance_id


def _ndarray(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return {"__ndarray__": True, "dtype": value.dtype.str, "shape": list(value.shape), "data": value.tobytes()}
    return value.item()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def environment_with_odd_envs() -> dict[str, str]:
    """Variables of a server that can import this folder's environments, which misbehave and have odd spaces."""
    return {**os.environ, "PYTHONPATH": str(Path(__file__).parent)}


class Server:
    """`gym-http-server` in a process of its own, in `directory`, which is also its only monitor root."""

    def __init__(
        self,
        directory: Path,
        *flags: str,
        env: dict[str, str] | None = None,
        program: tuple[str, ...] = (str(COMMAND),),
    ) -> None:
        self.port = free_port()
        self.directory = directory
        self.log = directory / f"server-{self.port}.log"
        command = [*program, "-p", str(self.port), "--monitor-root", str(directory), *flags]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(command, cwd=directory, stdout=log, stderr=log, env=env)
        self._wait_until_up()

    def _wait_until_up(self) -> None:
        deadline = time.monotonic() + SECONDS_TO_START
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                if "listens at" in self.log.read_text():
                    return
            except OSError:
                time.sleep(0.02)
        raise AssertionError(f"no server after {SECONDS_TO_START} s: {self.log.read_text()}")

    def api(self, **options: Any) -> Api:
        return Api(self.port, **options)

    def stop(self, with_signal: int = signal.SIGTERM) -> int:
        """Asks the server to stop and gives its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(with_signal)
        try:
            return self.process.wait(timeout=40)
        finally:
            self.process.kill()
