"""What is said of the machine."""

from __future__ import annotations

from typing import NamedTuple

from bench.machine import withheld


class Times(NamedTuple):
    user: float
    nice: float
    system: float
    idle: float
    iowait: float
    irq: float
    softirq: float
    steal: float


class Elsewhere(NamedTuple):
    user: float
    system: float
    idle: float


def test_withheld_time_counts_against_what_was_wanted_and_not_against_rest() -> None:
    before = Times(100.0, 0.0, 10.0, 1000.0, 5.0, 0.0, 1.0, 2.0)
    after = Times(160.0, 0.0, 25.0, 9000.0, 50.0, 0.0, 2.0, 26.0)
    assert withheld(before, after) == "24.0%"
    assert withheld(before, before) == "0.0%"


def test_withheld_time_is_unknown_where_the_system_does_not_count_it() -> None:
    assert withheld(elsewhere := Elsewhere(1.0, 1.0, 1.0), elsewhere) == "unknown"
