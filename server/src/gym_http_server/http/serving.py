"""Starts the server, waits until it shall stop, and stops it in order."""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import socket
import threading
import time
import traceback
from collections.abc import Callable
from typing import Any

from ..settings import Settings
from ..telemetry.logs import configure_logs
from .access import is_loopback, refusal_to_listen
from .listener import StartError, bound_socket, start_listening, unix_path

_SECONDS_TO_STOP = 5.0
_MOST_CONNECTIONS = 10_000
_MOST_THREADS = 1000
_DESCRIPTORS_FOR_OTHERS = 64

CreateApp = Callable[[Settings, Callable[[], None]], Any]


def serve(settings: Settings, create_app: CreateApp) -> None:
    """Serves the application until SIGTERM, SIGINT or a shutdown request; then what it built is closed.

    `create_app` is called with the settings and with what stops the server. Its application's
    `extensions["gym_http_host"]` has the `close(timeout)` that ends it.

    Raises:
        StartError: no token for an address beyond loopback, the port is taken, a directory cannot be written, or an
            import failed.
    """
    refusal = refusal_to_listen(settings)
    if refusal is not None:
        raise StartError(refusal)
    with bound_socket(settings) as listener, _Stop() as stop:
        configure_logs()
        most_connections = min(_MOST_CONNECTIONS, _raise_descriptor_limit() - _DESCRIPTORS_FOR_OTHERS)
        app = _build(settings, create_app, stop)
        gc.freeze()  # what the imports have brought stays: no collection need look at it again
        loop = _make_loop(listener, app, most_connections)
        start_listening(listener)
        loop.start()
        _greet(settings, listener)
        stop.wait()
        began = time.monotonic()
        loop.stop_accepting()
        app.extensions["gym_http_host"].close(_SECONDS_TO_STOP)
        loop.stop(max(0.1, _SECONDS_TO_STOP - (time.monotonic() - began)))


class _Stop:
    """Waits to be told to stop, by a signal or by a call. An event cannot be used: its lock is not for handlers."""

    def __init__(self) -> None:
        self._asked = False
        self._woken, self._waker = os.pipe()
        os.set_blocking(self._waker, False)

    def __enter__(self) -> _Stop:
        self._before: dict[int, Any] = {}
        if threading.current_thread() is threading.main_thread():  # no other may have handlers
            handlers: dict[int, Any] = {signal.SIGTERM: lambda *_: self(), signal.SIGINT: lambda *_: self()}
            if hasattr(signal, "SIGHUP"):  # a closed terminal must not cost anybody an instance
                handlers[signal.SIGHUP] = lambda *_: None
            self._before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
            self._wakeup_before = signal.set_wakeup_fd(self._waker, warn_on_full_buffer=False)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        if self._before:
            signal.set_wakeup_fd(self._wakeup_before)
        os.close(self._woken)
        os.close(self._waker)

    def __call__(self) -> None:
        self._asked = True
        with contextlib.suppress(OSError):  # the pipe is full, or closed: it has been asked to
            os.write(self._waker, b"x")

    def wait(self) -> None:
        while not self._asked:
            os.read(self._woken, 64)


def _build(settings: Settings, create_app: CreateApp, stop: Callable[[], None]) -> Any:
    try:
        return create_app(settings, stop)
    except ImportError as error:
        if error.__cause__ is not None:  # a mistake in the operator's module: show where
            traceback.print_exception(error.__cause__)
        raise StartError(f"cannot import what --import or --library names: {error}") from None


def _raise_descriptor_limit() -> int:
    """As many open files as the process may have, after asking for as many as it can get."""
    try:
        import resource
    except ImportError:  # Windows
        return _MOST_CONNECTIONS
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _MOST_CONNECTIONS * 2 if hard == resource.RLIM_INFINITY else hard
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return wanted


def _make_loop(listener: socket.socket, app: Any, most_connections: int) -> Any:
    # Imported here, as the application is: with NumPy and Gymnasium.
    from .connection import Connection
    from .loop import Loop
    from .pages import Pages

    gateway, pages = app.wsgi_app.gateway, Pages(app.wsgi_app.pages)

    def connect(accepted: socket.socket, address: Any) -> Connection:
        is_local = not isinstance(address, tuple) or is_loopback(address[0])
        return Connection(accepted, is_local, gateway, pages)

    return Loop(listener, connect, most_connections, _MOST_THREADS)


def _greet(settings: Settings, listener: socket.socket) -> None:
    """Says where the server is, now that it is there."""
    path = unix_path(settings.listen)
    if path is not None:
        where, beyond, call = f"unix:{path}", False, f"--unix-socket {path} http://localhost"
    else:
        everywhere = settings.listen in ("0.0.0.0", "::", "")
        host = "127.0.0.1" if everywhere else settings.listen
        where = call = f"http://{f'[{host}]' if ':' in host else host}:{listener.getsockname()[1]}"
        beyond = not is_loopback(settings.listen)
    token = " -H 'Authorization: Bearer '$GYM_HTTP_TOKEN" if settings.token else ""
    print(
        f"gym-http-server listens at {where}"
        f"{' and beyond this machine' if beyond else ''} (Ctrl-C stops it). Try:\n"
        f'  curl -X POST{token} -d \'{{"env_id": "CartPole-v1"}}\' {call}/v1/envs/',
        flush=True,
    )
