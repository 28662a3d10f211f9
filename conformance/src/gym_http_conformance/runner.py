"""Runs cases against a target through the recording proxy."""

from __future__ import annotations

import secrets
import tempfile
import threading
import time
import traceback
from pathlib import Path
from typing import Any

from gym_http_conformance import wire
from gym_http_conformance.cases import Case
from gym_http_conformance.context import Context
from gym_http_conformance.conversation import Rewrites
from gym_http_conformance.driver_target import DriverError
from gym_http_conformance.http_target import HttpTarget
from gym_http_conformance.proxy import Proxy
from gym_http_conformance.reference_servers import IDLE_SECONDS, MAX_BODY
from gym_http_conformance.results import FAILED, PASSED, SKIPPED, Result
from gym_http_conformance.servers import Endpoint, ServerError, Servers
from gym_http_conformance.spec import Spec
from gym_http_conformance.steps import CaseRun, StepFailed
from gym_http_conformance.target import Connection, Target

MISSING = {
    "envs": "the server does not have the environments of gym_http_conformance.envs (ours: --import)",
    "files": (
        "the server writes no monitor where the suite can read it: it must run on this machine, and have been started "
        f"with a --monitor-root that contains {tempfile.gettempdir()}"
    ),
    "limits": "needs a server with small limits (--max-instances, --max-envs, --max-body)",
    "idle": "needs a server with a short --idle-timeout",
    "token": "needs a server with a token",
    "api-key": "needs a server with an --api-key",
    "int64": "the target has no integers beyond 53 bits",
    "throwaway": "would stop the server under test, at least if it did not refuse",
    "guarded": "needs a server with a token, small limits and a short --idle-timeout",
}

ATTEMPTS_IN_TIME = 3
"""How often a case is run that fails for nothing but time: a busy machine delays some calls, a wrong target all."""
MEND_THE_DRIVER = (
    "Let the driver answer each line with one line of JSON within 20 seconds, and catch the client's four errors but "
    "no other: one that is none of them is a bug of the client, told above (PROTOCOL.md)."
)


