"""Records the episodes of an instance into a directory; `recording/files.py` describes what it writes there."""

from __future__ import annotations

import contextlib
import dataclasses
import importlib.metadata
import json
import logging
import math
import os
import platform
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ..environments.vectors import autoreset_mode_of, is_vector
from ..protocol.errors import ApiError
from ..protocol.timestamps import rfc3339
from .episodes import Episode, SingleTracker, VectorTracker
from .files import (
    OPEN_FLAGS,
    EpisodeLog,
    FormatError,
    Manifest,
    find_manifest,
    has_manifest_beside,
    is_recorded,
    own_files,
    read_episodes,
    sync_directory,
)
from .locks import locked
from .video import VideoNames, choose_schedule, wrap

_logger = logging.getLogger(__name__)


class _Progress(NamedTuple):
    """How far a run is: its episodes, those of its first sub-environment, and the bytes of the log that are good."""

    episodes: int = 0
    filmed: int = 0
    log_bytes: int = 0


class Monitor:
    """Records the episodes of one instance (single or vector env) into a directory as openaigym.* files.

    An episode is on disk when `after_step` returns, so a server that is killed loses the running one at most. One that
    a reset cuts off has no return and is discarded. `env` is the environment to use while the monitor runs, and after
    `close` again. Not thread-safe: to be called where the environment is called.

    Another monitor may take the directory over: it deletes this one's files, which by that knows that it is `closed`.
    """

    def __init__(self, env: Any, directory: Path, manifest: Manifest, progress: _Progress) -> None:
        """For `start` alone."""
        self.closed = False
        self.directory = directory
        self.env = env
        self._base_env = env
        self._manifest = manifest
        self._episodes = progress.episodes
        self._filmed_episodes = progress.filmed
        self._log = EpisodeLog(directory / manifest.episodes_name, progress.log_bytes)
        self._videos = VideoNames(directory, manifest.run)
        self._recorder: Any = None
        self._same_step = False
        self._tracker: SingleTracker | VectorTracker = SingleTracker()
        if is_vector(env):
            autoreset_mode = autoreset_mode_of(env) or "next_step"
            self._same_step = autoreset_mode == "same_step"
            self._tracker = VectorTracker(manifest.num_envs, autoreset_mode)

    @classmethod
    def start(
        cls,
        env: Any,
        directory: Path,
        *,
        env_id: str,
        library: str,
        num_envs: int,
        reward_threshold: float | None,
        force: bool,
        resume: bool,
        video_callable: bool | int | None,
    ) -> Monitor:
        """Starts recording at the environment's next episode; the directory is made where it is missing.

        `force` deletes the openaigym.* files that are there, those of an active monitor too, else `resume` continues
        the run that they hold. `video_callable`: see `video.choose_schedule`. A start that fails leaves the directory
        as it was.

        Raises:
            ApiError: 409 monitor_active when another monitor records there; 409 monitor_data_exists when old files are
                in the way or cannot be continued; 409 no_frame and 400 missing_dependency when the videos that were
                asked for cannot be made; 400 invalid_parameter; 400 invalid_directory when it cannot be written.
        """
        schedule = choose_schedule(env, video_callable, library == "gym" and is_vector(env))
        new = Manifest(
            run=uuid.uuid4().hex,
            env_id=env_id,
            library=library,
            versions=_versions(library),
            num_envs=num_envs,
            reward_threshold=reward_threshold,
            created=rfc3339(),
        )
        try:
            with contextlib.ExitStack() as undo:
                _make_directory(directory, undo)
                with locked(directory, OPEN_FLAGS):
                    monitor = cls._begin(env, directory, new, schedule, force, resume)
                undo.pop_all()
        except BlockingIOError as error:  # somebody else starts one there at this moment
            raise _monitor_active(directory) from error
        except OSError as error:
            problem = f"The monitor cannot write to {directory}: {error.strerror or error}"
            raise ApiError(400, "invalid_directory", problem) from error
        return monitor

    @classmethod
    def _begin(
        cls,
        env: Any,
        directory: Path,
        new: Manifest,
        schedule: Callable[[int], bool] | None,
        force: bool,
        resume: bool,
    ) -> Monitor:
        old = own_files(directory)
        active = is_recorded(old)
        if active and not force:
            raise _monitor_active(directory)
        manifest, progress = _choose_run(directory, new, bool(old), force, resume)
        with contextlib.ExitStack() as undo:
            if manifest is new:
                undo.callback((directory / new.file_name).unlink, missing_ok=True)
                undo.callback((directory / new.episodes_name).unlink, missing_ok=True)
            monitor = cls(env, directory, manifest, progress)
            undo.callback(monitor._log.close)
            if schedule is not None:
                monitor._film(new.library, schedule)
            manifest.write(directory)
            monitor._videos.clean()
            if manifest is new:
                _delete(old)
            undo.pop_all()
        if active:
            _logger.warning("The monitor that recorded into %s is closed: force took its directory over", directory)
        return monitor

    def _film(self, library: str, schedule: Callable[[int], bool]) -> None:
        self._recorder = wrap(self.env, library, schedule, self._videos, lambda: self._filmed_episodes)
        self.env = self._recorder

    def after_reset(self, seed: Any, mask: Any = None) -> None:
        """To be called when the environment was reset, with the seed it was given (None, an int, a list for a vector).

        `mask` (bool, shape (num_envs,)) says which sub-environments of a vector env were reset; None means all.
        """
        self._tracker.reset(seed, mask)

    def after_step(self, reward: Any, terminated: Any, truncated: Any) -> None:
        """To be called once after each step with what it gave: floats and bools, or arrays of shape (num_envs,)."""
        finished = self._tracker.step(reward, terminated, truncated)
        if finished:
            self._record(finished)
        if self._recorder is not None:
            # With same_step the wrapper has already gone on to the next episode.
            self._recorder.after_step(bool(finished) and not finished[0].env and not self._same_step)
        if finished:
            self.close_if_taken_over()

    def _record(self, finished: Sequence[Episode]) -> None:
        ended = rfc3339()
        lines = [_line(self._episodes + index, episode, ended) for index, episode in enumerate(finished)]
        self._episodes += len(finished)
        self._filmed_episodes += not finished[0].env
        try:
            self._log.append("".join(lines).encode())
        except OSError as error:  # the step was taken, and its reply must not be lost
            _logger.warning("Episodes are not on disk yet, the monitor of %s tries again: %s", self.directory, error)

    def close(self) -> Any:
        """Finishes the running video, completes the manifest, and returns the environment underneath the recording.

        Raises ApiError 500 internal_error when the last episodes could not be written; the monitor is closed even then,
        and `env` is the environment underneath. Closing again does nothing.
        """
        self.close_if_taken_over()
        if self.closed:
            return self.env
        self.closed = True
        self.env = self._base_env
        try:
            if self._recorder is not None:
                self._recorder.finish()
            self._log.flush()
            self._videos.clean()
            self._manifest.videos = self._videos.complete()
            self._manifest.closed = rfc3339()
            self._manifest.write(self.directory)
            if self._is_taken_over():  # in the meantime
                self._delete_files()
        except OSError as error:
            problem = f"The monitor's last episodes could not be written to {self.directory}: {error.strerror or error}"
            raise ApiError(500, "internal_error", problem) from error
        finally:
            self._log.close()
        return self.env

    def close_if_taken_over(self) -> None:
        """Closes a monitor whose directory another one has taken over; nothing of it stays there."""
        if self.closed or not self._is_taken_over():
            return
        _logger.warning(
            "The monitor of an instance of %s is closed: another one has taken %s over",
            self._manifest.env_id,
            self.directory,
        )
        self.closed = True
        self.env = self._base_env
        if self._recorder is not None:
            self._recorder.drop()
        self._delete_files()
        self._log.close()

    def _is_taken_over(self) -> bool:
        return not os.path.exists(self._log.path) and has_manifest_beside(self._manifest.run, self.directory)

    def _delete_files(self) -> None:
        with contextlib.suppress(OSError):
            _delete([path for path in own_files(self.directory) if self._manifest.run in path.name])


