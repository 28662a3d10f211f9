"""What environments are made with, and what they can be asked for afterwards: nothing is ignored in silence."""

from __future__ import annotations

import copy
import json
import pickle
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import cloudpickle
import gymnasium
import numpy as np
import pytest
import requests
from gymnasium.envs.registration import EnvSpec
from gymnasium.error import ClosedEnvironmentError
from gymnasium.vector import AutoresetMode

from gym_http_client import Client, RemoteEnv, RemoteVectorEnv, ServerError, _instance

MAKERS: list[Callable[..., Any]] = [
    RemoteEnv,
    lambda base, env_id, **options: RemoteVectorEnv(base, env_id, 2, **options),
    lambda base, env_id, **options: gymnasium.make(
        "gym_http_client:Remote-v0", remote_base=base, env_id=env_id, **options
    ),
]


@pytest.mark.parametrize("make", MAKERS)
def test_arguments_of_the_environment_are_given_as_gymnasium_takes_them(base: str, make: Callable[..., Any]) -> None:
    env = make(base, "FrozenLake-v1", is_slippery=False, kwargs={"map_name": "8x8"}, timeout=30.0)
    facts = env.unwrapped.client.env_info(env.unwrapped.instance_id)
    assert facts["spec"]["kwargs"] == {"map_name": "8x8", "is_slippery": False}
    assert env.spec.kwargs["is_slippery"] is False
    env.close()


def test_an_argument_that_nobody_knows_is_named_with_the_nearest(base: str) -> None:
    with Client(base) as client:
        before = client.env_list_all()
    with pytest.raises(ServerError, match=r"timout.*There is an option 'timeout': is 'timout' meant for it\?"):
        RemoteEnv(base, "CartPole-v1", timout=3.0)
    with pytest.raises(ServerError, match=r"There is an option 'max_episode_steps'"):
        RemoteEnv(base, "CartPole-v1", max_episode_step=3)
    takers: list[Any] = [Client, lambda base, **options: RemoteEnv.attach(base, "5c1fd0a2", **options)]
    for take in takers:
        with pytest.raises(TypeError, match=r"has no option 'timout': did you mean 'timeout'\?"):
            take(base, timout=3.0)
    with Client(base) as client:
        assert client.env_list_all().keys() <= before.keys()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"timeout": "abc"}, "timeout must be of type Real, not 'abc'"),
        ({"timeout": True}, "timeout must be of type Real, not True"),
        ({"retries": 1.5}, "retries must be of type Integral or None, not 1.5"),
        ({"token": b"secret"}, "token must be of type str or None, not a bytes"),
        ({"session": "s"}, "session must be of type Session or None, not 's'"),
        ({"encoding": 7}, "encoding must be of type str or None, not 7"),
    ],
)
def test_an_option_of_a_wrong_type_is_refused_at_once(options: dict[str, Any], words: str) -> None:
    for make in (Client, lambda base, **given: RemoteEnv(base, "CartPole-v1", **given)):
        with pytest.raises(TypeError, match=words):
            make("http://127.0.0.1:1", **options)


def test_an_option_out_of_range_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="retries must be at least 0"):
        Client("http://127.0.0.1:1", retries=-1)
    with pytest.raises(ValueError, match="encoding must be 'json', 'msgpack' or None, not 'xml'"):
        Client("http://127.0.0.1:1", encoding="xml")
    Client("http://127.0.0.1:1", timeout=np.float32(2), retries=np.int64(3))  # type: ignore[arg-type]


@pytest.mark.parametrize("mode", [*AutoresetMode, *(each.value for each in AutoresetMode), "SAME_STEP", "disabled"])
def test_every_spelling_of_an_autoreset_mode(base: str, mode: Any) -> None:
    with RemoteVectorEnv(base, "CartPole-v1", 2, vectorization_mode="sync", autoreset_mode=mode) as envs:
        name = mode.name if isinstance(mode, AutoresetMode) else mode
        assert envs.metadata["autoreset_mode"].name.replace("_", "").lower() == name.replace("_", "").lower()
    with pytest.raises(ValueError, match=r"autoreset_mode must be one of next_step.*did you mean 'same_step'\?"):
        RemoteVectorEnv(base, "CartPole-v1", 2, autoreset_mode="same_stp")


