"""The reference servers that the suite starts."""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from gym_http_conformance.servers import Endpoint, ServerError, answers

START_SECONDS = 60.0
MAX_INSTANCES, MAX_ENVS, MAX_BODY, IDLE_SECONDS = 4, 3, 4096, 1.0
"""The limits of the guarded server, small enough to be reached."""


class ReferenceServers:
    """Starts reference servers, each in a directory of its own below a temporary one; `close` ends them all."""

    def __init__(self) -> None:
        self.token: str | None = secrets.token_hex(8)
        self._root = Path(tempfile.mkdtemp(prefix="gym-http-conformance-"))
        self._started: dict[str, tuple[Endpoint, subprocess.Popen[bytes]]] = {}
        self._ready: set[str] = set()
        self._thrown = 0

    def prepare(self, names: list[str]) -> None:
        """Begin to start the servers of these names, so that they come up side by side."""
        for name in names:
            if name not in self._started:
                self._started[name] = self._start(name)

    def get(self, name: str) -> Endpoint:
        """The server called `name`, up and answering. `throwaway` is one that nobody else gets afterwards."""
        if name == "throwaway":
            name = self._spare()
        self.prepare([name])
        endpoint, process = self._started[name]
        if name not in self._ready:
            self._await(endpoint, process)
            self._ready.add(name)
        return endpoint

    def _spare(self) -> str:
        """A server to throw away: one whose cases have all run (throwaway cases run last), else a new one."""
        self._thrown += 1
        spare = f"throwaway {self._thrown}"
        for name in ("open", "guarded"):
            if name in self._started:
                self._started[spare] = self._started.pop(name)
                self._ready.discard(name)
                break
        return spare

    def close(self) -> None:
        for _, process in self._started.values():
            process.terminate()
        for _, process in self._started.values():
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        shutil.rmtree(self._root, ignore_errors=True)

    def _start(self, name: str) -> tuple[Endpoint, subprocess.Popen[bytes]]:
        directory = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=self._root))
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        endpoint = Endpoint(f"http://127.0.0.1:{port}", {"envs", "files", "throwaway"}, directory=directory)
        flags = ["-l", "127.0.0.1", "-p", str(port), "--import", "gym_http_conformance.envs"]
        flags += ["--monitor-root", str(directory), "--data-dir", str(directory / "data")]
        if name == "guarded":
            endpoint.has |= {"token", "api-key", "limits", "idle"}
            endpoint.token, endpoint.api_key = self.token, "guarded-key"
            flags += ["--token", str(self.token), "--api-key", endpoint.api_key, "--max-instances", str(MAX_INSTANCES)]
            flags += ["--max-envs", str(MAX_ENVS), "--max-body", str(MAX_BODY), "--idle-timeout", str(IDLE_SECONDS)]
        environment = {key: value for key, value in os.environ.items() if key != "GYM_HTTP_TOKEN"}
        with (directory / "log.txt").open("wb") as log:
            process = subprocess.Popen(
                [*server_command(), *flags], cwd=directory, env=environment, stdout=log, stderr=subprocess.STDOUT
            )
        return endpoint, process

    def _await(self, endpoint: Endpoint, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not answers(endpoint):
            if process.poll() is not None or time.monotonic() > deadline:
                log = (endpoint.directory or self._root) / "log.txt"
                said = log.read_text(errors="replace")[-3000:]
                raise ServerError(f"the reference server did not start; it said:\n{said}")
            time.sleep(0.03)


def server_command() -> list[str]:
    """How to start the reference server: the one installed beside this suite, else one on PATH."""
    beside = Path(sys.executable).parent / "gym-http-server"
    found = str(beside) if beside.exists() else shutil.which("gym-http-server")
    if found is None:
        raise ServerError("the reference server is not installed: pip install ./server, or give the URL of a server")
    return [found]
