"""Environments with every kind of space, registered in the server (`--import`) and in the tests alike."""

from __future__ import annotations

import copy
import inspect
import time
from collections import OrderedDict
from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces

SPACES: dict[str, spaces.Space[Any]] = {
    "Discrete": spaces.Discrete(5, start=-2),
    "BoxFloat32": spaces.Box(-1, 1, (2, 3)),
    "BoxFloat64": spaces.Box(np.array([-np.inf, 0.1]), np.array([np.inf, 1 / 3]), dtype=np.float64),
    "BoxFloat16": spaces.Box(-1, 1, (3,), np.float16),
    "BoxUint8": spaces.Box(0, 255, (4, 5, 3), np.uint8),
    "BoxInt64": spaces.Box(-(2**60), 2**60, (3,), np.int64),
    "BoxScalar": spaces.Box(-1, 1, ()),
    "BoxEmpty": spaces.Box(-1, 1, (0, 2)),
    "BoxHalfBounded": spaces.Box(np.array([0, -np.inf], np.float32), np.array([np.inf, 0], np.float32)),
    "MultiDiscrete": spaces.MultiDiscrete([3, 4], start=[-1, 2]),
    "MultiDiscrete2D": spaces.MultiDiscrete(np.array([[2, 3], [4, 5]])),
    "MultiBinary": spaces.MultiBinary(4),
    "MultiBinary2D": spaces.MultiBinary([2, 3]),
    "Text": spaces.Text(6, min_length=2, charset="abcäöü\u2603\U0001f600"),
    "Tuple": spaces.Tuple((spaces.Discrete(3), spaces.Box(-1, 1, (2,)), spaces.Tuple((spaces.Text(3),)))),
    "Dict": spaces.Dict(
        OrderedDict(zebra=spaces.Discrete(3), apple=spaces.Dict(inner=spaces.MultiBinary(2), a=spaces.Box(0, 1, (2,))))
    ),
    "Sequence": spaces.Sequence(spaces.Box(-1, 1, (2,))),
    "SequenceStacked": spaces.Sequence(spaces.Box(-1, 1, (2,)), stack=True),
    "SequenceStackedDict": spaces.Sequence(
        spaces.Dict(a=spaces.Box(-1, 1, (2,)), b=spaces.Discrete(3), c=spaces.Tuple((spaces.Discrete(2),))), stack=True
    ),
    "Graph": spaces.Graph(spaces.Box(-1, 1, (3,)), spaces.Discrete(4)),
    "GraphWithoutEdges": spaces.Graph(spaces.Discrete(3), None),
    "OneOf": spaces.OneOf((spaces.Discrete(3), spaces.Box(-1, 1, (2,)), spaces.Text(4))),
}
if "dtype" in inspect.signature(spaces.Discrete).parameters:  # since Gymnasium 1.3
    SPACES["DiscreteInt8"] = spaces.Discrete(5, dtype=np.int8)


class EchoEnv(gymnasium.Env[Any, Any]):
    """Observes random elements of one space, takes actions of the same, and tells in `info` what it got."""

    metadata: dict[str, Any] = {"render_modes": ["rgb_array"], "render_fps": 7}  # noqa: RUF012

    def __init__(self, space: str, render_mode: str | None = None) -> None:
        self.observation_space = copy.deepcopy(SPACES[space])
        self.action_space = copy.deepcopy(SPACES[space])
        self.render_mode = render_mode

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        super().reset(seed=seed)
        self.steps = 0
        return self._observe(), {"options": repr(options)}

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        self.steps += 1
        info = {
            "action": repr(action),
            "array": np.arange(3, dtype=np.int16),
            "steps": np.int64(self.steps),
            "list": [self.steps, 2],
            "ragged": [0.5] * self.steps,
            "deep": {"flag": True, "words": ["a", "b"]},
        }
        return self._observe(), self.steps / 3, False, self.steps >= 50, info

    def render(self) -> Any:
        return np.full((6, 8, 3), self.steps, np.uint8)

    def _observe(self) -> Any:
        self.observation_space.seed(int(self.np_random.integers(2**31)))
        return self.observation_space.sample()


class MissionSpace(spaces.Space[str]):
    """Sentences; a class that Gymnasium does not have, as Minigrid's."""

    def sample(self, mask: Any = None, probability: Any = None) -> str:
        return f"go to {self.np_random.integers(9)}"

    def contains(self, x: Any) -> bool:
        return isinstance(x, str) and x.startswith("go to ")

    def __repr__(self) -> str:
        return "MissionSpace('go to')"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, MissionSpace)


