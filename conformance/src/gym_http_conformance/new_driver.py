"""Skeletons of drivers for new bindings: the protocol's loop, and each operation of the contract as a stub."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jinja2

from gym_http_conformance.spec import JSON, Operation, Spec

LANGUAGES = {"go": "driver.go", "javascript": "driver.js", "python": "driver.py"}
SAID_OF = {"env_observation_space_contains": " (facts: the object that is the body, in place of one with `value`)"}
"""What the contract cannot say of an operation, since the body is what PROTOCOL.md calls by a name."""


def skeleton(spec: Spec, language: str, file: str) -> str:
    """The text of a driver in `language`, to be written to `file`."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("gym_http_conformance"), keep_trailing_newline=True, autoescape=False
    )
    template = environment.get_template(f"drivers/{LANGUAGES[language]}.j2")
    return template.render(file=Path(file).name, operations=[_stub(spec, o) for o in _needed(spec)])


def _needed(spec: Spec) -> list[Operation]:
    return [operation for operation in spec.operations.values() if operation.form_of is None]


def _stub(spec: Spec, operation: Operation) -> dict[str, str]:
    return {
        "id": operation.id,
        "summary": spec.summary(operation.id),
        "args": _names(spec.arguments(operation.id) | ({"facts": False} if operation.id in SAID_OF else {})),
        "reply": _reply(spec, operation) + SAID_OF.get(operation.id, ""),
    }


def _reply(spec: Spec, operation: Operation) -> str:
    content = spec.response_content(operation.id, 200)
    if JSON in content:
        return _names(spec.properties(content[JSON].get("schema", {})))
    return "{content_type, bytes, base64}" if "image/png" in content else "{content_type, text}"


def _names(properties: dict[str, Any]) -> str:
    """The names in braces, with a question mark after each that may be absent."""
    return "{" + ", ".join(name if required else f"{name}?" for name, required in properties.items()) + "}"
