"""Holds replies to spec/openapi.yaml: status, content type, headers and schema."""

from __future__ import annotations

import json
import re
from functools import cache
from importlib import resources
from typing import Any

import msgpack
import numpy as np
import yaml
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

MSGPACK = "application/vnd.msgpack"
_SPEC_URI = "urn:spec"
_OF_NO_OPERATION = (404, 405, 415, 503)  # 503: what any request may get, as the contract says in words


@cache
def spec() -> dict[str, Any]:
    """The contract, as shipped in the installed package."""
    text = resources.files("gym_http_server").joinpath("openapi.yaml").read_text()
    document: dict[str, Any] = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return document


@cache
def operations() -> dict[str, tuple[str, str]]:
    """Method and path of each operationId."""
    return {
        operation["operationId"]: (method.upper(), f"/v1{path}")
        for path, item in spec()["paths"].items()
        for method, operation in item.items()
        if method in ("get", "post")
    }


@cache
def _validator(pointer: str) -> Draft202012Validator:
    resource = Resource.from_contents(spec(), default_specification=DRAFT202012)
    registry = Registry().with_resource(_SPEC_URI, resource)
    return Draft202012Validator({"$ref": f"{_SPEC_URI}#{pointer}"}, registry=registry)


@cache
def _operation_at(method: str, path: str) -> tuple[str, dict[str, Any]] | None:
    tidy = re.sub("/+", "/", path.partition("?")[0]).rstrip("/")
    if re.fullmatch(r"/v1/envs//+shutdown/*", path):
        tidy = "/v1/shutdown"
    for template, item in spec()["paths"].items():
        pattern = re.sub(r"\\{x\\}", ".+", re.escape(f"/v1{template}".rstrip("/")))
        pattern = re.sub(r"\\{\w+\\}", "[^/]+", pattern)
        if method.lower() in item and re.fullmatch(pattern, tidy):
            pointer = f"/paths/{template.replace('~', '~0').replace('/', '~1')}/{method.lower()}"
            return pointer, item[method.lower()]
    return None


def decode(content_type: str, body: bytes) -> Any:
    """The document in a reply's body, MessagePack arrays as `np.ndarray`; bytes for what is no document."""
    if content_type == "application/json":
        return json.loads(body, parse_constant=_no_literal)
    if content_type == MSGPACK:
        return msgpack.unpackb(body, object_hook=_array)
    return body


def _no_literal(name: str) -> Any:
    raise AssertionError(f"{name} in a JSON reply")


def _array(mapping: dict[str, Any]) -> Any:
    if "__ndarray__" not in mapping:
        return mapping
    return np.frombuffer(mapping["data"], dtype=mapping["dtype"]).reshape(mapping["shape"])


def plain(value: Any) -> Any:
    """The document as JSON has it, which is what the schemas describe."""
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, list) else value


def check(method: str, path: str, status: int, content_type: str, headers: dict[str, str], document: Any) -> None:
    """Fails unless the contract allows the reply to this request."""
    found = _operation_at(method, path)
    if found is None or status in _OF_NO_OPERATION:
        assert status in _OF_NO_OPERATION, f"{method} {path} is no operation, yet answered {status}"
        _validator("/components/schemas/Error").validate(plain(document))
        return
    pointer, operation = found
    documented = str(status) in operation["responses"]
    assert documented, f"{operation['operationId']} answered an undocumented {status}: {document}"
    pointer, response = _resolve(f"{pointer}/responses/{status}", operation["responses"][str(status)])
    assert content_type in response["content"], f"{operation['operationId']} answered {status} as {content_type}"
    for name, header in response.get("headers", {}).items():
        _, resolved = _resolve("", header)
        assert not resolved.get("required") or name.lower() in headers, f"{status} lacks the header {name}"
    if content_type in ("application/json", MSGPACK):
        escaped = content_type.replace("/", "~1")
        _validator(f"{pointer}/content/{escaped}/schema").validate(
            plain(document) if content_type == MSGPACK else document
        )


def _resolve(pointer: str, value: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    while "$ref" in value:
        pointer = value["$ref"][1:]
        value = spec()
        for part in pointer.split("/")[1:]:
            value = value[part.replace("~1", "/").replace("~0", "~")]
    return pointer, value
