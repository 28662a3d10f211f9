"""A Gymnasium environment whose dynamics run at a server."""

from __future__ import annotations

from typing import Any, SupportsFloat

import gymnasium
import numpy as np
from gymnasium.envs.registration import EnvSpec
from numpy.typing import NDArray

from . import _episodes
from ._calls import field
from .client import Client
from .errors import DecodeError, ServerError
from .spaces import Decoder, decoder, space_from_info

_FACTS: dict[str, type] = {"env_id": str, "num_envs": int, "metadata": dict, "spec": dict}


class RemoteEnv(gymnasium.Env[Any, Any]):
    """The environment `env_id` of the server at `remote_base`, as a `gymnasium.Env`.

    Spaces equal those of the environment itself, and so do observations, dtypes included (one of a Discrete is an int).
    ``env.action_space.sample()`` draws here; seed it with ``env.action_space.seed(...)``.

    Args:
        remote_base: where the server is, such as ``"http://127.0.0.1:5000"``.
        env_id: as for `gymnasium.make`.
        render_mode: None, or ``"rgb_array"`` for `render`. To see the frames in a window, make the environment with
            ``gymnasium.make("gym_http_client:Remote-v0", render_mode="human", ...)``.
        seed: at least 0; seeds the first reset that brings no seed of its own.
        kwargs: arguments of the environment's constructor.
        max_episode_steps: replaces the environment's own time limit.
        encoding: ``"msgpack"`` or ``"json"``; by default MessagePack where `msgpack` is installed. With JSON, arrays in
            `info` arrive as lists.
        **connection: `timeout`, `retries`, `token` and `session` of `Client`.

    Attributes:
        client: the `Client` that it calls with.
        instance_id: the id by which others may attach.

    Raises:
        GymHttpError: one of its four kinds, from every method; a refused action is a `ServerError`.

    >>> with RemoteEnv("http://127.0.0.1:5000", "CartPole-v1") as env:
    ...     observation, info = env.reset(seed=42)
    ...     observation, reward, terminated, truncated, info = env.step(1)
    >>> observation
    array([ 0.02727336,  0.18847767,  0.03625453, -0.26141977], dtype=float32)
    """

    metadata: dict[str, Any] = {"render_modes": ["rgb_array"]}  # noqa: RUF012 - Gymnasium declares it an instance attribute

    def __init__(
        self,
        remote_base: str,
        env_id: str,
        *,
        render_mode: str | None = None,
        seed: int | None = None,
        kwargs: dict[str, Any] | None = None,
        max_episode_steps: int | None = None,
        encoding: str | None = None,
        **connection: Any,
    ) -> None:
        check_render_mode(render_mode)
        client = Client(remote_base, encoding=encoding, **connection)
        instance_id = client.env_create(
            env_id, seed=seed, kwargs=kwargs, max_episode_steps=max_episode_steps, render_mode=render_mode
        )
        try:
            info = self._bind(client, instance_id)
        except BaseException:
            client.env_close(instance_id)
            raise
        options = {"render_mode": render_mode, "seed": seed, "kwargs": kwargs, "max_episode_steps": max_episode_steps}
        arguments = {**options, "encoding": encoding, **connection}
        self.spec = spec_of(info, {"remote_base": remote_base, "env_id": env_id, **arguments})
        self._owns_instance = True

    @classmethod
    def attach(cls, remote_base: str, instance_id: str, *, encoding: str | None = None, **connection: Any) -> RemoteEnv:
        """The live instance of that id. Its `close` leaves the instance alive; ``env.client.env_close`` ends it.

        >>> env = RemoteEnv("http://127.0.0.1:5000", "CartPole-v1")
        >>> same = RemoteEnv.attach("http://127.0.0.1:5000", env.instance_id)
        >>> same.observation_space == env.observation_space
        True
        >>> same.close(), env.close()
        (None, None)
        """
        env = cls.__new__(cls)
        env._bind(Client(remote_base, encoding=encoding, **connection), instance_id)
        env._owns_instance = False
        return env

    def _bind(self, client: Client, instance_id: str) -> dict[str, Any]:
        self.client = client
        self.instance_id = instance_id
        self._closed = False
        info = facts_of(client, instance_id)
        if "autoreset_mode" in info:
            raise ValueError(f"{instance_id} is a vector env: use RemoteVectorEnv")
        self.render_mode = info.get("render_mode")
        self.metadata = remote_metadata(info)
        self.action_space = remote_space(client.env_action_space_info(instance_id), self)
        self.observation_space = remote_space(client.env_observation_space_info(instance_id), self)
        self._observation = decoder(self.observation_space)
        return info

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        """Begin an episode; returns (observation, info). `np_random` is seeded too; the dynamics do not use it."""
        super().reset(seed=seed)
        reply = _episodes.reset(self.client._calls, self.instance_id, seed, options)
        return decoded(self._observation, reply["observation"], self), reply["info"]

    def step(self, action: Any) -> tuple[Any, SupportsFloat, bool, bool, dict[str, Any]]:
        """Take one step; returns (observation, reward, terminated, truncated, info)."""
        reply = _episodes.step(self.client._calls, self.instance_id, action)
        observation = decoded(self._observation, reply["observation"], self)
        reward, terminated, truncated = reply["reward"], reply["terminated"], reply["truncated"]
        if not (isinstance(reward, (float, int)) and isinstance(terminated, bool) and isinstance(truncated, bool)):
            raise DecodeError(
                f"{_url(self)} replied reward {reward!r:.40}, terminated {terminated!r:.40} and truncated "
                f"{truncated!r:.40} where a number and two booleans belong. Is it a gym-http-server?",
                _url(self),
            )
        return observation, reward, terminated, truncated, reply["info"]

    def render(self) -> NDArray[np.uint8] | None:
        """The current frame, a uint8 array of shape (height, width, 3); None where `render_mode` is None."""
        if self.render_mode is None:
            return None
        frame: NDArray[np.uint8] = self.client.env_render(self.instance_id, array=True)
        return frame

    def close(self) -> None:
        """End the instance (unless it was attached to) and close the connection. Closing again does nothing."""
        if not self._closed:
            self._closed = True
            if self._owns_instance:
                end_instance(self.client, self.instance_id)
            self.client.close()


