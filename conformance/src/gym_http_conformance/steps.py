"""Runs the steps of one case."""

from __future__ import annotations

import contextlib
import http.client
import shutil
import socket
import time
import urllib.parse
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from gym_http_conformance import contract_check, raw_request, spaces, wire
from gym_http_conformance.cases import Case, arguments, substitute
from gym_http_conformance.context import Context
from gym_http_conformance.exchange import Exchange, Reply, Request, document
from gym_http_conformance.faults import Listed
from gym_http_conformance.http_target import HttpTarget
from gym_http_conformance.matchers import mismatches, show
from gym_http_conformance.proxy import Proxy
from gym_http_conformance.servers import Endpoint
from gym_http_conformance.target import GRACE, Connection, Target, TargetError
from gym_http_conformance.wire_expectations import exchange_mismatches, pause_mismatches, reply_mismatches
from gym_http_conformance.written_request import written_request

RAISE = (
    "Turn a reply that is not 200 into an api error with its status, code and message, and what cannot be read into a "
    "decode error."
)
END_IN_TIME = "Let the timeout cover the whole call: connecting, sending, every byte of the reply, retries and pauses."


class StepFailed(Exception):
    """A step did not go as its case expects; `fix` says what to change where that is not what the case says.

    `late` says that it was a matter of time, which on a busy machine need not be the target's fault.
    """

    def __init__(self, reason: str, exchanges: list[Exchange], fix: str | None = None, late: bool = False) -> None:
        super().__init__(reason)
        self.reason, self.exchanges, self.fix, self.late = reason, exchanges, fix, late


