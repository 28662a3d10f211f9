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
from typing import Any, NamedTuple, NoReturn, TypeVar

from ._connection import Reply
from ._encoding import Encoding, flat_and_typed, named_encoding
from ._process import Process
from ._transport import Transport
from .errors import DecodeError, RequestTimeoutError, ServerError, TransportError

_GATEWAY_TROUBLE = (502, 503, 504)
_FIRST_PAUSE, _LONGEST_PAUSE = 0.02, 1.0  # seconds before the second retry, doubled up to the longest
_PATIENCE_AT_FIRST = 2.0  # seconds that a server may refuse connections before it ever replied: it may just be starting

T = TypeVar("T")
Read = Callable[[dict[str, Any]], T]  # makes a call's result of the reply's document; ValueError says what is wrong


class Call(NamedTuple):
    """One operation on its way: the request, the same at every attempt."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes | None


class Session:
    """Sends operations to one server. Safe from several threads, and after a fork.

    `flat` and `typed` are the encodings of flat operations and of environments; `encoding` names one for both.
    """

    def __init__(
        self, base: str, transport: Transport, encoding: str | None, timeout: float, retries: int | None
    ) -> None:
        self.base = base
        self.flat, self.typed = flat_and_typed(encoding)
        self._timeout = timeout
        self._retries = retries
        self._transport = transport
        self._has_replied = False
        self._new_keys()

    def get(self, path: str, read: Read[T], encoding: Encoding | None = None) -> T:
        """What `read` makes of the document that GET `path` (below ``/v1``) replies."""
        return self._perform(
            Call("GET", f"{self.base}/v1{path}", {"Accept": (encoding or self.flat).accept}, None), read
        )

    def get_raw(self, path: str, media_type: str) -> bytes:
        """The body of the reply to GET `path`, for what is not a document."""
        call = Call("GET", f"{self.base}/v1{path}", {"Accept": media_type}, None)
        reply = self._exchange(call)
        if reply.status != 200:
            self._refused(reply, call.url)
        if reply.content_type.partition(";")[0].strip() != media_type:
            problem = f"replied {reply.content_type or 'something'} where {media_type} belongs: {_excerpt(reply)}"
            raise self._unexpected(call.url, problem)
        return bytes(reply.body)

    def post(self, path: str, document: Mapping[str, Any], read: Read[T], encoding: Encoding | None = None) -> T:
        """What `read` makes of the document that POST `path` replies to `document`."""
        encoding = encoding or self.flat
        return self.post_encoded(path, encoding.dumps(document), encoding, read)

    def post_encoded(self, path: str, body: bytes, encoding: Encoding, read: Read[T]) -> T:
        """What `read` makes of the document that POST `path` replies to a document that is encoded already."""
        headers = {
            "Accept": encoding.accept,
            "Content-Type": encoding.content_type,
            "Idempotency-Key": self._key(),
        }
        return self._perform(Call("POST", f"{self.base}/v1{path}", headers, body), read)

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

    def _perform(self, call: Call, read: Read[T]) -> T:
        reply = self._exchange(call)
        if reply.status != 200:
            self._refused(reply, call.url)
        document = self._load(reply, call.url)
        if not isinstance(document, dict):
            problem = f"replied a {type(document).__name__} where an object belongs: {_excerpt(reply)}"
            raise self._unexpected(call.url, problem)
        try:
            return read(document)
        except ValueError as error:
            raise self._unexpected(call.url, f"replied {error}") from error

    def _exchange(self, call: Call) -> Reply:
        """The reply to the call, sent again until its deadline as long as the way to the server is in trouble."""
        began = time.monotonic()
        deadline = began + self._timeout
        for attempt in itertools.count():
            loss: Exception | None = None
            reply: Reply | None = None
            try:
                reply = self._transport.exchange(*call, deadline)
                self._has_replied = True
                if reply.status not in _GATEWAY_TROUBLE:
                    return reply
            except TimeoutError as error:
                raise RequestTimeoutError(
                    f"No whole reply from {call.url} within {self._timeout:g} s. If the environment needs longer, "
                    f"raise the client's timeout; if not, see whether {self.base}/v1/health/ answers.",
                    call.url,
                ) from error
            except (ssl.SSLEOFError, ssl.SSLZeroReturnError) as error:
                loss = error
            except ssl.SSLError as error:
                raise TransportError(
                    f"TLS with {call.url} failed: {error}. Check the certificate, the session's verify and cert, and "
                    "whether remote_base should begin with http:// instead.",
                    call.url,
                ) from error
            except (OSError, http.client.IncompleteRead) as error:
                loss = error
            except http.client.HTTPException as error:
                problem = f"gave a reply that is not HTTP/1.1 as expected ({type(error).__name__}: {error})"
                raise self._unexpected(call.url, problem) from error
            pause = _pause(attempt, reply)
            if attempt == self._retries or time.monotonic() + pause >= min(deadline, began + self._patience(loss)):
                break
            time.sleep(pause)
        if reply is not None:
            return reply
        raise TransportError(
            f"Cannot reach {call.url}: {_reason(loss)} ({attempt + 1} attempts). Does a gym-http-server listen at "
            f"{self.base}? Start one with `gym-http-server`, or correct remote_base.",
            call.url,
        ) from loss

    def _patience(self, loss: Exception | None) -> float:
        """Seconds from the call's beginning in which it is worth to try again, should its deadline allow it."""
        if not self._has_replied:
            if isinstance(loss, socket.gaierror):
                return 0.0
            if isinstance(loss, ConnectionRefusedError):
                return _PATIENCE_AT_FIRST
        return self._timeout

    def _load(self, reply: Reply, url: str) -> Any:
        try:
            for encoding in (self.flat, self.typed):
                if reply.content_type == encoding.content_type:
                    return encoding.loads(reply.body)
            return named_encoding("msgpack" if "msgpack" in reply.content_type else "json").loads(reply.body)
        except (ValueError, ImportError, RecursionError) as error:
            kind = reply.content_type or "something"
            problem = f"replied {kind} that cannot be read as a document ({error}): {_excerpt(reply)}"
            raise self._unexpected(url, problem) from error

    def _refused(self, reply: Reply, url: str) -> NoReturn:
        try:
            document = self._load(reply, url)
            message, code = document["message"], document.get("code")
        except (DecodeError, TypeError, KeyError, AttributeError):
            code = None
            message = f"HTTP status {reply.status} with {reply.content_type or 'no type'}: {_excerpt(reply)}"
        raise ServerError(str(message), reply.status, code, url)

    def _unexpected(self, url: str, problem: str) -> DecodeError:
        return DecodeError(f"{url} {problem}. Does a gym-http-server listen at {self.base}?", url)


def _pause(attempt: int, reply: Reply | None) -> float:
    """Seconds before the next attempt: none at first (the connection was stale), then backoff with jitter.

    A gateway in trouble may ask for a longer one.
    """
    pause = 0.0
    if attempt:
        pause = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2.0 ** min(attempt - 1, 10)) * random.uniform(0.5, 1.0)
    return max(pause, reply.retry_after) if reply is not None and reply.status == 503 else pause


def _reason(error: Exception | None) -> str:
    return re.sub(r"^\[Errno -?\d+\] ", "", str(error)) or type(error).__name__


def _excerpt(reply: Reply) -> str:
    text = reply.body[:80].decode("utf-8", "replace")
    return repr(text + ("..." if len(reply.body) > 80 else ""))
