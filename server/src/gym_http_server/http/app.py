"""The Flask application: what lies beside the contract's operations."""

from __future__ import annotations

from flask import Flask, Response, request
from werkzeug.exceptions import MethodNotAllowed, NotFound

from ..protocol.messages import error_reply
from . import router


def make_app() -> Flask:
    """A Flask application without routes; what it does not know is a 404 in the client's encoding."""
    app = Flask(__name__, static_folder=None)
    app.register_error_handler(NotFound, _not_found)
    app.register_error_handler(MethodNotAllowed, _not_found)
    return app


def _not_found(error: NotFound | MethodNotAllowed) -> Response:
    reply = error_reply(router.not_found(request.path), request.environ.get("HTTP_ACCEPT", ""))
    return Response(reply.body, reply.status, content_type=reply.content_type)
