"""Mutants: a server or client broken by a small declarative patch of what it sends, understands or answers."""

from __future__ import annotations

import contextlib
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from gym_http_conformance import wire
from gym_http_conformance.conversation import Rewrites
from gym_http_conformance.exchange import Headers, Reply, Request, document
from gym_http_conformance.matchers import mismatches
from gym_http_conformance.spec import Spec

Patch = dict[str, Any]


@dataclass
class Mutant(Rewrites):
    """One broken target; see the head of mutants.yaml for what its patches can say."""

    name: str
    target: str
    caught_by: str
    spec: Spec
    token: str
    on: list[str] = field(default_factory=list)
    when: Patch = field(default_factory=dict)
    connect: Patch = field(default_factory=dict)
    request: Patch = field(default_factory=dict)
    received: Patch = field(default_factory=dict)
    reply: Patch = field(default_factory=dict)
    answer: Patch = field(default_factory=dict)
    python: str = ""

    def from_client(self, request: Request) -> Request:
        return self._changed(request) if self.target == "client" and self._concerns(request) else request

    def to_server(self, request: Request) -> Request:
        return self._changed(request) if self.target == "server" and self._concerns(request) else request

    def from_server(self, request: Request, reply: Reply) -> Reply:
        return self._replied(self.reply, request, reply)

    def to_client(self, request: Request, reply: Reply) -> Reply:
        return self._replied(self.received, request, reply)

    def _replied(self, patch: Patch, request: Request, reply: Reply) -> Reply:
        if not patch or not self._concerns(request) or reply.status != self.when.get("status", reply.status):
            return reply
        headers, body = patched_message(patch, reply.headers, reply.body)
        return Reply(patch.get("status", reply.status), headers, body)

    def answered(self, operation_id: str, answer: dict[str, Any]) -> dict[str, Any]:
        """What a broken client would have given its caller."""
        if not self.answer or (self.on and operation_id not in self.on):
            return answer
        if list(mismatches(self.when.get("answer", {"$any": True}), answer)):
            return answer
        if "instead" in self.answer:
            return {**self.answer["instead"], "id": answer["id"]}
        changed: dict[str, Any] = patched(self.answer, answer)
        return changed

    def _concerns(self, request: Request) -> bool:
        operation = self.spec.route(request.method, request.target)
        if self.on and (operation is None or operation.id not in self.on):
            return False
        if "path" in self.when and not re.search(self.when["path"], request.target):
            return False
        if "body" in self.when:
            return (
                bool(request.body)
                and request.whole
                and not list(mismatches(self.when["body"], document(request.headers, request.body)))
            )
        return True

    def _changed(self, request: Request) -> Request:
        patch = dict(self.request)
        if patch.pop("halves_are_whole", False) and not request.whole:
            headers = [(k, str(len(request.body)) if k.lower() == "content-length" else v) for k, v in request.headers]
            return Request(request.method, request.target, headers, request.body)
        if not patch or not request.whole:
            return request
        if patch.pop("with_token", False):
            patch["headers"] = {"Authorization": f"Bearer {self.token}"}
        if patch.pop("lower_key", False):
            key = request.header("idempotency-key")
            patch["headers"] = {} if key is None else {"Idempotency-Key": key.lower()}
        if patch.pop("leak_body", False):
            kept = [(name, value) for name, value in request.headers if name.lower() != "content-length"]
            return Request(request.method, request.target, kept, b"", leaked=request.body)
        headers, body = patched_message(patch, request.headers, request.body)
        pattern, replacement = patch.get("path", ("", ""))
        target = re.sub(pattern, replacement, request.target)
        return Request(patch.get("method", request.method), target, headers, body)


ABSENT = object()


class Frozen(Rewrites):
    """A server that tells one fact, at the dotted `path` of an operation's replies, always as it told it first.

    `[]` in a path is every item of a list; an empty path is the whole body, of whatever type.
    """

    def __init__(self, spec: Spec, operation: str, path: str) -> None:
        self.spec, self.operation, self.path = spec, operation, path
        self._first: Any = None

    def from_server(self, request: Request, reply: Reply) -> Reply:
        operation = self.spec.route(request.method, request.target)
        if operation is None or operation.id != self.operation or reply.status != 200:
            return reply
        if not self.path:
            self._first = self._first or reply
            return Reply(reply.status, self._first.headers, self._first.body)
        headers, body = patched_message({"apply": self._frozen}, reply.headers, reply.body)
        return Reply(reply.status, headers, body)

    def _frozen(self, document: Any) -> Any:
        self._freeze(document, self.path.split("."))
        return document

    def _freeze(self, place: Any, path: list[str]) -> None:
        key, *deeper = path
        if key == "[]":
            for item in place if isinstance(place, list) else []:
                self._freeze(item, deeper)
        elif deeper:
            self._freeze(place.get(key) if isinstance(place, dict) else None, deeper)
        elif isinstance(place, dict):
            if self._first is None:
                self._first = (place.get(key, ABSENT),)
            place.pop(key, None)
            if self._first[0] is not ABSENT:
                place[key] = self._first[0]


