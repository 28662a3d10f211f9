"""Environments that no package has: they misbehave on purpose, and have every kind of space."""

from __future__ import annotations

import copy
import threading
import time
from typing import Any

import foreign_envs  # noqa: F401  # registers further environments
import gymnasium
import numpy as np
from gymnasium import spaces


class CustomSpace(spaces.Space[np.ndarray]):
    """A space of a class that the contract does not know: arrays of two integers."""

    def sample(self, mask: Any = None, probability: Any = None) -> np.ndarray:
        return self.np_random.integers(10, size=2)

    def contains(self, x: Any) -> bool:
        return isinstance(x, np.ndarray) and x.shape == (2,) and x.dtype.kind == "i"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, CustomSpace)

    def __repr__(self) -> str:
        return "CustomSpace()"


SPACES: dict[str, spaces.Space[Any]] = {
    "Discrete": spaces.Discrete(5, start=-2),
    "Box": spaces.Box(-1, 1, (2, 3)),
    "BoxFloat64": spaces.Box(-np.inf, np.inf, (3,), np.float64),
    "BoxFloat16": spaces.Box(-1, 1, (3,), np.float16),
    "BoxUint8": spaces.Box(0, 255, (8, 9, 3), np.uint8),
    "BoxScalar": spaces.Box(-1, 1, ()),
    "BoxOne": spaces.Box(-1, 1, (1,)),
    "BoxEmpty": spaces.Box(0, 1, (0, 2)),
    "MultiDiscrete": spaces.MultiDiscrete([2, 3], start=[-1, 4]),
    "MultiDiscreteMatrix": spaces.MultiDiscrete([[2, 3], [4, 5]]),
    "MultiBinary": spaces.MultiBinary(4),
    "MultiBinaryMatrix": spaces.MultiBinary([2, 3]),
    "Text": spaces.Text(6, charset="abcé漢"),
    "Tuple": spaces.Tuple((spaces.Discrete(3), spaces.Box(-1, 1, (2,)))),
    "Dict": spaces.Dict(z=spaces.Discrete(3), a=spaces.Dict(inner=spaces.Text(3))),
    "Sequence": spaces.Sequence(spaces.Box(-1, 1, (2,))),
    "SequenceStacked": spaces.Sequence(spaces.Dict(a=spaces.Box(-1, 1, (2,)), b=spaces.Discrete(3)), stack=True),
    "Graph": spaces.Graph(spaces.Box(-1, 1, (2,)), spaces.Discrete(4)),
    "GraphNoEdges": spaces.Graph(spaces.Discrete(3), None),
    "OneOf": spaces.OneOf((spaces.Discrete(3), spaces.Box(-1, 1, (2,)), spaces.Text(4))),
    "TupleEmpty": spaces.Tuple(()),
    "DictEmpty": spaces.Dict({}),
    "Custom": CustomSpace(),
}


class EchoEnv(gymnasium.Env[Any, Any]):
    """Observes a sample of its space at reset, and after that whatever the action was."""

    def __init__(self, space: str) -> None:
        self.observation_space = copy.deepcopy(SPACES[space])
        self.action_space = copy.deepcopy(SPACES[space])

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        super().reset(seed=seed)
        self.observation_space.seed(seed)
        return self.observation_space.sample(), {}

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        assert self.action_space.contains(action), f"{action!r} is no member"
        return action, 0.0, False, False, {"type": type(action).__name__, "dtype": str(getattr(action, "dtype", ""))}


class OddEnv(gymnasium.Env[np.ndarray, Any]):
    """What a step does is chosen by the action; `raise_at` makes the constructor, reset or close raise."""

    observation_space = spaces.Box(-np.inf, np.inf, (3,), np.float64)
    action_space = spaces.Discrete(8)

    def __init__(self, raise_at: str = "", seconds: float = 0.0) -> None:
        self._raise_at = raise_at
        self._seconds = seconds
        self._raise("init")

    def _raise(self, place: str) -> None:
        if place == self._raise_at:
            raise RuntimeError(f"told to fail at {place}")

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        super().reset(seed=seed)
        self._raise("reset")
        return np.zeros(3), {"options": options}

    def step(self, action: Any) -> tuple[np.ndarray, float, bool, bool, dict[str, Any]]:
        time.sleep(self._seconds)
        info: dict[str, Any] = {}
        reward = 0.0
        match int(action):
            case 1:
                raise ValueError("told to fail: größer")
            case 2:
                raise SystemExit("told to exit")
            case 3:
                reward = float("nan")
                info = {"inf": float("inf"), "nested": {"nan": np.float32("nan")}, "array": np.array([-np.inf, 1.0])}
            case 4:
                info = {"set": {1}, "bytes": b"x", "big": 2**80, "function": print, "text": "\ud800", "none": None}
                info |= {7: "seven"}  # type: ignore[dict-item]  # what no type checker allows
            case 5:
                loop: list[Any] = []
                loop.append(loop)
                info = {"loop": loop, "fine": 1}
            case 6:
                return np.array([np.nan, np.inf, -np.inf]), 0.0, False, False, {}
            case 7:
                return np.zeros(3), None, False, False, {}  # type: ignore[return-value]  # on purpose
        return np.zeros(3), reward, False, False, info

    def close(self) -> None:
        self._raise("close")


class OneThreadEnv(gymnasium.Env[int, int]):
    """Refuses every thread but the one that made it."""

    observation_space = action_space = spaces.Discrete(2)
    metadata = {"render_modes": ["rgb_array"]}  # noqa: RUF012  # as Gymnasium declares it

    def __init__(self, render_mode: str | None = None) -> None:
        self.render_mode = render_mode
        self._thread = threading.get_ident()

    def _check(self) -> None:
        assert threading.get_ident() == self._thread, "used from another thread"

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[int, dict[str, Any]]:
        self._check()
        return 0, {}

    def step(self, action: int) -> tuple[int, float, bool, bool, dict[str, Any]]:
        self._check()
        return int(action), 1.0, False, False, {}

    def render(self) -> Any:
        self._check()
        return np.full((4, 5, 3), 7, dtype=np.uint8)

    def close(self) -> None:
        self._check()


for _name in SPACES:
    gymnasium.register(f"Echo{_name}-v0", entry_point="odd_envs:EchoEnv", kwargs={"space": _name})
gymnasium.register("Odd-v0", entry_point="odd_envs:OddEnv")
gymnasium.register("Odd-v3", entry_point="odd_envs:OddEnv", max_episode_steps=10)
gymnasium.register("OneThread-v0", entry_point="odd_envs:OneThreadEnv")
