"""Where instances live: a small interface, and its implementation in this process."""

from __future__ import annotations

import functools
import logging
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any, Protocol

from ..environments.catalog import Catalog, entry_point_name
from ..environments.factory import Recipe, autoreset_mode_of, creation_error, make, read_recipe, vectorization_of
from ..instance.env_thread import OwnThread
from ..instance.handling import answer, error_reply
from ..instance.idempotency import ReplyStore, key_reused
from ..instance.instance import Instance, InstanceClosed
from ..instance.operations import instance_operations
from ..protocol import parameters
from ..protocol.errors import ApiError
from ..protocol.messages import Reply, Request
from ..settings import Settings

logger = logging.getLogger(__name__)

# Environments of these packages keep nothing that belongs to one thread (an OpenGL context, a connection): they run in
# whichever thread serves the request, which saves two hand-overs a step. All others get a thread of their own.
_ANY_THREAD = ("classic_control", "toy_text", "box2d")
_ANY_THREAD_MODULES = (*(f"{library}.envs.{p}" for library in ("gymnasium", "gym") for p in _ANY_THREAD), "ale_py")
_REMEMBERED_REAPED = 1024
_KEYED_CLOSES = 1024


class InstanceHost(Protocol):
    """Creates instances and passes requests on to them. Nothing that crosses it is an environment."""

    def create(self, body: Mapping[str, Any]) -> str:
        """The id of a new instance made from the parameters of env_create; ApiError 400, 429 or 500."""

    def exchange(self, instance_id: str, request: Request) -> Reply:
        """The instance's reply to one of its operations."""

    def instances(self) -> dict[str, str]:
        """The environment id of each live instance, by instance id."""

    def registry(self) -> list[dict[str, Any]]:
        """The facts of each environment id that can be created here."""

    def close(self) -> None:
        """Closes every instance, flushing its monitor."""