def test_numpys_numbers_are_numbers(base: str) -> None:
    seed: Any = np.int64(3)
    expected = gymnasium.make("CartPole-v1").reset(seed=3)[0]
    with RemoteEnv(base, "CartPole-v1", seed=seed, max_episode_steps=np.int32(2)) as env:  # type: ignore[arg-type]
        np.testing.assert_array_equal(env.reset()[0], expected)
        np.testing.assert_array_equal(env.reset(seed=seed)[0], expected)
        assert env.np_random_seed == 3
        for action in (np.array(1), np.int8(1)):
            _, _, _, truncated, _ = env.step(action)
        assert truncated
    with RemoteVectorEnv(base, "CartPole-v1", np.int64(2), vectorization_mode="sync") as envs:  # type: ignore[arg-type]
        np.testing.assert_array_equal(envs.reset(seed=seed)[0][0], expected)
        np.testing.assert_array_equal(envs.reset(seed=np.array([3, 4]))[0][0], expected)  # type: ignore[arg-type]


@pytest.mark.parametrize("encoding", ["json", "msgpack"])
def test_true_is_an_action_of_a_discrete(base: str, encoding: str) -> None:
    with RemoteEnv(base, "Truth-v0", kind="bool", encoding=encoding) as env:
        env.reset()
        assert env.step(True)[1] == 1.0
        assert env.step(False)[1] == 0.0


@pytest.fixture
def env(base: str) -> Iterator[RemoteEnv]:
    with RemoteEnv(base, "CartPole-v1", render_mode="rgb_array") as made:
        yield made


@pytest.fixture
def envs(base: str) -> Iterator[RemoteVectorEnv]:
    with RemoteVectorEnv(base, "CartPole-v1", 2, vectorization_mode="sync", render_mode="rgb_array") as made:
        yield made


def test_setting_what_is_at_the_server_says_that_it_does_nothing(env: RemoteEnv, envs: RemoteVectorEnv) -> None:
    wrapped = gymnasium.wrappers.TimeLimit(env, 5)
    for set_it in (
        lambda: setattr(env, "gravity", 500.0),
        lambda: setattr(wrapped.unwrapped, "gravity", 500.0),
        lambda: env.set_wrapper_attr("gravity", 5.0),
        lambda: env.set_wrapper_attr("gravity", 5.0, force=False),
        lambda: envs.set_attr("gravity", [5.0, 6.0]),
        lambda: setattr(envs, "gravity", 5.0),
    ):
        with pytest.raises(AttributeError, match=r"Setting 'gravity' here would change nothing.*gravity=\.\.\."):
            set_it()
    assert not env.set_wrapper_attr("friction", 5.0, force=False)


def test_what_an_environment_has_here_can_be_set_as_ever(env: RemoteEnv) -> None:
    class Counting(RemoteEnv):
        count = 0

        def step(self, action: Any) -> Any:
            self.count += 1
            return super().step(action)

    counting = Counting.attach(env.client.remote_base, env.instance_id)
    counting.reset()
    counting.step(1)
    assert counting.count == 1
    env.metadata = {"render_fps": 3}
    env.np_random = np.random.default_rng(1)
    assert env.set_wrapper_attr("render_mode", "rgb_array")


def test_what_is_known_of_each_environment_of_a_vector(envs: RemoteVectorEnv) -> None:
    envs.reset()
    assert envs.get_attr("action_space") == (envs.single_action_space,) * 2
    assert envs.get_attr("render_mode") == ("rgb_array",) * 2
    assert envs.get_attr("spec")[0].id == "CartPole-v1"
    frames = envs.call("render")
    assert [frame.shape for frame in frames] == [(400, 600, 3)] * 2


