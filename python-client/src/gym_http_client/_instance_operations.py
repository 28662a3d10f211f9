"""The operations that environments share with the flat API: their routes, and what is read from their replies."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from ._encoding import ARRAY_TYPES, Encoding, named_encoding, to_wire
from ._session import Limits, Read, Session, Started, T
from .errors import ServerError

_ABSENT = object()
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


class Unset(Enum):
    """Stands for an argument that was not given, where None has a meaning of its own."""

    UNSET = "not given"


UNSET = Unset.UNSET


@lru_cache(maxsize=4096)
def route(instance_id: str, rest: str = "") -> str:
    """The path of an instance's operation below ``/v1``."""
    return f"/envs/{quote(instance_id, safe='')}/{rest}"


def field(document: dict[str, Any], name: str, kind: type | tuple[type, ...]) -> Any:
    """`document[name]`, if it is there and of that type; else a ValueError."""
    value = document.get(name, _ABSENT)
    if value is not _ABSENT and isinstance(value, kind):
        return value
    found = "nothing" if value is _ABSENT else f"a {type(value).__name__}"
    wanted = " or ".join(each.__name__ for each in (kind if isinstance(kind, tuple) else (kind,)))
    raise ValueError(f"{found} for {name!r} where a {wanted} belongs")


def reader(name: str, kind: type | tuple[type, ...]) -> Callable[[dict[str, Any]], Any]:
    """Reads one field, which is all that the operation's result is."""
    return lambda document: field(document, name, kind)


def create(
    session: Session, encoding: Encoding, env_id: str, render_mode: str | Unset | None, options: Mapping[str, Any]
) -> str:
    """env_create; what is None among the options was not given."""
    given = {name: to_wire(value) for name, value in options.items() if value is not None}
    document = {"env_id": env_id, **given, **({} if render_mode is UNSET else {"render_mode": render_mode})}
    instance_id: str = session.post("/envs/", document, reader("instance_id", str), encoding)
    return instance_id


def frame(session: Session, instance_id: str) -> Any:
    """env_render as MessagePack: what the environment's own `render` gives."""
    read = reader("frame", (*ARRAY_TYPES, str, list))
    return session.get(route(instance_id, "render/"), read, named_encoding("msgpack"))


def get_attr(session: Session, encoding: Encoding, instance_id: str, name: str, call: bool = False) -> Any:
    """env_get_attr; numbers, strings, None, arrays, and lists and dicts of these."""
    document = {"name": name, **({"call": True} if call else {})}
    return session.post(route(instance_id, "get_attr/"), document, _attribute, encoding)


def _attribute(document: dict[str, Any]) -> Any:
    value = field(document, "value", object)
    return _with_integer_keys(value) if document.get("integer_keys") is True else value


def _with_integer_keys(value: Any) -> Any:
    if isinstance(value, dict):
        return {int(key): _with_integer_keys(part) for key, part in value.items()}
    return [_with_integer_keys(part) for part in value] if isinstance(value, list) else value


def end(session: Session, encoding: Encoding, instance_id: str, limits: Limits | None = None) -> None:
    """env_close; an instance that another client closed, or that idled too long, is as it should be."""
    try:
        session.post(route(instance_id, "close/"), {}, dict, encoding, limits)
    except ServerError as error:
        if error.code not in ("unknown_instance", "instance_gone"):
            raise


def reset(
    session: Session,
    encoding: Encoding,
    instance_id: str,
    seed: Any,
    options: dict[str, Any] | None,
    read: Read[T],
) -> T:
    """env_reset; `read` gets observation and info."""
    return session.post_encoded(*_reset(encoding, instance_id, seed, options, read))


def begin_reset(session: Session, encoding: Encoding, instance_id: str, seed: Any, read: Read[T]) -> Started[T]:
    """`reset` whose reply is read later."""
    return session.begin(*_reset(encoding, instance_id, seed, None, read))


def _reset(
    encoding: Encoding, instance_id: str, seed: Any, options: dict[str, Any] | None, read: Read[T]
) -> tuple[str, bytes, Encoding, Read[T]]:
    given = {"seed": seed, "options": options}
    sent = {name: to_wire(value) for name, value in given.items() if value is not None}

    def read_checked(document: dict[str, Any]) -> T:
        _check(document, _RESET_FIELDS)
        return read(document)

    return route(instance_id, "reset/"), encoding.dumps(sent), encoding, read_checked


def step(session: Session, encoding: Encoding, instance_id: str, action: Any, read: Read[T], render: bool = False) -> T:
    """env_step; `read` gets observation, reward (floats, null for JSON's NaN), done, terminated, truncated, info."""
    return session.post_encoded(*_step(encoding, instance_id, action, read, render))


def begin_step(session: Session, encoding: Encoding, instance_id: str, action: Any, read: Read[T]) -> Started[T]:
    """`step` whose reply is read later."""
    return session.begin(*_step(encoding, instance_id, action, read))


def _step(
    encoding: Encoding, instance_id: str, action: Any, read: Read[T], render: bool = False
) -> tuple[str, bytes, Encoding, Read[T]]:
    if type(action) is int and not render:
        body = _encoded(encoding.name, action)
    else:
        sent = {"action": to_wire(action)}
        if render:
            sent["render"] = True
        body = encoding.dumps(sent)

    def read_checked(document: dict[str, Any]) -> T:
        _check(document, _STEP_FIELDS)
        if type(document["reward"]) is not float:
            document["reward"] = _floats(document["reward"])
        return read(document)

    return route(instance_id, "step/"), body, encoding, read_checked


@lru_cache(maxsize=1024)  # a Discrete has few actions, and encoding one takes a tenth of what a step costs the client
def _encoded(encoding: str, action: int) -> bytes:
    return named_encoding(encoding).dumps({"action": action})


def _check(document: dict[str, Any], fields: _Fields) -> None:
    for name, kind in fields.items():
        if name not in document or not isinstance(document[name], kind):
            field(document, name, kind)


def _floats(reward: Any) -> Any:
    """The reward where it is no float: of a vector env, an integer, or the null that JSON has for NaN."""
    try:
        if isinstance(reward, list):
            return [each if each is None else float(each) for each in reward]
        return reward if reward is None or isinstance(reward, ARRAY_TYPES) else float(reward)
    except (TypeError, ValueError):
        raise ValueError(f"a reward that is not of numbers: {reward!r:.80}") from None
