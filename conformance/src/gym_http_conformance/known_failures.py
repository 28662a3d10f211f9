"""Known failures: cases that a target fails, and statuses that it never shows, each with a reason."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml

from gym_http_conformance import data, targets
from gym_http_conformance.results import FAILED, PASSED, SKIPPED, Report, Result

TARGETS = {"server", "client"}
"""What a server, and a client that is given by --command, are called; others have their names of targets.yaml."""


@dataclass
class KnownFailures:
    """`failures`: case id to reason; `unseen`: "operation status", or "operation status code", to reason."""

    failures: dict[str, str] = field(default_factory=dict)
    unseen: dict[str, str] = field(default_factory=dict)

    def refuse_strangers(self, ids: set[str], cells: set[str]) -> None:
        """Raise `ValueError` where what is listed is no case, or no status or code of the contract, (any longer)."""
        strangers = sorted(set(self.failures) - ids)
        if strangers:
            raise ValueError(f"known failures are listed of cases that do not exist: {', '.join(strangers)}")
        strangers = sorted(set(self.unseen) - cells)
        if strangers:
            raise ValueError(f"listed as unseen is what the contract does not have: {', '.join(strangers)}")

    def judge(self, result: Result) -> Result:
        """The result, where a known failure counts as skipped, and a known failure that passes as failed."""
        reason = self.failures.get(result.id)
        if reason is None or result.outcome == SKIPPED:
            return result
        if result.outcome == FAILED:
            return replace(result, outcome=SKIPPED, reason=f"known failure: {reason} ({result.reason})")
        assert result.outcome == PASSED
        return replace(result, outcome=FAILED, reason=f"passes, though it is listed as a known failure: {reason}")


def load(target: str, file: Path | None = None) -> KnownFailures:
    """What is known of `target`; raises `ValueError` where the file is not as it should be, or names no target."""
    file = file or data.path("known-failures.yaml")
    every = data.load_yaml(file) or {}
    if not isinstance(every, dict):
        raise ValueError(f"{file}: expected a mapping from targets (here {target}) to their known failures")
    strangers = sorted(set(every) - {target, *TARGETS, *targets.load()})
    if strangers:
        raise ValueError(f"{file}: no target is called {', '.join(strangers)}; this one is called {target}")
    listed = every.get(target) or {}
    if not isinstance(listed, dict) or not all(_has_reasons(kind, entries) for kind, entries in listed.items()):
        raise ValueError(f"{file}: {target}: expected `failures` and `unseen`, each a mapping to a reason")
    return KnownFailures(listed.get("failures", {}), listed.get("unseen", {}))


def _has_reasons(kind: str, entries: Any) -> bool:
    if kind not in {"failures", "unseen"} or not isinstance(entries, dict):
        return False
    return all(isinstance(text, str) and text for entry in entries.items() for text in entry)


def write(file: Path, report: Report) -> None:
    """Write everything that failed as known, with its failure as the reason to begin with."""
    entries: dict[str, dict[str, str]] = {"failures": {}, "unseen": {}}
    for result in report.results:
        if result.outcome == FAILED:
            kind, name = (
                ("unseen", result.id.removeprefix("seen "))
                if result.id.startswith("seen ")
                else ("failures", result.id)
            )
            entries[kind][name] = result.reason.splitlines()[0]
    listed = {report.target: {kind: found for kind, found in entries.items() if found}}
    file.write_text(yaml.safe_dump(listed, allow_unicode=True, sort_keys=False, width=120), encoding="utf-8")
