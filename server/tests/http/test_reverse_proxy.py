"""The Caddyfile of the examples: TLS in front, a Unix domain socket behind."""

from __future__ import annotations

import contextlib
import http.client
import json
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme
from live import COMMAND, SECONDS_TO_START, free_port

EXAMPLE = Path(__file__).parents[2] / "examples" / "Caddyfile"
TOKEN = "secret"


def listening(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, ssl.SSLContext]]:
    """The proxy's port, and the certificates to trust."""
    caddy = shutil.which("caddy")
    assert caddy, "the example is for Caddy (Debian: caddy)"
    directory = tmp_path_factory.mktemp("front")
    authority = trustme.CA()
    certificate = authority.issue_cert("localhost")
    certificate.private_key_pem.write_to_path(str(directory / "key.pem"))
    certificate.cert_chain_pems[0].write_to_path(str(directory / "cert.pem"))
    (directory / "token").write_text(TOKEN)
    port, path = free_port(), directory / "gym.sock"
    text = EXAMPLE.read_text()
    for ours, here in {
        "gym.example.org {": f"https://localhost:{port} {{\n\ttls {directory}/cert.pem {directory}/key.pem",
        "unix//run/gym/gym.sock": f"unix/{path}",
    }.items():
        assert ours in text
        text = text.replace(ours, here)
    (directory / "Caddyfile").write_text("{\n\tadmin off\n\tauto_https disable_redirects\n}\n" + text)
    command = [str(COMMAND), "--listen", f"unix:{path}", "--token-file", str(directory / "token")]
    with (directory / "log").open("w") as log:
        server = subprocess.Popen(command, cwd=directory, stdout=log, stderr=log)
        proxy = subprocess.Popen(
            [caddy, "run", "--config", str(directory / "Caddyfile"), "--adapter", "caddyfile"],
            cwd=directory, stdout=log, stderr=log, env={"HOME": str(directory), "PATH": "/usr/bin:/bin"},
        )  # fmt: skip
    deadline = time.monotonic() + SECONDS_TO_START
    while not (listening(port) and path.exists() and "listens at" in (directory / "log").read_text()):
        assert time.monotonic() < deadline, (directory / "log").read_text()
        time.sleep(0.05)
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    yield port, trusting
    for process in (proxy, server):
        process.terminate()
        process.wait(timeout=20)


def call(
    connection: http.client.HTTPSConnection, path: str, document: dict[str, Any], **headers: str
) -> tuple[int, Any, str]:
    sent = {"Authorization": f"Bearer {TOKEN}", "Accept": "application/json", **headers}
    connection.request("POST", path, json.dumps(document), sent)
    reply = connection.getresponse()
    return reply.status, json.loads(reply.read() or b"{}"), reply.getheader("Idempotent-Replayed") or ""


def test_an_episode_is_played_through_it(front: tuple[int, ssl.SSLContext]) -> None:
    connection = http.client.HTTPSConnection("localhost", front[0], context=front[1], timeout=60)
    status, created, _ = call(connection, "/v1/envs/", {"env_id": "CartPole-v1"})
    assert status == 200
    path = f"/v1/envs/{created['instance_id']}"
    assert call(connection, f"{path}/reset/", {"seed": 1})[0] == 200
    for _ in range(5):
        assert call(connection, f"{path}/step/", {"action": 1})[1]["reward"] == 1.0
    keyed = [call(connection, f"{path}/step/", {"action": 0}, **{"Idempotency-Key": "once"}) for _ in range(2)]
    assert keyed[0][1] == keyed[1][1]
    assert [replayed for *_, replayed in keyed] == ["", "true"]
    assert call(connection, f"{path}/close/", {})[0] == 200


def test_nobody_is_let_in_without_the_token(front: tuple[int, ssl.SSLContext]) -> None:
    connection = http.client.HTTPSConnection("localhost", front[0], context=front[1], timeout=60)
    status, document, _ = call(connection, "/v1/envs/", {"env_id": "CartPole-v1"}, Authorization="Bearer wrong")
    assert (status, document["code"]) == (401, "unauthorized")
