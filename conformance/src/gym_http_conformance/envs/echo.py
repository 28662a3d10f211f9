"""An environment over any space of the contract, which observes the action that it was given."""

from __future__ import annotations

from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces


class Odd(spaces.Space[int]):
    """A space of a class that the contract does not know: multiples of `factor`, called `numbers`."""

    def __init__(self, factor: int, numbers: str) -> None:
        super().__init__((), np.int64)
        self.factor, self.numbers = factor, numbers

    def sample(self, mask: Any = None, probability: Any = None) -> int:
        return self.factor * int(self.np_random.integers(100))

    def contains(self, x: Any) -> bool:
        return isinstance(x, (int, np.integer)) and x % self.factor == 0

    def __repr__(self) -> str:
        return f"Odd({self.numbers})"


def _small() -> spaces.Box:
    return spaces.Box(-1.0, 1.0, (2,), np.float32)


SPACES: dict[str, Any] = {
    "discrete": lambda: spaces.Discrete(5, start=-2),
    "discrete-of-two": lambda: spaces.Discrete(2),
    "box-float32": lambda: spaces.Box(-1.0, 1.0, (3,), np.float32),
    "box-float64": lambda: spaces.Box(-np.inf, np.inf, (6,), np.float64),
    "box-half-open": lambda: spaces.Box(np.array([-np.inf, 0.0]), np.array([1.5, np.inf]), dtype=np.float64),
    "box-uint8": lambda: spaces.Box(0, 255, (2, 2, 3), np.uint8),
    "box-int64": lambda: spaces.Box(-(2**63), 2**63 - 1, (3,), np.int64),
    "box-one": lambda: spaces.Box(-2.0, 2.0, (1,), np.float32),
    "box-scalar": lambda: spaces.Box(-2.0, 2.0, (), np.float32),
    "multi-discrete": lambda: spaces.MultiDiscrete([3, 4], start=[0, -1]),
    "multi-discrete-2d": lambda: spaces.MultiDiscrete(np.array([[2, 3], [4, 5]])),
    "multi-binary": lambda: spaces.MultiBinary(4),
    "multi-binary-2d": lambda: spaces.MultiBinary([2, 3]),
    "text": lambda: spaces.Text(min_length=0, max_length=8, charset="abñ世🎈\"\\ "),
    "text-of-digits": lambda: spaces.Text(min_length=2, max_length=5, charset="0123456789"),
    "tuple": lambda: spaces.Tuple((spaces.Discrete(3), _small())),
    "dict": lambda: spaces.Dict([("zeta", spaces.Discrete(3)), ("alpha", _small()), ("größe", spaces.MultiBinary(2))]),
    "sequence": lambda: spaces.Sequence(spaces.Discrete(4)),
    "sequence-stacked": lambda: spaces.Sequence(_small(), stack=True),
    "graph": lambda: spaces.Graph(_small(), spaces.Discrete(3)),
    "graph-without-edges": lambda: spaces.Graph(spaces.Discrete(4), None),
    "one-of": lambda: spaces.OneOf((spaces.Discrete(3), _small())),
    "nested": lambda: spaces.Dict(
        {
            "list": spaces.Sequence(spaces.Dict({"pair": spaces.Tuple((spaces.Discrete(2), _small()))})),
            "word": spaces.Text(4),
        }
    ),
    "odd": lambda: Odd(2, "even numbers"),
    "odd-three": lambda: Odd(3, "multiples of three"),
}  # fmt: skip


def seen(value: Any) -> str:
    """What kind of value the environment was given, types and dtypes: `float32(3,)`, `tuple(int, str)`."""
    if isinstance(value, spaces.GraphInstance):
        return f"graph({', '.join(seen(part) for part in value)})"
    if isinstance(value, np.ndarray):
        return f"{value.dtype}{value.shape}".replace(" ", "")
    if isinstance(value, (tuple, list)):
        return f"{type(value).__name__}({', '.join(seen(part) for part in value)})"
    if isinstance(value, dict):
        return f"dict({', '.join(f'{key}: {seen(value[key])}' for key in sorted(value))})"
    if isinstance(value, (int, np.integer)) and not isinstance(value, bool):
        return "int"
    return type(value).__name__


class Spaces(gymnasium.Env[Any, Any]):
    """Its observation and action space is `SPACES[space]`; a reset observes a sample, a step the action.

    `info` of a step tells what was `seen`, and whether the space says that it `contains` it.
    """

    def __init__(self, space: str = "discrete", render_mode: str | None = None) -> None:
        self.render_mode = render_mode
        self.observation_space = SPACES[space]()
        self.action_space = SPACES[space]()

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        super().reset(seed=seed)
        if seed is not None:
            self.observation_space.seed(seed)
        return self.observation_space.sample(), {}

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        facts = {"seen": seen(action), "contains": bool(self.action_space.contains(action))}
        return action, 0.0, False, False, facts
