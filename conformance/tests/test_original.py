"""A server with nothing but the API of 2016 passes the profile `original`, and not `full`."""

from __future__ import annotations

from gym_http_conformance import cases, spec, wire
from gym_http_conformance.conversation import Rewrites
from gym_http_conformance.exchange import Reply, Request, document
from gym_http_conformance.http_target import HttpTarget
from gym_http_conformance.results import FAILED, PASSED
from gym_http_conformance.runner import Runner
from gym_http_conformance.servers import ReferenceServers

CONTRACT = spec.load()
NEW_KEYS = {"terminated", "truncated", "code", "documentation_url", "envs", "start", "dtype", "steps"}


class Server2016(Rewrites):
    """The reference server without what came later: 204 for nothing to say, no new keys, no exactly-once."""

    def to_server(self, request: Request) -> Request:
        later = {"idempotency-key", "accept-encoding"}
        headers = [(name, value) for name, value in request.headers if name.lower() not in later]
        return Request(request.method, request.target, headers, request.body)

    def from_server(self, request: Request, reply: Reply) -> Reply:
        if reply.body == b"{}":
            return Reply(204, [])
        if wire.media_type(reply.header("content-type")) != "application/json":
            return reply
        body = document(reply.headers, reply.body)
        for part in [body, body.get("info", {})]:
            for key in NEW_KEYS & set(part):
                del part[key]
        if request.target.rstrip("/").endswith("/reset"):
            body.pop("info", None)
        encoded = wire.dumps(body).encode()
        return Reply(
            reply.status, [("Content-Type", "application/json"), ("Content-Length", str(len(encoded)))], encoded
        )


def failures(profile: str, servers: ReferenceServers, limit: int) -> list[str]:
    """The first cases of the profile that fail."""
    runner = Runner(CONTRACT, HttpTarget(CONTRACT), "server", servers, profile, Server2016())
    found: list[str] = []
    ran = 0
    try:
        for case in cases.load(CONTRACT):
            if runner.selected(case) and case.server == "open" and len(found) < limit:
                result = runner.run(case)
                assert result.outcome in {PASSED, FAILED}, result.reason
                ran += 1
                found += [f"{result.id}: {result.reason}"] if result.outcome == FAILED else []
    finally:
        runner.close()
    assert ran
    return found


def test_passes_original(servers: ReferenceServers) -> None:
    assert failures("original", servers, 100) == []


def test_does_not_pass_full(servers: ReferenceServers) -> None:
    assert len(failures("full", servers, 10)) == 10
