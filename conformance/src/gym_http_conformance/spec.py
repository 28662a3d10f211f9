"""The contract as the suite needs it: operations, their routes, documented statuses, schemas and examples."""

from __future__ import annotations

import functools
import json
import re
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import jsonschema

from gym_http_conformance import data

METHODS = ("get", "post", "put", "patch", "delete")
JSON = "application/json"


@dataclass(frozen=True)
class Operation:
    """One method of one path; `pattern` matches the path without query and with single slashes.

    `form_of` names the operation that this one is an older form of: a client needs only one of the two.
    """

    id: str
    method: str
    path: str
    statuses: tuple[int, ...]
    parameters: tuple[str, ...]
    query: tuple[str, ...]
    form_of: str | None
    example: dict[str, Any] = field(hash=False)
    pattern: re.Pattern[str] = field(hash=False)

    @property
    def instance(self) -> bool:
        """Whether the path names an instance."""
        return "instance_id" in self.parameters

    def target(self, args: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """The request's target for `args`, and the arguments that are left for its body."""
        rest = dict(args)
        values = {name: _in_path(rest.pop(name, "")) for name in self.parameters}
        query = {name: rest.pop(name) for name in self.query if name in rest}
        path = self.path.format(**values)
        return (f"{path}?{urllib.parse.urlencode(query)}" if query else path), rest


def _in_path(value: Any) -> str:
    return urllib.parse.quote(value if isinstance(value, str) else json.dumps(value), safe="")


class Spec:
    """`document` with its references followed; `operations` in its order."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        self.base = document["servers"][0]["url"].rstrip("/")
        found = [self._operation(path, method, raw) for path, method, raw in self._raw()]
        self.operations = {operation.id: operation for operation in found}
        self._aliases = {
            re.sub("/+", "/", self.base + alias).rstrip("/"): self.base + path
            for path, _, raw in self._raw()
            for alias in raw.get("x-aliases", [])
        }
        self._details = {raw["operationId"]: raw for _, _, raw in self._raw()}

    def _raw(self) -> Iterator[tuple[str, str, dict[str, Any]]]:
        for path, item in self.document["paths"].items():
            shared = item.get("parameters", [])
            for method in METHODS:
                if method in item:
                    raw = dict(item[method])
                    raw["parameters"] = [self.follow(p) for p in [*shared, *raw.get("parameters", [])]]
                    yield path, method, raw

    def follow(self, node: Any) -> Any:
        """`node`, or what its `$ref` points to."""
        while isinstance(node, dict) and "$ref" in node:
            node = functools.reduce(lambda at, key: at[key], node["$ref"].removeprefix("#/").split("/"), self.document)
        return node

    def _operation(self, path: str, method: str, raw: dict[str, Any]) -> Operation:
        path = self.base + path
        holes = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(path.rstrip("/")))
        named = {where: tuple(p["name"] for p in raw["parameters"] if p["in"] == where) for where in ("path", "query")}
        return Operation(
            id=raw["operationId"],
            method=method.upper(),
            path=path,
            statuses=tuple(int(status) for status in raw["responses"] if str(status).isdigit()),
            parameters=named["path"],
            query=named["query"],
            form_of=raw.get("x-form-of"),
            example=self._example(raw),
            pattern=re.compile(f"^{holes}/?$"),
        )

    def _example(self, raw: dict[str, Any]) -> dict[str, Any]:
        """The arguments of the operation's first example: path parameters and body."""
        args: dict[str, Any] = {}
        for parameter in raw["parameters"]:
            if parameter["in"] == "path" and parameter["name"] != "instance_id":
                args[parameter["name"]] = self._first_example(parameter, default=1)
        content = self.follow(raw.get("requestBody", {})).get("content", {})
        return args | (self._first_example(content[JSON], default={}) if JSON in content else {})

    def _first_example(self, node: dict[str, Any], default: Any) -> Any:
        if "examples" in node:
            return self.follow(next(iter(node["examples"].values())))["value"]
        schema = self.follow(node.get("schema", {}))
        return node.get("example", next(iter(schema.get("examples", [])), default))

    def route(self, method: str, target: str) -> Operation | None:
        """The operation of a request, however its slashes are doubled or left out."""
        path = re.sub("/+", "/", urllib.parse.urlsplit("http://host/" + target.lstrip("/")).path)
        path = self._aliases.get(path.rstrip("/"), path)
        matching = [o for o in self.operations.values() if o.method == method and o.pattern.match(path)]
        return min(matching, key=lambda operation: len(operation.parameters), default=None)

    def summary(self, operation_id: str) -> str:
        return str(self._details[operation_id]["summary"])

    def arguments(self, operation_id: str) -> dict[str, bool]:
        """The operation's arguments, and whether each must be there: path parameters, body, query."""
        raw = self._details[operation_id]
        found = {p["name"]: p.get("required", False) for p in raw["parameters"] if p["in"] == "path"}
        content = self.follow(raw.get("requestBody", {})).get("content", {})
        found |= self.properties(content.get(JSON, {}).get("schema", {}))
        return found | {p["name"]: p.get("required", False) for p in raw["parameters"] if p["in"] == "query"}

    def properties(self, schema: Any) -> dict[str, bool]:
        """The properties of an object of this schema, and whether each must be there."""
        schema = self.follow(schema)
        found: dict[str, bool] = {}
        for part in schema.get("allOf", []):
            found |= self.properties(part)
        for choice in ("oneOf", "anyOf"):
            options = [self.properties(option) for option in schema.get(choice, [])]
            found |= {name: all(option.get(name) for option in options) for option in options for name in option}
        return found | {name: name in schema.get("required", []) for name in schema.get("properties", {})}

    @functools.cache  # noqa: B019 (one Spec lives as long as the process)
    def request_validator(self, operation_id: str) -> jsonschema.Draft202012Validator | None:
        content = self.follow(self._details[operation_id].get("requestBody", {})).get("content", {})
        return self._validator(content.get(JSON))

    @functools.cache  # noqa: B019
    def response_validator(self, operation_id: str, status: int, media: str) -> jsonschema.Draft202012Validator | None:
        return self._validator(self.response_content(operation_id, status).get(media))

    def response_content(self, operation_id: str, status: int) -> dict[str, Any]:
        """Media type to description of the operation's reply with `status`; empty where it documents none."""
        responses = {str(key): value for key, value in self._details[operation_id]["responses"].items()}
        content: dict[str, Any] = self.follow(responses.get(str(status), {})).get("content", {})
        return content

    def codes(self, operation_id: str, status: int) -> list[str]:
        """The `code`s that the operation's examples of an error with `status` have."""
        examples = self.response_content(operation_id, status).get(JSON, {}).get("examples", {}).values()
        values = [self.follow(example).get("value") for example in examples]
        return list(dict.fromkeys(value["code"] for value in values if isinstance(value, dict) and "code" in value))

    def _validator(self, media: dict[str, Any] | None) -> jsonschema.Draft202012Validator | None:
        if media is None or "schema" not in media:
            return None
        schema = {"components": self.document.get("components", {}), **media["schema"]}
        return jsonschema.Draft202012Validator(schema)


def explain(error: jsonschema.ValidationError) -> str:
    """A validation error in one line; of alternatives, the one that fits best."""
    best = jsonschema.exceptions.best_match([error])
    at = "".join(f"[{step!r}]" if isinstance(step, int) else f".{step}" for step in best.absolute_path)
    message = best.message if len(best.message) < 300 else best.message[:300] + "..."
    return f"body{at}: {message}"


@functools.cache
def load() -> Spec:
    """The contract that this suite was released with."""
    return Spec(data.load_yaml(data.path("openapi.yaml")))
