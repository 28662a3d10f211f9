"""A server that somebody else started: found, waited for, and tried out for what it has."""

from __future__ import annotations

import http.client
import json
import shutil
import tempfile
import time
import urllib.error
import urllib.parse
from pathlib import Path

from gym_http_conformance.servers import Endpoint, ServerError, answers, ask, reply_of

PATIENCE = 15.0
"""Seconds that a running server may refuse connections for, since somebody may have started it a moment ago."""


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

    def profile(self) -> str:
        """The profile that suits the server: `original` where it has none of the operations that came after 2016."""
        newer = any(ask(self._endpoint, path) is not None for path in ("/v1/health/", "/v1/openapi.yaml"))
        return "full" if newer else "original"

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
                reply_of(self._endpoint, "/v1/envs/")
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
        route = self._create("conformance/Count-v0")
        if route is not None:
            has.add("envs")
            ask(self._endpoint, f"{route}/close/", {})
        if self._endpoint.address[0] in {"127.0.0.1", "localhost", "::1"} and self._writes_where_the_suite_can():
            has.add("files")
        return has

    def _writes_where_the_suite_can(self) -> bool:
        self._endpoint.directory = Path(tempfile.mkdtemp(prefix="gym-http-conformance-"))
        probe = self._endpoint.directory / "probe"
        route = self._create("CartPole-v1")
        if route is not None:
            monitor = {"directory": str(probe), "force": False, "resume": False, "video_callable": False}
            ask(self._endpoint, f"{route}/monitor/start/", monitor)
            ask(self._endpoint, f"{route}/close/", {})
        return probe.exists()

    def _create(self, env_id: str) -> str | None:
        """The route of a new instance; `None` where the server makes none, or answers something else."""
        created = ask(self._endpoint, "/v1/envs/", {"env_id": env_id})
        try:
            instance_id = json.loads(created or b"")["instance_id"]
        except (ValueError, TypeError, KeyError):
            return None
        return f"/v1/envs/{urllib.parse.quote(str(instance_id), safe='')}"
