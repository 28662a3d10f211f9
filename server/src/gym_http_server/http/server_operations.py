"""The operations that concern no instance."""

from __future__ import annotations

import importlib.metadata
import platform
import threading
import time
from collections.abc import Callable, Sized
from importlib import resources
from typing import Any

from ..environments.catalog import Catalog
from ..environments.describe import describe_spec
from ..instance.handling import Operation, handle
from ..instance.idempotency import IdempotencyCache
from ..protocol import parameters
from ..protocol.errors import ApiError
from ..protocol.messages import Raw, Reply, Request, Result
from ..protocol.negotiation import refuses_documents
from ..recording.roots import Roots
from ..scoreboard.evaluation import read_evaluation
from ..scoreboard.store import Scoreboard
from ..settings import Settings

_SECONDS_TO_SEND_THE_LAST_REPLY = 0.1
_PACKAGES = ("gym-http-server", "numpy")


class ServerOperations:
    """Answers the operations that concern no instance.

    `live` are the live instances, as far as their number goes; `stop` ends the server.
    """

    def __init__(
        self, settings: Settings, catalog: Catalog, live: Sized, cache: IdempotencyCache, stop: Callable[[], None]
    ) -> None:
        self._settings = settings
        self._catalog = catalog
        self._live = live
        self._stop = stop
        self._cache = cache
        self._roots = Roots(settings.monitor_roots, settings.directory)
        self._scoreboard = Scoreboard(settings.data_dir)
        self._started = time.monotonic()
        self.operations: dict[str, Operation] = {
            "registry_list": self._registry_list,
            "upload": self._upload,
            "scoreboard_list": self._scoreboard_list,
            "health": self._health,
            "openapi": self._openapi,
            "shutdown": self._shutdown,
        }

    def handle(self, request: Request) -> Reply:
        """The reply to one of `operations`."""
        return handle(request, self.operations[request.operation], self._cache)

    def _registry_list(self, body: dict[str, Any], request: Request) -> Result:
        return {"envs": [describe_spec(spec) for spec in self._catalog.specs()]}

    def _upload(self, body: dict[str, Any], request: Request) -> Result:
        training_dir, api_key = parameters.text(body, "training_dir"), parameters.text(body, "api_key")
        algorithm_id = parameters.optional(body, "algorithm_id")
        if algorithm_id is not None:
            algorithm_id = parameters.text(body, "algorithm_id")
        if self._settings.api_keys and api_key not in self._settings.api_keys:
            raise ApiError(
                400, "api_key_refused", "This api_key is not one that the operator allows to upload (--api-key)"
            )
        evaluation = read_evaluation(self._roots.resolve(training_dir))
        recorded = self._scoreboard.record(evaluation, algorithm_id, api_key)
        return {} if refuses_documents(request.accept) else recorded  # nothing to tell, to a client of 2016

    def _scoreboard_list(self, body: dict[str, Any], request: Request) -> Result:
        return {
            "evaluations": self._scoreboard.list(
                parameters.optional(request.arguments, "env_id"), parameters.optional(request.arguments, "algorithm_id")
            )
        }

    def _health(self, body: dict[str, Any], request: Request) -> Result:
        versions = {package: importlib.metadata.version(package) for package in (*_PACKAGES, self._settings.library)}
        return {
            "status": "ok",
            "versions": {**versions, "python": platform.python_version()},
            "library": self._settings.library,
            "instances": len(self._live),
            "uptime": time.monotonic() - self._started,
        }

    def _openapi(self, body: dict[str, Any], request: Request) -> Result:
        return Raw("application/yaml", resources.files("gym_http_server").joinpath("openapi.yaml").read_bytes())

    def _shutdown(self, body: dict[str, Any], request: Request) -> Result:
        threading.Timer(_SECONDS_TO_SEND_THE_LAST_REPLY, self._stop).start()
        return {}
