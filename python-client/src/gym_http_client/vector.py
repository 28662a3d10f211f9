"""A Gymnasium vector environment whose dynamics run at a server."""

from __future__ import annotations

import difflib
import operator
from typing import Any, ClassVar

import numpy as np
from gymnasium.vector import AutoresetMode, VectorEnv
from numpy.typing import NDArray

from . import _instance_operations as operations
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
        autoreset_mode: ``"next_step"``, ``"same_step"``, ``"disabled"``, or a `gymnasium.vector.AutoresetMode` or its
            value (``"NextStep"``).
        render_mode, seed, kwargs, max_episode_steps, encoding, **arguments: as for `RemoteEnv`.

    Attributes:
        client: the `Client` that it calls with.
        instance_id: the id by which others may attach.

    Raises:
        GymHttpError: one of its four kinds, from every method.
        gymnasium.error.ClosedEnvironmentError: from every method once it is closed.

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
        **arguments: Any,
    ) -> None:
        options = {
            "num_envs": num_envs,
            "vectorization_mode": getattr(vectorization_mode, "value", vectorization_mode),
            "autoreset_mode": None if autoreset_mode is None else _autoreset_name(autoreset_mode),
            "seed": seed,
            "kwargs": kwargs,
            "max_episode_steps": max_episode_steps,
        }
        if vectorization_mode is None and num_envs == 1:
            options["vectorization_mode"] = "sync"  # a mode makes a vector env also of one environment
        self._make(remote_base, env_id, render_mode, options, {"encoding": encoding, **arguments})

    def _bind(self, client: Client, instance_id: str) -> None:
        super()._bind(client, instance_id)
        self.num_envs = self._facts["num_envs"]
        self._autoreset_mode = AutoresetMode[self._facts["autoreset_mode"].upper()]
        self.metadata["autoreset_mode"] = self._autoreset_mode
        self._single_observation = decoder(self.single_observation_space)

    def reset(
        self, *, seed: int | list[int | None] | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """Begin an episode in every environment; returns (observations, infos).

        Args:
            seed: at least 0; environment i gets ``seed + i``. Or a list with one for each environment.
            options: for all environments; ``{"reset_mask": mask}`` resets only some where `autoreset_mode` is disabled.
        """
        session = self._open_session()
        several = seed is None or isinstance(seed, (list, tuple, np.ndarray))
        super().reset(seed=None if several else operator.index(seed))  # type: ignore[arg-type]
        result = operations.reset(session, session.typed, self.instance_id, seed, options, self._read_reset)
        if self._frames is not None:
            frames = self._frame()
            mask = np.broadcast_to((options or {}).get("reset_mask", True), self.num_envs)
            for index in np.flatnonzero(mask).tolist():
                self._frames.begin(index, frames[index])
            self._ended = np.zeros(self.num_envs, np.bool_)
        return result

    def step(self, actions: Any) -> tuple[Any, NDArray[Any], NDArray[Any], NDArray[Any], dict[str, Any]]:
        """One step in every environment; returns (observations, rewards, terminated, truncated, infos).

        Rewards are float64, the two flags bool, of shape (num_envs,).
        """
        session = self._open_session()
        result = operations.step(session, session.typed, self.instance_id, actions, self._read_step)
        self._after_step(result)
        return result

    def _after_step(self, result: Any) -> None:
        if self._frames is not None:
            before, self._ended = self._ended, result[2] | result[3]
            was_reset = {AutoresetMode.NEXT_STEP: before, AutoresetMode.SAME_STEP: self._ended}
            begun = was_reset.get(self._autoreset_mode, np.zeros_like(before))
            for index, frame in enumerate(self._frame()):
                (self._frames.begin if begun[index] else self._frames.add)(index, frame)

    def render(self) -> tuple[Any, ...] | None:
        """What `RemoteEnv.render` gives, for each environment; None where `render_mode` is None."""
        if self.render_mode is None:
            return None
        if self._frames is not None:
            return self._frames.take()
        return tuple(tuple(frame) if isinstance(frame, list) else frame for frame in self._frame())

    def call(self, name: str, *args: Any, **kwargs: Any) -> tuple[Any, ...]:
        """The attribute of each environment, or what its method returns: read at the server where it is not known here.

        Where the environments are one object (vectorization_mode ``"vector_entry_point"``), each gets its value.

        Raises:
            AttributeError: the server does not give it.
            TypeError: the method would need arguments, which the server does not take.
        """
        if name == "render" and not args and not kwargs:
            return self.render() or (None,) * self.num_envs
        known = {
            "action_space": self.single_action_space,
            "observation_space": self.single_observation_space,
            "metadata": {key: value for key, value in self.metadata.items() if key != "autoreset_mode"},
            "render_mode": self.render_mode,
            "spec": self.spec,
        }
        if name in known:
            return (known[name],) * self.num_envs
        if args or kwargs:
            raise TypeError(f"{name} is called at the server, which takes no arguments for it")
        value = self._remote_attribute(name, call=True)
        return (value,) * self.num_envs if self._is_one_object() else tuple(value)

    def _remote_attribute(self, name: str, call: bool = False) -> Any:
        if not call and not self._is_one_object():
            problem = f"has no attribute {name!r}; of its environments it gives get_attr({name!r})"
            raise AttributeError(f"{type(self).__name__} {problem}", name=name, obj=self)
        return super()._remote_attribute(name, call)

    def _is_one_object(self) -> bool:
        return bool(self._facts.get("vectorization_mode") == "vector_entry_point")

    def get_attr(self, name: str) -> tuple[Any, ...]:
        """The same as `call` without arguments."""
        return self.call(name)

    def set_attr(self, name: str, values: Any) -> None:
        """Raises AttributeError: the environments are at the server, where nothing is set from here."""
        self._set_remote_attribute(name)

    def _read_reset(self, document: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
        return self._decoded(document["observation"]), self._infos(document["info"])

    def _read_step(
        self, document: dict[str, Any]
    ) -> tuple[Any, NDArray[Any], NDArray[Any], NDArray[Any], dict[str, Any]]:
        return (
            self._decoded(document["observation"]),
            self._of_each(document, "reward", np.float64),
            self._of_each(document, "terminated", np.bool_),
            self._of_each(document, "truncated", np.bool_),
            self._infos(document["info"]),
        )

    def _of_each(self, document: dict[str, Any], name: str, dtype: Any) -> NDArray[Any]:
        try:
            array = np.asarray(document[name], dtype)
        except TypeError as error:
            raise ValueError(f"a {name} that is none: {error}") from error
        if array.shape != (self.num_envs,):
            raise ValueError(f"a {name} of shape {array.shape} where ({self.num_envs},) belongs")
        return array

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
        # MessagePack has arrays; a list is one of objects there, as it is in JSON where it is not of mere numbers
        numbers = self._session.typed.name == "json" and all(isinstance(each, (bool, int, float)) for each in value)
        return np.asarray(value) if numbers else _objects(value)


def _autoreset_name(mode: Any) -> str:
    """The API's word for a mode in any of Gymnasium's spellings."""
    for each in AutoresetMode:
        if mode in (each, each.value, each.name, each.name.lower()):
            return each.name.lower()
    names = [each.name.lower() for each in AutoresetMode]
    nearest = difflib.get_close_matches(str(mode).lower(), names, 1)
    hint = f": did you mean {nearest[0]!r}?" if nearest else ""
    raise ValueError(f"autoreset_mode must be one of {', '.join(names)}, or an AutoresetMode, not {mode!r}{hint}")


def _objects(values: list[Any]) -> NDArray[Any]:
    array = np.full(len(values), None, dtype=object)
    for index, value in enumerate(values):  # array[:] = values would make one array of equal ones
        array[index] = value
    return array
