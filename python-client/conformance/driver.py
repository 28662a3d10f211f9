"""The driver by which the conformance suite calls this client; conformance/PROTOCOL.md says what goes in and out."""

from __future__ import annotations

import base64
import json
import platform
import sys
from collections.abc import Callable
from typing import Any

from gym_http_client import Client, GymHttpError, ServerError, SpaceInfo
from gym_http_client._encoding import MSGPACK, dump_json

OPERATIONS = [
    *("env_create", "env_list_all", "env_info", "env_reset", "env_step", "env_render", "env_close"),
    *("env_action_space_info", "env_action_space_sample", "env_action_space_contains"),
    *("env_observation_space_info", "env_observation_space_contains", "env_monitor_start", "env_monitor_close"),
    *("registry_list", "upload", "scoreboard_list", "health", "openapi", "shutdown"),
]

ENCODINGS = ["json", "msgpack"] if MSGPACK else ["json"]
FACTS = {"client": "gym-http-client", "language": f"Python {platform.python_version()}", "encodings": ENCODINGS}


def reset(client: Client, **args: Any) -> dict[str, Any]:
    observation, info = client.env_reset(**args, return_info=True)
    return {"observation": observation, "info": info}


def step(client: Client, **args: Any) -> dict[str, Any]:
    result = client.env_step(**args)
    document = dict(zip(("observation", "reward", "done", "info"), result, strict=True))
    return {**document, "terminated": result.terminated, "truncated": result.truncated}


def render(client: Client, **args: Any) -> dict[str, Any]:
    png = client.env_render(**args)
    return {"content_type": "image/png", "bytes": len(png), "base64": base64.b64encode(png).decode()}


def space(info: SpaceInfo) -> dict[str, Any]:
    return {"info": info} if info.single is None else {"info": info, "single": info.single}


# how a result becomes the shape of the HTTP body, where the method returns another
BODIES: dict[str, Callable[..., Any]] = {
    "env_create": lambda client, **args: {"instance_id": client.env_create(**args)},
    "env_list_all": lambda client: dict.fromkeys(("envs", "all_envs"), client.env_list_all()),
    "env_reset": reset,
    "env_step": step,
    "env_render": render,
    "env_action_space_info": lambda client, **args: space(client.env_action_space_info(**args)),
    "env_action_space_sample": lambda client, **args: {"action": client.env_action_space_sample(**args)},
    "env_action_space_contains": lambda client, instance_id, value: {
        "member": client.env_action_space_contains(instance_id, value)
    },
    "env_observation_space_info": lambda client, **args: space(client.env_observation_space_info(**args)),
    "env_observation_space_contains": lambda client, instance_id, facts=None, **value: {
        "member": client.env_observation_space_contains(instance_id, facts, **value)
    },
    "registry_list": lambda client: {"envs": client.registry_list()},
    "scoreboard_list": lambda client, **args: {"evaluations": client.scoreboard_list(**args)},
    "openapi": lambda client: {"content_type": "application/yaml", "text": client.openapi()},
}


def call(client: Client | None, op: str, args: dict[str, Any]) -> dict[str, Any]:
    if client is None or op not in OPERATIONS:
        return {"ok": False, "error": {"kind": "unsupported", "message": f"{op}: no such operation, or no connect"}}
    try:
        value = BODIES[op](client, **args) if op in BODIES else getattr(client, op)(**args)
        return {"ok": True, "value": {} if value is None else value}
    except ServerError as error:
        code = {"code": error.code} if error.code else {}
        facts = {"kind": error.kind, "message": error.message, "status": error.status_code, **code}
        return {"ok": False, "error": facts}
    except GymHttpError as error:
        return {"ok": False, "error": {"kind": error.kind, "message": error.message}}


def main() -> None:
    client: Client | None = None
    for line in sys.stdin:
        request = json.loads(line)
        args = request.get("args", {})
        if request["op"] == "connect":
            if client:
                client.close()
            client = Client(args.pop("base"), **args)
            reply = {"ok": True, "value": {**FACTS, "operations": OPERATIONS}}
        else:
            reply = call(client, request["op"], args)
        print(dump_json({"id": request["id"], **reply}).decode(), flush=True)


if __name__ == "__main__":
    main()
