"""What runs the client programs and the peers' servers: virtual environments, Lua interpreters, a JVM."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

from .processes import PROGRAMS, CannotRunError

ROOT = Path(__file__).resolve().parent.parent.parent
LUA = ("lua5.1", "lua5.2", "lua5.3", "lua5.4", "luajit")
# Peers get an environment each: what they depend on is not what we do.
PEERS = {
    "openenv": ["openenv", "gymnasium[classic-control]", "ale-py"],
    "dm_env_rpc": ["dm-env-rpc", "gymnasium[classic-control]", "ale-py"],
    "previous": ["./server[atari]", "./python-client[all]"],
}
PREVIOUS = "e94dc1b886fc07816372296b71e7a1fea507ab94"  # the commit that is the previous release
TOLD = {  # packages whose versions the report tells
    "python": "gym-http-server gym-http-client gymnasium ale-py numpy httptools orjson msgpack flask werkzeug requests",
    "previous": "gym-http-server gym-http-client gymnasium ale-py numpy granian orjson msgpack flask werkzeug",
    "openenv": "openenv fastapi uvicorn websockets gymnasium",
    "dm_env_rpc": "dm-env-rpc grpcio protobuf gymnasium",
}


class Runtimes:
    """The ways to run a program, by name; peers' virtual environments are made below `directory` when first needed."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._pythons: dict[str, str | CannotRunError] = {"python": sys.executable}

    def command(self, runtime: str, program: str) -> list[str]:
        """The command line that runs a program of `programs/`.

        Raises:
            CannotRunError: the runtime is not to be had.
        """
        if runtime in LUA:
            return [runtime, str(PROGRAMS / program)]
        if runtime == "java":
            return ["java", "-cp", self._class_path(), str(PROGRAMS / program)]
        return [self.python(runtime), str(PROGRAMS / program)]

    def environment(self, runtime: str) -> dict[str, str]:
        """The environment variables that it needs."""
        if runtime in LUA:
            source = ROOT / "lua-client" / "src"
            return {"LUA_PATH": f"{source}/?.lua;{source}/?/init.lua;;", "LUA_INIT": ""}
        # Compiled modules are kept, but away from the checkout: else each of a hundred processes compiles them anew.
        cache = str(self._directory / "pycache")
        return {"PYTHONPATH": str(PROGRAMS), "PYTHONPYCACHEPREFIX": cache, "PYTHONDONTWRITEBYTECODE": ""}

    def python(self, runtime: str) -> str:
        """The interpreter of a virtual environment."""
        if runtime not in self._pythons:
            try:
                self._pythons[runtime] = self._install(runtime)
            except CannotRunError as error:
                self._pythons[runtime] = error
        python = self._pythons[runtime]
        if isinstance(python, CannotRunError):
            raise python
        return python

    def _install(self, runtime: str) -> str:
        place, source = self._directory / runtime, None
        if runtime == "previous":
            source = self._check_out(PREVIOUS)
        print(f"Installing {runtime} with uv", file=sys.stderr)
        _run(["uv", "venv", "--quiet", "--clear", "--python", sys.executable, str(place)])
        python = str(place / ("Scripts" if os.name == "nt" else "bin") / "python")
        _run(["uv", "pip", "install", "--quiet", "--python", python, *PEERS[runtime]], source)
        return python

    def _check_out(self, commit: str) -> Path:
        """The packages as they were at a commit."""
        place, archive = self._directory / "source", self._directory / "source.tar"
        parts = ["server", "python-client", "spec"]
        try:
            _run(["git", "archive", "--output", str(archive), commit, *parts], ROOT)
        except CannotRunError as error:
            raise CannotRunError(f"the commit {commit[:7]} is not to be had from this checkout: {error}") from None
        place.mkdir(exist_ok=True)
        _run(["tar", "-xf", str(archive), "-C", str(place)])
        return place

    @staticmethod
    def _class_path() -> str:
        target = ROOT / "java-client" / "client" / "target"
        libraries = sorted((target / "driver-lib").glob("*.jar"))
        if not (target / "classes").is_dir() or not libraries:
            raise CannotRunError("the Java client is not built; run: cd java-client && mvn -q package -DskipTests")
        return os.pathsep.join(map(str, [target / "classes", *libraries]))

    def versions(self) -> dict[str, str]:
        """The versions of everything that can run here."""
        told: dict[str, str] = {}
        for runtime, python in self._pythons.items():
            if isinstance(python, str):
                told[f"{runtime} environment"] = _packages(python, TOLD[runtime].split())
        for name in LUA:
            told[name] = _first_line([name, "-v"])
        told["java"] = _first_line(["java", "-version"])
        return told


def _packages(python: str, names: list[str]) -> str:
    listed = json.loads(_run(["uv", "pip", "list", "--quiet", "--format", "json", "--python", python]))
    versions = {package["name"]: package["version"] for package in listed}
    return ", ".join(f"{name} {versions[name]}" for name in names if name in versions)


def _first_line(command: list[str]) -> str:
    try:
        return re.sub(r"\s+(--|Copyright).*", "", _run(command).splitlines()[0]).replace('"', "")
    except (CannotRunError, IndexError):
        return "not installed"


def _run(command: list[str], directory: Path | None = None) -> str:
    try:
        done = subprocess.run(
            command, cwd=directory, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=True
        )
    except FileNotFoundError:
        raise CannotRunError(f"{command[0]} is not installed") from None
    except subprocess.CalledProcessError as error:
        last = error.stdout.strip().splitlines()[-1:]
        raise CannotRunError(f"{' '.join(command[:3])} failed: {' '.join(last)}") from None
    return done.stdout
