"""Cases: read from YAML, held to `case.schema.json`, expanded over bindings and encodings."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jsonschema

from gym_http_conformance import data
from gym_http_conformance.matchers import unknown_matchers
from gym_http_conformance.spec import Operation, Spec, explain
from gym_http_conformance.target import Connection

BUILT_IN = {"tmp", "gone", "token", "api_key", "random", "long", "media_type", "turn", "host"}
"""Variables that the runner binds: see `runner.Runner.variables`; `turn` counts a step's repetitions from 1."""
HAND_OVER = (
    "Send what the caller gave, and give what the server answered: the exchange shows which of the two the client, or "
    "its driver, changed."
)
_VARIABLE = re.compile(r"\$\{(\w+)\}")
_FORGED = {"reply", "rewrite", "close", "cut", "cut_head", "silent", "delay", "drip"}
SERVERS = ("open", "guarded", "throwaway")


class CaseFileError(Exception):
    """Case files are wrong; the message lists every problem."""


@dataclass
class Case:
    """One case, ready to run in one encoding with its variables bound."""

    id: str
    title: str
    fix: str | dict[str, str]
    covers: list[str]
    profile: str
    server: str
    targets: list[str]
    encoding: str
    needs: list[str]
    connect: dict[str, Any]
    steps: list[dict[str, Any]]
    smoke: bool
    file: str
    bound: dict[str, Any] = field(default_factory=dict)

    @property
    def operations(self) -> set[str]:
        """The operations that the target must have: those that it, not the suite, calls."""
        called = {step["call"] for step in self.steps if "call" in step and "by" not in step}
        return called | {"retry" for step in self.steps if "retry" in step}

    def fix_of(self, kind: str) -> str:
        """What to change in a target of this kind that fails the case."""
        if isinstance(self.fix, dict):
            return self.fix[kind]
        return self.fix if kind in self.targets and ("server" not in self.targets or kind == "server") else HAND_OVER

    def connection(self, described: dict[str, Any], base: str, token: str | None) -> Connection:
        """How the target connects to `base`, whose token is `token`, by a `connect` of the case."""
        given = {name: described[name] for name in ("timeout", "retries", "face") if name in described}
        if given.get("face") == "flat":  # which is every driver's default, also of one that knows no faces
            del given["face"]
        return Connection(
            base,
            encoding=None if "default_encoding" in described else self.encoding,
            token=None if "default_token" in described else described.get("token", token),
            **given,
        )


def load(spec: Spec, directory: Path | None = None) -> list[Case]:
    """Every case below `directory` (default: those shipped), in the order of files; raises `CaseFileError`."""
    files = sorted((directory or data.path("cases")).glob("*.yaml"))
    problems: list[str] = []
    cases: list[Case] = []
    for file in files:
        try:
            raw_cases = data.load_yaml(file)
        except ValueError as error:
            problems.append(str(error))
            continue
        errors = list(_validator().iter_errors(raw_cases))
        problems += [f"{file.name}: {_where(raw_cases, error)}{explain(error)}" for error in errors]
        if not errors:
            for raw in raw_cases:
                problems += [f"{file.name}: {raw['id']}: {problem}" for problem in _problems(raw, spec)]
                cases += _expand(raw, spec, file.name) if not problems else []
    ids = [case.id for case in cases]
    problems += [f"the id {id_} is there twice" for id_ in sorted({id_ for id_ in ids if ids.count(id_) > 1})]
    if problems:
        raise CaseFileError("\n".join(problems))
    return sorted(cases, key=lambda case: SERVERS.index(case.server))


@functools.cache
def _validator() -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(json.loads(data.path("case.schema.json").read_text(encoding="utf-8")))


def _where(raw_cases: Any, error: jsonschema.ValidationError) -> str:
    path = list(error.absolute_path)
    known = path and isinstance(raw_cases, list) and isinstance(raw_cases[int(path[0])], dict)
    return f"{raw_cases[int(path[0])].get('id', '?')}: " if known else ""


def _problems(raw: dict[str, Any], spec: Spec) -> Iterator[str]:
    """What the schema cannot see: names of operations, matchers and variables."""
    for_each = raw.get("for_each", [])
    bound = set(BUILT_IN)
    if isinstance(for_each, dict):
        bound |= {"operation"} | ({"status"} if "statuses" in for_each else set())
    else:
        bound |= {name for binding in for_each for name in binding}
    for name in raw.get("covers", []):
        if name not in spec.operations and name != "${operation}":
            yield f"covers {name}, which is no operation of the spec"
    for number, step in enumerate(raw["steps"], 1):
        called = step.get("call") or step.get("request", {}).get("operation")
        if called is not None and called not in spec.operations and called != "${operation}":
            yield f"step {number}: {called} is no operation of the spec"
        for expected in ("returns", "raises", "response", "wire"):
            for name in unknown_matchers(step.get(expected)):
                yield f"step {number}: there is no matcher {name}"
        for name in _VARIABLE.findall(json.dumps(step)):
            if name not in bound:
                yield f"step {number}: ${{{name}}} is not bound"
        bound |= set(step.get("capture", {}))


