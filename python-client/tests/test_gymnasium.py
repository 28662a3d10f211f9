"""Gymnasium around a remote environment does what it does around the environment itself: wrappers, vectors, checkers.

Gymnasium's releases do not ship its own tests; these ask for the same behaviour. What cannot hold remotely:

- attributes of the environment itself (`gravity`, `P`) are read as copies and never set, so `set_attr` raises; of its
  methods only those without arguments that the operator allows are called (test_attributes.py);
- a deep copy raises, as it would share its steps with the original (test_arguments.py);
- `np_random` is seeded as ever, and the dynamics do not use it: wrappers that draw from it (`StickyAction`) draw other
  numbers than they would in the middle of the environment's own;
- a reward is a Python float, also where the environment gives a NumPy scalar;
- an error of the environment is a `ServerError` with its type and text in the message, not of its own class, but for
  a refused action, which is a ValueError and an AssertionError.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium import spaces, wrappers
from gymnasium.error import ResetNeeded
from gymnasium.utils.env_checker import data_equivalence
from gymnasium.utils.performance import benchmark_step
from gymnasium.vector import AsyncVectorEnv, SyncVectorEnv
from gymnasium.wrappers import vector as vector_wrappers

from gym_http_client import Client, RemoteEnv, RemoteVectorEnv

Wrap = Callable[[Any], Any]


def of(name: str, *arguments: Any, **options: Any) -> Wrap:
    return lambda env: getattr(wrappers, name)(env, *arguments, **options)


CARTPOLE: dict[str, Wrap] = {
    "AddWhiteNoise": lambda env: wrappers.AddWhiteNoise(wrappers.AddRenderObservation(env), 0.3),
    "AddRenderObservation": of("AddRenderObservation", render_only=False),
    "Autoreset": of("Autoreset"),
    "ClipReward": of("ClipReward", 0.2, 0.7),
    "DelayObservation": of("DelayObservation", 2),
    "DiscretizeObservation": lambda env: wrappers.DiscretizeObservation(bounded(env), 5),
    "DtypeObservation": of("DtypeObservation", np.float64),
    "FlattenObservation": of("FlattenObservation"),
    "FrameStackObservation": of("FrameStackObservation", 3),
    "GrayscaleObservation": lambda env: wrappers.GrayscaleObservation(wrappers.AddRenderObservation(env)),
    "MaxAndSkipObservation": of("MaxAndSkipObservation", 2),
    "NormalizeObservation": of("NormalizeObservation"),
    "NormalizeReward": of("NormalizeReward"),
    "ObstructView": lambda env: wrappers.ObstructView(wrappers.AddRenderObservation(env), 0.2, 3),
    "OrderEnforcing": of("OrderEnforcing"),
    "PassiveEnvChecker": of("PassiveEnvChecker"),
    "RecordEpisodeStatistics": of("RecordEpisodeStatistics"),
    "RepeatAction": of("RepeatAction", 2),
    "RescaleObservation": lambda env: wrappers.RescaleObservation(bounded(env), np.float32(-1), np.float32(1)),
    "ReshapeObservation": of("ReshapeObservation", (2, 2)),
    "StickyAction": of("StickyAction", 0.0),
    "TimeAwareObservation": lambda env: wrappers.TimeAwareObservation(wrappers.TimeLimit(env, 20), normalize_time=True),
    "TimeLimit": of("TimeLimit", 7),
    "TransformObservation": lambda env: wrappers.TransformObservation(env, np.negative, env.observation_space),
    "TransformReward": lambda env: wrappers.TransformReward(env, lambda reward: float(reward) - 2),
}
PENDULUM: dict[str, Wrap] = {
    "ClipAction": of("ClipAction"),
    "DiscretizeAction": of("DiscretizeAction", 5),
    "RescaleAction": of("RescaleAction", np.float32(-1), np.float32(1)),
    "TransformAction": lambda env: wrappers.TransformAction(env, lambda action: action / 2, env.action_space),
}
CASES = [
    pytest.param(env_id, wrap, id=name)
    for env_id, cases in (("CartPole-v1", CARTPOLE), ("Pendulum-v1", PENDULUM))
    for name, wrap in cases.items()
    if hasattr(wrappers, name)
]


def bounded(env: Any) -> Any:
    space = spaces.Box(-10, 10, (4,), np.float32)
    return wrappers.TransformObservation(env, lambda observation: np.clip(observation, -10, 10), space)


def same_library(base: str) -> None:
    """Skip where the server's Gymnasium is another: its random numbers are others too."""
    with Client(base) as client:
        version = client.health()["versions"]["gymnasium"]
    if version != gymnasium.__version__:
        pytest.skip(f"the server has Gymnasium {version}, whose random numbers and sums are not those of here")


def without_times(info: dict[str, Any]) -> dict[str, Any]:
    """The info without what is measured by the clock."""
    return {key: without_times(part) if isinstance(part, dict) else part for key, part in info.items() if key != "t"}


@pytest.mark.parametrize(("env_id", "wrap"), CASES)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_a_wrapper_does_the_same(base: str, env_id: str, wrap: Wrap) -> None:
    same_library(base)
    local = wrap(gymnasium.make(env_id, render_mode="rgb_array", disable_env_checker=True))
    remote = wrap(RemoteEnv(base, env_id, render_mode="rgb_array"))
    assert remote.observation_space == local.observation_space
    assert remote.action_space == local.action_space
    for each in (local, remote):
        each.action_space.seed(5)
    expected, got = (each.reset(seed=5) for each in (local, remote))
    for _ in range(25):
        assert data_equivalence(without_times(expected[-1]), without_times(got[-1]))
        assert data_equivalence(expected[0], got[0])
        assert expected[1:-1] == got[1:-1]
        if len(expected) == 5 and (expected[2] or expected[3]) and not isinstance(local, wrappers.Autoreset):
            expected, got = (each.reset(seed=6) for each in (local, remote))
            continue
        action = local.action_space.sample()
        expected, got = local.step(action), remote.step(action)
    for each in (local, remote):
        each.close()


