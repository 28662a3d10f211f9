"""What a case expects of the messages that crossed the wire."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gym_http_conformance.exchange import Exchange, Headers, Reply, Request, document
from gym_http_conformance.matchers import mismatches

FIRST_PAUSE, LONGEST_PAUSE = 0.02, 1.0
SLACK = 0.3
"""Seconds that a busy machine may add to a pause."""


def exchange_mismatches(expected: dict[str, Any], exchanges: list[Exchange]) -> Iterator[str]:
    """What of a step's exchanges is not as its `wire` says."""
    if "attempts" in expected:
        yield from mismatches(expected["attempts"], len(exchanges), "attempts")
    if "one_reply" in expected and len({exchange.reply.body for exchange in exchanges if exchange.reply}) != 1:
        yield "the server answered the attempts with different bodies, so it acted more than once"
    if "request" in expected:
        yield from request_mismatches(expected["request"], exchanges[-1].request)
    if "response" in expected:
        yield from reply_mismatches(expected["response"], exchanges[-1].reply)


def pause_mismatches(expected: dict[str, Any], exchanges: list[Exchange]) -> Iterator[str]:
    """What of the time between a step's attempts is not as its `wire` says."""
    if "pauses" in expected:
        yield from mismatches(expected["pauses"], _pauses(exchanges), "seconds between attempts")
    if "backoff" in expected:
        yield from _backoff_mismatches(_pauses(exchanges))


def _pauses(exchanges: list[Exchange]) -> list[float]:
    """Seconds from each attempt's end to the next one's beginning."""
    ends = [exchange.ended or exchange.began for exchange in exchanges]
    return [round(after.began - end, 4) for end, after in zip(ends, exchanges[1:], strict=False)]


def _backoff_mismatches(pauses: list[float]) -> Iterator[str]:
    """Whether the attempts came as PROTOCOL.md says: at once, then after pauses that double and vary."""
    nominal = [min(FIRST_PAUSE * 2**index, LONGEST_PAUSE) for index in range(len(pauses) - 1)]
    if pauses and pauses[0] > SLACK:
        yield f"the first retry came after {pauses[0]} s, expected at once"
    for index, (pause, whole) in enumerate(zip(pauses[1:], nominal, strict=True), 2):
        if not whole / 2 - 0.002 <= pause <= whole + SLACK:
            yield f"retry {index} came after {pause} s, expected {whole / 2} to {whole} s"
    # only long pauses, in which a busy machine's delay is a small part
    factors = [pause / whole for pause, whole in zip(pauses[1:], nominal, strict=True) if whole >= 0.6]
    if len(factors) >= 5 and max(factors) - min(factors) < 0.12:
        yield f"the pauses do not vary: {pauses}"


def request_mismatches(expected: dict[str, Any], request: Request) -> Iterator[str]:
    for name in ("method", "path"):
        if name in expected:
            value = request.method if name == "method" else request.target
            yield from mismatches(expected[name], value, f"the request's {name}")
    yield from _message_mismatches(expected, request.headers, request.body, "the request's")


def reply_mismatches(expected: dict[str, Any], reply: Reply | None) -> Iterator[str]:
    if reply is None:
        yield "there was no reply"
        return
    if "status" in expected:
        yield from mismatches(expected["status"], reply.status, "the reply's status")
    yield from _message_mismatches(expected, reply.headers, reply.body, "the reply's")


def _message_mismatches(expected: dict[str, Any], headers: Headers, body: bytes, whose: str) -> Iterator[str]:
    wanted = {name.lower(): matcher for name, matcher in expected.get("headers", {}).items()}
    if wanted:
        yield from mismatches(wanted, {key.lower(): value for key, value in headers}, f"{whose} headers")
    if "body" in expected:
        try:
            found = document(headers, body)
        except ValueError:
            found = body.decode(errors="replace")
        yield from mismatches(expected["body"], "" if found is None and not body else found, f"{whose} body")
