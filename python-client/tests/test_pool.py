"""Environments that step at the same time, from one thread: step_async and step_wait, and pools."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import gymnasium
import numpy as np
import pytest
import requests
from gymnasium.error import AlreadyPendingCallError, NoAsyncCallError

from gym_http_client import Client, InvalidActionError, RemoteEnv, RemotePool, RemoteVectorEnv, RequestTimeoutError
from remote_test_envs import WaitingEnv
from stubs import LossyProxy, stub


def same(there: Any, here: Any) -> bool:
    return all(np.array_equal(one, other) for one, other in zip(there[:4], here[:4], strict=True))


def test_steps_that_were_begun_are_those_of_the_environment(base: str) -> None:
    local = gymnasium.make("CartPole-v1")
    with RemoteEnv(base, "CartPole-v1") as env:
        env.reset(seed=3)
        local.reset(seed=3)
        for action in (0, 1, 1):
            env.step_async(action)
            assert same(env.step_wait(), local.step(action))
        assert same(env.step(0), local.step(0))


def test_a_vector_env_has_them_too(base: str) -> None:
    with RemoteVectorEnv(base, "CartPole-v1", num_envs=3) as envs, RemoteVectorEnv(base, "CartPole-v1", 3) as others:
        envs.reset(seed=3)
        others.reset(seed=3)
        envs.step_async([0, 1, 0])
        assert same(envs.step_wait(), others.step([0, 1, 0]))


def test_nothing_else_goes_on_while_a_step_is_begun(base: str) -> None:
    with RemoteEnv(base, "CartPole-v1") as env:
        env.reset(seed=3)
        with pytest.raises(NoAsyncCallError, match="step_async first"):
            env.step_wait()
        env.step_async(1)
        for call in (lambda: env.step(1), lambda: env.step_async(1), lambda: env.reset()):
            with pytest.raises(AlreadyPendingCallError, match="step_wait first"):
                call()
        env.step_wait()
        assert env.client.env_info(env.instance_id)["steps"] == 1


def test_a_refused_step_that_was_begun_is_raised_where_it_is_awaited(base: str) -> None:
    with RemoteEnv(base, "CartPole-v1") as env:
        env.reset(seed=3)
        env.step_async(7)
        with pytest.raises(InvalidActionError):
            env.step_wait()
        assert env.step(1)[1] == 1.0


def test_a_step_that_was_begun_can_be_left(base: str) -> None:
    with Client(base) as client:
        env = RemoteEnv(base, "CartPole-v1")
        env.reset(seed=3)
        env.step_async(1)
        env.close()
        assert env.instance_id not in client.env_list_all()


def test_steps_that_wait_overlap(base: str) -> None:
    """Sixteen environments that wait 50 ms in every step, of which one after the other would take 0.8 s."""
    with RemotePool(base, "Waiting-v0", num_envs=16, seconds=0.05) as pool:
        pool.async_reset()
        pool.recv()
        began = time.monotonic()
        pool.send([0] * 16, range(16))
        batch = pool.recv()
        assert time.monotonic() - began < 0.6
    assert sorted(batch.indices.tolist()) == list(range(16))


def test_a_pool_gives_those_that_are_ready_first(base: str) -> None:
    with RemotePool(base, "Waiting-v0", num_envs=4, batch_size=2) as pool:
        pool.async_reset()
        first, second = pool.recv(), pool.recv()
        assert sorted([*first.indices, *second.indices]) == [0, 1, 2, 3]
        pool.send([30, 0, 30, 0], range(4))  # hundredths of a second to wait
        assert sorted(pool.recv().indices) == [1, 3]
        assert sorted(pool.recv().indices) == [0, 2]


@pytest.mark.parametrize("encoding", ["json", "msgpack"])
def test_every_episode_of_a_pool_is_that_of_its_environment(base: str, encoding: str) -> None:
    locals_ = [gymnasium.make("CartPole-v1") for _ in range(5)]
    steps = [0] * 5
    ended = [False] * 5
    with RemotePool(base, "CartPole-v1", 5, 2, seed=7, encoding=encoding) as pool:
        pool.async_reset()
        for _ in range(200):
            batch = pool.recv()
            assert batch.observations.shape == (2, 4)
            for place, index in enumerate(batch.indices):
                env = locals_[index]
                if steps[index] == 0 or ended[index]:
                    seed = 7 + int(index) if steps[index] == 0 else None
                    here: Any = (env.reset(seed=seed)[0], 0.0, False, False)
                    if steps[index]:
                        here = (batch.observations[place], 0.0, False, False)  # of a generator that goes on there
                        env.unwrapped.state = tuple(batch.observations[place].astype(np.float64))
                    ended[index] = False
                else:
                    here = env.step(steps[index] % 2)
                    ended[index] = here[2] or here[3]
                there = [part[place] for part in (batch.observations, batch.rewards, batch.terminated, batch.truncated)]
                assert np.allclose(there[0], here[0])
                assert there[1:] == list(here[1:4])
                steps[index] += 1
            pool.send([steps[index] % 2 for index in batch.indices], batch.indices)


def test_what_a_pool_is_asked_for_too_early_is_refused(base: str) -> None:
    with RemotePool(base, "CartPole-v1", 2) as pool:
        with pytest.raises(NoAsyncCallError, match="send actions first"):
            pool.recv()
        pool.async_reset()
        with pytest.raises(AlreadyPendingCallError, match=r"\[0\] are under way"):
            pool.send([1], [0])
        pool.recv()
        with pytest.raises(ValueError, match="1 actions for 2"):
            pool.send([1], [0, 1])
    with pytest.raises(ValueError, match="batch_size"):
        RemotePool(base, "CartPole-v1", 2, 3)


def test_a_pool_that_cannot_be_made_leaves_nothing(base: str) -> None:
    with Client(base) as client:
        before = client.env_list_all()
        with pytest.raises(Exception, match="nonsense"):
            RemotePool(base, "CartPole-v1", 3, nonsense=1)
        assert client.env_list_all() == before


def test_an_error_of_one_environment_leaves_the_others(base: str) -> None:
    with RemotePool(base, "CartPole-v1", 2, 1, seed=1) as pool:
        pool.async_reset()
        pool.recv()
        pool.recv()
        pool.send([9], [0])
        with pytest.raises(InvalidActionError):
            pool.recv()
        pool.send([1, 1], [0, 1])
        assert sorted([*pool.recv().indices, *pool.recv().indices]) == [0, 1]


def test_no_reply_in_time_is_said_in_time(base: str) -> None:
    with RemotePool(base, "Waiting-v0", 2, 1, timeout=1.0) as pool:
        pool.async_reset()
        pool.recv()
        pool.recv()
        pool.send([150], [0])
        began = time.monotonic()
        with pytest.raises(RequestTimeoutError):
            pool.recv()
        assert 0.9 < time.monotonic() - began < 1.4


def test_a_bad_network_loses_and_doubles_no_step(base: str) -> None:
    proxy = LossyProxy(int(base.rpartition(":")[2]))
    with stub(proxy) as network, RemotePool(network.base, "CartPole-v1", 4, 2, seed=5, retries=None) as pool:
        pool.async_reset()
        sent, received = [1] * 4, [0] * 4
        for _ in range(100):
            batch = pool.recv()
            for index in batch.indices:
                received[index] += 1
                sent[index] += 1
            pool.send([1] * 2, batch.indices)
        for batch in (pool.recv(), pool.recv()):
            for index in batch.indices:
                received[index] += 1
        assert received == sent
        with Client(base) as client:
            for env, count in zip(pool.envs, received, strict=True):
                info = client.env_info(env.instance_id)
                assert info["steps"] + info["episodes"] in (count - 1, count)  # each was reset once more than it ended
    assert proxy.lost > 5
    proxy.close()


def test_through_a_session_that_only_requests_can_serve_it_works_too(base: str) -> None:
    with requests.Session() as session:
        session.cookies.set("flavour", "vanilla")
        with RemotePool(base, "CartPole-v1", 3, 2, seed=1, session=session) as pool:
            pool.async_reset()
            batch = pool.recv()
            pool.send([1, 1], batch.indices)
            assert pool.recv().rewards.shape == (2,)


def test_the_waiting_environment_waits() -> None:
    env: Callable[..., Any] = WaitingEnv
    began = time.monotonic()
    env(0.05).step(0)
    assert time.monotonic() - began >= 0.05
