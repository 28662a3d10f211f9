"""What an environment and a vector environment have in common: an instance that lives at a server."""

from __future__ import annotations

import contextlib
import copy
import difflib
import sys
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar, Literal, NoReturn

import gymnasium
from gymnasium.envs.registration import EnvSpec
from gymnasium.error import AlreadyPendingCallError, ClosedEnvironmentError, NoAsyncCallError

from ._attributes import RemoteAttributes
from ._closing import Ending
from ._frames import FrameLists, mode_at_server
from ._instance_operations import begin_step, create, end, field, frame, route
from ._session import Limits, Session, Started
from .client import CONNECTION_OPTIONS, Client
from .errors import GymHttpError, ServerError
from .spaces import Decoder, decoder, space_from_info

if TYPE_CHECKING:
    from typing_extensions import Self

_FACTS: dict[str, type] = {"env_id": str, "num_envs": int, "metadata": dict, "spec": dict}
_SECRET_OPTIONS = ("token", "session")  # a spec is printed and saved
_PATIENCE_TO_CLOSE = 2.0  # seconds in which a lost connection is tried again to close an instance
_CLOSING_IN_TROUBLE = Limits(2.0, 2.0)  # when an exception is on its way already

_warned: set[str] = set()


class RemoteInstance(RemoteAttributes):
    """An instance at a server, made or attached to, with what is known of it here.

    Attributes:
        client: the `Client` that it calls with.
        instance_id: the id by which others may attach.
        closed: whether `close` was called.
    """

    client: Client
    instance_id: str
    closed = True  # until there is an instance
    # of these gymnasium.make makes the others: "human", and lists of them
    metadata: dict[str, Any] = {"render_modes": ["rgb_array", "ansi", "depth_array", "rgbd_tuple"]}  # noqa: RUF012
    render_mode: str | None
    observation_space: gymnasium.Space[Any]
    action_space: gymnasium.Space[Any]
    _is_vector: ClassVar[bool]
    _read_step: Callable[[dict[str, Any]], Any]
    _after_step: Callable[[Any], None]
    _session: Session
    _facts: dict[str, Any]
    _observation: Decoder
    _ending: Ending | None = None
    _frames: FrameLists | None = None
    _started: Started[Any] | None = None  # a step whose reply has not been asked for
    _spec: EnvSpec | None = None

    def _make(
        self, remote_base: str, env_id: str, render_mode: str | None, options: dict[str, Any], arguments: dict[str, Any]
    ) -> None:
        """Create the instance and bind to it. `arguments` are the `Client`'s, and all others the environment's own."""
        if render_mode == "human":
            raise ValueError(
                "the server cannot open a window here; this can: "
                "gymnasium.make('gym_http_client:Remote-v0', render_mode='human', ...)"
            )
        own = {name: value for name, value in arguments.items() if name not in CONNECTION_OPTIONS}
        client = Client(remote_base, **{name: value for name, value in arguments.items() if name not in own})
        sent = {**options, "kwargs": {**(options["kwargs"] or {}), **own} or None}
        mode = mode_at_server(render_mode)
        instance_id = self._create(client._session, env_id, mode, sent, [*own])
        try:
            self._bind(client, instance_id)
        except BaseException:  # then nothing stays behind
            with contextlib.suppress(GymHttpError):
                end(client._session, client._session.typed, instance_id, _CLOSING_IN_TROUBLE)
            client.close()
            raise
        self._ending = Ending(client._session, lambda limits: instance_id)
        self._ending.when_collected(self)
        self.render_mode = render_mode
        if mode != render_mode:
            self._frames = FrameLists(self._facts["num_envs"])
        given = {"render_mode": render_mode, **options, **arguments}
        given.pop("vectorization_mode", None)  # gymnasium.make_vec would take it for its own
        self.spec = self._described({"remote_base": client.remote_base, "env_id": env_id, **given})
        _warn_of_stand_in(self._facts)

    @staticmethod
    def _create(session: Session, env_id: str, mode: str | None, options: dict[str, Any], own: list[str]) -> str:
        try:
            return create(session, session.typed, env_id, mode, options)
        except ServerError as error:
            if error.code == "invalid_parameter":
                names = [*CONNECTION_OPTIONS, *options, "render_mode"]
                nearest = {name: difflib.get_close_matches(name, names, 1, 0.75) for name in own}
                for name, match in nearest.items():
                    if match:
                        error.message += f". There is an option {match[0]!r}: is {name!r} meant for it?"
            raise
        except GymHttpError:
            raise
        except BaseException as interrupt:  # the server may be making the instance all the same
            if repeat := getattr(interrupt, "_repeat", None):
                Ending(session, repeat, session.limits.timeout).start()
            raise

    @classmethod
    def attach(cls, remote_base: str, instance_id: str, **connection: Any) -> Self:
        """The live instance of that id. Its `close` leaves the instance alive; ``env.client.env_close`` ends it.

        Args:
            remote_base: where the server is.
            instance_id: as another environment or `Client.env_create` gave it.
            **connection: `timeout`, `retries`, `token`, `encoding` and `session` as for `Client`.

        >>> from gym_http_client import RemoteEnv
        >>> env = RemoteEnv("http://127.0.0.1:5000", "CartPole-v1")
        >>> same = RemoteEnv.attach("http://127.0.0.1:5000", env.instance_id)
        >>> same.observation_space == env.observation_space
        True
        >>> same.close(), env.close()
        (None, None)
        """
        return cls._attached(Client(remote_base, **connection), instance_id)

    @classmethod
    def _attached(cls, client: Client, instance_id: str) -> Self:
        instance = cls.__new__(cls)
        instance._bind(client, instance_id)
        facts = instance._facts
        given = {"remote_base": client.remote_base, **facts["spec"].get("kwargs", {})}
        several = {"num_envs": facts["num_envs"], "autoreset_mode": facts["autoreset_mode"]} if cls._is_vector else {}
        named = {"env_id": facts["env_id"], "render_mode": instance.render_mode}
        instance.spec = instance._described({**given, **named, **several})
        return instance

    def _bind(self, client: Client, instance_id: str) -> None:
        """Take over what the server says of the instance."""
        self.client = client
        self.instance_id = instance_id
        self._session = session = client._session
        self._facts = info = session.get(route(instance_id), _read_facts, session.typed)
        if ("autoreset_mode" in info) != self._is_vector:
            one, other = ("single environment", "RemoteEnv") if self._is_vector else ("vector env", "RemoteVectorEnv")
            raise ValueError(f"{instance_id} is a {one}: use {other}")
        self.render_mode = info.get("render_mode")
        modes = info["metadata"].get("render_modes") or []
        self.metadata = {**info["metadata"], "render_modes": [mode for mode in modes if mode != "human"]}
        for name in ("action_space", "observation_space"):
            spaces = session.get(route(instance_id, f"{name}/"), self._read_spaces, session.typed)
            for prefix, space in spaces.items():
                setattr(self, prefix + name, space)
        self._observation = decoder(self.observation_space)
        self._kinds = {}
        self.closed = False

    def _read_spaces(self, document: dict[str, Any]) -> dict[str, gymnasium.Space[Any]]:
        """The space of the instance; of a vector env also that of one environment."""
        keys = {"": "info", "single_": "single"} if self._is_vector else {"": "info"}
        try:
            return {prefix: space_from_info(field(document, key, dict)) for prefix, key in keys.items()}
        except ValueError as error:
            raise ValueError(f"a space that is unknown here: {error}") from error

    def _described(self, arguments: dict[str, Any]) -> EnvSpec:
        return EnvSpec(
            id=self._facts["env_id"].rpartition(":")[2],
            entry_point="gym_http_client.env:RemoteEnv",
            vector_entry_point="gym_http_client.vector:RemoteVectorEnv",
            kwargs={name: value for name, value in arguments.items() if value is not None},
        )

    @property
    def spec(self) -> EnvSpec | None:
        """By which `gymnasium.make` makes the same remote environment again; with the facts of the original's.

        It can be printed and saved, so it has neither token nor session: `GYM_HTTP_TOKEN` is where the token comes
        from then.
        """
        return self._spec

    @spec.setter
    def spec(self, spec: EnvSpec | None) -> None:
        if spec is not None:  # gymnasium.make sets one of its own
            facts = self._facts["spec"]
            spec = copy.copy(spec)
            spec.kwargs = {name: value for name, value in spec.kwargs.items() if name not in _SECRET_OPTIONS}
            spec.reward_threshold = facts.get("reward_threshold")
            spec.nondeterministic = facts.get("nondeterministic", False)
            spec.max_episode_steps = facts.get("max_episode_steps")
        self._spec = spec

    def _decoded(self, wire: Any) -> Any:
        """The observation that `wire` stands for."""
        try:
            return self._observation(wire)
        except ValueError as error:
            raise ValueError(f"an observation that is not of its observation space: {error}") from error

    def _open_session(self) -> Session:
        if self.closed:
            raise ClosedEnvironmentError(f"{self} was closed: make another one")
        if self._started is not None:
            raise AlreadyPendingCallError(f"{self} is being stepped: call step_wait first", "step")
        return self._session

    def step_async(self, action: Any) -> None:
        """Begin a step without waiting for it, so that environments of one thread step at the same time.

        Raises:
            gymnasium.error.AlreadyPendingCallError: one is begun already.
        """
        self._started = self._begin_step(self._open_session(), action)

    def step_wait(self) -> Any:
        """What `step` returns, and raises, of the step that was begun.

        Raises:
            gymnasium.error.NoAsyncCallError: none was.
        """
        if self._started is None:
            raise NoAsyncCallError(f"{self} is not being stepped: call step_async first", "step")
        started, self._started = self._started, None
        result = started.result()
        self._after_step(result)
        return result

    def _begin_step(self, session: Session, action: Any) -> Started[Any]:
        return begin_step(session, session.typed, self.instance_id, action, self._read_step)

    def _frame(self) -> Any:
        return frame(self._open_session(), self.instance_id)

    def close(self, **_kwargs: Any) -> None:
        """End the instance (unless it was attached to) and close the connection. Closing again does nothing.

        An environment that was not closed is when it is collected, or at the end of the process. While an exception is
        being handled, as at the end of a with-block, closing takes 2 s at most and raises nothing that would hide it.
        """
        if self.closed:
            return
        if sys.exc_info()[0] is None:
            self._close(Limits(self._session.limits.timeout, _PATIENCE_TO_CLOSE))
        else:
            with contextlib.suppress(GymHttpError):
                self._close(_CLOSING_IN_TROUBLE)

    def _close(self, limits: Limits) -> None:
        self.closed = True
        self._started = None
        try:
            if self._ending is not None:
                end(self._session, self._session.typed, self.instance_id, limits)
                self._ending.cancel()
        finally:
            self.client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> Literal[False]:
        self.close()
        return False

    def __del__(self) -> None:
        """Gymnasium up to 1.2 closes a vector env here, and waits for it; `Ending` does not."""

    def __reduce__(self) -> Any:
        return type(self)._attached, (self.client, self.instance_id)

    def __deepcopy__(self, memo: dict[int, Any]) -> NoReturn:
        raise TypeError(
            f"A deep copy of {self} would step the very same instance at the server. Make another one with "
            "gymnasium.make(env.spec); or share this one: pickle.loads(pickle.dumps(env)) attaches to it."
        )


def _read_facts(document: dict[str, Any]) -> dict[str, Any]:
    for name, kind in _FACTS.items():
        field(document, name, kind)
    return document


def _warn_of_stand_in(facts: dict[str, Any]) -> None:
    requested = facts.get("requested_env_id")
    if requested is not None and requested not in _warned:
        _warned.add(requested)
        warnings.warn(
            f"{requested} is no longer there: the server made {facts['env_id']}, which may observe and reward "
            "otherwise. Ask for that one to be rid of this warning.",
            stacklevel=4,
        )
