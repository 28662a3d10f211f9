"""Makes environments and vector environments of Gymnasium."""

from __future__ import annotations

from typing import Any

import gymnasium

from ..protocol.errors import invalid_parameter
from .attributes import AttributesOfOne
from .entry_points import creator, takes
from .processes import make_with_processes
from .recipe import AUTORESET_MODES, Recipe
from .results import info_object, plain_results

_NO_LIMIT = 2**31 - 1  # steps, for vector entry points, which know no other way to say it


class PlainResults(AttributesOfOne, gymnasium.Wrapper[Any, Any, Any, Any]):
    """Around each environment of a vector env, whose arrays take plain numbers only."""

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        observation, info = self.env.reset(seed=seed, options=options)
        return observation, info if type(info) is dict else dict(info_object(info))

    def step(self, action: Any) -> tuple[Any, Any, bool, bool, dict[str, Any]]:
        observation, reward, terminated, truncated, info = self.env.step(action)
        reward, terminated, truncated = plain_results(reward, terminated, truncated)
        return observation, reward, terminated, truncated, info if type(info) is dict else dict(info_object(info))


def takes_render_mode(env_creator: Any) -> bool:
    """Whether the creator can be told a render mode."""
    return takes(env_creator, "render_mode")


def make(spec: Any, recipe: Recipe, kwargs: dict[str, Any]) -> Any:
    """One environment."""
    return gymnasium.make(spec.id, disable_env_checker=True, **_limit(recipe), **kwargs)


def make_vector(spec: Any, recipe: Recipe, kwargs: dict[str, Any]) -> Any:
    """The vector env of the recipe's vectorization mode."""
    if recipe.vectorization_mode == "vector_entry_point":
        return _make_own_vector(spec, recipe, kwargs)
    options = {"autoreset_mode": AUTORESET_MODES[recipe.autoreset_mode]} if recipe.autoreset_mode is not None else {}
    arguments = {"disable_env_checker": True, "wrappers": (PlainResults,), **_limit(recipe), **kwargs}

    def make_vec(**processes: Any) -> Any:
        vector_kwargs = {**options, **processes}
        mode = recipe.vectorization_mode
        return gymnasium.make_vec(spec.id, recipe.num_envs, mode, vector_kwargs=vector_kwargs, **arguments)

    return make_vec() if recipe.vectorization_mode == "sync" else make_with_processes(make_vec)


def _make_own_vector(spec: Any, recipe: Recipe, kwargs: dict[str, Any]) -> Any:
    vector_creator = creator(spec, True)
    limit = _limit(recipe)
    if limit and not takes(vector_creator, "max_episode_steps"):
        problem = f"is not for the vector entry point of {spec.id} to keep: leave it out"
        raise invalid_parameter("max_episode_steps", problem)
    if recipe.max_episode_steps == -1:
        limit = {"max_episode_steps": _NO_LIMIT}
    arguments = {"num_envs": recipe.num_envs, "vectorization_mode": "vector_entry_point", **limit, **kwargs}
    if recipe.autoreset_mode is not None and takes(vector_creator, "autoreset_mode"):
        try:
            return gymnasium.make_vec(spec.id, autoreset_mode=AUTORESET_MODES[recipe.autoreset_mode], **arguments)
        except Exception:
            pass  # of those that take a mode, some have only this or that one: what it has by itself says whether
    return gymnasium.make_vec(spec.id, **arguments)


def _limit(recipe: Recipe) -> dict[str, int]:
    return {} if recipe.max_episode_steps is None else {"max_episode_steps": recipe.max_episode_steps}
