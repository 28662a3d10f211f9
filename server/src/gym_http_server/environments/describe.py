"""Describes environments as documents: an id that can be created, an instance that was."""

from __future__ import annotations

from typing import Any

from .factory import autoreset_mode_of
from .recipe import Recipe


def describe_spec(spec: Any) -> dict[str, Any]:
    """An entry of registry_list: `RegistryEntry` of `spec/openapi.yaml`."""
    optional = {
        "namespace": spec.namespace,
        "version": spec.version,
        "reward_threshold": spec.reward_threshold,
        "max_episode_steps": spec.max_episode_steps,
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
    """What env_info says of an environment and never changes; `recipe` is what `factory.resolve` made of it."""
    optional = {
        "requested_env_id": requested,
        "render_mode": env.render_mode if isinstance(env.render_mode, str) else None,
        "vectorization_mode": recipe.vectorization_mode,
        "autoreset_mode": autoreset_mode_of(env) if recipe.is_vector else None,
    }
    limit = recipe.max_episode_steps or spec.max_episode_steps
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


def entry_point_name(spec: Any) -> str:
    """The entry point as `module:attribute`, also where it was registered as a class or a function."""
    point = spec.entry_point
    return (
        point
        if isinstance(point, str)
        else f"{point.__module__}:{getattr(point, '__qualname__', type(point).__name__)}"
    )
