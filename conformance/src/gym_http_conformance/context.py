"""What the cases of one run share."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field

from gym_http_conformance.exchange import Exchange, Reply, document
from gym_http_conformance.http_target import HttpTarget
from gym_http_conformance.spec import Spec
from gym_http_conformance.target import Target


@dataclass
class Context:
    """The contract, the target, the suite's own HTTP beside it, and what was seen of the target's traffic so far.

    `kind` is "server" or "client"; `seen` counts the statuses of each operation, `codes` are a server's errors by
    operation, status and code, `keys` tells which call used an Idempotency-Key.
    """

    spec: Spec
    target: Target
    kind: str
    profile: str
    suite: HttpTarget
    seen: dict[str, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))
    codes: set[tuple[str, int, str]] = field(default_factory=set)
    keys: dict[str, str] = field(default_factory=dict)

    def count(self, exchanges: list[Exchange]) -> None:
        """Note the statuses of `exchanges`; a forged reply counts for a client only, which must understand it."""
        for exchange in exchanges:
            operation = self.spec.route(exchange.request.method, exchange.request.target)
            if operation is not None and exchange.reply is not None and (self.kind == "client" or not exchange.forged):
                counted = operation.form_of or operation.id if self.kind == "client" else operation.id
                self.seen[counted][exchange.reply.status] += 1
                if self.kind == "server" and exchange.reply.status >= 400:
                    self.codes.add((counted, exchange.reply.status, _code(exchange.reply)))


def _code(reply: Reply) -> str:
    """The error's code, or nothing where the reply is not as the contract has it, which other checks tell."""
    try:
        return str(document(reply.headers, reply.body)["code"])
    except (ValueError, TypeError, KeyError):
        return ""
