"""The videos that a monitor makes, decoded frame by frame."""

from __future__ import annotations

import itertools
import logging
import sys
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
import pytest

from gym_http_server.protocol.errors import ApiError
from gym_http_server.recording import video as monitor_video
from recording import lines, manifest, play, start

imageio = pytest.importorskip("imageio.v3")
pytest.importorskip("moviepy")
pytest.importorskip("imageio_ffmpeg")


def cartpole(**kwargs: Any) -> Any:
    return gymnasium.make("CartPole-v1", render_mode="rgb_array", **kwargs)


def videos(directory: Path) -> dict[int, Any]:
    """Frames of each video (N, H, W, 3) by the number in its name."""
    return {
        int(path.stem.rpartition("episode")[2]): np.stack(list(imageio.imiter(path, plugin="FFMPEG")))
        for path in sorted(directory.glob("openaigym.video.*.mp4"))
    }


def check_videos(directory: Path, frames: dict[int, int]) -> None:
    """Each of these videos has so many frames, of which the last may be shown twice; there are no others."""
    found = {number: len(film) for number, film in videos(directory).items()}
    assert list(found) == list(frames)
    assert all(count <= found[number] <= count + 1 for number, count in frames.items()), (found, frames)


def lengths(directory: Path) -> dict[int, int]:
    return {line["episode"]: line["length"] for line in lines(directory)}


def test_a_video_shows_every_frame_of_its_episode(tmp_path: Path) -> None:
    env = cartpole()
    monitor = start(env, tmp_path, video_callable=1)
    shown = []
    monitor.env.reset(seed=3)
    monitor.after_reset(3)
    shown.append(env.render())
    done = False
    while not done:
        _, reward, terminated, truncated, _ = monitor.env.step(0)
        shown.append(env.render())
        monitor.after_step(float(reward), terminated, truncated)
        done = terminated or truncated
    # Already complete: the monitor still runs.
    (film,) = videos(tmp_path).values()
    assert film.shape[1:] == (400, 600, 3)
    check_videos(tmp_path, {0: len(shown)})
    # H.264 loses some colour at edges; frames at a distance of two differ by more than that.
    difference = np.abs(film[: len(shown)].astype(float) - np.stack(shown)).mean(axis=(1, 2, 3))
    assert difference.max() < 0.5 < np.abs(np.float64(shown[-1]) - shown[-3]).mean()
    assert np.abs(film[-1].astype(float) - shown[-1]).mean() < 0.5
    monitor.close()
    env.close()


def test_the_cubic_schedule_is_the_default_where_frames_are_to_be_had(tmp_path: Path) -> None:
    env = cartpole(max_episode_steps=3)
    monitor = start(env, tmp_path, video_callable=None)
    play(monitor, 10)
    assert monitor.close() is env
    env.close()
    check_videos(tmp_path, {0: 4, 1: 4, 8: 4})
    assert manifest(tmp_path)["videos"] == sorted(path.name for path in tmp_path.glob("*.mp4"))
    assert [n for n in range(5001) if monitor_video._cubic(n)] == [
        *(0, 1, 8, 27, 64, 125, 216, 343, 512, 729),
        *(1000, 2000, 3000, 4000, 5000),
    ]


@pytest.mark.parametrize(("video_callable", "expected"), [(0, []), (False, []), (3, [0, 3, 6])])
def test_every_nth_episode(video_callable: int, expected: list[int], tmp_path: Path) -> None:
    env = cartpole(max_episode_steps=2)
    monitor = start(env, tmp_path, video_callable=video_callable)
    play(monitor, 7)
    monitor.close()
    env.close()
    assert list(videos(tmp_path)) == expected


def test_a_video_of_an_episode_cut_off_by_a_reset_is_discarded_with_it(tmp_path: Path) -> None:
    env = cartpole(max_episode_steps=5)
    monitor = start(env, tmp_path, video_callable=1)
    for _ in range(3):
        monitor.env.reset()
        monitor.after_reset(None)
        monitor.after_step(float(monitor.env.step(0)[1]), False, False)
    assert not list(tmp_path.glob("*.mp4"))
    play(monitor, 1)
    monitor.close()
    env.close()
    check_videos(tmp_path, {0: 6})


def test_close_completes_the_running_video_and_resume_replaces_it(tmp_path: Path) -> None:
    env = cartpole(max_episode_steps=6)
    monitor = start(env, tmp_path, video_callable=2)
    play(monitor, 2)
    monitor.env.reset()
    monitor.after_reset(None)
    for _ in range(3):
        monitor.after_step(float(monitor.env.step(0)[1]), False, False)
    monitor.close()
    check_videos(tmp_path, {0: 7, 2: 4})
    monitor = start(env, tmp_path, video_callable=2, resume=True)
    play(monitor, 3)
    monitor.close()
    env.close()
    check_videos(tmp_path, {0: 7, 2: 7, 4: 7})
    assert len(manifest(tmp_path)["videos"]) == 3


