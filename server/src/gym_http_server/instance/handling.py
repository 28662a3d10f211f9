"""From a request to its reply: parse the body, run the operation, encode; every failure becomes an error reply."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from ..protocol.bodies import parse_body
from ..protocol.errors import ApiError
from ..protocol.messages import Reply, Request, Result, error_reply, result_reply
from .idempotency import IdempotencyCache

logger = logging.getLogger(__name__)

Operation = Callable[[dict[str, Any], Request], Result]


def handle(request: Request, operation: Operation, cache: IdempotencyCache) -> Reply:
    """The reply to a request: `operation` gets the parsed body and the request, and returns a document.

    With an Idempotency-Key the operation runs once for all repetitions, as `cache` knows them.
    """
    if request.key is None:
        return run(request, operation)
    return cache.once(request, lambda: run(request, operation))


def run(request: Request, operation: Operation) -> Reply:
    """`handle` for a request whose repetitions are somebody else's business."""
    try:
        return result_reply(operation(parse_body(request), request), request.accept)
    except ApiError as error:
        return error_reply(error, request.accept)
    except BaseException:  # whatever it is, the client waits for a reply
        logger.exception("%s failed", request.operation)
        return error_reply(ApiError(500, "internal_error", "The server failed; its log says why"), request.accept)
