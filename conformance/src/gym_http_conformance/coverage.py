"""Coverage: every documented status of every operation must have been seen in the target's traffic."""

from __future__ import annotations

from collections import Counter

from gym_http_conformance.known import Known
from gym_http_conformance.results import FAILED, PASSED, SKIPPED, Result
from gym_http_conformance.runner import Target
from gym_http_conformance.spec import Operation, Spec

PREFIX = "seen "
OUT_OF_REACH = "not seen; at this server not every status can be provoked"


def results(
    spec: Spec, seen: dict[str, Counter[int]], target: Target, kind: str, known: Known, strict: bool
) -> list[Result]:
    """One result a cell (operation, status). `strict`: the suite's own servers ran, so that each can be reached."""
    found = []
    for operation in spec.operations.values():
        if kind == "client" and operation.form_of:
            continue
        for status in operation.statuses:
            outcome, reason = _cell(operation, status, seen, target, kind, known, strict)
            title = f"{operation.id} was seen to answer {status}"
            found.append(Result(f"{PREFIX}{operation.id} {status}", title, outcome, [operation.id], reason=reason))
    return found


def _cell(
    operation: Operation,
    status: int,
    seen: dict[str, Counter[int]],
    target: Target,
    kind: str,
    known: Known,
    strict: bool,
) -> tuple[str, str]:
    excuse = known.unseen.get(f"{operation.id} {status}")
    if seen[operation.id][status]:
        return (PASSED, "") if excuse is None else (FAILED, f"seen, though it is listed as unseen: {excuse}")
    if excuse is not None:
        return SKIPPED, f"known to be unseen: {excuse}"
    lacking = kind == "client" and operation.id not in target.operations
    if not strict:
        return SKIPPED, f"the target lacks {operation.id}" if lacking else OUT_OF_REACH
    if lacking:
        return FAILED, f"the client has no {operation.id}: it needs a method, and its driver must list it"
    return FAILED, f"no case made {operation.id} answer {status}: it needs a case, or the {kind} does not get that far"
