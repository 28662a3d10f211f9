"""README.md says what the command line and the package offer, no more and no less."""

from __future__ import annotations

import argparse
import importlib.metadata
import re
from pathlib import Path

import pytest

from gym_http_server.cli import parser

README = (Path(__file__).parents[1] / "README.md").read_text()


def table(heading: str) -> list[list[str]]:
    """The rows of the first table under a heading."""
    section = README.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    rows = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row] for row in rows[2:]]


def spelling(action: argparse.Action) -> str:
    """A flag's names, and what it takes after the last."""
    names = [f"`{name}`" for name in action.option_strings]
    if action.nargs != 0:
        metavar = action.metavar or action.dest.upper()
        names[-1] = f"`{action.option_strings[-1]} {metavar}`"
    return ", ".join(names)


def test_every_flag_has_its_row() -> None:
    assert sorted(row[0] for row in table("Flags")) == sorted(map(spelling, parser()._actions))


def test_defaults_are_those_of_the_parser(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GYM_HTTP_TOKEN", raising=False)
    defaults = {spelling(action): action.default for action in parser()._actions}
    for flag, told, _ in table("Flags"):
        default = defaults[flag]
        if default not in (None, False, []) and default != argparse.SUPPRESS:
            assert told == (f"`{default:g}`" if isinstance(default, float) else f"`{default}`"), flag


def test_every_choice_is_named() -> None:
    rows = {row[0]: row[2] for row in table("Flags")}
    for action in parser()._actions:
        for choice in action.choices or ():
            assert f"`{choice}`" in rows[spelling(action)]


def test_every_extra_has_its_row() -> None:
    extras = importlib.metadata.metadata("gym-http-server").get_all("Provides-Extra") or []
    told = [re.sub("`", "", row[0]) for row in table("Environments")]
    assert sorted(told) == sorted([*extras, "none"])
