"""What env_create asks for, as far as the request alone can say: no environment is looked up or imported."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from ..protocol import parameters
from ..protocol.errors import ApiError, invalid_parameter, shown

VECTORIZATION_MODES = ("sync", "async", "vector_entry_point")
# The contract's names and the library's.
AUTORESET_MODES = {"next_step": "NextStep", "same_step": "SameStep", "disabled": "Disabled"}
_LONGEST_ENV_ID = 255
_NOT_THE_ENVIRONMENTS_OWN = frozenset(
    (
        "id",
        "num_envs",
        "render_mode",
        "max_episode_steps",
        "vectorization_mode",
        "vector_kwargs",
        "wrappers",
        "disable_env_checker",
    )
)
# Sizes that environments of Gymnasium take as they come, and that memory or minutes go into.
_LARGEST = {"max_geom": 100_000, "width": 4096, "height": 4096}
_MOST_CELLS = 10_000


class Recipe(NamedTuple):
    """What shall be made. Plain values, so that it may be made in another process.

    `names_render_mode` tells a render mode of None that was asked for from one that was left out.
    """

    env_id: str
    seed: int | None
    kwargs: dict[str, Any]
    max_episode_steps: int | None
    num_envs: int
    vectorization_mode: str | None
    autoreset_mode: str | None
    render_mode: str | None
    names_render_mode: bool

    @property
    def is_vector(self) -> bool:
        return self.num_envs > 1 or self.vectorization_mode is not None or self.autoreset_mode is not None


def parse_recipe(body: Mapping[str, Any]) -> Recipe:
    """The recipe that the parameters of env_create are.

    Raises:
        ApiError: 400 that names the parameter, what is wrong with it and what would be right.
    """
    env_id = parameters.required(body, "env_id")
    if not isinstance(env_id, str) or len(env_id) > _LONGEST_ENV_ID:
        raise malformed_env_id(env_id)
    render_mode = parameters.optional(body, "render_mode")
    if render_mode is not None and not isinstance(render_mode, str):
        raise invalid_parameter("render_mode", f"must be a string, not {shown(render_mode)}")
    kwargs = parameters.mapping(body, "kwargs") or {}
    if reserved := kwargs.keys() & _NOT_THE_ENVIRONMENTS_OWN:
        raise invalid_parameter("kwargs", f"holds {', '.join(sorted(reserved))}, which is not the environment's own")
    _check_sizes(kwargs)
    return Recipe(
        env_id=env_id,
        seed=parameters.integer(body, "seed", 0),
        kwargs=kwargs,
        max_episode_steps=_limit(body),
        num_envs=parameters.integer(body, "num_envs", 1) or 1,
        vectorization_mode=parameters.choice(body, "vectorization_mode", VECTORIZATION_MODES),
        autoreset_mode=parameters.choice(body, "autoreset_mode", tuple(AUTORESET_MODES)),
        render_mode=render_mode,
        names_render_mode=render_mode is not None or body.get("render_mode", "") is None,
    )


def _limit(body: Mapping[str, Any]) -> int | None:
    if parameters.as_integer(body.get("max_episode_steps")) == -1:  # Gymnasium's way to ask for none
        return -1
    return parameters.integer(body, "max_episode_steps", 1)


def _check_sizes(kwargs: Mapping[str, Any]) -> None:
    for name, largest in _LARGEST.items():
        size = kwargs.get(name)
        if isinstance(size, (int, float)) and size > largest:
            raise invalid_parameter("kwargs", f"may have {name} of at most {largest}, not {shown(size)}")
    rows = kwargs.get("desc")
    if (
        isinstance(rows, list)
        and (cells := sum(len(row) for row in rows if isinstance(row, (str, list)))) > _MOST_CELLS
    ):
        raise invalid_parameter("kwargs", f"may have a desc of at most {_MOST_CELLS} cells, not {cells}")


def malformed_env_id(env_id: Any) -> ApiError:
    """A 400 for what cannot be an environment's id; the original API's words."""
    return ApiError(
        400,
        "malformed_env_id",
        f"Attempted to look up malformed environment ID {shown(env_id)}. "
        f"An ID looks like 'CartPole-v1' or 'ALE/Pong-v5' and has at most {_LONGEST_ENV_ID} characters",
    )
