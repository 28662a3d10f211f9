"""An instance that a test can hold to what it would be, had nothing else been asked of the server."""

from __future__ import annotations

import gymnasium
from live import Api

import contract


class Reference:
    """An instance half-way through an episode beside the same in this process: a refusal must not touch it."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.env = gymnasium.make("CartPole-v1")
        self.instance_id = api.create("CartPole-v1")
        api.ok("env_reset", instance_id=self.instance_id, seed=5)
        self.env.reset(seed=5)
        self.steps = 0
        self.check()

    def check(self) -> None:
        observation, *_ = self.env.step(self.steps % 2)
        info = self.api.ok("env_info", instance_id=self.instance_id)
        assert info["steps"] == self.steps
        assert "monitor" not in info
        reply = self.api.ok("env_step", instance_id=self.instance_id, action=self.steps % 2)
        assert contract.plain(reply["observation"]) == observation.tolist()
        self.steps += 1
