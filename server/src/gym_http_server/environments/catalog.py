"""Which environment ids can be created here: look-up, retired ids, suggestions."""

from __future__ import annotations

import difflib
import importlib
import importlib.metadata
import importlib.util
import logging
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from ..protocol.errors import ApiError, shown
from . import atari
from .entry_points import main_entry_point, missing_dependency
from .recipe import malformed_env_id

logger = logging.getLogger(__name__)

# What an environment's module needs beside its library, and the extra of this package that brings it.
_NEEDS = {
    re.compile(module): need
    for module, need in {
        r"gymnasium\.envs\.box2d": ("Box2D", "gym-http-server[box2d]"),
        r"gymnasium\.envs\.mujoco": ("mujoco", "gym-http-server[mujoco]"),
        r"gymnasium\.envs\.(phys2d|tabular)": ("jax", "gymnasium[jax]"),
        r"gym\.envs\.box2d": ("Box2D", "gym-http-server[box2d]"),
        r"gym\.envs\.mujoco\..*_v4": ("mujoco", "gym-http-server[mujoco]"),
        r"gym\.envs\.mujoco": ("mujoco_py", "gym[mujoco_py]"),
    }.items()
}
# Environments that releases of other packages broke, by library and id, and the first release that did.
_BROKEN_BY = {
    ("gymnasium", "Pusher-v4"): ("mujoco", "3"),
    ("gym", "Hopper-v4"): ("mujoco", "2.3.4"),
    ("gym", "Walker2d-v4"): ("mujoco", "2.3.4"),
    ("gym", "Swimmer-v4"): ("mujoco", "3"),
    ("gym", "CarRacing-v2"): ("numpy", "2"),
    ("gym", "LunarLanderContinuous-v2"): ("numpy", "2"),
}
# Packages that register environments only when imported; they are heavy, so an id asked for is their cue.
_PLUGINS = {"gymnasium": ("ale_py",), "gym": ()}
_NAMESPACE_EXTRAS = {"gymnasium": {"ALE": "gym-http-server[atari]"}, "gym": {}}


class Found(NamedTuple):
    """What an id stands for: the library's spec, and arguments for its constructor beyond the spec's own.

    `requested` is the id asked for where another one stands in for it.
    """

    spec: Any
    requested: str | None = None
    kwargs: Mapping[str, Any] = {}


