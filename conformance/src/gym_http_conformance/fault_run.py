"""Many steps through a proxy that breaks connections at random: no step may be lost, doubled or late."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from tqdm import tqdm

from gym_http_conformance.exchange import Exchange
from gym_http_conformance.faults import Chance
from gym_http_conformance.http_target import HttpTarget
from gym_http_conformance.matchers import mismatches, show
from gym_http_conformance.proxy import Proxy
from gym_http_conformance.servers import ServerError, Servers
from gym_http_conformance.spec import Spec
from gym_http_conformance.target import GRACE, Connection, Target, TargetError


@dataclass(frozen=True)
class FaultRunOptions:
    """How many steps, in which environment, and how bad the network is; the command line's options by their names.

    `drop` and `cut` are the shares of exchanges whose reply is dropped and whose request is cut. `timeout` is in
    seconds. `seed` decides actions, episodes and faults.
    """

    steps: int = 10_000
    drop: float = 0.15
    cut: float = 0.10
    seed: int = 0
    env_id: str = "CartPole-v1"
    face: str = "flat"
    encoding: str | None = None
    timeout: float = 10.0


class Differs(Exception):
    """A call failed, came late, or gave something else than the local environment; the message tells which and what."""


@dataclass
class Tally:
    """What happened."""

    episodes: int = 0
    calls: int = 0
    attempts: Counter[str] = field(default_factory=Counter)
    longest: float = 0.0

    def add(self, exchanges: list[Exchange], took: float) -> None:
        self.calls += 1
        self.longest = max(self.longest, took)
        for exchange in exchanges:
            self.attempts["cut" if not exchange.request.whole else "dropped" if exchange.note else "unharmed"] += 1

    def __str__(self) -> str:
        attempts, made = self.attempts, sum(self.attempts.values())
        return (
            f"{self.episodes} episodes, {self.calls} calls in {made} attempts: {attempts['dropped']} replies dropped, "
            f"{attempts['cut']} requests cut; the longest call took {self.longest:.2f} s"
        )


class FaultRun:
    """The same episodes in a local environment and through `target`, which reaches the server over the bad network."""

    def __init__(self, spec: Spec, target: Target, sources: Servers, options: FaultRunOptions) -> None:
        endpoint = sources.get("open")
        if endpoint is None:
            raise ServerError("the fault run needs a server")
        self.target, self.options = target, options
        self._exchanges: list[Exchange] = []
        self.local = _make(options.env_id)
        self.tally = Tally()
        self.suite = HttpTarget(spec)
        self.suite.connect(Connection(endpoint.url, token=endpoint.token))
        self.proxy = Proxy(endpoint.address)
        self.chance = Chance(options.drop, options.cut, options.seed)
        face = None if options.face == "flat" else options.face
        connection = Connection(self.proxy.url, options.encoding, options.timeout, endpoint.token, face=face)
        target.connect(connection)
        if options.face not in target.faces:
            raise ServerError(f"the target has no {options.face} face")

    def run(self) -> Tally:
        """Take all the steps; raises `Differs` at the first that is not as it is locally."""
        options, local = self.options, self.local
        local.action_space.seed(options.seed)
        instance_id = self._call("env_create", {"env_id": options.env_id})["instance_id"]
        here = {"instance_id": instance_id}
        over = True
        for _ in tqdm(range(options.steps), unit="step", disable=None, leave=False):
            if over:
                self._reset(here)
            action = local.action_space.sample()
            observation, reward, terminated, truncated, _info = local.step(action)
            over = terminated or truncated
            expected = {"observation": observation, "reward": float(reward), "terminated": terminated}
            value = self._call("env_step", {**here, "action": _plain(action)})
            self._compare("env_step", {**expected, "truncated": truncated}, value)
        self._compare("env_info", {"steps": options.steps}, self.suite.call("env_info", here))
        self._call("env_close", here)
        return self.tally

    def close(self) -> None:
        self.target.close()
        self.suite.close()
        self.proxy.close()
        self.local.close()

    def _reset(self, here: dict[str, Any]) -> None:
        seed = self.options.seed + self.tally.episodes
        self.tally.episodes += 1
        observation, _info = self.local.reset(seed=seed)
        self._compare("env_reset", {"observation": observation}, self._call("env_reset", {**here, "seed": seed}))

    def _call(self, operation_id: str, args: dict[str, Any]) -> Any:
        self.proxy.begin(self.chance)
        began = time.monotonic()
        try:
            value = self.target.call(operation_id, args)
        except TargetError as error:
            raise Differs(f"{self._where(operation_id)}: {show(error.error)}{self._traffic()}") from error
        took = time.monotonic() - began
        self._exchanges = self.proxy.end()
        self.tally.add(self._exchanges, took)
        if took > self.options.timeout + GRACE:
            raise Differs(f"{self._where(operation_id)} took {took:.3f} s, its timeout is {self.options.timeout} s")
        made = {e.reply.body for e in self._exchanges if e.reply and operation_id == "env_create" and e.request.body}
        if len(made) > 1:
            raise Differs(f"env_create made more than one instance{self._traffic()}")
        return value

    def _compare(self, operation_id: str, expected: dict[str, Any], value: Any) -> None:
        wanted = {key: {"$same": _plain(inner)} for key, inner in expected.items()}
        problems = list(mismatches(wanted, value))
        if problems:
            raise Differs(f"{self._where(operation_id)}: {'; '.join(problems)}{self._traffic()}")

    def _where(self, operation_id: str) -> str:
        return f"call {self.tally.calls + 1}, episode {self.tally.episodes}, {operation_id}"

    def _traffic(self) -> str:
        return "".join(f"\n\n{exchange}" for exchange in self.proxy.end() or self._exchanges)


def _make(env_id: str) -> Any:
    try:
        import gymnasium
    except ImportError as error:
        raise ServerError(
            "the fault run needs Gymnasium here, too: pip install 'gym-http-conformance[envs]'"
        ) from error
    return gymnasium.make(env_id)


def _plain(value: Any) -> Any:
    return value.tolist() if hasattr(value, "tolist") else value
