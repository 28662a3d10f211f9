"""The one exception that becomes an error reply."""

from __future__ import annotations

DOCUMENTATION_URL = "/v1/openapi.yaml"


class ApiError(Exception):
    """A refusal with an HTTP status, a stable machine-readable code and a message for people.

    The codes and the statuses they go with are those of `spec/openapi.yaml`.
    """

    def __init__(self, status: int, code: str, message: str, headers: tuple[tuple[str, str], ...] = ()) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers

    def document(self) -> dict[str, str]:
        """The body of the error reply."""
        return {"message": self.message, "code": self.code, "documentation_url": DOCUMENTATION_URL}


def invalid_parameter(name: str, problem: str) -> ApiError:
    """A 400 that names the parameter and says what would be right."""
    return ApiError(400, "invalid_parameter", f"Parameter {name!r} {problem}")


def missing_parameter(name: str) -> ApiError:
    """A 400 that names the missing parameter."""
    return ApiError(400, "missing_parameter", f"Required parameter {name!r} is missing from the request body")
