"""A Gymnasium vector environment whose dynamics run at a server."""

from __future__ import annotations

from typing import Any

import numpy as np
from gymnasium.vector import AutoresetMode, VectorEnv
from numpy.typing import NDArray

from . import _episodes
from .client import Client
from .env import check_render_mode, decoded, end_instance, facts_of, remote_metadata, remote_space, spec_of
from .spaces import decoder


class RemoteVectorEnv(VectorEnv[Any, Any, NDArray[Any]]):
    """`num_envs` copies of the environment `env_id` at the server, stepped with one call, as a `VectorEnv`.

    Args:
        remote_base: where the server is, such as ``"http://127.0.0.1:5000"``.
        env_id: as for `gymnasium.make_vec`.
        num_envs: at least 1.
        vectorization_mode: ``"sync"``, ``"async"`` or ``"vector_entry_point"``; by default the environment's own vector
            implementation where it has one, else ``"sync"``.
        autoreset_mode: ``"next_step"``, ``"same_step"``, ``"disabled"``, or a `gymnasium.vector.AutoresetMode`.
        render_mode: None, or ``"rgb_array"`` for `render`.
        seed, kwargs, max_episode_steps, encoding, **connection: as for `RemoteEnv`.

    Attributes:
        client: the `Client` that it calls with.
        instance_id: the id by which others may attach.

    Raises:
        GymHttpError: one of its four kinds, from every method.

    >>> with RemoteVectorEnv("http://127.0.0.1:5000", "CartPole-v1", num_envs=3) as envs:
    ...     observations, infos = envs.reset(seed=42)
    ...     observations, rewards, terminated, truncated, infos = envs.step([1, 0, 1])
    >>> observations.shape, observations.dtype, rewards, terminated
    ((3, 4), dtype('float32'), array([1., 1., 1.]), array([False, False, False]))
    """

    closed = True  # until there is an instance: Gymnasium up to 1.2 closes what is dropped, also when half made

    def __init__(
        self,
        remote_base: str,
        env_id: str,
        num_envs: int = 1,
        *,
        vectorization_mode: Any = None,
        autoreset_mode: Any = None,
        render_mode: str | None = None,
        seed: int | None = None,
        kwargs: dict[str, Any] | None = None,
        max_episode_steps: int | None = None,
        encoding: str | None = None,
        **connection: Any,
    ) -> None:
        check_render_mode(render_mode)
        if isinstance(autoreset_mode, AutoresetMode):
            autoreset_mode = autoreset_mode.name.lower()
        options = {"seed": seed, "kwargs": kwargs, "max_episode_steps": max_episode_steps, "render_mode": render_mode}
        mode: Any = vectorization_mode or ("sync" if num_envs == 1 else None)  # a mode makes a vector env also of one
        client = Client(remote_base, encoding=encoding, **connection)
        instance_id = client.env_create(
            env_id,
            num_envs=num_envs,
            vectorization_mode=mode,
            autoreset_mode=autoreset_mode,
            seed=seed,
            kwargs=kwargs,
            max_episode_steps=max_episode_steps,
            render_mode=render_mode,
        )
        self._owns_instance = True
        try:
            info = self._bind(client, instance_id)
        except BaseException:
            client.env_close(instance_id)
            raise
        arguments = {
            **options,
            "num_envs": num_envs,
            "autoreset_mode": autoreset_mode,
            "encoding": encoding,
            **connection,
        }
        self.spec = spec_of(info, {"remote_base": remote_base, "env_id": env_id, **arguments})

    @classmethod
    def attach(
        cls, remote_base: str, instance_id: str, *, encoding: str | None = None, **connection: Any
    ) -> RemoteVectorEnv:
        """The live vector instance of that id. Its `close` leaves the instance alive."""
        envs = cls.__new__(cls)
        envs._owns_instance = False
        envs._bind(Client(remote_base, encoding=encoding, **connection), instance_id)
        return envs

    def _bind(self, client: Client, instance_id: str) -> dict[str, Any]:
        self.client = client
        self.instance_id = instance_id
        info = facts_of(client, instance_id)
        if "autoreset_mode" not in info:
            raise ValueError(f"{instance_id} is a single environment: use RemoteEnv")
        self.num_envs = info["num_envs"]
        self.render_mode = info.get("render_mode")
        self.metadata = {**remote_metadata(info), "autoreset_mode": AutoresetMode[info["autoreset_mode"].upper()]}
        action_space = client.env_action_space_info(instance_id)
        self.action_space, self.single_action_space = (
            remote_space(part, self) for part in (action_space, action_space.single)
        )
        observation_space = client.env_observation_space_info(instance_id)
        self.observation_space, self.single_observation_space = (
            remote_space(part, self) for part in (observation_space, observation_space.single)
        )
        self._observation = decoder(self.observation_space)
        self._single_observation = decoder(self.single_observation_space)
        self.closed = False
        return info

    def reset(
        self, *, seed: int | list[int | None] | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """Begin an episode in every environment; returns (observations, infos).

        Args:
            seed: at least 0; environment i gets ``seed + i``. Or a list with one for each environment.
            options: for all environments; ``{"reset_mask": mask}`` resets only some where `autoreset_mode` is disabled.
        """
        super().reset(seed=seed if isinstance(seed, int) else None)
        reply = _episodes.reset(self.client._calls, self.instance_id, seed, options)
        return decoded(self._observation, reply["observation"], self), self._infos(reply["info"])

    def step(self, actions: Any) -> tuple[Any, NDArray[Any], NDArray[Any], NDArray[Any], dict[str, Any]]:
        """One step in every environment; returns (observations, rewards, terminated, truncated, infos).

        Rewards are float64, the two flags bool, of shape (num_envs,).
        """
        reply = _episodes.step(self.client._calls, self.instance_id, actions)
        return (
            decoded(self._observation, reply["observation"], self),
            np.asarray(reply["reward"], np.float64),
            np.asarray(reply["terminated"], np.bool_),
            np.asarray(reply["truncated"], np.bool_),
            self._infos(reply["info"]),
        )

    def render(self) -> tuple[NDArray[np.uint8], ...] | None:
        """Each environment's frame, a uint8 array of shape (height, width, 3); None where `render_mode` is None."""
        if self.render_mode is None:
            return None
        return tuple(self.client.env_render(self.instance_id, array=True))

    def close_extras(self, **_kwargs: Any) -> None:
        """End the instance (unless it was attached to) and close the connection."""
        if self._owns_instance:
            end_instance(self.client, self.instance_id)
        self.client.close()

    def __enter__(self) -> RemoteVectorEnv:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def _infos(self, infos: dict[str, Any]) -> dict[str, Any]:
        """Gymnasium's form of a vector env's infos: under each key an array of num_envs elements, or a dict of such."""
        return {key: self._info(key, value) for key, value in infos.items()}

    def _info(self, key: str, value: Any) -> Any:
        if isinstance(value, dict):
            return self._infos(value)
        if not isinstance(value, list) or len(value) != self.num_envs:
            return value
        if key == "final_obs":
            return _objects([None if each is None else decoded(self._single_observation, each, self) for each in value])
        try:
            array = np.asarray(value)
        except ValueError:  # of unequal shapes
            return _objects(value)
        return array if array.dtype.kind in "biuf" else _objects(value)


def _objects(values: list[Any]) -> NDArray[Any]:
    array = np.full(len(values), None, dtype=object)
    for index, value in enumerate(values):  # array[:] = values would make one array of equal ones
        array[index] = value
    return array
