"""Coverage: every documented status, and of servers every error code, must have been seen in the target's traffic."""

from __future__ import annotations

from collections import Counter
from collections.abc import Set

from gym_http_conformance.known_failures import KnownFailures
from gym_http_conformance.results import FAILED, PASSED, SKIPPED, Result
from gym_http_conformance.spec import Operation, Spec
from gym_http_conformance.target import Target

NO_CONTENT = 204
"""For those who send no `Accept` with JSON or MessagePack in it, which no client of this contract does."""
PREFIX = "seen "
OUT_OF_REACH = "not seen; not every status can be provoked at this server, or without the cases that were skipped"


def results(
    spec: Spec,
    seen: dict[str, Counter[int]],
    target: Target,
    kind: str,
    known: KnownFailures,
    strict: bool,
    unsure: Set[str] = frozenset(),
) -> list[Result]:
    """One result a cell (operation, status). `strict`: the suite's own servers ran, so that each can be reached, but
    for the operations that are `unsure`."""
    found = []
    for operation in spec.operations.values():
        if kind == "client" and operation.form_of:
            continue
        sure = strict and operation.id not in unsure
        for status in operation.statuses:
            if kind == "client" and status == NO_CONTENT:
                continue
            outcome, reason = _cell(operation, status, seen, target, kind, known, sure)
            title = f"{operation.id} was seen to answer {status}"
            found.append(Result(f"{PREFIX}{operation.id} {status}", title, outcome, [operation.id], reason=reason))
    return found


def cells(spec: Spec) -> set[str]:
    """Every cell that there can be, as it is called under `unseen` in the known failures."""
    found = {
        f"{operation.id} {status}": operation for operation in spec.operations.values() for status in operation.statuses
    }
    return set(found) | {
        f"{cell} {code}" for cell, operation in found.items() for code in spec.codes(operation.id, int(cell.split()[1]))
    }


def codes(spec: Spec, seen: Set[tuple[str, int, str]], known: KnownFailures, strict: bool) -> list[Result]:
    """One result a cell (operation, status, code) of a server: the codes are those of the contract's examples."""
    found = []
    for operation in spec.operations.values():
        for status in operation.statuses:
            for code in spec.codes(operation.id, status):
                cell = f"{operation.id} {status} {code}"
                excuse = known.unseen.get(cell)
                if (operation.id, status, code) in seen:
                    outcome, reason = PASSED, ""
                elif excuse is not None:  # one that is seen after all is no failure: what is installed may decide it
                    outcome, reason = SKIPPED, f"known to be unseen: {excuse}"
                elif strict:
                    outcome, reason = FAILED, f"no case made {operation.id} answer {status} {code}: it needs a case"
                else:
                    outcome, reason = SKIPPED, OUT_OF_REACH
                title = f"{operation.id} was seen to answer {status} {code}"
                found.append(Result(PREFIX + cell, title, outcome, [operation.id], reason=reason))
    return found


def unsure_of(found: list[Result]) -> set[str]:
    """Operations of which a case was skipped in every encoding: nobody knows what it would have shown."""
    ran = {result.id.removesuffix("@msgpack") for result in found if result.outcome != SKIPPED}
    skipped = [result for result in found if result.id.removesuffix("@msgpack") not in ran]
    return {operation for result in skipped for operation in result.covers}


def _cell(
    operation: Operation,
    status: int,
    seen: dict[str, Counter[int]],
    target: Target,
    kind: str,
    known: KnownFailures,
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
