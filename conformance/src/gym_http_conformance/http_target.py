"""The suite's own client: raw HTTP over one kept connection. It is the target of `server`, and sets cases up."""

from __future__ import annotations

import base64
import http.client
import urllib.parse
import uuid
from typing import Any

from gym_http_conformance import wire
from gym_http_conformance.exchange import Reply, Request
from gym_http_conformance.spec import Spec
from gym_http_conformance.target import Connection, TargetError

ATTEMPTS = 20


class HttpTarget:
    """Calls operations of `spec` at `base` in one encoding, and sends requests as written."""

    name = "HTTP"

    def __init__(self, spec: Spec) -> None:
        self.spec = spec
        self.operations = set(spec.operations)
        self.encodings = {"json", "msgpack"}
        self.faces = {"flat"}
        self.integers = 64
        self._connection: http.client.HTTPConnection | None = None

    def connect(self, connection: Connection) -> None:
        self.close()
        address = urllib.parse.urlsplit(connection.base)
        self.encoding, self.token = connection.encoding or "json", connection.token
        self.address = address.netloc
        timeout = connection.timeout
        self._connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=timeout)

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()

    def call(self, operation_id: str, args: dict[str, Any]) -> Any:
        """The reply's value as the driver protocol has it; raises `TargetError`."""
        request = self.request_for(operation_id, args)
        for attempt in range(ATTEMPTS):
            try:
                return self._value(operation_id, self.send(request))
            except TimeoutError as error:
                self.close()
                raise TargetError({"kind": "timeout", "message": str(error)}) from error
            except (OSError, http.client.HTTPException) as error:
                self.close()
                if attempt == ATTEMPTS - 1:
                    raise TargetError({"kind": "transport", "message": f"{type(error).__name__}: {error}"}) from error
        raise AssertionError

    def request_for(self, operation_id: str, args: dict[str, Any]) -> Request:
        operation = self.spec.operations[operation_id]
        target, rest = operation.target(args)
        if "facts" in rest:
            rest = rest["facts"]
        headers = [("Host", self.address), ("Accept", self._accept(operation_id))]
        if self.token is not None:
            headers.append(("Authorization", f"Bearer {self.token}"))
        if operation.method != "POST":
            return Request(operation.method, target, headers)
        content_type, body = wire.encode(rest, self.encoding)
        headers += [("Content-Type", content_type), ("Idempotency-Key", str(uuid.uuid4()))]
        return Request(operation.method, target, [*headers, ("Content-Length", str(len(body)))], body)

    def _accept(self, operation_id: str) -> str:
        if operation_id == "env_render":
            return "image/png"
        return wire.MSGPACK if self.encoding == "msgpack" else "application/json"

    def send(self, request: Request) -> Reply:
        """The reply to `request` exactly as it is written: no header is added."""
        assert self._connection is not None
        self._connection.putrequest(request.method, request.target, skip_host=True, skip_accept_encoding=True)
        for key, value in request.headers:
            self._connection.putheader(key, value)
        self._connection.endheaders(request.body or None)
        response = self._connection.getresponse()
        return Reply(response.status, response.getheaders(), response.read())

    def _value(self, operation_id: str, reply: Reply) -> Any:
        content_type = reply.header("content-type")
        media = wire.media_type(content_type)
        if reply.status == 204:  # the API of 2016
            return {}
        if reply.status == 200 and media == "image/png":
            return {"content_type": media, "bytes": len(reply.body), "base64": base64.b64encode(reply.body).decode()}
        try:
            if (encoding := reply.header("content-encoding") or "identity").lower() != "identity":
                raise ValueError(f"came with Content-Encoding {encoding}, which nobody asked for")
            if reply.status == 200 and operation_id == "openapi":
                return {"content_type": media, "text": reply.body.decode()}
            value = wire.understood(content_type, reply.body)
        except ValueError as error:
            raise TargetError({"kind": "decode", "status": reply.status, "message": str(error)}) from error
        if reply.status != 200:
            found = value if isinstance(value, dict) else {}
            told = {key: found[key] for key in ("code", "message") if key in found}
            raise TargetError({"kind": "api", "status": reply.status, **told})
        return value
