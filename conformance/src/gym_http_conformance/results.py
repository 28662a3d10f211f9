"""What came of the cases, and results.json."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

PASSED, FAILED, SKIPPED = "passed", "failed", "skipped"


@dataclass
class Result:
    """One case's outcome.

    `reason` says why it failed or was skipped, `fix` what to change then, `exchanges` what crossed the wire.
    """

    id: str
    title: str
    outcome: str
    covers: list[str] = field(default_factory=list)
    seconds: float = 0.0
    reason: str = ""
    fix: str = ""
    exchanges: str = ""


@dataclass
class Report:
    """One run: a target, the results of its cases, and the statuses of each operation seen in its traffic."""

    target: str
    label: str
    profile: str
    results: list[Result] = field(default_factory=list)
    seen: dict[str, dict[str, int]] = field(default_factory=dict)

    @property
    def counts(self) -> Counter[str]:
        return Counter(result.outcome for result in self.results)

    @property
    def ok(self) -> bool:
        return self.counts[FAILED] == 0 and self.counts[PASSED] > 0

    def summary(self) -> str:
        return ", ".join(f"{self.counts[outcome]} {outcome}" for outcome in (PASSED, FAILED, SKIPPED))


def write(report: Report, file: Path) -> None:
    file.write_text(json.dumps(asdict(report), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def read(file: Path) -> Report:
    """The report in a results.json; raises `ValueError` where it is none."""
    try:
        raw: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        return Report(**{**raw, "results": [Result(**result) for result in raw["results"]]})
    except (TypeError, KeyError, ValueError) as error:
        raise ValueError(f"{file} is not a results file of this suite: {error}") from error
