"""One environment with its monitor and its counters: plain arguments in, documents out."""

from __future__ import annotations

import contextlib
import logging
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

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
        self.is_vector = hasattr(env, "num_envs")
        self.monitor: Monitor | None = None
        self.closed = False
        self.steps = self.episodes = 0
        self.last_return: float | None = None
        self.created = self.last_used = time.time()
        self._make = make
        self._workers_lost = False
        self._was_reset = False
        self._first_seed: int | None = None
        self._returns: Any = np.zeros(self.num_envs) if self.is_vector else 0.0

    def seed_first_reset(self, seed: int) -> None:
        """Seeds the action space's sampler now, and the environment at the first reset that brings no seed."""
        self._first_seed = seed
        self.env.action_space.seed(seed)

    def info(self) -> dict[str, Any]:
        monitor = {} if self.monitor is None else {"monitor": str(self.monitor.directory)}
        return {
            **self.description,
            **monitor,
            "steps": self.steps,
            "episodes": self.episodes,
            "created": rfc3339(self.created),
            "last_used": rfc3339(self.last_used),
        }

    def reset(self, seed: Any, options: dict[str, Any] | None) -> dict[str, Any]:
        seed = self._first_seed if seed is None else seed
        mask = options.get("reset_mask") if options is not None and self.is_vector else None
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
        return {"observation": observation, "info": info}

    def step(self, action: Any) -> dict[str, Any]:
        if not self._was_reset:
            raise ApiError(409, "reset_needed", _RESET_NEEDED)
        try:
            observation, reward, terminated, truncated, info = self.env.step(action)
            if self.is_vector:
                reward = np.asarray(reward, dtype=np.float64)
                terminated, truncated = np.asarray(terminated, dtype=bool), np.asarray(truncated, dtype=bool)
                done: Any = terminated | truncated
            else:
                reward, terminated, truncated = float(reward), bool(terminated), bool(truncated)
                done = terminated or truncated
        except BaseException as error:  # a KeyboardInterrupt or a panic of its own is the environment's too
            raise self._failure(error) from error
        self._count(reward, done)
        if self.monitor is not None:
            self.monitor.after_step(reward, terminated, truncated)
        return {
            "observation": observation,
            "reward": reward,
            "done": done,
            "terminated": terminated,
            "truncated": truncated,
            "info": info,
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
        _keep_pygame()
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

    def space(self, name: str) -> dict[str, Any]:
        """`name` is action_space or observation_space; the batched space, and one environment's, of a vector env."""
        single = {"single": describe(getattr(self.env, f"single_{name}"))} if self.is_vector else {}
        return {"info": describe(getattr(self.env, name)), **single}

    def sample(self) -> dict[str, Any]:
        return {"action": self.env.action_space.sample()}

    def start_monitor(self, directory: Path, force: bool, resume: bool, video_callable: bool | int | None) -> None:
        if self.monitor is not None:
            raise ApiError(
                409,
                "monitor_active",
                f"This instance already records into {self.monitor.directory}: close that monitor first",
            )
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

    def close_monitor(self) -> None:
        if self.monitor is not None:
            monitor, self.monitor = self.monitor, None
            try:
                monitor.close()
            finally:
                self.env = monitor.env

    def close(self) -> None:
        """Flushes the monitor and closes the environment; the instance is closed even when the environment objects."""
        _keep_pygame()
        try:
            with _environment_errors():
                try:
                    self.close_monitor()
                finally:
                    self.env.close()
        finally:
            self.closed = True


def _keep_pygame() -> None:
    """Environments that draw shut pygame down when they close, for the whole process: others would lose it in mid-step.

    It ends with the process.
    """
    for name in ("pygame", "pygame.display"):
        module: Any = sys.modules.get(name)
        if module is not None:
            module.quit = lambda: None


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
