"""Requests from the bytes of a connection: `httptools` finds their parts, the gateway decides by the head alone."""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

import httptools

from ..protocol.errors import ApiError
from ..protocol.messages import Reply, Request, error_reply
from .gateway import Gateway, Head

_LARGEST_HEAD = 1 << 16
_MOST_HEADERS = 100
_WORTH_READING_ON = 1 << 20  # bytes of a refused body that cost less than a new connection
_MOST_KNOWN = 4
# No two of these may differ, so that no two programs can read a request differently.
_ONLY_ONCE = frozenset(("host", "content-length", "transfer-encoding", "content-type", "authorization"))
_CODES = {400: "malformed_request", 431: "head_too_large", 501: "malformed_request", 505: "malformed_request"}
_NOT_LEARNT = ("transfer-encoding", "content-encoding", "expect", "upgrade", "trailer")
_KEY = re.compile(rb"[!-~]{1,255}")
_LENGTH = re.compile(rb"[0-9]{1,9}")
_VARYING = re.compile(rb"\r\n(?:(idempotency-key)|content-length): ?(?=[!-~]+\r\n)", re.IGNORECASE)


class Whole(NamedTuple):
    """A request that has come whole, or whose refusal need not wait for that."""

    head: Head
    admitted: Request | Reply | None
    body: bytes
    keep_alive: bool


class _Known(NamedTuple):
    """A request that has been admitted, with its head as it came but for the values that change from call to call."""

    varying: tuple[
        tuple[bytes, re.Pattern[bytes], bool], ...
    ]  # what stands before a value, the value, if it is the key
    rest: bytes
    head: Head
    admitted: Request


class _Refused(Exception):
    """Ends the parsing of a connection that asked for what cannot be."""

    def __init__(self, status: int, problem: str) -> None:
        super().__init__(problem)
        self.status = status


