"""Describes environments as documents: an id that can be created, an instance that was."""

from __future__ import annotations

from typing import Any

from .entry_points import entry_point_name
from .recipe import Recipe
from .vectors import autoreset_mode_of


def describe_spec(spec: Any) -> dict[str, Any]:
    """An entry of registry_list: `RegistryEntry` of `spec/openapi.yaml`."""
    optional = {
        "namespace": spec.namespace,
        "version": spec.version,
        "reward_threshold": spec.reward_threshold,
        "max_episode_steps": _limit(spec.max_episode_steps),
    }
    return {
        "id": spec.id,
        "name": spec.name,
        "entry_point": entry_point_name(spec),
        "nondeterministic": bool(spec.nondeterministic),
        "vector": getattr(spec, "vector_entry_point", None) is not None,
        **{name: value for name, value in optional.items() if value is not None},
    }


def describe_env(env: Any, spec: Any, requested: str | None, recipe: Recipe, library: str) -> dict[str, Any]:
    """What env_info says of an environment and never changes; `recipe` is what `factory.build` made of it."""
    optional = {
        "requested_env_id": requested,
        "render_mode": render_mode if isinstance(render_mode := getattr(env, "render_mode", None), str) else None,
        "vectorization_mode": recipe.vectorization_mode,
        "autoreset_mode": autoreset_mode_of(env) if recipe.is_vector else None,
    }
    limit = _limit(recipe.max_episode_steps or spec.max_episode_steps)
    spec_document = {
        "entry_point": entry_point_name(spec),
        "nondeterministic": bool(spec.nondeterministic),
        "kwargs": {**spec.kwargs, **recipe.kwargs},
        **({} if spec.reward_threshold is None else {"reward_threshold": spec.reward_threshold}),
        **({} if limit is None else {"max_episode_steps": limit}),
    }
    return {
        "env_id": spec.id,
        "library": library,
        "num_envs": recipe.num_envs,
        "metadata": {key: value for key, value in (env.metadata or {}).items() if key != "autoreset_mode"},
        "spec": spec_document,
        **{name: value for name, value in optional.items() if value is not None},
    }


def _limit(max_episode_steps: int | None) -> int | None:
    return max_episode_steps if max_episode_steps is not None and max_episode_steps > 0 else None  # -1 is no limit
