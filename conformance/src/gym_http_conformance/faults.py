"""What the proxy can do to an exchange: the `fault` of a step."""

from __future__ import annotations

import random
import threading
from dataclasses import dataclass
from typing import Any, Protocol

from gym_http_conformance import wire
from gym_http_conformance.exchange import Headers, Reply


@dataclass(frozen=True)
class Fault:
    """What one exchange suffers; case.schema.json says what each kind does."""

    reply: Reply | None = None
    content_type: str | None = None
    cut_whole: int | None = None
    drop_reply: bool = False
    close: bool = False
    silent: bool = False
    cut_request: int | None = None
    cut_head: int | None = None
    cut: int | None = None
    delay: float = 0.0
    drip: float = 0.0

    def rewritten(self, reply: Reply) -> Reply:
        """`reply` under another content type, or cut to a whole but shorter body."""
        body = reply.body if self.cut_whole is None else reply.body[: self.cut_whole]
        changed = {"content-length": str(len(body))}
        if self.content_type is not None:
            changed["content-type"] = self.content_type
        kept = [(key, value) for key, value in reply.headers if key.lower() not in {*changed, "transfer-encoding"}]
        return Reply(reply.status, kept + list(changed.items()), body)


class Faults(Protocol):
    """Tells for each exchange, in the order of their arrival, what it suffers; asked by several threads."""

    def next(self) -> Fault | None: ...


class Listed:
    """The faults that a case describes: one, or several one after the other, each for its number of `times`."""

    def __init__(self, described: dict[str, Any] | list[dict[str, Any]]) -> None:
        entries = [dict(entry) for entry in (described if isinstance(described, list) else [described])]
        self._left: list[tuple[float, Fault]] = [(entry.pop("times", float("inf")), _fault(entry)) for entry in entries]
        self._lock = threading.Lock()

    def next(self) -> Fault | None:
        with self._lock:
            while self._left:
                times, fault = self._left[0]
                if times > 0:
                    self._left[0] = (times - 1, fault)
                    return fault
                self._left.pop(0)
            return None


class Chance:
    """Drops replies and cuts requests at random: each exchange with these probabilities, reproducibly by the seed."""

    def __init__(self, drop: float, cut: float, seed: int) -> None:
        self.drop, self.cut = drop, cut
        self._random = random.Random(seed)
        self._lock = threading.Lock()

    def next(self) -> Fault | None:
        with self._lock:
            drawn, length = self._random.random(), self._random.randrange(40)
        if drawn < self.drop:
            return Fault(drop_reply=True)
        return Fault(cut_request=length) if drawn < self.drop + self.cut else None


def _fault(described: dict[str, Any]) -> Fault:
    rest = dict(described)
    forged = rest.pop("reply", None)
    rewrite = rest.pop("rewrite", {})
    return Fault(
        reply=None if forged is None else _forge(forged),
        content_type=rewrite.get("content_type"),
        cut_whole=rewrite.get("cut"),
        **rest,
    )


def _forge(described: dict[str, Any]) -> Reply:
    headers: Headers = [(key, str(value)) for key, value in described.get("headers", {}).items()]
    if "json" in described:
        body = wire.dumps(described["json"]).encode()
        headers.append(("Content-Type", "application/json"))
    else:
        body = described.get("body", "").encode()
    return Reply(int(described.get("status", 200)), [*headers, ("Content-Length", str(len(body)))], body)
