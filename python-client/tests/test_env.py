"""RemoteEnv against the environment itself, in this process."""

from __future__ import annotations

import json
import socket
import warnings
from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env, data_equivalence

from gym_http_client import Client, DecodeError, InvalidActionError, RemoteEnv, RemoteVectorEnv, ServerError
from remote_test_envs import SPACES
from stubs import reply, stub

WELL_KNOWN = ["CartPole-v1", "FrozenLake-v1", "Pendulum-v1", "Blackjack-v1"]
ECHOES = [f"Echo{name}-v0" for name in SPACES]
FACTS = {"env_id": "CartPole-v1", "num_envs": 1, "metadata": {}, "spec": {}}
STEP = {"observation": 0, "reward": 1.0, "done": False, "terminated": False, "truncated": False, "info": {}}


def plain(value: Any) -> Any:
    """The value with NumPy integers as ints: an element of a Discrete has no dtype on the wire."""
    if isinstance(value, np.integer):
        return int(value)
    if isinstance(value, dict):
        return {key: plain(part) for key, part in value.items()}
    if isinstance(value, tuple) and not hasattr(value, "_asdict"):
        return tuple(plain(part) for part in value)
    return value


@pytest.mark.parametrize("encoding", ["json", "msgpack"])
@pytest.mark.parametrize("env_id", WELL_KNOWN + ECHOES)
def test_it_is_the_environment_itself(base: str, env_id: str, encoding: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # Gymnasium's opinion of the int8 of EchoDiscreteInt8
        local = gymnasium.make(env_id)
        with RemoteEnv(base, env_id, encoding=encoding) as remote:
            if (version := remote.client.health()["versions"]["gymnasium"]) != gymnasium.__version__:
                pytest.skip(f"the server has Gymnasium {version}, whose random numbers and sums are not those of here")
            assert remote.observation_space == local.observation_space
            assert remote.action_space == local.action_space
            observation, info = remote.reset(seed=11)
            expected, expected_info = local.reset(seed=11)
            local.action_space.seed(3)
            for _ in range(40):
                # repr tells every digit, dtype and type
                assert repr(plain(observation)) == repr(plain(expected))
                assert observation in remote.observation_space
                action = local.action_space.sample()
                observation, reward, terminated, truncated, info = remote.step(action)
                expected, expected_reward, *flags, expected_info = local.step(action)
                assert (reward, terminated, truncated) == (expected_reward, *flags)
                assert info.keys() == expected_info.keys()
                # what the action was when it reached the environment, in its own words
                assert info.get("action") == expected_info.get("action")
                if terminated or truncated:
                    (observation, info), (expected, expected_info) = remote.reset(), local.reset()
        local.close()


def test_what_a_discrete_environment_observes_is_of_its_very_type(base: str) -> None:
    local = gymnasium.make("FrozenLake-v1")
    with RemoteEnv(base, "FrozenLake-v1") as remote:
        assert data_equivalence(remote.reset(seed=1)[0], local.reset(seed=1)[0], exact=True)
        assert data_equivalence(remote.step(2)[0], local.step(2)[0], exact=True)


@pytest.mark.filterwarnings("ignore::UserWarning")  # check_env's advice about the environment's bounds
@pytest.mark.parametrize("env_id", WELL_KNOWN + ECHOES)
def test_check_env_passes(base: str, env_id: str) -> None:
    with RemoteEnv(base, env_id, render_mode="rgb_array") as env:
        check_env(env)


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_check_env_passes_over_json(base: str) -> None:
    with RemoteEnv(base, "CartPole-v1", encoding="json") as env:
        check_env(env)


def test_made_by_gymnasium(base: str) -> None:
    with gymnasium.make("gym_http_client:Remote-v0", remote_base=base, env_id="CartPole-v1") as env:
        assert isinstance(env.unwrapped, RemoteEnv)
        observation, _ = env.reset(seed=42)
        np.testing.assert_array_equal(observation, gymnasium.make("CartPole-v1").reset(seed=42)[0])


def test_its_spec_makes_it_again_and_tells_the_originals_facts(base: str) -> None:
    with RemoteEnv(base, "FrozenLake-v1", kwargs={"is_slippery": False}) as env:
        assert env.spec is not None
        assert env.spec.id == "FrozenLake-v1"
        assert env.spec.reward_threshold == gymnasium.spec("FrozenLake-v1").reward_threshold
        assert env.spec.max_episode_steps == 100
        with gymnasium.make(env.spec) as again:
            assert isinstance(again.unwrapped, RemoteEnv)
            again.reset()
            assert [again.step(2)[0] for _ in range(3)] == [1, 2, 3]  # slippery ice would not go straight


def test_options_of_creation(base: str) -> None:
    with RemoteEnv(base, "CartPole-v1", seed=5, max_episode_steps=3, kwargs={"sutton_barto_reward": True}) as env:
        observation, _ = env.reset()
        local = gymnasium.make("CartPole-v1", sutton_barto_reward=True)
        np.testing.assert_array_equal(observation, local.reset(seed=5)[0])
        steps = [env.step(0) for _ in range(3)]
        assert [step[1] for step in steps] == [0.0, 0.0, 0.0]
        assert [step[3] for step in steps] == [False, False, True]


def test_reset_passes_options(base: str) -> None:
    with RemoteEnv(base, "EchoDiscrete-v0") as env:
        _, info = env.reset(options={"low": -0.5, "names": ["a"]})
        assert info["options"] == "{'low': -0.5, 'names': ['a']}"
    with RemoteEnv(base, "CartPole-v1") as env:
        observation, _ = env.reset(options={"low": 0.01, "high": 0.011})
        assert np.all((observation >= 0.01) & (observation <= 0.011))


@pytest.mark.parametrize("encoding", ["json", "msgpack"])
def test_render_gives_the_frame(base: str, encoding: str) -> None:
    with RemoteEnv(base, "CartPole-v1", render_mode="rgb_array", encoding=encoding) as env:
        local = gymnasium.make("CartPole-v1", render_mode="rgb_array")
        env.reset(seed=3)
        local.reset(seed=3)
        frame: Any = env.render()
        assert frame.dtype == np.uint8
        np.testing.assert_array_equal(frame, local.render())
        local.close()


def test_without_a_render_mode_render_gives_none(base: str) -> None:
    with RemoteEnv(base, "CartPole-v1") as env:
        env.reset()
        assert env.render_mode is None
        assert env.render() is None


def test_a_render_mode_that_the_environment_has_not_is_refused(base: str) -> None:
    with pytest.raises(ServerError, match=r"one that CartPole-v1 offers \(human, rgb_array\), not 'ansi'"):
        RemoteEnv(base, "CartPole-v1", render_mode="ansi")
    with pytest.raises(
        ValueError, match=r"cannot open a window here; this can: gymnasium\.make\('gym_http_client:Remote"
    ):
        RemoteEnv(base, "CartPole-v1", render_mode="human")


def test_gymnasium_shows_the_frames_in_a_window(base: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pygame")
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    with pytest.warns(UserWarning, match="HumanRendering wrapper"):
        env = gymnasium.make("gym_http_client:Remote-v0", remote_base=base, env_id="CartPole-v1", render_mode="human")
    env.reset()
    env.step(1)
    env.close()


def test_metadata_is_the_environments_own(base: str) -> None:
    with RemoteEnv(base, "EchoText-v0") as env:
        assert env.metadata == {"render_modes": ["rgb_array"], "render_fps": 7}


def test_attach_joins_a_live_instance_and_leaves_it_alive(base: str) -> None:
    with RemoteEnv(base, "CartPole-v1", render_mode="rgb_array") as env, Client(base) as client:
        env.reset(seed=0)
        attached = RemoteEnv.attach(base, env.instance_id)
        assert attached.render_mode == "rgb_array"
        attached.step(1)
        attached.close()
        assert client.env_info(env.instance_id)["steps"] == 1
        env.step(1)
        vector_id = client.env_create("CartPole-v1", num_envs=2)
        with pytest.raises(ValueError, match="is a vector env: use RemoteVectorEnv"):
            RemoteEnv.attach(base, vector_id)


def test_close_ends_the_instance_once(base: str) -> None:
    env = RemoteEnv(base, "CartPole-v1")
    env.close()
    env.close()
    with Client(base) as client:
        assert env.instance_id not in client.env_list_all()


def test_close_of_an_instance_that_is_gone_already(base: str) -> None:
    with RemoteEnv(base, "CartPole-v1") as env:
        env.client.env_close(env.instance_id)
    with RemoteVectorEnv(base, "CartPole-v1", 2) as envs:
        envs.client.env_close(envs.instance_id)


def test_a_refused_action_is_the_servers_error_and_the_episode_goes_on(base: str) -> None:
    with RemoteEnv(base, "CartPole-v1") as env:
        env.reset()
        with pytest.raises(InvalidActionError, match=r"Discrete\(2\)") as caught:
            env.step(7)
        assert isinstance(caught.value, ServerError)
        assert (caught.value.status_code, caught.value.code) == (400, "invalid_action")
        for as_environments_raise in (ValueError, AssertionError):
            with pytest.raises(as_environments_raise):
                env.step([0.5, 0.5])
        env.step(1)


def test_an_unknown_environment_leaves_nothing_behind(base: str) -> None:
    with pytest.raises(ServerError, match="CartPole-v1"):
        RemoteEnv(base, "CartPool-v1")


@pytest.mark.parametrize("encoding", ["json", "msgpack"])
def test_numbers_that_json_has_not(base: str, encoding: str) -> None:
    with RemoteEnv(base, "Trouble-v0", encoding=encoding) as env:
        observation, _ = env.reset()
        np.testing.assert_array_equal(observation, [np.inf, -np.inf, np.nan])
        rewards = [env.step(action)[1] for action in (3, 1, 2)]
        np.testing.assert_array_equal(rewards, [np.inf, -np.inf, np.nan])
        assert env.step(1)[4]["big"] == (2**70 if encoding == "json" else str(2**70))


@pytest.mark.parametrize("encoding", ["json", "msgpack"])
@pytest.mark.filterwarnings("ignore::UserWarning")  # what Gymnasium's checker advises
def test_a_space_of_an_unknown_class_lets_values_pass(base: str, encoding: str) -> None:
    with RemoteEnv(base, "Mission-v0", encoding=encoding) as env:
        observation, _ = env.reset(seed=1)
        assert observation["mission"] == "go to 1"
        assert observation["image"].dtype == np.uint8
        assert env.step("go to 5")[0]["mission"] == "go to 5"
        action = env.client.env_action_space_sample(env.instance_id)
        assert env.step(action)[0]["mission"] == action
        with pytest.raises(ServerError, match="does not fit MissionSpace"):
            env.step("nowhere")
        with pytest.raises(NotImplementedError, match="env_action_space_sample"):
            env.action_space.sample()
    checked = gymnasium.make("gym_http_client:Remote-v0", remote_base=base, env_id="Mission-v0", encoding=encoding)
    assert checked.reset()[0] in checked.observation_space
    checked.close()
    with RemoteVectorEnv(base, "Mission-v0", 2, encoding=encoding) as envs:
        observations, _ = envs.reset()
        assert observations["mission"] == ("go to 1", "go to 1")


@pytest.mark.parametrize("encoding", ["json", "msgpack"])
def test_what_is_not_quite_of_its_space_arrives_as_it_is(base: str, encoding: str) -> None:
    for kind, expected in (("fractions", [0.5, 0.25]), ("one", 3), ("scalar", 3), ("bool", 1)):
        with RemoteEnv(base, "Truth-v0", kwargs={"kind": kind}, encoding=encoding) as env:
            observation, _ = env.reset()
            assert np.array_equal(observation, expected)
            assert kind == "fractions" or type(observation) is int


def test_observations_may_be_written_to(base: str) -> None:
    with RemoteEnv(base, "CartPole-v1") as env:
        observation, _ = env.reset()
        observation += 1


@pytest.mark.parametrize(
    ("facts", "step", "words"),
    [
        ({}, {}, "replied nothing for 'env_id' where a str belongs"),
        ({"env_id": "CartPole-v1", "num_envs": 1, "metadata": 7, "spec": {}}, {}, "a int for 'metadata'"),
        (FACTS, {"terminated": [False]}, "where a number and two booleans belong"),
        (FACTS, {"reward": [1.0]}, "where a number and two booleans belong"),
    ],
)
def test_a_server_of_another_mind_is_refused(facts: dict[str, Any], step: dict[str, Any], words: str) -> None:
    def answer(connection: socket.socket, request: bytes) -> None:
        path = request.split(b" ", 2)[1].decode().rstrip("/")
        documents = {"envs": {"instance_id": "5c1fd0a2"}, "step": {**STEP, **step}, "5c1fd0a2": facts}
        space = {"info": {"name": "Discrete", "n": 2, "start": 0, "dtype": "int64"}}
        connection.sendall(reply(json.dumps(documents.get(path.rpartition("/")[2], space)).encode()))

    with stub(answer) as server, pytest.raises(DecodeError, match=words):
        RemoteEnv(server.base, "CartPole-v1", encoding="json").step(1)