class Runner:
    """Runs cases of one profile against `target`; `kind` is "server" or "client"."""

    def __init__(
        self,
        spec: Spec,
        target: Target,
        kind: str,
        sources: Servers,
        profile: str = "full",
        rewrites: Rewrites | None = None,
    ) -> None:
        self.context = Context(spec, target, kind, profile, HttpTarget(spec))
        self.sources, self.rewrites = sources, rewrites
        self._proxies: dict[str, Proxy] = {}
        self._idling: threading.Thread | None = None
        self._gone: str | None = None
        self._introduced = False

    def selected(self, case: Case) -> bool:
        """Whether the case is meant for this kind of target and profile."""
        profile = self.context.profile
        return self.context.kind in case.targets and (
            profile == "full" or (case.profile == profile and case.encoding == "json")
        )

    def prepare(self, cases: list[Case]) -> None:
        self.sources.prepare(sorted({case.server for case in cases} - {"throwaway"}))
        if any("idle" in case.needs for case in cases):
            self._idling = threading.Thread(target=self._leave_one_idle, daemon=True)
            self._idling.start()

    def run(self, case: Case) -> Result:
        """The case's result; an exception is the suite's own mistake, or a server or driver that does not start."""
        began = time.monotonic()
        endpoint = self.sources.get(case.server)
        if endpoint is not None and not self._introduced:
            self._introduce(endpoint)
        missing = MISSING[case.server] if endpoint is None else self._missing(case, endpoint)
        outcome, reason, fix, exchanges = SKIPPED, missing, "", ""
        if endpoint is not None and not missing:
            outcome, reason, fix, exchanges = self._run_in_time(case, endpoint)
        seconds = time.monotonic() - began
        return Result(
            case.id, case.title, outcome, case.covers, seconds, self._redact(reason), fix, self._redact(exchanges)
        )

    def _run_in_time(self, case: Case, endpoint: Endpoint) -> tuple[str, str, str, str]:
        """Outcome, reason, what to change, and traffic; what came too late or too early is tried again."""
        for attempt in range(ATTEMPTS_IN_TIME):
            run = CaseRun(self.context, case, endpoint, self.proxy(endpoint), self.variables(case, endpoint))
            try:
                run.execute()
                return PASSED, "", "", ""
            except StepFailed as failure:
                if not failure.late or attempt == ATTEMPTS_IN_TIME - 1:
                    fix = failure.fix or case.fix_of(self.context.kind)
                    return FAILED, failure.reason, fix, "\n\n".join(map(str, failure.exchanges))
                endpoint = self.sources.get(case.server) or endpoint
            except DriverError as error:
                exchanges = "\n\n".join(map(str, run.proxy.end()))
                return FAILED, f"the driver failed: {error}", MEND_THE_DRIVER, exchanges
            except Exception as error:  # whatever a strange target makes the suite stumble over: the next case may pass
                reason = f"the suite stumbled over what came: {type(error).__name__}: {error}"
                exchanges = "\n\n".join([*map(str, run.proxy.end()), traceback.format_exc()])
                return FAILED, reason, case.fix_of(self.context.kind), exchanges
            finally:
                run.clean_up()
        raise AssertionError

    def proxy(self, endpoint: Endpoint) -> Proxy:
        """The proxy before `endpoint`."""
        if endpoint.url not in self._proxies:
            self._proxies[endpoint.url] = Proxy(endpoint.address, self.rewrites)
        return self._proxies[endpoint.url]

    def close(self) -> None:
        if self._idling is not None:
            self._idling.join()
        self.context.target.close()
        self.context.suite.close()
        for proxy in self._proxies.values():
            proxy.close()

    def variables(self, case: Case, endpoint: Endpoint) -> dict[str, Any]:
        """The built-in variables: `tmp` (a path not yet there, where the server may write), `gone` (an instance that
        was reaped), `token`, `api_key`, `random` (new for each case), `long` (more than the guarded server takes),
        `media_type` (of the case's encoding), `host` (of the server itself)."""
        name = secrets.token_hex(6)
        found = {
            "host": endpoint.url.removeprefix("http://"),
            "token": endpoint.token,
            "api_key": endpoint.api_key,
            "random": name,
            "media_type": wire.MSGPACK if case.encoding == "msgpack" else "application/json",
            "long": "x" * (MAX_BODY + 1),
        }
        if "files" in endpoint.has:
            found["tmp"] = str((endpoint.directory or Path()) / f"{case.id.replace('@', '-')[:60]}-{name}")
        if "idle" in case.needs and "idle" in endpoint.has:
            found["gone"] = self._reaped(endpoint)
        return found

    def _redact(self, text: str) -> str:
        """`text` without the token, since reports are published."""
        return text.replace(self.sources.token, "<the token>") if self.sources.token else text

    def _introduce(self, endpoint: Endpoint) -> None:
        """Connect the target, so that it is known what it lacks; raises `DriverError` where no case could run."""
        try:
            self.context.target.connect(Connection(self.proxy(endpoint).url, token=endpoint.token))
        except DriverError as error:
            hint = "it must answer each line with one line of JSON, and flush that at once (PROTOCOL.md)"
            raise DriverError(f"the driver does not get through its first connect: {error}\n{hint}") from error
        self._introduced = True

    def _missing(self, case: Case, endpoint: Endpoint) -> str:
        """Why the case cannot run here, or nothing."""
        if case.encoding not in self.context.target.encodings:
            return f"the target does not speak {case.encoding}"
        face = case.connect.get("face", "flat")
        if face not in self.context.target.faces:
            return f"the target has no {face} face"
        lacking = case.operations - self.context.target.operations
        if lacking:
            return f"the target lacks {', '.join(sorted(lacking))}"
        has = endpoint.has | ({"int64"} if self.context.target.integers >= 64 else set())
        return "; ".join(MISSING[need] for need in case.needs if need not in has)

    def _leave_one_idle(self) -> None:
        """Create the instance that is `gone` later, while the cases of other servers run."""
        endpoint = self.sources.get("guarded")
        if endpoint is not None and "idle" in endpoint.has:
            suite = HttpTarget(self.context.spec)
            suite.connect(Connection(endpoint.url, token=endpoint.token))
            self._gone = suite.call("env_create", {"env_id": "CartPole-v1"})["instance_id"]
            suite.close()

    def _reaped(self, endpoint: Endpoint) -> str:
        """The id of an instance that the server has closed because nobody used it."""
        if self._idling is not None:
            self._idling.join()
        if self._gone is None:
            raise ServerError("no instance could be left to idle")
        self.context.suite.connect(Connection(endpoint.url, token=endpoint.token))
        deadline = time.monotonic() + 20 * IDLE_SECONDS
        while self._gone in self.context.suite.call("env_list_all", {})["all_envs"]:
            if time.monotonic() > deadline:
                raise ServerError(f"an idle instance lives on after {IDLE_SECONDS} s")
            time.sleep(0.05)
        return self._gone
