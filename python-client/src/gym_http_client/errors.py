"""What can go wrong, in one place.

::

    GymHttpError                 base of all; .kind and .url
    ├── ServerError              "api"        the server answered with a status other than 200
    ├── TransportError           "transport"  no whole reply came: refused, reset, cut off, bad certificate
    ├── RequestTimeoutError      "timeout"    the reply did not come within the client's timeout
    └── DecodeError              "decode"     a 200 reply came that is not what the API promises

The last three are also the built-in ``ConnectionError``, ``TimeoutError`` and ``ValueError``.
"""

from __future__ import annotations

from typing import Any


class GymHttpError(Exception):
    """Base of every error that a call to the server raises.

    Attributes:
        kind: ``"api"``, ``"transport"``, ``"timeout"`` or ``"decode"``: the same four words in every
            gym-http-api client.
        message: what was wrong and what would be right.
        url: the URL that was called, ``None`` where there was none.
    """

    kind = "error"

    def __init__(self, message: str, url: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.url = url

    def __str__(self) -> str:
        return self.message

    def __reduce__(self) -> tuple[Any, ...]:
        # Exception.__reduce__ passes self.args alone, and would lose the other attributes
        return (_rebuild, (type(self), self.__dict__.copy()))


class ServerError(GymHttpError):
    """The server refused the call, or the environment raised.

    Attributes:
        message: the server's own words.
        status_code: the HTTP status: 400 for a bad request, 410 for a reaped instance, 500 when the
            environment itself raised; the list is in the server's ``/v1/openapi.yaml``.
        code: the machine-readable error code, such as ``"unknown_instance"``; ``None`` when the reply was
            not the API's own (a gateway's page, say).

    >>> raise ServerError("Instance_id 0badf00d unknown", 400, "unknown_instance")
    Traceback (most recent call last):
    gym_http_client.errors.ServerError: Instance_id 0badf00d unknown [400 unknown_instance]
    """

    kind = "api"

    def __init__(
        self, message: str, status_code: int | None = None, code: str | None = None, url: str | None = None
    ) -> None:
        super().__init__(message, url)
        self.status_code = status_code
        self.code = code

    def __str__(self) -> str:
        facts = " ".join(str(fact) for fact in (self.status_code, self.code, self.url) if fact is not None)
        return f"{self.message} [{facts}]" if facts else self.message


class TransportError(GymHttpError, ConnectionError):
    """No whole reply came: nothing listens there, the connection broke, or TLS failed."""

    kind = "transport"


class RequestTimeoutError(GymHttpError, TimeoutError):
    """The whole reply did not come within the client's ``timeout``. The call may still have been carried out."""

    kind = "timeout"


class DecodeError(GymHttpError, ValueError):
    """A reply with status 200 is not what the API promises: not JSON, cut short, or of a wrong type."""

    kind = "decode"


def _rebuild(cls: type[GymHttpError], state: dict[str, Any]) -> GymHttpError:
    error = cls.__new__(cls, state["message"])
    error.__dict__.update(state)
    return error
