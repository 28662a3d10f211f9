"""A client: what its user can configure, and every operation of the server as a method."""

from __future__ import annotations

import os
from urllib.parse import urlsplit

import requests

from ._operations import Operations
from ._session import Session
from ._transport import open_transport
from ._version import __version__

_LONGEST_TIMEOUT = 1e9


class Client(Operations):
    """A connection to a gym-http-server. Safe from several threads, and after a fork.

    Args:
        remote_base: where the server is, such as ``"http://127.0.0.1:5000"``.
        timeout: seconds that one call may take, retries included; above 0 and at most 1e9.
        retries: how often at most a call is sent again after its connection was lost, or a gateway answered 502, 503
            or 504; by default as often as `timeout` allows, with growing pauses. Safe for every call: the server
            carries out a repeated one once.
        token: sent as ``Authorization: Bearer``; by default the environment variable ``GYM_HTTP_TOKEN``.
        encoding: ``"json"``, the default: observations are numbers and nested lists, as JSON has them (NaN is None);
            ``"msgpack"``: arrays are `numpy.ndarray`s with the environment's dtypes.
        session: whose configuration to use: `verify`, `cert`, `proxies`, `auth`, `headers`, `trust_env` and adapters.
            It is read here, so configure it first.

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
    ) -> None:
        parts = urlsplit(remote_base)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"remote_base must look like 'http://127.0.0.1:5000', not {remote_base!r}")
        if not 0 < timeout <= _LONGEST_TIMEOUT or (retries is not None and retries < 0):
            raise ValueError(
                f"timeout must be above 0 and at most {_LONGEST_TIMEOUT:g} seconds and retries at least 0, "
                f"not {timeout} and {retries}"
            )
        if token is None and (session is None or session.auth is None):
            token = os.environ.get("GYM_HTTP_TOKEN")
        self.remote_base = remote_base.rstrip("/")
        transport = open_transport(self.remote_base, session, token, f"gym-http-client/{__version__}")
        self._session = Session(self.remote_base, transport, encoding, timeout, retries)

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Client({self.remote_base!r}, encoding={self._session.flat.name!r})"

    def close(self) -> None:
        """Close the connections. Instances live on at the server; `env_close` ends one."""
        self._session.close()
