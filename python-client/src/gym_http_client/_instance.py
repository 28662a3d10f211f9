"""What an environment and a vector environment have in common: an instance that lives at a server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

import gymnasium
from gymnasium.envs.registration import EnvSpec

from ._operations import create, end, field, route
from .client import Client
from .errors import ServerError
from .spaces import Decoder, decoder, space_from_info

if TYPE_CHECKING:
    from typing_extensions import Self

_FACTS: dict[str, type] = {"env_id": str, "num_envs": int, "metadata": dict, "spec": dict}


class RemoteInstance:
    """An instance at a server, made or attached to, with what is known of it here.

    Attributes:
        client: the `Client` that it calls with.
        instance_id: the id by which others may attach.
        closed: whether `close` was called.
    """

    client: Client
    instance_id: str
    closed = True  # until there is an instance: Gymnasium up to 1.2 closes what is dropped, also when half made
    metadata: dict[str, Any] = {"render_modes": ["rgb_array"]}  # noqa: RUF012 - Gymnasium declares it an instance attribute
    spec: EnvSpec | None
    render_mode: str | None
    observation_space: gymnasium.Space[Any]
    action_space: gymnasium.Space[Any]
    _is_vector: ClassVar[bool]
    _owns_instance = False
    _observation: Decoder

    def _make(
        self,
        remote_base: str,
        env_id: str,
        render_mode: str | None,
        options: dict[str, Any],
        connection: dict[str, Any],
    ) -> None:
        """Create the instance and bind to it; should the latter fail, nothing stays behind at the server."""
        if render_mode not in (None, "rgb_array"):
            raise ValueError(
                f"render_mode must be None or 'rgb_array', not {render_mode!r}; for a window here use "
                "gymnasium.make('gym_http_client:Remote-v0', render_mode='human', ...)"
            )
        client = Client(remote_base, **connection)
        instance_id = create(client._session, client._session.typed, env_id, render_mode, options)
        try:
            info = self._bind(client, instance_id)
        except BaseException:
            end(client._session, client._session.typed, instance_id)
            raise
        self._owns_instance = True
        arguments = {**options, "render_mode": render_mode, **connection}
        arguments.pop("vectorization_mode", None)  # make_vec would take it for its own
        self.spec = _spec(info, {"remote_base": remote_base, "env_id": env_id, **arguments})

    @classmethod
    def attach(cls, remote_base: str, instance_id: str, *, encoding: str | None = None, **connection: Any) -> Self:
        """The live instance of that id. Its `close` leaves the instance alive; ``env.client.env_close`` ends it.

        >>> from gym_http_client import RemoteEnv
        >>> env = RemoteEnv("http://127.0.0.1:5000", "CartPole-v1")
        >>> same = RemoteEnv.attach("http://127.0.0.1:5000", env.instance_id)
        >>> same.observation_space == env.observation_space
        True
        >>> same.close(), env.close()
        (None, None)
        """
        instance = cls.__new__(cls)
        instance._bind(Client(remote_base, encoding=encoding, **connection), instance_id)
        return instance

    def _bind(self, client: Client, instance_id: str) -> dict[str, Any]:
        """Take over what the server says of the instance; returns its facts."""
        self.client = client
        self.instance_id = instance_id
        session = client._session
        info = session.get(route(instance_id), _read_facts, session.typed)
        if ("autoreset_mode" in info) != self._is_vector:
            one, other = ("single environment", "RemoteEnv") if self._is_vector else ("vector env", "RemoteVectorEnv")
            raise ValueError(f"{instance_id} is a {one}: use {other}")
        self.render_mode = info.get("render_mode")
        modes = info["metadata"].get("render_modes") or []
        self.metadata = {**info["metadata"], "render_modes": ["rgb_array"] if "rgb_array" in modes else []}
        for name in ("action_space", "observation_space"):
            spaces = session.get(route(instance_id, f"{name}/"), self._read_spaces, session.typed)
            for prefix, space in spaces.items():
                setattr(self, prefix + name, space)
        self._observation = decoder(self.observation_space)
        self.closed = False
        return info

    def _read_spaces(self, document: dict[str, Any]) -> dict[str, gymnasium.Space[Any]]:
        """The space of the instance; of a vector env also that of one environment."""
        keys = {"": "info", "single_": "single"} if self._is_vector else {"": "info"}
        try:
            return {prefix: space_from_info(field(document, key, dict)) for prefix, key in keys.items()}
        except ValueError as error:
            raise ValueError(f"a space that is unknown here: {error}") from error

    def _decoded(self, wire: Any) -> Any:
        """The observation that `wire` stands for."""
        try:
            return self._observation(wire)
        except ValueError as error:
            raise ValueError(f"an observation that is not of its observation space: {error}") from error

    def close(self, **_kwargs: Any) -> None:
        """End the instance (unless it was attached to) and close the connection. Closing again does nothing."""
        if self.closed:
            return
        self.closed = True
        try:
            if self._owns_instance:
                end(self.client._session, self.client._session.typed, self.instance_id)
        except ServerError as error:
            if error.code not in ("unknown_instance", "instance_gone"):  # closed by another client, or idle too long
                raise
        finally:
            self.client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> Literal[False]:
        self.close()
        return False


def _read_facts(document: dict[str, Any]) -> dict[str, Any]:
    for name, kind in _FACTS.items():
        field(document, name, kind)
    return document


def _spec(info: dict[str, Any], arguments: dict[str, Any]) -> EnvSpec:
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
