"""What is built from the settings, in one place, and the ways to start it from Python."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .http.serving import serve as serve_app
from .settings import Settings

if TYPE_CHECKING:
    from flask import Flask

_KEYED_REPLIES = 1024
_SHARE_OF_REPLIES = 8  # of the memory, all stored replies may take an eighth


def start_server(listen: str = "127.0.0.1", port: int = 5000, **settings: Any) -> None:
    """Serves until SIGTERM, SIGINT or a shutdown request, then closes the environments and returns.

    Args:
        listen: address to listen on, where anything but loopback needs a token (or `insecure=True`); or `unix:` and a
            path.
        port: TCP port; 0 takes a free one.
        **settings: the further fields of `gym_http_server.settings.Settings`.

    Raises:
        StartError: no token for an address beyond loopback, the port is taken, or an import failed.
    """
    serve(Settings(listen=listen, port=port, **settings))


def serve(settings: Settings) -> None:
    """`start_server` for ready-made settings."""
    serve_app(settings, create_app)


def create_app(settings: Settings | None = None, stop: Callable[[], None] | None = None) -> Flask:
    """The server as a Flask (WSGI) application.

    Args:
        settings: the operator's settings; the defaults of the command line when left out.
        stop: stops the WSGI server that runs the application; called after a shutdown request has been answered.
            Left out, a shutdown request closes the instances only.

    The table of the instances is `app.extensions["gym_http_host"]`: call its `close()` when the server ends. Instances
    live in the process, so the application must run in one process with threads.

    Raises:
        ImportError: a module of `settings.imports` cannot be imported.
    """
    # Imported here, as they bring NumPy and Gymnasium, which the process that only supervises never needs.
    from .environments.catalog import Catalog
    from .environments.display import prepare_display
    from .hosting.local import LocalHost
    from .hosting.memory import MemoryBudget, default_max_memory
    from .hosting.table import InstanceTable
    from .http.gateway import Gateway
    from .http.pages import make_app
    from .http.server_operations import ServerOperations
    from .http.wsgi import WsgiGateway
    from .instance.idempotency import IdempotencyCache, ReplyMemory

    settings = settings or Settings()
    prepare_display()
    catalog = Catalog(settings.library, settings.imports)
    max_memory = settings.max_memory or default_max_memory()
    replies = ReplyMemory(max_memory // _SHARE_OF_REPLIES)
    cache = IdempotencyCache(_KEYED_REPLIES, replies)
    table = InstanceTable(settings, LocalHost(settings, catalog, replies), cache, MemoryBudget(max_memory))
    server = ServerOperations(settings, catalog, table, cache, stop or table.close)
    app = make_app()
    app.extensions["gym_http_host"] = table
    gateway = Gateway(settings, table, server)
    app.wsgi_app = WsgiGateway(gateway, app.wsgi_app)  # type: ignore[method-assign]  # Flask's own advice
    return app
