"""Survived: stops, starts and signals while environments hang, fork, or leave the directory."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from live import COMMAND, Api, Server, environment_with_odd_envs, free_port

HOSTILE = ("--import", "hostile_envs")


def in_background(function: Callable[[], Any]) -> None:
    def run() -> None:
        try:
            function()
        except Exception:
            return  # the server ends first

    threading.Thread(target=run, daemon=True).start()
    time.sleep(0.3)


def hang_in_step(server: Server) -> str:
    api = server.api()
    hung = api.create("Hostile-v0", kwargs={"at": "step"})
    api.ok("env_reset", instance_id=hung)
    in_background(lambda: api.call("env_step", instance_id=hung, action=1))
    return hung


@pytest.mark.parametrize("at", ["step", "close", "init"])
def test_a_hung_environment_does_not_keep_the_server_from_stopping(
    start_server: Callable[..., Server], tmp_path: Path, at: str
) -> None:
    server = start_server(*HOSTILE)
    api = server.api()
    if at == "step":
        hang_in_step(server)
    elif at == "init":
        other = server.api()
        in_background(lambda: other.create("Hostile-v0", kwargs={"at": "init"}))
    else:
        api.create("Hostile-v0", kwargs={"at": at})
    recorded = api.create("CartPole-v1")
    api.ok("env_monitor_start", instance_id=recorded, directory=str(tmp_path / "run"), video_callable=False)
    api.ok("env_reset", instance_id=recorded, seed=1)
    began = time.monotonic()
    assert server.stop() == 0, server.log.read_text()
    assert time.monotonic() - began < 8
    (manifest,) = (tmp_path / "run").glob("openaigym.manifest.*.json")
    assert "closed" in json.loads(manifest.read_text())


def test_a_close_that_hangs_does_not_stop_the_reaper(start_server: Callable[..., Server]) -> None:
    server = start_server(*HOSTILE, "--idle-timeout", "0.5")
    api = server.api()
    for _ in range(3):
        api.create("Hostile-v0", kwargs={"at": "close"})
    other = api.create("CartPole-v1")
    deadline = time.monotonic() + 10
    while api.ok("env_list_all")["envs"] and time.monotonic() < deadline:
        time.sleep(0.1)
    assert api.call("env_info", instance_id=other).error == (410, "instance_gone")


def test_of_servers_that_start_together_on_a_port_one_lives(tmp_path: Path) -> None:
    port = str(free_port())
    started = [
        subprocess.Popen([COMMAND, "-p", port], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        for _ in range(4)
    ]
    try:
        deadline = time.monotonic() + 60
        while sum(process.poll() is None for process in started) > 1 and time.monotonic() < deadline:
            time.sleep(0.1)
        assert [process.poll() for process in started].count(1) == 3
        while time.monotonic() < deadline:
            try:
                assert Api(int(port)).ok("health")["status"] == "ok"
                break
            except OSError:
                time.sleep(0.1)
    finally:
        for process in started:
            process.terminate()
            process.communicate(timeout=30)


def test_a_hangup_costs_no_instance(start_server: Callable[..., Server]) -> None:
    server = start_server()
    api = server.api()
    instance_id = api.create("CartPole-v1")
    api.ok("env_reset", instance_id=instance_id)
    for _ in range(3):
        server.process.send_signal(signal.SIGHUP)
        time.sleep(0.2)
    assert api.ok("env_step", instance_id=instance_id, action=0)["reward"] == 1.0
    assert server.api().ok("env_info", instance_id=instance_id)["steps"] == 1


def test_what_an_environment_forks_keeps_neither_the_port_nor_a_connection(
    start_server: Callable[..., Server], tmp_path: Path
) -> None:
    server = start_server(*HOSTILE)
    server.api().create("Hostile-v0", kwargs={"at": "init", "how": "fork"})
    assert server.stop() == 0
    command = [COMMAND, "-p", str(server.port)]
    second = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        deadline = time.monotonic() + 15
        while time.monotonic() < deadline and second.poll() is None:
            try:
                assert Api(server.port).ok("health")["instances"] == 0
                break
            except OSError:
                time.sleep(0.1)
        assert second.poll() is None
    finally:
        second.terminate()
        second.communicate(timeout=30)


def test_an_environment_that_leaves_the_directory_takes_nothing_with_it(tmp_path: Path) -> None:
    flags = ("--import", "hostile_envs", "--data-dir", "data", "--monitor-root", ".")
    server = Server(tmp_path, *flags, env=environment_with_odd_envs())
    api = server.api()
    wanderer = api.create("Hostile-v0", kwargs={"at": "reset", "how": "chdir"})
    api.ok("env_reset", instance_id=wanderer)
    recorded = api.create("CartPole-v1", max_episode_steps=1)
    api.ok("env_monitor_start", instance_id=recorded, directory="run", video_callable=False)
    api.ok("env_reset", instance_id=recorded)
    api.ok("env_step", instance_id=recorded, action=0)
    api.ok("env_monitor_close", instance_id=recorded)
    api.ok("upload", training_dir="run", api_key="k")
    assert server.stop() == 0
    assert list((tmp_path / "run").glob("openaigym.*"))
    assert (tmp_path / "data" / "scoreboard.sqlite3").exists()


@pytest.mark.parametrize("flag", ["--data-dir", "--monitor-root"])
@pytest.mark.parametrize("place", ["/proc/here", "file/below"])
def test_a_directory_that_cannot_be_written_is_refused_at_the_start(tmp_path: Path, flag: str, place: str) -> None:
    (tmp_path / "file").touch()
    command = [COMMAND, "-p", "0", flag, place]
    started = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert started.returncode == 2
    assert flag in started.stderr
    assert "must be a directory that can be written" in started.stderr


def test_the_token_can_come_from_a_file_and_a_visible_one_is_warned_of(
    start_server: Callable[..., Server], tmp_path: Path
) -> None:
    (tmp_path / "token").write_text("secret\n")
    server = start_server("--token-file", "token")
    assert server.api().request("GET", "/v1/health/").status == 401
    assert server.api(headers={"Authorization": "Bearer secret"}).ok("health")["status"] == "ok"
    assert "secret" not in " ".join(Path(f"/proc/{server.process.pid}/cmdline").read_text().split("\0"))
    assert "every user" not in server.log.read_text()
    assert "every user of this machine can read the token" in start_server("--token", "secret").log.read_text()


def test_few_descriptors_do_not_make_the_server_spin(tmp_path: Path) -> None:
    import resource

    import psutil
    from raw import RawConnection

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (128, 128))

    port = free_port()
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen([COMMAND, "-p", str(port)], cwd=tmp_path, stdout=log, stderr=log, preexec_fn=limit)
    try:
        deadline = time.monotonic() + 60
        while "listens" not in (tmp_path / "log").read_text() and time.monotonic() < deadline:
            time.sleep(0.05)
        api = Api(port)
        assert api.ok("health")["status"] == "ok"
        crowd = [RawConnection(port) for _ in range(200)]
        time.sleep(0.5)
        before = sum(psutil.Process(process.pid).cpu_times()[:2])
        time.sleep(2)
        assert sum(psutil.Process(process.pid).cpu_times()[:2]) - before < 0.5
        assert Api(port).ok("health")["status"] == "ok"  # the longest idle make room
        for connection in crowd:
            connection.socket.close()
    finally:
        os.kill(process.pid, signal.SIGTERM)
        assert process.wait(timeout=30) == 0
