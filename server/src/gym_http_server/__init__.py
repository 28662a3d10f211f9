"""gym-http-server: drives Gymnasium environments over HTTP for clients in any language.

from gym_http_server import start_server
start_server(listen="127.0.0.1", port=5000)
"""

from .http.serving import start_server

__all__ = ["create_app", "start_server"]


def __getattr__(name: str) -> object:
    # The application brings NumPy and Gymnasium, which the process that only supervises never needs.
    if name == "create_app":
        from .http.app import create_app

        return create_app
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
