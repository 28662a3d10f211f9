"""The `request` of a step: an HTTP request that a case writes out."""

from __future__ import annotations

import base64
from typing import Any

from gym_http_conformance import wire
from gym_http_conformance.cases import arguments
from gym_http_conformance.exchange import Request
from gym_http_conformance.spec import Spec


def written_request(described: dict[str, Any], spec: Spec, host: str, token: str | None) -> Request:
    """The request to `host`; the headers that are written change the usual ones, and null takes one away."""
    headers = {"Host": host, "Accept": "application/json"}
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    method, target = described.get("method", ""), described.get("path", "")
    if "operation" in described:
        operation = spec.operations[described["operation"]]
        method = operation.method
        target, rest = operation.target(arguments(described.get("args"), operation))
        described = {**described, "json": rest} if method == "POST" else described
    content_type, body = _body(described)
    if content_type is not None:
        headers["Content-Type"] = content_type
    if body or method == "POST":
        headers["Content-Length"] = str(len(body))
    for name, value in described.get("headers", {}).items():
        headers.pop(name, None)
        if value is not None:
            headers[name] = value
    return Request(method, target, list(headers.items()), body)


def _body(described: dict[str, Any]) -> tuple[str | None, bytes]:
    """Content type, where it is known, and bytes of what is written as `body`, `base64`, `json` or `msgpack`."""
    if "body" in described:
        return None, described["body"].encode()
    if "base64" in described:
        return None, base64.b64decode(described["base64"])
    for encoding in ("json", "msgpack"):
        if encoding in described:
            return wire.encode(described[encoding], encoding)
    return None, b""
