"""How the server starts, and what it leaves behind when it ends."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from live import COMMAND, Api, free_port

SECONDS = 40
ENVS = """
import os, pathlib, gymnasium
class Env(gymnasium.Env):
    action_space = observation_space = gymnasium.spaces.Discrete(2)
    def reset(self, **_): return 0, {}
    def step(self, action): return 0, 1.0, bool(action), False, {}
    def close(self): pathlib.Path("closed").write_text("yes")
gymnasium.register("Closing-v0", entry_point=Env)
"""


class Launched:
    """A command in a session of its own, as from a terminal."""

    def __init__(self, directory: Path, *command: str) -> None:
        self.log = directory / "log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(command, cwd=directory, stdout=log, stderr=log, start_new_session=True)

    def connect(self) -> Api:
        """A connection to the address that the server names when it is up."""
        until(lambda: "listens at" in self.text or self.process.poll() is not None, self.log)
        found = re.search(r"listens at http://127\.0\.0\.1:(\d+)", self.text)
        assert found, self.text
        return Api(int(found[1]))

    @property
    def text(self) -> str:
        return self.log.read_text()

    def exit_status(self) -> int:
        return self.process.wait(timeout=SECONDS)


@pytest.fixture
def launch(tmp_path: Path) -> Iterator[Callable[..., Launched]]:
    started: list[Launched] = []

    def start(*command: str) -> Launched:
        started.append(Launched(tmp_path, *command))
        return started[-1]

    yield start
    for launched in started:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(launched.process.pid, signal.SIGKILL)
        launched.process.wait()


def until(condition: Callable[[], bool], log: Path) -> None:
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.02)


def descendants(pid: int) -> set[int]:
    children = {child for child in map(int, filter(str.isdecimal, os.listdir("/proc"))) if parent(child) == pid}
    return children.union(*(descendants(child) for child in children))


def parent(pid: int) -> int | None:
    """The parent of a process that runs; None for one that is gone, or dead and not yet reaped."""
    with contextlib.suppress(OSError):
        state, ppid = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[:2]
        return None if state in "ZX" else int(ppid)
    return None


def all_gone(pids: set[int]) -> bool:
    return all(parent(pid) is None for pid in pids)


HEAVY = {"mujoco", "ale_py", "Box2D", "moviepy", "pygame", "gym", "jax", "matplotlib"}
_MODULES = "print(*{name.partition('.')[0] for name in sys.modules})"
_STEP = """
client = gym_http_server.create_app().test_client()
instance = client.post("/v1/envs/", json={"env_id": "CartPole-v1"}).json["instance_id"]
client.post(f"/v1/envs/{instance}/reset/")
assert client.post(f"/v1/envs/{instance}/step/", json={"action": 1}).json["reward"] == 1.0
"""


@pytest.mark.parametrize(
    ("code", "absent"),
    [
        ("", {*HEAVY, "gymnasium", "numpy", "flask"}),  # all that the supervising process imports
        ("gym_http_server.create_app()", HEAVY),
        (_STEP, HEAVY),
    ],
    ids=["package", "application", "CartPole"],
)
def test_heavy_packages_are_imported_when_first_needed(code: str, absent: set[str]) -> None:
    script = f"import sys, gym_http_server\n{code}\n{_MODULES}"
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert set(found.stdout.split()) & absent == set()


def by_route(launched: Launched, api: Api) -> None:
    assert api.ok("shutdown") == {}


def by_terminate(launched: Launched, api: Api) -> None:
    launched.process.terminate()


def by_control_c(launched: Launched, api: Api) -> None:
    for pid in descendants(launched.process.pid):  # a terminal sends it to every process, in no certain order
        os.kill(pid, signal.SIGINT)
    time.sleep(0.3)
    launched.process.send_signal(signal.SIGINT)


@pytest.mark.parametrize("stop", [by_route, by_terminate, by_control_c])
def test_the_server_ends_in_order(
    launch: Callable[..., Launched], tmp_path: Path, stop: Callable[[Launched, Api], None]
) -> None:
    (tmp_path / "closing_envs.py").write_text(ENVS)
    launched = launch(str(COMMAND), "-p", "0", "--import", "closing_envs")
    api = launched.connect()
    instance_id = api.create("Closing-v0")
    api.ok("env_monitor_start", instance_id=instance_id, directory="run")
    api.ok("env_reset", instance_id=instance_id)
    api.ok("env_step", instance_id=instance_id, action=1)
    several = api.create("CartPole-v1", num_envs=2, vectorization_mode="async")
    api.ok("env_reset", instance_id=several)
    processes = descendants(launched.process.pid)
    assert len(processes) > 2  # the one with the environments, and the workers
    stop(launched, api)
    assert launched.exit_status() == 0, launched.text
    until(lambda: all_gone(processes), launched.log)
    assert "Traceback" not in launched.text
    assert (tmp_path / "closed").read_text() == "yes"
    (manifest,) = (tmp_path / "run").glob("openaigym.manifest.*.json")
    assert "closed" in json.loads(manifest.read_text())
    (log,) = (tmp_path / "run").glob("openaigym.episodes.*.jsonl")
    assert json.loads(log.read_text())["reward"] == 1.0


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_the_server_can_be_stopped_while_it_starts(
    launch: Callable[..., Launched], tmp_path: Path, stop: signal.Signals
) -> None:
    (tmp_path / "slow_envs.py").write_text("import pathlib, time\npathlib.Path('begun').touch()\ntime.sleep(1)")
    launched = launch(str(COMMAND), "-p", "0", "--import", "slow_envs")
    until((tmp_path / "begun").exists, launched.log)
    processes = descendants(launched.process.pid)
    launched.process.send_signal(stop)
    launched.process.wait(timeout=15)
    until(lambda: all_gone(processes), launched.log)


def test_many_signals_at_once_end_the_server(launch: Callable[..., Launched]) -> None:
    launched = launch(str(COMMAND), "-p", "0")
    launched.connect()
    processes = descendants(launched.process.pid)
    for _ in range(500):  # make, for one, passes on what its whole process group was sent
        launched.process.terminate()
    launched.exit_status()  # any: the last of so many may meet a process that has done all its work
    until(lambda: all_gone(processes), launched.log)


def test_workers_of_an_async_vector_env_end_with_their_instance(launch: Callable[..., Launched]) -> None:
    launched = launch(str(COMMAND), "-p", "0")
    api = launched.connect()
    api.ok("env_close", instance_id=api.create("CartPole-v1", num_envs=2, vectorization_mode="async"))
    before = descendants(launched.process.pid)  # with what serves to start workers
    instance_id = api.create("CartPole-v1", num_envs=3, vectorization_mode="async")
    workers = descendants(launched.process.pid) - before
    assert len(workers) == 3
    api.ok("env_close", instance_id=instance_id)
    until(lambda: all_gone(workers), launched.log)


def test_a_killed_supervisor_leaves_no_orphan(launch: Callable[..., Launched]) -> None:
    launched = launch(str(COMMAND), "-p", "0")
    api = launched.connect()
    api.create("CartPole-v1", num_envs=2, vectorization_mode="async")
    processes = descendants(launched.process.pid)
    launched.process.kill()
    until(lambda: all_gone(processes), launched.log)


SCRIPT = """
from gym_http_server import start_server
print("begins")
start_server(listen="127.0.0.1", port=0)
print("ends")
"""


def test_start_server_needs_no_main_guard(launch: Callable[..., Launched], tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(SCRIPT)
    launched = launch(sys.executable, "-u", "script.py")
    api = launched.connect()
    instance_id = api.create("CartPole-v1", num_envs=2, vectorization_mode="async")
    assert len(api.ok("env_reset", instance_id=instance_id, seed=1)["observation"]) == 2
    assert len(api.ok("env_step", instance_id=instance_id, action=[0, 1])["reward"]) == 2
    api.ok("shutdown")
    assert launched.exit_status() == 0
    assert (launched.text.count("begins"), launched.text.count("ends")) == (1, 1)


def test_the_package_runs_as_a_module(launch: Callable[..., Launched]) -> None:
    launched = launch(sys.executable, "-m", "gym_http_server", "-p", str(port := free_port()))
    api = launched.connect()
    assert api.port == port
    assert f"http://127.0.0.1:{port}/v1/envs/" in launched.text  # a first request to try
    api.ok("shutdown")
    assert launched.exit_status() == 0


def test_the_server_listens_to_a_name(launch: Callable[..., Launched]) -> None:
    launched = launch(str(COMMAND), "-l", "localhost", "-p", str(port := free_port()))
    until(lambda: "listens at" in launched.text or launched.process.poll() is not None, launched.log)
    assert f"listens at http://localhost:{port}" in launched.text
    assert Api(port).ok("health")["status"] == "ok"


def test_a_port_in_use_is_refused_in_a_line(launch: Callable[..., Launched], tmp_path: Path) -> None:
    port = launch(str(COMMAND), "-p", "0").connect().port
    second = subprocess.run([COMMAND, "-p", str(port)], capture_output=True, text=True, timeout=SECONDS)
    assert second.returncode == 1
    assert second.stderr.splitlines() == [
        f"gym-http-server: Cannot listen on 127.0.0.1 port {port}: Address already in use. "
        "Choose another one with --port."
    ]


@pytest.mark.parametrize("module", ["no_such_module", "raises_when_imported"])
def test_a_module_that_cannot_be_imported_ends_the_start(tmp_path: Path, module: str) -> None:
    (tmp_path / "raises_when_imported.py").write_text("raise RuntimeError('told to fail')")
    command = [COMMAND, "-p", "0", "--import", module]
    started = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=SECONDS)
    assert started.returncode == 1
    problem = {
        "no_such_module": "No module named 'no_such_module'",
        "raises_when_imported": "raises_when_imported raised RuntimeError: told to fail",
    }
    words = f"gym-http-server: cannot import what --import or --library names: {problem[module]}"
    assert words in started.stderr.splitlines()
    assert ("Traceback" in started.stderr) == (module == "raises_when_imported")  # it shows where in the module
    assert "listens at" not in started.stdout
