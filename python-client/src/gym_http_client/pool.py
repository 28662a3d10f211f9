"""Many environments from one thread: send actions to some, receive from those that are ready first."""

from __future__ import annotations

import selectors
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from time import monotonic
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from gymnasium.error import AlreadyPendingCallError, NoAsyncCallError
from gymnasium.vector.utils import concatenate, create_empty_array, iterate
from numpy.typing import NDArray

from ._instance_operations import begin_reset, begin_step
from ._session import Started
from .env import RemoteEnv

if TYPE_CHECKING:
    from typing_extensions import Self

_MADE_AT_ONCE = 16


class PoolBatch(NamedTuple):
    """What came of the environments at `indices`, in the order of these; all have a leading axis of that length.

    `observations` are batched as a vector env batches them; `rewards` are float64, `terminated` and `truncated` bool;
    `infos` is a list with a dict for each.
    """

    indices: NDArray[np.int64]
    observations: Any
    rewards: NDArray[np.float64]
    terminated: NDArray[np.bool_]
    truncated: NDArray[np.bool_]
    infos: list[dict[str, Any]]


class RemotePool:
    """`num_envs` instances, of which `recv` returns the `batch_size` that are ready first.

    So slow environments, or slow episodes, hold no others up: `send` actions, `recv` from whoever is done, send those
    their next actions. An environment whose episode has ended is reset by its next action, which is not carried out;
    that result has reward 0 and neither flag. (In words and in order EnvPool's `send` and `recv`.)

    Args:
        remote_base: where the server is.
        env_id: as for `gymnasium.make`.
        num_envs: at least 1.
        batch_size: from 1 to `num_envs`, which is the default.
        seed: at least 0; environment i is reset with ``seed + i`` at first.
        **options: as for `RemoteEnv`.

    Attributes:
        envs: the environments, each a `RemoteEnv`.
        single_observation_space, single_action_space: of one environment.

    Raises:
        GymHttpError: one of its four kinds, from every method; of `recv` for the first environment that has it. What
            that one was sent is received no more, and it may be sent another action.
        gymnasium.error.AlreadyPendingCallError: an environment was sent something that has not been received.
        gymnasium.error.NoAsyncCallError: `recv` while fewer than `batch_size` environments were sent anything.

    >>> with RemotePool("http://127.0.0.1:5000", "CartPole-v1", num_envs=8, batch_size=4, seed=1) as pool:
    ...     pool.async_reset()
    ...     batch = pool.recv()
    ...     for _ in range(100):
    ...         pool.send([1, 0, 1, 0], batch.indices)
    ...         batch = pool.recv()
    >>> batch.observations.shape, batch.rewards.shape
    ((4, 4), (4,))
    """

    def __init__(
        self,
        remote_base: str,
        env_id: str,
        num_envs: int,
        batch_size: int | None = None,
        *,
        seed: int | None = None,
        **options: Any,
    ) -> None:
        self.batch_size = num_envs if batch_size is None else batch_size
        if not 1 <= self.batch_size <= num_envs:
            raise ValueError(f"batch_size must be from 1 to num_envs, {num_envs}, not {batch_size}")
        self.envs: list[RemoteEnv] = []
        try:
            with ThreadPoolExecutor(min(num_envs, _MADE_AT_ONCE)) as makers:
                making = [makers.submit(RemoteEnv, remote_base, env_id, **options) for _ in range(num_envs)]
            self.envs += [made.result() for made in making if made.exception() is None]
            for made in making:
                made.result()
        except BaseException:
            self.close()
            raise
        self.single_observation_space = self.envs[0].observation_space
        self.single_action_space = self.envs[0].action_space
        self._seed = seed
        self._started: dict[int, Started[Any]] = {}
        self._ended = [False] * num_envs

    def async_reset(self) -> None:
        """Begin to reset every environment; `recv` gets their first observations."""
        self._check_free(range(len(self.envs)))
        for index in range(len(self.envs)):
            self._begin_reset(index, None if self._seed is None else self._seed + index)
        self._seed = None

    def send(self, actions: Any, indices: Sequence[int] | NDArray[Any]) -> None:
        """Begin a step of the environments at `indices`, with an action for each."""
        self._check_free(indices)
        actions = list(actions) if isinstance(actions, (list, tuple, np.ndarray)) else list(self._of_each(actions))
        if len(actions) != len(indices):
            raise ValueError(f"{len(actions)} actions for {len(indices)} environments")
        for index, action in zip(map(int, indices), actions, strict=True):
            env = self.envs[index]
            if self._ended[index]:
                self._begin_reset(index, None)
            else:
                session = env._open_session()
                started = begin_step(session, session.typed, env.instance_id, action, env._read_step)
                self._started[index] = started

    def recv(self) -> PoolBatch:
        """The results of the `batch_size` environments that are ready first."""
        if len(self._started) < self.batch_size:
            problem = f"{len(self._started)} environments are under way, fewer than a batch of {self.batch_size}"
            raise NoAsyncCallError(f"{problem}: send actions first", "step")
        ready: list[int] = []
        while len(ready) < self.batch_size:
            ready += _wait({index: started for index, started in self._started.items() if index not in ready})
        indices = ready[: self.batch_size]
        return self._batch(indices, [self._result(index) for index in indices])

    def close(self) -> None:
        """End every instance, also where one of them cannot be ended."""
        self._started = {}
        with ExitStack() as all_of_them:
            for env in self.envs:
                all_of_them.callback(env.close)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def _begin_reset(self, index: int, seed: int | None) -> None:
        env = self.envs[index]
        session = env._open_session()
        self._started[index] = begin_reset(session, session.typed, env.instance_id, seed, env._read_reset)
        self._ended[index] = False

    def _check_free(self, indices: Any) -> None:
        taken = sorted({int(index) for index in indices} & self._started.keys())
        if taken:
            raise AlreadyPendingCallError(f"environments {taken} are under way: receive from them first", "step")

    def _of_each(self, actions: Any) -> Any:
        return iterate(self.single_action_space, actions)

    def _result(self, index: int) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        result = self._started.pop(index).result()
        if len(result) == 2:
            return result[0], 0.0, False, False, result[1]
        self._ended[index] = result[2] or result[3]
        return result  # type: ignore[no-any-return]

    def _batch(self, indices: list[int], results: list[tuple[Any, float, bool, bool, dict[str, Any]]]) -> PoolBatch:
        observations, rewards, terminated, truncated, infos = zip(*results, strict=True)
        space = self.single_observation_space
        out: Any = create_empty_array(space, len(indices))
        batch = concatenate(space, list(observations), out)
        return PoolBatch(
            np.array(indices),
            batch,
            np.array(rewards, np.float64),
            np.array(terminated, np.bool_),
            np.array(truncated, np.bool_),
            list(infos),
        )


def _wait(started: dict[int, Started[Any]]) -> list[int]:
    """Those whose reply has come, or whose time is up: at least one."""
    at_once = [index for index, each in started.items() if each.fileno() is None]
    if at_once:
        return at_once
    with selectors.DefaultSelector() as selector:
        for index, each in started.items():
            selector.register(each.fileno(), selectors.EVENT_READ, index)  # type: ignore[arg-type]
        first = min(each.deadline for each in started.values())
        ready = [key.data for key, _ in selector.select(max(first - monotonic(), 0.0))]
    return ready or [index for index, each in started.items() if each.deadline <= monotonic()]
