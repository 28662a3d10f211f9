"""The pictures: a bar for each contender, latency percentiles, and what each varied quantity costs."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import replace
from math import floor, log10
from pathlib import Path

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from .contenders import LOCAL, OURS, PEER, PREVIOUS, REFERENCE
from .report import NOT_DRAWN, Run, number
from .summary import Result
from .workloads import Workload

COLOURS = {OURS: "#1f77b4", PREVIOUS: "#9ecae1", PEER: "#d9822b", LOCAL: "#6a9f58", REFERENCE: "#8c8c8c"}
LINES = {
    "python-flat-json": "#1f77b4",
    "python-flat-msgpack": "#17a2b8",
    "python-env-msgpack": "#0b3c5d",
    "luajit-default": "#000080",
    "serial": "#d9822b",
    "async": "#0b3c5d",
    "pool": "#17a2b8",
    "async-vector-env": COLOURS[LOCAL],
    "many-json": "#1f77b4",
    "many-unix-json": "#17a2b8",
    "many-previous-json": "#9ecae1",
    "many-fixed-json": COLOURS[REFERENCE],
    "openenv-sync": "#d9822b",
    "dm_env_rpc": "#b5483a",
    "original-style": "#7a5195",
    "in-process": COLOURS[LOCAL],
}
# What the picture of the project's front page shows.
OVERVIEW = (
    "in-process", "async-vector-env", "python-flat-json", "luajit-default", "java-flat-json", "openenv-sync",
    "openenv-async", "dm_env_rpc", "original-style",
)  # fmt: skip
WIDTH = 9.0  # inches; at 100 dots an inch a README's width
STYLE = {
    "figure.dpi": 100,
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#e4e4e4",
    "axes.axisbelow": True,
    "legend.frameon": False,
    "legend.fontsize": 9,
    "legend.handlelength": 1.0,
}


def draw(run: Run, directory: Path) -> None:
    """Write a PNG for every workload that has something to show."""
    with matplotlib.rc_context(STYLE):
        for workload in run.workloads:
            results = run.of(workload)
            path = directory / f"{workload.name}.png"
            if not any(result.rounds for result in results) or workload.name in NOT_DRAWN:
                continue
            if workload.varied:
                _series(workload, results, path)
            else:
                _bars(workload, results, path)
            if workload.name == "cartpole":
                _latencies(results, directory / "latency.png")
                overview = [result for result in results if result.key in OVERVIEW and result.rounds]
                if overview:
                    _bars(
                        replace(workload, title="CartPole: steps a second, one environment"),
                        overview,
                        directory / "overview.png",
                    )


def _bars(workload: Workload, results: Sequence[Result], path: Path) -> None:
    figure, axes = _page(workload.title, 1.5 + 0.29 * len(results))
    rates = [result.spread("rate") if result.rounds else None for result in results]
    left = 10.0 ** floor(log10(min(rate.low for rate in rates if rate)) - 0.3)
    right = max(rate.high for rate in rates if rate)
    axes.set_xscale("log")
    axes.set_xlim(left, right * (right / left) ** 0.16)  # room for the numbers
    for row, (result, rate) in enumerate(zip(results, rates, strict=True)):
        if rate is None:
            reason = textwrap.shorten(f"cannot run: {result.cannot_run}", 90, placeholder=" …")
            axes.text(left * 1.05, row, reason, va="center", color="#777777", style="italic", fontsize=9)
            continue
        axes.barh(row, rate.median - left, left=left, height=0.68, color=COLOURS[result.family])
        axes.plot([rate.low, rate.high], [row, row], color="#222222", linewidth=1.2, solid_capstyle="butt")
        axes.text(rate.high * 1.04, row, number(rate.median), va="center", fontsize=9)
    _rows(axes, results)
    axes.set_xlabel("environment steps per second, log scale; the line spans all rounds")
    _legend(axes, _families(results))
    figure.savefig(path)


def _latencies(results: Sequence[Result], path: Path) -> None:
    ran = sorted((result for result in results if result.rounds), key=lambda result: result.spread("p50").median)
    figure, axes = _page("Latency of a CartPole step", 1.5 + 0.29 * len(ran))
    axes.set_xscale("log")
    marks = {"p50": ("o", 36), "p90": ("|", 90), "p99": ("D", 22), "p999": ("x", 26)}
    for row, result in enumerate(ran):
        medians = {figure: result.spread(figure).median for figure in marks}
        colour = COLOURS[result.family]
        axes.plot([medians["p50"], medians["p999"]], [row, row], color=colour, linewidth=1.4, alpha=0.45)
        for name, (marker, size) in marks.items():
            axes.scatter(medians[name], row, marker=marker, s=size, color=colour, zorder=3)
    _rows(axes, ran)
    axes.set_xlabel("microseconds, log scale; medians of the rounds' percentiles")
    told = {"p50": "p50", "p90": "p90", "p99": "p99", "p999": "p99.9"}
    shapes = [
        Line2D([], [], marker=marker, linestyle="", color="#444444", label=told[name], markersize=6)
        for name, (marker, _) in marks.items()
    ]
    _legend(axes, [*shapes, *_families(ran)])
    figure.savefig(path)


def _series(workload: Workload, results: Sequence[Result], path: Path) -> None:
    latency = workload.name == "sizes"
    figure, axes = _page(workload.title, 4.6)
    series: dict[str, list[Result]] = {}
    for result in sorted((each for each in results if each.rounds), key=lambda each: each.x or 0):
        series.setdefault(result.key, []).append(result)
    shown = "p50" if latency else "rate"
    for key, points in sorted(series.items(), key=lambda item: -item[1][-1].spread(shown).median):
        spreads, xs, colour = [point.spread(shown) for point in points], [point.x or 0 for point in points], LINES[key]
        axes.plot(xs, [each.median for each in spreads], marker="o", markersize=4, color=colour, label=points[0].label)
        axes.fill_between(
            xs, [each.low for each in spreads], [each.high for each in spreads], color=colour, alpha=0.12, linewidth=0
        )
    axes.set_xscale("log", base=2)
    axes.set_yscale("log")
    varied = sorted({result.x for result in results if result.x is not None})
    axes.set_xticks(varied, [_size(x) if latency else f"{x:,}" for x in varied])
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0) if _narrow(axes) else (1.0,)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.set_xlabel({"bytes": "size of the observation"}.get(workload.varied, workload.varied) + ", log scale")
    axes.set_ylabel("p50 latency of a step, µs, log scale" if latency else "environment steps per second, log scale")
    axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), handlelength=2.0)
    figure.savefig(path)


def _narrow(axes: Axes) -> bool:
    low, high = axes.get_ylim()
    return high < 1000 * low


def _page(title: str, height: float) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(WIDTH, height), layout="constrained")
    figure.suptitle(title, x=0.012, ha="left", fontsize=13, fontweight="bold")
    return figure, figure.subplots()


def _rows(axes: Axes, results: Sequence[Result]) -> None:
    axes.set_yticks(range(len(results)), [result.label for result in results])
    axes.set_ylim(len(results) - 0.4, -0.6)
    axes.grid(visible=False, axis="y")
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}" if value >= 1 else f"{value:g}"))


def _legend(axes: Axes, handles: list[Line2D]) -> None:
    axes.legend(
        handles=handles, loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=len(handles), columnspacing=1.0,
        borderaxespad=0.1,
    )  # fmt: skip


def _families(results: Sequence[Result]) -> list[Line2D]:
    there = {result.family for result in results}
    return [
        Line2D([], [], color=colour, linewidth=7, label=family) for family, colour in COLOURS.items() if family in there
    ]


def _size(count: int) -> str:
    for unit in ("B", "KiB", "MiB"):
        if count < 1024 or unit == "MiB":
            break
        count //= 1024
    return f"{count} {unit}"
