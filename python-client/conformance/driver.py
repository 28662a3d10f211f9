"""The driver by which the conformance suite calls this client; conformance/PROTOCOL.md says what goes in and out."""

from __future__ import annotations

import base64
import json
import math
import platform
import sys
from collections.abc import Callable
from typing import Any

from gym_http_client import Client, GymHttpError, ServerError, SpaceInfo
from gym_http_client._encoding import MSGPACK

try:
    from gym_http_client import RemoteEnv
except ImportError:
    FACES = ["flat"]
else:
    FACES = ["flat", "typed"]

OPERATIONS = [
    *("env_create", "env_list_all", "env_info", "env_reset", "env_step", "env_render", "env_close"),
    *("env_action_space_info", "env_action_space_sample", "env_action_space_contains"),
    *("env_observation_space_info", "env_observation_space_contains", "env_monitor_start", "env_monitor_close"),
    *("registry_list", "upload", "scoreboard_list", "health", "openapi", "shutdown"),
]

FACTS = {
    "client": "gym-http-client",
    "language": f"Python {platform.python_version()}",
    "encodings": ["json", "msgpack"] if MSGPACK else ["json"],
    "faces": FACES,
}


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


class Unsupported(Exception):
    """The face has no such operation."""


class FlatFace:
    """The operations as methods of a `Client`."""

    def __init__(self, base: str, **options: Any) -> None:
        self._client = Client(base, **options)

    def call(self, op: str, args: dict[str, Any]) -> Any:
        if op not in OPERATIONS:
            raise Unsupported
        return BODIES[op](self._client, **args) if op in BODIES else getattr(self._client, op)(**args)

    def close(self) -> None:
        self._client.close()


class TypedFace:
    """A `RemoteEnv` for each instance."""

    def __init__(self, base: str, **options: Any) -> None:
        self._base, self._options = base, options
        self._envs: dict[str, RemoteEnv] = {}

    def call(self, op: str, args: dict[str, Any]) -> Any:
        if op == "env_create":
            env = RemoteEnv(self._base, **args, **self._options)
            self._envs[env.instance_id] = env
            return {"instance_id": env.instance_id}
        if op not in ("env_reset", "env_step", "env_close"):
            raise Unsupported
        result: Any = getattr(self._envs[args.pop("instance_id")], op.removeprefix("env_"))(**args)
        names = {2: ("observation", "info"), 5: ("observation", "reward", "terminated", "truncated", "info")}
        return dict(zip(names[len(result)], result, strict=True)) if result else {}

    def close(self) -> None:
        for env in self._envs.values():
            env.close()


def written(value: Any) -> Any:
    """The value in the protocol's form: arrays as nested lists, and an object for each number that JSON has not."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, dict):
        return {key: written(part) for key, part in value.items()}
    if hasattr(value, "_asdict"):
        return {key: written(part) for key, part in value._asdict().items() if part is not None}
    if isinstance(value, (list, tuple)):
        return [written(part) for part in value]
    if isinstance(value, float) and not math.isfinite(value):
        return {"$number": "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"}
    return value


def reply_to(face: FlatFace | TypedFace, op: str, args: dict[str, Any]) -> dict[str, Any]:
    try:
        value = face.call(op, args)
        return {"ok": True, "value": {} if value is None else written(value)}
    except Unsupported:
        return {"ok": False, "error": {"kind": "unsupported", "message": f"{op}: no such operation here"}}
    except ServerError as error:
        code = {"code": error.code} if error.code else {}
        facts = {"kind": error.kind, "message": error.message, "status": error.status_code, **code}
        return {"ok": False, "error": facts}
    except GymHttpError as error:
        return {"ok": False, "error": {"kind": error.kind, "message": error.message}}


def main() -> None:
    face: FlatFace | TypedFace = FlatFace("http://127.0.0.1:5000")
    for line in sys.stdin:
        request = json.loads(line)
        args = request.get("args", {})
        if request["op"] == "connect":
            face.close()
            face = TypedFace(**args) if args.pop("face", "flat") == "typed" else FlatFace(**args)
            reply = {"ok": True, "value": {**FACTS, "operations": OPERATIONS}}
        else:
            reply = reply_to(face, request["op"], args)
        print(json.dumps({"id": request["id"], **reply}, allow_nan=False), flush=True)


if __name__ == "__main__":
    main()
