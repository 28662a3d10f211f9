"""Every operation of the API: its parameters, its route, and how its result is read from the reply."""

from __future__ import annotations

import os
from typing import Any, Literal, overload
from urllib.parse import quote

from ._encoding import to_wire
from ._instance_operations import UNSET, Unset, create, field, frame, get_attr, reader, reset, route, step
from ._session import Session
from .results import SpaceInfo, StepResult


class Operations:
    """The flat API: every operation of the server as a method, named as the original gym-http-api named them."""

    _session: Session

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
        return create(self._session, self._session.flat, env_id, render_mode, given)

    def env_list_all(self) -> dict[str, str]:
        """The live instances: ``{instance_id: env_id}``."""
        return self._session.get("/envs/", reader("all_envs", dict))

    def env_info(self, instance_id: str) -> dict[str, Any]:
        """The instance's facts: env_id, num_envs, steps, episodes, created, last_used, metadata, spec and more."""
        return self._session.get(route(instance_id), dict)

    def env_close(self, instance_id: str) -> None:
        """End the instance; its id is unknown from then on."""
        self._session.post(route(instance_id, "close/"), {}, dict)

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

        def read(document: dict[str, Any]) -> Any:
            return (document["observation"], document["info"]) if return_info else document["observation"]

        return reset(self._session, self._session.flat, instance_id, seed, options, read)

    def env_step(self, instance_id: str, action: Any, render: bool = False) -> StepResult:
        """Take one step; returns the list ``[observation, reward, done, info]``, with `terminated` and `truncated`.

        Args:
            action: an element of the action space: an int for a Discrete, nested lists or an array for a Box.
            render: accepted for old scripts; frames come from `env_render`.

        >>> from gym_http_client import Client
        >>> client = Client("http://127.0.0.1:5000")
        >>> instance_id = client.env_create("CartPole-v1")
        >>> _ = client.env_reset(instance_id)
        >>> step = client.env_step(instance_id, 0)
        >>> len(step), step.terminated, step.truncated
        (4, False, False)
        >>> client.env_close(instance_id)
        """
        return step(self._session, self._session.flat, instance_id, action, _step_result, render)

    @overload
    def env_render(self, instance_id: str, *, array: Literal[False] = ...) -> bytes: ...
    @overload
    def env_render(self, instance_id: str, *, array: Literal[True]) -> Any: ...
    def env_render(self, instance_id: str, *, array: bool = False) -> Any:
        """The current frame as the bytes of a PNG picture (a vector env's frames are tiled).

        Args:
            array: return what the environment drew instead: of render mode rgb_array a uint8 array of shape (height,
                width, 3), for a vector env (num_envs, height, width, 3); of ansi a string. Needs the `msgpack` extra.
        """
        if array:
            return frame(self._session, instance_id)
        return self._session.get_raw(route(instance_id, "render/"), "image/png")

    def env_get_attr(self, instance_id: str, name: str, call: bool = False) -> Any:
        """An attribute of the environment; for a vector env of single ones a list with one for each.

        Args:
            name: a public name such as ``"gravity"``, or several with dots between: ``"ale.lives"``.
            call: where it is a method, give what it returns. Only those that the operator allows can be called.
        """
        return get_attr(self._session, self._session.flat, instance_id, name, call)

    # Spaces

    def env_action_space_info(self, instance_id: str) -> SpaceInfo:
        """The action space's facts, such as ``{"name": "Discrete", "n": 2, "start": 0, "dtype": "int64"}``."""
        return self._session.get(route(instance_id, "action_space/"), _space_info)

    def env_action_space_sample(self, instance_id: str) -> Any:
        """A random action, drawn at the server from the instance's own seeded generator."""
        return self._session.get(route(instance_id, "action_space/sample"), reader("action", object))

    def env_action_space_contains(self, instance_id: str, x: Any) -> bool:
        """Whether `x` is an action of the instance."""
        path = route(instance_id, "action_space/contains")
        return bool(self._session.post(path, {"value": to_wire(x)}, reader("member", bool)))

    def env_observation_space_info(self, instance_id: str) -> SpaceInfo:
        """The observation space's facts; a Box has `shape`, flat `low` and `high`, and `dtype`."""
        return self._session.get(route(instance_id, "observation_space/"), _space_info)

    def env_observation_space_contains(
        self, instance_id: str, params: dict[str, Any] | None = None, *, value: Any = UNSET
    ) -> bool:
        """Whether the space's facts are those of `params`; or, with `value`, whether that is an observation.

        Args:
            params: facts to compare with `env_observation_space_info`, such as ``{"name": "Box", "shape": [4]}``.
            value: an observation to look for in the space.
        """
        document = {"value": to_wire(value)} if value is not UNSET else dict(params or {})
        path = route(instance_id, "observation_space/contains")
        return bool(self._session.post(path, document, reader("member", bool)))

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
        self._session.post(route(instance_id, "monitor/start/"), document, dict)

    def env_monitor_close(self, instance_id: str) -> None:
        """Stop recording and write what is left."""
        self._session.post(route(instance_id, "monitor/close/"), {}, dict)

    def upload(self, training_dir: str, algorithm_id: str | None = None, api_key: str | None = None) -> dict[str, Any]:
        """Submit a monitor's directory (a path at the server) to its scoreboard; returns the evaluation.

        Args:
            algorithm_id: the name to list it under.
            api_key: identifies the submitter; by default the environment variable ``OPENAI_GYM_API_KEY``.
        """
        api_key = api_key or os.environ.get("OPENAI_GYM_API_KEY")
        given = {"training_dir": training_dir, "algorithm_id": algorithm_id, "api_key": api_key}
        document = {name: value for name, value in given.items() if value is not None}
        return self._session.post("/upload/", document, dict)

    def scoreboard_list(self, env_id: str | None = None, algorithm_id: str | None = None) -> list[dict[str, Any]]:
        """The submitted evaluations, best first; of one environment or algorithm if asked."""
        asked = {"env_id": env_id, "algorithm_id": algorithm_id}
        query = "&".join(f"{name}={quote(value, safe='')}" for name, value in asked.items() if value is not None)
        return self._session.get("/scoreboard/" + (f"?{query}" if query else ""), reader("evaluations", list))

    # The server

    def registry_list(self) -> list[dict[str, Any]]:
        """The environments that can be created at the server, with their facts, sorted by `id`."""
        return self._session.get("/registry/", reader("envs", list))

    def health(self) -> dict[str, Any]:
        """The server's `status`, `versions`, number of live `instances` and `uptime` in seconds."""
        return self._session.get("/health/", dict)

    def openapi(self) -> str:
        """The API's own description, as OpenAPI YAML."""
        return self._session.get_raw("/openapi.yaml", "application/yaml").decode(errors="replace")

    def shutdown(self) -> None:
        """Stop the server; it closes its environments and writes its monitors first."""
        self._session.post("/shutdown/", {}, dict)

    shutdown_server = shutdown


def _step_result(document: dict[str, Any]) -> StepResult:
    items = [document["observation"], document["reward"], document["done"], document["info"]]
    return StepResult(items, document["terminated"], document["truncated"])


def _space_info(document: dict[str, Any]) -> SpaceInfo:
    return SpaceInfo(field(document, "info", dict), document.get("single"))
