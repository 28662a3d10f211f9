"""The operations that belong to no instance, and the way from a request to whoever answers it."""

from __future__ import annotations

import importlib.metadata
import platform
import threading
import time
from collections.abc import Callable, Mapping
from importlib import resources
from typing import Any

from ..hosting.local import InstanceHost
from ..instance.handling import Result, answer
from ..instance.idempotency import ReplyStore
from ..protocol import parameters
from ..protocol.errors import ApiError
from ..protocol.messages import Raw, Reply, Request
from ..recording.roots import resolve_inside
from ..scoreboard.evaluation import read_evaluation
from ..scoreboard.store import Scoreboard
from ..settings import Settings

_KEYED_REPLIES = 1024
_SECONDS_TO_SEND_THE_LAST_REPLY = 0.1
_PACKAGES = ("gym-http-server", "numpy")


class Service:
    """Answers every operation of the contract; those of one instance are passed on to the host of instances."""

    def __init__(self, settings: Settings, host: InstanceHost, stop: Callable[[], None]) -> None:
        self._settings = settings
        self._host = host
        self._stop = stop
        self._replies = ReplyStore(_KEYED_REPLIES)
        self._scoreboard = Scoreboard(settings.data_dir)
        self._started = time.monotonic()
        self._operations: dict[str, Callable[[dict[str, Any], Mapping[str, str]], Result]] = {
            "env_create": self._env_create,
            "env_list_all": self._env_list_all,
            "registry_list": self._registry_list,
            "upload": self._upload,
            "scoreboard_list": self._scoreboard_list,
            "health": self._health,
            "openapi": self._openapi,
            "shutdown": self._shutdown,
        }

    def exchange(self, request: Request) -> Reply:
        instance_id = request.arguments.get("instance_id")
        if instance_id is not None:
            return self._host.exchange(instance_id, request)
        operation = self._operations[request.operation]
        return answer(request, lambda body: operation(body, request.arguments), self._replies)

    def _env_create(self, body: dict[str, Any], arguments: Mapping[str, str]) -> Result:
        return {"instance_id": self._host.create(body)}

    def _env_list_all(self, body: dict[str, Any], arguments: Mapping[str, str]) -> Result:
        instances = self._host.instances()
        return {"envs": instances, "all_envs": instances}

    def _registry_list(self, body: dict[str, Any], arguments: Mapping[str, str]) -> Result:
        return {"envs": self._host.registry()}

    def _upload(self, body: dict[str, Any], arguments: Mapping[str, str]) -> Result:
        training_dir, api_key = parameters.text(body, "training_dir"), parameters.text(body, "api_key")
        algorithm_id = body.get("algorithm_id")
        if algorithm_id is not None:
            algorithm_id = parameters.text(body, "algorithm_id")
        if self._settings.api_keys and api_key not in self._settings.api_keys:
            raise ApiError(
                400, "api_key_refused", "This api_key is not one that the operator allows to upload (--api-key)"
            )
        evaluation = read_evaluation(resolve_inside(training_dir, self._settings.monitor_roots))
        return self._scoreboard.record(evaluation, algorithm_id, api_key)

    def _scoreboard_list(self, body: dict[str, Any], arguments: Mapping[str, str]) -> Result:
        return {"evaluations": self._scoreboard.list(arguments.get("env_id"), arguments.get("algorithm_id"))}

    def _health(self, body: dict[str, Any], arguments: Mapping[str, str]) -> Result:
        versions = {package: importlib.metadata.version(package) for package in (*_PACKAGES, self._settings.library)}
        return {
            "status": "ok",
            "versions": {**versions, "python": platform.python_version()},
            "library": self._settings.library,
            "instances": len(self._host.instances()),
            "uptime": time.monotonic() - self._started,
        }

    def _openapi(self, body: dict[str, Any], arguments: Mapping[str, str]) -> Result:
        return Raw("application/yaml", resources.files("gym_http_server").joinpath("openapi.yaml").read_bytes())

    def _shutdown(self, body: dict[str, Any], arguments: Mapping[str, str]) -> Result:
        threading.Timer(_SECONDS_TO_SEND_THE_LAST_REPLY, self._stop).start()
        return {}
