"""The live instances by id: creation, listing and closing, limits, and the end of those that nobody uses."""

from __future__ import annotations

import contextlib
import logging
import secrets
import threading
import time
from collections import OrderedDict, deque
from typing import Any

from ..environments.recipe import Recipe, parse_recipe
from ..instance.handling import handle
from ..instance.idempotency import IdempotencyCache
from ..protocol.errors import ApiError, unknown_instance
from ..protocol.messages import Reply, Request, Result, Status, error_reply
from ..settings import Settings
from .host import Handle, Host
from .memory import MemoryBudget

logger = logging.getLogger(__name__)

_REMEMBERED_REAPED = 1024
_CLOSED_AT_ONCE = 64


class InstanceTable:
    """Every instance of this server, whichever host placed it.

    `cache` remembers the replies of creation and closing, which no instance can.
    """

    def __init__(self, settings: Settings, host: Host, cache: IdempotencyCache, budget: MemoryBudget) -> None:
        self._settings = settings
        self._host = host
        self._cache = cache
        self._handles: dict[str, Handle] = {}
        self._reaped: OrderedDict[str, None] = OrderedDict()
        self._creating = 0
        self._budget = budget
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._own_operations = {"env_create": self._create, "env_list_all": self._list}
        if settings.idle_timeout > 0:
            threading.Thread(target=self._reap, name="reaper", daemon=True).start()

    def handle(self, request: Request) -> Reply:
        """The reply to any operation of the contract that concerns instances."""
        instance_id = request.arguments.get("instance_id")
        if instance_id is None:
            return handle(request, self._own_operations[request.operation], self._cache)
        if request.operation == "env_close":
            return self._cache.once(request, lambda: self._close(instance_id, request))
        return self._pass_on(instance_id, request)

    def instances(self) -> dict[str, Status]:
        """What is known of each live instance, by id; never waits for an environment."""
        with self._lock:
            handles = dict(self._handles)
        return {instance_id: handle.status() for instance_id, handle in handles.items()}

    def __len__(self) -> int:
        return len(self._handles)

    def close(self, timeout: float = 5.0) -> None:
        """Closes every instance side by side, those with a monitor first, and waits `timeout` seconds at most."""
        self._stopped.set()
        with self._lock:
            handles = list(self._handles.values())
            self._handles.clear()
        waiting = deque(sorted(handles, key=lambda instance: instance.status().monitor is None))
        closers = [
            threading.Thread(target=_close_all, args=(waiting,), name="closing", daemon=True)
            for _ in range(min(len(handles), _CLOSED_AT_ONCE))
        ]
        for closer in closers:
            closer.start()
        deadline = time.monotonic() + timeout
        for closer in closers:
            closer.join(max(0.0, deadline - time.monotonic()))
        if left := len(waiting) + sum(closer.is_alive() for closer in closers):
            logger.warning("%d instances did not close within %g s and are left as they are", left, timeout)

    def _create(self, body: dict[str, Any], request: Request) -> Result:
        recipe = parse_recipe(body)
        claimed = self._claim_place(recipe)
        try:
            instance = self._host.start(recipe)
            with self._lock:
                instance_id = self._new_id()
                self._handles[instance_id] = instance
        finally:
            with self._lock:
                self._creating -= 1
                self._budget.made(claimed)
        return {"instance_id": instance_id}

    def _claim_place(self, recipe: Recipe) -> int:
        most_envs, most_instances = self._settings.max_envs, self._settings.max_instances
        if recipe.num_envs > most_envs:
            problem = f"num_envs may be at most {most_envs} on this server (--max-envs), not {recipe.num_envs}"
            raise ApiError(429, "limit_reached", problem)
        with self._lock:
            if len(self._handles) + self._creating >= most_instances:
                problem = (
                    f"{most_instances} instances are live, the most this server allows (--max-instances): "
                    "close one first"
                )
                raise ApiError(429, "limit_reached", problem)
            claimed = self._budget.claim(recipe)
            self._creating += 1
        return claimed

    def _new_id(self) -> str:
        while True:
            instance_id = secrets.token_hex(4)
            if instance_id not in self._handles and instance_id not in self._reaped:
                return instance_id

    def _list(self, body: dict[str, Any], request: Request) -> Result:
        envs = {instance_id: status.env_id for instance_id, status in self.instances().items()}
        return {"envs": envs, "all_envs": envs}

    def _pass_on(self, instance_id: str, request: Request) -> Reply:
        instance = self._handles.get(instance_id)
        return error_reply(self._gone(instance_id), request.accept) if instance is None else instance.handle(request)

    def _close(self, instance_id: str, request: Request) -> Reply:
        reply = self._pass_on(instance_id, request)
        with self._lock:
            instance = self._handles.get(instance_id)
            if instance is not None and instance.status().closed:
                del self._handles[instance_id]
        return reply

    def _gone(self, instance_id: str) -> ApiError:
        if instance_id not in self._reaped:
            return unknown_instance(instance_id)
        idle = self._settings.idle_timeout
        problem = f"Instance_id {instance_id} was closed after {idle:g} s without use; create a new one"
        return ApiError(410, "instance_gone", problem)

    def _reap(self) -> None:
        timeout = self._settings.idle_timeout
        while not self._stopped.wait(min(timeout / 4, 60.0)):
            for instance_id, status in self.instances().items():
                if status.busy_since is None and status.last_used < time.time() - timeout:
                    self._close_idle(instance_id)

    def _close_idle(self, instance_id: str) -> None:
        with self._lock:
            instance = self._handles.pop(instance_id, None)
            if instance is None:
                return
            self._reaped[instance_id] = None
            while len(self._reaped) > _REMEMBERED_REAPED:
                self._reaped.popitem(last=False)
        # In a thread of its own: an environment that hangs when it is closed must not hold the others up.
        threading.Thread(target=instance.close, name="closing", daemon=True).start()
        logger.info("instance %s was idle for %g s and is closed", instance_id, self._settings.idle_timeout)


def _close_all(waiting: deque[Handle]) -> None:
    with contextlib.suppress(IndexError):
        while True:
            waiting.popleft().close()
