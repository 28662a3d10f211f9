"""Servers that are strange rather than wrong, each made of the reference server by what the proxy rewrites."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from mutation import patched_message, walk

from gym_http_conformance import spec, wire
from gym_http_conformance.conversation import Rewrites
from gym_http_conformance.exchange import Reply, Request, document

CONTRACT = spec.load()
NEW_KEYS = {"terminated", "truncated", "code", "documentation_url", "envs", "start", "dtype", "steps"}
NEW_OPERATIONS = {"health", "openapi", "registry_list", "scoreboard_list", "env_info"}


class Server2016(Rewrites):
    """The reference server without what came later: 204 for nothing to say, no new keys, no exactly-once."""

    def to_server(self, request: Request) -> Request:
        later = {"idempotency-key", "accept-encoding"}
        headers = [(name, value) for name, value in request.headers if name.lower() not in later]
        return Request(request.method, request.target, headers, request.body)

    def from_server(self, request: Request, reply: Reply) -> Reply:
        operation = CONTRACT.route(request.method, request.target)
        if operation is not None and operation.id in NEW_OPERATIONS:
            page = b"<h1>Not Found</h1>"
            return Reply(404, [("Content-Type", "text/html"), ("Content-Length", str(len(page)))], page)
        if reply.body == b"{}":
            return Reply(204, [])
        if wire.media_type(reply.header("content-type")) != "application/json":
            return reply
        body = document(reply.headers, reply.body)
        for part in [body, body.get("info", {})]:
            for key in NEW_KEYS & set(part):
                del part[key]
        if request.target.rstrip("/").endswith("/reset"):
            body.pop("info", None)
        encoded = wire.dumps(body).encode()
        return Reply(
            reply.status, [("Content-Type", "application/json"), ("Content-Length", str(len(encoded)))], encoded
        )


class Renamed(Rewrites):
    """Calls every instance by another name: a number, or a text with a space in it."""

    def __init__(self, rename: Callable[[int], Any]) -> None:
        self.rename = rename
        self.names: dict[str, Any] = {}

    def to_server(self, request: Request) -> Request:
        ids = {str(name): id_ for id_, name in self.names.items()}
        parts = [ids.get(unquote(part), part) for part in request.target.split("/")]
        return Request(request.method, "/".join(parts), request.headers, request.body)

    def from_server(self, request: Request, reply: Reply) -> Reply:  # noqa: ARG002
        headers, body = patched_message({"apply": lambda value: walk(self._renamed, value)}, reply.headers, reply.body)
        return Reply(reply.status, headers, body)

    def _renamed(self, value: Any) -> Any:
        if isinstance(value, dict) and set(value) == {"instance_id"}:
            name = self.names.setdefault(value["instance_id"], self.rename(len(self.names)))
            return {"instance_id": name}
        if isinstance(value, dict):
            return {str(self.names.get(key, key)): inner for key, inner in value.items()}
        if isinstance(value, str):
            return re.sub("[0-9a-f]{8}", lambda hit: str(self.names.get(hit[0], hit[0])), value)
        return value


class Compressed(Rewrites):
    """Compresses every reply, whether or not anybody asked."""

    def from_server(self, request: Request, reply: Reply) -> Reply:  # noqa: ARG002
        body = gzip.compress(reply.body)
        kept = [(name, value) for name, value in reply.headers if name.lower() != "content-length"]
        return Reply(reply.status, [*kept, ("Content-Encoding", "gzip"), ("Content-Length", str(len(body)))], body)
