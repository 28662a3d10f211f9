"""What the tests of the contract share: the document, its operations, and validators for parts of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

SPEC_PATH = Path(__file__).parents[1] / "openapi.yaml"
SPEC: dict[str, Any] = yaml.safe_load(SPEC_PATH.read_text(encoding="utf-8"))
METHODS = ("get", "put", "post", "delete", "patch")


class Operation(NamedTuple):
    path: str
    method: str
    item: dict[str, Any]
    """The operation object of the document."""
    shared: list[dict[str, Any]]
    """The parameters of its path."""

    @property
    def name(self) -> str:
        return str(self.item.get("operationId", f"{self.method} {self.path}"))


OPERATIONS = [
    Operation(path, method, path_item[method], path_item.get("parameters", []))
    for path, path_item in SPEC["paths"].items()
    for method in METHODS
    if method in path_item
]


def escape(key: str) -> str:
    """One step of a JSON pointer (RFC 6901)."""
    return key.replace("~", "~0").replace("/", "~1")


def follow(pointer: str) -> Any:
    """What the JSON pointer `#/a/b` names in the document."""
    node: Any = SPEC
    for key in pointer.removeprefix("#/").split("/"):
        key = key.replace("~1", "/").replace("~0", "~")
        node = node[int(key)] if isinstance(node, list) else node[key]
    return node


def deref(pointer: str) -> tuple[str, Any]:
    """The pointer and the object behind it, once its references are followed."""
    node = follow(pointer)
    while "$ref" in node:
        pointer = node["$ref"]
        node = follow(pointer)
    return pointer, node


def responses(operation: Operation) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Status, pointer and response object of each documented reply."""
    base = f"#/paths/{escape(operation.path)}/{operation.method}/responses"
    for status in operation.item["responses"]:
        pointer, response = deref(f"{base}/{status}")
        yield status, pointer, response


def walk(node: Any, pointer: str = "#") -> Iterator[tuple[str, Any]]:
    """Every node of the document under `node`, with its pointer."""
    yield pointer, node
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, child in children:
        yield from walk(child, f"{pointer}/{escape(str(key))}")


_registry: Registry[Any] = Registry().with_resource("urn:contract", DRAFT202012.create_resource(SPEC))


def complaints(pointer: str, value: object) -> list[str]:
    """What the schema at `pointer` has against `value`."""
    validator = Draft202012Validator(
        {"$ref": f"urn:contract{pointer}"},
        registry=_registry,
        format_checker=Draft202012Validator.FORMAT_CHECKER,
    )
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(value)]
