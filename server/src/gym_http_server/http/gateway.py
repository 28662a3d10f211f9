"""What may be done with a request, by its head alone; and what its reply looks like on the wire."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from typing import NamedTuple, Protocol
from urllib.parse import parse_qsl

from ..protocol.errors import ApiError
from ..protocol.messages import Reply, Request, error_reply
from ..protocol.negotiation import accepts_gzip, is_json, is_msgpack
from ..settings import Settings
from . import router
from .access import AccessPolicy
from .server_operations import ServerOperations

_TAKE_A_QUERY = ("scoreboard_list",)
# The API of 2016 did not read their bodies, and some clients send a form, as their libraries do by themselves.
_MAY_COME_AS_FORM = ("env_reset", "env_monitor_close", "env_close", "shutdown")
_LONGEST_KEY = 255
_ALWAYS_QUICK = ("health", "openapi", "env_list_all", "shutdown")
_WORTH_COMPRESSING = 1024
_PREFLIGHT = Reply(
    200,
    "text/plain",
    b"",
    (
        ("Access-Control-Allow-Methods", "GET, POST"),
        ("Access-Control-Allow-Headers", "Accept, Authorization, Content-Type, Idempotency-Key"),
        ("Access-Control-Max-Age", "600"),
    ),
)


class Head(NamedTuple):
    """A request's head. `headers` are by lower-case name, all values as Latin-1; `path` is percent-decoded UTF-8."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    is_local: bool  # from this machine
    is_http_1_1: bool = True


class Instances(Protocol):
    """Who answers the operations that concern instances."""

    def handle(self, request: Request) -> Reply: ...


class Gateway:
    """Lets requests in and passes them on. `admit` takes the head, `handle` what the body made whole."""

    def __init__(self, settings: Settings, instances: Instances, server: ServerOperations) -> None:
        self._instances = instances
        self._server = server
        self._access = AccessPolicy(settings)
        self.max_body = settings.max_body

    def admit(self, head: Head) -> Request | Reply | None:
        """The request, still without its body; the reply that refuses it; or None for a page, which Flask serves.

        Nothing of the body is needed for it, nor has an effect on it.
        """
        headers = head.headers
        try:
            if "origin" in headers and self._is_preflight(head):
                return _PREFLIGHT
            self._access.check(head.headers)
            path = router.tidy(head.path)
            if path != "/v1" and not path.startswith("/v1/"):
                return None
            operation, arguments = router.find(head.method, path)
            if operation in _TAKE_A_QUERY:
                arguments = {**dict(parse_qsl(head.query, keep_blank_values=True)), **arguments}
            self._check_body(headers)
            if head.method != "POST":
                return Request(operation, arguments, accept=headers.get("accept", ""))
            key = headers.get("idempotency-key")
            if key is not None and not 0 < len(key) <= _LONGEST_KEY:
                problem = f"Idempotency-Key must have 1 to {_LONGEST_KEY} ASCII characters"
                raise ApiError(400, "invalid_parameter", problem)
            content_type = headers.get("content-type", "")
            from_json = not is_msgpack(content_type)
            may_be_form = operation in _MAY_COME_AS_FORM and from_json and not is_json(content_type)
            return Request(operation, arguments, b"", from_json, headers.get("accept", ""), key, may_be_form)
        except ApiError as error:
            return error_reply(error, headers.get("accept", ""))

    def handle(self, request: Request, overloaded: bool = False) -> Reply:
        """The reply to an admitted request, which has its body by now unless it is a GET; never raises.

        While the server is `overloaded` it does nothing that may take long.
        """
        if overloaded and request.operation not in _ALWAYS_QUICK:
            problem = "As many requests run as this server can serve at once: try again"
            return error_reply(ApiError(503, "overloaded", problem, (("Retry-After", "1"),)), request.accept)
        target = self._server if request.operation in self._server.operations else self._instances
        return target.handle(request)

    def too_large(self, accept: str) -> Reply:
        """The refusal of a body that turns out to be larger than is allowed."""
        problem = f"The request body is larger than {self.max_body} bytes, this server's --max-body"
        return error_reply(ApiError(413, "body_too_large", problem), accept)

    def finish(self, reply: Reply, head: Head) -> Reply:
        """The reply as it leaves: with CORS headers for an allowed origin, compressed for other machines that ask."""
        headers = head.headers
        if "origin" in headers and self._access.is_allowed_origin(origin := headers["origin"]):
            reply = reply._replace(
                headers=(*reply.headers, ("Access-Control-Allow-Origin", origin), ("Vary", "Origin"))
            )
        if (
            not head.is_local
            and len(reply.body) > _WORTH_COMPRESSING
            and accepts_gzip(headers.get("accept-encoding", ""))
        ):
            body = gzip.compress(reply.body, compresslevel=1)
            return reply._replace(
                body=body, headers=(*reply.headers, ("Content-Encoding", "gzip"), ("Vary", "Accept-Encoding"))
            )
        return reply

    def _is_preflight(self, head: Head) -> bool:
        return (
            head.method == "OPTIONS"
            and "access-control-request-method" in head.headers
            and self._access.is_allowed_origin(head.headers["origin"])
        )

    def _check_body(self, headers: Mapping[str, str]) -> None:
        length = headers.get("content-length", "")
        if length.isdecimal() and int(length) > self.max_body:
            problem = f"The request body is larger than {self.max_body} bytes, this server's --max-body"
            raise ApiError(413, "body_too_large", problem)
        encoding = headers.get("content-encoding", "identity")
        if encoding.lower() != "identity" and (length not in ("", "0") or "transfer-encoding" in headers):
            problem = f"Send the body as it is, not with Content-Encoding {encoding}"
            raise ApiError(415, "unsupported_content_encoding", problem)
