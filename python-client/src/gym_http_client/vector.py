"""A Gymnasium vector environment whose dynamics run at a server."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from gymnasium.vector import AutoresetMode, VectorEnv
from numpy.typing import NDArray

from . import _operations
from ._instance import RemoteInstance
from .client import Client
from .spaces import decoder


class RemoteVectorEnv(RemoteInstance, VectorEnv[Any, Any, NDArray[Any]]):
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

    _is_vector: ClassVar[bool] = True

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
        if isinstance(autoreset_mode, AutoresetMode):
            autoreset_mode = autoreset_mode.name.lower()
        options = {
            "num_envs": num_envs,
            "vectorization_mode": vectorization_mode,
            "autoreset_mode": autoreset_mode,
            "seed": seed,
            "kwargs": kwargs,
            "max_episode_steps": max_episode_steps,
        }
        if vectorization_mode is None and num_envs == 1:
            options["vectorization_mode"] = "sync"  # a mode makes a vector env also of one environment
        self._make(remote_base, env_id, render_mode, options, {"encoding": encoding, **connection})

    def _bind(self, client: Client, instance_id: str) -> dict[str, Any]:
        info = super()._bind(client, instance_id)
        self.num_envs = info["num_envs"]
        self.metadata["autoreset_mode"] = AutoresetMode[info["autoreset_mode"].upper()]
        self._single_observation = decoder(self.single_observation_space)
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
        session = self.client._session
        return _operations.reset(session, session.typed, self.instance_id, seed, options, self._read_reset)

    def step(self, actions: Any) -> tuple[Any, NDArray[Any], NDArray[Any], NDArray[Any], dict[str, Any]]:
        """One step in every environment; returns (observations, rewards, terminated, truncated, infos).

        Rewards are float64, the two flags bool, of shape (num_envs,).
        """
        session = self.client._session
        return _operations.step(session, session.typed, self.instance_id, actions, self._read_step)

    def _read_reset(self, document: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
        return self._decoded(document["observation"]), self._infos(document["info"])

    def _read_step(
        self, document: dict[str, Any]
    ) -> tuple[Any, NDArray[Any], NDArray[Any], NDArray[Any], dict[str, Any]]:
        return (
            self._decoded(document["observation"]),
            np.asarray(document["reward"], np.float64),
            np.asarray(document["terminated"], np.bool_),
            np.asarray(document["truncated"], np.bool_),
            self._infos(document["info"]),
        )

    def render(self) -> tuple[NDArray[np.uint8], ...] | None:
        """Each environment's frame, a uint8 array of shape (height, width, 3); None where `render_mode` is None."""
        if self.render_mode is None:
            return None
        return tuple(self.client.env_render(self.instance_id, array=True))

    def _infos(self, infos: dict[str, Any]) -> dict[str, Any]:
        """Gymnasium's form of a vector env's infos: under each key an array of num_envs elements, or a dict of such."""
        return {key: self._info(key, value) for key, value in infos.items()}

    def _info(self, key: str, value: Any) -> Any:
        if isinstance(value, dict):
            return self._infos(value)
        if not isinstance(value, list) or len(value) != self.num_envs:
            return value
        if key == "final_obs":
            return _objects([None if each is None else self._single_observation(each) for each in value])
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