class Catalog:
    """The registry of one library (`gymnasium` or `gym`), as far as this machine can create what it lists."""

    def __init__(self, library: str, imports: Sequence[str] = ()) -> None:
        self._library = library
        self._registration = importlib.import_module(f"{library}.envs.registration")
        self._imports = tuple(imports)
        self._plugins_loaded = False
        for module in self._imports:
            _import(module)

    def find(self, env_id: str) -> Found:
        """What an id stands for; where it is retired, its present version, with the arguments that make it the same.

        Raises:
            ApiError: 400 `malformed_env_id`, `unknown_env_id`, `module_not_allowed` or `missing_dependency`.
        """
        if ":" in env_id:
            env_id = self._without_module(env_id)
        spec = self._registered(env_id)
        if spec is not None:
            _require(spec)
            return Found(spec)
        found = self._present(env_id)
        if found is None:
            raise self._unknown(env_id)
        _require(found.spec)
        problem = "names no version" if self._parse(env_id)[2] is None else "is retired"
        arguments = ", ".join(f"{name}={value!r}" for name, value in found.kwargs.items())
        stand_in = f"{found.spec.id} with {arguments}" if arguments else found.spec.id
        logger.warning("%s %s: %s stands in for it", env_id, problem, stand_in)
        return found

    def specs(self) -> list[Any]:
        """The library's specs of all that can be created here, by id."""
        self._load_plugins()
        return [spec for _, spec in sorted(self._registry().items()) if not _is_stub(spec) and not _lacks(spec)]

    def _registry(self) -> Mapping[str, Any]:
        registry: Mapping[str, Any] = self._registration.registry
        return registry

    def _registered(self, env_id: str) -> Any:
        spec = self._registry().get(env_id)
        if spec is None and not self._plugins_loaded:
            self._load_plugins()
            spec = self._registry().get(env_id)
        return None if spec is None or _is_stub(spec) else spec

    def _load_plugins(self) -> None:
        for module in _PLUGINS[self._library]:
            if importlib.util.find_spec(module) is not None:
                importlib.import_module(module)
        self._plugins_loaded = True

    def _without_module(self, env_id: str) -> str:
        module, _, name = env_id.partition(":")
        if module not in self._imports:
            allowed = f" (allowed here: {', '.join(self._imports)})" if self._imports else ""
            raise ApiError(
                400,
                "module_not_allowed",
                f"{shown(env_id)} names the module {shown(module)}, "
                f"which the operator has not allowed with --import{allowed}",
            )
        return name

    def _parse(self, env_id: str) -> tuple[str | None, str, int | None]:
        try:
            parsed: tuple[str | None, str, int | None] = self._registration.parse_env_id(env_id)
            return parsed
        except Exception:  # the base class of the library's errors differs between the two
            raise malformed_env_id(env_id) from None

    def _present(self, env_id: str) -> Found | None:
        namespace, name, version = self._parse(env_id)
        spec = self._newest(namespace, name, version)
        if spec is not None:
            return Found(spec, env_id)
        present_id, kwargs = atari.present_id(namespace, name, version) or ("", {})
        spec = self._registry().get(present_id)
        return None if spec is None else Found(spec, env_id, kwargs)

    def _newest(self, namespace: str | None, name: str, version: int | None) -> Any:
        kin = [
            spec
            for spec in self._registry().values()
            if spec.namespace == namespace and spec.name == name and spec.version is not None and not _is_stub(spec)
        ]
        newest = max(kin, key=lambda spec: spec.version, default=None)
        if newest is None or (version is not None and version > newest.version):
            return None
        return newest

    def _unknown(self, env_id: str) -> ApiError:
        ids = [id_ for id_, spec in self._registry().items() if not _is_stub(spec) and not _lacks(spec)]
        nearest = difflib.get_close_matches(env_id, ids, n=3, cutoff=0.5)
        hint = (
            f"The nearest ids are: {', '.join(nearest)}." if nearest else "GET /v1/registry/ lists the ids there are."
        )
        present_id, _ = atari.present_id(*self._parse(env_id)) or (env_id, {})
        namespace, slash, _ = present_id.partition("/")
        extra = _NAMESPACE_EXTRAS[self._library].get(namespace) if slash else None
        if extra is not None and not any(id_.startswith(f"{namespace}/") for id_ in ids):
            hint = f"The server lacks the package that has it: pip install '{extra}'."
        return ApiError(400, "unknown_env_id", f"No environment {shown(env_id)} is registered here. {hint}")


def _import(module: str) -> None:
    try:
        importlib.import_module(module)
    except ImportError:
        raise
    except Exception as error:
        raise ImportError(f"{module} raised {type(error).__name__}: {error}") from error


def _is_stub(spec: Any) -> bool:
    """Whether nothing makes it, or a function that only raises (MuJoCo's v2 and v3 in Gymnasium)."""
    point = main_entry_point(spec)
    return point is None or (callable(point) and getattr(point, "__name__", "").startswith("_raise"))


def _lacks(spec: Any) -> tuple[str, str] | None:
    """The package that the environment needs and this machine lacks, and what to install; None when all is here."""
    point = main_entry_point(spec)
    if not isinstance(point, str):
        return None
    module = point.partition(":")[0]
    library = module.partition(".")[0]
    package, extra = next((need for pattern, need in _NEEDS.items() if pattern.match(module)), (library, library))
    if not _installed(package):
        return package, extra
    package, release = _BROKEN_BY.get((library, spec.id), ("", ""))
    if package and _numbers(importlib.metadata.version(package)) >= _numbers(release):
        older = f"{package}<{release}"
        return older, older
    return None


def _numbers(version: str) -> list[int]:
    return [int(part) for part in re.findall(r"\d+", version)]


@lru_cache(maxsize=256)
def _installed(package: str) -> bool:
    return importlib.util.find_spec(package) is not None


def _require(spec: Any) -> None:
    lacking = _lacks(spec)
    if lacking is not None:
        package, extra = lacking
        raise missing_dependency(spec.id, f"the package {package}: pip install '{extra}'")
