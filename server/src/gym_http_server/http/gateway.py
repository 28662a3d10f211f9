"""The WSGI entry: head, access, route, body, and the reply on its way back."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from typing import Any, Protocol

from werkzeug.wrappers import Request as HttpRequest

from ..protocol.errors import ApiError
from ..protocol.messages import Reply, Request, error_reply
from ..protocol.negotiation import accepts_gzip, is_msgpack
from ..settings import Settings
from . import router
from .access import AccessPolicy, is_loopback
from .server_operations import ServerOperations

StartResponse = Callable[..., Any]

_STATUS_LINES = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}
_TAKE_A_QUERY = ("scoreboard_list",)
_LONGEST_KEY = 255
_CHUNK = 1 << 20
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


class Instances(Protocol):
    """Who answers the operations that concern instances."""

    def handle(self, request: Request) -> Reply: ...


class Gateway:
    """Serves the operations of the contract; what lies beside `/v1` goes to `pages`, another WSGI application."""

    def __init__(
        self,
        settings: Settings,
        instances: Instances,
        server: ServerOperations,
        pages: Callable[[Any, Any], Iterable[bytes]],
    ) -> None:
        self._instances = instances
        self._server = server
        self._pages = pages
        self._access = AccessPolicy(settings)
        self._max_body = settings.max_body

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        origin = environ.get("HTTP_ORIGIN")
        if origin is not None and self._access.is_allowed_origin(origin):
            start_response = _with_cors(start_response, origin)
            if environ["REQUEST_METHOD"] == "OPTIONS" and "HTTP_ACCESS_CONTROL_REQUEST_METHOD" in environ:
                return _send(_PREFLIGHT, environ, start_response)
        try:
            self._access.check(environ)
        except ApiError as error:
            _drain(environ, _CHUNK)
            return _send(error_reply(error, environ.get("HTTP_ACCEPT", "")), environ, start_response)
        path = router.tidy(environ["PATH_INFO"])
        if path != "/v1" and not path.startswith("/v1/"):
            _drain(environ, self._max_body)
            return self._pages(environ, start_response)
        return _send(self.handle(environ, path), environ, start_response)

    def handle(self, environ: Mapping[str, Any], path: str) -> Reply:
        """The reply to a request that may pass; its path as `router.tidy` leaves it."""
        try:
            request = self._request(environ, path)
        except ApiError as error:
            _drain(environ, self._max_body)
            return error_reply(error, environ.get("HTTP_ACCEPT", ""))
        return (self._server if request.operation in self._server.operations else self._instances).handle(request)

    def _request(self, environ: Mapping[str, Any], path: str) -> Request:
        method = environ["REQUEST_METHOD"]
        # WSGI hands the path's bytes over as Latin-1.
        path = path if path.isascii() else path.encode("latin-1").decode(errors="replace")
        operation, arguments = router.find(method, path)
        if operation in _TAKE_A_QUERY:
            arguments = {**HttpRequest(dict(environ)).args, **arguments}
        body = self._body(environ)
        if method != "POST":  # some clients send a body with GET: it is read, as keep-alive needs, and ignored
            return Request(operation, arguments, accept=environ.get("HTTP_ACCEPT", ""))
        key = environ.get("HTTP_IDEMPOTENCY_KEY")
        if key is not None and not 0 < len(key) <= _LONGEST_KEY:
            problem = f"Idempotency-Key must have 1 to {_LONGEST_KEY} ASCII characters"
            raise ApiError(400, "invalid_parameter", problem)
        from_json = not is_msgpack(environ.get("CONTENT_TYPE", ""))
        return Request(operation, arguments, body, from_json, environ.get("HTTP_ACCEPT", ""), key)

    def _body(self, environ: Mapping[str, Any]) -> bytes:
        if not _has_body(environ):
            return b""
        encoding = environ.get("HTTP_CONTENT_ENCODING")
        if encoding and encoding.lower() != "identity":
            problem = f"Send the body as it is, not with Content-Encoding {encoding}"
            raise ApiError(415, "unsupported_content_encoding", problem)
        body: bytes = environ["wsgi.input"].read(self._max_body + 1)
        if len(body) > self._max_body:
            problem = f"The request body is larger than {self._max_body} bytes, this server's --max-body"
            raise ApiError(413, "body_too_large", problem)
        return body


def _has_body(environ: Mapping[str, Any]) -> bool:
    return environ.get("CONTENT_LENGTH") not in (None, "", "0") or "HTTP_TRANSFER_ENCODING" in environ


def _drain(environ: Mapping[str, Any], limit: int) -> None:
    """Reads what is left of the body, within limits.

    A client that writes its whole body first would not see a reply sent before its end, and a connection with unread
    bytes is closed, which breaks the next request.
    """
    while _has_body(environ) and limit > 0 and (chunk := environ["wsgi.input"].read(min(limit, _CHUNK))):
        limit -= len(chunk)


def _with_cors(start_response: StartResponse, origin: str) -> StartResponse:
    def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
        return start_response(status, [*headers, ("Access-Control-Allow-Origin", origin), ("Vary", "Origin")], *rest)

    return start


def _send(reply: Reply, environ: Mapping[str, Any], start_response: StartResponse) -> list[bytes]:
    """Sends the reply, compressed for a client that asks and is not on this machine."""
    body = reply.body
    headers = [("Content-Type", reply.content_type), *reply.headers]
    if (
        len(body) > _WORTH_COMPRESSING
        and accepts_gzip(environ.get("HTTP_ACCEPT_ENCODING", ""))
        and not is_loopback(environ.get("REMOTE_ADDR", "127.0.0.1"))
    ):
        body = gzip.compress(body, compresslevel=1)
        headers += [("Content-Encoding", "gzip"), ("Vary", "Accept-Encoding")]
    headers.append(("Content-Length", str(len(body))))
    start_response(_STATUS_LINES[reply.status], headers)
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]
