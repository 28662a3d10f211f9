"""Makes environments and vector environments of classic gym 0.26, also from classes that are older than its API."""

from __future__ import annotations

import copy
import functools
import importlib
from collections.abc import Callable
from typing import Any

import numpy as np

from .attributes import AttributesOfOne
from .entry_points import creator, names, takes
from .processes import make_with_processes
from .recipe import Recipe
from .results import info_object, plain_results

gym: Any = importlib.import_module("gym")  # which types nothing that is used here
_Wrapper: Any = gym.Wrapper


class Adapted(AttributesOfOne, _Wrapper):  # type: ignore[misc]
    """An environment under the API of gym 0.26, whichever one its class was written for.

    Before 0.26 `step` gave one flag, `reset` the observation alone, seeding and the render mode had methods and
    parameters of their own. What the environment does tells which it is, not its registration.
    """

    def __init__(self, env: Any, render_mode: str | None) -> None:
        super().__init__(env)
        self._draws_on_demand = names(env.render, "mode") if hasattr(env, "render") else False
        self._mode = render_mode if self._draws_on_demand else None
        self._takes_seed = takes(env.reset, "seed")

    @property
    def render_mode(self) -> Any:
        return getattr(self.env, "render_mode", None) or self._mode

    def reset(self, **arguments: Any) -> tuple[Any, Any]:
        arguments = {name: value for name, value in arguments.items() if value is not None}  # some know neither
        if "seed" in arguments and not self._takes_seed and hasattr(self.env, "seed"):
            self.env.seed(arguments.pop("seed"))
        result = self.env.reset(**arguments)
        is_pair = isinstance(result, tuple) and len(result) == 2 and (result[1] is None or isinstance(result[1], dict))
        observation, info = result if is_pair else (result, {})
        self._show()
        return observation, info_object(info)

    def step(self, action: Any) -> tuple[Any, float, bool, bool, Any]:
        observation, reward, terminated, *truncated, info = self.env.step(action)
        info = info_object(info)
        if not truncated:  # one flag for both
            cut_short = bool(info.get("TimeLimit.truncated", False))
            info = {key: value for key, value in info.items() if key != "TimeLimit.truncated"}
            terminated, truncated = terminated and not cut_short, [terminated and cut_short]
        reward, terminated, cut_short = plain_results(reward, terminated, truncated[0])
        self._show()
        return observation, reward, terminated, cut_short, info

    def _show(self) -> None:
        if self._mode == "human":
            self.render()

    def render(self) -> Any:
        return self.env.render(mode=self._mode) if self._draws_on_demand else self.env.render()


def takes_render_mode(env_creator: Any) -> bool:
    """Whether the creator can be told a render mode: here it is `Adapted` that takes it, for those that do not."""
    return True


def make(spec: Any, recipe: Recipe, kwargs: dict[str, Any]) -> Any:
    """One environment."""
    # Classic gym is older than NumPy 2, which has no float_ any more: Acrobot asks for it.
    vars(np).setdefault("float_", np.float64)
    adapted = copy.copy(spec)
    adapted.entry_point = functools.partial(_create, creator(spec, False))
    adapted.kwargs = copy.deepcopy(spec.kwargs)  # the registry's own would go to the constructor, which may change them
    if recipe.max_episode_steps is not None:
        adapted.max_episode_steps = recipe.max_episode_steps
    if adapted.max_episode_steps == -1:
        adapted.max_episode_steps = None
    return gym.make(adapted, disable_env_checker=True, apply_api_compatibility=False, **kwargs)


def _create(env_creator: Callable[..., Any], **kwargs: Any) -> Adapted:
    render_mode = kwargs.pop("render_mode", None) if _draws_on_demand(env_creator) else kwargs.get("render_mode")
    if not takes(env_creator, "render_mode"):
        kwargs.pop("render_mode", None)
    return Adapted(env_creator(**kwargs), render_mode)


def _draws_on_demand(env_creator: Any) -> bool:
    """Whether it is a class that is told the render mode when it draws, and not when it is made."""
    return names(getattr(env_creator, "render", None), "mode") and not names(env_creator, "render_mode")


def make_vector(spec: Any, recipe: Recipe, kwargs: dict[str, Any]) -> Any:
    """The vector env of the recipe's vectorization mode."""
    # Not gym.vector.make, which forks, and gives the workers an id that only an imported module may have registered.
    makers = [functools.partial(make, spec, recipe, kwargs)] * recipe.num_envs
    if recipe.vectorization_mode == "sync":
        return gym.vector.SyncVectorEnv(makers)
    return make_with_processes(functools.partial(gym.vector.AsyncVectorEnv, makers))
