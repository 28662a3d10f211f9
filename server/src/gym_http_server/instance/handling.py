"""From a request to its reply: parse, perform, encode, and turn every failure into an error reply."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable, Mapping
from typing import Any

from ..protocol.errors import ApiError
from ..protocol.messages import Raw, Reply, Request, encode, parse_body
from .idempotency import ReplyStore

logger = logging.getLogger(__name__)

Result = Mapping[str, Any] | Raw


def answer(request: Request, perform: Callable[[dict[str, Any]], Result], replies: ReplyStore) -> Reply:
    """The reply to a request: `perform` gets the parsed body and returns a document.

    With an Idempotency-Key `perform` runs once for all repetitions, as `replies` knows them.
    """
    try:
        if request.key is not None:
            return replies.once(request, functools.partial(_perform, request, perform))
        return _perform(request, perform)
    except ApiError as error:
        return error_reply(error, request.accept)


def _perform(request: Request, perform: Callable[[dict[str, Any]], Result]) -> Reply:
    try:
        content_type, body = encode(perform(parse_body(request)), request.accept)
        return Reply(200, content_type, body)
    except ApiError as error:
        return error_reply(error, request.accept)
    except Exception:
        logger.exception("%s failed", request.operation)
        return error_reply(ApiError(500, "internal_error", "The server failed; its log says why"), request.accept)


def error_reply(error: ApiError, accept: str) -> Reply:
    """The error as a reply in the client's encoding."""
    content_type, body = encode(error.document(), accept)
    return Reply(error.status, content_type, body, error.headers)
