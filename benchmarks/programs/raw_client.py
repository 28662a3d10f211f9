"""The fastest client that Python allows, as `raw.py` says; the variant is the encoding."""

from __future__ import annotations

from typing import Any

from loop import Job, Session, run
from raw import Raw


def open_session(job: Job) -> Session:
    """One connection and an instance of its own."""
    raw = Raw(job)
    sendall, receive, says_done = raw.socket.sendall, raw.receive, raw.says_done

    def reset() -> None:
        sendall(raw.reset)
        receive()

    def step(request: Any) -> bool:
        sendall(request)
        return says_done(receive())

    return Session(reset, step, raw.steps)


run(open_session)