@pytest.mark.parametrize("autoreset_mode", ["NextStep", "SameStep", "Disabled"])
@pytest.mark.parametrize("vectorization_mode", ["sync", "async"])
def test_a_vector_env_films_its_first_environment(vectorization_mode: str, autoreset_mode: str, tmp_path: Path) -> None:
    options: dict[str, Any] = {"autoreset_mode": autoreset_mode}
    options |= {"context": "forkserver"} if vectorization_mode == "async" else {}
    env = gymnasium.make_vec(
        "CartPole-v1", 2, vectorization_mode, vector_kwargs=options, render_mode="rgb_array", max_episode_steps=30
    )
    monitor = start(env, tmp_path, num_envs=2, video_callable=2)
    monitor.env.reset(seed=1)
    monitor.after_reset(1)
    for step in itertools.count():
        if len([line for line in lines(tmp_path) if line["env"] == 0]) == 4:
            break
        # The first balances for a while, the second falls, and is reset, in the middle of the first one's episode.
        _, reward, terminated, truncated, _ = monitor.env.step(np.array([step % 2, 0]))
        monitor.after_step(reward, terminated, truncated)
        ended = terminated | truncated
        if autoreset_mode == "Disabled" and ended.any():
            monitor.env.reset(options={"reset_mask": ended.copy()})
            monitor.after_reset(None, ended)
    monitor.close()
    env.close()
    first = [line["length"] for line in lines(tmp_path) if line["env"] == 0]
    # Gymnasium's wrapper never sees the last frame when the reset comes in the same step.
    last = 0 if autoreset_mode == "SameStep" else 1
    check_videos(tmp_path, {0: first[0] + last, 2: first[2] + last})
    assert videos(tmp_path)[0].shape[1:] == (400, 600, 3)


def test_a_resumed_run_of_a_vector_env_goes_on_counting_without_a_reset(tmp_path: Path) -> None:
    env = gymnasium.make_vec("CartPole-v1", 1, "sync", render_mode="rgb_array", max_episode_steps=3)
    env.reset()
    for part in range(2):
        monitor = start(env, tmp_path, num_envs=1, video_callable=1, resume=part > 0)
        while len(lines(tmp_path)) < 2 * (part + 1):
            _, reward, terminated, truncated, _ = monitor.env.step(np.array([0]))
            monitor.after_step(reward, terminated, truncated)
        monitor.close()
    env.close()
    # The monitor cannot know that the step after its second start is a reset, so that episode is not recorded.
    check_videos(tmp_path, dict.fromkeys(range(4), 4))


def test_what_a_client_renders_does_not_get_into_the_video(tmp_path: Path) -> None:
    env = gymnasium.make_vec("CartPole-v1", 2, "vector_entry_point", render_mode="rgb_array")
    monitor = start(env, tmp_path, num_envs=2, video_callable=1)
    monitor.env.reset(seed=1)
    monitor.after_reset(1)
    while not lines(tmp_path):
        _, reward, terminated, truncated, _ = monitor.env.step(np.zeros(2, dtype=int))
        assert np.stack(monitor.env.render()).shape == (2, 400, 600, 3)
        monitor.after_step(reward, terminated, truncated)
    monitor.close()
    env.close()
    check_videos(tmp_path, {0: lines(tmp_path)[0]["length"] + 1})


def test_videos_of_classic_gym(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    gym = pytest.importorskip("gym")
    env = gym.make("CartPole-v1", render_mode="rgb_array", disable_env_checker=True)
    monitor = start(env, tmp_path, library="gym", video_callable=2)
    capfd.readouterr()
    play(monitor, 4)
    monitor.env.reset()
    monitor.after_reset(None)
    frame = monitor.env.render()
    assert frame.shape == (400, 600, 3)
    assert frame.std() > 0
    monitor.env.reset()
    monitor.after_reset(None)
    play(monitor, 1)
    assert not list(tmp_path.glob("*.meta.json"))
    assert monitor.close() is env
    recorded = lengths(tmp_path)
    check_videos(tmp_path, {n: recorded[n] + 1 for n in (0, 2, 4)})
    assert "MoviePy" not in "".join(capfd.readouterr())
    # A frame can still be drawn: recording did not close the environment.
    env.reset()
    assert env.render().std() > 0
    env.close()


def test_without_frames_or_moviepy_no_videos_are_made_unless_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blind, env = gymnasium.make("CartPole-v1"), cartpole()
    monkeypatch.setitem(sys.modules, "moviepy", None)
    for number, without in enumerate((blind, env)):
        monitor = start(without, tmp_path / str(number), video_callable=None)
        assert monitor.env is without
        play(monitor, 1)
        monitor.close()
        assert not list((tmp_path / str(number)).glob("*.mp4"))
    with pytest.raises(ApiError, match=r"pip install 'gym-http-server\[video\]'") as refused:
        start(env, tmp_path / "2", video_callable=True)
    assert (refused.value.status, refused.value.code) == (400, "missing_dependency")
    with pytest.raises(ApiError, match="render_mode rgb_array") as refused:
        start(blind, tmp_path / "2", video_callable=5)
    assert (refused.value.status, refused.value.code) == (409, "no_frame")
    with pytest.raises(ApiError, match="at least 0, not -1"):
        start(env, tmp_path / "2", video_callable=-1)
    assert not (tmp_path / "2").exists()


def test_a_video_too_large_for_memory_ends_early(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(monitor_video, "MAX_FRAME_BYTES", 4 * 400 * 600 * 3)
    env = cartpole(max_episode_steps=8)
    monitor = start(env, tmp_path, video_callable=1)
    play(monitor, 1)
    monitor.close()
    env.close()
    check_videos(tmp_path, {0: 5})


def test_a_video_that_cannot_be_written_costs_no_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    env = cartpole(max_episode_steps=3)
    monitor = start(env, tmp_path, video_callable=1)
    config = sys.modules["moviepy.video.io.ffmpeg_writer"]
    monkeypatch.setattr(config, "FFMPEG_BINARY", "/nonexistent/ffmpeg")
    with caplog.at_level(logging.WARNING):
        seen = play(monitor, 2)
    assert len(seen) == 2
    assert "The video of episode 0 could not be written" in caplog.text
    monkeypatch.undo()
    play(monitor, 1)
    monitor.close()
    env.close()
    assert list(videos(tmp_path)) == [2]
    assert list(lengths(tmp_path)) == [0, 1, 2]
