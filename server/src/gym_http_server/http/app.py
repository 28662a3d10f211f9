"""The Flask application: routes to operations."""

from __future__ import annotations

import ctypes
import importlib.util
import logging
import os
import sys
from collections.abc import Callable
from typing import Any

from flask import Flask, Response, request
from werkzeug.exceptions import MethodNotAllowed, NotFound

from ..hosting.local import LocalHost
from ..instance.handling import error_reply
from ..protocol.errors import ApiError
from ..protocol.messages import Reply
from ..settings import Settings
from .gateway import Door, http_parts
from .server_operations import Service

logger = logging.getLogger(__name__)

_ID = "/v1/envs/<instance_id>"

# operationId: method and path, as spec/openapi.yaml has them. The door strips the last slash: both spellings serve.
ROUTES = {
    "env_create": ("POST", "/v1/envs/"),
    "env_list_all": ("GET", "/v1/envs/"),
    "env_info": ("GET", f"{_ID}/"),
    "env_reset": ("POST", f"{_ID}/reset/"),
    "env_step": ("POST", f"{_ID}/step/"),
    "env_render": ("GET", f"{_ID}/render/"),
    "env_action_space_info": ("GET", f"{_ID}/action_space/"),
    "env_action_space_sample": ("GET", f"{_ID}/action_space/sample"),
    "env_action_space_contains": ("POST", f"{_ID}/action_space/contains"),
    "env_action_space_contains_x": ("GET", f"{_ID}/action_space/contains/<path:x>"),
    "env_observation_space_info": ("GET", f"{_ID}/observation_space/"),
    "env_observation_space_contains": ("POST", f"{_ID}/observation_space/contains"),
    "env_monitor_start": ("POST", f"{_ID}/monitor/start/"),
    "env_monitor_close": ("POST", f"{_ID}/monitor/close/"),
    "env_close": ("POST", f"{_ID}/close/"),
    "registry_list": ("GET", "/v1/registry/"),
    "upload": ("POST", "/v1/upload/"),
    "scoreboard_list": ("GET", "/v1/scoreboard/"),
    "health": ("GET", "/v1/health/"),
    "openapi": ("GET", "/v1/openapi.yaml"),
    "shutdown": ("POST", "/v1/shutdown/"),
}
_TAKE_A_QUERY = ("scoreboard_list",)


def create_app(settings: Settings | None = None, stop: Callable[[], None] | None = None) -> Flask:
    """The server as a Flask (WSGI) application.

    Args:
        settings: the operator's settings; the defaults of the command line when left out.
        stop: stops the WSGI server that runs the application; called after a shutdown request has been answered.
            Left out, a shutdown request closes the instances only.

    The host of the instances is `app.extensions["gym_http_host"]`: call its `close()` when the server ends. Instances
    live in the process, so the application must run in one process with threads.

    Raises:
        ImportError: a module of `settings.imports` cannot be imported.
    """
    settings = settings or Settings()
    _prepare_for_no_display()
    host = LocalHost(settings)
    app = Flask(__name__, static_folder=None)
    door = Door(app.wsgi_app, Service(settings, host, stop or host.close), settings)
    app.extensions["gym_http_host"] = host
    for operation, (method, path) in ROUTES.items():
        app.add_url_rule(
            path.rstrip("/"), operation, _view(door, operation), methods=[method], provide_automatic_options=False
        )
    app.register_error_handler(NotFound, _not_found)
    app.register_error_handler(MethodNotAllowed, _method_not_allowed)
    app.wsgi_app = door  # type: ignore[method-assign]  # Flask's documented way to put a middleware in front
    return app


def _view(door: Door, operation: str) -> Callable[..., Response]:
    def view(**arguments: Any) -> Response:
        query = request.args if operation in _TAKE_A_QUERY else {}
        return _response(door.serve(request.environ, operation, {**query, **arguments}))

    return view


def _response(reply: Reply) -> Response:
    status, headers, body = http_parts(reply, request.environ)
    return Response(body, status, headers)


def _not_found(error: NotFound) -> Response:
    return _refuse(404, "not_found", f"There is no {request.path}; GET /v1/openapi.yaml lists what there is")


def _method_not_allowed(error: MethodNotAllowed) -> Response:
    allowed = ", ".join(sorted(error.valid_methods or ()))
    message = f"{request.method} is not for {request.path}: use {allowed}"
    return _refuse(405, "method_not_allowed", message, ("Allow", allowed))


def _refuse(status: int, code: str, message: str, *headers: tuple[str, str]) -> Response:
    accept = request.environ.get("HTTP_ACCEPT", "")
    return _response(error_reply(ApiError(status, code, message, headers), accept))


def _prepare_for_no_display() -> None:
    """Lets environments draw on a machine without a display; what the operator has set stays."""
    os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
    if sys.platform.startswith("linux") and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
        if _has_egl():
            os.environ.setdefault("MUJOCO_GL", "egl")
            os.environ.setdefault("PYOPENGL_PLATFORM", "egl")
        elif importlib.util.find_spec("mujoco") is not None and "MUJOCO_GL" not in os.environ:
            # Told to use EGL, MuJoCo could not even be imported; told nothing, it takes the process down when it draws.
            os.environ["MUJOCO_GL"] = "disabled"
            logger.warning(
                "MuJoCo environments give no frames here: libEGL is missing (Debian: libegl1, libgl1-mesa-dri)"
            )


def _has_egl() -> bool:
    try:
        ctypes.CDLL("libEGL.so.1")
    except OSError:
        return False
    return True
