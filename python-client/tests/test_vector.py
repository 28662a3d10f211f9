"""RemoteVectorEnv against Gymnasium's own vector environments, in this process."""

from __future__ import annotations

import gc
import json
import socket
from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import data_equivalence
from gymnasium.vector import AutoresetMode

from gym_http_client import Client, DecodeError, RemoteEnv, RemoteVectorEnv, ServerError
from remote_test_envs import SPACES
from stubs import reply, stub

AUTORESET_MODES = [AutoresetMode.NEXT_STEP, AutoresetMode.SAME_STEP]


def drive_both(remote: RemoteVectorEnv, local: Any, steps: int) -> None:
    """Step both with the same actions; every value, dtype and info must agree."""
    assert remote.num_envs == local.num_envs
    for name in ("observation_space", "action_space", "single_observation_space", "single_action_space"):
        assert getattr(remote, name) == getattr(local, name), name
    got: tuple[Any, ...] = remote.reset(seed=7)
    expected = local.reset(seed=7)
    local.action_space.seed(7)
    for _ in range(steps):
        assert len(got) == len(expected)
        assert all(data_equivalence(mine, own, exact=True) for mine, own in zip(got, expected, strict=True)), (
            got,
            expected,
        )
        actions = local.action_space.sample()
        got, expected = remote.step(actions), local.step(actions)


@pytest.mark.parametrize("encoding", ["json", "msgpack"])
@pytest.mark.parametrize("mode", AUTORESET_MODES)
def test_it_is_gymnasiums_sync_vector_env(base: str, encoding: str, mode: AutoresetMode) -> None:
    local = gymnasium.make_vec(
        "CartPole-v1", num_envs=3, vectorization_mode="sync", vector_kwargs={"autoreset_mode": mode}
    )
    with RemoteVectorEnv(
        base, "CartPole-v1", num_envs=3, vectorization_mode="sync", autoreset_mode=mode, encoding=encoding
    ) as remote:
        assert remote.metadata["autoreset_mode"] is mode
        drive_both(remote, local, 120)
    local.close()


def test_infos_of_episode_ends(base: str) -> None:
    with RemoteVectorEnv(base, "CartPole-v1", 2, vectorization_mode="sync", autoreset_mode="same_step") as envs:
        envs.reset(seed=0)
        for _ in range(60):
            _, _, terminated, _, infos = envs.step(np.array([0, 1]))
            if terminated.any():
                break
        assert infos["final_obs"].dtype == object
        ended = int(np.flatnonzero(terminated)[0])
        assert infos["final_obs"][ended].dtype == np.float32
        assert infos["_final_obs"].tolist() == terminated.tolist()


def test_infos_are_gymnasiums(base: str) -> None:
    local = gymnasium.make_vec("EchoDiscrete-v0", num_envs=2, vectorization_mode="sync")
    with RemoteVectorEnv(base, "EchoDiscrete-v0", 2, vectorization_mode="sync") as envs:
        drive_both(envs, local, 3)
        infos = envs.step([1, 1])[4]
        assert infos["list"].dtype == object
        assert infos["list"].tolist() == [[4, 2], [4, 2]]
        assert infos["array"].dtype == np.int16
    local.close()


def test_lists_in_infos_are_lists_over_json_too(base: str) -> None:
    with RemoteVectorEnv(base, "EchoDiscrete-v0", 2, vectorization_mode="sync", encoding="json") as envs:
        envs.reset()
        infos = envs.step([1, 1])[4]
        assert infos["steps"].tolist() == [1, 1]
        assert infos["steps"].dtype == np.int64
        assert infos["list"].tolist() == [[1, 2], [1, 2]]
        assert infos["list"].dtype == infos["deep"]["words"].dtype == object
        assert infos["deep"]["flag"].dtype == np.bool_


@pytest.mark.parametrize("name", list(SPACES))
def test_every_space_can_be_batched(base: str, name: str) -> None:
    with (
        RemoteVectorEnv(base, f"Echo{name}-v0", num_envs=2, vectorization_mode="sync") as envs,
        RemoteEnv(base, f"Echo{name}-v0") as env,
    ):
        assert envs.single_observation_space == env.observation_space
        observations, _ = envs.reset(seed=1)
        assert envs.observation_space.contains(observations)
        _, rewards, terminated, truncated, infos = envs.step(envs.action_space.sample())
        assert rewards.dtype == np.float64
        assert terminated.dtype == truncated.dtype == np.bool_
        assert infos["steps"].tolist() == [1, 1]
        assert infos["array"].dtype == np.int16


