"""Reports for people and machines: JUnit XML, the HTML matrix, the badge."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import jinja2

from gym_http_conformance import spec
from gym_http_conformance.results import FAILED, PASSED, SKIPPED, Report, Result

OTHER = "no operation"
GREEN, AMBER, RED = "#3b7a3b", "#b7791f", "#b3261e"
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write(reports: list[Report], junit: Path | None, html: Path | None, badge: Path | None) -> None:
    """Write the files that are asked for."""
    if junit is not None:
        ET.indent(tree := ET.ElementTree(_junit(reports)))
        tree.write(junit, encoding="utf-8", xml_declaration=True)
    if html is not None:
        html.write_text(_html(reports), encoding="utf-8")
    if badge is not None:
        badge.write_text(_badge(reports), encoding="utf-8")


def _junit(reports: list[Report]) -> ET.Element:
    root = ET.Element("testsuites", name="gym-http-conformance")
    for report in reports:
        counts = report.counts
        suite = ET.SubElement(
            root,
            "testsuite",
            name=report.target,
            tests=str(len(report.results)),
            failures=str(counts[FAILED]),
            errors="0",
            skipped=str(counts[SKIPPED]),
            time=f"{sum(result.seconds for result in report.results):.3f}",
        )
        for result in report.results:
            case = ET.SubElement(
                suite,
                "testcase",
                classname=f"conformance.{report.target}",
                name=result.id,
                time=f"{result.seconds:.3f}",
            )
            if result.outcome == FAILED:
                reason = _NOT_XML.sub("?", result.reason)
                failure = ET.SubElement(case, "failure", message=reason.splitlines()[0])
                failure.text = _NOT_XML.sub(
                    "?", f"{result.title}\n{result.reason}\nTo change: {result.fix}\n\n{result.exchanges}"
                )
            elif result.outcome == SKIPPED:
                ET.SubElement(case, "skipped", message=_NOT_XML.sub("?", result.reason))
    return root


def _html(reports: list[Report]) -> str:
    environment = jinja2.Environment(loader=jinja2.PackageLoader("gym_http_conformance"), autoescape=True)
    ids: dict[str, str] = {}
    for report in reports:
        for result in report.results:
            ids.setdefault(result.id, result.title)
    by_target = [{result.id: result for result in report.results} for report in reports]
    cells = [(id_, title, [found.get(id_) for found in by_target]) for id_, title in ids.items()]
    groups: dict[str, list[tuple[str, str, list[Result | None]]]] = {
        name: [] for name in [*spec.load().operations, OTHER]
    }
    for id_, title, row in cells:
        covered = next((result.covers[0] for result in row if result is not None and result.covers), OTHER)
        groups.setdefault(covered, []).append((id_, title, row))
    groups = {name: rows for name, rows in groups.items() if rows}
    return environment.get_template("matrix.html.j2").render(
        reports=reports, groups=groups, summaries={name: _summary(rows, len(reports)) for name, rows in groups.items()}
    )


def _summary(rows: list[tuple[str, str, list[Result | None]]], width: int) -> list[tuple[str, int, int]]:
    """For each target: the worst outcome of a group's cases (or nothing), how many passed, and how many ran."""
    summary = []
    for index in range(width):
        outcomes = [row[index].outcome for _, _, row in rows if row[index] is not None]  # type: ignore[union-attr]
        ran = [outcome for outcome in outcomes if outcome != SKIPPED]
        worst = FAILED if FAILED in ran else PASSED if ran else SKIPPED if outcomes else ""
        summary.append((worst, ran.count(PASSED), len(ran)))
    return summary


def _badge(reports: list[Report]) -> str:
    counts = [report.counts for report in reports]
    passed, failed = sum(count[PASSED] for count in counts), sum(count[FAILED] for count in counts)
    text = f"{failed} failed" if failed else f"{passed} passed"
    colour = RED if failed else GREEN if passed else AMBER
    left, right = 92, 16 + 7 * len(text)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" height="20" role="img" '
        f'aria-label="conformance: {text}"><title>conformance: {text}</title>'
        f'<rect width="{left}" height="20" fill="#444"/><rect x="{left}" width="{right}" height="20" fill="{colour}"/>'
        '<g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11" text-anchor="middle">'
        f'<text x="{left / 2}" y="14">conformance</text><text x="{left + right / 2}" y="14">{text}</text></g></svg>\n'
    )
