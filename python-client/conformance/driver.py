"""The driver by which the conformance suite calls this client; conformance/PROTOCOL.md says what goes in and out."""

from __future__ import annotations

import base64
import json
import math
import platform
import sys
from collections.abc import Callable
from typing import Any

from gym_http_client import Client, GymHttpError, ServerError, SpaceInfo, StepResult
from gym_http_client._encoding import MSGPACK

try:
    from gym_http_client import RemoteEnv
except ImportError:
    FACES = ["flat"]
else:
    FACES = ["flat", "typed"]

OPERATIONS = [
    *("env_create", "env_list_all", "env_info", "env_reset", "env_step", "env_render", "env_get_attr", "env_close"),
    *("env_action_space_info", "env_action_space_sample", "env_action_space_contains"),
    *("env_observation_space_info", "env_observation_space_contains", "env_monitor_start", "env_monitor_close"),
    *("registry_list", "upload", "scoreboard_list", "health", "openapi", "shutdown"),
]
RESET = ("observation", "info")
STEP = ("observation", "reward", "terminated", "truncated", "info")

FACTS = {
    "client": "gym-http-client",
    "language": f"Python {platform.python_version()}",
    "encodings": ["json", "msgpack"] if MSGPACK else ["json"],
    "faces": FACES,
}


def png(data: bytes) -> dict[str, Any]:
    return {"content_type": "image/png", "bytes": len(data), "base64": base64.b64encode(data).decode()}


def space(info: SpaceInfo) -> dict[str, Any]:
    return {"info": info} if info.single is None else {"info": info, "single": info.single}


def step(result: StepResult) -> dict[str, Any]:
    document = dict(zip(("observation", "reward", "done", "info"), result, strict=True))
    return {**document, "terminated": result.terminated, "truncated": result.truncated}


# how a result becomes the shape of the HTTP body, where the method returns another
SHAPES: dict[str, Callable[[Any], Any]] = {
    "env_create": lambda instance_id: {"instance_id": instance_id},
    "env_list_all": lambda envs: {"envs": envs, "all_envs": envs},
    "env_reset": lambda pair: dict(zip(RESET, pair, strict=True)),
    "env_step": step,
    "env_render": png,
    "env_get_attr": lambda value: {"value": value},
    "env_action_space_info": space,
    "env_action_space_sample": lambda action: {"action": action},
    "env_action_space_contains": lambda member: {"member": member},
    "env_observation_space_info": space,
    "env_observation_space_contains": lambda member: {"member": member},
    "registry_list": lambda envs: {"envs": envs},
    "scoreboard_list": lambda evaluations: {"evaluations": evaluations},
    "openapi": lambda text: {"content_type": "application/yaml", "text": text},
}
RENAMED = {"env_action_space_contains": {"value": "x"}, "env_observation_space_contains": {"facts": "params"}}
ADDED = {"env_reset": {"return_info": True}}

Shaped = tuple[Callable[[], Any], Callable[[Any], Any]]  # a call, and how its result becomes the shape of the HTTP body


class Unsupported(Exception):
    """The face has no such operation."""


class FlatFace:
    """The operations as methods of a `Client`."""

    def __init__(self, base: str, **options: Any) -> None:
        self._client = Client(base, **options)

    def call(self, op: str, args: dict[str, Any]) -> Shaped:
        if op not in OPERATIONS:
            raise Unsupported
        names = RENAMED.get(op, {})
        arguments = {**{names.get(name, name): value for name, value in args.items()}, **ADDED.get(op, {})}
        return lambda: getattr(self._client, op)(**arguments), SHAPES.get(op, lambda result: result)

    def close(self) -> None:
        self._client.close()


class TypedFace:
    """A `RemoteEnv` for each instance."""

    def __init__(self, base: str, **options: Any) -> None:
        self._base, self._options = base, options
        self._envs: dict[str, RemoteEnv] = {}

    def call(self, op: str, args: dict[str, Any]) -> Shaped:
        if op == "env_create":
            return lambda: RemoteEnv(self._base, **args, **self._options), self._keep
        if op not in ("env_reset", "env_step", "env_close"):
            raise Unsupported
        names = {"env_reset": RESET, "env_step": STEP, "env_close": ()}[op]
        env = self._envs[args.pop("instance_id")]
        method = getattr(env, op.removeprefix("env_"))
        return lambda: method(**args), lambda result: dict(zip(names, result or (), strict=True))

    def _keep(self, made: RemoteEnv | str) -> dict[str, Any]:
        env = RemoteEnv.attach(self._base, made, **self._options) if isinstance(made, str) else made
        self._envs[env.instance_id] = env
        return {"instance_id": env.instance_id}

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


def outcome(call: Callable[[], Any], shape: Callable[[Any], Any]) -> tuple[dict[str, Any], GymHttpError | None]:
    """The reply's part that says how a call went, and the error where it failed."""
    try:
        value = shape(call())
        return {"ok": True, "value": {} if value is None else written(value)}, None
    except ServerError as error:
        code = {"code": error.code} if error.code else {}
        facts = {"kind": error.kind, "message": error.message, "status": error.status_code, **code}
        return {"ok": False, "error": facts}, error
    except GymHttpError as error:
        return {"ok": False, "error": {"kind": error.kind, "message": error.message}}, error


def main() -> None:
    face: FlatFace | TypedFace = FlatFace("http://127.0.0.1:5000")
    failed: Shaped | None = None  # the call that failed last, as its error repeats it
    for line in sys.stdin:
        request = json.loads(line)
        op, args = request["op"], request.get("args", {})
        if op == "connect":
            face.close()
            face = TypedFace(**args) if args.pop("face", "flat") == "typed" else FlatFace(**args)
            reply = {"ok": True, "value": {**FACTS, "operations": [*OPERATIONS, "retry"]}}
        else:
            try:
                call, shape = failed if op == "retry" and failed else face.call(op, args)
                reply, error = outcome(call, shape)
                failed = (error.retry, shape) if error else failed
            except Unsupported:
                reply = {"ok": False, "error": {"kind": "unsupported", "message": f"{op}: no such operation here"}}
        print(json.dumps({"id": request["id"], **reply}, allow_nan=False), flush=True)


if __name__ == "__main__":
    main()
