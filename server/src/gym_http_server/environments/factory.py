"""Makes environments and vector environments of Gymnasium and of classic gym from recipes."""

from __future__ import annotations

import contextlib
import functools
import importlib
import inspect
import multiprocessing
import re
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from multiprocessing import resource_tracker
from types import ModuleType
from typing import Any

import numpy as np

from ..protocol.errors import ApiError, invalid_parameter, shown
from .catalog import missing_dependency
from .recipe import AUTORESET_MODES, Recipe

_NAMES_A_FILE = re.compile(r"(file|path|dir|directory|folder)(name)?s?$", re.IGNORECASE)
# Python refuses with a deadlock error when two threads import modules of one package that import each other.
_IMPORTING = threading.Lock()
_IMPORTED: set[str] = set()
_STARTING = threading.Lock()


def resolve(recipe: Recipe, spec: Any) -> Recipe:
    """The recipe with the vectorization and render modes that will be in use; the environment's module is imported.

    A vector env gets the vectorization mode that suits it, a single environment none. When no render mode was named it
    is rgb_array where the environment has that, as frames cost nothing until asked for.

    Raises:
        ApiError: 400 when the environment does not have the mode that was asked for, or cannot be imported.
    """
    mode = _vectorization_mode(recipe, spec)
    own_vector = mode == "vector_entry_point"
    if own_vector and getattr(spec, "vector_entry_point", None) is None:
        raise invalid_parameter("vectorization_mode", f"must be sync or async: {spec.id} has no vector entry point")
    offered = _render_modes(spec, own_vector)
    if not recipe.names_render_mode:
        return recipe._replace(vectorization_mode=mode, render_mode="rgb_array" if "rgb_array" in offered else None)
    if recipe.render_mode is not None and recipe.render_mode not in offered:
        problem = f"must be one that {spec.id} offers ({', '.join(offered) or 'none'}), not {shown(recipe.render_mode)}"
        raise invalid_parameter("render_mode", problem)
    return recipe._replace(vectorization_mode=mode)


def _vectorization_mode(recipe: Recipe, spec: Any) -> str | None:
    if not recipe.is_vector or recipe.vectorization_mode is not None:
        return recipe.vectorization_mode
    if getattr(spec, "vector_entry_point", None) is None:
        return "sync"
    # Not every vector entry point takes an autoreset mode: where it does not, sync does what was asked for.
    takes_mode = recipe.autoreset_mode is None or _takes(_creator(spec, True), "autoreset_mode")
    return "vector_entry_point" if takes_mode else "sync"


def _render_modes(spec: Any, own_vector: bool) -> list[str]:
    creator = _creator(spec, own_vector)
    metadata = getattr(creator, "metadata", None)
    return (
        list(metadata.get("render_modes") or [])
        if isinstance(metadata, dict) and _takes(creator, "render_mode")
        else []
    )


def _creator(spec: Any, own_vector: bool) -> Any:
    """The class or function that the entry point, or the vector entry point, names."""
    entry_point = spec.vector_entry_point if own_vector else spec.entry_point
    if callable(entry_point):
        return entry_point
    module, _, attribute = entry_point.partition(":")
    return functools.reduce(getattr, attribute.split("."), _import(module))


def _import(name: str) -> ModuleType:
    if name not in _IMPORTED:  # what is there already does not wait for a slow import of something else
        with _IMPORTING:
            importlib.import_module(name)
        _IMPORTED.add(name)
    return importlib.import_module(name)


def _takes(creator: Any, parameter: str) -> bool:
    try:
        names = inspect.signature(creator).parameters
    except (TypeError, ValueError):
        return False
    return parameter in names or any(p.kind is inspect.Parameter.VAR_KEYWORD for p in names.values())


def make(library: str, spec: Any, recipe: Recipe) -> Any:
    """The environment, or the vector env, of a resolved recipe; what its constructor raises passes through."""
    kwargs = {**recipe.kwargs}
    if recipe.render_mode is not None:
        kwargs["render_mode"] = recipe.render_mode
    if recipe.max_episode_steps is not None:
        kwargs["max_episode_steps"] = recipe.max_episode_steps
    mode = recipe.vectorization_mode
    if mode is None:
        return _make_gym(spec, kwargs) if library == "gym" else _make_gymnasium(spec, kwargs)
    make_vector = _make_gym_vector if library == "gym" else _make_gymnasium_vector
    env = make_vector(spec, recipe, mode, kwargs)
    actual = autoreset_mode_of(env)
    if recipe.autoreset_mode not in (None, actual):
        env.close()
        raise invalid_parameter("autoreset_mode", f"must be {actual} with vectorization_mode {mode} of {spec.id}")
    return env


