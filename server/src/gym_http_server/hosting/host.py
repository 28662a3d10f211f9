"""The seam between the table of instances and where they live. Only plain data crosses it, never an environment."""

from __future__ import annotations

from typing import Protocol

from ..environments.recipe import Recipe
from ..protocol.messages import Reply, Request, Status


class Handle(Protocol):
    """One live instance, wherever it is."""

    def handle(self, request: Request) -> Reply:
        """The reply to any operation of the instance; never raises, never waits for another instance."""

    def status(self) -> Status:
        """What is known of the instance; never waits for its environment."""

    def close(self) -> None:
        """Closes the instance, flushing its monitor, when the operation that runs has ended; never raises."""


class Host(Protocol):
    """Places instances."""

    def start(self, recipe: Recipe) -> Handle:
        """A new instance.

        Raises:
            ApiError: 400 or 500 when it cannot be created; nothing is left of it then.
        """
