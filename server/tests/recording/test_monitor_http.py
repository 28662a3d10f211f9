"""Monitors, uploads and the scoreboard as a client meets them."""

from __future__ import annotations

import io
import json
import os
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import imageio.v3
import numpy as np
import pytest
from live import Api, Server
from PIL import Image

WITHOUT_VIDEOS = {"video_callable": False}


@pytest.fixture
def directory(server: Server, tmp_path: Path) -> Iterator[Path]:
    """Where the shared server may write, and no other test does."""
    place = server.directory / tmp_path.name
    yield place
    shutil.rmtree(place, ignore_errors=True)


@pytest.fixture
def instance_id(api: Api) -> Iterator[str]:
    """A MountainCar whose episodes take 5 steps and bring -5."""
    created = api.create("MountainCar-v0", max_episode_steps=5)
    yield created
    api.call("env_close", instance_id=created)


def play(api: Api, instance_id: str, episodes: int, steps: int = 5) -> None:
    for seed in range(episodes):
        api.ok("env_reset", instance_id=instance_id, seed=seed)
        for _ in range(steps):
            api.ok("env_step", instance_id=instance_id, action=0)


def recorded(directory: Path) -> list[dict[str, Any]]:
    (log,) = directory.glob("openaigym.episodes.*.jsonl")
    return [json.loads(line) for line in log.read_text().splitlines()]


def test_episodes_are_on_disk_when_their_last_step_is_answered(api: Api, instance_id: str, directory: Path) -> None:
    api.ok("env_monitor_start", instance_id=instance_id, directory=str(directory), **WITHOUT_VIDEOS)
    assert api.ok("env_info", instance_id=instance_id)["monitor"] == str(directory.resolve())
    for episodes in (1, 2):
        play(api, instance_id, 1)
        assert len(recorded(directory)) == episodes
    play(api, instance_id, 1, steps=3)
    assert api.ok("env_monitor_close", instance_id=instance_id) == {}
    assert [(line["reward"], line["length"], line["seed"]) for line in recorded(directory)] == [(-5.0, 5, 0)] * 2
    assert "monitor" not in api.ok("env_info", instance_id=instance_id)
    assert api.ok("env_monitor_close", instance_id=instance_id) == {}


def test_a_directory_may_be_named_relative_to_the_servers(api: Api, instance_id: str, directory: Path) -> None:
    api.ok("env_monitor_start", instance_id=instance_id, directory=f"{directory.name}/deeper", **WITHOUT_VIDEOS)
    play(api, instance_id, 1)
    assert len(recorded(directory / "deeper")) == 1


def test_a_second_start_is_a_conflict_and_the_first_goes_on(api: Api, instance_id: str, directory: Path) -> None:
    api.ok("env_monitor_start", instance_id=instance_id, directory=str(directory), **WITHOUT_VIDEOS)
    other = api.create("MountainCar-v0", max_episode_steps=5)
    for started, place, flags in (
        (instance_id, directory.with_name("elsewhere"), {}),
        (instance_id, directory, {"force": True}),
        (other, directory, {}),
        (other, directory, {"resume": True}),
    ):
        reply = api.call("env_monitor_start", instance_id=started, directory=str(place), **flags, **WITHOUT_VIDEOS)
        assert reply.error == (409, "monitor_active")
        assert "close" in reply.message
    play(api, instance_id, 1)
    assert len(recorded(directory)) == 1
    api.ok("env_close", instance_id=other)


def test_old_data_wants_force_or_resume(api: Api, instance_id: str, directory: Path) -> None:
    def start(**flags: Any) -> Any:
        return api.call(
            "env_monitor_start", instance_id=instance_id, directory=str(directory), **flags, **WITHOUT_VIDEOS
        )

    def record(episodes: int) -> int:
        play(api, instance_id, episodes)
        api.ok("env_monitor_close", instance_id=instance_id)
        return len(recorded(directory))

    assert start().status == 200
    assert record(2) == 2
    (directory / "notes.txt").write_text("mine")
    refused = start()
    assert refused.error == (409, "monitor_data_exists")
    assert "force=true" in refused.message
    assert "resume=true" in refused.message
    assert len(recorded(directory)) == 2
    assert start(resume="true").status == 200
    assert record(1) == 3
    assert start(force=1).status == 200
    assert record(1) == 1
    assert (directory / "notes.txt").read_text() == "mine"


