"""Attributes of the environment at the server, and the wrappers and learners that need them."""

from __future__ import annotations

import pickle
from typing import Any

import ale_py
import gymnasium
import numpy as np
import pytest
from gymnasium.wrappers import AtariPreprocessing

from gym_http_client import Client, RemoteEnv, RemoteVectorEnv, ServerError
from gym_http_client._instance_operations import get_attr

gymnasium.register_envs(ale_py)


@pytest.mark.parametrize("encoding", ["json", "msgpack"])
def test_attributes_are_the_environments_own(base: str, encoding: str) -> None:
    local: Any = gymnasium.make("FrozenLake-v1", is_slippery=False)  # slippery, its odds differ between versions
    with RemoteEnv(base, "FrozenLake-v1", is_slippery=False, encoding=encoding) as env:
        remote: Any = env.unwrapped
        assert remote.nrow == 4
        assert {state: {action: [tuple(row) for row in rows] for action, rows in actions.items()}
                for state, actions in remote.P.items()} == local.unwrapped.P  # fmt: skip
        env.reset(seed=3)
        local.reset(seed=3)
        for _ in range(3):
            env.step(1)
            local.step(1)
            assert remote.s == local.unwrapped.s
        assert env.get_wrapper_attr("nrow") == 4
        assert env.has_wrapper_attr("ncol")
        assert not env.has_wrapper_attr("gravity")
    with RemoteEnv(base, "CartPole-v1", encoding=encoding) as env:
        local = gymnasium.make("CartPole-v1")
        env.reset(seed=3)
        local.reset(seed=3)
        np.testing.assert_array_equal(env.unwrapped.state, local.unwrapped.state)  # type: ignore[attr-defined]
        assert env.unwrapped.gravity == 9.8  # type: ignore[attr-defined]


def test_what_cannot_be_had_says_so(base: str) -> None:
    with RemoteEnv(base, "Attributes-v0") as env:
        other: Any = env.unwrapped
        with pytest.raises(AttributeError, match=r"The nearest are: numbers"):
            other.number  # noqa: B018
        with pytest.raises(AttributeError, match=r"--allow-call forget"):
            other.forget()
        with pytest.raises(AttributeError, match="no attribute '_secret'"):
            other._secret  # noqa: B018
        with pytest.raises(ServerError, match="ZeroDivisionError"):
            other.broken  # noqa: B018
        with pytest.raises(ValueError, match="read-only"):
            other.numbers[0] = 5
        with pytest.raises(AttributeError, match=r"Setting 'motor.speed' here would change nothing"):
            other.motor.speed = 5
        assert other.motor.speed == 3.5
        with pytest.raises(AttributeError, match="Motor has no attribute 'sped'"):
            other.motor.sped  # noqa: B018
        with pytest.raises(TypeError, match="motor cannot be called"):
            other.motor()
        with pytest.raises(TypeError, match="takes no arguments"):
            other.action_masks(np.zeros(3))
        with pytest.raises(AttributeError, match="Setting 'numbers' here would change nothing"):
            other.numbers = 5
        assert repr(other.motor) == f"<motor of RemoteEnv {env.instance_id}, at the server>"
    with pytest.raises(AttributeError, match="is closed"):
        other.numbers  # noqa: B018
    assert not hasattr(other, "numbers")


