"""Runs the steps of one case."""

from __future__ import annotations

import base64
import contextlib
import http.client
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from gym_http_conformance import check, wire
from gym_http_conformance.cases import Case, arguments, substitute
from gym_http_conformance.exchange import Exchange, Headers, Reply, Request, document
from gym_http_conformance.faults import Fault
from gym_http_conformance.http_target import HttpTarget, TargetError
from gym_http_conformance.matchers import mismatches, show
from gym_http_conformance.proxy import Proxy
from gym_http_conformance.servers import Endpoint

if TYPE_CHECKING:
    from gym_http_conformance.runner import Runner, Target

TIMEOUT = 10.0
"""Seconds that a client is told to wait where a case says nothing."""


class StepFailed(Exception):
    """A step did not go as its case expects."""

    def __init__(self, reason: str, exchanges: list[Exchange]) -> None:
        super().__init__(reason)
        self.reason, self.exchanges = reason, exchanges


class CaseRun:
    """One case under way: its variables, and the instances to close afterwards."""

    def __init__(self, runner: Runner, case: Case, endpoint: Endpoint, proxy: Proxy) -> None:
        self.runner, self.case, self.endpoint, self.proxy = runner, case, endpoint, proxy
        self.variables: dict[str, Any] = runner.variables(case, endpoint)
        self.token: str | None = None
        self.instances: list[str] = []

    def execute(self) -> None:
        """Run every step; raises `StepFailed` at the first that does not hold."""
        self.runner.suite.connect(self.endpoint.url, "json", TIMEOUT, self.endpoint.token)
        self._connect(self.case.connect)
        for number, step in enumerate(self.case.steps, 1):
            step = substitute(step, self.variables)
            what = f"step {number} ({_name(step)})"
            for _ in range(step.get("repeat", 1)):
                self._step(step, what)

    def clean_up(self) -> None:
        """Close what the case created, past the proxy and whatever it says."""
        self.proxy.end()
        for instance_id in self.instances:
            with contextlib.suppress(TargetError):
                self.runner.suite.call("env_close", {"instance_id": instance_id})

    def _creates(self, exchange: Exchange) -> bool:
        operation = self.runner.spec.route(exchange.request.method, exchange.request.target)
        return operation is not None and operation.id == "env_create" and not exchange.forged

    def _note_created(self, replies: list[Reply | None]) -> None:
        """Remember the instances that were made, also those whose reply was lost."""
        for reply in replies:
            if reply is not None and reply.status == 200:
                with contextlib.suppress(ValueError, TypeError, KeyError):
                    self.instances.append(document(reply.headers, reply.body)["instance_id"])

    def _step(self, step: dict[str, Any], what: str) -> None:
        if "sleep" in step:
            time.sleep(step["sleep"])
        elif "connect" in step:
            self._connect(step["connect"])
        elif "remove" in step:
            shutil.rmtree(step["remove"])
        elif "check" in step:
            self._hold(what, mismatches(step.get("returns"), step["check"]), [])
        elif "request" in step:
            self._request(step, what)
        else:
            self._call(step, what)

    def _connect(self, described: dict[str, Any]) -> None:
        token = described.get("token", self.endpoint.token)
        by_default = "default_token" in described and self.runner.kind == "client"
        timeout = described.get("timeout", TIMEOUT)
        self.token = token
        self.runner.target.connect(self.proxy.url, self.case.encoding, timeout, None if by_default else token)

    def _call(self, step: dict[str, Any], what: str) -> None:
        by_suite = "by" in step
        target: Target = self.runner.suite if by_suite else self.runner.target
        args = arguments(step.get("args"), self.runner.spec.operations[step["call"]])
        self.proxy.begin(Fault.of(step["fault"]) if "fault" in step else None)
        value, error = None, None
        try:
            value = target.call(step["call"], args)
        except TargetError as raised:
            error = raised.error
        exchanges = self.proxy.end()
        self._note_created([exchange.reply for exchange in exchanges if self._creates(exchange)])
        if by_suite and step["call"] == "env_create" and isinstance(value, dict):
            self.instances.append(value["instance_id"])
        if not by_suite:
            self.runner.count(exchanges)
            self._hold(what, self._violations(exchanges, what, error), exchanges)
        expected = step.get("raises")
        if expected is None and error is not None:
            raise StepFailed(f"{what}: expected success, came the error {show(error, 1000)}", exchanges)
        if expected is not None and error is None:
            raise StepFailed(f"{what}: expected the error {show(expected)}, came {show(value)}", exchanges)
        found = value if error is None else error
        self._hold(
            what, mismatches(step.get("returns", {"$any": True}) if error is None else expected, found), exchanges
        )
        self._hold(what, self._on_the_wire(step.get("wire", {}), exchanges), exchanges)
        self._capture(step, found, what, exchanges)

    def _violations(self, exchanges: list[Exchange], what: str, error: dict[str, Any] | None) -> Any:
        runner = self.runner
        if not exchanges:
            raised = "" if error is None else f"; the client raised {error['kind']}: {error.get('message')}"
            yield f"nothing crossed the wire{raised}"
        if runner.profile != "full":
            return
        for exchange in exchanges:
            if runner.kind == "client":
                yield from check.request_violations(runner.spec, exchange, self.token)
            yield from check.reply_violations(runner.spec, exchange)
        if runner.kind == "client":
            yield from check.key_violations(exchanges, runner.keys, f"{self.case.id} {what} {time.monotonic()}")

    def _on_the_wire(self, expected: dict[str, Any], exchanges: list[Exchange]) -> Any:
        if "attempts" in expected:
            yield from mismatches(expected["attempts"], len(exchanges), "attempts")
        if "request" in expected:
            yield from _request_mismatches(expected["request"], exchanges[-1].request)
        if "response" in expected:
            yield from _reply_mismatches(expected["response"], exchanges[-1].reply)

    def _request(self, step: dict[str, Any], what: str) -> None:
        request = self._written(step["request"])
        copies = step["request"].get("copies", 1)
        self.proxy.begin()
        try:
            if copies == 1:
                assert isinstance(self.runner.target, HttpTarget)
                replies = [self.runner.target.send(request)]
            else:
                with ThreadPoolExecutor(copies) as pool:
                    replies = list(pool.map(self._send_alone, [request] * copies))
        except (OSError, http.client.HTTPException) as error:
            raise StepFailed(f"{what}: the connection was lost: {error!r}", self.proxy.end()) from error
        exchanges = self.proxy.end()
        self._note_created([exchange.reply for exchange in exchanges if self._creates(exchange)])
        self.runner.count(exchanges)
        if self.runner.profile == "full":
            for exchange in exchanges:
                self._hold(what, check.reply_violations(self.runner.spec, exchange), exchanges)
        for reply in replies:
            self._hold(what, _reply_mismatches(step["response"], reply), exchanges)
            if reply.body != replies[0].body:
                raise StepFailed(f"{what}: the replies to copies of one request differ", exchanges)
        if "capture" in step:
            self._capture(step, wire.plain(document(replies[0].headers, replies[0].body)), what, exchanges)

    def _send_alone(self, request: Request) -> Reply:
        target = HttpTarget(self.runner.spec)
        target.connect(self.proxy.url, "json", TIMEOUT)
        try:
            return target.send(request)
        finally:
            target.close()

    def _written(self, described: dict[str, Any]) -> Request:
        """The request that a case writes out; its headers change the usual ones, and null takes one away."""
        base = self.proxy.url.removeprefix("http://")
        headers = {"Host": base, "Accept": "application/json"}
        if self.token is not None:
            headers["Authorization"] = f"Bearer {self.token}"
        method, target, body = described.get("method", ""), described.get("path", ""), b""
        if "operation" in described:
            operation = self.runner.spec.operations[described["operation"]]
            method = operation.method
            target, rest = operation.target(arguments(described.get("args"), operation))
            described = {**described, "json": rest} if method == "POST" else described
        if "body" in described:
            body = described["body"].encode()
        elif "base64" in described:
            body = base64.b64decode(described["base64"])
        elif "json" in described:
            headers["Content-Type"], body = wire.encode(described["json"], "json")
        elif "msgpack" in described:
            headers["Content-Type"], body = wire.encode(described["msgpack"], "msgpack")
        if body or method == "POST":
            headers["Content-Length"] = str(len(body))
        for name, value in described.get("headers", {}).items():
            headers.pop(name, None)
            if value is not None:
                headers[name] = value
        return Request(method, target, list(headers.items()), body)

    def _capture(self, step: dict[str, Any], value: Any, what: str, exchanges: list[Exchange]) -> None:
        for name, path in step.get("capture", {}).items():
            try:
                self.variables[name] = _at(value, path)
            except (KeyError, IndexError, TypeError, ValueError):
                raise StepFailed(f"{what}: nothing at {path!r} in {show(value)}", exchanges) from None

    def _hold(self, what: str, found: Any, exchanges: list[Exchange]) -> None:
        problems = list(found)
        if problems:
            raise StepFailed(f"{what}: " + "\n  ".join(problems[:10]), exchanges)


