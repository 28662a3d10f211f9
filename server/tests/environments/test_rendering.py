"""Frames over HTTP are those that the environment gives in-process."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
import pytest
from foreign_envs import FRAMES
from inprocess import newest
from live import Api, Server
from PIL import Image

PICTURED = ["CartPole-v1", "FrozenLake-v1", newest("LunarLander"), "ALE/Pong-v5"]


def frame_of(api: Api, instance_id: str) -> np.ndarray:
    """The current frame, from the picture or the array, whichever the connection asks for."""
    document = api.ok("env_render", instance_id=instance_id)
    return document["frame"] if api.msgpack else np.asarray(Image.open(io.BytesIO(document)))


@pytest.mark.parametrize("env_id", PICTURED)
def test_frames_are_those_of_the_environment(api: Api, env_id: str) -> None:
    instance_id = api.create(env_id)
    env = gymnasium.make(env_id, render_mode="rgb_array")
    api.ok("env_reset", instance_id=instance_id, seed=5)
    env.reset(seed=5)
    for _ in range(3):
        np.testing.assert_array_equal(frame_of(api, instance_id), env.render(), strict=True)
        api.ok("env_step", instance_id=instance_id, action=1, render=True)
        env.step(1)
    api.ok("env_close", instance_id=instance_id)


@pytest.mark.parametrize(("num_envs", "rows", "columns"), [(2, 1, 2), (3, 2, 2), (5, 2, 3)])
def test_the_picture_of_a_vector_env_is_tiled_row_by_row(
    server: Server, num_envs: int, rows: int, columns: int
) -> None:
    api, as_array = server.api(), server.api(msgpack=True)
    instance_id = api.create("FrozenLake-v1", num_envs=num_envs, vectorization_mode="sync")
    api.ok("env_reset", instance_id=instance_id, seed=1)
    env = gymnasium.make_vec("FrozenLake-v1", num_envs, vectorization_mode="sync", render_mode="rgb_array")
    env.reset(seed=1)
    action = np.arange(num_envs) % 4  # so that the frames differ
    api.ok("env_step", instance_id=instance_id, action=action.tolist())
    env.step(action)
    frames = env.render()
    np.testing.assert_array_equal(frame_of(as_array, instance_id), np.stack(frames), strict=True)
    picture = frame_of(api, instance_id)
    height, width, _ = frames[0].shape
    assert picture.shape == (rows * height, columns * width, 3)
    for index in range(rows * columns):
        top, left = index // columns * height, index % columns * width
        expected = frames[index] if index < num_envs else np.zeros_like(frames[0])
        np.testing.assert_array_equal(picture[top : top + height, left : left + width], expected)
    api.close()
    as_array.close()


def test_a_vector_entry_point_gives_frames_too(api: Api) -> None:
    instance_id = api.create("CartPole-v1", num_envs=2, vectorization_mode="vector_entry_point")
    env = gymnasium.make_vec("CartPole-v1", 2, vectorization_mode="vector_entry_point", render_mode="rgb_array")
    api.ok("env_reset", instance_id=instance_id, seed=1)
    env.reset(seed=1)
    frames = np.stack(env.render())
    expected = frames if api.msgpack else np.concatenate(list(frames), axis=1)
    np.testing.assert_array_equal(frame_of(api, instance_id), expected, strict=True)
    api.ok("env_close", instance_id=instance_id)


@pytest.mark.parametrize(
    ("env_id", "arguments"),
    [
        ("CartPole-v1", {"render_mode": None}),
        ("Odd-v0", {}),
        ("CartPole-v1", {"render_mode": None, "num_envs": 2}),
        ("FrozenLake-v1", {"render_mode": None, "num_envs": 2}),
    ],
)
def test_an_instance_without_frames_says_so_and_lives_on(api: Api, env_id: str, arguments: dict[str, Any]) -> None:
    instance_id = api.create(env_id, **arguments)
    api.ok("env_reset", instance_id=instance_id)
    reply = api.call("env_render", instance_id=instance_id)
    assert reply.error == (409, "no_frame")
    assert "render_mode" in reply.message
    action = 0 if "num_envs" not in arguments else [0, 0]
    api.ok("env_step", instance_id=instance_id, action=action, render=True)
    api.ok("env_close", instance_id=instance_id)


def test_other_modes_give_what_the_environment_gives(server: Server) -> None:
    as_document, as_picture = server.api(msgpack=True), server.api()
    for arguments in ({}, {"num_envs": 2}):
        instance_id = as_document.create("FrozenLake-v1", render_mode="ansi", **arguments)
        as_document.ok("env_reset", instance_id=instance_id)
        env = gymnasium.make("FrozenLake-v1", render_mode="ansi")
        env.reset()
        text = env.render()
        frame = as_document.ok("env_render", instance_id=instance_id)["frame"]
        assert frame == ([text, text] if arguments else text)
        assert as_picture.call("env_render", instance_id=instance_id).error == (409, "no_frame")
        as_document.ok("env_close", instance_id=instance_id)
    for mode in ("depth_array", "rgbd_tuple"):
        instance_id = as_document.create("foreign/OddFrames-v0", kwargs={"kind": "below 0"}, render_mode=mode)
        as_document.ok("env_reset", instance_id=instance_id)
        frame = as_document.ok("env_render", instance_id=instance_id)["frame"]
        if mode == "rgbd_tuple":
            picture, frame = frame
            np.testing.assert_array_equal(picture, FRAMES["rows"], strict=True)
        np.testing.assert_array_equal(frame, FRAMES["below 0"], strict=True)
        as_document.ok("env_close", instance_id=instance_id)
    as_document.close()
    as_picture.close()


@pytest.mark.parametrize("arguments", [{}, {"num_envs": 2}, {"num_envs": 2, "vectorization_mode": "sync"}])
def test_a_frame_before_the_first_reset_is_a_conflict(api: Api, arguments: dict[str, Any]) -> None:
    instance_id = api.create("CartPole-v1", **arguments)
    assert api.call("env_render", instance_id=instance_id).error == (409, "reset_needed")
    api.ok("env_close", instance_id=instance_id)


MUJOCO_ENVS = ["HalfCheetah-v5", "Ant-v5"]
MUJOCO_SEEDS = 2
_MUJOCO_REFERENCE = """
import sys, gymnasium, numpy as np
frames = {}
for env_id in sys.argv[2:]:
    for seed in range(int(sys.argv[1])):
        env = gymnasium.make(env_id, render_mode="rgb_array", width=160, height=120)
        env.reset(seed=seed)
        for step in range(2):
            env.step(np.full(env.action_space.shape, 0.5, np.float32))
            frames[f"{env_id} {seed} {step}"] = env.render()
        env.close()
