"""A session with one server: calls with their timeout, retries and errors.

Every POST carries an Idempotency-Key, so a call whose connection was lost is sent again under the same key and the
server carries it out once, however often it arrives.
"""

from __future__ import annotations

import http.client
import itertools
import random
import re
import secrets
import socket
import ssl
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Generic, NamedTuple, NoReturn, TypeVar

from ._connection import Reply
from ._encoding import Encoding, flat_and_typed, named_encoding
from ._process import Process
from ._transport import Sent, Transport
from .errors import DecodeError, InvalidActionError, RequestTimeoutError, ServerError, TransportError

_GATEWAY_TROUBLE = (502, 503, 504)
_FIRST_PAUSE, _LONGEST_PAUSE = 0.02, 1.0  # seconds before the second retry, doubled up to the longest
_PATIENCE_AT_FIRST = 2.0  # seconds that a server may refuse connections before it ever replied: it may just be starting

T = TypeVar("T")
Read = Callable[[dict[str, Any]], T]  # makes a call's result of the reply's document; ValueError says what is wrong


class Request(NamedTuple):
    """One operation on its way, the same at every attempt."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes | None


class Limits(NamedTuple):
    """Seconds that a call may take, and those in which trouble on the way to the server is sat out."""

    timeout: float
    patience: float


class Started(Generic[T]):
    """A call whose request is on its way. Its deadline counts from here."""

    def __init__(self, session: Session, request: Request, read: Read[T]) -> None:
        self.request = request
        self.read = read
        self.began = time.monotonic()
        self.deadline = self.began + session.limits.timeout
        self._session = session
        self.sent = session.start(request, self.deadline)

    def fileno(self) -> int | None:
        """The descriptor that becomes readable when the reply comes; None where `result` need not be awaited."""
        return None if self.sent is None else self.sent.connection.fileno()

    def result(self) -> T:
        """What the call's result is; raises as the call itself does."""
        return self._session.finish(self)


