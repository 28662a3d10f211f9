"""The servers and client processes of one workload: started when first asked for, ended together."""

from __future__ import annotations

import json
import socket
import tempfile
from pathlib import Path

from gym_http_client import Client as GymClient

from .contenders import BY_KEY
from .idle import hold
from .processes import CannotRunError, Child, Client, Server
from .runtimes import Runtimes
from .wire import record
from .workloads import Case

OURS = ("-m", "gym_http_server", "--import", "bench_envs")


class Arena:
    """A context manager; leaving it ends every process that it started."""

    def __init__(self, runtimes: Runtimes) -> None:
        self._runtimes = runtimes
        self._children: list[Child] = []
        self._servers: dict[str, Server | CannotRunError] = {}
        self._clients: dict[tuple[str, ...], list[Client]] = {}
        self._idle: list[socket.socket] = []
        self._scratch = tempfile.TemporaryDirectory(prefix="gym-http-bench-")

    def __enter__(self) -> Arena:
        return self

    def __exit__(self, *exc_info: object) -> None:
        for child in reversed(self._children):  # clients before their servers
            child.stop()
        for connection in self._idle:
            connection.close()
        self._scratch.cleanup()

    def clients(self, case: Case) -> list[Client]:
        """The client processes of a case, its server too; they may not be ready yet. Cases share them where they can.

        Raises:
            CannotRunError: the contender cannot run here, or cannot do this.
        """
        contender = case.contender
        if case.num_envs > 1 and contender.no_vector:
            raise CannotRunError(contender.no_vector)
        command = self._runtimes.command(contender.runtime, contender.program)
        address, variant = "-", contender.variant
        if contender.server is not None:
            address = self.server(contender.server, case).address
        if contender.server is not None and contender.server.startswith("tcp-"):
            variant = str(self._exchange(contender.variant, case))
        arguments = [
            address, variant, case.env_id, json.dumps(case.kwargs), str(case.num_envs), str(case.num_actions),
            str(case.at_once),
        ]  # fmt: skip
        clients = self._clients.setdefault((contender.key, *arguments), [])
        while len(clients) < case.clients:
            clients.append(Client([*command, *arguments], self._runtimes.environment(contender.runtime)))
            self._children.append(clients[-1])
        return clients[: case.clients]

    def server_of(self, case: Case) -> Server | None:
        """The server that the case's clients talk to, None where they talk to none.

        Raises:
            CannotRunError: it does not run.
        """
        kind = case.contender.server
        return None if kind is None else self.server(kind, case)

    def server(self, kind: str, case: Case) -> Server:
        """The server of that kind for a case; cases share one where they can."""
        key = self._key(kind, case)
        if key not in self._servers:
            try:
                self._servers[key] = self._start(kind, case, key)
            except CannotRunError as error:
                self._servers[key] = CannotRunError(f"its server does not run: {error}")
        server = self._servers[key]
        if isinstance(server, CannotRunError):
            raise server
        return server

    @staticmethod
    def _key(kind: str, case: Case) -> str:
        if kind == "ours":
            return f"{kind} {case.instances} {case.idle}"
        if kind == "previous":  # it lets no more than 256 connections in, however idle
            return f"{kind} {case.at_once}"
        if kind == "openenv" or kind.startswith(("tcp-", "fixed-")):
            return f"{kind} {case.env_id} {case.kwargs} {case.num_envs}"
        return kind

    def _start(self, kind: str, case: Case, key: str) -> Server:
        environment = self._runtimes.environment("python")
        path = None
        if kind in ("ours", "ours-unix", "previous"):
            where = ["-l", "127.0.0.1", "-p", "{port}"]
            if kind == "ours-unix":
                path = Path(self._scratch.name) / "socket"
                where = ["--listen", f"unix:{path}"]
            python = self._runtimes.python("previous" if kind == "previous" else "python")
            command = [python, *OURS, *where, "--data-dir", str(Path(self._scratch.name) / key)]
        elif kind == "original-style":
            command = [*self._runtimes.command("python", "original_style_server.py"), "{port}"]
        elif kind == "openenv":
            command = [
                *self._runtimes.command("openenv", "openenv_server.py"), "{port}", case.env_id, json.dumps(case.kwargs)
            ]  # fmt: skip
        elif kind == "dm_env_rpc":
            command = [*self._runtimes.command("dm_env_rpc", "dm_env_rpc_server.py"), "{port}"]
        else:
            program, _, encoding = kind.partition("-")
            exchange = self._exchange(encoding, case)
            command = [*self._runtimes.command("python", f"{program}_server.py"), "{port}", str(exchange)]
        server = Server(command, environment, path)
        self._children.append(server)
        if kind == "ours":
            populate(server.address, case.env_id, case.instances - 1)
            self._idle += hold(server.address, case.idle)
        return server

    def _exchange(self, encoding: str, case: Case) -> Path:
        """The file with the bytes of a step."""
        path = Path(self._scratch.name) / f"{encoding}-{case.env_id.replace('/', '-')}-{case.num_envs}.json"
        if not path.exists():
            own = Case(BY_KEY["python-flat-json"], case.env_id, case.num_actions, case.num_envs, case.kwargs)
            record(self.server("ours", own).address, own, encoding, path)
        return path


def populate(address: str, env_id: str, count: int) -> None:
    """Make that many instances on our server and begin an episode in each."""
    with GymClient(f"http://{address}", encoding="json") as client:
        for _ in range(count):
            client.env_reset(client.env_create(env_id))