def _line(number: int, episode: Episode, ended: str) -> str:
    document: dict[str, Any] = {
        "episode": number,
        "reward": episode.reward if math.isfinite(episode.reward) else None,
        "length": episode.length,
        "started": rfc3339(episode.started),
        "ended": ended,
    }
    if episode.env is not None:
        document["env"] = episode.env
    if episode.seed is not None:
        document["seed"] = episode.seed
    return json.dumps(document) + "\n"  # not orjson: a seed may have more than 64 bits


def _choose_run(
    directory: Path, new: Manifest, has_data: bool, force: bool, resume: bool
) -> tuple[Manifest, _Progress]:
    """The new run, or the one in the directory when it is to be resumed."""
    if force or not has_data:
        return new, _Progress()
    delete = "pass force=true to delete the openaigym.* files there"
    if not resume:
        problem = f"{directory} already holds a monitor's files: {delete}, or resume=true to append to them"
        raise ApiError(409, "monitor_data_exists", problem)
    try:
        old = find_manifest(directory)
        if old.env_id != new.env_id:
            raise FormatError(f"it holds episodes of {old.env_id}, not of {new.env_id}")
        progress = _Progress()
        for record in read_episodes(directory / old.episodes_name):
            progress = _Progress(progress.episodes + 1, progress.filmed + (record.env == 0), record.end)
    except FormatError as error:
        problem = f"{directory} cannot be resumed: {error}. Choose another directory, or {delete}"
        raise ApiError(409, "monitor_data_exists", problem) from error
    return dataclasses.replace(new, run=old.run, created=old.created), progress


def _make_directory(directory: Path, undo: contextlib.ExitStack) -> None:
    missing = [place for place in (directory, *directory.parents) if not place.exists()]
    for place in reversed(missing):
        place.mkdir()
        undo.callback(_remove_directory, place)
        sync_directory(place.parent)


def _remove_directory(directory: Path) -> None:
    with contextlib.suppress(OSError):  # somebody else put something there meanwhile
        directory.rmdir()


def _monitor_active(directory: Path) -> ApiError:
    remedy = "close that one first, choose another directory, or pass force=true to take this one over"
    return ApiError(409, "monitor_active", f"Another monitor records into {directory}: {remedy}")


def _delete(files: Sequence[Path]) -> None:
    for path in files:
        path.unlink(missing_ok=True)
    if files:
        sync_directory(files[0].parent)


def _versions(library: str) -> dict[str, str]:
    names = (library, "numpy", "gym-http-server")
    return {"python": platform.python_version(), **{name: importlib.metadata.version(name) for name in names}}
