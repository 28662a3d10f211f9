"""The docstrings' examples, the README's code and the example programs do what they say."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import pytest

import gym_http_client

ROOT = Path(__file__).parent.parent
MODULES = [
    "gym_http_client",
    *(f"gym_http_client.{each.name}" for each in pkgutil.iter_modules(gym_http_client.__path__)),
]
DOCUMENTED_BASE = "http://127.0.0.1:5000"


@pytest.mark.parametrize("name", MODULES)
def test_docstrings(base: str, name: str) -> None:
    module = importlib.import_module(name)
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.IGNORE_EXCEPTION_DETAIL)
    for test in doctest.DocTestFinder(exclude_empty=True).find(module, name):
        for example in test.examples:
            example.source = example.source.replace(DOCUMENTED_BASE, base)
        runner.run(test)
    assert runner.summarize(verbose=False).failed == 0


def test_there_are_docstrings_to_run() -> None:
    finder = doctest.DocTestFinder()
    examples = [
        example
        for name in MODULES
        for test in finder.find(importlib.import_module(name), name)
        for example in test.examples
    ]
    assert len(examples) > 15


def code_of_readme() -> list[str]:
    return re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)


@pytest.mark.parametrize("index", range(len(code_of_readme())))
def test_readme(base: str, index: int) -> None:
    source = code_of_readme()[index].replace(DOCUMENTED_BASE, base)
    exec(compile(source, f"README.md, block {index}", "exec"), {"__name__": "__main__"})


def run(name: str, *arguments: str) -> str:
    command = [sys.executable, str(ROOT / "examples" / name), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_random_agent(base: str) -> None:
    assert len(re.findall(r"^episode \d: return \d+$", run("random_agent.py", base), re.MULTILINE)) == 5


def test_cross_entropy(base: str) -> None:
    output = run("cross_entropy.py", base, "--generations", "3", "--population", "20", "--trials", "2")
    returns = [float(each) for each in re.findall(r"^generation +\d+ +([\d.]+)", output, re.MULTILINE)]
    assert len(returns) == 3
    assert returns[2] > returns[0]
    assert "mean return of 2 trials" in output


def test_cross_entropy_over_a_vector_env_solves_cartpole(base: str) -> None:
    assert re.search(
        r"mean return of 100 trials: [45]\d\d\.\d \(solved; 475 is asked\)", run("cross_entropy_vector.py", base)
    )


def test_learning_curve(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "examples"))
    assert doctest.testmod(importlib.import_module("learning_curve")) == (0, 1)
