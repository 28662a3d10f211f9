"""How a call reaches the server, decided once for each client by `open_transport`.

- `DirectTransport`: connections of our own to an http or https server, or to a Unix domain socket. What a
  `requests.Session` says about certificates, headers, basic auth and `.netrc` carries over to them.
- `SessionTransport`: through the session itself, wherever it does what only `requests` can: a proxy, an adapter of
  one's own, cookies, hooks, or an auth object that signs each request.
"""

from __future__ import annotations

import http.client
import re
import socket
import ssl
from collections.abc import Mapping
from time import monotonic
from typing import Any, Protocol
from urllib.parse import urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase, HTTPBasicAuth

from ._connection import Address, Connection, Reply
from ._process import Process
from ._tls import tls_context

UNIX = "unix:"
_OVER_UNIX = "http://localhost"  # what `requests` is asked about, as it knows no such addresses
_OF_REQUESTS = ("user-agent", "accept-encoding", "accept", "connection", "content-length", "content-type")


class Transport(Protocol):
    """Carries one request and its whole reply.

    Raises `TimeoutError` past the deadline (a `time.monotonic` instant), another `OSError` or
    `http.client.IncompleteRead` when the connection is lost, `http.client.HTTPException` when the reply is not HTTP.
    """

    def exchange(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None, deadline: float
    ) -> Reply: ...

    def begin(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None, deadline: float
    ) -> Sent | None:
        """Send the request without waiting for its reply; None where that cannot be had."""

    def close(self) -> None:
        """Close the connections that no call is using. A later call opens a new one."""


class BearerToken(AuthBase):
    """Sends the token; as an auth object, because `requests` lets `.netrc` override a plain header."""

    def __init__(self, token: str) -> None:
        if not re.fullmatch("[!-~]+", token):
            raise ValueError("token can have letters, digits and signs of ASCII only, without spaces")
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


def open_transport(
    base: str, session: requests.Session | None, auth: AuthBase | None, user_agent: str
) -> DirectTransport | SessionTransport:
    """The cheapest transport that does everything that `session` asks for; `auth` wins over the session's own."""
    session = session or requests.Session()
    if base.startswith(UNIX):
        return _open_unix(base, session, auth, user_agent)
    # by itself requests lets REQUESTS_CA_BUNDLE override a session's own verify
    settings = session.merge_environment_settings(base, {}, None, session.verify, None)
    has_proxy = requests.utils.select_proxy(base, settings["proxies"]) is not None
    if has_proxy or _does_what_only_requests_can(session, base, auth):
        return SessionTransport(session, auth, user_agent)
    verify, cert = settings["verify"], settings["cert"]
    return DirectTransport(base, _headers(session, base, auth, user_agent), verify, cert)


def _open_unix(base: str, session: requests.Session, auth: AuthBase | None, user_agent: str) -> DirectTransport:
    if _does_what_only_requests_can(session, _OVER_UNIX, auth):
        raise ValueError(
            f"session may have headers, a name and a password with {base}, but no adapter, cookies or hooks"
        )
    return DirectTransport(base, _headers(session, _OVER_UNIX, auth, user_agent))


def _does_what_only_requests_can(session: requests.Session, base: str, auth: AuthBase | None) -> bool:
    return (
        type(session.get_adapter(base)) is not HTTPAdapter
        or not (auth or session.auth is None or isinstance(session.auth, (tuple, HTTPBasicAuth)))
        or bool(session.cookies or session.params or any(session.hooks.values()))
    )


def _headers(session: requests.Session, base: str, auth: AuthBase | None, user_agent: str) -> dict[str, str]:
    prepared = session.prepare_request(requests.Request("GET", base, auth=auth)).headers
    own = {name: value for name, value in prepared.items() if name.lower() not in _OF_REQUESTS}
    return {"User-Agent": _agent(session, user_agent), **own}


def _agent(session: requests.Session, user_agent: str) -> str:
    own = str(session.headers.get("User-Agent", ""))
    return user_agent if own == requests.utils.default_user_agent() else own


class Sent:
    """A request on its way, over a connection of its own."""

    __slots__ = ("_transport", "connection")

    def __init__(self, transport: DirectTransport, connection: Connection) -> None:
        self._transport = transport
        self.connection = connection

    def reply(self, deadline: float) -> Reply:
        """The whole reply; raises as `Transport.exchange` does."""
        try:
            reply = self.connection.receive(deadline)
        except BaseException as error:
            self._transport.give_up(self.connection, error)
            raise
        self._transport.give_back(self.connection)
        return reply


