"""A very short measurement with real servers and clients."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from bench import runtimes
from bench.arena import Arena
from bench.contenders import BY_KEY
from bench.rounds import play
from bench.runtimes import Runtimes
from bench.workloads import CARTPOLE, OVERLAPPING, SLOW, Case, Workload


def test_contenders_play_every_round_and_the_broken_one_says_why(tmp_path: Path) -> None:
    broken = replace(BY_KEY["python-flat-json"], key="broken", variant="xml")
    no_vector_envs = Case(BY_KEY["original-style"], CARTPOLE, num_envs=8)
    two_clients = Case(BY_KEY["python-flat-msgpack"], CARTPOLE, num_envs=8, clients=2)
    keys = (
        "python-flat-json", "raw-json", "raw-msgpack", "fixed-json", "unix-raw-json", "unix-flat-json",
        "original-style", "tcp-json", "in-process",
    )  # fmt: skip
    single = [Case(BY_KEY[key], CARTPOLE) for key in keys]
    workload = Workload("test", "", "", [*single, two_clients, Case(broken, CARTPOLE), no_vector_envs])
    with Arena(Runtimes(tmp_path)) as arena:
        *ran, bad, unable = play(workload, arena, rounds=2, seconds=0.05)
    for result in ran:
        assert result.cannot_run == "", result.label
        assert len(result.rounds) == 2
        assert all(one.calls > 0 and 0 < one.p50 <= one.p99 for one in result.rounds)
    assert (bad.rounds, unable.rounds) == ([], [])
    assert "encoding must be 'json', 'msgpack' or None, not 'xml'" in bad.cannot_run
    assert unable.cannot_run == "it has no vector envs: one environment for each session"


def test_one_program_steps_many_instances_while_other_connections_idle(tmp_path: Path) -> None:
    many = [Case(BY_KEY[key], CARTPOLE, at_once=8, x=8) for key in ("many-json", "many-unix-json", "many-fixed-json")]
    waiting = [Case(BY_KEY[key], SLOW, at_once=8, x=8) for key in OVERLAPPING]
    idle = Case(BY_KEY["raw-json"], CARTPOLE, idle=1100)
    workload = Workload("test", "", "", [*many, *waiting, idle])
    with Arena(Runtimes(tmp_path)) as arena:
        results = play(workload, arena, rounds=2, seconds=0.2)
        server = arena.server("ours", idle)
        connections = psutil.Process(server.process.pid).net_connections("tcp")
        assert sum(one.status == psutil.CONN_ESTABLISHED for one in connections) == 1101
    assert [result.cannot_run for result in results] == [""] * len(results)
    serial, *together = results[len(many) : -1]
    for result in together:  # eight steps of 10 ms overlap
        assert result.spread("rate").high > 2 * serial.spread("rate").high, result.label


def test_processor_time_is_that_of_the_contenders_own_client_and_server(tmp_path: Path) -> None:
    workload = Workload("test", "", "", [Case(BY_KEY[key], CARTPOLE) for key in ("raw-json", "in-process", "tcp-json")])
    with Arena(Runtimes(tmp_path)) as arena:
        raw, local, _ = play(workload, arena, rounds=2, seconds=0.5)
    assert 0 < raw.cpu("client") < 1e6 / raw.spread("rate").low
    assert 0 < raw.cpu("server") < 1e6 / raw.spread("rate").low
    assert local.cpu("server") == 0.0
    assert local.cpu("client") > 0.0


def test_a_previous_release_that_is_not_in_the_checkout_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runtimes, "PREVIOUS", "0123456" + "0" * 33)
    workload = Workload("test", "", "", [Case(BY_KEY["previous-raw-json"], CARTPOLE)])
    with Arena(Runtimes(tmp_path)) as arena:
        (result,) = play(workload, arena, rounds=1, seconds=0.05)
    assert result.cannot_run.startswith("its server does not run: the commit 0123456 is not to be had")
