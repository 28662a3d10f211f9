"""Makes environments and vector environments from recipes, in the modes that suit them."""

from __future__ import annotations

import contextlib
import copy
import functools
import importlib
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from ..protocol.errors import ApiError, invalid_parameter, shown
from .display import keep_pygame
from .entry_points import creator, names, takes
from .recipe import Recipe
from .vectors import autoreset_mode_of

_Make = Callable[[Mapping[str, str | None]], Any]


class Built(NamedTuple):
    """An environment, or vector env; its recipe, with modes and number as they are; and how to make the same again."""

    env: Any
    recipe: Recipe
    make: Callable[[], Any]


def build(library: str, spec: Any, recipe: Recipe) -> Built:
    """The environment, or the vector env, of a recipe; what its constructor raises passes through.

    A vector env gets the vectorization mode that suits it, a single environment none. When no render mode was named it
    is rgb_array where the environment has that, as frames cost nothing until asked for.

    Raises:
        ApiError: 400 when the environment does not have a mode that was asked for, or cannot be imported.
    """
    mode = _vectorization_mode(recipe, spec)
    try:
        return _build(library, spec, recipe._replace(vectorization_mode=mode))
    except ApiError:
        # The vector entry point was not asked for, and turned out not to have the autoreset mode that was.
        chosen_here = mode == "vector_entry_point" != recipe.vectorization_mode
        if not chosen_here or recipe.autoreset_mode is None or spec.entry_point is None:
            raise
    return _build(library, spec, recipe._replace(vectorization_mode="sync"))


def _vectorization_mode(recipe: Recipe, spec: Any) -> str | None:
    asked = recipe.vectorization_mode
    if spec.entry_point is None:
        return _only_vector(recipe, spec)
    if asked == "vector_entry_point" and getattr(spec, "vector_entry_point", None) is None:
        raise invalid_parameter("vectorization_mode", f"must be sync or async: {spec.id} has no vector entry point")
    if not recipe.is_vector or asked is not None:
        return asked
    if getattr(spec, "vector_entry_point", None) is None:
        return "sync"
    # Not every vector entry point takes what can be asked for: where it does not, sync does it.
    wanted = {"autoreset_mode": recipe.autoreset_mode, "max_episode_steps": recipe.max_episode_steps}
    point = creator(spec, True)
    fits = all(takes(point, parameter) for parameter, value in wanted.items() if value is not None)
    return "vector_entry_point" if fits else "sync"


def _only_vector(recipe: Recipe, spec: Any) -> str:
    if recipe.vectorization_mode not in (None, "vector_entry_point"):
        raise invalid_parameter("vectorization_mode", f"must be vector_entry_point: {spec.id} has no other entry point")
    if not recipe.is_vector:
        remedy = "or name the vectorization_mode vector_entry_point, to make it"
        problem = f"must be more than 1, {remedy}: {spec.id} is a vector environment only"
        raise invalid_parameter("num_envs", problem)
    return "vector_entry_point"


def _build(library: str, spec: Any, recipe: Recipe) -> Built:
    maker: Any = importlib.import_module(f".of_{library}", __package__)
    make = functools.partial(_make, maker, spec, recipe)
    env_creator = creator(spec, recipe.vectorization_mode == "vector_entry_point")
    takes_mode = maker.takes_render_mode(env_creator)
    if recipe.render_mode is not None:
        env, render = _make_showing(recipe.render_mode, make, env_creator, takes_mode, spec)
    else:
        env, render = _make_as_it_suits(make, env_creator, takes_mode, recipe)
    if recipe.vectorization_mode is not None:  # those that set tasks make as many as there are tasks
        recipe = recipe._replace(num_envs=getattr(env, "num_envs", recipe.num_envs))
    return Built(env, recipe, functools.partial(make, render))


def _make_showing(
    asked: str, make: _Make, env_creator: Any, takes_mode: bool, spec: Any
) -> tuple[Any, Mapping[str, str | None]]:
    """The environment in the render mode that was asked for, and the arguments that it takes."""
    offered = _render_modes(env_creator)
    if offered and asked not in offered:
        raise _not_offered(asked, offered, spec)
    render = {"render_mode": asked} if takes_mode else {}
    try:
        env = make(render)
    except TypeError as error:
        if "'render_mode'" not in str(error):
            raise
        raise _not_offered(asked, [], spec) from error
    offered = _render_modes(env)
    actual = _render_mode(env)
    if actual != asked or asked not in offered:
        _discard(env)
        # What was made in another mode than the one asked for has no choice of modes.
        raise _not_offered(asked, offered if actual == asked else [mode for mode in offered if mode == actual], spec)
    return env, render


def _not_offered(asked: str, offered: list[str], spec: Any) -> ApiError:
    problem = f"must be one that {spec.id} offers ({', '.join(offered) or 'none'}), not {shown(asked)}"
    return invalid_parameter("render_mode", problem)


def _make_as_it_suits(
    make: _Make, env_creator: Any, takes_mode: bool, recipe: Recipe
) -> tuple[Any, Mapping[str, str | None]]:
    """The environment in the render mode that suits it, and the arguments that it takes.

    The mode is named to every constructor that takes it, since its own default may be another. Of some only the
    environment can tell which modes it has: of functions, and where `**kwargs` are handed on to who knows what.
    """

    def suiting(offered: list[str]) -> str | None:
        return "rgb_array" if "rgb_array" in offered and not recipe.names_render_mode else None

    by_name = names(env_creator, "render_mode")
    likely = suiting(_render_modes(env_creator))
    render: dict[str, str | None] = {}
    if by_name or (likely is not None and takes_mode):
        render = {"render_mode": likely}
    try:
        env = make(render)
    except Exception:
        if by_name or not render:
            raise
        render = {}
        env = make(render)
    other = {"render_mode": suiting(_render_modes(env))}
    if _render_mode(env) == other["render_mode"] or render == other or not takes_mode:
        return env, render
    _discard(env)
    try:
        return make(other), other
    except Exception:  # it cannot be told after all
        return make(render), render


def _render_mode(env: Any) -> Any:
    return getattr(env, "render_mode", None)


def _render_modes(env_or_class: Any) -> list[str]:
    metadata = getattr(env_or_class, "metadata", None)
    modes = (metadata.get("render_modes") or metadata.get("render.modes")) if isinstance(metadata, dict) else None
    return [str(mode) for mode in modes or ()]


def _make(maker: Any, spec: Any, recipe: Recipe, render: Mapping[str, str | None]) -> Any:
    kwargs = {**copy.deepcopy(recipe.kwargs), **render}  # a copy: an environment may write into what it is given
    if recipe.vectorization_mode is None:
        return maker.make(spec, recipe, kwargs)
    env = maker.make_vector(spec, recipe, kwargs)
    actual = autoreset_mode_of(env)
    if recipe.autoreset_mode not in (None, actual):
        _discard(env)
        remedy = "be left out" if actual is None else f"be {actual}"
        problem = f"must {remedy} with vectorization_mode {recipe.vectorization_mode} of {spec.id}"
        raise invalid_parameter("autoreset_mode", problem)
    return env


def _discard(env: Any) -> None:
    keep_pygame()
    with contextlib.suppress(Exception):
        env.close()
