"""Environments as other packages register and write them: unusual, yet such that plain Gymnasium makes them."""

from __future__ import annotations

import asyncio
from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces
from gymnasium.vector import AutoresetMode, VectorEnv

FRAMES: dict[str, Any] = {
    "rows": np.arange(12, dtype=np.uint8).reshape(3, 4),
    "one channel": np.arange(12, dtype=np.uint8).reshape(3, 4, 1),
    "alpha": np.arange(48, dtype=np.uint8).reshape(3, 4, 4),
    "booleans": np.eye(3, dtype=bool),
    "integers": np.arange(12, dtype=np.int64).reshape(3, 4),
    "floats to 1": np.linspace(0, 1, 36).reshape(3, 4, 3),
    "floats to 255": np.linspace(0, 255, 36, dtype=np.float32).reshape(3, 4, 3),
    "below 0": np.full((3, 4, 3), -1.0),
    "beyond bytes": np.full((3, 4, 3), 256),
    "not a number": np.full((3, 4, 3), np.nan),
    "five channels": np.zeros((3, 4, 5), dtype=np.uint8),
    "nothing": None,
    "text": "a drawing",
    "object": object(),
}


class ForeignEnv(gymnasium.Env[Any, Any]):
    """What all of them have in common: ten steps of nothing."""

    observation_space: spaces.Space[Any] = spaces.Discrete(11)
    action_space: spaces.Space[Any] = spaces.Discrete(3)

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, Any]:
        super().reset(seed=seed)
        self._count = 0
        return 0, {}

    def step(self, action: Any) -> tuple[Any, Any, Any, Any, Any]:
        self._count += 1
        return self._count, 1.0, self._count >= 10, False, {}


class Shown(ForeignEnv):
    """Has render modes of its own, and a default that nobody asked for."""

    metadata = {"render_modes": ["human", "rgb_array"], "render_fps": 5}  # noqa: RUF012  # as Gymnasium declares it

    def __init__(self, render_mode: str | None = "human") -> None:
        self.render_mode = render_mode

    def render(self) -> Any:
        return np.full((4, 6, 3), 9, dtype=np.uint8) if self.render_mode == "rgb_array" else None


class WindowOnly(Shown):
    metadata = {"render_modes": ["human"]}  # noqa: RUF012


class HandsOn(Shown):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)


class SaysAtLast(ForeignEnv):
    """Its class does not say which render modes its instances have."""

    def __init__(self, render_mode: str | None = None) -> None:
        self.metadata = {"render_modes": ["rgb_array"]}
        self.render_mode = render_mode

    def render(self) -> Any:
        return np.zeros((4, 6, 3), dtype=np.uint8)


def shown_by_function(size: int = 1, render_mode: str | None = None) -> Shown:
    return Shown(render_mode)


def shown_by_any_function(**kwargs: Any) -> Shown:
    return Shown(**kwargs)


def shown_by_stubborn_function(**kwargs: Any) -> Shown:
    assert "render_mode" not in kwargs
    return Shown(render_mode="rgb_array")


class NewSpaces(ForeignEnv):
    """Builds its spaces anew in each reset."""

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, Any]:
        self.action_space = spaces.Discrete(1_000_000)
        return super().reset(seed=seed)


class SpacesAtLast(NewSpaces):
    """Has no action space before its first reset."""

    action_space = None  # type: ignore[assignment]


class Box(spaces.Space[Any]):
    """Somebody else's idea of a box: text."""

    def sample(self, mask: Any = None, probability: Any = None) -> Any:
        return "inside"

    def contains(self, x: Any) -> bool:
        return isinstance(x, str)

    def __repr__(self) -> str:
        return "Box of text"


class Tensor:
    """An array of another library than NumPy."""

    dtype = np.dtype(np.float32)
    shape = (2,)

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        return np.array([0.5, 1.5], dtype=np.float32)


class Tensors(ForeignEnv):
    observation_space = Box()
    action_space = Box()

    def step(self, action: Any) -> tuple[Any, Any, Any, Any, Any]:
        return Tensor(), 1.0, False, False, {"tensor": [Tensor()]}


class InArrays(ForeignEnv):
    """Gives numbers in arrays of one element, and no info; `size` says of how many."""

    def __init__(self, size: int = 1) -> None:
        self._size = size

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, Any]:
        return super().reset(seed=seed)[0], None

    def step(self, action: Any) -> tuple[Any, Any, Any, Any, Any]:
        observation, reward, terminated, truncated, _ = super().step(action)
        return observation, np.full(self._size, reward), np.array([[terminated]]), [truncated], None


