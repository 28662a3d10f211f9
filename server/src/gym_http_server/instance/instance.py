"""One instance: its operations, one at a time, each in the right thread and once for each Idempotency-Key."""

from __future__ import annotations

import functools
import logging
import os
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from ..protocol.errors import ApiError, unknown_instance
from ..protocol.messages import Reply, Request, Result, Status, error_reply
from .env_thread import EnvThread
from .handling import handle, run
from .idempotency import IdempotencyCache, ReplyMemory, key_reused
from .live_env import LiveEnv
from .operations import Operation

logger = logging.getLogger(__name__)

_KEYED_REPLIES = 64


class Instance:
    """An environment, the lock that serialises its use, and the replies that it remembers.

    With a `thread` the environment is used in that thread alone, else in whichever thread brings a request.
    """

    def __init__(
        self, live: LiveEnv, operations: Mapping[str, Operation], thread: EnvThread | None, memory: ReplyMemory
    ) -> None:
        self._live = live
        self._operations = operations
        self._thread = thread
        self._lock = threading.Lock()
        self._busy_since: float | None = None
        self._cache = IdempotencyCache(_KEYED_REPLIES, memory)

    def handle(self, request: Request) -> Reply:
        """The reply to any operation on the instance; an error reply where it fails or the instance is closed."""
        if request.operation != "env_close":
            return handle(request, self._operate, self._cache)
        # Its reply outlives the instance, so others remember it; yet a key that the instance knows is taken.
        if request.key in self._cache:
            return error_reply(key_reused(), request.accept)
        return run(request, self._operate)

    def status(self) -> Status:
        """What is known of the instance, without waiting for its environment."""
        live = self._live
        monitor = live.monitor
        return Status(
            env_id=live.description.get("requested_env_id", live.description["env_id"]),
            num_envs=live.num_envs,
            pid=os.getpid(),
            created=live.created,
            last_used=live.last_used,
            busy_since=self._busy_since,
            steps=live.steps,
            episodes=live.episodes,
            last_return=live.last_return,
            monitor=None if monitor is None else str(monitor.directory),
            closed=live.closed,
        )

    def close(self) -> None:
        """Closes the environment, its monitor first, when its turn comes; nothing when it is closed already."""
        with self._lock:
            if self._live.closed:
                return
            try:
                self._call(self._live.close)
            except BaseException:
                logger.exception("%s did not close cleanly", self._live.description["env_id"])

    def _operate(self, body: dict[str, Any], request: Request) -> Result:
        operation = self._operations[request.operation]
        with self._lock:
            if self._live.closed:
                raise unknown_instance(request.arguments["instance_id"])
            try:
                result: Result = self._call(operation, self._live, body, request)
            except ApiError as error:
                if error.code == "environment_error":
                    self._log(request, error)
                raise
            return result

    def _log(self, request: Request, error: ApiError) -> None:
        place = request.operation, self._live.description["env_id"], request.arguments["instance_id"]
        traceback = error.__cause__ if logger.isEnabledFor(logging.DEBUG) else None
        logger.warning("%s of %s, instance %s: %s", *place, error.message, exc_info=traceback)

    def _call(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Calls with the lock held, in the environment's thread if it has one."""
        self._busy_since = time.time()
        try:
            if self._thread is None:
                return function(*arguments)
            return self._thread.call(functools.partial(function, *arguments))
        finally:
            self._busy_since = None
            self._live.last_used = time.time()  # at the end: an instance is not idle while its step takes long
            if self._live.closed:
                self._cache.clear()
                if self._thread is not None:
                    self._thread.end()
