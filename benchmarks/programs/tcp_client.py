"""The floor: a plain socket that sends what our Python client sends for a step and reads what our server replies.

The variant is a file that holds both, as `bench.wire` records them.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from loop import Job, Session, run


def open_session(job: Job) -> Session:
    """One connection."""
    connection = job.connect()
    exchange = json.loads(Path(job.variant).read_text())
    request = exchange["request"].encode("latin-1")
    buffer = bytearray(len(exchange["reply"]))
    view = memoryview(buffer)

    def step(_action: Any) -> bool:
        connection.sendall(request)
        received = 0
        while received < len(view):
            count = connection.recv_into(view[received:])
            if not count:
                raise ConnectionError("the server closed the connection")
            received += count
        return False

    return Session(lambda: None, step)


run(open_session)
