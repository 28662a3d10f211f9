"""A very short measurement with real servers and clients."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from bench.arena import Arena
from bench.contenders import BY_KEY
from bench.rounds import play
from bench.runtimes import Runtimes
from bench.workloads import CARTPOLE, Case, Workload


def test_contenders_play_every_round_and_the_broken_one_says_why(tmp_path: Path) -> None:
    broken = replace(BY_KEY["python-flat-json"], key="broken", variant="xml")
    no_vector_envs = Case(BY_KEY["original-style"], CARTPOLE, num_envs=8)
    two_clients = Case(BY_KEY["python-flat-msgpack"], CARTPOLE, num_envs=8, clients=2)
    single = [Case(BY_KEY[key], CARTPOLE) for key in ("python-flat-json", "original-style", "tcp-json", "in-process")]
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
