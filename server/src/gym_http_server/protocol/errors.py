"""The one exception that becomes an error reply."""

from __future__ import annotations

import reprlib
from typing import Any

DOCUMENTATION_URL = "/v1/openapi.yaml"
_LONGEST_VALUE = 80
_LONGEST_MESSAGE = 2000

_shortener = reprlib.Repr()
_shortener.maxlist = _shortener.maxdict = 16
_shortener.maxstring = _shortener.maxlong = _shortener.maxother = _LONGEST_VALUE


class ApiError(Exception):
    """A refusal with an HTTP status, a stable machine-readable code and a message for people.

    The codes and the statuses they go with are those of `spec/openapi.yaml`.
    """

    def __init__(self, status: int, code: str, message: str, headers: tuple[tuple[str, str], ...] = ()) -> None:
        if len(message) > _LONGEST_MESSAGE:  # an environment may quote what a client sent, whole
            message = f"{message[:_LONGEST_MESSAGE]}..."
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers

    def document(self) -> dict[str, str]:
        """The body of the error reply."""
        return {"message": self.message, "code": self.code, "documentation_url": DOCUMENTATION_URL}


def shown(value: Any) -> str:
    """What the client sent, as a message may quote it: its repr, shortened, however large or deeply nested it is."""
    text = _shortener.repr(value)
    return text if len(text) <= _LONGEST_VALUE else f"{text[: _LONGEST_VALUE - 3]}..."


def invalid_parameter(name: str, problem: str) -> ApiError:
    """A 400 that names the parameter and says what would be right."""
    return ApiError(400, "invalid_parameter", f"Parameter {name!r} {problem}")


def missing_parameter(name: str) -> ApiError:
    """A 400 that names the missing parameter."""
    return ApiError(400, "missing_parameter", f"Required parameter {name!r} is missing from the request body")


def unknown_instance(instance_id: str) -> ApiError:
    """A 400 for an id that no live instance has; the original API's words."""
    return ApiError(400, "unknown_instance", f"Instance_id {instance_id} unknown")
