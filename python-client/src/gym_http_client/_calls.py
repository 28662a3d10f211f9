"""Calls: one operation of the API from arguments to document, with its timeout, retries and errors.

Every POST carries an Idempotency-Key, so a call whose connection was lost is sent again under the same key and the
server carries it out once, however often it arrives.
"""

from __future__ import annotations

import http.client
import itertools
import random
import re
import secrets
import ssl
import time
from collections.abc import Mapping
from typing import Any, NoReturn

from ._connection import Reply
from ._encoding import Encoding, find_encoding
from ._fork import Process
from ._transport import Transport
from .errors import DecodeError, RequestTimeoutError, ServerError, TransportError

_GATEWAY_TROUBLE = (502, 503, 504)
_FIRST_PAUSE, _LONGEST_PAUSE = 0.02, 1.0  # seconds before the second retry, doubled up to the longest

_ABSENT = object()


class Calls:
    """Sends operations to one server. Safe from several threads, and after a fork."""

    def __init__(self, base: str, transport: Transport, encoding: Encoding, timeout: float, retries: int) -> None:
        self.base = base
        self.encoding = encoding
        self.timeout = timeout
        self.retries = retries
        self._transport = transport
        self._get_headers = {"Accept": encoding.accept}
        self._post_headers = {"Accept": encoding.accept, "Content-Type": encoding.content_type}
        self._new_keys()

    def get(self, path: str, encoding: Encoding | None = None) -> dict[str, Any]:
        """The document that GET `path` (below ``/v1``) replies, in another encoding than the usual one if asked."""
        url = f"{self.base}/v1{path}"
        headers = {"Accept": encoding.accept} if encoding else self._get_headers
        return self._document(self._send("GET", url, headers, None), url)

    def get_raw(self, path: str, media_type: str) -> bytes:
        """The body of the reply to GET `path`, for what is not a document."""
        url = f"{self.base}/v1{path}"
        reply = self._send("GET", url, {"Accept": media_type}, None)
        if reply.status != 200:
            self._refused(reply, url)
        if reply.content_type.partition(";")[0].strip() != media_type:
            raise DecodeError(
                f"{url} replied {reply.content_type or 'something'} where {media_type} belongs: {_excerpt(reply)}. "
                f"Does a gym-http-server listen at {self.base}?",
                url,
            )
        return bytes(reply.body)

    def post(self, path: str, document: Mapping[str, Any]) -> dict[str, Any]:
        """The document that POST `path` replies to `document`."""
        return self.post_encoded(path, self.encoding.dumps(document))

    def post_encoded(self, path: str, body: bytes) -> dict[str, Any]:
        """The document that POST `path` replies to a document that is encoded already."""
        url = f"{self.base}/v1{path}"
        headers = {**self._post_headers, "Idempotency-Key": self._key()}
        return self._document(self._send("POST", url, headers, body), url)

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

    def _send(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Reply:
        deadline = time.monotonic() + self.timeout
        for attempt in itertools.count():
            loss: Exception | None = None
            reply: Reply | None = None
            try:
                reply = self._transport.exchange(method, url, headers, body, deadline)
                if reply.status not in _GATEWAY_TROUBLE:
                    return reply
            except TimeoutError as error:
                raise RequestTimeoutError(
                    f"No whole reply from {url} within {self.timeout:g} s. If the environment needs longer, raise the "
                    f"client's timeout; if not, see whether {self.base}/v1/health/ answers.",
                    url,
                ) from error
            except (ssl.SSLEOFError, ssl.SSLZeroReturnError) as error:
                loss = error
            except ssl.SSLError as error:
                raise TransportError(
                    f"TLS with {url} failed: {error}. Check the certificate, the session's verify and cert, and "
                    "whether remote_base should begin with http:// instead.",
                    url,
                ) from error
            except (OSError, http.client.IncompleteRead) as error:
                loss = error
            except http.client.HTTPException as error:
                raise DecodeError(
                    f"The reply of {url} is not HTTP/1.1 as expected ({type(error).__name__}: {error}). "
                    f"Does a gym-http-server listen at {self.base}?",
                    url,
                ) from error
            pause = self._pause(attempt)
            if attempt >= self.retries or time.monotonic() + pause >= deadline:
                break
            time.sleep(pause)
        if reply is not None:
            return reply
        raise TransportError(
            f"Cannot reach {url}: {_reason(loss)} ({attempt + 1} attempts). Does a gym-http-server listen at "
            f"{self.base}? Start one with `gym-http-server`, or correct remote_base.",
            url,
        ) from loss

    @staticmethod
    def _pause(attempt: int) -> float:
        """Seconds before the next attempt: none at first (the connection was stale), then backoff with jitter."""
        if attempt == 0:
            return 0.0
        return min(_LONGEST_PAUSE, _FIRST_PAUSE * 2.0 ** min(attempt - 1, 10)) * random.uniform(0.5, 1.0)

    def _document(self, reply: Reply, url: str) -> dict[str, Any]:
        if reply.status != 200:
            self._refused(reply, url)
        document = self._load(reply, url)
        if not isinstance(document, dict):
            raise DecodeError(
                f"{url} replied a {type(document).__name__} where an object belongs: {_excerpt(reply)}", url
            )
        return document

    def _load(self, reply: Reply, url: str) -> Any:
        try:
            encoding = self.encoding
            if reply.content_type != encoding.content_type:
                encoding = find_encoding("msgpack" if "msgpack" in reply.content_type else "json")
            return encoding.loads(reply.body)
        except (ValueError, ImportError, RecursionError) as error:
            raise DecodeError(
                f"{url} replied {reply.content_type or 'something'} that cannot be read as a document ({error}): "
                f"{_excerpt(reply)}. Does a gym-http-server listen at {self.base}?",
                url,
            ) from error

    def _refused(self, reply: Reply, url: str) -> NoReturn:
        try:
            document = self._load(reply, url)
            message, code = document["message"], document.get("code")
        except (DecodeError, TypeError, KeyError, AttributeError):
            code = None
            message = f"HTTP status {reply.status} with {reply.content_type or 'no type'}: {_excerpt(reply)}"
        raise ServerError(str(message), reply.status, code, url)


def field(document: dict[str, Any], name: str, kind: type | tuple[type, ...], url: str) -> Any:
    """`document[name]`, if it is there and of that type; else a `DecodeError`."""
    value = document.get(name, _ABSENT)
    if value is not _ABSENT and isinstance(value, kind):
        return value
    found = "nothing" if value is _ABSENT else f"a {type(value).__name__}"
    wanted = " or ".join(each.__name__ for each in (kind if isinstance(kind, tuple) else (kind,)))
    raise DecodeError(f"{url} replied {found} for {name!r} where a {wanted} belongs. Is it a gym-http-server?", url)


def _reason(error: Exception | None) -> str:
    return re.sub(r"^\[Errno -?\d+\] ", "", str(error)) or type(error).__name__


def _excerpt(reply: Reply) -> str:
    text = reply.body[:80].decode("utf-8", "replace")
    return repr(text + ("..." if len(reply.body) > 80 else ""))
