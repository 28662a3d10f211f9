"""Our server's loop in front of nothing: ``fixed_server.py PORT EXCHANGE`` answers every step with the same bytes.

EXCHANGE is a file that holds a step's request and reply, as `bench.wire` records them.
"""

from __future__ import annotations

import json
import socket
import sys
import threading
from pathlib import Path
from typing import Any

from gym_http_server.http.connection import Connection
from gym_http_server.http.loop import Loop
from gym_http_server.protocol.messages import Reply, Request

STEP, OTHER = Request("env_step", {}), Request("other", {})
MADE = Reply(200, "application/json", b'{"instance_id":"fixed"}')


class Fixed:
    """A gateway without a server behind it."""

    max_body = 1 << 26

    def __init__(self, reply: bytes) -> None:
        head, _, body = reply.partition(b"\r\n\r\n")
        lines = [line.partition(": ") for line in head.decode("latin-1").split("\r\n")[1:]]
        headers = {name.lower(): value for name, _, value in lines}
        self._step = Reply(200, headers["content-type"], body)

    def admit(self, head: Any) -> Request:
        """Everything is."""
        return STEP if head.path.endswith("/step/") else OTHER

    def handle(self, request: Request, overloaded: bool = False) -> Reply:
        """The reply to a step; to all else that an instance was made."""
        return self._step if request.operation == "env_step" else MADE

    def finish(self, reply: Reply, head: Any) -> Reply:
        """Nothing is left to be done."""
        return reply


def main() -> None:
    """Serve until ended."""
    gateway: Any = Fixed(json.loads(Path(sys.argv[2]).read_text())["reply"].encode("latin-1"))
    pages: Any = None  # none are asked for
    listener = socket.create_server(("127.0.0.1", int(sys.argv[1])), backlog=1024)
    Loop(listener, lambda accepted, _: Connection(accepted, True, gateway, pages), 10_000, 1000).start()
    threading.Event().wait()


main()
