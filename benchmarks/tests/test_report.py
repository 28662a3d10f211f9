"""The report and the targets, of made-up figures."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench import plots
from bench.contenders import BY_KEY
from bench.report import BEGIN, END, Run, markdown, update_readme
from bench.summary import Result, Round
from bench.targets import TARGETS, Verdict, judge
from bench.workloads import WORKLOADS


def results() -> list[Result]:
    """A result for every case: OpenEnv cannot run, every other steps at its place in the list times 1,000."""
    found = []
    for workload in WORKLOADS:
        for place, case in enumerate(workload.cases, 1):
            contender = case.contender
            one = Result(workload.name, contender.key, contender.label, contender.family, case.x)
            if contender.runtime == "openenv":
                one.cannot_run = "openenv is | not to be had"
            else:
                rate = 1000.0 * place
                server_cpu = 0.0 if contender.server is None else 0.003
                one.rounds = [
                    Round(rate * part, 100.0, 150.0, 350.0, 900.0, 50, 0.001, server_cpu) for part in (1.0, 0.9, 1.2)
                ]
            found.append(one)
    return found


def run(found: list[Result], memory: dict[str, list[float]]) -> Run:
    return Run("2026-01-01", 3, 1.0, {"cores": "2"}, {"java": "17"}, WORKLOADS, found, memory, judge(found, memory))


def verdict(found: list[Result], start: str, memory: dict[str, list[float]] | None = None) -> Verdict:
    (one,) = [one for one in judge(found, memory or {}) if one.title.startswith(start)]
    return one


def test_every_target_looks_up_a_case_that_is_measured() -> None:
    cases = {(workload.name, case.contender.key, case.x) for workload in WORKLOADS for case in workload.cases}
    figures = [one for target in TARGETS for one in (target.figure, target.against, *target.yardstick)]
    wanted = {(one.workload, one.key, one.x) for one in figures}
    assert wanted <= cases


def test_a_target_is_the_ratio_of_medians() -> None:
    found = [Result("cartpole", key, BY_KEY[key].label, "", None) for key in ("python-flat-json", "raw-json")]
    found[0].rounds = [Round(rate, 100.0, 0.0, 399.0, 0.0, 1) for rate in (650.0, 1.0, 900.0)]
    found[1].rounds = [Round(rate, 0.0, 0.0, 0.0, 0.0, 1) for rate in (1000.0, 1000.0, 1000.0)]
    ratio = verdict(found, "Python client, JSON, against the raw socket")
    assert (ratio.required, ratio.measured, ratio.met) == ("at least 0.65", 0.65, True)
    found[0].rounds = [Round(649.0, 100.0, 0.0, 400.0, 0.0, 1)]
    assert not verdict(found, "Python client, JSON, against the raw socket").met


def test_the_tail_is_held_against_the_tail_of_the_ping_pong() -> None:
    found = [Result("cartpole", key, BY_KEY[key].label, "", None) for key in ("python-flat-json", "tcp-json")]
    found[0].rounds = [Round(1.0, 100.0, 0.0, 590.0, 0.0, 1)]
    found[1].rounds = [Round(1.0, 20.0, 0.0, 80.0, 0.0, 1)]
    tail = verdict(found, "p99 against p50")
    assert (tail.required, tail.measured, tail.met) == ("under 1.5", 5.9 / 4, True)
    found[0].rounds = [Round(1.0, 100.0, 0.0, 600.0, 0.0, 1)]
    assert not verdict(found, "p99 against p50").met
    assert verdict(found[:1], "p99 against p50").why == "not measured"


def test_memory_is_judged_in_kilobytes() -> None:
    instance, connection = "server memory for each idle CartPole", "server memory for each idle keep-alive connection"
    assert verdict([], instance, {"server": [90e3, 99e3, 400e3]}).met
    assert not verdict([], instance, {"server": [100e3]}).met
    assert verdict([], connection, {"connection": [19e3]}).met
    assert not verdict([], connection, {"connection": [20e3], "server": [1e3]}).met


def test_what_cannot_run_is_in_the_report_with_its_reason() -> None:
    text = markdown(run(results(), {"server": [50e3]}))
    for workload in WORKLOADS:
        section = text.split(f"### {workload.title}\n")[1].split("\n### ")[0]
        for case in workload.cases:
            assert f"| {case.contender.label} |" in section
    assert "| OpenEnv, sync client | cannot run: openenv is \\| not to be had |" in text
    assert "| OpenEnv, sync client: openenv is \\| not to be had |" in text  # so its targets are not met, and why
    assert "| server memory for each idle CartPole instance, kB | under 100 | 50.0 | met |" in text


def test_the_fastest_stands_first() -> None:
    text = markdown(run(results(), {}))
    assert text.index(
        "| previous Python client and server, JSON | 36,000 | 32,400 to 43,200 | 100 | 150 | 350 | 20.0 | 60.0 |"
    ) < text.index("| Python client, JSON | 1,000 |")


def test_where_there_is_no_server_it_takes_no_time() -> None:
    section = markdown(run(results(), {})).split("### CartPole, one environment")[1].split("\n### ")[0]
    (line,) = [line for line in section.splitlines() if line.startswith("| in-process |")]
    assert line.endswith("| 20.0 | – |")


def test_the_readme_is_changed_only_between_its_markers(tmp_path: Path) -> None:
    readme = tmp_path / "README.md"
    readme.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")
    update_readme(readme, "new\n")
    assert readme.read_text() == f"before\n{BEGIN}\n\nnew\n\n{END}\nafter\n"
    for broken in ("no markers", f"{END}{BEGIN}", f"{BEGIN}{BEGIN}{END}"):
        readme.write_text(broken)
        with pytest.raises(ValueError, match="once each"):
            update_readme(readme, "new\n")
        assert readme.read_text() == broken


def test_every_picture_of_the_report_is_drawn(tmp_path: Path) -> None:
    one = run(results(), {})
    plots.draw(one, tmp_path)
    drawn = {path.name for path in tmp_path.glob("*.png") if path.stat().st_size > 5000}
    shown = {part.split(")")[0] for part in markdown(one).split("](")[1:]}
    names = ["cartpole", "latency", "pong", "cartpole1024", "clients", "connections", "overlap", "envs", "sizes"]
    assert shown == {f"{name}.png" for name in names}
    assert drawn == shown | {"overview.png"}  # which is for the project's front page
