"""A client: what its user can configure, and every operation of the server as a method."""

from __future__ import annotations

import difflib
import numbers
import os
import socket
from typing import Any, NoReturn
from urllib.parse import SplitResult, unquote, urlsplit

import requests
from requests.auth import AuthBase, HTTPBasicAuth

from ._operations import Operations
from ._session import Session
from ._transport import UNIX, BearerToken, open_transport
from ._version import __version__

CONNECTION_OPTIONS = ("timeout", "retries", "token", "encoding", "session")
_LONGEST_TIMEOUT = 1e9


class Client(Operations):
    """A connection to a gym-http-server. Safe from several threads, and after a fork.

    Args:
        remote_base: where the server is, such as ``"http://127.0.0.1:5000"``; or ``unix:`` and the path of its Unix
            domain socket, such as ``"unix:/run/gym.sock"``.
        timeout: seconds that one call may take, retries included; above 0 and at most 1e9.
        retries: how often at most a call is sent again after its connection was lost, or a gateway answered 502, 503
            or 504; by default as often as `timeout` allows, with growing pauses. Safe for every call: the server
            carries out a repeated one once.
        token: sent as ``Authorization: Bearer``; by default the environment variable ``GYM_HTTP_TOKEN``.
        encoding: ``"json"``, the default: observations are numbers and nested lists, as JSON has them (NaN is None);
            ``"msgpack"``: arrays are `numpy.ndarray`s with the environment's dtypes.
        session: whose configuration to use: `verify`, `cert`, `proxies`, `auth`, `headers`, `trust_env` and adapters.
            It is read here, so configure it first.

    A client can be pickled, its token and session with it; what is unpickled has connections of its own.

    Raises (every method):
        ServerError: the server refused; `status_code`, `code` and `message` say why.
        TransportError: no whole reply came, also after the retries.
        RequestTimeoutError: not within `timeout`.
        DecodeError: the reply is not what the API promises.

    >>> with Client("http://127.0.0.1:5000") as client:
    ...     instance_id = client.env_create("CartPole-v1", seed=7)
    ...     observation = client.env_reset(instance_id)
    ...     observation, reward, done, info = client.env_step(instance_id, 1)
    ...     client.env_close(instance_id)
    >>> [type(number) for number in observation], reward, done, info
    ([<class 'float'>, <class 'float'>, <class 'float'>, <class 'float'>], 1.0, False, {})
    """

    def __init__(
        self,
        remote_base: str,
        *,
        timeout: float = 60.0,
        retries: int | None = None,
        token: str | None = None,
        encoding: str | None = None,
        session: requests.Session | None = None,
        **unknown: NoReturn,  # so that a type checker refuses it too
    ) -> None:
        for name in unknown:
            nearest = difflib.get_close_matches(name, CONNECTION_OPTIONS, 1)
            hint = f"did you mean {nearest[0]!r}?" if nearest else f"there are {', '.join(CONNECTION_OPTIONS)}"
            raise TypeError(f"Client has no option {name!r}: {hint}")
        self._options = {
            "timeout": timeout,
            "retries": retries,
            "token": token,
            "encoding": encoding,
            "session": session,
        }
        _check_types(remote_base, **self._options)
        parts = urlsplit(remote_base)
        is_unix = remote_base.startswith(UNIX)
        if is_unix and not hasattr(socket, "AF_UNIX"):
            raise ValueError(f"remote_base cannot be {remote_base!r}: Python has no Unix domain sockets on this system")
        if not is_unix and (parts.scheme not in ("http", "https") or not parts.hostname):
            example = "'http://127.0.0.1:5000' or 'unix:/run/gym.sock'"
            raise ValueError(f"remote_base must look like {example}, not {remote_base!r}")
        if not 0 < timeout <= _LONGEST_TIMEOUT:
            raise ValueError(f"timeout must be above 0 and at most {_LONGEST_TIMEOUT:g} seconds, not {timeout}")
        if retries is not None and retries < 0:
            raise ValueError(f"retries must be at least 0, or None for as many as timeout allows, not {retries}")
        self._given_base = remote_base
        # what errors and specs show of it is without a password
        self.remote_base = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl().rstrip("/")
        if is_unix:
            self.remote_base = UNIX + os.path.abspath(remote_base.removeprefix(UNIX))
        auth = _auth(token, parts, session)
        transport = open_transport(self.remote_base, session, auth, f"gym-http-client/{__version__}")
        self._session = Session(self.remote_base, transport, encoding, float(timeout), retries)

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Client({self.remote_base!r}, encoding={self._session.flat.name!r})"

    def __reduce__(self) -> Any:
        return _client, (self._given_base, self._options)

    def close(self) -> None:
        """Close the connections. Instances live on at the server; `env_close` ends one."""
        self._session.close()


def _client(remote_base: str, options: dict[str, Any]) -> Client:
    return Client(remote_base, **options)


def _auth(token: str | None, base: SplitResult, session: requests.Session | None) -> AuthBase | None:
    """What was given first of: a token, a name and password in the URL, the session's own, the environment's token."""
    if token is None and base.username is not None:
        return HTTPBasicAuth(unquote(base.username), unquote(base.password or ""))
    if token is None and (session is None or session.auth is None):
        token = os.environ.get("GYM_HTTP_TOKEN")
    return BearerToken(token) if token else None


def _check_types(remote_base: str, **options: Any) -> None:
    """Refuse at once what would fail somewhere else later."""
    kinds: dict[str, tuple[type, ...]] = {
        "timeout": (numbers.Real,),
        "retries": (numbers.Integral, type(None)),
        "token": (str, type(None)),
        "encoding": (str, type(None)),
        "session": (requests.Session, type(None)),
    }
    for name, value in {"remote_base": remote_base, **options}.items():
        kind = kinds.get(name, (str,))
        if not isinstance(value, kind) or isinstance(value, bool):
            wanted = " or ".join("None" if each is type(None) else each.__name__ for each in kind)
            shown = f"a {type(value).__name__}" if name == "token" else f"{value!r:.80}"
            raise TypeError(f"{name} must be of type {wanted}, not {shown}")