np.savez(sys.stdout.buffer, **frames)
"""


@pytest.fixture(scope="module")
def mujoco_frames() -> dict[str, np.ndarray]:
    """Frames drawn by a process that has one thread and no HTTP."""
    command = [sys.executable, "-c", _MUJOCO_REFERENCE, str(MUJOCO_SEEDS), *MUJOCO_ENVS]
    drawn = subprocess.run(command, env=_without_display(), stdout=subprocess.PIPE, check=True, timeout=120)
    return dict(np.load(io.BytesIO(drawn.stdout)))


def _without_display() -> dict[str, str]:
    return {**os.environ, "MUJOCO_GL": "egl", "PYOPENGL_PLATFORM": "egl"}


def test_several_clients_get_the_frames_of_their_own_mujoco_instances(
    mujoco_frames: dict[str, np.ndarray], tmp_path: Path
) -> None:
    display = ("DISPLAY", "WAYLAND_DISPLAY", "MUJOCO_GL", "PYOPENGL_PLATFORM", "SDL_VIDEODRIVER")
    environment = {name: value for name, value in os.environ.items() if name not in display}
    server = Server(tmp_path, env=environment)

    def client(env_id: str, seed: int) -> dict[str, np.ndarray]:
        api = server.api(msgpack=seed % 2 == 0)
        instance_id = api.create(env_id, kwargs={"width": 160, "height": 120})
        api.ok("env_reset", instance_id=instance_id, seed=seed)
        action = [0.5] * api.ok("env_action_space_info", instance_id=instance_id)["info"]["shape"][0]
        frames = {}
        for step in range(2):
            api.ok("env_step", instance_id=instance_id, action=action)
            api.close()  # the next request comes on a connection of its own, and maybe in another thread
            frames[f"{env_id} {seed} {step}"] = frame_of(api, instance_id)
        api.ok("env_close", instance_id=instance_id)
        api.close()
        return frames

    clients = [(env_id, seed) for env_id in MUJOCO_ENVS for seed in range(MUJOCO_SEEDS)]
    try:
        with ThreadPoolExecutor(len(clients)) as pool:
            waiting = [pool.submit(client, *arguments) for arguments in clients]
            drawn = {name: frame for frames in waiting for name, frame in frames.result().items()}
    finally:
        assert server.stop() == 0, server.log.read_text()
    assert drawn.keys() == mujoco_frames.keys()
    for name, expected in mujoco_frames.items():
        assert expected.max() > expected.min(), f"{name} is one colour all over"
        np.testing.assert_array_equal(drawn[name], expected, err_msg=name, strict=True)


def test_closing_what_was_drawn_disturbs_nobody_else(server: Server, json_api: Api) -> None:
    # Its observation is a picture, drawn in every step.
    driving = json_api.create(newest("CarRacing"), max_episode_steps=1_000_000)
    json_api.ok("env_reset", instance_id=driving)

    def open_and_close() -> None:
        api = server.api()
        for _ in range(10):
            drawn = api.create("CartPole-v1")
            api.ok("env_reset", instance_id=drawn)
            api.ok("env_render", instance_id=drawn)
            api.ok("env_close", instance_id=drawn)
        api.close()

    with ThreadPoolExecutor(1) as pool:
        closing = pool.submit(open_and_close)
        while not closing.done():
            json_api.ok("env_step", instance_id=driving, action=[0.0, 0.1, 0.0])
        closing.result()
    json_api.ok("env_close", instance_id=driving)


def test_closing_one_window_leaves_the_other(json_api: Api) -> None:
    first, second = (json_api.create("CartPole-v1", render_mode="human") for _ in range(2))
    for instance_id in (first, second):
        json_api.ok("env_reset", instance_id=instance_id)
    json_api.ok("env_close", instance_id=first)
    json_api.ok("env_step", instance_id=second, action=1)
    json_api.ok("env_close", instance_id=second)
