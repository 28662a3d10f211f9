"""One environment with its monitor and its counters: plain arguments in, documents out."""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ..environments.attributes import has_integer_keys, read_attribute
from ..environments.display import keep_pygame
from ..environments.results import info_object, plain_results, vector_results
from ..environments.vectors import is_vector
from ..protocol.errors import ApiError
from ..protocol.timestamps import rfc3339
from ..recording.monitor import Monitor
from ..spaces.describe import describe

logger = logging.getLogger(__name__)

_RESET_NEEDED = "The environment has not been reset yet: POST to .../reset/ first"


class LiveEnv:
    """An environment and what is known of it. Not thread-safe: `Instance` calls one method at a time.

    `description` is what `describe_env` says of it; `make` makes the environment anew when it is beyond repair.
    """

    def __init__(self, env: Any, description: Mapping[str, Any], make: Callable[[], Any]) -> None:
        self.env = env
        self.description = description
        self.num_envs: int = description["num_envs"]
        self.is_vector = is_vector(env)
        self.monitor: Monitor | None = None
        self.closed = False
        self.steps = self.episodes = 0
        self.last_return: float | None = None
        self.created = self.last_used = time.time()
        self._make = make
        self._workers_lost = False
        self._was_reset = False
        self._first_seed: int | None = None
        self._sampler_seeds: np.random.Generator | None = None
        self._seeded_space: Any = None
        self._returns: Any = np.zeros(self.num_envs) if self.is_vector else 0.0

    def seed_first_reset(self, seed: int) -> None:
        """Seeds the action space's sampler now, and the environment at the first reset that brings no seed."""
        self._first_seed = seed
        self._sampler_seeds = np.random.default_rng(seed)
        self._seed_sampler(seed)

    def _seed_sampler(self, seed: int) -> None:
        self._seeded_space = self.env.action_space
        if self._seeded_space is not None:  # some have none before their first reset
            self._seeded_space.seed(seed)

    def info(self) -> dict[str, Any]:
        monitor = self._active_monitor()
        return {
            **self.description,
            **({} if monitor is None else {"monitor": str(monitor.directory)}),
            "steps": self.steps,
            "episodes": self.episodes,
            "created": rfc3339(self.created),
            "last_used": rfc3339(self.last_used),
        }

    def reset(self, seed: Any, options: dict[str, Any] | None) -> dict[str, Any]:
        seed = self._first_seed if seed is None else seed
        mask = options.get("reset_mask") if options is not None and self.is_vector else None
        self._active_monitor()
        try:
            if self._workers_lost:
                self._replace_env()
            observation, info = self.env.reset(seed=seed, options=options)
        except BaseException as error:  # a KeyboardInterrupt or a panic of its own is the environment's too
            raise self._failure(error) from error
        self._first_seed = None
        self._was_reset = True
        self._returns = np.zeros(self.num_envs) if self.is_vector else 0.0
        if self.monitor is not None:
            self.monitor.after_reset(seed, mask)
        return {"observation": observation, "info": info_object(info)}

    def step(self, action: Any) -> dict[str, Any]:
        if not self._was_reset:
            raise ApiError(409, "reset_needed", _RESET_NEEDED)
        try:
            observation, reward, terminated, truncated, info = self.env.step(action)
            if self.is_vector:
                reward, terminated, truncated = vector_results(self.num_envs, reward, terminated, truncated)
                done: Any = terminated | truncated
            else:
                reward, terminated, truncated = plain_results(reward, terminated, truncated)
                done = terminated or truncated
        except BaseException as error:  # a KeyboardInterrupt or a panic of its own is the environment's too
            raise self._failure(error) from error
        self._count(reward, done)
        if self.monitor is not None:
            self.monitor.after_step(reward, terminated, truncated)
            if self.monitor.closed:  # another one has taken its directory over
                self.close_monitor()
        return {
            "observation": observation,
            "reward": reward,
            "done": done,
            "terminated": terminated,
            "truncated": truncated,
            "info": info if type(info) is dict else info_object(info),
        }

    def _count(self, reward: Any, done: Any) -> None:
        self.steps += 1
        self._returns += reward
        if not self.is_vector:
            if done:
                self.episodes += 1
                self.last_return, self._returns = self._returns, 0.0
        elif ended := int(np.count_nonzero(done)):
            self.episodes += ended
            self.last_return = float(self._returns[done][0])
            self._returns[done] = 0.0

    def _failure(self, error: BaseException) -> ApiError:
        """The reply to an exception, which ends the workers of an async vector env: only a reset leads on then."""
        if self.description.get("vectorization_mode") == "async":
            self._workers_lost = True
            self._was_reset = False
        return _environment_error(error)

    def _replace_env(self) -> None:
        keep_pygame()
        try:
            self.close_monitor()
            self.env.close(terminate=True)
        except BaseException:
            logger.warning("what was left of %s did not close cleanly", self.description["env_id"], exc_info=True)
        self.env = self._make()
        self._workers_lost = False

    def render(self, to_result: Callable[[Any], Any]) -> Any:
        if not self._was_reset:
            raise ApiError(409, "reset_needed", _RESET_NEEDED)
        with _environment_errors():
            return to_result(self.env)

    def attribute(self, name: str, call: bool, allowed: Collection[str]) -> dict[str, Any]:
        """The attribute's value, of each environment that a vector env made: not of what has its own implementation."""
        if self._workers_lost:
            raise ApiError(409, "reset_needed", _RESET_NEEDED)
        are_several = self.description.get("vectorization_mode") in ("sync", "async")
        try:
            if are_several:
                outcomes = self.env.unwrapped.call("attribute_for_client", name, call, allowed)
            else:
                outcomes = (read_attribute(self.env, name, call, allowed),)
        except BaseException as error:  # of a worker that went
            raise self._failure(error) from error
        for outcome in outcomes:
            if outcome.code:
                raise ApiError(500 if outcome.code == "environment_error" else 400, outcome.code, outcome.message)
        value = [outcome.value for outcome in outcomes] if are_several else outcomes[0].value
        return {"value": value, **({"integer_keys": True} if has_integer_keys(value) else {})}

    def space(self, name: str) -> dict[str, Any]:
        """`name` is action_space or observation_space; the batched space, and one environment's, of a vector env."""
        single = {"single": describe(getattr(self.env, f"single_{name}"))} if self.is_vector else {}
        return {"info": describe(getattr(self.env, name)), **single}

    def sample(self) -> dict[str, Any]:
        with _environment_errors():
            if self._sampler_seeds is not None and self.env.action_space is not self._seeded_space:
                # A reset made a new space. Seeded as the first was, it would give the same samples once more.
                self._seed_sampler(int(self._sampler_seeds.integers(2**31)))
            return {"action": self.env.action_space.sample()}

    def start_monitor(self, directory: Path, force: bool, resume: bool, video_callable: bool | int | None) -> None:
        active = self._active_monitor()
        if active is not None:
            problem = f"This instance already records into {active.directory}: close that monitor first"
            raise ApiError(409, "monitor_active", problem)
        with _environment_errors():
            self.monitor = Monitor.start(
                self.env,
                directory,
                env_id=self.description["env_id"],
                library=self.description["library"],
                num_envs=self.num_envs,
                reward_threshold=self.description["spec"].get("reward_threshold"),
                force=force,
                resume=resume,
                video_callable=video_callable,
            )
        self.env = self.monitor.env

    def _active_monitor(self) -> Monitor | None:
        """The monitor, unless another one, of whichever instance, has taken its directory over."""
        if self.monitor is not None:
            self.monitor.close_if_taken_over()
            if self.monitor.closed:
                self.close_monitor()
        return self.monitor

    def close_monitor(self) -> None:
        if self.monitor is not None:
            monitor, self.monitor = self.monitor, None
            try:
                monitor.close()
            finally:
                self.env = monitor.env

    def close(self) -> None:
        """Flushes the monitor and closes the environment; the instance is closed even when the environment objects."""
        keep_pygame()
        try:
            with _environment_errors():
                try:
                    self.close_monitor()
                finally:
                    self.env.close()
        finally:
            self.closed = True


@contextlib.contextmanager
def _environment_errors() -> Iterator[None]:
    try:
        yield
    except ApiError:
        raise
    except BaseException as error:  # a KeyboardInterrupt or a panic of its own is the environment's too
        raise _environment_error(error) from error


def _environment_error(error: BaseException) -> ApiError:
    """What the environment raised, as a reply. The names are those of gymnasium.error and gym.error alike."""
    name = type(error).__name__
    if name == "ResetNeeded":
        return ApiError(409, "reset_needed", _RESET_NEEDED)
    if name == "InvalidAction":
        return ApiError(400, "invalid_action", f"The environment refused the action: {error}")
    return ApiError(500, "environment_error", f"The environment raised {name}: {error}")
