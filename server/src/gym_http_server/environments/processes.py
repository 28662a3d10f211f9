"""Vector environments whose environments run in processes of their own."""

from __future__ import annotations

import contextlib
import multiprocessing
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from multiprocessing import resource_tracker
from types import ModuleType
from typing import Any

import numpy as np

from ..spaces.describe import kind_of

_ARRAYS = ("Box", "Discrete", "MultiDiscrete", "MultiBinary")
_SHARED_DTYPES = "?bBhHiIlLqQfd"
_STARTING = threading.Lock()


def make_with_processes(make_vector: Callable[..., Any]) -> Any:
    """An async vector env: what `make_vector` gives, called with arguments for the library's AsyncVectorEnv.

    The workers never start by fork, as this process has threads. Observations go through shared memory where it holds
    them exactly: of some spaces (Text) it holds something else in silence, of others (Sequence, Graph) nothing.
    """
    context = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
    with _interrupts_held(), _no_main_module():
        try:
            env = make_vector(context=context)
        except (TypeError, ValueError) as error:
            if "shared_memory" not in str(error) and "has no size" not in str(error):
                raise
        else:
            if _fits_shared_memory(env.single_observation_space):
                return env
            env.close(terminate=True)
        return make_vector(context=context, shared_memory=False)


def _fits_shared_memory(space: Any) -> bool:
    kind = kind_of(space)
    if kind in ("Tuple", "Dict"):
        parts = space.spaces.values() if kind == "Dict" else space.spaces
        return all(_fits_shared_memory(part) for part in parts)
    return kind in _ARRAYS and np.dtype(space.dtype).char in _SHARED_DTYPES


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
