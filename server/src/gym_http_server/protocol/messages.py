"""Request and reply as they cross the rooms: plain data, so that an instance may live in another process."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from .encoding import to_json, to_msgpack
from .errors import ApiError
from .negotiation import JSON, MSGPACK, asks_for_documents, wants_msgpack


class Request(NamedTuple):
    """One operation asked for."""

    operation: str
    arguments: Mapping[str, str]  # from the path and the query
    body: bytes = b""
    from_json: bool = True  # the body; else from MessagePack
    accept: str = ""
    key: str | None = None  # Idempotency-Key
    may_be_form: bool = False  # whether a body `a=b` means an object of strings


class Reply(NamedTuple):
    status: int
    content_type: str
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()


class Raw(NamedTuple):
    """A result that is not a document: a picture, the contract."""

    content_type: str
    body: bytes


class Status(NamedTuple):
    """What is known of an instance without asking its environment; times in seconds since the epoch.

    `env_id` is the id that was asked for, also where it is a retired one.
    `last_return` is the undiscounted return of the episode that ended last (in a vector env: of one that did), None
    before the first has; `busy_since` says since when an operation runs, None when none does; `monitor` is the
    directory that is recorded into.
    """

    env_id: str
    num_envs: int
    pid: int
    created: float
    last_used: float
    busy_since: float | None
    steps: int
    episodes: int
    last_return: float | None
    monitor: str | None
    closed: bool


Result = Mapping[str, Any] | Raw

# As the API of 2016 said that there is nothing to tell: one old client wants the body empty, another the charset.
_NOTHING = Reply(204, "text/html; charset=utf-8", b"")


def result_reply(result: Result, accept: str) -> Reply:
    """What an operation gave as a reply, in the encoding that the client asks for."""
    if not result and not asks_for_documents(accept):
        return _NOTHING
    return Reply(200, *_encode(result, accept))


def error_reply(error: ApiError, accept: str) -> Reply:
    """The error as a reply, in the encoding that the client asks for."""
    return Reply(error.status, *_encode(error.document(), accept), error.headers)


def _encode(result: Result, accept: str) -> tuple[str, bytes]:
    if isinstance(result, Raw):
        return result.content_type, result.body
    if wants_msgpack(accept):
        return MSGPACK, to_msgpack(result)
    return JSON, to_json(result)
