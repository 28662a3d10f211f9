"""The socket that the server listens on: a TCP port, or a Unix domain socket, that no other server shares."""

from __future__ import annotations

import contextlib
import os
import socket
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

from ..settings import Settings

_UNIX = "unix:"
_WAITING_TO_BE_ACCEPTED = 1024


class StartError(Exception):
    """The server cannot start; the message says why and what to do."""


def unix_path(listen: str) -> Path | None:
    """The path of `unix:/path`, absolute; None for an address of another kind."""
    return Path(listen.removeprefix(_UNIX)).absolute() if listen.startswith(_UNIX) else None


@contextlib.contextmanager
def bound_socket(settings: Settings) -> Iterator[socket.socket]:
    """A bound socket: of two servers that start together one gets it. A Unix domain socket's file goes at the end.

    Raises:
        StartError: it cannot be had.
    """
    path = unix_path(settings.listen)
    with _tcp(settings) if path is None else _unix(path) as listener:
        yield listener


def start_listening(listener: socket.socket) -> None:
    """Lets clients connect."""
    listener.listen(_WAITING_TO_BE_ACCEPTED)


@contextlib.contextmanager
def _tcp(settings: Settings) -> Iterator[socket.socket]:
    try:
        family, _, _, _, address = socket.getaddrinfo(
            settings.listen or None, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, socket.SOCK_STREAM)
    except OSError as error:
        raise _no_port(settings, error) from None
    with listener:
        try:
            if sys.platform != "win32":  # there it would share the port
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
        except OSError as error:
            raise _no_port(settings, error) from None
        yield listener


def _no_port(settings: Settings, error: OSError) -> StartError:
    reason = error.strerror or str(error)
    return StartError(
        f"Cannot listen on {settings.listen} port {settings.port}: {reason}. Choose another one with --port."
    )


@contextlib.contextmanager
def _unix(path: Path) -> Iterator[socket.socket]:
    if not hasattr(socket, "AF_UNIX"):
        raise StartError(f"Cannot listen on {path}: Python has no Unix domain sockets on this system.")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        try:
            with _locked(path.parent):
                if path.exists():
                    _remove_left_behind(path)
                listener.bind(str(path))
                start_listening(listener)  # or the next server would take the file for one left behind
                mine = path.stat()
        except OSError as error:
            remedy = "Choose a path of at most 100 characters in a directory that can be written."
            raise StartError(f"Cannot listen on {path}: {error.strerror or error}. {remedy}") from None
        try:
            yield listener
        finally:
            with contextlib.suppress(OSError):
                if os.path.samestat(path.stat(), mine):  # else it is a later server's
                    path.unlink()


@contextlib.contextmanager
def _locked(directory: Path) -> Iterator[None]:
    """Keeps other servers that start with a socket in this directory waiting."""
    import fcntl  # not on Windows

    descriptor = os.open(directory, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _remove_left_behind(path: Path) -> None:
    """Removes the socket of a server that was killed."""
    if not stat.S_ISSOCK(path.stat().st_mode):
        raise StartError(f"Cannot listen on {path}: that is a file, not a socket. Choose another path.")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(1.0)
        try:
            probe.connect(str(path))
        except ConnectionRefusedError:
            path.unlink()
            return
        except OSError:
            pass  # a full backlog, no permission: somebody is there
    raise StartError(f"Cannot listen on {path}: another server does. Choose another path, or stop that one.")
