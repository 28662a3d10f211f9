"""A server on a Unix domain socket instead of a port."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest
from live import COMMAND, SECONDS_TO_START

_STEP_BODY = b'{"env_id": "CartPole-v1"}'


def start(path: Path, *flags: str) -> subprocess.Popen[str]:
    command = [str(COMMAND), "--listen", f"unix:{path}", *flags]
    return subprocess.Popen(command, cwd=path.parent, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def greeting(server: subprocess.Popen[str]) -> str:
    assert server.stdout is not None
    return server.stdout.readline()


def stop(server: subprocess.Popen[str], with_signal: int = signal.SIGTERM) -> int:
    server.send_signal(with_signal)
    status = server.wait(timeout=40)
    assert server.stdout is not None
    server.stdout.close()
    return status


def create(path: Path, host: str = "localhost") -> tuple[int, dict[str, str]]:
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(SECONDS_TO_START)
        client.connect(str(path))
        head = f"POST /v1/envs/ HTTP/1.1\r\nHost: {host}\r\nAccept: application/json\r\n"
        client.sendall(f"{head}Connection: close\r\nContent-Length: {len(_STEP_BODY)}\r\n\r\n".encode() + _STEP_BODY)
        reply = b"".join(iter(lambda: client.recv(65536), b""))
    head_of_reply, _, body = reply.partition(b"\r\n\r\n")
    return int(head_of_reply.split()[1]), json.loads(body)


def test_clients_of_this_machine_are_served_and_the_file_goes_with_the_server(tmp_path: Path) -> None:
    path = tmp_path / "gym.sock"
    server = start(path)
    try:
        assert f"listens at unix:{path} (Ctrl-C" in greeting(server)
        status, document = create(path)
        assert status == 200
        assert document["instance_id"]
        assert create(path, "example.org")[0] == 403
    finally:
        assert stop(server) == 0
    assert not path.exists()


def test_of_two_servers_on_one_path_one_lives(tmp_path: Path) -> None:
    path = tmp_path / "gym.sock"
    servers = [start(path) for _ in range(2)]
    deadline = time.monotonic() + SECONDS_TO_START
    while all(server.poll() is None for server in servers):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    (refused,) = (server for server in servers if server.poll() is not None)
    (lives,) = (server for server in servers if server is not refused)
    assert refused.stdout is not None
    assert "another server does" in refused.stdout.read()
    refused.stdout.close()
    greeting(lives)
    assert create(path)[0] == 200
    assert stop(lives) == 0


def test_the_socket_of_a_killed_server_does_not_stop_the_next_one(tmp_path: Path) -> None:
    path = tmp_path / "gym.sock"
    killed = start(path)
    greeting(killed)
    stop(killed, signal.SIGKILL)
    assert path.is_socket()
    server = start(path)
    greeting(server)
    assert create(path)[0] == 200
    assert stop(server) == 0


@pytest.mark.parametrize(
    ("name", "problem"),
    [("a-file", "a file, not a socket"), ("missing/gym.sock", "No such file"), ("long" * 40, "too long")],
)
def test_a_path_that_cannot_be_listened_on_is_said(tmp_path: Path, name: str, problem: str) -> None:
    (tmp_path / "a-file").write_text("precious")
    refused = subprocess.run(
        [str(COMMAND), "--listen", f"unix:{tmp_path / name}"], cwd=tmp_path, capture_output=True, text=True, timeout=60
    )
    assert refused.returncode == 1
    assert problem in refused.stderr
    assert "Traceback" not in refused.stderr
    assert (tmp_path / "a-file").read_text() == "precious"


def test_a_token_holds_there_too(tmp_path: Path) -> None:
    path = tmp_path / "gym.sock"
    (tmp_path / "token").write_text("secret\n")
    server = start(path, "--token-file", str(tmp_path / "token"))
    try:
        greeting(server)
        assert create(path)[0] == 401
    finally:
        stop(server)
