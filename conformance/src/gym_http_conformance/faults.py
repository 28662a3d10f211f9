"""What the proxy can do to an exchange: the `fault` of a step."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any

from gym_http_conformance import wire
from gym_http_conformance.exchange import Headers, Reply


@dataclass
class Fault:
    """One fault, for the next `times` exchanges (`None`: for all until the step ends)."""

    reply: Reply | None = None
    content_type: str | None = None
    cut_whole: int | None = None
    drop_reply: bool = False
    close: bool = False
    cut: int | None = None
    delay: float = 0.0
    times: int | None = None

    def __post_init__(self) -> None:
        self._lock = threading.Lock()

    @classmethod
    def of(cls, described: dict[str, Any]) -> Fault:
        """The fault that a case describes."""
        rest = dict(described)
        forged = rest.pop("reply", None)
        rewrite = rest.pop("rewrite", {})
        return cls(
            reply=None if forged is None else _forge(forged),
            content_type=rewrite.get("content_type"),
            cut_whole=rewrite.get("cut"),
            **rest,
        )

    def strike(self) -> bool:
        """Whether this exchange suffers the fault; counts down."""
        with self._lock:
            if self.times is None:
                return True
            self.times -= 1
            return self.times >= 0

    def rewritten(self, reply: Reply) -> Reply:
        """`reply` under another content type, or cut to a whole but shorter body."""
        body = reply.body if self.cut_whole is None else reply.body[: self.cut_whole]
        changed = {"content-length": str(len(body))}
        if self.content_type is not None:
            changed["content-type"] = self.content_type
        kept = [(key, value) for key, value in reply.headers if key.lower() not in {*changed, "transfer-encoding"}]
        return Reply(reply.status, kept + list(changed.items()), body)


def _forge(described: dict[str, Any]) -> Reply:
    headers: Headers = [(key, str(value)) for key, value in described.get("headers", {}).items()]
    if "json" in described:
        body = wire.dumps(described["json"]).encode()
        headers.append(("Content-Type", "application/json"))
    else:
        body = described.get("body", "").encode()
    return Reply(int(described.get("status", 200)), [*headers, ("Content-Length", str(len(body)))], body)
