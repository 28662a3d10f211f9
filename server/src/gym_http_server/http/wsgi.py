"""The gateway as a WSGI application, for servers other than our own and for Flask's test client."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

from ..protocol.errors import ApiError
from ..protocol.messages import Reply, Request, error_reply
from .access import is_loopback
from .gateway import Gateway, Head

StartResponse = Callable[..., Any]

_STATUS_LINES = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}


class WsgiGateway:
    """Serves the operations of the contract; what lies beside `/v1` goes to `pages`, another WSGI application."""

    def __init__(self, gateway: Gateway, pages: Callable[[Any, Any], Iterable[bytes]]) -> None:
        self.gateway = gateway
        self.pages = pages

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        head = _head(environ)
        admitted = self.gateway.admit(head)
        if admitted is None:
            return self.pages(environ, start_response)
        reply = admitted if isinstance(admitted, Reply) else self._handle(admitted, environ)
        reply = self.gateway.finish(reply, head)
        headers = [("Content-Type", reply.content_type), *reply.headers]
        if reply.status != HTTPStatus.NO_CONTENT:  # which has no length either
            headers.append(("Content-Length", str(len(reply.body))))
        start_response(_STATUS_LINES[reply.status], headers)
        return [] if head.method == "HEAD" else [reply.body]

    def _handle(self, request: Request, environ: dict[str, Any]) -> Reply:
        length = environ.get("CONTENT_LENGTH") or ""
        if not length and not environ.get("wsgi.input_terminated"):
            return self.gateway.handle(request)
        body: bytes = environ["wsgi.input"].read(self.gateway.max_body + 1 if not length else int(length))
        if length and len(body) != int(length):
            problem = f"The request ended after {len(body)} of the {length} bytes of its body"
            return error_reply(ApiError(400, "malformed_body", problem), request.accept)
        if len(body) > self.gateway.max_body:
            return self.gateway.too_large(request.accept)
        return self.gateway.handle(request if environ["REQUEST_METHOD"] != "POST" else request._replace(body=body))


def _head(environ: dict[str, Any]) -> Head:
    headers = {name[5:].lower().replace("_", "-"): value for name, value in environ.items() if name.startswith("HTTP_")}
    for name in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        if environ.get(name):
            headers[name.lower().replace("_", "-")] = environ[name]
    # WSGI hands the path's bytes over as Latin-1.
    path = environ["PATH_INFO"].encode("latin-1").decode(errors="replace")
    is_local = is_loopback(environ.get("REMOTE_ADDR", "127.0.0.1"))
    is_1_1 = environ.get("SERVER_PROTOCOL") == "HTTP/1.1"
    return Head(environ["REQUEST_METHOD"], path, environ.get("QUERY_STRING", ""), headers, is_local, is_1_1)