def facts_of(client: Client, instance_id: str) -> dict[str, Any]:
    """What `env_info` says of the instance, with what an environment here needs of it checked."""
    info = client.env_info(instance_id)
    for name, kind in _FACTS.items():
        field(info, name, kind, f"{client.remote_base}/v1{_episodes.route(instance_id)}")
    return info


def end_instance(client: Client, instance_id: str) -> None:
    """Close the instance, unless another client or the server's idle timeout already has."""
    try:
        client.env_close(instance_id)
    except ServerError as error:
        if error.code not in ("unknown_instance", "instance_gone"):
            raise


def check_render_mode(render_mode: str | None) -> None:
    """Refuse what a server cannot send."""
    if render_mode not in (None, "rgb_array"):
        raise ValueError(
            f"render_mode must be None or 'rgb_array', not {render_mode!r}; for a window here use "
            "gymnasium.make('gym_http_client:Remote-v0', render_mode='human', ...)"
        )


def remote_metadata(info: dict[str, Any]) -> dict[str, Any]:
    """The environment's own metadata, with the one way of rendering that reaches a client."""
    own = info["metadata"]
    modes = own.get("render_modes") or []
    return {**own, "render_modes": ["rgb_array"] if "rgb_array" in modes else []}


def remote_space(info: dict[str, Any] | None, env: Any) -> gymnasium.Space[Any]:
    """The space that the server of `env` describes."""
    try:
        return space_from_info(info or {})
    except ValueError as error:
        raise DecodeError(f"{_url(env)} has a space that is unknown here: {error}", _url(env)) from error


def decoded(decode: Decoder, wire: Any, env: Any) -> Any:
    """The observation that `wire` stands for."""
    try:
        return decode(wire)
    except ValueError as error:
        message = f"{_url(env)} replied an observation that is not of its observation space: {error}"
        raise DecodeError(message, _url(env)) from error


def _url(env: Any) -> str:
    return f"{env.client.remote_base}/v1{_episodes.route(env.instance_id)}"


def spec_of(info: dict[str, Any], arguments: dict[str, Any]) -> EnvSpec:
    """The spec by which `gymnasium.make` makes the same remote environment again, with the facts of the original's."""
    facts = info["spec"]
    return EnvSpec(
        id=info["env_id"].rpartition(":")[2],
        entry_point="gym_http_client.env:RemoteEnv",
        vector_entry_point="gym_http_client.vector:RemoteVectorEnv",
        reward_threshold=facts.get("reward_threshold"),
        nondeterministic=facts.get("nondeterministic", False),
        max_episode_steps=facts.get("max_episode_steps"),
        kwargs={name: value for name, value in arguments.items() if value is not None},
    )
