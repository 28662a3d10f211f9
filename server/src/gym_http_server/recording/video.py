"""Videos of episodes, through the libraries' own RecordVideo wrappers."""

from __future__ import annotations

import importlib
import logging
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import numpy as np

from ..environments.frames import NoPicture, picture
from ..environments.vectors import is_vector
from ..protocol.errors import ApiError, invalid_parameter
from .files import own_files, publish

# The wrappers keep an episode's frames in memory until it ends; a video that would need more than this ends early.
MAX_FRAME_BYTES = 1024 * 1024 * 1024
_NO_VIDEOS = "or start the monitor with video_callable false"

_log = logging.getLogger(__name__)


def choose_schedule(env: Any, video_callable: bool | int | None, gym_vector: bool) -> Callable[[int], bool] | None:
    """Which episodes (numbered from 0) to record; None for none.

    True records episodes 0, 1, 8, 27 and so on to 1000, then every 1000th; n every n-th; None as True where videos can
    be made. Raises ApiError where videos are asked for and cannot be: 409 no_frame, 400 missing_dependency.
    """
    if video_callable is not None and video_callable < 0:
        raise invalid_parameter(
            "video_callable", f"must be a boolean or an integer of at least 0, not {video_callable}"
        )
    if video_callable is not None and not video_callable:
        return None
    refusal = _refusal(env, gym_vector)
    if refusal is not None:
        if video_callable is None:
            return None
        raise refusal
    if video_callable is None or video_callable is True:
        return _cubic
    every = int(video_callable)
    return lambda episode: episode % every == 0


def _cubic(episode: int) -> bool:
    return round(episode ** (1 / 3)) ** 3 == episode if episode < 1000 else episode % 1000 == 0


def _refusal(env: Any, gym_vector: bool) -> ApiError | None:
    if gym_vector:
        problem = "classic gym cannot render vector environments: use Gymnasium or a single environment"
        return ApiError(409, "no_frame", f"No videos: {problem}, {_NO_VIDEOS}")
    if env.render_mode != "rgb_array":
        problem = f"the instance's render_mode is {env.render_mode}: create one with render_mode rgb_array"
        return ApiError(409, "no_frame", f"No videos: {problem}, {_NO_VIDEOS}")
    try:
        importlib.import_module("moviepy")
    except (ImportError, RuntimeError) as error:  # RuntimeError: it finds no ffmpeg
        problem = f"moviepy cannot be used here ({error}): pip install 'gym-http-server[video]' on the server"
        return ApiError(400, "missing_dependency", f"No videos: {problem}, {_NO_VIDEOS}")
    return None


class VideoNames:
    """Where the videos of a run are: written under a working name, and given their own when they are complete."""

    def __init__(self, directory: Path, run: str) -> None:
        self.directory = directory
        self._prefix = f"openaigym.video.{run}."
        self.working_name = f"{self._prefix}unfinished"

    def keep(self, written: Path, episode: int) -> None:
        publish(written, self.directory / f"{self._prefix}episode{episode:06d}.mp4")

    def complete(self) -> list[str]:
        names = [path.name for path in own_files(self.directory)]
        return [name for name in names if name.startswith(f"{self._prefix}episode") and name.endswith(".mp4")]

    def clean(self) -> None:
        """Removes what was being written, also by a server that was killed."""
        for path in own_files(self.directory):
            if path.name.startswith(self.working_name):
                path.unlink()


