"""Keeps instances in this process."""

from __future__ import annotations

import functools
import logging
from typing import Any

from ..environments.attributes import SAFE_CALLS
from ..environments.catalog import Catalog
from ..environments.describe import describe_env
from ..environments.entry_points import creation_error, entry_point_name
from ..environments.factory import build
from ..environments.recipe import Recipe
from ..instance.env_thread import EnvThread
from ..instance.idempotency import ReplyMemory
from ..instance.instance import Instance
from ..instance.live_env import LiveEnv
from ..instance.operations import instance_operations
from ..protocol.errors import ApiError
from ..recording.roots import Roots
from ..settings import Settings

logger = logging.getLogger(__name__)

# Environments of these packages keep nothing that belongs to one thread (an OpenGL context, a connection): they run in
# whichever thread serves the request, which saves two hand-overs a step. All others get a thread of their own.
_ANY_THREAD = ("classic_control", "toy_text", "box2d")
_ANY_THREAD_MODULES = (*(f"{library}.envs.{p}" for library in ("gymnasium", "gym") for p in _ANY_THREAD), "ale_py")


class LocalHost:
    """Starts instances in this process, each with a thread of its own where its environment needs one."""

    def __init__(self, settings: Settings, catalog: Catalog, memory: ReplyMemory) -> None:
        self._library = settings.library
        self._catalog = catalog
        self._memory = memory
        roots = Roots(settings.monitor_roots, settings.directory)
        self._operations = instance_operations(roots, frozenset((*SAFE_CALLS, *settings.allow_calls)))

    def start(self, recipe: Recipe) -> Instance:
        """A new instance of the environment that the recipe asks for.

        Raises:
            ApiError: 400 when the recipe does not suit the environment, 500 when its constructor fails.
        """
        spec, requested, stood_for = self._catalog.find(recipe.env_id)
        if stood_for:  # no retired id had a vector entry point, whose observations may be others
            mode = recipe.vectorization_mode or ("sync" if recipe.is_vector else None)
            recipe = recipe._replace(kwargs={**stood_for, **recipe.kwargs}, vectorization_mode=mode)
        build = functools.partial(self._build, spec, requested, recipe)
        thread = None if entry_point_name(spec).startswith(_ANY_THREAD_MODULES) else EnvThread(spec.id)
        try:
            live = build() if thread is None else thread.call(build)
        except BaseException as error:
            if thread is not None:
                thread.end()
            refusal = error if isinstance(error, ApiError) else creation_error(spec, recipe, error)
            if refusal is not error:
                traceback = error if logger.isEnabledFor(logging.DEBUG) else None
                logger.warning(
                    "%s could not be created: %s: %s", spec.id, type(error).__name__, error, exc_info=traceback
                )
            raise refusal from error
        return Instance(live, self._operations, thread, self._memory)

    def _build(self, spec: Any, requested: str | None, recipe: Recipe) -> LiveEnv:
        env, built, make = build(self._library, spec, recipe)
        live = LiveEnv(env, describe_env(env, spec, requested, built, self._library), make)
        if recipe.seed is not None:
            live.seed_first_reset(recipe.seed)
        return live
