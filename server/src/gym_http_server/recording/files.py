"""The files that a monitor writes and an upload reads.

A directory holds one run: `openaigym.manifest.<run>.json` says what was recorded, `openaigym.episodes.<run>.jsonl` has
a line of JSON for each finished episode, in the order in which they ended:

    {"episode": 0, "reward": 23.0, "length": 23, "started": "2026-...Z", "ended": "2026-...Z", "env": 1, "seed": 7}

`env` is there for vector environments only, `seed` where it is known; `reward` is null when the return is not a finite
number. A last line without its newline was cut off by a crash and counts as not written.
"""

from __future__ import annotations

import contextlib
import math
import os
import re
import stat
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import orjson

from .locks import lock, locked, unlock

FORMAT = 1
PREFIX = "openaigym."
_MANIFEST = re.compile(r"openaigym\.manifest\.([0-9a-f]{32})\.json")
_EPISODES = re.compile(r"openaigym\.episodes\.[0-9a-f]{32}\.jsonl")
_MAX_MANIFEST_BYTES = 64 * 1024 * 1024
_MAX_LINE_BYTES = 64 * 1024
_MAX_EPISODE_LENGTH = 2**31 - 1
# Never a link that leads elsewhere, never a pipe that blocks whoever opens it.
OPEN_FLAGS = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)


class FormatError(ValueError):
    """Files that are not as a monitor writes them; the text names the file, and the line and key where there is one."""


