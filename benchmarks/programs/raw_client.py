"""The fastest client that Python allows, as `raw.py` says; the variant is the encoding."""

from __future__ import annotations

from typing import Any

from loop import Job, Session, run
from raw import Raw


def open_session(job: Job) -> Session:
    """One connection and an instance of its own."""
    raw = Raw(job)
    receive, says_done = raw.receive, raw.says_done

    def reset() -> None:
        raw.socket.sendall(raw.reset)
        receive()

    def step(request: Any) -> bool:
        raw.socket.sendall(request)
        return says_done(receive())

    return Session(reset, step, raw.steps, raw.stay_connected)


run(open_session)
