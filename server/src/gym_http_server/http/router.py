"""Which operation a request asks for, by its method and path."""

from __future__ import annotations

import re

from ..protocol.errors import ApiError

_ID = "/v1/envs/{instance_id}"

# operationId: method and path, as spec/openapi.yaml has them. Paths serve with and without their last slash.
ROUTES = {
    "env_create": ("POST", "/v1/envs/"),
    "env_list_all": ("GET", "/v1/envs/"),
    "env_info": ("GET", f"{_ID}/"),
    "env_reset": ("POST", f"{_ID}/reset/"),
    "env_step": ("POST", f"{_ID}/step/"),
    "env_render": ("GET", f"{_ID}/render/"),
    "env_get_attr": ("POST", f"{_ID}/get_attr/"),
    "env_action_space_info": ("GET", f"{_ID}/action_space/"),
    "env_action_space_sample": ("GET", f"{_ID}/action_space/sample"),
    "env_action_space_contains": ("POST", f"{_ID}/action_space/contains"),
    "env_action_space_contains_x": ("GET", f"{_ID}/action_space/contains/{{x}}"),
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
_ENVS = "/v1/envs/"
_CONTAINS = "action_space/contains/"

Operations = dict[str, str]  # method: operationId


def _index() -> tuple[dict[str, Operations], dict[str, Operations]]:
    """The operations at each path without an instance, and at what follows an instance's id."""
    fixed: dict[str, Operations] = {}
    of_instance: dict[str, Operations] = {}
    for operation, (method, path) in ROUTES.items():
        _, is_instance, tail = path.rstrip("/").partition(_ID)
        place, key = (of_instance, tail.lstrip("/")) if is_instance else (fixed, path.rstrip("/"))
        place.setdefault(key, {})[method] = operation
    return fixed, of_instance


_FIXED, _OF_INSTANCE = _index()


def find(method: str, path: str) -> tuple[str, dict[str, str]]:
    """The operationId and the arguments from the path; HEAD is a GET whose body stays behind.

    Args:
        method: as it came.
        path: decoded, as `tidy` leaves it.

    Raises:
        ApiError: 404 `not_found`, 405 `method_not_allowed`.
    """
    operations, arguments = _at(path)
    if operations is None:
        raise not_found(path)
    operation = operations.get("GET" if method == "HEAD" else method)
    if operation is None:
        allowed = ", ".join(sorted({*operations, *(("HEAD",) if "GET" in operations else ())}))
        problem = f"{method} is not for {path}: use {allowed}"
        raise ApiError(405, "method_not_allowed", problem, (("Allow", allowed),))
    return operation, arguments


def _at(path: str) -> tuple[Operations | None, dict[str, str]]:
    if not path.startswith(_ENVS):
        return _FIXED.get(path), {}
    instance_id, _, tail = path[len(_ENVS) :].partition("/")
    operations = _OF_INSTANCE.get(tail)
    if operations is None and tail.startswith(_CONTAINS):
        return _OF_INSTANCE[_CONTAINS + "{x}"], {"instance_id": instance_id, "x": tail[len(_CONTAINS) :]}
    return operations, {"instance_id": instance_id}


def tidy(path: str) -> str:
    """Single slashes and none at the end; to shut down, one Java client sends an empty instance id before shutdown/."""
    if "//" not in path:
        return path.rstrip("/")
    single = re.sub("/+", "/", path).rstrip("/")
    return "/v1/shutdown" if re.fullmatch(r"/+v1/+envs//+shutdown/*", path) else single


def not_found(path: str) -> ApiError:
    """A 404 for a path that nothing is at."""
    return ApiError(404, "not_found", f"There is no {path}; GET /v1/openapi.yaml lists what there is")