class Session:
    """Sends operations to one server. Safe from several threads, and after a fork.

    `flat` and `typed` are the encodings of flat operations and of environments; `encoding` names one for both.
    `limits` are those of a call that brings none of its own.
    """

    def __init__(
        self, base: str, transport: Transport, encoding: str | None, timeout: float, retries: int | None
    ) -> None:
        self.base = base
        self.flat, self.typed = flat_and_typed(encoding)
        self.limits = Limits(timeout, timeout)
        self._retries = retries
        self._transport = transport
        self._has_replied = False
        self._new_keys()

    def get(self, path: str, read: Read[T], encoding: Encoding | None = None) -> T:
        """What `read` makes of the document that GET `path` (below ``/v1``) replies."""
        headers = {"Accept": (encoding or self.flat).accept}
        return self._call(Request("GET", f"{self.base}/v1{path}", headers, None), read)

    def get_raw(self, path: str, media_type: str) -> bytes:
        """The body of the reply to GET `path`, for what is not a document."""
        return self._call(Request("GET", f"{self.base}/v1{path}", {"Accept": media_type}, None), bytes, media_type)

    def post(
        self,
        path: str,
        document: Mapping[str, Any],
        read: Read[T],
        encoding: Encoding | None = None,
        limits: Limits | None = None,
    ) -> T:
        """What `read` makes of the document that POST `path` replies to `document`."""
        encoding = encoding or self.flat
        return self.post_encoded(path, encoding.dumps(document), encoding, read, limits)

    def post_encoded(
        self, path: str, body: bytes, encoding: Encoding, read: Read[T], limits: Limits | None = None
    ) -> T:
        """What `read` makes of the document that POST `path` replies to a document that is encoded already."""
        headers = {
            "Accept": encoding.accept,
            "Content-Type": encoding.content_type,
            "Idempotency-Key": self._key(),
        }
        return self._call(Request("POST", f"{self.base}/v1{path}", headers, body), read, limits=limits)

    def begin(self, path: str, body: bytes, encoding: Encoding, read: Read[T]) -> Started[T]:
        """`post_encoded` in two parts: sent now, its reply read by `Started.result`."""
        headers = {
            "Accept": encoding.accept,
            "Content-Type": encoding.content_type,
            "Idempotency-Key": self._key(),
        }
        return Started(self, Request("POST", f"{self.base}/v1{path}", headers, body), read)

    def start(self, request: Request, deadline: float) -> Sent | None:
        """Send the request; None where it is to be sent when its reply is asked for, as there was trouble."""
        try:
            return self._transport.begin(*request, deadline)
        except (OSError, http.client.HTTPException):
            return None

    def finish(self, started: Started[T]) -> T:
        """The result of what was started, under its own key however often it has to be sent again."""
        return self._call(started.request, started.read, sent=started)

    def close(self) -> None:
        self._transport.close()

    def _new_keys(self) -> None:
        self._process = Process.token
        self._prefix_and_numbers = (secrets.token_hex(8), itertools.count())

    def _key(self) -> str:
        if self._process is not Process.token:  # after a fork, parent and child must not use the same keys
            self._new_keys()
        prefix, numbers = self._prefix_and_numbers
        return f"{prefix}-{next(numbers)}"

    def _call(
        self,
        request: Request,
        read: Callable[[Any], T],
        media_type: str | None = None,
        limits: Limits | None = None,
        sent: Started[T] | None = None,
    ) -> T:
        try:
            return self._result(self._exchange(request, limits or self.limits, sent), request.url, read, media_type)
        except BaseException as error:  # an interrupt has lost a reply too, which may have told of something new
            error._repeat = partial(self._call, request, read, media_type)  # type: ignore[attr-defined]
            raise

    def _result(self, reply: Reply, url: str, read: Callable[[Any], T], media_type: str | None) -> T:
        if reply.status != 200:
            self._refused(reply, url)
        try:
            if media_type is None:
                return read(self._document(reply))
            if reply.content_type.partition(";")[0].strip() == media_type:
                return read(reply.body)
            raise ValueError(f"{reply.content_type or 'something'} where {media_type} belongs: {_excerpt(reply)}")
        except ValueError as error:
            raise self._unexpected(url, f"replied {error}") from error

    def _exchange(self, request: Request, limits: Limits, started: Started[Any] | None = None) -> Reply:
        """The reply to the request, sent again within the limits as long as the way to the server is in trouble."""
        began = time.monotonic() if started is None else started.began
        sent = None if started is None else started.sent
        deadline = began + limits.timeout
        for attempt in itertools.count():
            trouble = self._attempt(request, deadline, limits.timeout, sent)
            sent = None
            if isinstance(trouble, Reply):
                self._has_replied = True
                if trouble.status not in _GATEWAY_TROUBLE:
                    return trouble
            pause = _pause(attempt, trouble)
            until = min(deadline, began + self._patience(trouble, limits))
            if attempt == self._retries or time.monotonic() + pause >= until:
                break
            time.sleep(pause)
        if isinstance(trouble, Reply):
            return trouble
        raise TransportError(
            f"Cannot reach {request.url}: {_reason(trouble)} ({attempt + 1} attempts). Does a gym-http-server listen "
            f"at {self.base}? Start one with `gym-http-server`, or correct remote_base.",
            request.url,
        ) from trouble

    def _attempt(self, request: Request, deadline: float, timeout: float, sent: Sent | None) -> Reply | Exception:
        """The reply, or how the connection was lost. What another attempt would not mend is raised."""
        url = request.url
        try:
            return self._transport.exchange(*request, deadline) if sent is None else sent.reply(deadline)
        except TimeoutError as error:
            raise RequestTimeoutError(
                f"No whole reply from {url} within {timeout:g} s. If the environment needs longer, raise the client's "
                f"timeout; if not, see whether {self.base}/v1/health/ answers.",
                url,
            ) from error
        except (ssl.SSLEOFError, ssl.SSLZeroReturnError) as error:
            return error
        except ssl.SSLError as error:
            raise TransportError(
                f"TLS with {url} failed: {error}. Check the certificate, the session's verify and cert, and whether "
                "remote_base should begin with http:// instead.",
                url,
            ) from error
        except (OSError, http.client.IncompleteRead) as error:
            return error
        except http.client.HTTPException as error:
            problem = f"gave a reply that is not HTTP/1.1 as expected ({type(error).__name__}: {error})"
            raise self._unexpected(url, problem) from error

    def _patience(self, trouble: Reply | Exception, limits: Limits) -> float:
        """Seconds from the call's beginning in which it is worth to try again, should its deadline allow it."""
        if not self._has_replied:
            if isinstance(trouble, socket.gaierror):
                return 0.0
            if isinstance(trouble, (ConnectionRefusedError, FileNotFoundError)):  # the file of a Unix domain socket
                return min(_PATIENCE_AT_FIRST, limits.patience)
        return limits.patience

    def _document(self, reply: Reply) -> dict[str, Any]:
        try:
            document = self._encoding(reply.content_type).loads(reply.body)
        except (ValueError, ImportError, RecursionError) as error:
            kind = reply.content_type or "something"
            raise ValueError(f"{kind} that cannot be read as a document ({error}): {_excerpt(reply)}") from error
        if not isinstance(document, dict):
            raise ValueError(f"a {type(document).__name__} where an object belongs: {_excerpt(reply)}")
        return document

    def _encoding(self, content_type: str) -> Encoding:
        if content_type == self.typed.content_type:
            return self.typed
        return named_encoding("msgpack" if "msgpack" in content_type else "json")

    def _refused(self, reply: Reply, url: str) -> NoReturn:
        try:
            document = self._document(reply)
            message, code = document["message"], document.get("code")
        except (ValueError, KeyError):
            code = None
            message = (
                f"HTTP status {reply.status} with {reply.content_type or 'no type'}: {_excerpt(reply)}. "
                f"Is it a gym-http-server that listens at {self.base}?"
            )
        kind = InvalidActionError if code == "invalid_action" else ServerError
        raise kind(str(message), reply.status, code, url)

    def _unexpected(self, url: str, problem: str) -> DecodeError:
        return DecodeError(f"{url} {problem}. Is it a gym-http-server that listens at {self.base}?", url)


def _pause(attempt: int, trouble: Reply | Exception) -> float:
    """Seconds before the next attempt: none at first (the connection was stale), then backoff with jitter.

    A gateway in trouble may ask for a longer one.
    """
    pause = 0.0
    if attempt:
        pause = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2.0 ** min(attempt - 1, 10)) * random.uniform(0.5, 1.0)
    asked = trouble.retry_after if isinstance(trouble, Reply) and trouble.status == 503 else 0
    return max(pause, asked)


def _reason(error: Exception) -> str:
    return re.sub(r"^\[Errno -?\d+\] ", "", str(error)) or type(error).__name__


def _excerpt(reply: Reply) -> str:
    text = reply.body[:80].decode("utf-8", "replace")
    return repr(text + ("..." if len(reply.body) > 80 else ""))
