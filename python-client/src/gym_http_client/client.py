"""The flat API: every operation of the server as a method, named as the original gym-http-api named them."""

from __future__ import annotations

import os
from enum import Enum
from typing import Any, Literal, overload
from urllib.parse import quote, urlsplit

import requests

from ._calls import Calls, field
from ._encoding import ARRAY_TYPES, find_encoding, to_wire
from ._episodes import reset, route, step
from ._transport import open_transport
from ._version import __version__
from .results import SpaceInfo, StepResult

_LONGEST_TIMEOUT = 1e9


class Unset(Enum):
    """Stands for an argument that was not given, where None has a meaning of its own."""

    UNSET = "not given"


UNSET = Unset.UNSET


class Client:
    """A connection to a gym-http-server. Safe from several threads, and after a fork.

    Args:
        remote_base: where the server is, such as ``"http://127.0.0.1:5000"``.
        timeout: seconds that one call may take, retries included; above 0 and at most 1e9.
        retries: how often a call is sent again after its connection was lost, or a gateway answered 502, 503 or 504.
            Safe for every call: the server carries out a repeated one once.
        token: sent as ``Authorization: Bearer``; by default the environment variable ``GYM_HTTP_TOKEN``.
        encoding: ``"json"``: observations are numbers and nested lists, as JSON has them (there +inf is 1e100, -inf is
            -1e100 and NaN is None); ``"msgpack"``: arrays are `numpy.ndarray`s with the environment's dtypes; None:
            ``"msgpack"`` where `msgpack` and NumPy are installed, else ``"json"``.
        session: whose configuration to use: `verify`, `cert`, `proxies`, `auth`, `headers`, `trust_env` and adapters.
            It is read here, so configure it first.

    Raises (every method):
        ServerError: the server refused; `status_code`, `code` and `message` say why.
        TransportError: no whole reply came, also after the retries.
        RequestTimeoutError: not within `timeout`.
        DecodeError: the reply is not what the API promises.

    >>> with Client("http://127.0.0.1:5000") as client:
    ...     instance_id = client.env_create("CartPole-v1", seed=7)
    ...     observation = client.env_reset(instance_id)
    ...     observation, reward, done, info = client.env_step(instance_id, 1)
    ...     client.env_close(instance_id)
    >>> [type(number) for number in observation], reward, done, info
    ([<class 'float'>, <class 'float'>, <class 'float'>, <class 'float'>], 1.0, False, {})
    """

    def __init__(
        self,
        remote_base: str,
        *,
        timeout: float = 60.0,
        retries: int = 8,
        token: str | None = None,
        encoding: str | None = "json",
        session: requests.Session | None = None,
    ) -> None:
        parts = urlsplit(remote_base)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"remote_base must look like 'http://127.0.0.1:5000', not {remote_base!r}")
        if not 0 < timeout <= _LONGEST_TIMEOUT or retries < 0:
            raise ValueError(
                f"timeout must be above 0 and at most {_LONGEST_TIMEOUT:g} seconds and retries at least 0, "
                f"not {timeout} and {retries}"
            )
        if token is None and (session is None or session.auth is None):
            token = os.environ.get("GYM_HTTP_TOKEN")
        self.remote_base = remote_base.rstrip("/")
        transport = open_transport(self.remote_base, session, token, f"gym-http-client/{__version__}")
        self._calls = Calls(self.remote_base, transport, find_encoding(encoding), timeout, retries)

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Client({self.remote_base!r}, encoding={self._calls.encoding.name!r})"

    def close(self) -> None:
        """Close the connections. Instances live on at the server; `env_close` ends one."""
        self._calls.close()

    # Instances

    def env_create(
        self,
        env_id: str,
        *,
        seed: int | None = None,
        kwargs: dict[str, Any] | None = None,
        max_episode_steps: int | None = None,
        num_envs: int | None = None,
        vectorization_mode: Literal["sync", "async", "vector_entry_point"] | None = None,
        autoreset_mode: Literal["next_step", "same_step", "disabled"] | None = None,
        render_mode: str | Unset | None = UNSET,
    ) -> str:
        """Make an instance of an environment; returns its `instance_id`.

        Args:
            env_id: as for `gymnasium.make`.
            seed: at least 0; seeds the first reset that brings no seed of its own, and `env_action_space_sample`.
            kwargs: arguments of the environment's constructor.
            max_episode_steps: at least 1; replaces the environment's own time limit.
            num_envs: above 1: a vector env, whose values have a leading axis of that length.
            vectorization_mode: how the vector env is run; by default the environment's own way where it has one, else
                ``"sync"``. Giving it, or `autoreset_mode`, makes a vector env also of one environment.
            autoreset_mode: when a sub-environment whose episode has ended is reset; by default ``"next_step"``.
            render_mode: by default ``"rgb_array"`` where the environment has it; None for no frames.
        """
        given = {
            "seed": seed,
            "kwargs": kwargs,
            "max_episode_steps": max_episode_steps,
            "num_envs": num_envs,
            "vectorization_mode": vectorization_mode,
            "autoreset_mode": autoreset_mode,
        }
        document = {"env_id": env_id, **{name: to_wire(value) for name, value in given.items() if value is not None}}
        if render_mode is not UNSET:
            document["render_mode"] = render_mode
        return str(self._post("/envs/", document, "instance_id", str))

    def env_list_all(self) -> dict[str, str]:
        """The live instances: ``{instance_id: env_id}``."""
        return dict(self._get("/envs/", "all_envs", dict))

    def env_info(self, instance_id: str) -> dict[str, Any]:
        """The instance's facts: env_id, num_envs, steps, episodes, created, last_used, metadata, spec and more."""
        return self._calls.get(route(instance_id))

    def env_close(self, instance_id: str) -> None:
        """End the instance; its id is unknown from then on."""
        self._calls.post(route(instance_id, "close/"), {})

    # Episodes

    def env_reset(
        self,
        instance_id: str,
        *,
        seed: int | list[int] | None = None,
        options: dict[str, Any] | None = None,
        return_info: bool = False,
    ) -> Any:
        """Begin an episode; returns the observation, with ``return_info=True`` the pair (observation, info).

        Args:
            seed: at least 0; for a vector env also one for each of its environments.
            options: passed to the environment's `reset`.
        """
        document = reset(self._calls, instance_id, seed, options)
        return (document["observation"], document["info"]) if return_info else document["observation"]

    def env_step(self, instance_id: str, action: Any, render: bool = False) -> StepResult:
        """Take one step; returns the list ``[observation, reward, done, info]``, with `terminated` and `truncated`.

        Args:
            action: an element of the action space: an int for a Discrete, nested lists or an array for a Box.
            render: accepted for old scripts; frames come from `env_render`.

        >>> client = Client("http://127.0.0.1:5000")
        >>> instance_id = client.env_create("CartPole-v1")
        >>> _ = client.env_reset(instance_id)
        >>> step = client.env_step(instance_id, 0)
        >>> len(step), step.terminated, step.truncated
        (4, False, False)
        >>> client.env_close(instance_id)
        """
        document = step(self._calls, instance_id, action, render)
        items = [document["observation"], document["reward"], document["done"], document["info"]]
        return StepResult(items, document["terminated"], document["truncated"])

    @overload
    def env_render(self, instance_id: str, *, array: Literal[False] = ...) -> bytes: ...
    @overload
    def env_render(self, instance_id: str, *, array: Literal[True]) -> Any: ...
    def env_render(self, instance_id: str, *, array: bool = False) -> Any:
        """The current frame as the bytes of a PNG picture (a vector env's frames are tiled).

        Args:
            array: return a uint8 array instead, of shape (height, width, 3), for a vector env (num_envs, height, width,
                3); needs the `msgpack` extra.
        """
        if array:
            path = route(instance_id, "render/")
            return field(self._calls.get(path, find_encoding("msgpack")), "frame", ARRAY_TYPES, self._url(path))
        return self._calls.get_raw(route(instance_id, "render/"), "image/png")

    # Spaces

    def env_action_space_info(self, instance_id: str) -> SpaceInfo:
        """The action space's facts, such as ``{"name": "Discrete", "n": 2, "start": 0, "dtype": "int64"}``."""
        return self._space(route(instance_id, "action_space/"))

    def env_action_space_sample(self, instance_id: str) -> Any:
        """A random action, drawn at the server from the instance's own seeded generator."""
        return self._get(route(instance_id, "action_space/sample"), "action", object)

    def env_action_space_contains(self, instance_id: str, x: Any) -> bool:
        """Whether `x` is an action of the instance."""
        return bool(self._post(route(instance_id, "action_space/contains"), {"value": to_wire(x)}, "member", bool))

    def env_observation_space_info(self, instance_id: str) -> SpaceInfo:
        """The observation space's facts; a Box has `shape`, flat `low` and `high`, and `dtype`."""
        return self._space(route(instance_id, "observation_space/"))

    def env_observation_space_contains(
        self, instance_id: str, params: dict[str, Any] | None = None, *, value: Any = UNSET
    ) -> bool:
        """Whether the space's facts are those of `params`; or, with `value`, whether that is an observation.

        Args:
            params: facts to compare with `env_observation_space_info`, such as ``{"name": "Box", "shape": [4]}``.
            value: an observation to look for in the space.
        """
        document = {"value": to_wire(value)} if value is not UNSET else dict(params or {})
        return bool(self._post(route(instance_id, "observation_space/contains"), document, "member", bool))

    # Records

    def env_monitor_start(
        self,
        instance_id: str,
        directory: str,
        force: bool = False,
        resume: bool = False,
        video_callable: bool | int = False,
    ) -> None:
        """Begin to record episodes in `directory`, a path at the server.

        Args:
            force: delete what an earlier monitor left there.
            resume: add to it.
            video_callable: False or 0 for no videos, n to record every n-th episode, True for the server's schedule.
        """
        document = {"directory": directory, "force": force, "resume": resume, "video_callable": video_callable}
        self._calls.post(route(instance_id, "monitor/start/"), document)

    def env_monitor_close(self, instance_id: str) -> None:
        """Stop recording and write what is left."""
        self._calls.post(route(instance_id, "monitor/close/"), {})

    def upload(self, training_dir: str, algorithm_id: str | None = None, api_key: str | None = None) -> dict[str, Any]:
        """Submit a monitor's directory (a path at the server) to its scoreboard; returns the evaluation.

        Args:
            algorithm_id: the name to list it under.
            api_key: identifies the submitter; by default the environment variable ``OPENAI_GYM_API_KEY``.
        """
        api_key = api_key or os.environ.get("OPENAI_GYM_API_KEY")
        given = {"training_dir": training_dir, "algorithm_id": algorithm_id, "api_key": api_key}
        return self._calls.post("/upload/", {name: value for name, value in given.items() if value is not None})

    def scoreboard_list(self, env_id: str | None = None, algorithm_id: str | None = None) -> list[dict[str, Any]]:
        """The submitted evaluations, best first; of one environment or algorithm if asked."""
        asked = {"env_id": env_id, "algorithm_id": algorithm_id}
        query = "&".join(f"{name}={quote(value, safe='')}" for name, value in asked.items() if value is not None)
        return list(self._get("/scoreboard/" + (f"?{query}" if query else ""), "evaluations", list))

    # The server

    def registry_list(self) -> list[dict[str, Any]]:
        """The environments that can be created at the server, with their facts, sorted by `id`."""
        return list(self._get("/registry/", "envs", list))

    def health(self) -> dict[str, Any]:
        """The server's `status`, `versions`, number of live `instances` and `uptime` in seconds."""
        return self._calls.get("/health/")

    def openapi(self) -> str:
        """The API's own description, as OpenAPI YAML."""
        return self._calls.get_raw("/openapi.yaml", "application/yaml").decode(errors="replace")

    def shutdown(self) -> None:
        """Stop the server; it closes its environments and writes its monitors first."""
        self._calls.post("/shutdown/", {})

    shutdown_server = shutdown

    def _url(self, path: str) -> str:
        return f"{self.remote_base}/v1{path}"

    def _space(self, path: str) -> SpaceInfo:
        document = self._calls.get(path)
        return SpaceInfo(field(document, "info", dict, self._url(path)), document.get("single"))

    def _get(self, path: str, name: str, kind: type) -> Any:
        return field(self._calls.get(path), name, kind, self._url(path))

    def _post(self, path: str, document: dict[str, Any], name: str, kind: type) -> Any:
        return field(self._calls.post(path, document), name, kind, self._url(path))
