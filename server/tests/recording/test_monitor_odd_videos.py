"""Videos of environments that draw in unusual ways."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import foreign_envs  # noqa: F401  # registers what is filmed here
import gymnasium
import numpy as np
import pytest

from recording import lines, play, start

imageio = pytest.importorskip("imageio.v3")
pytest.importorskip("moviepy")
pytest.importorskip("imageio_ffmpeg")


def films(directory: Path) -> list[Any]:
    """The frames (N, H, W, 3) of each video, in the order of their episodes."""
    return [
        np.stack(list(imageio.imiter(path, plugin="FFMPEG"))) for path in sorted(directory.glob("openaigym.video.*"))
    ]


def filmed(kind: str, directory: Path, episodes: int = 1) -> list[Any]:
    env = gymnasium.make("foreign/OddFrames-v0", kind=kind, render_mode="rgb_array")
    monitor = start(env, directory, video_callable=1)
    play(monitor, episodes)
    monitor.close()
    env.close()
    return films(directory)


@pytest.mark.parametrize("kind", ["rows", "one channel", "alpha", "floats to 1", "integers"])
def test_unusual_frames_make_a_video_all_the_same(kind: str, tmp_path: Path) -> None:
    (film,) = filmed(kind, tmp_path)
    assert film.shape[0] in (11, 12)
    assert film.shape[3] == 3


def test_a_video_ends_where_the_size_of_its_frames_changes(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        first, second = filmed("growing", tmp_path, episodes=2)
    assert "The video of episode 0 ends after 4 frames: their size changed" in caplog.text
    for film in (first, second):
        assert film.shape[0] in (4, 5)
        assert film.shape[1:] == (32, 48, 3)
        brightness = film[:4].mean(axis=(1, 2, 3))
        np.testing.assert_allclose(brightness, [0, 20, 40, 60], atol=3)
    assert [line["length"] for line in lines(tmp_path)] == [10, 10]


def test_a_frame_that_cannot_be_drawn_costs_no_step(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        (film,) = filmed("breaking", tmp_path)
    assert "told to fail while it draws" in caplog.text
    assert film.shape[0] in (4, 5)
    assert [line["length"] for line in lines(tmp_path)] == [10]


def test_frames_drawn_into_one_array_differ_in_the_video(tmp_path: Path) -> None:
    (film,) = filmed("same", tmp_path)
    np.testing.assert_allclose(film[:11].mean(axis=(1, 2, 3)), np.arange(0, 220, 20), atol=3)


@pytest.mark.parametrize("kind", ["five channels", "nothing", "text"])
def test_what_is_no_frame_gives_no_video_and_costs_no_step(kind: str, tmp_path: Path) -> None:
    assert filmed(kind, tmp_path) == []
    assert [line["length"] for line in lines(tmp_path)] == [10]


def test_unusual_frames_of_classic_gym_make_a_video_too(tmp_path: Path) -> None:
    gym = pytest.importorskip("gym")
    import old_gym_envs  # noqa: F401

    from gym_http_server.environments.factory import build
    from gym_http_server.environments.recipe import parse_recipe

    env = build("gym", gym.spec("FourTuple-v0"), parse_recipe({"env_id": "FourTuple-v0"})).env
    monitor = start(env, tmp_path, library="gym", video_callable=1)
    play(monitor, 2)
    monitor.close()
    assert [film.shape[1:] for film in films(tmp_path)] == [(3, 4, 3)] * 2
