"""Frames in every render mode: arrays, text, and lists of what was seen since the last look."""

from __future__ import annotations

import socket
from typing import Any

import gymnasium
import msgpack
import numpy as np
import pytest
from gymnasium.vector import AutoresetMode

from gym_http_client import RemoteEnv, RemoteVectorEnv
from stubs import reply, stub

DISCRETE = {"info": {"name": "Discrete", "n": 2}, "single": {"name": "Discrete", "n": 2}}


def packed_array(array: Any) -> dict[str, Any]:
    return {"__ndarray__": True, "dtype": array.dtype.str, "shape": list(array.shape), "data": array.tobytes()}


def server_that_draws(frame: Any, render_mode: str, **facts: Any) -> Any:
    """A handler that answers as a server whose environments give such a frame."""
    info = {"env_id": "Drawn-v0", "num_envs": 1, "metadata": {}, "spec": {}, "render_mode": render_mode, **facts}

    def answer(connection: socket.socket, request: bytes) -> None:
        name = request.split(b" ", 2)[1].decode().rstrip("/").rpartition("/")[2]
        documents: dict[str, Any] = {"envs": {"instance_id": "5c1fd0a2"}, "5c1fd0a2": info, "render": {"frame": frame}}
        connection.sendall(reply(msgpack.packb(documents.get(name, DISCRETE)), content_type="application/vnd.msgpack"))

    return answer


def test_ansi_is_text() -> None:
    text = "\x1b[41mS\x1b[0mFFF\nFHFH\n"
    with stub(server_that_draws(text, "ansi")) as server:
        with RemoteEnv(server.base, "Drawn-v0", render_mode="ansi") as env:
            assert env.render() == text
        assert b"render_mode\xa4ansi" in server.requests[0]
        assert b"\r\nAccept: application/vnd.msgpack" in server.requests[4]
        env = gymnasium.make(  # type: ignore[assignment] # without a warning
            "gym_http_client:Remote-v0", remote_base=server.base, env_id="Drawn-v0", render_mode="ansi"
        )
        assert env.unwrapped.render() == text
        env.close()
    vector = {"num_envs": 2, "autoreset_mode": "next_step"}
    with (
        stub(server_that_draws([text, "x"], "ansi", **vector)) as server,
        RemoteVectorEnv(server.base, "Drawn-v0", 2, render_mode="ansi") as envs,
    ):
        assert envs.render() == (text, "x")


def test_text_is_the_environments_own(base: str) -> None:
    local: Any = gymnasium.make("FrozenLake-v1", render_mode="ansi")
    remote: Any = gymnasium.make(
        "gym_http_client:Remote-v0", remote_base=base, env_id="FrozenLake-v1", render_mode="ansi_list"
    )
    assert remote.unwrapped.metadata["render_modes"] == ["ansi", "rgb_array"]
    expected = []
    for each in (local, remote):
        each.reset(seed=4)
    for action in (1, 2, 1):
        expected.append(local.render())
        local.step(action)
        remote.step(action)
    assert remote.render() == [*expected, local.render()]
    remote.close()
    with RemoteVectorEnv(base, "FrozenLake-v1", 2, render_mode="ansi") as envs:
        envs.reset()
        assert envs.render() == (expected[0],) * 2


def test_depth_keeps_its_numbers() -> None:
    picture, depth = np.full((2, 3, 3), 7, np.uint8), np.array([[0.5, 0.25]], np.float32)
    with (
        stub(server_that_draws(packed_array(depth), "depth_array")) as server,
        RemoteEnv(server.base, "Drawn-v0", render_mode="depth_array") as env,
    ):
        frame = env.render()
        assert frame.dtype == np.float32
        np.testing.assert_array_equal(frame, depth)
    with (
        stub(server_that_draws([packed_array(picture), packed_array(depth)], "rgbd_tuple")) as server,
        RemoteEnv(server.base, "Drawn-v0", render_mode="rgbd_tuple") as env,
    ):
        both = env.render()
        assert type(both) is tuple
        np.testing.assert_array_equal(both[0], picture)
        np.testing.assert_array_equal(both[1], depth)


@pytest.mark.parametrize("made_by", ["itself", "gymnasium"])
def test_a_list_of_frames_is_gymnasiums(base: str, made_by: str) -> None:
    local: Any = gymnasium.make("CartPole-v1", render_mode="rgb_array_list")
    options: dict[str, Any] = {"remote_base": base, "env_id": "CartPole-v1", "render_mode": "rgb_array_list"}
    remote: Any = (
        RemoteEnv(**options) if made_by == "itself" else gymnasium.make("gym_http_client:Remote-v0", **options)
    )
    assert remote.render_mode == "rgb_array_list"
    for each in (local, remote):
        each.reset(seed=4)
    for lengths in (3, 0, 2):
        for _ in range(lengths):
            local.step(1), remote.step(1)
        assert_same_frames(local.render(), remote.render())
    for each in (local, remote):
        each.reset(seed=5)
        each.step(0)
        each.reset(seed=6)  # which begins a new list
    frames = remote.render()
    assert len(frames) == 1
    assert_same_frames(local.render(), frames)
    local.close()
    remote.close()


def assert_same_frames(expected: Any, got: Any) -> None:
    assert len(expected) == len(got)
    for one, other in zip(expected, got, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("mode", AutoresetMode)
def test_lists_of_frames_of_a_vector_are_gymnasiums(base: str, mode: AutoresetMode) -> None:
    local: Any = gymnasium.make_vec(
        "CartPole-v1",
        num_envs=2,
        vectorization_mode="sync",
        render_mode="rgb_array_list",
        vector_kwargs={"autoreset_mode": mode},
    )
    with RemoteVectorEnv(
        base, "CartPole-v1", 2, vectorization_mode="sync", render_mode="rgb_array_list", autoreset_mode=mode
    ) as remote:
        for each in (local, remote):
            each.reset(seed=[1, 9])
        for index in range(14):  # one of the two falls within this time
            actions = np.array([1, index % 2])
            (_, _, terminated, _, _), _ = local.step(actions), remote.step(actions)
            if terminated.any() and mode is AutoresetMode.DISABLED:
                for each in (local, remote):
                    each.reset(options={"reset_mask": terminated})
            if index in (3, 13):
                for expected, got in zip(local.render(), remote.render() or (), strict=True):
                    assert_same_frames(expected, got)
    local.close()