def test_videos_show_the_episodes_that_were_asked_for(api: Api, directory: Path) -> None:
    instance_id = api.create("MountainCar-v0", max_episode_steps=3)
    api.ok("env_monitor_start", instance_id=instance_id, directory=str(directory), video_callable=2)
    play(api, instance_id, 3, steps=3)
    drawn = api.ok("env_render", instance_id=instance_id)
    api.ok("env_close", instance_id=instance_id)
    (manifest,) = directory.glob("openaigym.manifest.*.json")
    videos = json.loads(manifest.read_text())["videos"]
    assert videos == sorted(path.name for path in directory.glob("*.mp4"))
    assert len(videos) == 2
    frames = list(imageio.v3.imiter(directory / videos[-1], plugin="FFMPEG"))
    assert len(frames) in (4, 5)  # ffmpeg may show the last one twice
    # The video ends with what the client saw last, but for what compression takes away.
    last = drawn["frame"] if api.msgpack else np.asarray(Image.open(io.BytesIO(drawn)))
    assert np.abs(frames[-1].astype(int) - last).mean() < 5


def test_videos_that_cannot_be_made_are_refused_only_when_asked_for(api: Api, directory: Path) -> None:
    instance_id = api.create("MountainCar-v0", render_mode=None)
    reply = api.call("env_monitor_start", instance_id=instance_id, directory=str(directory), video_callable=True)
    assert reply.error == (409, "no_frame")
    assert "render_mode" in reply.message
    assert not directory.exists()
    api.ok("env_monitor_start", instance_id=instance_id, directory=str(directory))
    api.ok("env_close", instance_id=instance_id)


@pytest.mark.parametrize("mode", ["sync", "async", "vector_entry_point"])
def test_the_episodes_of_a_vector_env_say_which_environment_they_are_of(api: Api, directory: Path, mode: str) -> None:
    arguments = {"num_envs": 2, "vectorization_mode": mode, "max_episode_steps": 4}
    instance_id = api.create("CartPole-v1", **arguments)
    api.ok("env_monitor_start", instance_id=instance_id, directory=str(directory), **WITHOUT_VIDEOS)
    api.ok("env_reset", instance_id=instance_id, seed=3)
    for _ in range(9):  # 4 steps, the one that resets, and 4 again
        api.ok("env_step", instance_id=instance_id, action=[0, 1])
    api.ok("env_close", instance_id=instance_id)
    lines = recorded(directory)
    assert (
        sorted((line["env"], line["length"], line["reward"]) for line in lines) == [(0, 4, 4.0)] * 2 + [(1, 4, 4.0)] * 2
    )
    assert [line["episode"] for line in lines] == [0, 1, 2, 3]


def test_a_masked_reset_begins_only_the_episodes_of_its_mask(api: Api, directory: Path) -> None:
    instance_id = api.create("MountainCar-v0", num_envs=2, autoreset_mode="disabled", max_episode_steps=5)
    api.ok("env_monitor_start", instance_id=instance_id, directory=str(directory), **WITHOUT_VIDEOS)
    api.ok("env_reset", instance_id=instance_id, seed=3)
    for step in range(5):
        api.ok("env_step", instance_id=instance_id, action=[0, 0])
        if step == 1:
            api.ok("env_reset", instance_id=instance_id, options={"reset_mask": [True, False]})
    api.ok("env_close", instance_id=instance_id)
    assert [(line["env"], line["length"]) for line in recorded(directory)] == [(1, 5)]


def test_a_killed_server_loses_at_most_the_running_episode(start_server: Callable[..., Server]) -> None:
    server = start_server()
    directory = server.directory / "run"
    api = server.api()
    instance_id = api.create("MountainCar-v0", max_episode_steps=5)
    api.ok("env_monitor_start", instance_id=instance_id, directory=str(directory), **WITHOUT_VIDEOS)
    play(api, instance_id, 2)
    play(api, instance_id, 1, steps=3)
    children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text()
    for pid in map(int, children.split()):
        os.kill(pid, signal.SIGKILL)
    server.process.kill()
    server.process.wait()
    assert [line["length"] for line in recorded(directory)] == [5, 5]
    again = start_server().api()
    instance_id = again.create("MountainCar-v0", max_episode_steps=5)
    again.ok("env_monitor_start", instance_id=instance_id, directory=str(directory), resume=True, **WITHOUT_VIDEOS)
    play(again, instance_id, 1)
    assert again.ok("upload", training_dir=str(directory), api_key="me")["episodes"] == 3


