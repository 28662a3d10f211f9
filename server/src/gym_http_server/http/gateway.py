"""The WSGI entry: checks, body and headers are dealt with here, for Flask's routes and for the step path alike.

A step is served without Flask's dispatch, which costs more than the step itself; both ways end in `serve`, so they
answer alike (`tests/test_doors.py` holds them to it).
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from typing import Any

from ..instance.handling import error_reply
from ..protocol.errors import ApiError
from ..protocol.messages import Reply, Request, accepts_gzip, is_msgpack
from ..settings import Settings
from .access import Gate, is_loopback
from .server_operations import Service

StartResponse = Callable[..., Any]

_STEP = re.compile(r"/v1/envs/([^/]+)/step")
_STATUS_LINES = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}
_LONGEST_KEY = 255
_CHUNK = 1 << 20
_WORTH_COMPRESSING = 1024
_PREFLIGHT_HEADERS = (
    ("Access-Control-Allow-Methods", "GET, POST"),
    ("Access-Control-Allow-Headers", "Accept, Authorization, Content-Type, Idempotency-Key"),
    ("Access-Control-Max-Age", "600"),
)


class Door:
    """Stands before Flask's own WSGI application."""

    def __init__(self, flask_wsgi: Callable[[Any, Any], Iterable[bytes]], service: Service, settings: Settings) -> None:
        self._flask_wsgi = flask_wsgi
        self._service = service
        self._gate = Gate(settings)
        self._max_body = settings.max_body

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        origin = environ.get("HTTP_ORIGIN")
        if origin is not None and self._gate.is_allowed_origin(origin):
            start_response = _with_cors(start_response, origin)
            if environ["REQUEST_METHOD"] == "OPTIONS" and "HTTP_ACCESS_CONTROL_REQUEST_METHOD" in environ:
                return _send(Reply(200, "text/plain", b"", _PREFLIGHT_HEADERS), environ, start_response)
        try:
            self._gate.check(environ)
        except ApiError as error:
            _drain(environ, _CHUNK)
            return _send(error_reply(error, environ.get("HTTP_ACCEPT", "")), environ, start_response)
        path = environ["PATH_INFO"] = _tidy(environ["PATH_INFO"])
        step = _STEP.fullmatch(path) if environ["REQUEST_METHOD"] == "POST" else None
        if step is None:
            replied = self._flask_wsgi(environ, start_response)
            _drain(environ, self._max_body)
            return replied
        # WSGI hands the path's bytes over as Latin-1; this is how Werkzeug reads them for Flask's routes.
        instance_id = step[1] if step[1].isascii() else step[1].encode("latin-1").decode(errors="replace")
        return _send(self.serve(environ, "env_step", {"instance_id": instance_id}), environ, start_response)

    def serve(self, environ: Mapping[str, Any], operation: str, arguments: Mapping[str, str]) -> Reply:
        """The reply to one operation, whichever way the request came."""
        accept = environ.get("HTTP_ACCEPT", "")
        try:
            body = self._body(environ)
            key = environ.get("HTTP_IDEMPOTENCY_KEY")
            if environ["REQUEST_METHOD"] != "POST":
                body, key = b"", None  # some clients send a body with GET: it is read, as keep-alive needs, and ignored
            if key is not None and not 0 < len(key) <= _LONGEST_KEY:
                raise ApiError(
                    400, "invalid_parameter", f"Idempotency-Key must have 1 to {_LONGEST_KEY} ASCII characters"
                )
        except ApiError as error:
            return error_reply(error, accept)
        from_json = not is_msgpack(environ.get("CONTENT_TYPE", ""))
        return self._service.exchange(Request(operation, arguments, body, from_json, accept, key))

    def _body(self, environ: Mapping[str, Any]) -> bytes:
        if not _has_body(environ):
            return b""
        encoding = environ.get("HTTP_CONTENT_ENCODING")
        if encoding and encoding.lower() != "identity":
            _drain(environ, self._max_body)
            raise ApiError(
                415, "unsupported_content_encoding", f"Send the body as it is, not with Content-Encoding {encoding}"
            )
        body: bytes = environ["wsgi.input"].read(self._max_body + 1)
        if len(body) > self._max_body:
            _drain(environ, self._max_body)
            raise ApiError(
                413,
                "body_too_large",
                f"The request body is larger than {self._max_body} bytes, this server's --max-body",
            )
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


def _tidy(path: str) -> str:
    """Single slashes and none at the end; to shut down, one Java client sends an empty instance id before shutdown/."""
    if "//" not in path:
        return path.rstrip("/")
    tidy = re.sub("/+", "/", path).rstrip("/")
    return "/v1/shutdown" if re.fullmatch(r"/+v1/+envs//+shutdown/*", path) else tidy


def _with_cors(start_response: StartResponse, origin: str) -> StartResponse:
    def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
        return start_response(status, [*headers, ("Access-Control-Allow-Origin", origin), ("Vary", "Origin")], *rest)

    return start


def _send(reply: Reply, environ: Mapping[str, Any], start_response: StartResponse) -> list[bytes]:
    status, headers, body = http_parts(reply, environ)
    start_response(_STATUS_LINES[status], headers)
    return [body]


def http_parts(reply: Reply, environ: Mapping[str, Any]) -> tuple[int, list[tuple[str, str]], bytes]:
    """Status, headers and bytes of a reply, compressed for a client that asks and is not on this machine."""
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
    return reply.status, headers, body
