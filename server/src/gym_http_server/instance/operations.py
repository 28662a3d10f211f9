"""The operations on one instance: each reads its parameters and calls the environment."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

import numpy as np
import orjson

from ..environments.frames import current_frame, own_frame, to_png
from ..protocol import parameters
from ..protocol.encoding import to_json
from ..protocol.errors import ApiError, invalid_parameter, missing_parameter, shown
from ..protocol.messages import Raw, Request, Result
from ..protocol.negotiation import wants_msgpack
from ..recording.roots import Roots
from ..spaces.describe import describe, describe_in_full
from ..spaces.parse import InvalidValue, parse
from .live_env import LiveEnv

Operation = Callable[[LiveEnv, dict[str, Any], Request], Result]


def env_info(live: LiveEnv, body: dict[str, Any], request: Request) -> Result:
    return live.info()


def env_reset(live: LiveEnv, body: dict[str, Any], request: Request) -> Result:
    seed = _seed(body, live)
    options = parameters.mapping(body, "options")
    if options is not None and live.is_vector and "reset_mask" in options:
        options = {**options, "reset_mask": _mask(options["reset_mask"], live.num_envs)}
    try:
        return live.reset(seed, options)
    except ApiError as error:
        if isinstance(seed, list) and live.description.get("vectorization_mode") == "vector_entry_point":
            remedy = f"must be an integer, unless vectorization_mode is sync or async: {error.message}"
            raise invalid_parameter("seed", remedy) from error
        raise


def _seed(body: Mapping[str, Any], live: LiveEnv) -> int | list[int | None] | None:
    seed = _listed(parameters.optional(body, "seed"), live.num_envs)
    if not isinstance(seed, list):
        return parameters.integer({"seed": seed}, "seed", 0)
    if not live.is_vector:
        raise invalid_parameter("seed", "must be an integer: only a vector env takes a list")
    seeds = [parameters.as_integer(item) for item in seed]
    valid = all(item is None or (number is not None and number >= 0) for number, item in zip(seeds, seed, strict=True))
    if len(seeds) != live.num_envs or not valid:
        raise invalid_parameter("seed", f"must be an integer of at least 0 or a list of {live.num_envs} of them")
    return seeds


def _mask(mask: Any, num_envs: int) -> np.ndarray:
    flags = _listed(mask, num_envs)
    if (
        not isinstance(flags, list)
        or len(flags) != num_envs
        or not all(isinstance(flag, (bool, int, float)) and flag in (0, 1) for flag in flags)
        or not any(flags)
    ):
        raise invalid_parameter("options", f"must have as reset_mask {num_envs} booleans, at least one of them true")
    return np.array(flags, dtype=bool)


def _listed(value: Any, most: int) -> Any:
    """An array as a list, where it has no more elements than anybody could want."""
    return value.tolist() if isinstance(value, np.ndarray) and value.size <= most else value


def env_step(live: LiveEnv, body: dict[str, Any], request: Request) -> Result:
    if "render" in body:
        parameters.boolean(body, "render")
    space = live.env.action_space
    action = parameters.required(body, "action")
    try:
        member = parse(space, action, request.from_json)
    except InvalidValue as error:
        raise ApiError(
            400, "invalid_action", f"Action {shown(_listed(action, 64))} does not fit {space}: {error}"
        ) from None
    return live.step(member)


def env_render(live: LiveEnv, body: dict[str, Any], request: Request) -> Result:
    if wants_msgpack(request.accept):
        return {"frame": live.render(own_frame)}
    return Raw("image/png", to_png(live.render(current_frame)))


def get_attr(allowed: Collection[str]) -> Operation:
    """env_get_attr where only the methods at the given paths may be called."""

    def env_get_attr(live: LiveEnv, body: dict[str, Any], request: Request) -> Result:
        name = parameters.text(body, "name")
        if not all(part.isidentifier() and not part.startswith("_") for part in name.split(".")):
            problem = f"must be a public name such as 'gravity', or several with dots between, not {shown(name)}"
            raise invalid_parameter("name", problem)
        return live.attribute(name, parameters.boolean(body, "call"), allowed)

    return env_get_attr


def env_action_space_info(live: LiveEnv, body: dict[str, Any], request: Request) -> Result:
    return live.space("action_space")


def env_observation_space_info(live: LiveEnv, body: dict[str, Any], request: Request) -> Result:
    return live.space("observation_space")


def env_action_space_sample(live: LiveEnv, body: dict[str, Any], request: Request) -> Result:
    return live.sample()


def env_action_space_contains(live: LiveEnv, body: dict[str, Any], request: Request) -> Result:
    if "value" not in body:
        raise missing_parameter("value")
    return {"member": _contains(live.env.action_space, body["value"], request.from_json)}


def env_action_space_contains_x(live: LiveEnv, body: dict[str, Any], request: Request) -> Result:
    text = request.arguments["x"]
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        value = text
    return {"member": _contains(live.env.action_space, value, from_json=True)}


def env_observation_space_contains(live: LiveEnv, body: dict[str, Any], request: Request) -> Result:
    if "value" in body:
        return {"member": _contains(live.env.observation_space, body["value"], request.from_json)}
    space = live.env.observation_space
    told = (describe(space), describe_in_full(space))  # with the usual facts and without, as clients know it
    return {
        "member": all(any(key in facts and _same(facts[key], value) for facts in told) for key, value in body.items())
    }


def _contains(space: Any, value: Any, from_json: bool) -> bool:
    try:
        return bool(space.contains(parse(space, value, from_json)))
    except InvalidValue:
        return False


def _same(one: Any, other: Any) -> bool:
    """Whether the two are the same on the wire, where 1 and 1.0 are one number and +inf is 1e100."""
    return bool(orjson.loads(to_json({"": one})) == orjson.loads(to_json({"": other})))


def env_monitor_close(live: LiveEnv, body: dict[str, Any], request: Request) -> Result:
    live.close_monitor()
    return {}


def env_close(live: LiveEnv, body: dict[str, Any], request: Request) -> Result:
    live.close()
    return {}


def monitor_start(roots: Roots) -> Operation:
    """env_monitor_start for monitors that may write below the given directories only."""

    def env_monitor_start(live: LiveEnv, body: dict[str, Any], request: Request) -> Result:
        directory = roots.resolve(parameters.text(body, "directory"))
        force, resume = parameters.boolean(body, "force"), parameters.boolean(body, "resume")
        live.start_monitor(directory, force, resume, _video_callable(body))
        return {}

    return env_monitor_start


def _video_callable(body: Mapping[str, Any]) -> bool | int | None:
    """A boolean, or n for every n-th episode: the number 1 is every episode, where true is the usual schedule."""
    value = parameters.optional(body, "video_callable")
    if value is None:
        value = parameters.optional(body, "video-callable")
    number = parameters.as_integer(value)
    if value is None or (number is not None and number >= 1):
        return number
    try:
        return parameters.boolean({"video_callable": value}, "video_callable")
    except ApiError:
        raise invalid_parameter(
            "video_callable", f"must be true, false or a number of episodes of at least 0, not {shown(value)}"
        ) from None


def instance_operations(roots: Roots, allowed_calls: Collection[str]) -> dict[str, Operation]:
    """Every operation on one instance by its operationId."""
    plain = (
        env_info,
        env_reset,
        env_step,
        env_render,
        env_action_space_info,
        env_action_space_sample,
        env_action_space_contains,
        env_action_space_contains_x,
        env_observation_space_info,
        env_observation_space_contains,
        env_monitor_close,
        env_close,
    )
    return {
        **{operation.__name__: operation for operation in plain},
        "env_get_attr": get_attr(allowed_calls),
        "env_monitor_start": monitor_start(roots),
    }
