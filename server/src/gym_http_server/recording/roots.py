"""Keeps directories that clients name inside the roots that the operator allows."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from ..protocol.errors import ApiError, shown

_MOST_LEVELS = 128


class Roots:
    """The directories that clients may use; relative paths start at `start`, wherever an environment went."""

    def __init__(self, roots: Sequence[Path], start: Path) -> None:
        self._roots = tuple(roots)
        self._start = start

    def resolve(self, path: str) -> Path:
        """The absolute directory that `path` means, with every symbolic link followed. It need not exist yet.

        Raises ApiError 400 invalid_directory when it lies outside every root, or cannot be a directory.
        """
        if not isinstance(path, str) or not path or "\0" in path:
            raise _refused(path, "must be a non-empty string without NUL characters")
        if path.count("/") > _MOST_LEVELS:
            raise _refused(path, f"may have at most {_MOST_LEVELS} levels")
        try:
            resolved = (self._start / path).resolve()
            outside = not any(resolved.is_relative_to(root.resolve()) for root in self._roots)
            # The answer to a path outside must not tell what is there, so nothing more is asked of the disk.
            existing = None if outside else _nearest_existing(resolved)
        # RuntimeError: a loop of symbolic links before Python 3.13. ValueError: characters no file name can have.
        except (OSError, RuntimeError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            raise _refused(path, f"cannot be resolved: {reason}") from error
        if existing is None:
            allowed = ", ".join(str(root) for root in self._roots)
            raise _refused(path, f"is outside the directories that this server may use. Choose one inside: {allowed}")
        if not existing.is_dir():
            raise _refused(path, f"cannot be a directory: {existing} is a file")
        return resolved


def _nearest_existing(path: Path) -> Path:
    """The path itself where it exists, else its closest ancestor that does."""
    # lexists: a loop of symbolic links is there, though it leads nowhere.
    return next(place for place in (path, *path.parents) if os.path.lexists(place))


def _refused(path: object, problem: str) -> ApiError:
    return ApiError(400, "invalid_directory", f"Directory {shown(path)} {problem}")