def test_the_environments_own_vector_implementation_is_the_default(base: str) -> None:
    with RemoteVectorEnv(base, "CartPole-v1", num_envs=4) as envs:
        assert envs.client.env_info(envs.instance_id)["vectorization_mode"] == "vector_entry_point"
        observations, _ = envs.reset(seed=1)
        assert observations.shape == (4, 4)


def test_a_vector_env_of_one(base: str) -> None:
    with RemoteVectorEnv(base, "CartPole-v1") as envs:
        observations, _ = envs.reset(seed=[4])
        local, _ = gymnasium.make("CartPole-v1").reset(seed=4)
        np.testing.assert_array_equal(observations, local[None])


def test_made_by_gymnasium(base: str) -> None:
    envs = gymnasium.make_vec("gym_http_client:Remote-v0", num_envs=3, remote_base=base, env_id="CartPole-v1")
    assert isinstance(envs, RemoteVectorEnv)
    envs.reset(seed=1)
    envs.step(envs.action_space.sample())
    envs.close()
    envs.close()


def test_render_gives_a_frame_for_each(base: str) -> None:
    with RemoteVectorEnv(base, "CartPole-v1", num_envs=2, vectorization_mode="sync", render_mode="rgb_array") as envs:
        envs.reset(seed=3)
        frames = envs.render()
        assert frames is not None
        local: Any = gymnasium.make("CartPole-v1", render_mode="rgb_array")
        for index, frame in enumerate(frames):
            local.reset(seed=3 + index)
            np.testing.assert_array_equal(frame, local.render())
        local.close()
    with RemoteVectorEnv(base, "CartPole-v1", num_envs=2) as envs:
        envs.reset()
        assert envs.render() is None


def test_attach(base: str) -> None:
    with RemoteVectorEnv(base, "CartPole-v1", num_envs=2) as envs, Client(base) as client:
        attached = RemoteVectorEnv.attach(base, envs.instance_id)
        assert attached.num_envs == 2
        attached.close()
        assert envs.instance_id in client.env_list_all()
        single_id = client.env_create("CartPole-v1")
        with pytest.raises(ValueError, match="is a single environment: use RemoteEnv"):
            RemoteVectorEnv.attach(base, single_id)


@pytest.mark.parametrize("encoding", ["json", "msgpack"])
def test_disabled_autoreset_takes_a_reset_mask(base: str, encoding: str) -> None:
    with RemoteVectorEnv(
        base, "CartPole-v1", 3, vectorization_mode="sync", autoreset_mode="disabled", encoding=encoding
    ) as envs:
        before, _ = envs.reset(seed=1)
        after, _ = envs.reset(options={"reset_mask": np.array([False, True, False])})
        assert (before == after).all(axis=1).tolist() == [True, False, True]


@pytest.mark.parametrize("wrong", [{"reward": [1.0]}, {"terminated": False}, {"truncated": [[False, True]]}])
def test_a_server_of_another_mind_is_refused(wrong: dict[str, Any]) -> None:
    flags = [False, False]
    good = {"observation": [0, 0], "reward": [1.0, 1.0], "done": flags, "terminated": flags, "truncated": flags}
    box = {"name": "MultiDiscrete", "nvec": [2, 2]}
    facts = {"env_id": "X-v0", "num_envs": 2, "metadata": {}, "spec": {}, "autoreset_mode": "next_step"}

    def answer(connection: socket.socket, request: bytes) -> None:
        name = request.split(b" ", 2)[1].decode().rstrip("/").rpartition("/")[2]
        documents = {"envs": {"instance_id": "5c1fd0a2"}, "step": {**good, "info": {}, **wrong}, "5c1fd0a2": facts}
        spaces = {"info": box, "single": {"name": "Discrete", "n": 2}}
        connection.sendall(reply(json.dumps(documents.get(name, spaces)).encode()))

    with stub(answer) as server, RemoteVectorEnv(server.base, "X-v0", 2) as envs:
        with pytest.raises(DecodeError, match=r"of shape .* where \(2,\) belongs"):
            envs.step([0, 1])
        wrong.clear()
        assert envs.step([0, 1])[1].tolist() == [1.0, 1.0]


def test_what_was_never_finished_needs_no_closing(base: str) -> None:
    with pytest.raises(ServerError, match="render_mode"):
        RemoteVectorEnv(base, "CartPole-v1", render_mode="ansi")
    gc.collect()  # Gymnasium up to 1.2 closes what is dropped; an error in that would show as a warning