def _expand(raw: dict[str, Any], spec: Spec, file: str) -> Iterator[Case]:
    raw_request = any("request" in step or "raw" in step for step in raw["steps"])
    encodings = raw.get("encodings", ["json"] if raw_request else ["json", "msgpack"])
    for suffix, bound in _bindings(raw.get("for_each"), spec):
        steps = substitute(raw["steps"], bound)
        for encoding in encodings:
            yield Case(
                id=raw["id"] + suffix + ("@msgpack" if encoding == "msgpack" else ""),
                title=substitute(raw["title"], bound),
                fix=raw.get("fix", ""),
                covers=substitute(raw.get("covers", []), bound),
                profile=raw.get("profile", "full"),
                server=raw.get("server", "open"),
                targets=raw.get("targets") or _targets(steps, spec),
                encoding=encoding,
                needs=sorted({*raw.get("needs", []), *_implied_needs(steps)}),
                connect=substitute(raw.get("connect", {}), bound),
                steps=steps,
                smoke=raw.get("smoke", False),
                file=file,
                bound=bound,
            )


def _targets(steps: list[dict[str, Any]], spec: Spec) -> list[str]:
    """A raw request, or an older form of an operation, is for servers; a forged fault tests clients."""
    if any(
        "request" in step or "raw" in step or spec.operations.get(step.get("call", "")) in _forms(spec)
        for step in steps
    ):
        return ["server"]
    if any(_FORGED & set(fault) for fault in _faults(steps)):
        return ["client"]
    return ["server", "client"]


def _faults(steps: list[dict[str, Any]]) -> list[dict[str, Any]]:
    found = [step.get("fault", []) for step in steps]
    return [fault for entry in found for fault in (entry if isinstance(entry, list) else [entry])]


def _forms(spec: Spec) -> list[Operation]:
    return [operation for operation in spec.operations.values() if operation.form_of]


def _implied_needs(steps: list[dict[str, Any]]) -> set[str]:
    text = json.dumps(steps)
    signs = {"envs": '"conformance/', "files": "${tmp}", "idle": "${gone}"}
    stops = any("shutdown" in (step.get("call"), step.get("request", {}).get("operation")) for step in steps)
    forged = any("reply" in fault for fault in _faults(steps))
    return {need for need, sign in signs.items() if sign in text} | ({"throwaway"} if stops and not forged else set())


def _bindings(for_each: Any, spec: Spec) -> Iterator[tuple[str, dict[str, Any]]]:
    if for_each is None:
        yield "", {}
    elif isinstance(for_each, list):
        for binding in for_each:
            yield f"-{binding['name']}", binding
    else:
        for operation in _selected(spec.operations.values(), for_each["operations"]):
            suffix = "-" + operation.id.replace("_", "-")
            if for_each.get("statuses") is None:
                yield suffix, {"operation": operation.id}
            elif operation.form_of is None:
                for status in operation.statuses:
                    if status >= 400:
                        yield f"{suffix}-{status}", {"operation": operation.id, "status": status}


def _selected(operations: Iterable[Operation], wanted: dict[str, Any]) -> list[Operation]:
    return [
        operation
        for operation in operations
        if ("status" not in wanted or wanted["status"] in operation.statuses)
        and wanted.get("method", operation.method) == operation.method
        and wanted.get("instance", operation.instance) == operation.instance
        and operation.id not in wanted.get("except", [])
    ]


def substitute(value: Any, variables: dict[str, Any]) -> Any:
    """`value` with each `${name}` of `variables` filled in; one that stands alone keeps its type."""
    if isinstance(value, str):
        alone = _VARIABLE.fullmatch(value)
        if alone and alone[1] in variables:
            return variables[alone[1]]
        return _VARIABLE.sub(lambda hit: str(variables.get(hit[1], hit[0])), value)
    if isinstance(value, list):
        return [substitute(item, variables) for item in value]
    if isinstance(value, dict):
        filled = {str(substitute(key, variables)): substitute(item, variables) for key, item in value.items()}
        return filled["$repeat"] * filled["times"] if "$repeat" in filled else filled
    return value


def arguments(args: Any, operation: Operation) -> dict[str, Any]:
    """The arguments of a call: `$merge` brings those of a variable, `$example` the spec's own."""
    found: dict[str, Any] = dict(args or {})
    found = found.pop("$merge", {}) | found
    if found.pop("$example", False):
        found = operation.example | found
        if not operation.instance:
            found.pop("instance_id", None)
    return found