class Scribbler(ForeignEnv):
    """Writes into all that it is given: kwargs, options and actions."""

    action_space = spaces.Box(-1, 1, (2,))

    def __init__(self, weights: Any = (), nested: Any = None) -> None:
        self._scribble(weights)
        self._scribble((nested or {}).get("weights", []))

    @staticmethod
    def _scribble(weights: Any) -> None:
        for index in range(len(weights)):
            weights[index] = 77

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, Any]:
        if options:
            self._scribble(options["weights"])
            options["more"] = True
        return super().reset(seed=seed)[0], {"options": options}

    def step(self, action: Any) -> tuple[Any, Any, Any, Any, Any]:
        action[:] = 5
        return super().step(action)


class Looper(ForeignEnv):
    """Talks to its simulator through an event loop, as network clients do."""

    def __init__(self) -> None:
        self._loop = asyncio.get_event_loop()
        self._loop.run_until_complete(asyncio.sleep(0))

    def step(self, action: Any) -> tuple[Any, Any, Any, Any, Any]:
        self._loop.run_until_complete(asyncio.sleep(0))
        return super().step(action)


class OddFrames(ForeignEnv):
    """Draws one of FRAMES; "growing" is one that is larger from the fourth step on, "same" always the same array."""

    metadata = {"render_modes": ["rgb_array", "depth_array", "rgbd_tuple"], "render_fps": 5}  # noqa: RUF012

    def __init__(self, kind: str, render_mode: str | None = None) -> None:
        self.render_mode = render_mode
        self._kind = kind
        self._canvas = np.zeros((32, 48, 3), dtype=np.uint8)

    def render(self) -> Any:
        if self._kind == "growing":
            return np.full((32, 48 if self._count < 4 else 64, 3), 20 * self._count, dtype=np.uint8)
        if self._kind == "same":
            self._canvas[:] = 20 * self._count
            return self._canvas
        if self._kind == "breaking":
            assert self._count < 4, "told to fail while it draws"
            return np.full((32, 48), self._count / 10)
        frame = FRAMES[self._kind]
        return (FRAMES["rows"], frame) if self.render_mode == "rgbd_tuple" else frame


class Telling(ForeignEnv):
    """Tells in `info` what has no form on the wire, deep inside of what has."""

    def step(self, action: Any) -> tuple[Any, Any, Any, Any, Any]:
        deep: list[Any] = []
        for _ in range(1000):
            deep = [deep]
        told: dict[Any, Any] = {
            "parts": {"fine": [1, {"odd": {3}, "array": np.array([0.5, 1.5])}], "\udc80key": "of no Unicode"},
            "objects": np.array([{"odd": b"x"}, None, 2**70], dtype=object),
            "text": ["\ud800", "fine"],
            "deep": deep,
            "\ud800": 1,
        }
        return (*super().step(action)[:4], told)


class OnlyVector(VectorEnv[Any, Any, Any]):
    """A simulator that steps many environments at once and has no other way."""

    metadata = {"autoreset_mode": AutoresetMode.NEXT_STEP, "render_modes": ["rgb_array"]}  # noqa: RUF012

    def __init__(self, num_envs: int = 1, tasks: int = 0, render_mode: str | None = None) -> None:
        num_envs = self.num_envs = tasks or num_envs
        self.render_mode = render_mode
        self.single_observation_space = spaces.Box(0, 1, (2,))
        self.single_action_space = spaces.Discrete(2)
        self.observation_space = spaces.Box(0, 1, (num_envs, 2))
        self.action_space = spaces.MultiDiscrete([2] * num_envs)

    def reset(self, *, seed: Any = None, options: Any = None) -> tuple[Any, dict[str, Any]]:
        return np.zeros((self.num_envs, 2), dtype=np.float32), {}

    def step(self, actions: Any) -> tuple[Any, Any, Any, Any, Any]:
        never = np.zeros(self.num_envs, dtype=bool)
        return np.ones((self.num_envs, 2), dtype=np.float32), np.ones((self.num_envs, 1)), never, never, None

    def render(self) -> Any:
        return tuple(np.zeros((4, 4), dtype=np.uint8) for _ in range(self.num_envs))


for _name, _entry_point in {
    "Shown-v0": Shown,
    "WindowOnly-v0": WindowOnly,
    "HandsOn-v0": HandsOn,
    "SaysAtLast-v0": SaysAtLast,
    "ByFunction-v0": shown_by_function,
    "ByAnyFunction-v0": shown_by_any_function,
    "ByStubbornFunction-v0": shown_by_stubborn_function,
    "ByLambda-v0": lambda: Shown("rgb_array"),
    "NewSpaces-v0": NewSpaces,
    "SpacesAtLast-v0": SpacesAtLast,
    "Tensors-v0": Tensors,
    "InArrays-v0": InArrays,
    "Scribbler-v0": Scribbler,
    "Looper-v0": Looper,
    "OddFrames-v0": OddFrames,
    "Telling-v0": Telling,
}.items():
    gymnasium.register(f"foreign/{_name}", entry_point=_entry_point)
gymnasium.register("foreign/OnlyVector-v0", vector_entry_point="foreign_envs:OnlyVector")
