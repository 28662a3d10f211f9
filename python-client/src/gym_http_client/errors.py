"""What can go wrong, in one place.

::

    GymHttpError                 base of all; .kind and .url
    ├── ServerError              "api"        the server answered with a status other than 200
    │   └── InvalidActionError   "api"        it did because of the action
    ├── TransportError           "transport"  no whole reply came: refused, reset, cut off, bad certificate
    ├── RequestTimeoutError      "timeout"    the reply did not come within the client's timeout
    └── DecodeError              "decode"     a 200 reply came that is not what the API promises

The last three are also the built-in ``ConnectionError``, ``TimeoutError`` and ``ValueError``. An `InvalidActionError`
is both a ``ValueError`` and an ``AssertionError``, as Gymnasium's own environments raise the one or the other.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class GymHttpError(Exception):
    """Base of every error that a call to the server raises.

    Attributes:
        kind: ``"api"``, ``"transport"``, ``"timeout"`` or ``"decode"``: the same four words in every
            gym-http-api client.
        message: what was wrong and what would be right.
        url: the URL that was called, ``None`` where there was none.

    An error can be made of another one, as `gymnasium.vector.AsyncVectorEnv` does with what its workers raise.
    """

    kind = "error"
    _repeat: Callable[[], Any] | None = None  # set where the call failed

    def __init__(self, message: str | GymHttpError, url: str | None = None) -> None:
        super().__init__(str(message))
        self.message = str(message)
        self.url = url
        if isinstance(message, GymHttpError):
            self.__dict__.update(message.__dict__)

    def retry(self) -> Any:
        """Send the failed call again, as it was and under its own key; returns what the call would have returned.

        The server carries the call out once, whether the first time failed on the way there or on the way back. The
        retry has the client's whole timeout. What failed to make a `RemoteEnv` returns the instance's id, for `attach`.

        Raises:
            RuntimeError: there is no call to repeat: the error was copied, or came from another process.
            GymHttpError: the retry failed too; it has a `retry` of its own.
        """
        if self._repeat is None:
            raise RuntimeError(
                "this error has no call to repeat: it was copied, or came from another process"
            ) from self
        return self._repeat()

    def __str__(self) -> str:
        return self.message

    def __reduce__(self) -> tuple[Any, ...]:
        # Exception.__reduce__ passes self.args alone, and would lose the other attributes
        return (_rebuild, (type(self), {name: value for name, value in self.__dict__.items() if name != "_repeat"}))


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
        self,
        message: str | GymHttpError,
        status_code: int | None = None,
        code: str | None = None,
        url: str | None = None,
    ) -> None:
        self.status_code = status_code
        self.code = code
        super().__init__(message, url)

    def __str__(self) -> str:
        facts = " ".join(str(fact) for fact in (self.status_code, self.code, self.url) if fact is not None)
        return f"{self.message} [{facts}]" if facts else self.message


class InvalidActionError(ServerError, ValueError, AssertionError):
    """The action is not of the action space, or the environment refused it. The episode goes on."""


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
