"""What OpenEnv's server and client agree on: the models of action and observation, and the typed client."""

from __future__ import annotations

from typing import Any

from openenv.core import EnvClient
from openenv.core.client_types import StepResult
from openenv.core.env_server.types import Action, Observation, State


class GymAction(Action):
    """An action of a Discrete space."""

    action: int


class GymObservation(Observation):
    """An observation as nested lists; their elements are not validated, which is kinder than the default."""

    values: Any


class GymClient(EnvClient[GymAction, GymObservation, State]):
    """The client that the template's would be for this environment."""

    def _step_payload(self, action: GymAction) -> dict[str, Any]:
        return {"action": action.action}

    def _parse_result(self, payload: dict[str, Any]) -> StepResult[GymObservation]:
        done, reward = payload.get("done", False), payload.get("reward")
        observation = GymObservation(values=payload["observation"]["values"], done=done, reward=reward)
        return StepResult(observation=observation, reward=reward, done=done)

    def _parse_state(self, payload: dict[str, Any]) -> State:
        return State(**payload)
