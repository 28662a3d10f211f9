"""What is tested, as the cases see it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Protocol

GRACE = 0.1
"""Seconds that a client's call may outlast its timeout."""


class TargetError(Exception):
    """A call failed as an `error` of the driver protocol: kind, and status, code, message where there are such."""

    def __init__(self, error: dict[str, Any]) -> None:
        self.error = error
        super().__init__(str(error))


@dataclass(frozen=True)
class Connection:
    """How a target shall connect; `None` leaves the choice to it.

    `timeout` is in seconds and covers a whole call. `retries` and `face` concern clients only (PROTOCOL.md).
    """

    base: str
    encoding: str | None = "json"
    timeout: float = 10.0
    token: str | None = None
    retries: int | None = None
    face: str | None = None

    def arguments(self) -> dict[str, Any]:
        """Those of the driver protocol's `connect`."""
        return {name: value for name, value in asdict(self).items() if value is not None}


class Target(Protocol):
    """The suite's own HTTP for a server, a driver for a client."""

    name: str
    operations: set[str]
    encodings: set[str]
    faces: set[str]
    integers: int

    def connect(self, connection: Connection) -> None: ...
    def call(self, operation_id: str, args: dict[str, Any]) -> Any: ...
    def close(self) -> None: ...