def _make_gymnasium(spec: Any, kwargs: dict[str, Any]) -> Any:
    return importlib.import_module("gymnasium").make(spec.id, disable_env_checker=True, **kwargs)


def _make_gym(spec: Any, kwargs: dict[str, Any]) -> Any:
    # Classic gym is older than NumPy 2, which has no float_ any more: Acrobot asks for it.
    vars(np).setdefault("float_", np.float64)
    return importlib.import_module("gym").make(spec, disable_env_checker=True, **kwargs)


def _make_gymnasium_vector(spec: Any, recipe: Recipe, mode: str, kwargs: dict[str, Any]) -> Any:
    gymnasium = importlib.import_module("gymnasium")
    if mode == "vector_entry_point":
        if recipe.autoreset_mode is not None and _takes(_creator(spec, True), "autoreset_mode"):
            kwargs = {**kwargs, "autoreset_mode": AUTORESET_MODES[recipe.autoreset_mode]}
        return gymnasium.make_vec(spec.id, recipe.num_envs, vectorization_mode=mode, **kwargs)
    options = {"autoreset_mode": AUTORESET_MODES[recipe.autoreset_mode]} if recipe.autoreset_mode is not None else {}
    arguments = {"num_envs": recipe.num_envs, "vectorization_mode": mode, "disable_env_checker": True, **kwargs}

    def make_vector(**processes: Any) -> Any:
        return gymnasium.make_vec(spec.id, vector_kwargs={**options, **processes}, **arguments)

    return make_vector() if mode == "sync" else _with_processes(make_vector)


def _make_gym_vector(spec: Any, recipe: Recipe, mode: str, kwargs: dict[str, Any]) -> Any:
    # Not gym.vector.make, which forks, and gives the workers an id that only an imported module may have registered.
    vector = importlib.import_module("gym.vector")
    makers = [functools.partial(_make_gym, spec, kwargs)] * recipe.num_envs
    if mode == "sync":
        return vector.SyncVectorEnv(makers)
    return _with_processes(functools.partial(vector.AsyncVectorEnv, makers))


def _with_processes(make_vector: Callable[..., Any]) -> Any:
    """An async vector env. Its workers never start by fork, as this process has threads."""
    context = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
    with _interrupts_held(), _no_main_module():
        try:
            return make_vector(context=context)
        except ValueError as error:
            if "shared_memory" not in str(error):
                raise
            # Observations without a fixed size (Text, Sequence, Graph) cannot lie in shared memory.
            return make_vector(context=context, shared_memory=False)


@contextlib.contextmanager
def _interrupts_held() -> Iterator[None]:
    """Processes started in here never see a Ctrl-C, which a terminal sends to every process: closing ends them."""
    if sys.platform == "win32":
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        resource_tracker.ensure_running()  # which lets interrupts through again; it would do so at the first worker
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextlib.contextmanager
def _no_main_module() -> Iterator[None]:
    """Processes started in here do not import the main module again: a script of the user's would start a server."""
    with _STARTING:
        main, sys.modules["__main__"] = sys.modules["__main__"], ModuleType("__main__")
        try:
            yield
        finally:
            sys.modules["__main__"] = main


def autoreset_mode_of(env: Any) -> str | None:
    """next_step, same_step or disabled, as the vector env says of itself; classic gym's reset in the same step."""
    if type(env).__module__.partition(".")[0] == "gym":
        return "same_step"
    mode = (env.metadata or {}).get("autoreset_mode")
    value = getattr(mode, "value", mode)
    return next((name for name, library_name in AUTORESET_MODES.items() if library_name == value), None)


def creation_error(spec: Any, recipe: Recipe, error: BaseException) -> ApiError:
    """The reply to an exception that an environment's module or constructor raised."""
    if isinstance(error, ImportError) or type(error).__name__ == "DependencyNotInstalled":
        return missing_dependency(spec.id, f"more than is installed: {error}")
    if isinstance(error, TypeError) and "argument" in str(error):
        return invalid_parameter("kwargs", f"does not suit {spec.id}: {error}")
    if files := sorted(name for name in recipe.kwargs if _NAMES_A_FILE.search(name)):
        # What the environment says of a file would tell whether it exists, and what it holds.
        problem = f"does not suit {spec.id}, which could not use {', '.join(files)}; the server's log says why"
        return invalid_parameter("kwargs", problem)
    return ApiError(500, "environment_error", f"{spec.id} could not be created: {type(error).__name__}: {error}")