def test_what_is_a_method_is_asked_once(base: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    def ask(session: Any, encoding: Any, instance_id: str, name: str, call: bool) -> Any:
        asked.append((name, call))
        return get_attr(session, encoding, instance_id, name, call)

    monkeypatch.setattr("gym_http_client._attributes.get_attr", ask)
    with RemoteEnv(base, "Attributes-v0") as env:
        other: Any = env.unwrapped
        for _ in range(3):
            np.testing.assert_array_equal(other.action_masks(), [True, False, True])
        assert asked == [("action_masks", False), *[("action_masks", True)] * 3]
        assert pickle.loads(pickle.dumps(env)).unwrapped.motor.speed == 3.5


@pytest.mark.parametrize("mode", ["sync", "async", "vector_entry_point"])
def test_vectors_give_one_value_for_each(base: str, mode: str) -> None:
    with RemoteVectorEnv(base, "CartPole-v1", 3, vectorization_mode=mode) as envs:
        assert envs.get_attr("gravity") == (9.8,) * 3
        assert envs.call("kinematics_integrator") == ("euler",) * 3
        with pytest.raises(AttributeError, match="gravity"):
            envs.get_attr("gravitiy")
        with pytest.raises(AttributeError, match="Setting 'gravity' here would change nothing"):
            envs.set_attr("gravity", 5.0)
        with pytest.raises(TypeError, match="takes no arguments"):
            envs.call("gravity", 5)
        if mode == "vector_entry_point":  # one object, with attributes of its own
            assert getattr(envs, "gravity") == 9.8  # noqa: B009 - mypy knows better
        else:
            with pytest.raises(AttributeError, match=r"get_attr\('gravity'\)"):
                getattr(envs, "gravity")  # noqa: B009
    with RemoteVectorEnv(base, "Attributes-v0", 2, vectorization_mode="sync") as envs:
        for masks in envs.call("action_masks"):
            np.testing.assert_array_equal(masks, [True, False, True], strict=True)


def test_flat(base: str) -> None:
    with Client(base) as client:
        instance_id = client.env_create("Attributes-v0")
        assert client.env_get_attr(instance_id, "numbers") == [1, 2]
        assert client.env_get_attr(instance_id, "action_masks", call=True) == [True, False, True]
        assert client.env_get_attr(instance_id, "table") == {0: {1: "x"}}
        with pytest.raises(ServerError) as refused:
            client.env_get_attr(instance_id, "action_masks")
        assert refused.value.code == "attribute_is_method"
        client.env_close(instance_id)


@pytest.mark.parametrize("encoding", ["json", "msgpack"])
def test_action_masks_are_found_as_sb3_contrib_looks_for_them(base: str, encoding: str) -> None:
    env: Any = gymnasium.make("gym_http_client:Remote-v0", remote_base=base, env_id="Attributes-v0", encoding=encoding)
    assert env.has_wrapper_attr("action_masks")
    masks = np.stack([env.get_wrapper_attr("action_masks")()])  # env_method of its VecEnvs
    np.testing.assert_array_equal(masks, [[True, False, True]], strict=True)
    env.close()
    env = gymnasium.make("gym_http_client:Remote-v0", remote_base=base, env_id="CartPole-v1")
    assert not env.has_wrapper_attr("action_masks")
    env.close()


@pytest.mark.parametrize("options", [{}, {"terminal_on_life_loss": True, "grayscale_obs": False, "scale_obs": True}])
def test_atari_preprocessing_sees_what_it_sees_locally(base: str, options: dict[str, Any]) -> None:
    game: dict[str, Any] = {"frameskip": 1, "repeat_action_probability": 0.0}
    local: Any = AtariPreprocessing(gymnasium.make("ALE/Breakout-v5", **game), noop_max=5, **options)
    remote: Any = AtariPreprocessing(
        gymnasium.make(
            "gym_http_client:Remote-v0",
            remote_base=base,
            env_id="ALE/Breakout-v5",
            disable_env_checker=True,
            **game,
        ),
        noop_max=5,
        **options,
    )
    assert remote.observation_space == local.observation_space
    assert remote.unwrapped.get_action_meanings() == local.unwrapped.get_action_meanings()
    for each in (local, remote):  # the number of no-ops is drawn here, where each has a generator of its own
        each.reset(seed=1)
    local.unwrapped.np_random = np.random.default_rng(7)
    remote.unwrapped._np_random = np.random.default_rng(7)
    np.testing.assert_array_equal(local.reset()[0], remote.reset()[0], strict=True)
    for action in (1, 2, 3, 0) * 20:
        expected, got = local.step(action), remote.step(action)
        np.testing.assert_array_equal(expected[0], got[0], strict=True)
        assert got[1:4] == expected[1:4]
        if got[2]:
            break
    remote.close()
    local.close()
    four = RemoteEnv(base, "ALE/Breakout-v5")
    with pytest.raises(ValueError, match="frame-skipping"):
        AtariPreprocessing(four)
    four.close()
