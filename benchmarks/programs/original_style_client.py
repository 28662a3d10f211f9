"""A client as the 2016 original's: a `requests` session that posts JSON and returns nested lists."""

from __future__ import annotations

import json
from typing import Any

import requests
from loop import Job, Session, run


def open_session(job: Job) -> Session:
    """An instance of its own on the server."""
    session = requests.Session()
    session.headers["Content-Type"] = "application/json"

    def post(path: str, document: dict[str, Any]) -> Any:
        response = session.post(f"http://{job.address}/v1/envs/{path}", data=json.dumps(document))
        response.raise_for_status()
        return response.json()

    instance_id = post("", {"env_id": job.env_id, "kwargs": job.kwargs})["instance_id"]

    def reset() -> None:
        post(f"{instance_id}/reset/", {})

    def step(action: Any) -> bool:
        return bool(post(f"{instance_id}/step/", {"action": action, "render": False})["done"])

    return Session(reset, step)


run(open_session)
