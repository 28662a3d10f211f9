"""The same environments without HTTP: what the server's replies must equal."""

from __future__ import annotations

import json
import math
from typing import Any

import ale_py
import gymnasium
import numpy as np
from live import Api

gymnasium.register_envs(ale_py)


def newest(name: str) -> str:
    """The id of the latest version of an environment, which differs between the versions of Gymnasium."""
    return max(
        (spec for spec in gymnasium.registry.values() if spec.name == name and spec.namespace is None),
        key=lambda spec: spec.version or 0,
    ).id


def wire(value: Any, msgpack: bool) -> Any:
    """What must arrive of a value of an environment: arrays as they are in MessagePack, exact doubles in JSON."""
    if isinstance(value, np.ndarray) and (value.dtype == object or not msgpack):
        plain = value.tolist()
        return plain if value.dtype.kind in "iub" else wire(plain, msgpack)
    if isinstance(value, np.generic):
        return wire(value.item(), msgpack)
    if isinstance(value, dict):
        return {str(key): wire(part, msgpack) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [wire(part, msgpack) for part in value]
    if isinstance(value, float) and not msgpack and not math.isfinite(value):
        return None if math.isnan(value) else math.copysign(1e100, value)
    return value


def difference(expected: Any, actual: Any, place: str = "reply") -> str:
    """Where and how two documents differ, to the last bit, dtype and shape; empty when they do not."""
    if type(expected) is not type(actual):
        return f"{place}: {type(actual).__name__} {actual!r} instead of {type(expected).__name__} {expected!r}"
    if isinstance(expected, dict):
        if expected.keys() != actual.keys():
            return f"{place}: keys {sorted(actual)} instead of {sorted(expected)}"
        return next(filter(None, (difference(expected[k], actual[k], f"{place}.{k}") for k in expected)), "")
    if isinstance(expected, list):
        if len(expected) != len(actual):
            return f"{place}: {len(actual)} values instead of {len(expected)}"
        pairs = enumerate(zip(expected, actual, strict=True))
        return next(filter(None, (difference(e, a, f"{place}[{i}]") for i, (e, a) in pairs)), "")
    if isinstance(expected, np.ndarray):
        same = (expected.dtype, expected.shape, expected.tobytes()) == (actual.dtype, actual.shape, actual.tobytes())
        return "" if same else f"{place}: {actual.dtype} {actual!r} instead of {expected.dtype} {expected!r}"
    return "" if repr(expected) == repr(actual) else f"{place}: {actual!r} instead of {expected!r}"  # -0.0 is not 0.0


Transition = tuple[str, dict[str, Any], dict[str, Any]]


def trajectory(env: Any, seed: int | list[int], steps: int) -> list[Transition]:
    """The operations of a seeded run with seeded actions, their arguments, and what the environment gave.

    An ended episode is followed by a reset; in a vector env with autoreset disabled by one of the ended ones.
    """
    is_vector = hasattr(env, "num_envs")
    resets_itself = is_vector and getattr(env.metadata.get("autoreset_mode"), "value", "NextStep") != "Disabled"
    env.action_space.seed(7)
    run: list[Transition] = []

    def reset(**arguments: Any) -> None:
        copied = {"options": dict(arguments["options"])} if "options" in arguments else {}
        observation, info = env.reset(**{**arguments, **copied})
        run.append(("env_reset", arguments, {"observation": _kept(observation), "info": _kept(info)}))

    reset(seed=seed)
    for _ in range(steps):
        action = env.action_space.sample()
        observation, reward, terminated, truncated, info = env.step(action)
        done = np.logical_or(terminated, truncated)
        ends = {"terminated": terminated, "truncated": truncated, "done": done}
        reward = np.asarray(reward, np.float64) if is_vector else float(reward)
        reply = {"observation": _kept(observation), "reward": reward, **_kept(ends), "info": _kept(info)}
        run.append(("env_step", {"action": action}, reply))
        if done.any() and not resets_itself:
            reset(**({"options": {"reset_mask": done}} if is_vector else {}))
    env.close()
    return run


def _kept(value: Any) -> Any:
    """A copy: some environments go on writing into what they gave."""
    if isinstance(value, dict):
        return {key: _kept(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_kept(part) for part in value]
    return value.copy() if isinstance(value, np.ndarray) else value


def replay(api: Api, instance_id: str, run: list[Transition]) -> None:
    """Plays the run again over HTTP; every reply must be that of the environment."""
    for index, (operation, arguments, expected) in enumerate(run):
        sent = arguments if api.msgpack else wire(arguments, False)
        reply = api.ok(operation, instance_id=instance_id, **sent)
        wanted = wire(expected, api.msgpack)
        if not api.msgpack and json.dumps(wanted) == json.dumps(reply):
            continue  # the short way for large frames
        found = difference(wanted, reply)
        assert not found, f"{operation} number {index}: {found}"
