"""The two calls that an episode is made of, with their replies checked; for the flat API and the environments alike."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from ._calls import Calls, field
from ._encoding import ARRAY_TYPES, find_encoding, json_float, to_wire
from .errors import DecodeError

_NUMBERS: tuple[type, ...] = (float, int, type(None), list, *ARRAY_TYPES)
_FLAGS = (bool, list, *ARRAY_TYPES)
_Fields = Mapping[str, type | tuple[type, ...]]
_RESET_FIELDS: _Fields = {"observation": object, "info": dict}
_STEP_FIELDS: _Fields = {
    "observation": object,
    "reward": _NUMBERS,
    "done": _FLAGS,
    "terminated": _FLAGS,
    "truncated": _FLAGS,
    "info": dict,
}


@lru_cache(maxsize=4096)
def route(instance_id: str, rest: str = "") -> str:
    """The path of an instance's operation below ``/v1``."""
    return f"/envs/{quote(instance_id, safe='')}/{rest}"


def reset(calls: Calls, instance_id: str, seed: Any, options: dict[str, Any] | None) -> dict[str, Any]:
    """The reply to env_reset: observation, info."""
    path = route(instance_id, "reset/")
    given = {"seed": seed, "options": options}
    sent = {name: to_wire(value) for name, value in given.items() if value is not None}
    return _checked(calls.post(path, sent), _RESET_FIELDS, calls, path)


def step(calls: Calls, instance_id: str, action: Any, render: bool = False) -> dict[str, Any]:
    """The reply to env_step: observation, reward, done, terminated, truncated, info."""
    path = route(instance_id, "step/")
    if type(action) is int and not render:
        body = _encoded(calls.encoding.name, action)
    else:
        sent = {"action": to_wire(action)}
        if render:
            sent["render"] = True
        body = calls.encoding.dumps(sent)
    document = _checked(calls.post_encoded(path, body), _STEP_FIELDS, calls, path)
    if calls.encoding.name == "json":
        reward = document["reward"]
        try:
            document["reward"] = list(map(json_float, reward)) if isinstance(reward, list) else json_float(reward)
        except TypeError:
            url = f"{calls.base}/v1{path}"
            raise DecodeError(f"{url} replied a reward that is not of numbers: {reward!r:.80}", url) from None
    return document


@lru_cache(maxsize=1024)  # a Discrete has few actions, and encoding one takes a tenth of what a step costs the client
def _encoded(encoding: str, action: int) -> bytes:
    return find_encoding(encoding).dumps({"action": action})


def _checked(document: dict[str, Any], fields: _Fields, calls: Calls, path: str) -> dict[str, Any]:
    for name, kind in fields.items():
        if name not in document or not isinstance(document[name], kind):
            field(document, name, kind, f"{calls.base}/v1{path}")
    return document
