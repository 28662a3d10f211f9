"""Lets nobody in: the token, the Host header (DNS rebinding) and the Origin header (cross-site posts)."""

from __future__ import annotations

import hmac
import ipaddress
import re
from collections.abc import Mapping
from functools import lru_cache
from urllib.parse import urlsplit

from ..protocol.errors import ApiError
from ..settings import Settings
from .listener import unix_path

_EVERYWHERE = ("0.0.0.0", "::", "")


def is_loopback(host: str) -> bool:
    """Whether a host name or address, without port or brackets, means this machine's loopback."""
    name = host.lower().removesuffix(".")
    if name == "localhost" or (name.endswith(".localhost") and name.isascii()):
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback


def is_local(listen: str) -> bool:
    """Whether only this machine reaches what listens there: loopback, or a Unix domain socket."""
    return unix_path(listen) is not None or is_loopback(listen)


def refusal_to_listen(settings: Settings) -> str | None:
    """Why the server must not start with these settings; None when it may."""
    if settings.token and not re.fullmatch("[!-~]+", settings.token):
        return "The token can have letters, digits and signs of ASCII only, without spaces, as an HTTP header has."
    if settings.token or settings.insecure or is_local(settings.listen):
        return None
    return (
        f"Refusing to listen on {settings.listen or 'every address'} without a token: anybody who reaches it could run "
        "environments here. Set --token (or GYM_HTTP_TOKEN), or pass --insecure if the network is trusted."
    )


_HOST = re.compile(r"[!-?A-~]*")  # ASCII without spaces, and without the @ that would hide a name


class AccessPolicy:
    """Checks every request before anything of it is read. A Host or Origin seen before costs one look-up."""

    def __init__(self, settings: Settings) -> None:
        self._token = settings.token.encode() if settings.token else None
        self._hosts = {host.lower() for host in (settings.listen, *settings.allow_hosts)} - set(_EVERYWHERE)
        self._origins = {origin.rstrip("/").lower() for origin in settings.allow_origins}
        self._any_host = settings.insecure and not is_local(settings.listen)
        self._is_known_host = lru_cache(maxsize=1024)(self._names_this_server)

    def check(self, headers: Mapping[str, str]) -> None:
        """Lets the request with these headers pass, or raises.

        Raises:
            ApiError: 403 `forbidden_host` or `forbidden_origin`, 401 `unauthorized`.
        """
        host = headers.get("host", "")
        origin = headers.get("origin")
        if origin is not None and not self.is_allowed_origin(origin) and not self._is_own_origin(origin, host):
            raise ApiError(
                403,
                "forbidden_origin",
                f"Pages of {origin} may not call this server; the operator can allow them with --allow-origin {origin}",
            )
        if self._token is None:
            if not self._is_known_host(host):
                raise ApiError(
                    403,
                    "forbidden_host",
                    f"This server does not answer to the Host {host!r}; the operator can allow it with --allow-host, "
                    "or ask for a --token",
                )
        elif not _bears(headers.get("authorization", ""), self._token):
            raise ApiError(
                401,
                "unauthorized",
                "Send this server's token as 'Authorization: Bearer <token>' (clients read it from GYM_HTTP_TOKEN)",
                (("WWW-Authenticate", "Bearer"),),
            )

    def is_allowed_origin(self, origin: str) -> bool:
        return origin.rstrip("/").lower() in self._origins

    def _is_own_origin(self, origin: str, host: str) -> bool:
        if not host or not self._is_known_host(host):
            return False
        return origin.lower() in (f"http://{host.lower()}", f"https://{host.lower()}")

    def _names_this_server(self, host: str) -> bool:
        if not _HOST.fullmatch(host):
            return False
        if not host or self._any_host:  # HTTP/1.0 knows no Host, and no browser speaks it
            return True
        try:
            name = urlsplit(f"//{host}").hostname or ""
        except ValueError:
            return False
        return is_loopback(name) or name.removesuffix(".") in self._hosts


def _bears(authorization: str, token: bytes) -> bool:
    """Whether the header's value is the token, after a scheme in letters of either case."""
    scheme, _, sent = authorization.partition(" ")
    return scheme.lower() == "bearer" and hmac.compare_digest(sent.encode(), token)