def test_a_closed_environment_says_so(env: RemoteEnv, envs: RemoteVectorEnv) -> None:
    for each in (env, envs):
        each.reset()
        each.close()
        for use in (each.reset, lambda each=each: each.step(each.action_space.sample()), each.render):
            with pytest.raises(ClosedEnvironmentError, match="was closed: make another one"):
                use()


def test_a_spec_is_complete_and_has_no_secrets(base: str) -> None:
    with requests.Session() as session:
        made: dict[str, Any] = {
            "made": RemoteEnv(base, "MountainCar-v0", token="open-sesame", session=session),
            "vector": RemoteVectorEnv(base, "MountainCar-v0", 2, token="open-sesame", session=session),
            "by gymnasium": gymnasium.make(
                "gym_http_client:Remote-v0",
                remote_base=base,
                env_id="MountainCar-v0",
                token="open-sesame",
                session=session,
            ),
            "vector by gymnasium": gymnasium.make_vec(
                "gym_http_client:Remote-v0", 2, remote_base=base, env_id="MountainCar-v0", token="open-sesame"
            ),
            "password": RemoteEnv(base.replace("//", "//ada:open-sesame@"), "MountainCar-v0"),
        }
        made["attached"] = RemoteEnv.attach(base, made["made"].instance_id, token="open-sesame")
        made["vector attached"] = RemoteVectorEnv.attach(base, made["vector"].instance_id, token="open-sesame")
        for name, each in made.items():
            spec = each.spec
            assert isinstance(spec, EnvSpec), name
            assert (spec.reward_threshold, spec.max_episode_steps) == (-110.0, 200), name
            text = spec.to_json() if "gymnasium" not in name else json.dumps(spec.kwargs)
            for shown in (text, repr(spec), repr(each), str(each), repr(each.unwrapped.client)):
                assert "sesame" not in shown, name
        for name in ("made", "attached", "by gymnasium"):
            with gymnasium.make(made[name].spec) as again:
                assert isinstance(again.unwrapped, RemoteEnv)
                assert again.observation_space == made[name].observation_space
        others = gymnasium.make_vec(made["vector attached"].spec)
        assert others.num_envs == 2
        for each in (*made.values(), others):
            each.close()


@pytest.mark.parametrize("pickler", [pickle, cloudpickle])
def test_what_is_unpickled_is_attached_to_the_same_instance(base: str, pickler: Any) -> None:
    with RemoteEnv(base, "CartPole-v1", retries=3) as env, RemoteVectorEnv(base, "CartPole-v1", 2) as envs:
        env.reset(seed=1)
        again = pickle.loads(pickler.dumps(env))
        again.step(1)
        assert env.client.env_info(env.instance_id)["steps"] == 1
        again.close()
        env.step(1)
        assert pickle.loads(pickler.dumps(envs)).num_envs == 2
        shallow = copy.copy(env)
        assert shallow.instance_id == env.instance_id
        for each in (env, envs):
            with pytest.raises(TypeError, match=r"would step the very same instance.*gymnasium\.make\(env\.spec\)"):
                copy.deepcopy(each)
        gone = pickler.dumps(env)
    with pytest.raises(ServerError, match="unknown"):
        pickle.loads(gone)


def test_a_client_is_unpickled_with_its_options(base: str) -> None:
    with requests.Session() as session:
        session.headers["X-Team"] = "red"
        client: Any = Client(base, timeout=7, retries=2, token="open-sesame", encoding="msgpack", session=session)
        for again in (pickle.loads(pickle.dumps(client)), copy.deepcopy(client)):
            assert again.env_observation_space_info(again.env_create("CartPole-v1"))["low"].dtype == np.float32
            assert again._options["session"].headers["X-Team"] == "red"
            assert (again._options["timeout"], again._options["retries"]) == (7, 2)
            again.close()


def test_a_version_that_stands_in_is_told_once(base: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_instance, "_warned", set())
    with pytest.warns(UserWarning, match=r"Pendulum-v0 is no longer there: the server made Pendulum-v1") as caught:
        RemoteEnv(base, "Pendulum-v0").close()
    assert caught[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        RemoteEnv(base, "Pendulum-v0").close()
        RemoteEnv(base, "Pendulum-v1").close()