VECTOR: dict[str, Wrap] = {
    "ClipReward": lambda envs: vector_wrappers.ClipReward(envs, 0.1, 0.6),
    "DtypeObservation": lambda envs: vector_wrappers.DtypeObservation(envs, np.float64),
    "FlattenObservation": vector_wrappers.FlattenObservation,
    "NormalizeObservation": vector_wrappers.NormalizeObservation,
    "NormalizeReward": vector_wrappers.NormalizeReward,
    "RecordEpisodeStatistics": vector_wrappers.RecordEpisodeStatistics,
    "RescaleObservation": lambda envs: vector_wrappers.ReshapeObservation(envs, (2, 2)),
    "TransformReward": lambda envs: vector_wrappers.TransformReward(envs, lambda rewards: rewards * 2),
    "VectorizeTransformReward": lambda envs: vector_wrappers.VectorizeTransformReward(
        envs, wrappers.TransformReward, func=lambda reward: reward + 1
    ),
}


@pytest.mark.parametrize("name", VECTOR)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_a_vector_wrapper_does_the_same(base: str, name: str) -> None:
    same_library(base)
    local = VECTOR[name](gymnasium.make_vec("CartPole-v1", 3, vectorization_mode="sync"))
    remote = VECTOR[name](RemoteVectorEnv(base, "CartPole-v1", 3, vectorization_mode="sync"))
    assert remote.observation_space == local.observation_space
    expected, got = (each.reset(seed=5) for each in (local, remote))
    local.action_space.seed(5)
    for _ in range(40):
        assert data_equivalence(without_times(expected[-1]), without_times(got[-1]))
        assert data_equivalence(expected[:-1], got[:-1])
        actions = local.action_space.sample()
        expected, got = local.step(actions), remote.step(actions)
    assert not remote.closed
    local.close()
    remote.close()
    assert remote.closed


def test_infos_become_a_list(base: str) -> None:
    with RemoteVectorEnv(base, "EchoDiscrete-v0", 2, vectorization_mode="sync") as envs:
        listed: Any = vector_wrappers.DictInfoToList(envs)
        listed.reset()
        infos = listed.step(envs.action_space.sample())[4]
        assert [info["list"] for info in infos] == [[1, 2], [1, 2]]
        assert [info["deep"]["words"] for info in infos] == [["a", "b"]] * 2


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
@pytest.mark.parametrize("vectorize", [SyncVectorEnv, AsyncVectorEnv])
def test_remote_environments_in_gymnasiums_vectors(base: str, vectorize: Any) -> None:
    same_library(base)
    with Client(base) as client:
        before = client.env_list_all()
    local = SyncVectorEnv([lambda: gymnasium.make("CartPole-v1")] * 2)
    remote = vectorize([lambda: RemoteEnv(base, "CartPole-v1")] * 2)
    expected, got = (each.reset(seed=3) for each in (local, remote))
    local.action_space.seed(3)
    for _ in range(30):
        assert data_equivalence(expected, got)
        actions = local.action_space.sample()
        expected, got = local.step(actions), remote.step(actions)
    local.close()
    remote.close()
    with Client(base) as client:
        assert client.env_list_all().keys() <= before.keys()


def test_order_is_enforced_and_statistics_are_kept(base: str) -> None:
    with gymnasium.make("gym_http_client:Remote-v0", remote_base=base, env_id="CartPole-v1") as env:
        with pytest.raises(ResetNeeded):
            env.step(0)
        recorded = wrappers.RecordEpisodeStatistics(env)
        recorded.reset(seed=1)
        for _ in range(60):
            *_, terminated, _, info = recorded.step(0)
            if terminated:
                break
        assert info["episode"]["r"] == info["episode"]["l"] < 20


def test_a_video_is_recorded(base: str, tmp_path: Any) -> None:
    pytest.importorskip("moviepy")
    env = RemoteEnv(base, "CartPole-v1", render_mode="rgb_array", max_episode_steps=4)
    with wrappers.RecordVideo(env, str(tmp_path / "videos"), episode_trigger=lambda episode: episode == 0) as recorded:
        recorded.reset(seed=1)
        for _ in range(4):
            recorded.step(0)
    assert [path.suffix for path in (tmp_path / "videos").iterdir()] == [".mp4"]


def test_a_wrapped_spec_makes_it_again(base: str) -> None:
    env = gymnasium.make("gym_http_client:Remote-v0", remote_base=base, env_id="CartPole-v1", max_episode_steps=9)
    wrapped = wrappers.ClipReward(wrappers.RecordEpisodeStatistics(env), 0.0, 0.5)
    assert wrapped.spec is not None
    assert wrapped.spec.max_episode_steps == 9
    with gymnasium.make(wrapped.spec) as again:
        assert str(again) == str(wrapped)
        again.reset(seed=1)
        assert again.step(0)[1] == 0.5
    wrapped.close()


def test_gymnasium_measures_it(base: str) -> None:
    with RemoteEnv(base, "CartPole-v1") as env:
        assert benchmark_step(env, target_duration=1, seed=1) > 10