def patched_message(patch: Patch, headers: Headers, body: bytes) -> tuple[Headers, bytes]:
    """Headers and body after `patch`; a body is decoded, changed and encoded again as it was."""
    content_type = next((value for name, value in headers if name.lower() == "content-type"), "")
    if "text" in patch:
        for pattern, replacement in patch["text"].items():
            body = re.sub(pattern, replacement, body.decode()).encode()
    elif body and set(patch) & set(CHANGES):
        encoding = "msgpack" if wire.media_type(content_type) in wire.MSGPACK_TYPES else "json"
        with contextlib.suppress(ValueError):  # what is no document stays as it is
            body = wire.encode(patched(patch, document(headers, body)), encoding)[1]
    if "body" in patch:
        body = patch["body"].encode()
    changed = {"Content-Length": str(len(body)), **patch.get("headers", {})}
    if patch.get("fresh_key"):
        changed["Idempotency-Key"] = uuid.uuid4().hex
    if not body and not any(name.lower() == "content-length" for name, _ in headers):
        del changed["Content-Length"]
    lowered = {name.lower() for name in changed}
    kept = [(name, value) for name, value in headers if name.lower() not in {*lowered, "transfer-encoding"}]
    return kept + [(name, value) for name, value in changed.items() if value is not None], body


def patched(patch: Patch, value: Any) -> Any:
    """`value` after every change that `patch` names."""
    for name, argument in patch.items():
        if name in CHANGES:
            value = CHANGES[name](value, argument)
    return value


def walk(change: Callable[[Any], Any], value: Any) -> Any:
    if isinstance(value, dict):
        value = {key: walk(change, inner) for key, inner in value.items()}
    elif isinstance(value, list):
        value = [walk(change, inner) for inner in value]
    return change(value)


def _everywhere(change: Callable[[Any], Any]) -> Callable[[Any, Any], Any]:
    """A change of every value in a document."""
    return lambda value, _: walk(change, value)


def _at(change: Callable[[dict[str, Any], str, Any], None]) -> Callable[[Any, Any], Any]:
    """A change of the keys at dotted paths: a path, a list of them, or a mapping from path to argument."""

    def walk(value: Any, argument: Any) -> Any:
        paths = (
            argument
            if isinstance(argument, dict)
            else dict.fromkeys([argument] if isinstance(argument, str) else argument)
        )
        for path, detail in paths.items():
            *parents, last = path.split(".")
            place = value
            for parent in parents:
                place = place.get(parent, {}) if isinstance(place, dict) else {}
            if isinstance(place, dict):
                change(place, last, detail)
        return value

    return walk


def _round(place: dict[str, Any], key: str, digits: int) -> None:
    found = place.get(key)
    if isinstance(found, list):
        place[key] = [{inner: _rounded(value, digits) for inner, value in item.items()} for item in found]
    elif key in place:
        place[key] = _rounded(found, digits)


def _rounded(value: Any, digits: int) -> Any:
    return round(value, digits) if isinstance(value, float) else value


def _copy(place: dict[str, Any], key: str, source: str) -> None:
    place[key] = place.get(source)


def _only_if_there(change: Callable[[Any], Any]) -> Callable[[dict[str, Any], str, Any], None]:
    def apply(place: dict[str, Any], key: str, _argument: Any) -> None:
        if key in place:
            place[key] = change(place[key])

    return apply


def _float(digits: int) -> Callable[[Any], Any]:
    return lambda value: float(f"{value:.{digits}g}") if isinstance(value, float) else value


CHANGES: dict[str, Callable[[Any, Any], Any]] = {
    "apply": lambda value, change: change(value),
    "delete": _at(lambda place, key, _: place.pop(key, None)),
    "set": _at(lambda place, key, value: place.__setitem__(key, value)),
    "unique": _at(lambda place, key, _: place.__setitem__(key, uuid.uuid4().int % 10**6)),
    "copy": _at(_copy),
    "stringify": _at(_only_if_there(str)),
    "truncate_to_int": _at(_only_if_there(int)),
    "first": _at(_only_if_there(lambda value: value[0])),
    "reverse": _at(_only_if_there(lambda value: value[::-1])),
    "round": _at(_round),
    "only_newest": _at(_only_if_there(lambda value: dict(list(value.items())[-1:]))),
    "lower_keys": lambda value, _: {key.lower(): item for key, item in value.items()},
    "digits": lambda value, digits: walk(_float(digits), value),
    "empty_objects_as_lists": _everywhere(lambda value: [] if value == {} else value),
    "empty_lists_as_objects": _everywhere(lambda value: {} if value == [] else value),
    "lose_last": _everywhere(lambda value: value[:-1] if isinstance(value, list) else value),
    "lose_null": _everywhere(lambda value: [v for v in value if v is not None] if isinstance(value, list) else value),
    "bools_as_numbers": _everywhere(lambda value: int(value) if isinstance(value, bool) else value),
    "zeros_without_sign": _everywhere(lambda value: 0.0 if value == 0.0 and isinstance(value, float) else value),
    "ascii": _everywhere(lambda value: value.encode("ascii", "replace").decode() if isinstance(value, str) else value),
    "infinities_as_json": lambda value, _: wire.without_infinities(value),
    "arrays_as_lists": lambda value, _: wire.plain(value),
}
