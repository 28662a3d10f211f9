"""The clients that `targets.yaml` names."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from gym_http_conformance import data


class TargetsError(Exception):
    """A name that targets.yaml does not know."""


def load() -> dict[str, Any]:
    """Name to `{command, interpreter?}`; see the head of targets.yaml."""
    found: dict[str, Any] = data.load_yaml(data.path("targets.yaml"))
    return found


def command(name: str) -> tuple[list[str], Path]:
    """The command line of the driver called `name`, and the directory to run it in."""
    targets = load()
    if name not in targets:
        raise TargetsError(f"there is no target {name!r} in targets.yaml; it knows {', '.join(targets)}")
    target = targets[name]
    line = [sys.executable if word == "python" else word for word in target["command"]]
    override = os.environ.get(target.get("interpreter", ""))
    return ([override, *line[1:]] if override else line), data.root()
