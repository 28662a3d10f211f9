"""The engine tested by case files: some pass, some are right and fail, some are wrong."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from gym_http_conformance import cases, spec
from gym_http_conformance.http_target import HttpTarget
from gym_http_conformance.reference_servers import ReferenceServers
from gym_http_conformance.results import FAILED, PASSED, Result
from gym_http_conformance.runner import Runner

HERE = Path(__file__).parent
CONTRACT = spec.load()


def alone(file: Path, directory: Path) -> list[cases.Case]:
    """The cases of one file."""
    shutil.copy(file, directory)
    return cases.load(CONTRACT, directory)


def expected(file: Path) -> str:
    """What the file's first line says."""
    return file.read_text(encoding="utf-8").splitlines()[0].removeprefix("# expected: ")


def outcomes(file: Path, directory: Path, servers: ReferenceServers) -> list[Result]:
    runner = Runner(CONTRACT, HttpTarget(CONTRACT), "server", servers)
    try:
        return [runner.run(case) for case in alone(file, directory)]
    finally:
        runner.close()


@pytest.mark.parametrize("file", sorted(HERE.glob("valid-pass/*.yaml")), ids=lambda file: file.stem)
def test_valid_pass(file: Path, tmp_path: Path, servers: ReferenceServers) -> None:
    for result in outcomes(file, tmp_path, servers):
        assert (result.outcome, result.reason) == (PASSED, "")


@pytest.mark.parametrize("file", sorted(HERE.glob("valid-fail/*.yaml")), ids=lambda file: file.stem)
def test_valid_fail(file: Path, tmp_path: Path, servers: ReferenceServers) -> None:
    for result in outcomes(file, tmp_path, servers):
        assert result.outcome == FAILED
        assert expected(file) in result.reason


@pytest.mark.parametrize("file", sorted(HERE.glob("invalid/*.yaml")), ids=lambda file: file.stem)
def test_invalid(file: Path, tmp_path: Path) -> None:
    with pytest.raises(cases.CaseFileError) as caught:
        alone(file, tmp_path)
    assert expected(file) in str(caught.value)
    assert file.name in str(caught.value) or "twice" in str(caught.value)