class Parser:
    """Parses what one peer sends. `in_head` says that a head has begun, `ended` that nothing more is to be read."""

    __slots__ = (
        "_admitted",
        "_answered",
        "_body",
        "_body_size",
        "_gateway",
        "_head",
        "_header_lines",
        "_headers",
        "_is_local",
        "_known",
        "_parser",
        "_seen",
        "_target",
        "_whole",
        "ended",
        "in_head",
    )

    def __init__(self, is_local: bool, gateway: Gateway) -> None:
        self.in_head = False
        self.ended = False
        self._is_local = is_local
        self._gateway = gateway
        self._parser = httptools.HttpRequestParser(self)
        self._known: list[_Known] = []
        self._whole: list[Whole] = []
        self._answered = False  # by a refusal, and the body still comes
        self._head: Head | None = None  # of the request whose body still comes
        self._admitted: Request | Reply | None = None
        self._headers: dict[str, str] = {}
        self._body: list[bytes] = []
        self._target = b""
        self._body_size = self._seen = self._header_lines = 0

    @property
    def in_body(self) -> bool:
        return self._head is not None

    @property
    def answered(self) -> bool:
        """Whether the request whose body still comes has been refused."""
        return self._answered

    @property
    def wants_more_body(self) -> bool:
        expects = self._head is not None and _expects(self._head)
        return expects and not self._body_size and not self._answered

    def feed(self, data: bytes) -> list[Whole]:
        """The requests that `data` completes, and the refusals of what cannot become one."""
        if not self.in_head and self._head is None:
            for known in self._known:
                if (again := self._once_more(known, data)) is not None:
                    return [again]
            self._parse(data)
            if len(self._whole) == 1 and not self.in_head:
                self._learn(data, self._whole[0])
        else:
            self._parse(data)
        whole, self._whole = self._whole, []
        return whole

    def refuse(self, status: int, code: str, problem: str) -> Whole:
        """A reply after which nothing more is read."""
        self.ended = True
        self.in_head = False
        reply = error_reply(ApiError(status, code, problem), self._headers.get("accept", ""))
        return Whole(Head("", "", "", self._headers, self._is_local), reply, b"", False)

    # Requests that differ from an earlier one in their key, their length and their body only

    def _once_more(self, known: _Known, data: bytes) -> Whole | None:
        at = 0
        length = b"0"
        admitted = known.admitted
        key = None
        for before, value, is_key in known.varying:
            if not data.startswith(before, at) or (found := value.match(data, at + len(before))) is None:
                return None
            at = found.end()
            if is_key:
                key = found[0].decode()
            else:
                length = found[0]
        if not data.startswith(known.rest, at):
            return None
        body = data[at + len(known.rest) :]
        if len(body) != int(length) or len(body) > self._gateway.max_body:
            return None
        operation, arguments, _, from_json, accept, _, may_be_form = admitted
        request = Request(operation, arguments, body, from_json, accept, key, may_be_form)
        return Whole(known.head, request, body, True)

    def _learn(self, data: bytes, whole: Whole) -> None:
        """Keeps the head of a request that came in one piece, for those that follow."""
        head, admitted = whole.head, whole.admitted
        end = data.find(b"\r\n\r\n") + 4
        if not isinstance(admitted, Request) or not whole.keep_alive or len(data) != end + len(whole.body):
            return
        unusual = _NOT_LEARNT if head.method == "POST" else (*_NOT_LEARNT, "content-length", "idempotency-key")
        if not head.headers.keys().isdisjoint(unusual):
            return
        varying, at = [], 0
        for found in _VARYING.finditer(data, 0, end):
            is_key = found[1] is not None
            value = _KEY if is_key else _LENGTH
            there = value.match(data, found.end())
            if there is None or data[there.end() : there.end() + 2] != b"\r\n":
                return
            varying.append((data[at : found.end()], value, is_key))
            at = there.end()
        kinds = [is_key for *_, is_key in varying]
        if len(kinds) == len(set(kinds)) == ("idempotency-key" in head.headers) + ("content-length" in head.headers):
            self._known[_MOST_KNOWN - 1 :] = []
            self._known.insert(0, _Known(tuple(varying), data[at:end], head, admitted))

    # All others

    def _parse(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            # Nothing is upgraded to: the request is answered as any other, and what follows is the next one.
            self._parser = httptools.HttpRequestParser(self)
            if rest := data[upgrade.args[0] :]:
                self._parse(rest)
            return
        except httptools.HttpParserCallbackError as error:
            refused = error.__context__
            if not isinstance(refused, _Refused):
                raise
            self._whole.append(self.refuse(refused.status, _CODES[refused.status], str(refused)))
            return
        except httptools.HttpParserError as error:
            problem = f"This is no HTTP/1.1 request: {error}"
            self._whole.append(self.refuse(400, "malformed_request", problem))
            return
        if self.in_head:
            self._seen += len(data)
            if self._seen > _LARGEST_HEAD:
                problem = f"The request's head is larger than {_LARGEST_HEAD} bytes"
                self._whole.append(self.refuse(431, "head_too_large", problem))
        elif self._head is not None and isinstance(self._admitted, Reply) and not self._answered:
            # A refusal does not wait for the body, which need not come, nor be read if it is long.
            length = self._head.headers.get("content-length", "")
            reads_on = length.isdecimal() and int(length) <= _WORTH_READING_ON and not _expects(self._head)
            self._whole.append(Whole(self._head, self._admitted, b"", reads_on))
            self._answered = True
            self.ended = not reads_on

    def on_message_begin(self) -> None:
        self.in_head = True
        self._headers = {}
        self._target = b""
        self._seen = self._header_lines = 0

    def on_url(self, url: bytes) -> None:
        self._target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        key = name.decode("latin-1").lower()
        text = value.decode("latin-1")
        headers = self._headers
        self._header_lines += 1
        if self._header_lines > _MOST_HEADERS:
            raise _Refused(431, f"The request has more than {_MOST_HEADERS} headers")
        if key in headers:
            if key in _ONLY_ONCE:
                raise _Refused(400, f"The request has two {key} headers")
            text = f"{headers[key]}, {text}"
        headers[key] = text

    def on_headers_complete(self) -> None:
        version = self._parser.get_http_version()
        headers = self._headers
        if version not in ("1.1", "1.0"):
            raise _Refused(505, f"This server speaks HTTP/1.1 and 1.0, not {version}")
        coding = headers.get("transfer-encoding")
        if coding is not None and (coding.lower() != "chunked" or version == "1.0"):
            raise _Refused(501, f"A body may be chunked in HTTP/1.1, not {coding} in {version}")
        if version == "1.1" and not headers.get("host"):
            raise _Refused(400, "An HTTP/1.1 request must have a Host header that is not empty")
        path, query = self._split_target()
        method = self._parser.get_method().decode()
        self._head = Head(method, path, query, headers, self._is_local, version == "1.1")
        self._admitted = self._gateway.admit(self._head)
        self.in_head = False
        self._body_size = 0

    def on_body(self, body: bytes) -> None:
        self._body_size += len(body)
        if isinstance(self._admitted, Reply):
            return
        if self._body_size > self._gateway.max_body:
            self._admitted = self._gateway.too_large(self._headers.get("accept", ""))
            self._body.clear()
        else:
            self._body.append(body)

    def on_message_complete(self) -> None:
        assert self._head is not None
        if not self._answered:
            body = self._body[0] if len(self._body) == 1 else b"".join(self._body)
            admitted = self._admitted
            if isinstance(admitted, Request) and self._head.method == "POST":
                admitted = admitted._replace(body=body)
            self._whole.append(Whole(self._head, admitted, body, self._parser.should_keep_alive()))
        self._head = self._admitted = None
        self._body.clear()
        self._answered = False

    def _split_target(self) -> tuple[str, str]:
        target = self._target
        if not target.startswith(b"/"):
            target = self._origin_form(target)
        path, _, query = target.partition(b"?")
        if b"%" in path:
            path = unquote_to_bytes(path)
        return path.decode(errors="replace"), query.decode("latin-1")

    def _origin_form(self, target: bytes) -> bytes:
        """Path and query of an absolute target, whose authority stands for the Host (RFC 9112, 3.2.2)."""
        scheme, _, rest = target.partition(b"://")
        if scheme.lower() not in (b"http", b"https"):
            raise _Refused(400, "The request's target must be a path, or a URL of http")
        authority, slash, path = rest.partition(b"/")
        self._headers["host"] = authority.decode("latin-1")
        return slash + path or b"/"


def _expects(head: Head) -> bool:
    return head.headers.get("expect", "").lower() == "100-continue"