class LocalHost:
    """Keeps the instances in this process."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._catalog = Catalog(settings.library, settings.imports)
        self._operations = instance_operations(settings.monitor_roots)
        self._instances: dict[str, Instance] = {}
        self._reaped: OrderedDict[str, None] = OrderedDict()
        self._closes = ReplyStore(_KEYED_CLOSES)
        self._creating = 0
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        if settings.idle_timeout > 0:
            threading.Thread(target=self._reap, name="reaper", daemon=True).start()

    def create(self, body: Mapping[str, Any]) -> str:
        spec, requested = self._catalog.find(parameters.required(body, "env_id"))
        recipe = read_recipe(body, spec)
        if recipe.num_envs > self._settings.max_envs:
            raise ApiError(
                429,
                "limit_reached",
                f"num_envs may be at most {self._settings.max_envs} on this server (--max-envs), not {recipe.num_envs}",
            )
        with self._lock:
            if len(self._instances) + self._creating >= self._settings.max_instances:
                raise ApiError(
                    429,
                    "limit_reached",
                    f"{self._settings.max_instances} instances are live, the most this server allows "
                    "(--max-instances): close one first",
                )
            self._creating += 1
        try:
            instance = self._make(spec, requested, recipe)
            with self._lock:
                instance_id = self._new_id()
                self._instances[instance_id] = instance
        finally:
            with self._lock:
                self._creating -= 1
        return instance_id

    def _make(self, spec: Any, requested: str | None, recipe: Recipe) -> Instance:
        inline = entry_point_name(spec).startswith(_ANY_THREAD_MODULES)
        thread = None if inline else OwnThread(spec.id)
        try:
            make_env = functools.partial(make, self._settings.library, spec, recipe)
            env = make_env() if thread is None else thread.call(make_env)
        except (Exception, SystemExit) as error:
            if thread is not None:
                thread.end()
            if isinstance(error, ApiError):
                raise
            logger.warning("%s could not be created", spec.id, exc_info=True)
            raise creation_error(spec, error) from error
        facts = _facts(env, spec, requested, recipe, self._settings.library)
        instance = Instance(env, facts, make_env, thread)
        if recipe.seed is not None:
            instance.use(instance.seed_first_reset, recipe.seed)
        return instance

    def _new_id(self) -> str:
        while True:
            instance_id = secrets.token_hex(4)
            if instance_id not in self._instances and instance_id not in self._reaped:
                return instance_id

    def exchange(self, instance_id: str, request: Request) -> Reply:
        instance = self._instances.get(instance_id)
        if request.operation == "env_close":
            # Its reply outlives the instance, so it is kept elsewhere; yet a key that the instance knows is taken.
            if instance is not None and request.key in instance.replies:
                return error_reply(key_reused(), request.accept)
            replies = self._closes
        elif instance is not None:
            replies = instance.replies
        else:
            return error_reply(self._gone(instance_id), request.accept)
        return answer(request, functools.partial(self._use, instance_id, instance, request), replies)

    def _use(self, instance_id: str, instance: Instance | None, request: Request, body: dict[str, Any]) -> Any:
        if instance is None:
            raise self._gone(instance_id)
        try:
            return instance.use(self._operations[request.operation], instance, body, request)
        except InstanceClosed:
            raise self._gone(instance_id) from None
        finally:
            if instance.closed:
                with self._lock:
                    self._instances.pop(instance_id, None)

    def _gone(self, instance_id: str) -> ApiError:
        if instance_id in self._reaped:
            idle = self._settings.idle_timeout
            return ApiError(
                410,
                "instance_gone",
                f"Instance_id {instance_id} was closed after {idle:g} s without use; create a new one",
            )
        return ApiError(400, "unknown_instance", f"Instance_id {instance_id} unknown")

    def instances(self) -> dict[str, str]:
        with self._lock:
            return {instance_id: instance.facts["env_id"] for instance_id, instance in self._instances.items()}

    def registry(self) -> list[dict[str, Any]]:
        return self._catalog.facts()

    def close(self) -> None:
        self._stopped.set()
        with self._lock:
            instances = dict(self._instances)
            self._instances.clear()
        for instance_id, instance in instances.items():
            self._close(instance_id, instance)

    def _close(self, instance_id: str, instance: Instance) -> None:
        try:
            instance.use(instance.close)
        except InstanceClosed:
            pass
        except Exception:
            logger.exception("instance %s did not close cleanly", instance_id)

    def _reap(self) -> None:
        timeout = self._settings.idle_timeout
        while not self._stopped.wait(min(timeout / 4, 60.0)):
            deadline = time.time() - timeout
            for instance_id, instance in tuple(self._instances.items()):
                if instance.idle and instance.last_used < deadline:
                    with self._lock:
                        self._instances.pop(instance_id, None)
                        self._reaped[instance_id] = None
                        while len(self._reaped) > _REMEMBERED_REAPED:
                            self._reaped.popitem(last=False)
                    self._close(instance_id, instance)
                    logger.info("instance %s was idle for %g s and is closed", instance_id, timeout)


def _facts(env: Any, spec: Any, requested: str | None, recipe: Recipe, library: str) -> dict[str, Any]:
    """What env_info says of an instance and never changes."""
    optional = {
        "requested_env_id": requested,
        "render_mode": env.render_mode if isinstance(env.render_mode, str) else None,
        "vectorization_mode": vectorization_of(spec, recipe),
        "autoreset_mode": autoreset_mode_of(env) if recipe.is_vector else None,
    }
    limit = recipe.max_episode_steps or spec.max_episode_steps
    spec_facts = {
        "entry_point": entry_point_name(spec),
        "nondeterministic": bool(spec.nondeterministic),
        "kwargs": {**spec.kwargs, **recipe.kwargs},
        **({} if spec.reward_threshold is None else {"reward_threshold": spec.reward_threshold}),
        **({} if limit is None else {"max_episode_steps": limit}),
    }
    return {
        "env_id": spec.id,
        "library": library,
        "num_envs": recipe.num_envs,
        "metadata": {key: value for key, value in (env.metadata or {}).items() if key != "autoreset_mode"},
        "spec": spec_facts,
        **{name: value for name, value in optional.items() if value is not None},
    }
