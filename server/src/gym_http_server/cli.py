"""The command `gym-http-server`."""

from __future__ import annotations

import argparse
import importlib.metadata
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .http.listener import StartError
from .service import serve
from .settings import Settings

_UNITS = {"": 0, "K": 10, "M": 20, "G": 30}  # powers of two


def parser() -> argparse.ArgumentParser:
    """The command line; its defaults are those of `Settings`."""
    defaults = Settings()
    arguments = argparse.ArgumentParser(
        prog="gym-http-server", description="Serve Gymnasium environments over HTTP, to clients in any language."
    )
    add = arguments.add_argument
    add(
        "-l",
        "--listen",
        default=defaults.listen,
        metavar="ADDRESS",
        help="address to listen on, or unix:PATH (%(default)s)",
    )
    add("-p", "--port", type=_port, default=defaults.port, help="port to listen on; 0 takes a free one (%(default)s)")
    add("--library", choices=("gymnasium", "gym"), default=defaults.library, help="whose environments (%(default)s)")
    add(
        "--import", dest="imports", action="append", default=[], metavar="MODULE",
        help="import this module, which registers its environments; may be repeated",
    )  # fmt: skip
    add(
        "--token",
        help="ask clients for this token; `ps` shows it to every user of the machine, so prefer --token-file "
        "or the environment variable GYM_HTTP_TOKEN (the default)",
    )  # fmt: skip
    add(
        "--token-file", type=Path, metavar="FILE",
        help="read the token from the first line of this file, where other users of the machine do not see it",
    )  # fmt: skip
    add("--insecure", action="store_true", help="allow listening beyond loopback without a token")
    add("--allow-host", action="append", default=[], metavar="HOST", help="answer to this Host too; may be repeated")
    add(
        "--allow-origin",
        action="append",
        default=[],
        metavar="ORIGIN",
        help="let pages of this origin call; may be repeated",
    )
    add(
        "--allow-call", action="append", default=[], metavar="NAME",
        help="let clients call this method of environments, without arguments; may be repeated",
    )  # fmt: skip
    add(
        "--monitor-root", action="append", type=_writable, default=[], metavar="DIR",
        help="monitors and uploads stay inside this directory; may be repeated "
        "(default: the working directory and the temporary directory)",
    )  # fmt: skip
    add(
        "--data-dir",
        type=_writable,
        metavar="DIR",
        help="where the scoreboard is kept (gym-http-data)",
    )
    add("--api-key", action="append", default=[], metavar="KEY", help="let only this key upload; may be repeated")
    add(
        "--max-instances",
        type=_positive,
        default=defaults.max_instances,
        metavar="N",
        help="live instances (%(default)s)",
    )
    add(
        "--max-envs",
        type=_positive,
        default=defaults.max_envs,
        metavar="N",
        help="environments per instance (%(default)s)",
    )
    add("--max-body", type=_positive, default=defaults.max_body, metavar="BYTES", help="request body (%(default)s)")
    add(
        "--max-memory", type=_size, metavar="BYTES",
        help="create no instance while the server and its processes take more than this, such as 800M or 12G "
        "(default: 80%% of the machine's, or of its control group's)",
    )  # fmt: skip
    add(
        "--idle-timeout", type=_seconds, default=defaults.idle_timeout, metavar="SECONDS",
        help="close instances that nobody used for so long; 0 never does (%(default)s)",
    )  # fmt: skip
    add("--version", action="version", version=f"gym-http-server {importlib.metadata.version('gym-http-server')}")
    return arguments


def main(argv: Sequence[str] | None = None) -> None:
    """Parses the command line and serves until stopped."""
    arguments = parser()
    options = vars(arguments.parse_args(argv))
    options["token"] = _token(arguments, options.pop("token"), options.pop("token_file"))
    directories = {"monitor_roots": tuple(options.pop("monitor_root")), "data_dir": options.pop("data_dir")}
    given = {name: value for name, value in directories.items() if value}
    renamed = {
        "allow_hosts": "allow_host",
        "allow_origins": "allow_origin",
        "allow_calls": "allow_call",
        "api_keys": "api_key",
        "imports": "imports",
    }
    repeated: dict[str, Any] = {field: tuple(options.pop(flag)) for field, flag in renamed.items()}
    # Modules beside the operator's own files can be imported, as with `python -m`.
    sys.path.insert(0, os.getcwd())
    try:
        serve(Settings(**options, **repeated, **given))
    except StartError as error:
        sys.exit(f"gym-http-server: {error}")


def _token(arguments: argparse.ArgumentParser, token: str | None, file: Path | None) -> str | None:
    if token is not None and file is not None:
        arguments.error("--token and --token-file cannot both be given")
    if file is not None:
        try:
            return file.read_text().partition("\n")[0].strip() or arguments.error(f"--token-file {file} is empty")
        except (OSError, UnicodeDecodeError) as error:
            arguments.error(f"--token-file {file} cannot be read: {error}")
    if token:
        print(
            "gym-http-server: every user of this machine can read the token in the list of processes; "
            "--token-file and GYM_HTTP_TOKEN keep it to yourself",
            file=sys.stderr,
        )
    return token or os.environ.get("GYM_HTTP_TOKEN") or None


def _writable(text: str) -> Path:
    """A directory in which files can be made, or that can be made itself."""
    path = Path(text).absolute()
    existing = next(place for place in (path, *path.parents) if os.path.lexists(place))
    try:
        tempfile.TemporaryFile(dir=existing).close()
    except OSError as error:
        raise argparse.ArgumentTypeError(
            f"must be a directory that can be written, not {text}: {error.strerror or error} ({existing})"
        ) from None
    return path


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"must be a number from 0 to 65535, not {text!r}")
    return int(text)


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"must be a whole number of at least 1, not {text!r}")
    return int(text)


def _size(text: str) -> int:
    number, unit = (text[:-1], text[-1].upper()) if text[-1:].upper() in _UNITS else (text, "")
    if not number.isdecimal() or int(number) < 1:
        raise argparse.ArgumentTypeError(f"must be a number of bytes, or one of K, M or G such as 800M, not {text!r}")
    return int(number) << _UNITS[unit]


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < float("inf"):
        raise argparse.ArgumentTypeError(f"must be a number of seconds of at least 0, not {text!r}")
    return seconds
