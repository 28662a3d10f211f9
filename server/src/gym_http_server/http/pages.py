"""What Flask serves: everything beside the contract's operations."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from typing import Any

from flask import Flask, Response, request
from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.test import EnvironBuilder, run_wsgi_app

from ..protocol.messages import Reply, error_reply
from . import router
from .gateway import Head


def make_app() -> Flask:
    """A Flask application without routes; what it does not know is a 404 in the client's encoding."""
    app = Flask(__name__, static_folder=None)
    app.register_error_handler(NotFound, _not_found)
    app.register_error_handler(MethodNotAllowed, _not_found)
    return app


def _not_found(error: NotFound | MethodNotAllowed) -> Response:
    reply = error_reply(router.not_found(request.path), request.environ.get("HTTP_ACCEPT", ""))
    return Response(reply.body, reply.status, content_type=reply.content_type)


class Pages:
    """Hands requests to a WSGI application."""

    def __init__(self, wsgi_app: Callable[[Any, Any], Iterable[bytes]]) -> None:
        self._wsgi_app = wsgi_app

    def handle(self, head: Head, body: bytes) -> Reply:
        """The application's reply."""
        environ = EnvironBuilder(
            path=head.path, query_string=head.query, method=head.method, headers=list(head.headers.items()),
            input_stream=io.BytesIO(body),
        ).get_environ()  # fmt: skip
        chunks, status, headers = run_wsgi_app(self._wsgi_app, environ)
        content_type = headers.pop("Content-Type", "text/plain")
        headers.remove("Content-Length")
        return Reply(int(status.split()[0]), content_type, b"".join(chunks), tuple(headers.items()))