class DirectTransport:
    """A pool of `Connection`s to one server, one for each call under way; safe from threads and after a fork."""

    def __init__(
        self, base: str, headers: Mapping[str, str], verify: bool | str | None = True, cert: Any = None
    ) -> None:
        if base.startswith(UNIX):
            self._address, host, self._origin = Address("", 0, None, base.removeprefix(UNIX)), "localhost", len(base)
        else:
            parts = urlsplit(base)
            secure = parts.scheme == "https"
            tls = tls_context(verify, cert) if secure else None
            self._address = Address(parts.hostname or "", parts.port or (443 if secure else 80), tls)
            host, self._origin = parts.netloc, len(f"{parts.scheme}://{parts.netloc}")
        self._head = "".join(f"{name}: {value}\r\n" for name, value in {"Host": host, **headers}.items())
        self._idle: list[Connection] = []
        self._process = Process.token

    def exchange(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None, deadline: float) -> Reply:
        return self.begin(method, url, headers, body, deadline).reply(deadline)

    def begin(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None, deadline: float) -> Sent:
        lines = "".join([f"{name}: {value}\r\n" for name, value in headers.items()])
        length = "" if body is None else f"Content-Length: {len(body)}\r\n"
        head = f"{method} {url[self._origin :]} HTTP/1.1\r\n{self._head}{lines}{length}\r\n"
        request = head.encode("latin-1") + (body or b"")
        sent = Sent(self, self._take(deadline))
        try:
            sent.connection.send(request, deadline)
        except BaseException as error:
            self.give_up(sent.connection, error)
            raise
        return sent

    def give_back(self, connection: Connection) -> None:
        """Keeps the connection for a later call, if it may carry one."""
        if connection.reusable:
            self._idle.append(connection)
        else:
            connection.close()

    def give_up(self, connection: Connection, error: BaseException) -> None:
        """Closes a connection that failed."""
        connection.close()
        if connection.replies and _is_loss(error):
            # the server had probably closed it meanwhile, and its other idle companions with it
            self.close()

    def close(self) -> None:
        idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def _take(self, deadline: float) -> Connection:
        if self._process is not Process.token:  # after a fork: those connections are the parent's
            self._idle, self._process = [], Process.token
        try:
            return self._idle.pop()
        except IndexError:
            return Connection(self._address, deadline)


def _is_loss(error: BaseException) -> bool:
    return isinstance(error, OSError) and not isinstance(error, TimeoutError)


class SessionTransport:
    """Calls through a `requests.Session`, which does all that its owner configured."""

    def __init__(self, session: requests.Session, auth: AuthBase | None, user_agent: str) -> None:
        self._session = session
        self._auth = auth
        self._user_agent = _agent(session, user_agent)
        self._process = Process.token

    def exchange(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None, deadline: float) -> Reply:
        if self._process is not Process.token:  # after a fork: its connections are the parent's
            self._session.close()
            self._process = Process.token
        sent = {"User-Agent": self._user_agent, **headers}
        try:
            with self._session.request(
                method,
                url,
                data=body,
                headers=sent,
                auth=self._auth,
                verify=self._session.verify,  # else REQUESTS_CA_BUNDLE overrides it
                timeout=_remaining(deadline),
                allow_redirects=False,
                stream=True,  # so that a reply that trickles in is held to the deadline as a whole
            ) as response:
                content = b"".join(_parts(response, deadline))
                if not content and not {"Content-Length", "Transfer-Encoding"} & response.headers.keys():
                    # http.client takes headers that break off for whole ones
                    raise ConnectionResetError("the server closed the connection in the headers of its reply")
        except (requests.Timeout, urllib3.exceptions.TimeoutError):
            raise TimeoutError from None
        except requests.exceptions.SSLError as error:
            raise ssl.SSLError(str(error)) from error
        except (requests.exceptions.ContentDecodingError, urllib3.exceptions.DecodeError) as error:
            raise http.client.HTTPException(str(error)) from error
        except (requests.exceptions.ConnectionError, urllib3.exceptions.HTTPError) as error:
            raise _loss(error) from error
        later = response.headers.get("Retry-After", "")
        retry_after = int(later) if later.isdecimal() else 0
        return Reply(response.status_code, response.headers.get("Content-Type", "").lower(), content, retry_after)

    def begin(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None, deadline: float) -> None:
        return None  # requests waits for the reply

    def close(self) -> None:
        self._session.close()


def _loss(error: BaseException) -> OSError:
    """The loss of a connection that `error` tells of, in the built-in classes that tell its kinds apart."""
    cause: Any = error
    while cause is not None:
        if isinstance(cause, urllib3.exceptions.NameResolutionError):
            return socket.gaierror(str(cause))
        if isinstance(cause, ConnectionRefusedError):
            return ConnectionRefusedError(str(cause))
        cause = cause.__cause__ or cause.__context__
    return ConnectionError(str(error))


def _parts(response: requests.Response, deadline: float) -> Any:
    while part := response.raw.read1(1 << 18, decode_content=True):
        yield part
        _remaining(deadline)


def _remaining(deadline: float) -> float:
    remaining = deadline - monotonic()
    if remaining <= 0:
        raise TimeoutError
    return remaining
