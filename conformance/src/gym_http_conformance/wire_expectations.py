"""What a case expects of the messages that crossed the wire."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gym_http_conformance.exchange import Exchange, Headers, Reply, Request, document
from gym_http_conformance.matchers import mismatches


def exchange_mismatches(expected: dict[str, Any], exchanges: list[Exchange]) -> Iterator[str]:
    """What of a step's exchanges is not as its `wire` says."""
    if "attempts" in expected:
        yield from mismatches(expected["attempts"], len(exchanges), "attempts")
    if "request" in expected:
        yield from request_mismatches(expected["request"], exchanges[-1].request)
    if "response" in expected:
        yield from reply_mismatches(expected["response"], exchanges[-1].reply)


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
