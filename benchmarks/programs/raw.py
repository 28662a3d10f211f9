"""HTTP with as little Python as it takes: requests made beforehand, one send, and recv until the reply is whole."""

from __future__ import annotations

import json
import socket
from typing import Any

import msgpack
import numpy as np
from loop import Job

_CHUNK = 1 << 18
_TAIL = 400  # bytes at a reply's end among which `done` is
_TYPES = {"json": "application/json", "msgpack": "application/vnd.msgpack"}
_DONE = {"json": b'"done":true', "msgpack": b"\xa4done\xc3"}


class Raw:
    """One connection to a server, and the requests of one instance that is made on it."""

    def __init__(self, job: Job) -> None:
        self._type = _TYPES[job.variant]
        self._done = _DONE[job.variant]
        self._connect = job.connect
        self.socket = job.connect()
        create: dict[str, Any] = {"env_id": job.env_id, "kwargs": job.kwargs}
        if job.num_envs > 1:
            create["num_envs"] = job.num_envs
        self.socket.sendall(_request("/v1/envs/", _TYPES["json"], json.dumps(create).encode()))
        instance = f"/v1/envs/{json.loads(self.receive())['instance_id']}"
        self.reset = self._post(f"{instance}/reset/", {})
        self.steps = [self._post(f"{instance}/step/", {"action": action}) for action in job.actions()]

    def stay_connected(self) -> bool:
        """Connect anew if the server has closed the connection, as some do when nothing comes; whether it had."""
        try:
            if self.socket.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT):
                raise ConnectionError("the server said what it was not asked")
        except BlockingIOError:
            return False
        self.socket.close()
        self.socket = self._connect()
        return True

    def receive(self) -> bytes:
        """The next reply's body.

        Raises:
            ConnectionError: the server closed the connection, or answered with another status than 200.
        """
        data = self.socket.recv(_CHUNK)
        start = data.find(b"\r\n\r\n") + 4
        if not data.startswith(b"HTTP/1.1 200") or start < 4:
            raise ConnectionError(f"the server answered {data[:200]!r}")
        _, _, rest = data[:start].lower().partition(b"content-length:")
        length = start + int(rest[: rest.index(b"\r")])
        if len(data) < length:
            chunks, missing = [data], length - len(data)
            while missing:
                chunks.append(self.socket.recv(_CHUNK))
                if not chunks[-1]:
                    raise ConnectionError("the server closed the connection")
                missing -= len(chunks[-1])
            data = b"".join(chunks)
        return data[start:]

    def says_done(self, reply: bytes) -> bool:
        """Whether a step's reply ends the episode; a vector env's goes on by itself."""
        return reply.find(self._done, -_TAIL) >= 0

    def _post(self, path: str, document: dict[str, Any]) -> bytes:
        if self._type == _TYPES["json"]:
            return _request(path, self._type, json.dumps(document).encode())
        action = document.get("action")
        if isinstance(action, list):
            batch = np.array(action, "<i8")
            document = {"action": {"__ndarray__": True, "dtype": "<i8", "shape": batch.shape, "data": batch.tobytes()}}
        return _request(path, self._type, msgpack.packb(document))


def _request(path: str, content_type: str, body: bytes) -> bytes:
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nAccept: {content_type}\r\nContent-Type: {content_type}\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
