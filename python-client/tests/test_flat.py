"""The flat API: what the original's scripts call, and what came since."""

from __future__ import annotations

import logging
import math
import os
import time
from collections.abc import Callable
from pathlib import Path

import gymnasium
import numpy as np
import pytest
import yaml

import gym_http_client
from gym_http_client import Client, GymHttpError, RemoteEnv, ServerError, TransportError


def test_a_script_of_2016_runs(base: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_GYM_API_KEY", "sk_secret")
    logging.getLogger().setLevel(logging.INFO)
    client = gym_http_client.Client(base)

    env_id = "CartPole-v0"  # retired since
    instance_id = client.env_create(env_id)
    assert client.env_list_all()[instance_id].startswith("CartPole-v")

    action_info = client.env_action_space_info(instance_id)
    assert (action_info["name"], action_info["n"]) == ("Discrete", 2)
    obs_info = client.env_observation_space_info(instance_id)
    assert (obs_info["name"], obs_info["shape"], len(obs_info["low"])) == ("Box", [4], 4)
    assert client.env_action_space_contains(instance_id, 1) is True
    assert client.env_action_space_contains(instance_id, 2) is False
    assert client.env_observation_space_contains(instance_id, {"name": "Box", "shape": [4]}) is True
    assert client.env_observation_space_contains(instance_id, {"name": "Discrete"}) is False

    outdir = str(tmp_path / "random-agent-results")
    client.env_monitor_start(instance_id, outdir, force=True, resume=False, video_callable=False)
    reward, done = 0, False
    steps = 0
    for _ in range(100):
        ob = client.env_reset(instance_id)
        assert type(ob) is list
        while True:
            action = client.env_action_space_sample(instance_id)
            ob, reward, done, info = client.env_step(instance_id, action, render=True)
            assert (type(ob), type(reward), type(done), type(info)) == (list, float, bool, dict)
            steps += 1
            if done:
                break
    client.env_monitor_close(instance_id)
    evaluation = client.upload(outdir, algorithm_id="random")
    assert (evaluation["episodes"], evaluation["total_steps"]) == (100, steps)
    listed = client.scoreboard_list(env_id=evaluation["env_id"], algorithm_id="random")
    assert evaluation["evaluation_id"] in [each["evaluation_id"] for each in listed]
    assert client.scoreboard_list(algorithm_id="other & more") == []
    client.env_close(instance_id)
    assert instance_id not in client.env_list_all()


def test_an_unknown_instance_is_a_server_error_as_ever(base: str) -> None:
    with Client(base) as client:
        with pytest.raises(ServerError) as caught:
            client.env_step("bad id", 1)
        assert caught.value.message == "Instance_id bad id unknown"
        assert caught.value.status_code == 400
        assert caught.value.code == "unknown_instance"
        assert f"{base}/v1/envs/bad%20id/step/" in str(caught.value)
        assert isinstance(caught.value, GymHttpError)


def test_reset_and_step_give_what_gymnasium_has_besides(base: str) -> None:
    with Client(base) as client:
        instance_id = client.env_create("FrozenLake-v1", kwargs={"is_slippery": False}, max_episode_steps=2)
        observation, info = client.env_reset(instance_id, seed=0, return_info=True)
        assert (observation, info) == (0, {"prob": 1})
        step = client.env_step(instance_id, 2)
        assert (step[0], step.terminated, step.truncated) == (1, False, False)
        step = client.env_step(instance_id, 1)
        assert (step, step.terminated, step.truncated) == ([5, 0.0, True, {"prob": 1.0}], True, True)
        assert client.env_reset(instance_id, seed=0, options={}) == 0


def test_seed_zero_is_a_seed(base: str) -> None:
    local, _ = gymnasium.make("CartPole-v1").reset(seed=0)
    with Client(base) as client:
        by_creation = client.env_create("CartPole-v1", seed=0)
        by_reset = client.env_create("CartPole-v1")
        assert client.env_reset(by_creation) == local.tolist()
        assert client.env_reset(by_reset, seed=0) == local.tolist()


def test_encodings_of_the_flat_api(base: str) -> None:
    with Client(base) as client, Client(base, encoding="msgpack") as packed, RemoteEnv(base, "CartPole-v1") as env:
        instance_id = client.env_create("CartPole-v1")
        observation = client.env_reset(instance_id, seed=2)
        assert type(observation) is list
        array = packed.env_reset(instance_id, seed=2)
        assert array.dtype == np.float32
        assert array.tolist() == observation
        assert packed.env_observation_space_info(instance_id)["low"].dtype == np.float32
        assert client.env_observation_space_info(instance_id)["low"][1] == -np.inf
        # an environment speaks MessagePack, and yet its client's flat operations JSON
        assert env.reset(seed=2)[0].tolist() == observation
        assert env.client.env_reset(env.instance_id, seed=2) == observation
        for each in (client, packed):
            assert each.env_observation_space_contains(instance_id, value=array)
            assert not each.env_observation_space_contains(instance_id, value=[9.0, 0, 0, 0])
            assert each.env_action_space_contains(instance_id, np.int64(1))
    with pytest.raises(ValueError, match="encoding must be 'json', 'msgpack' or None, not 'xml'"):
        Client(base, encoding="xml")


def test_vector_envs(base: str) -> None:
    with Client(base) as client:
        instance_id = client.env_create(
            "CartPole-v1", num_envs=2, vectorization_mode="sync", autoreset_mode="same_step"
        )
        assert np.shape(client.env_reset(instance_id, seed=[3, 4])) == (2, 4)
        step = client.env_step(instance_id, [0, 1])
        assert step[1:] == [[1.0, 1.0], [False, False], {}]
        assert step.terminated == step.truncated == [False, False]
        info = client.env_info(instance_id)
        assert (info["num_envs"], info["autoreset_mode"]) == (2, "same_step")


def test_render(base: str) -> None:
    with Client(base) as client:
        instance_id = client.env_create("CartPole-v1")
        client.env_reset(instance_id)
        assert client.env_render(instance_id).startswith(b"\x89PNG\r\n")
        assert client.env_render(instance_id, array=True).shape == (400, 600, 3)
        without = client.env_create("CartPole-v1", render_mode=None)
        client.env_reset(without)
        with pytest.raises(ServerError, match="render_mode") as caught:
            client.env_render(without)
        assert (caught.value.status_code, caught.value.code) == (409, "no_frame")


def test_an_environment_that_raises(base: str) -> None:
    with Client(base) as client:
        instance_id = client.env_create("Trouble-v0")
        client.env_reset(instance_id)
        with pytest.raises(ServerError, match=r"ZeroDivisionError.*made of cheese") as caught:
            client.env_step(instance_id, 0)
        assert (caught.value.status_code, caught.value.code) == (500, "environment_error")
        observation, reward, _, info = client.env_step(instance_id, 3)
        assert (observation, reward, info) == ([np.inf, -np.inf, None], np.inf, {"big": 2**70})
        assert client.env_step(instance_id, 2)[1] is None  # NaN


def test_arguments_with_infinities_and_arrays(base: str) -> None:
    with Client(base) as client, Client(base, encoding="msgpack") as packed:
        for each in (client, packed):
            instance_id = each.env_create("EchoBoxFloat64-v0", kwargs={})
            each.env_reset(instance_id)
            info = each.env_step(instance_id, np.array([-np.inf, 0.2]))[3]
            assert info["action"] == "array([-inf,  0.2])"
            info = each.env_step(instance_id, (float("inf"), np.float32(0.25)))[3]
            assert info["action"] == "array([ inf, 0.25])"
            with pytest.raises(TypeError, match="a set has no form on the wire"):
                each.env_step(instance_id, {0.5, 0.2})


def test_health_registry_and_contract(base: str) -> None:
    with Client(base) as client:
        assert client.health()["status"] == "ok"
        assert "CartPole-v1" in [each["id"] for each in client.registry_list()]
        assert client.openapi().startswith("openapi: 3.1")


def test_every_operation_of_the_contract_is_a_method(base: str) -> None:
    with Client(base) as client:
        paths = yaml.safe_load(client.openapi())["paths"]
    operations = {
        operation["operationId"]
        for path in paths.values()
        for method, operation in path.items()
        if method in ("get", "post", "put", "delete", "patch")
    }
    operations.remove("env_action_space_contains_x")  # the same question as env_action_space_contains, asked in a path
    assert {name for name in operations if not hasattr(Client, name)} == set()


def test_shutdown(own_server: Callable[..., str]) -> None:
    base = own_server()
    client = Client(base)
    client.env_create("CartPole-v1")
    client.shutdown_server()
    deadline = time.monotonic() + 20
    with pytest.raises(TransportError, match="Start one with `gym-http-server`"):  # noqa: PT012 - it takes a moment to stop
        while time.monotonic() < deadline:
            Client(base, retries=0).health()


def test_token(own_server: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    base = own_server("--token", "open-sesame")
    with pytest.raises(ServerError) as caught:
        Client(base).env_list_all()
    assert (caught.value.status_code, caught.value.code) == (401, "unauthorized")
    assert Client(base, token="open-sesame").env_list_all() == {}
    monkeypatch.setenv("GYM_HTTP_TOKEN", "open-sesame")
    assert Client(base).env_list_all() == {}
    with pytest.raises(ServerError):
        Client(base, token="shut").env_list_all()


@pytest.mark.parametrize("bad", ["localhost:5000", "127.0.0.1", "ftp://here", "", "http://"])
def test_a_remote_base_that_is_none(bad: str) -> None:
    with pytest.raises(ValueError, match=r"remote_base must look like 'http://\S+' or 'unix:/run/gym\.sock', not"):
        Client(bad)


def test_arguments_out_of_range() -> None:
    for timeout in (0, math.inf, math.nan):
        with pytest.raises(ValueError, match="timeout must be above 0"):
            Client("http://127.0.0.1:1", timeout=timeout)


@pytest.mark.parametrize("encoding", ["json", "msgpack"])
def test_a_seed_of_more_than_64_bits_is_refused(base: str, encoding: str) -> None:
    with Client(base, encoding=encoding) as client, pytest.raises((ValueError, ServerError), match="64 bits"):
        client.env_create("CartPole-v1", seed=2**70)


def test_a_trailing_slash_does_no_harm(base: str) -> None:
    assert os.path.normpath(Client(base + "/").remote_base) == os.path.normpath(base)
    assert Client(base + "/").health()["status"] == "ok"
