"""Drives gym_http_client for the conformance suite: JSON lines in, JSON lines out (conformance/PROTOCOL.md)."""

from __future__ import annotations

import base64
import json
import math
import platform
import sys
from collections.abc import Callable
from typing import Any

from gym_http_client import Client, GymHttpError, ServerError

Args = dict[str, Any]


def env_reset(client: Client, a: Args) -> Any:
    observation, info = client.env_reset(**a, return_info=True)
    return {"observation": observation, "info": info}


def env_step(client: Client, a: Args) -> Any:
    result = client.env_step(**a)
    observation, reward, done, info = result
    reply = {"observation": observation, "reward": reward, "done": done, "info": info}
    return {**reply, "terminated": result.terminated, "truncated": result.truncated}


def env_render(client: Client, a: Args) -> Any:
    png = client.env_render(**a)
    return {"content_type": "image/png", "bytes": len(png), "base64": base64.b64encode(png).decode()}


def env_observation_space_contains(client: Client, a: Args) -> Any:
    asked = {"params": a["facts"]} if "facts" in a else {"value": a["value"]}
    return {"member": client.env_observation_space_contains(a["instance_id"], **asked)}


OPERATIONS: dict[str, Callable[[Client, Args], Any]] = {
    "env_create": lambda client, a: {"instance_id": client.env_create(**a)},
    "env_list_all": lambda client, a: {"all_envs": client.env_list_all(**a)},
    "env_info": lambda client, a: client.env_info(**a),
    "env_reset": env_reset,
    "env_step": env_step,
    "env_render": env_render,
    "env_action_space_info": lambda client, a: {"info": client.env_action_space_info(**a)},
    "env_action_space_sample": lambda client, a: {"action": client.env_action_space_sample(**a)},
    "env_action_space_contains": lambda client, a: {
        "member": client.env_action_space_contains(a["instance_id"], a["value"])
    },
    "env_observation_space_info": lambda client, a: {"info": client.env_observation_space_info(**a)},
    "env_observation_space_contains": env_observation_space_contains,
    "env_monitor_start": lambda client, a: client.env_monitor_start(**a) or {},
    "env_monitor_close": lambda client, a: client.env_monitor_close(**a) or {},
    "env_close": lambda client, a: client.env_close(**a) or {},
    "registry_list": lambda client, a: {"envs": client.registry_list(**a)},
    "upload": lambda client, a: client.upload(**a),
    "scoreboard_list": lambda client, a: {"evaluations": client.scoreboard_list(**a)},
    "health": lambda client, a: client.health(**a),
    "openapi": lambda client, a: {"content_type": "application/yaml", "text": client.openapi(**a)},
    "shutdown": lambda client, a: client.shutdown(**a) or {},
}


def plain(value: Any) -> Any:
    """The value as JSON has it: arrays as lists, +-infinity as +-1e100, NaN as null."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else math.copysign(1e100, value)
    if isinstance(value, dict):
        return {key: plain(part) for key, part in value.items()}
    return [plain(part) for part in value] if isinstance(value, (list, tuple)) else value


def main() -> None:
    client: Client | None = None
    for line in sys.stdin:
        request = json.loads(line)
        op, args = request["op"], request["args"]
        reply: dict[str, Any] = {"id": request["id"], "ok": True}
        try:
            if op == "connect":
                if client is not None:
                    client.close()
                client = Client(args.pop("base"), **args)
                reply["value"] = {"client": "gym-http-client", "language": f"Python {platform.python_version()}"}
                reply["value"] |= {"operations": list(OPERATIONS), "encodings": ["json", "msgpack"]}
            elif op in OPERATIONS and client is not None:
                reply["value"] = plain(OPERATIONS[op](client, args))
            else:
                reply |= {"ok": False, "error": {"kind": "unsupported", "message": f"no operation {op}"}}
        except GymHttpError as error:
            reply |= {"ok": False, "error": {"kind": error.kind, "message": error.message}}
            if isinstance(error, ServerError):
                reply["error"] |= {"status": error.status_code} | ({"code": error.code} if error.code else {})
        print(json.dumps(reply), flush=True)


if __name__ == "__main__":
    main()
