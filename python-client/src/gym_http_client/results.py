"""What the flat API returns where the original's plain list or dict has company."""

from __future__ import annotations

from typing import Any


class StepResult(list[Any]):
    """What `Client.env_step` returns: the list ``[observation, reward, done, info]``, and Gymnasium's two flags.

    Attributes:
        terminated: bool (a vector env: a list, or an array of shape (num_envs,)): the episode reached an end state.
        truncated: likewise: the episode was cut off, by a time limit for instance. ``done = terminated or truncated``.
    """

    def __init__(self, items: list[Any], terminated: Any, truncated: Any) -> None:
        super().__init__(items)
        self.terminated = terminated
        self.truncated = truncated


class SpaceInfo(dict[str, Any]):
    """A space's facts, such as ``{"name": "Discrete", "n": 2, "start": 0, "dtype": "int64"}``.

    Attributes:
        single: of a vector env, whose facts are those of the batched space, the facts of one environment's space; else
            None.
    """

    def __init__(self, info: dict[str, Any], single: dict[str, Any] | None) -> None:
        super().__init__(info)
        self.single = single