def train(api: Api, directory: Path, episodes: int, length: int) -> None:
    """Records episodes of CartPole, each with a return of `length`."""
    instance_id = api.create("CartPole-v1", max_episode_steps=length)
    api.ok("env_monitor_start", instance_id=instance_id, directory=str(directory), resume=True, **WITHOUT_VIDEOS)
    play(api, instance_id, episodes, steps=length)
    api.ok("env_close", instance_id=instance_id)


def test_an_upload_is_recorded_once_and_kept_up_to_date(start_server: Callable[..., Server]) -> None:
    server = start_server()
    api, run = server.api(), server.directory / "run"
    train(api, run, 2, 3)
    first = api.ok("upload", training_dir="run", api_key="secret", algorithm_id="left")
    assert {key: first[key] for key in ("env_id", "episodes", "total_steps", "mean_reward", "algorithm_id")} == {
        "env_id": "CartPole-v1",
        "episodes": 2,
        "total_steps": 6,
        "mean_reward": 3.0,
        "algorithm_id": "left",
    }
    assert first["reward_threshold"] == 475.0
    assert first.keys().isdisjoint({"best_100_episode_mean_reward", "solved_at_episode"})
    assert first["submitter"] == "2bb80d537b1d"  # of the SHA-256 of "secret"
    train(api, run, 1, 6)
    second = api.ok("upload", training_dir=str(run), api_key="secret", algorithm_id="left")
    assert (second["evaluation_id"], second["episodes"], second["mean_reward"]) == (first["evaluation_id"], 3, 4.0)
    assert api.ok("scoreboard_list")["evaluations"] == [second]


def test_the_scoreboard_lists_best_first_and_what_was_asked_for(start_server: Callable[..., Server]) -> None:
    server = start_server()
    api = server.api()
    for name, episodes, length in (("short", 2, 2), ("long", 1, 8), ("hundred", 100, 1)):
        train(api, server.directory / name, episodes, length)
        api.ok("upload", training_dir=name, api_key="me", algorithm_id=name)

    def listed(**filters: str) -> list[str]:
        return [entry["algorithm_id"] for entry in api.ok("scoreboard_list", **filters)["evaluations"]]

    assert listed() == ["hundred", "long", "short"]
    assert listed(env_id="CartPole-v1", algorithm_id="long") == ["long"]
    assert listed(env_id="Pendulum-v1") == []
    assert listed(algorithm_id="lon") == []
    assert server.stop() == 0
    again = start_server()
    assert len(again.api().ok("scoreboard_list")["evaluations"]) == 3


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda run: shutil.rmtree(run), "does not exist"),
        (lambda run: next(run.glob("*.manifest.*")).unlink(), "openaigym.manifest"),
        (lambda run: next(run.glob("*.manifest.*")).write_text("{"), "is not JSON"),
        (lambda run: next(run.glob("*.episodes.*")).unlink(), "is missing"),
        (lambda run: next(run.glob("*.episodes.*")).write_text(""), "no finished episode"),
        (lambda run: next(run.glob("*.episodes.*")).write_text('{"episode": 0}\n'), "key 'length' is missing"),
    ],
    ids=["no directory", "no manifest", "half a manifest", "no episodes", "no episode yet", "a line without its keys"],
)
def test_an_upload_names_what_is_missing_or_malformed(
    api: Api, instance_id: str, directory: Path, spoil: Callable[[Path], None], words: str
) -> None:
    api.ok("env_monitor_start", instance_id=instance_id, directory=str(directory), **WITHOUT_VIDEOS)
    play(api, instance_id, 1)
    api.ok("env_monitor_close", instance_id=instance_id)
    spoil(directory)
    before = api.ok("scoreboard_list")
    reply = api.call("upload", training_dir=str(directory), api_key="me")
    assert reply.error == (400, "invalid_upload")
    assert words in reply.message
    assert api.ok("scoreboard_list") == before
