"""Runs the application under Granian: one supervising process, and one that holds the environments."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import socket
import sys
import threading
import time
import traceback
from collections.abc import Callable
from multiprocessing.connection import wait
from multiprocessing.util import Finalize
from typing import Any

from granian import Granian
from granian.constants import HTTPModes, Interfaces

from ..settings import Settings
from ..telemetry.logs import configure_logs
from .access import is_loopback, refusal_to_listen

# A request that waits for an instance's lock holds a thread, so there must be more of these than patient clients.
_THREADS = 256
_SECONDS_TO_STOP = 30


CreateApp = Callable[[Settings, Callable[[], None]], Any]


class StartError(Exception):
    """The server cannot start; the message says why and what to do."""


def serve(settings: Settings, create_app: CreateApp) -> None:
    """Serves the application until SIGTERM, SIGINT or a shutdown request; then what it built is closed.

    `create_app` is called with the settings and with what stops the server, in the process that serves. Its
    application's `extensions["gym_http_host"]` has the `close()` that ends it.

    Raises:
        StartError: no token for an address beyond loopback, the port is taken, or an import failed.
    """
    refusal = refusal_to_listen(settings)
    if refusal is not None:
        raise StartError(refusal)
    address, port = _free_address(settings)
    if sys.platform != "win32" and multiprocessing.get_start_method(allow_none=True) is None:
        # From a script without a `__main__` guard, anything but fork would run the script again.
        multiprocessing.set_start_method("fork")
    granian = _Supervisor(
        "gym_http_server",
        address=address,
        port=port,
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,
        blocking_threads=_THREADS,
        backpressure=_THREADS,
        workers_kill_timeout=_SECONDS_TO_STOP,
        log_enabled=False,
    )
    try:
        granian.serve(target_loader=_Loader(settings, create_app, port, os.getpid()), wrap_loader=False)
    except SystemExit:
        raise StartError("The server could not start or its process ended; see the messages above") from None


class _Supervisor(Granian):  # type: ignore[misc,valid-type]  # which class it is depends on the interpreter
    def signal_handler_interrupt(self, *arguments: Any, **named: Any) -> None:
        # A second signal that comes while the first one sets Granian's event would wait for it, in the same thread.
        if not self.interrupt_signal:
            super().signal_handler_interrupt(*arguments, **named)


def _free_address(settings: Settings) -> tuple[str, int]:
    """The IP address and the port to listen on.

    Granian takes no names, and shares ports (SO_REUSEPORT): a second server would take half of the requests.
    """
    family = socket.AF_INET6 if ":" in settings.listen else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.listen, settings.port))
        except OSError as error:
            reason = error.strerror or str(error)
            raise StartError(
                f"Cannot listen on {settings.listen} port {settings.port}: {reason}. Choose another one with --port."
            ) from None
        address, port = probe.getsockname()[:2]
        return address, port


class _Loader:
    """Builds the application in the process that serves it."""

    def __init__(self, settings: Settings, create_app: CreateApp, port: int, supervisor: int) -> None:
        self._settings = settings
        self._create_app = create_app
        self._port = port
        self._supervisor = supervisor

    def __call__(self, *_: Any, **__: Any) -> Callable[..., Any]:
        # Until Granian sets its own handler this process has the supervisor's, which swallows the SIGTERM it sends.
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        if sys.platform != "win32":
            # A terminal sends Ctrl-C to this process too, and the supervisor then SIGTERM: of two signals at once
            # Granian may lose both, and what ends before the supervisor has seen its own counts as crashed.
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        configure_logs()
        # Workers of async vector envs start from a fresh process, which imports the main module again: ours, not a
        # script that would start a second server.
        sys.modules["__main__"] = sys.modules["gym_http_server"]
        try:
            app = self._create_app(self._settings, self._stop)
        except ImportError as error:
            if error.__cause__ is not None:  # a mistake in the operator's module: show where
                traceback.print_exception(error.__cause__)
            print(
                f"gym-http-server: cannot import what --import or --library names: {error}", file=sys.stderr, flush=True
            )
            raise SystemExit(1) from None
        gc.freeze()  # what the imports have brought stays: no collection need look at it again
        Finalize(None, app.extensions["gym_http_host"].close, exitpriority=100)
        threading.Thread(target=self._die_with_supervisor, name="supervisor-watch", daemon=True).start()
        threading.Thread(target=self._greet, name="greeting", daemon=True).start()
        wsgi_app: Callable[..., Any] = app.wsgi_app
        return wsgi_app

    def _stop(self) -> None:
        if os.getppid() == self._supervisor:
            os.kill(self._supervisor, signal.SIGTERM)

    def _die_with_supervisor(self) -> None:
        parent = multiprocessing.parent_process()
        if parent is not None:
            wait([parent.sentinel])
            os.kill(os.getpid(), signal.SIGTERM)

    def _greet(self) -> None:
        """Says where the server is, once it is there."""
        everywhere = self._settings.listen in ("0.0.0.0", "::", "")
        host = "127.0.0.1" if everywhere else self._settings.listen
        while True:
            try:
                socket.create_connection((host, self._port), timeout=1).close()
                break
            except OSError:
                time.sleep(0.01)
        address = f"http://{f'[{host}]' if ':' in host else host}:{self._port}"
        token = " -H 'Authorization: Bearer '$GYM_HTTP_TOKEN" if self._settings.token else ""
        print(
            f"gym-http-server listens at {address}"
            f"{'' if is_loopback(self._settings.listen) else ' and beyond this machine'} (Ctrl-C stops it). Try:\n"
            f'  curl -X POST{token} -d \'{{"env_id": "CartPole-v1"}}\' {address}/v1/envs/',
            flush=True,
        )
