"""A server as the 2016 original was built: ``original_style_server.py PORT``.

Flask's development server, a view per route, a dict of environments, arrays as nested lists through the standard
library's JSON. Its request log is off, which is kinder than the default.
"""

from __future__ import annotations

import json
import logging
import sys
import uuid
from typing import Any

from bench_envs import make
from flask import Flask, Response, request

app = Flask(__name__)
envs: dict[str, Any] = {}


def reply(**values: Any) -> Response:
    """The values as JSON."""
    return Response(json.dumps(values), mimetype="application/json")


@app.post("/v1/envs/")
def create() -> Response:
    """Make an environment."""
    asked = request.get_json()
    instance_id = uuid.uuid4().hex[:8]
    envs[instance_id] = make(asked["env_id"], asked.get("kwargs", {}))
    return reply(instance_id=instance_id)


@app.post("/v1/envs/<instance_id>/reset/")
def reset(instance_id: str) -> Response:
    """Begin an episode."""
    observation, _ = envs[instance_id].reset()
    return reply(observation=observation.tolist())


@app.post("/v1/envs/<instance_id>/step/")
def step(instance_id: str) -> Response:
    """Take a step."""
    observation, reward, terminated, truncated, info = envs[instance_id].step(request.get_json()["action"])
    return reply(observation=observation.tolist(), reward=float(reward), done=terminated or truncated, info=info)


logging.getLogger("werkzeug").setLevel(logging.ERROR)
app.run("127.0.0.1", int(sys.argv[1]))
