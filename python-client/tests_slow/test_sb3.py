"""Stable-Baselines3 learns through remote environments: the programs of docs/stable-baselines3.md, and PPO's variants.

Outside the ordinary tests, because torch is large.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from stable_baselines3 import PPO
from stable_baselines3.common.evaluation import evaluate_policy
from stable_baselines3.common.monitor import Monitor
from stable_baselines3.common.vec_env import DummyVecEnv, VecEnv, VecMonitor

from gym_http_client import RemoteEnv, RemoteVectorEnv

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
from conftest import running_server

ASKED = 195.0  # mean return that the original CartPole asked for
NUM_ENVS = 8


DOCUMENT = (Path(__file__).parent.parent / "docs" / "stable-baselines3.md").read_text()
PROGRAMS = dict(re.findall(r"^## ([^\n]+)\n(?:(?!^## ).)*?```python\n(.*?)```", DOCUMENT, re.DOTALL | re.MULTILINE))


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_server(directory=tmp_path_factory.mktemp("server")) as url:
        yield url


class VectorEnvForSB3(VecEnv):
    """A Gymnasium VectorEnv of autoreset mode same_step as the VecEnv of Stable-Baselines3, which has the same mode."""

    def __init__(self, envs: RemoteVectorEnv) -> None:
        self.envs = envs
        super().__init__(envs.num_envs, envs.single_observation_space, envs.single_action_space)

    def reset(self) -> Any:
        return self.envs.reset(seed=self._seeds[0])[0]

    def step_async(self, actions: Any) -> None:
        self.actions = actions

    def step_wait(self) -> Any:
        observations, rewards, terminated, truncated, infos = self.envs.step(self.actions)
        done = terminated | truncated
        each: list[dict[str, Any]] = [{} for _ in range(self.num_envs)]
        for index in np.flatnonzero(done):
            each[index]["terminal_observation"] = infos["final_obs"][index]
            each[index]["TimeLimit.truncated"] = bool(truncated[index] and not terminated[index])
        return observations, rewards.astype(np.float32), done, each

    def close(self) -> None:
        self.envs.close()

    def get_attr(self, attr_name: str, indices: Any = None) -> list[Any]:
        return [getattr(self.envs, attr_name)] * self.num_envs

    def set_attr(self, attr_name: str, value: Any, indices: Any = None) -> None:
        raise NotImplementedError

    def env_method(self, method_name: str, *args: Any, indices: Any = None, **kwargs: Any) -> list[Any]:
        raise NotImplementedError

    def env_is_wrapped(self, wrapper_class: Any, indices: Any = None) -> list[bool]:
        return [False] * self.num_envs


def learn(envs: VecEnv, steps: int) -> PPO:
    """Train with the settings that RL Baselines3 Zoo tuned for CartPole-v1, rates held constant."""
    torch.set_num_threads(1)  # the network is too small to gain from more
    model = PPO(
        "MlpPolicy",
        envs,
        n_steps=32,
        batch_size=256,
        n_epochs=20,
        gae_lambda=0.8,
        gamma=0.98,
        ent_coef=0.0,
        learning_rate=1e-3,
        clip_range=0.2,
        seed=1,
        device="cpu",
    )
    return model.learn(steps)


def mean_return(model: PPO, base: str) -> float:
    with RemoteEnv(base, "CartPole-v1", seed=1000) as env:
        mean, deviation = evaluate_policy(model, Monitor(env), n_eval_episodes=20, warn=False)
    print(f"mean return of 20 episodes: {mean:.1f} ± {deviation:.1f}")
    return float(np.mean(mean))


def test_ppo_learns_through_a_vector_env(base: str) -> None:
    envs = VectorEnvForSB3(
        RemoteVectorEnv(base, "CartPole-v1", NUM_ENVS, vectorization_mode="sync", autoreset_mode="same_step")
    )
    model = learn(VecMonitor(envs), 50_000)
    assert mean_return(model, base) >= ASKED
    envs.close()


def test_ppo_learns_through_eight_environments(base: str) -> None:
    envs = DummyVecEnv(
        [lambda seed=seed: Monitor(RemoteEnv(base, "CartPole-v1", seed=seed)) for seed in range(NUM_ENVS)]
    )
    model = learn(envs, 50_000)
    assert mean_return(model, base) >= ASKED
    envs.close()


def printed(name: str, base: str, directory: Path) -> str:
    """What the program of that heading prints, run as a user would."""
    program = directory / "program.py"
    program.write_text(PROGRAMS[name].replace("http://127.0.0.1:5000", base))
    done = subprocess.run([sys.executable, program], capture_output=True, text=True, check=False, timeout=900)
    assert done.returncode == 0, done.stderr
    print(done.stdout, end="")
    return done.stdout


@pytest.mark.parametrize("name", ["PPO", "DQN"])
def test_the_documents_learners_learn(base: str, tmp_path: Path, name: str) -> None:
    found = re.search(r"CartPole-v1: ([\d.]+) ", printed(name, base, tmp_path))
    assert found
    assert float(found[1]) >= ASKED


def test_the_documents_atari_agent_gets_its_frames(base: str, tmp_path: Path) -> None:
    told = r"256 steps of \(84, 84, 4\) observations, lives of each: \[[1-5](, [1-5]){3}\]"
    assert re.search(told, printed("Atari", base, tmp_path))


def test_the_documents_masks_keep_an_action_out(base: str, tmp_path: Path) -> None:
    assert "mask [1 0 1]: actions [0" in printed("Action masks", base, tmp_path)
    assert set(PROGRAMS) == {"PPO", "DQN", "Atari", "Action masks"}
