"""Puts the suite's data and the repository's contract into the wheel, built from a checkout or from the sdist."""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

DATA = ["cases", "case.schema.json", "targets.yaml", "known-failures.yaml", "PROTOCOL.md"]


class DataHook(BuildHookInterface):  # type: ignore[type-arg]  # of the build configuration, unused
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable":  # then they are read from the checkout
            return
        root = Path(self.root)
        spec = next(file for file in (root / "openapi.yaml", root.parent / "spec" / "openapi.yaml") if file.exists())
        if self.target_name == "sdist":
            build_data["force_include"][str(spec)] = "openapi.yaml"
            return
        build_data["force_include"][str(spec)] = "gym_http_conformance/data/openapi.yaml"
        for name in DATA:
            build_data["force_include"][str(root / name)] = f"gym_http_conformance/data/{name}"
