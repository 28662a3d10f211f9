"""What really crosses the wire for one step, recorded between our Python client and our server for the TCP floor."""

from __future__ import annotations

import json
import select
import socket
import threading
from pathlib import Path

from gym_http_client import Client

from .workloads import Case


def record(address: str, case: Case, encoding: str, path: Path) -> None:
    """Write the bytes of one step of `case`, ``{"request": ..., "reply": ...}`` as Latin-1 text, to `path`."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(30.0)
        tap = _Tap(listener, address)
        thread = threading.Thread(target=tap.run, daemon=True)
        thread.start()
        with Client(f"http://127.0.0.1:{listener.getsockname()[1]}", encoding=encoding) as client:
            num_envs = case.num_envs if case.num_envs > 1 else None
            instance_id = client.env_create(case.env_id, kwargs=case.kwargs or None, num_envs=num_envs)
            client.env_reset(instance_id)
            client.env_step(instance_id, [0] * case.num_envs if num_envs else 0)
        thread.join()
    with Client(f"http://{address}") as client:
        client.env_close(instance_id)
    exchange = {"request": tap.request.decode("latin-1"), "reply": tap.reply.decode("latin-1")}
    path.write_text(json.dumps(exchange), encoding="utf-8")


class _Tap:
    """Hands on the bytes of one connection and keeps those of its last exchange."""

    def __init__(self, listener: socket.socket, address: str) -> None:
        self._listener = listener
        self._address = address
        self.request = b""
        self.reply = b""

    def run(self) -> None:
        """Until the client goes."""
        client, _ = self._listener.accept()
        host, port = self._address.split(":")
        with client, socket.create_connection((host, int(port))) as server:
            while True:
                for source in select.select([client, server], [], [])[0]:
                    data = source.recv(1 << 16)
                    if not data:
                        return
                    if source is client:
                        self.request = data if self.reply else self.request + data
                        self.reply = b""
                        server.sendall(data)
                    else:
                        self.reply += data
                        client.sendall(data)