class Recorder:
    """What the recorders of both libraries have in common here. Mixed in before the library's RecordVideo."""

    env: Any
    recording = False
    episode_id: int
    first_episode_id: int  # what the wrapper has in episode_id before the first reset
    filmed_episode = 0
    names: VideoNames
    finished_episodes: Callable[[], int]  # of the environment that is filmed

    def reset(self, **arguments: Any) -> Any:
        mask = (arguments.get("options") or {}).get("reset_mask")
        if mask is not None and not mask[0]:
            return self.env.reset(**arguments)  # the wrapper would film the same frame a second time
        self.drop()  # a reset in its middle discards an episode, and the next one gets its number
        self.episode_id = self.finished_episodes() + self.first_episode_id
        return cast("Any", super()).reset(**arguments)

    def render(self, *args: Any, **kwargs: Any) -> Any:
        # The wrappers' own, while they record, fail (classic gym) or put into the video what the caller asked to see.
        return self.env.render(*args, **kwargs)

    def film(self, capture: Callable[[], Any]) -> None:
        """Captures a frame and takes it over; one that cannot be drawn ends the video, and costs no step."""
        try:
            capture()
        except Exception as error:
            self._end_before(f"the environment raised {type(error).__name__}: {error}")
        else:
            self.take_over()

    def take_over(self) -> None:
        """Makes a picture of the frame that was captured last; ends the video before one that does not fit into it."""
        frames = self.frames() if self.recording else []
        if not frames:
            return
        try:
            last = picture(frames[-1])
            problem = "" if len(frames) == 1 or last.shape == frames[0].shape else "their size changed"
        except NoPicture as error:
            problem = f"the next one is {error}"
        if problem:
            frames.pop()
            self._end_before(problem)
        else:  # a copy, for some environments draw all their frames into one array
            frames[-1] = last.copy() if np.may_share_memory(last, frames[-1]) else last

    def _end_before(self, problem: str) -> None:
        count = len(self.frames())
        _log.warning("The video of episode %d ends after %d frames: %s", self.filmed_episode, count, problem)
        self.finish()

    def after_step(self, ended: bool) -> None:
        """Completes the video when the filmed episode has `ended`, or when its frames take too much memory."""
        if self.recording:
            frames = self.frames()
            if ended or (frames and len(frames) * frames[0].nbytes > MAX_FRAME_BYTES):
                self.finish()

    def finish(self) -> None:
        """Writes the video of the running recording, if it shows a step. A failure is logged, and costs no step."""
        if self.recording and len(self.frames()) > 1:
            # moviepy loses the last frame at some lengths, by rounding: shown twice, the end is always to be seen.
            self.frames().append(self.frames()[-1])
            try:
                self.names.keep(self.encode(), self.filmed_episode)
            except Exception as error:  # whatever moviepy, ffmpeg or the disk came upon
                _log.warning("The video of episode %d could not be written: %s", self.filmed_episode, error)
        self.drop()

    def frames(self) -> list[Any]:
        """The frames of the running recording."""
        raise NotImplementedError

    def encode(self) -> Path:
        """Writes the frames as a video and returns its path."""
        raise NotImplementedError

    def drop(self) -> None:
        """Ends the running recording, if any, without a video."""
        raise NotImplementedError


class _GymnasiumRecorder(Recorder):
    """For Gymnasium's wrappers of single and of vector environments."""

    first_episode_id = -1
    recorded_frames: list[Any]

    def start_recording(self, video_name: str) -> None:
        self.finish()
        self.filmed_episode = self.episode_id
        cast("Any", super()).start_recording(self.names.working_name)

    def stop_recording(self) -> None:
        self.finish()

    def _capture_frame(self) -> None:
        self.film(cast("Any", super())._capture_frame)

    def frames(self) -> list[Any]:
        return self.recorded_frames

    def encode(self) -> Path:
        cast("Any", super()).stop_recording()
        return self.names.directory / f"{self.names.working_name}.mp4"

    def drop(self) -> None:
        self.recorded_frames = []
        self.recording = False


class _GymRecorder(Recorder):
    """For classic gym's wrapper."""

    first_episode_id = 0
    video_recorder: Any

    def step(self, action: Any) -> Any:
        # The wrapper's own would begin the next episode's video with the last frame of the one before.
        result = self.env.step(action)
        if self.recording:
            self.film(self.video_recorder.capture_frame)
        return result

    def start_video_recorder(self) -> None:
        cast("Any", super()).start_video_recorder()
        self.filmed_episode = self.episode_id
        self.take_over()

    def close_video_recorder(self) -> None:
        self.finish()

    def frames(self) -> list[Any]:
        return cast("list[Any]", self.video_recorder.recorded_frames)

    def encode(self) -> Path:
        # The video recorder's own close() would close the environment first, and print a progress bar.
        clips = importlib.import_module("moviepy.video.io.ImageSequenceClip")
        clip = clips.ImageSequenceClip(self.frames(), fps=self.video_recorder.frames_per_sec)
        clip.write_videofile(self.video_recorder.path, logger=None)
        return Path(self.video_recorder.path)

    def drop(self) -> None:
        if self.recording:
            Path(self.video_recorder.metadata_path).unlink(missing_ok=True)
            self.video_recorder.enabled = False  # or it would write the video when it is collected
        self.recording = False


def wrap(
    env: Any,
    library: str,
    schedule: Callable[[int], bool],
    names: VideoNames,
    finished_episodes: Callable[[], int],
) -> Any:
    """The environment in the library's RecordVideo, which is also a Recorder; of a vector env it films the first.

    `schedule` chooses among the episodes that are filmed, numbered from 0; `finished_episodes` counts them.
    """
    warnings.filterwarnings("ignore", message=".*Overwriting existing videos")  # each run has names of its own
    arguments: dict[str, Any] = {"episode_trigger": schedule, "name_prefix": names.working_name}
    module, mixin = f"{library}.wrappers", _GymRecorder if library == "gym" else _GymnasiumRecorder
    if library == "gymnasium":
        arguments["gc_trigger"] = None  # a full garbage collection, on the step path
        if is_vector(env):
            module = "gymnasium.wrappers.vector"
            arguments["record_first_only"] = True
    wrapper = type("RecordVideo", (mixin, importlib.import_module(module).RecordVideo), {})
    recorder: Any = wrapper(env, str(names.directory), **arguments)
    recorder.names = names
    recorder.finished_episodes = finished_episodes
    recorder.episode_id = finished_episodes() + recorder.first_episode_id
    return recorder