def _name(step: dict[str, Any]) -> str:
    if "call" in step:
        return str(step["call"])
    if "request" in step:
        request = step["request"]
        return str(request.get("operation") or f"{request['method']} {request['path']}")
    return next(iter(step))


def _at(value: Any, path: str) -> Any:
    for key in filter(None, path.split(".")):
        value = value[int(key)] if isinstance(value, list) else value[key]
    return value


def _headers(headers: Headers) -> dict[str, str]:
    return {key.lower(): value for key, value in headers}


def _request_mismatches(expected: dict[str, Any], request: Request) -> Any:
    for name in ("method", "path"):
        if name in expected:
            value = request.method if name == "method" else request.target
            yield from mismatches(expected[name], value, f"the request's {name}")
    yield from _message_mismatches(expected, request.headers, request.body, "the request's")


def _reply_mismatches(expected: dict[str, Any], reply: Reply | None) -> Any:
    if reply is None:
        yield "there was no reply"
        return
    if "status" in expected:
        yield from mismatches(expected["status"], reply.status, "the reply's status")
    yield from _message_mismatches(expected, reply.headers, reply.body, "the reply's")


def _message_mismatches(expected: dict[str, Any], headers: Headers, body: bytes, whose: str) -> Any:
    wanted = {name.lower(): matcher for name, matcher in expected.get("headers", {}).items()}
    if wanted:
        yield from mismatches(wanted, _headers(headers), f"{whose} headers")
    if "body" in expected:
        try:
            found = document(headers, body)
        except ValueError:
            found = body.decode(errors="replace")
        yield from mismatches(expected["body"], "" if found is None and not body else found, f"{whose} body")