class MissionEnv(gymnasium.Env[Any, Any]):
    """Observes a mission beside an image, takes a mission as action, and says which it was."""

    def __init__(self) -> None:
        self.action_space = MissionSpace()
        self.observation_space = spaces.Dict(image=spaces.Box(0, 255, (2, 2, 3), np.uint8), mission=MissionSpace())

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        super().reset(seed=seed)
        return self._observe("go to 1"), {}

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        return self._observe(action), 1.0, False, False, {}

    def _observe(self, mission: str) -> Any:
        return {"image": np.full((2, 2, 3), 7, np.uint8), "mission": mission}


class TruthEnv(gymnasium.Env[Any, Any]):
    """Observes what is not quite of its observation space: what `kind` says."""

    action_space = spaces.Discrete(2)

    def __init__(self, kind: str) -> None:
        self.kind = kind
        array = kind == "fractions"
        self.observation_space = spaces.Box(0, 255, (2,), np.uint8) if array else spaces.Discrete(4)

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        super().reset(seed=seed)
        values = {"fractions": np.array([0.5, 0.25]), "one": np.array([3]), "scalar": np.array(3), "bool": True}
        return values[self.kind], {}

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        return self.reset()[0], float(action), False, False, {"action": repr(action)}


class Motor:
    """An object that an environment has."""

    speed = 3.5


class AttributesEnv(gymnasium.Env[Any, Any]):
    """Has attributes of every kind, and the action masks that MaskablePPO asks for."""

    observation_space = spaces.Box(-1, 1, (2,))
    action_space = spaces.Discrete(3)

    def __init__(self) -> None:
        self.numbers = np.array([1, 2])
        self.table = {0: {1: "x"}}
        self.motor = Motor()
        self._secret = 1

    @property
    def broken(self) -> float:
        return 1 / 0

    def action_masks(self) -> Any:
        return np.array([True, False, True])

    def forget(self) -> None:
        self.numbers = np.zeros(2)

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        super().reset(seed=seed)
        return np.zeros(2, np.float32), {}

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        return np.zeros(2, np.float32), float(action != 1), False, False, {}


class SlowEnv(gymnasium.Env[Any, Any]):
    """Takes its time to be made."""

    observation_space = action_space = spaces.Discrete(2)

    def __init__(self, seconds: float) -> None:
        time.sleep(seconds)


class WaitingEnv(gymnasium.Env[Any, Any]):
    """Waits in every step, for `seconds` and a hundredth of one for each unit of the action."""

    observation_space = action_space = spaces.Discrete(1000)

    def __init__(self, seconds: float = 0.0) -> None:
        self._seconds = seconds

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        super().reset(seed=seed)
        return 0, {}

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        time.sleep(self._seconds + int(action) / 100)
        return 0, 1.0, False, False, {}


class TroubleEnv(gymnasium.Env[Any, Any]):
    """Rewards that are no finite numbers; sleeps for `action` milliseconds; raises on action 0."""

    observation_space = spaces.Box(-np.inf, np.inf, (3,), np.float64)
    action_space = spaces.Discrete(10_000)

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        super().reset(seed=seed)
        return np.array([np.inf, -np.inf, np.nan]), {"options": options}

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        if action == 0:
            raise ZeroDivisionError("the pole is made of cheese")
        time.sleep(action / 1000)
        return np.array([np.inf, -np.inf, np.nan]), [np.inf, -np.inf, np.nan][action % 3], False, False, {"big": 2**70}


for _name in SPACES:
    gymnasium.register(f"Echo{_name}-v0", entry_point="remote_test_envs:EchoEnv", kwargs={"space": _name})
gymnasium.register("Trouble-v0", entry_point="remote_test_envs:TroubleEnv")
gymnasium.register("Mission-v0", entry_point="remote_test_envs:MissionEnv")
gymnasium.register("Attributes-v0", entry_point="remote_test_envs:AttributesEnv")
gymnasium.register("Slow-v0", entry_point="remote_test_envs:SlowEnv")
gymnasium.register("Waiting-v0", entry_point="remote_test_envs:WaitingEnv")
gymnasium.register("Truth-v0", entry_point="remote_test_envs:TruthEnv")