@dataclass
class Manifest:
    """What is known of a run as a whole. `closed` is None while it is recorded, and after a crash."""

    run: str
    env_id: str
    library: str
    versions: dict[str, str]
    num_envs: int
    reward_threshold: float | None
    created: str
    closed: str | None = None
    videos: list[str] = field(default_factory=list)

    @property
    def file_name(self) -> str:
        return f"{PREFIX}manifest.{self.run}.json"

    @property
    def episodes_name(self) -> str:
        return f"{PREFIX}episodes.{self.run}.jsonl"

    def write(self, directory: Path) -> None:
        """Replaces the file as a whole: a reader, or a crash, never meets half of it."""
        document = {"format": FORMAT, **asdict(self), "files": [self.episodes_name]}
        present = {key: value for key, value in document.items() if value is not None}
        temporary = directory / f"{self.file_name}.tmp"
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | OPEN_FLAGS
        try:
            with open(os.open(temporary, flags, 0o666), "wb") as file:
                file.write(orjson.dumps(present, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
            publish(temporary, directory / self.file_name)
        except OSError:
            with contextlib.suppress(OSError):
                temporary.unlink()
            raise


class EpisodeRecord(NamedTuple):
    """What is read of an episode; `reward` is NaN where it was not finite, `end` the offset after its line."""

    reward: float
    length: int
    env: int
    end: int


def own_files(directory: Path) -> list[Path]:
    """The regular openaigym.* files directly in the directory, sorted; links and folders are never a monitor's."""
    with contextlib.suppress(FileNotFoundError), os.scandir(directory) as entries:
        named = [entry for entry in entries if entry.name.startswith(PREFIX)]
        return sorted(Path(entry.path) for entry in named if entry.is_file(follow_symlinks=False))
    return []


def is_recorded(files: Sequence[Path]) -> bool:
    """Whether a monitor, of whatever process, is active in the directory of these files."""
    try:
        for path in files:
            if _EPISODES.fullmatch(path.name):
                with locked(path, OPEN_FLAGS):
                    pass
    except BlockingIOError:
        return True
    return False


def has_manifest_beside(run: str, directory: Path) -> bool:
    """Whether the directory holds the manifest of another run than `run`."""
    try:
        names = [_MANIFEST.fullmatch(path.name) for path in own_files(directory)]
    except OSError:
        return False
    return any(name is not None and name[1] != run for name in names)


def find_manifest(directory: Path) -> Manifest:
    """The manifest of the one run in the directory. FormatError when there is none, more than one or a wrong one."""
    found = [path for path in own_files(directory) if _MANIFEST.fullmatch(path.name)]
    if not directory.exists():
        raise FormatError(f"{directory} does not exist")
    if not found:
        raise FormatError(f"{directory} holds no openaigym.manifest.*.json file, which a monitor writes")
    if len(found) > 1:
        names = ", ".join(path.name for path in found)
        raise FormatError(f"{directory} holds {len(found)} runs ({names}); keep each in a directory of its own")
    return _read_manifest(found[0])


def _read_manifest(path: Path) -> Manifest:
    name = path.name
    with open_regular(path) as file:
        text = file.read(_MAX_MANIFEST_BYTES)
    try:
        document = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise FormatError(f"{name} is not JSON: {error}") from error
    if not isinstance(document, dict):
        raise FormatError(f"{name} must hold a JSON object")
    if document.get("format") != FORMAT:
        raise FormatError(f"{name}: key 'format' must be {FORMAT}, not {document.get('format')!r}")
    run = path.name.split(".")[2]
    if document.get("run") != run:
        raise FormatError(f"{name}: key 'run' must be {run!r} as in the file's name, not {document.get('run')!r}")
    texts = {key: _key(name, document, key, str, "a string") for key in ("env_id", "library", "created")}
    if not texts["env_id"]:
        raise FormatError(f"{name}: key 'env_id' must not be empty")
    threshold = document.get("reward_threshold")
    if threshold is not None and not _is_finite(threshold):
        raise FormatError(f"{name}: key 'reward_threshold' must be a number, not {threshold!r}")
    return Manifest(
        run=run,
        **texts,
        versions=_key(name, document, "versions", dict, "an object"),
        num_envs=_key(name, document, "num_envs", int, "an integer"),
        reward_threshold=None if threshold is None else float(threshold),
        closed=document.get("closed"),
        videos=_key(name, document, "videos", list, "a list"),
    )


def read_episodes(path: Path) -> Iterator[EpisodeRecord]:
    """The finished episodes of a run, one by one; FormatError names the line and the key that is wrong."""
    with open_regular(path) as file:
        end = 0
        for index, line in enumerate(iter(lambda: file.readline(_MAX_LINE_BYTES), b"")):
            if not line.endswith(b"\n"):
                if len(line) == _MAX_LINE_BYTES:
                    raise FormatError(f"{path.name} line {index + 1} is longer than {_MAX_LINE_BYTES} bytes")
                return
            end += len(line)
            yield _record(f"{path.name} line {index + 1}", line, index, end)


def _record(place: str, line: bytes, index: int, end: int) -> EpisodeRecord:
    try:
        document = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise FormatError(f"{place} is not JSON: {error}") from error
    if not isinstance(document, dict):
        raise FormatError(f"{place} must be a JSON object")
    episode = _key(place, document, "episode", int, "an integer")
    if episode != index:
        raise FormatError(f"{place}: key 'episode' must be {index}, as lines are numbered from 0, not {episode}")
    length = _key(place, document, "length", int, "an integer")
    if not 1 <= length <= _MAX_EPISODE_LENGTH:
        raise FormatError(f"{place}: key 'length' must be from 1 to {_MAX_EPISODE_LENGTH}, not {length}")
    if "reward" not in document:
        raise FormatError(f"{place}: key 'reward' is missing")
    reward = document["reward"]
    if reward is not None and not _is_finite(reward):
        raise FormatError(f"{place}: key 'reward' must be a number, not {reward!r}")
    env = document.get("env", 0)
    if not isinstance(env, int):
        raise FormatError(f"{place}: key 'env' must be an integer, not {env!r}")
    return EpisodeRecord(math.nan if reward is None else float(reward), length, env, end)


def _key(place: str, document: dict[str, Any], key: str, kind: type, wanted: str) -> Any:
    if key not in document:
        raise FormatError(f"{place}: key {key!r} is missing")
    value = document[key]
    if not isinstance(value, kind) or isinstance(value, bool):
        raise FormatError(f"{place}: key {key!r} must be {wanted}, not {value!r}")
    return value


def _is_finite(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def open_regular(path: Path) -> BinaryIO:
    """Opens a regular file for reading; FormatError when it is missing, a link, a pipe or cannot be read."""
    try:
        descriptor = os.open(path, os.O_RDONLY | OPEN_FLAGS)
    except FileNotFoundError as error:
        raise FormatError(f"{path.name} is missing from {path.parent}") from error
    except OSError as error:
        raise FormatError(f"{path.name} cannot be read: {error.strerror}") from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise FormatError(f"{path.name} is not a regular file")
    return os.fdopen(descriptor, "rb")


class EpisodeLog:
    """Appends lines to a run's episodes; what `append` was given is on disk when it returns.

    Lines that could not be written are kept and go out with the next ones, so a disk that is full for a while loses
    nothing. The file is locked until it is closed, by which others know that a monitor is active.
    """

    def __init__(self, path: Path, size: int = 0) -> None:
        """`size` in bytes is what is good of the file; what follows is cut off at the first line that is written."""
        self.path = path
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | OPEN_FLAGS, 0o666)
        try:
            lock(self._descriptor)
        except BlockingIOError:
            os.close(self._descriptor)
            raise
        self._size = size
        self._trailing = os.fstat(self._descriptor).st_size != size
        self._pending = b""

    def append(self, lines: bytes) -> None:
        """Raises OSError when the lines are not on disk."""
        self._pending += lines
        self.flush()

    def flush(self) -> None:
        if not self._pending:
            return
        if self._trailing:
            os.ftruncate(self._descriptor, self._size)
        self._trailing = True
        rest = self._pending
        while rest:
            rest = rest[os.write(self._descriptor, rest) :]
        os.fsync(self._descriptor)
        self._size += len(self._pending)
        self._pending = b""
        self._trailing = False

    def close(self) -> None:
        """Closes the file; what `flush` could not write is lost."""
        unlock(self._descriptor)
        os.close(self._descriptor)


def publish(temporary: Path, final: Path) -> None:
    """Gives a written file its name, in one step and on disk."""
    descriptor = os.open(temporary, os.O_RDONLY | OPEN_FLAGS)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    os.replace(temporary, final)
    sync_directory(final.parent)


def sync_directory(directory: Path) -> None:
    """Puts on disk which files a directory holds."""
    if sys.platform == "win32":  # where a directory cannot be opened
        return
    descriptor = os.open(directory, os.O_RDONLY | OPEN_FLAGS)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