class CaseRun:
    """One case under way: its variables, and the instances to close afterwards."""

    def __init__(
        self, context: Context, case: Case, endpoint: Endpoint, proxy: Proxy, variables: dict[str, Any]
    ) -> None:
        self.context, self.case, self.endpoint, self.proxy = context, case, endpoint, proxy
        self.variables = variables
        self.token: str | None = None
        self.connection = Connection(proxy.url)
        self._refusing: socket.socket | None = None
        self._call_label = ""
        self._given_up: set[tuple[str, str | None]] = set()
        self.instances: list[str] = []

    def execute(self) -> None:
        """Run every step; raises `StepFailed` at the first that does not hold."""
        self.context.suite.connect(Connection(self.endpoint.url, token=self.endpoint.token))
        self._connect(self.case.connect)
        for number, step in enumerate(self.case.steps, 1):
            what, values = "", []
            for turn in range(1, step.get("repeat", 1) + 1):
                self.variables["turn"] = turn
                filled = self._filled(step)
                what = f"step {number} ({_name(filled)})"
                values.append(self._step(filled, what))
            if "varies" in step and len({show(_at(value, step["varies"])) for value in values}) == 1:
                raise StepFailed(f"{what}: {step['varies']} is {show(_at(values[0], step['varies']))} every time", [])

    def _filled(self, step: dict[str, Any]) -> dict[str, Any]:
        """The step with its variables filled in, and escaped where they stand in a path that is written out."""
        filled: dict[str, Any] = substitute(step, self.variables)
        if "path" in step.get("request", {}):
            escaped = {name: urllib.parse.quote(str(value), safe="") for name, value in self.variables.items()}
            filled["request"]["path"] = substitute(step["request"]["path"], escaped)
        return filled

    def clean_up(self) -> None:
        """Close what the case created, past the proxy and whatever it says."""
        self.proxy.end()
        if self._refusing is not None:
            self._refusing.close()
        for instance_id in self.instances:
            with contextlib.suppress(TargetError):
                self.context.suite.call("env_close", {"instance_id": instance_id})

    def _creates(self, exchange: Exchange) -> bool:
        operation = self.context.spec.route(exchange.request.method, exchange.request.target)
        return operation is not None and operation.id == "env_create" and not exchange.forged

    def _note_created(self, replies: list[Reply | None]) -> None:
        """Remember the instances that were made, also those whose reply was lost."""
        for reply in replies:
            if reply is not None and reply.status == 200:
                with contextlib.suppress(ValueError, TypeError, KeyError):
                    self.instances.append(document(reply.headers, reply.body)["instance_id"])

    def _step(self, step: dict[str, Any], what: str) -> Any:
        """The value that a call came to; of other steps, nothing."""
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
        elif "raw" in step:
            self._raw(step, what)
        else:
            return self._call(step, what)
        return None

    def _connect(self, described: dict[str, Any]) -> None:
        self.token = described.get("token", self.endpoint.token)
        base = self._refusing_url() if "at" in described else self.proxy.url
        self.connection = self.case.connection(described, base, self.endpoint.token)
        self.context.target.connect(self.connection)

    def _refusing_url(self) -> str:
        """An address whose port is taken, so that nobody else listens there, and refuses connections."""
        if self._refusing is None:
            self._refusing = socket.socket()
            self._refusing.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{self._refusing.getsockname()[1]}"

    def _call(self, step: dict[str, Any], what: str) -> Any:
        by_suite = "by" in step
        target: Target = self.context.suite if by_suite else self.context.target
        args = arguments(step.get("args"), self.context.spec.operations[step["call"]])
        again = "retry" in step
        self.proxy.begin(Listed(step["fault"]) if "fault" in step else None)
        value, error = None, None
        began = time.monotonic()
        try:
            value = target.call("retry", {}) if again else target.call(step["call"], args)
        except TargetError as raised:
            error = raised.error
        took = time.monotonic() - began
        exchanges = [exchange for exchange in self.proxy.end() if again or not self._left_behind(exchange)]
        self._given_up = {_mark(exchange) for exchange in exchanges} if error is not None else set()
        self._note_created([exchange.reply for exchange in exchanges if self._creates(exchange)])
        if by_suite and step["call"] == "env_create" and isinstance(value, dict):
            self.instances.append(value["instance_id"])
        if not by_suite:
            self.context.count(exchanges)
            if not again:
                self._call_label = f"{self.case.id} {what} {began}"
            self._hold(what, self._violations(exchanges, error, again), exchanges, self._contract_fix(exchanges))
            self._hold(what, self._late(took), exchanges, END_IN_TIME, late=True)
            if "took" in step:
                self._hold(what, mismatches(step["took"], took, "the call's seconds"), exchanges, late=True)
        expected = step.get("raises")
        late = error is not None and error["kind"] == "timeout"  # where that is not expected, as on a busy machine
        if expected is None and error is not None:
            raise StepFailed(f"{what}: expected success, came the error {show(error, 1000)}", exchanges, late=late)
        if expected is not None and error is None:
            fix = RAISE if self.context.kind == "client" and "server" in self.case.targets else None
            raise StepFailed(f"{what}: expected the error {show(expected)}, came {show(value)}", exchanges, fix)
        if step["call"] in spaces.OPERATIONS:
            value = spaces.complete(self.context.spec, value)
        found = value if error is None else error
        wanted = step.get("returns", {"$any": True}) if error is None else expected
        self._hold(what, mismatches(wanted, found), exchanges, late=late)
        self._hold(what, exchange_mismatches(step.get("wire", {}), exchanges), exchanges)
        self._hold(what, pause_mismatches(step.get("wire", {}), exchanges), exchanges, late=True)
        self._capture(step, found, what, exchanges)
        return found

    def _violations(self, exchanges: list[Exchange], error: dict[str, Any] | None, again: bool) -> Iterator[str]:
        context = self.context
        if not exchanges and self.connection.base == self.proxy.url:
            raised = "" if error is None else f"; the client raised {error['kind']}: {error.get('message')}"
            yield f"nothing crossed the wire{raised}"
        if context.profile != "full":
            return
        for exchange in exchanges:
            if context.kind == "client":
                yield from contract_check.request_violations(context.spec, exchange, self.token)
            yield from contract_check.reply_violations(context.spec, exchange)
        if context.kind == "client":
            keys, label = context.keys, self._call_label
            if again and any(
                keys.get(exchange.request.header("idempotency-key") or "") != label for exchange in exchanges
            ):
                yield "the repeated call does not carry the Idempotency-Key of the call that failed"
            yield from contract_check.attempt_violations(context.spec, exchanges, keys, label)

    def _left_behind(self, exchange: Exchange) -> bool:
        """Whether it is an attempt of the call before, which gave up while the attempt was on its way."""
        return exchange.request.method == "POST" and _mark(exchange) in self._given_up

    def _late(self, took: float) -> Iterator[str]:
        if self.context.kind == "client" and took > self.connection.timeout + GRACE:
            yield f"the call took {took:.3f} s, its timeout is {self.connection.timeout} s"

    def _contract_fix(self, exchanges: list[Exchange]) -> str | None:
        """What to change where the traffic is against the contract."""
        routes = [self.context.spec.route(exchange.request.method, exchange.request.target) for exchange in exchanges]
        names = ", ".join(dict.fromkeys(route.id for route in routes if route is not None))
        if not exchanges:
            return None
        if self.context.kind == "server":
            return f"Make the reply what spec/openapi.yaml says of {names or 'a path that it does not have'}."
        return (
            f"Make the request what spec/openapi.yaml says of {names or 'its operations'}, and as PROTOCOL.md has it: "
            "a new Idempotency-Key for each POST, the same for each of its attempts, the token as a bearer token."
        )

    def _request(self, step: dict[str, Any], what: str) -> None:
        host = self.proxy.url.removeprefix("http://")
        request = written_request(step["request"], self.context.spec, host, self.token)
        copies = step["request"].get("copies", 1)
        self.proxy.begin()
        try:
            if copies == 1:
                assert isinstance(self.context.target, HttpTarget)
                replies = [self.context.target.send(request)]
            else:
                with ThreadPoolExecutor(copies) as pool:
                    replies = list(pool.map(self._send_alone, [request] * copies))
        except (OSError, http.client.HTTPException) as error:
            raise StepFailed(f"{what}: the connection was lost: {error!r}", self.proxy.end()) from error
        exchanges = self.proxy.end()
        self._note_created([exchange.reply for exchange in exchanges if self._creates(exchange)])
        self.context.count(exchanges)
        if self.context.profile == "full":
            for exchange in exchanges:
                found = contract_check.reply_violations(self.context.spec, exchange)
                self._hold(what, found, exchanges, self._contract_fix([exchange]))
        for reply in replies:
            self._hold(what, reply_mismatches(step["response"], reply), exchanges)
            if reply.body != replies[0].body:
                raise StepFailed(f"{what}: the replies to copies of one request differ", exchanges)
        if "capture" in step:
            self._capture(step, wire.plain(document(replies[0].headers, replies[0].body)), what, exchanges)

    def _raw(self, step: dict[str, Any], what: str) -> None:
        try:
            reply = raw_request.send(self.endpoint.address, step["raw"])
        except (raw_request.Unanswered, OSError) as error:
            raise StepFailed(f"{what}: {error}", []) from error
        if reply is not None:
            self._hold(what, reply_mismatches(step["response"], reply), [])

    def _send_alone(self, request: Request) -> Reply:
        target = HttpTarget(self.context.spec)
        target.connect(Connection(self.proxy.url))
        try:
            return target.send(request)
        finally:
            target.close()

    def _capture(self, step: dict[str, Any], value: Any, what: str, exchanges: list[Exchange]) -> None:
        for name, path in step.get("capture", {}).items():
            try:
                self.variables[name] = _at(value, path)
            except (KeyError, IndexError, TypeError, ValueError):
                raise StepFailed(f"{what}: nothing at {path!r} in {show(value)}", exchanges) from None

    def _hold(
        self, what: str, found: Iterable[str], exchanges: list[Exchange], fix: str | None = None, late: bool = False
    ) -> None:
        problems = list(found)
        if problems:
            raise StepFailed(f"{what}: " + "\n  ".join(problems[:10]), exchanges, fix, late)


def _name(step: dict[str, Any]) -> str:
    if "call" in step:
        return str(step["call"])
    if "request" in step:
        request = step["request"]
        return str(request.get("operation") or f"{request['method']} {request['path']}")
    return next(iter(step))


def _mark(exchange: Exchange) -> tuple[str, str | None]:
    return exchange.request.target, exchange.request.header("idempotency-key")


def _at(value: Any, path: str) -> Any:
    for key in filter(None, path.split(".")):
        value = value[int(key)] if isinstance(value, list) else value[key]
    return value
