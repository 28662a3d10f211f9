"""Descriptions of spaces, which leave out what is usual."""

from __future__ import annotations

from typing import Any

from gym_http_conformance.spec import Spec

OPERATIONS = ("env_action_space_info", "env_observation_space_info")


def complete(spec: Spec, description: Any) -> Any:
    """`description`, or what holds some, with the facts that the contract marks as usual where they were left out."""
    if isinstance(description, list):
        return [complete(spec, part) for part in description]
    if not isinstance(description, dict):
        return description
    name = description.get("name")
    schema = spec.document["components"]["schemas"].get(name, {}) if isinstance(name, str) else {}
    usual = {key: fact["x-usual"] for key, fact in schema.get("properties", {}).items() if "x-usual" in fact}
    return {**usual, **{key: complete(spec, part) for key, part in description.items()}}
