"""The servers that cases run against: reference servers that the suite starts, or one that runs already."""

from __future__ import annotations

import http.client
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

START_SECONDS = 60.0
PATIENCE = 15.0
"""Seconds that a running server may refuse connections for, since somebody may have started it a moment ago."""
MAX_INSTANCES, MAX_ENVS, MAX_BODY, IDLE_SECONDS = 4, 3, 4096, 1.0
"""The limits of the guarded server, small enough to be reached."""


class ServerError(Exception):
    """A server did not start, or does not answer."""


@dataclass
class Endpoint:
    """A running server: what it was started with, and what cases may therefore `need`."""

    url: str
    has: set[str] = field(default_factory=set)
    token: str | None = None
    api_key: str = "conformance"
    directory: Path | None = None
    stop: Callable[[], None] = lambda: None

    @property
    def address(self) -> tuple[str, int]:
        parts = urllib.parse.urlsplit(self.url)
        return parts.hostname or "", parts.port or 80


class Servers(Protocol):
    """Where servers come from; `token` is the guarded one's."""

    token: str | None

    def prepare(self, names: list[str]) -> None: ...
    def get(self, name: str) -> Endpoint | None: ...
    def close(self) -> None: ...


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


def answers(endpoint: Endpoint) -> bool:
    """Whether the server lists its instances: every server of this API does, an old one too."""
    return ask(endpoint, "/v1/envs/") is not None


def ask(endpoint: Endpoint, path: str, body: dict[str, Any] | None = None) -> bytes | None:
    """The server's reply to a GET, or a POST of `body`; `None` where that fails."""
    try:
        return _reply(endpoint, path, body)
    except (OSError, http.client.HTTPException):
        return None


def _reply(endpoint: Endpoint, path: str, body: dict[str, Any] | None = None) -> bytes:
    headers = {"Content-Type": "application/json"}
    if endpoint.token is not None:
        headers["Authorization"] = f"Bearer {endpoint.token}"
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(endpoint.url + path, data, headers)
    with urllib.request.urlopen(request, timeout=10) as reply:
        if reply.status != 200:
            raise urllib.error.HTTPError(request.full_url, reply.status, reply.reason, reply.headers, None)
        return bytes(reply.read())


def plain_url(url: str) -> str:
    """`url` without a slash at its end; raises `ServerError` where it is not one that the suite's proxy can reach."""
    url = url.rstrip("/")
    try:
        parts = urllib.parse.urlsplit(url)
        plain = parts.scheme == "http" and bool(parts.hostname) and f"http://{parts.netloc}" == url
        plain = plain and "@" not in url and parts.port != 0
    except ValueError:  # the port is no number, or none that there can be
        plain = False
    if not plain:
        raise ServerError(
            f"{url!r} is not http://host[:port]: give no path, and no https, which the proxy cannot speak"
        )
    return url


def _refused(error: Exception) -> bool:
    return isinstance(error, urllib.error.URLError) and isinstance(error.reason, ConnectionRefusedError)


def _cause(error: Exception, token: str | None) -> str:
    """Why a server did not list its instances, and what would help."""
    if isinstance(error, urllib.error.HTTPError):
        hint = "give its --token" if token is None else "the --token is not this server's"
        return f"it answered {error.code}: {hint}" if error.code == 401 else f"it answered {error.code} {error.reason}"
    if _refused(error):
        return f"connection refused for {PATIENCE:.0f} s: is a server running there?"
    return f"{getattr(error, 'reason', None) or error!r}: is a server running there?"


class RunningServer:
    """One server that somebody else started: everything that is not `open` is out of reach."""

    def __init__(self, url: str, token: str | None) -> None:
        self.token = token
        self._endpoint = Endpoint(plain_url(url), token=token)
        self._await()
        self._endpoint.has = self._capabilities()

    def prepare(self, names: list[str]) -> None:
        """Nothing to start."""

    def get(self, name: str) -> Endpoint | None:
        return self._endpoint if name == "open" or (name == "guarded" and self.token is not None) else None

    def close(self) -> None:
        """Remove what monitors wrote; the server goes on."""
        if self._endpoint.directory is not None:
            shutil.rmtree(self._endpoint.directory, ignore_errors=True)

    def _await(self) -> None:
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                _reply(self._endpoint, "/v1/envs/")
                return
            except (OSError, http.client.HTTPException) as error:
                if not _refused(error) or time.monotonic() > deadline:
                    why = _cause(error, self.token)
                    raise ServerError(
                        f"{self._endpoint.url} does not list its instances (GET /v1/envs/): {why}"
                    ) from error
            time.sleep(0.1)

    def _capabilities(self) -> set[str]:
        """What the server is found to have: each is tried out."""
        has = set()
        if self.token is not None and not answers(Endpoint(self._endpoint.url)):
            has.add("token")
        created = ask(self._endpoint, "/v1/envs/", {"env_id": "conformance/Count-v0"})
        if created is not None:
            has.add("envs")
            self._close(created)
        if self._endpoint.address[0] in {"127.0.0.1", "localhost", "::1"} and self._writes_where_the_suite_can():
            has.add("files")
        return has

    def _writes_where_the_suite_can(self) -> bool:
        self._endpoint.directory = Path(tempfile.mkdtemp(prefix="gym-http-conformance-"))
        probe = self._endpoint.directory / "probe"
        created = ask(self._endpoint, "/v1/envs/", {"env_id": "CartPole-v1"})
        if created is not None:
            route = f"/v1/envs/{json.loads(created)['instance_id']}/monitor/start/"
            ask(
                self._endpoint,
                route,
                {"directory": str(probe), "force": False, "resume": False, "video_callable": False},
            )
            self._close(created)
        return probe.exists()

    def _close(self, created: bytes) -> None:
        ask(self._endpoint, f"/v1/envs/{json.loads(created)['instance_id']}/close/", {})
