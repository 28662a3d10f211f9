"""gym-http-server: drives Gymnasium environments over HTTP for clients in any language.

from gym_http_server import start_server
start_server(listen="127.0.0.1", port=5000)
"""

from .service import create_app, start_server

__all__ = ["create_app", "start_server"]
