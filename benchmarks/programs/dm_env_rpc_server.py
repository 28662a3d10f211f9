"""dm_env_rpc serving Gymnasium environments: ``dm_env_rpc_server.py PORT``, one world for each connection."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from concurrent import futures
from typing import Any

import grpc
import numpy as np
from bench_envs import make
from dm_env_rpc.v1 import dm_env_rpc_pb2 as rpc
from dm_env_rpc.v1 import dm_env_rpc_pb2_grpc, spec_manager, tensor_utils

ACTION, OBSERVATION, REWARD = 1, 1, 2


class World:
    """One environment, its specs, and whether an episode runs."""

    def __init__(self, env_id: str, kwargs: dict[str, Any]) -> None:
        self.env = make(env_id, kwargs)
        space = self.env.observation_space
        self.specs = rpc.ActionObservationSpecs(
            actions={ACTION: rpc.TensorSpec(name="action", dtype=rpc.INT64)},
            observations={
                OBSERVATION: rpc.TensorSpec(
                    name="observation", shape=space.shape, dtype=tensor_utils.np_type_to_data_type(space.dtype)
                ),
                REWARD: rpc.TensorSpec(name="reward", dtype=rpc.DOUBLE),
            },
        )
        self.actions = spec_manager.SpecManager(self.specs.actions)
        self.observations = spec_manager.SpecManager(self.specs.observations)
        self.running = False

    def step(self, request: Any) -> Any:
        """A step, or the first observation of an episode where none runs."""
        if self.running:
            action = self.actions.unpack(request.actions)["action"]
            observation, reward, terminated, truncated, _ = self.env.step(action)
            self.running = not (terminated or truncated)
        else:
            observation, _ = self.env.reset()
            reward, self.running = 0.0, True
        packed = self.observations.pack({"observation": observation, "reward": np.float64(reward)})
        return rpc.StepResponse(
            state=rpc.RUNNING if self.running else rpc.TERMINATED,
            observations={uid: packed[uid] for uid in request.requested_observations},
        )


class Servicer(dm_env_rpc_pb2_grpc.EnvironmentServicer):
    """Answers the requests of one connection in turn."""

    def Process(self, request_iterator: Iterator[Any], context: Any) -> Iterator[Any]:
        """The service's one method."""
        world: World | None = None
        for request in request_iterator:
            kind = request.WhichOneof("payload")
            if kind == "create_world":
                settings = {
                    key: tensor_utils.unpack_tensor(value) for key, value in request.create_world.settings.items()
                }
                world = World(str(settings["env_id"]), json.loads(str(settings["kwargs"])))
                yield rpc.EnvironmentResponse(create_world=rpc.CreateWorldResponse(world_name="world"))
            elif kind == "join_world" and world is not None:
                yield rpc.EnvironmentResponse(join_world=rpc.JoinWorldResponse(specs=world.specs))
            elif kind == "step" and world is not None:
                yield rpc.EnvironmentResponse(step=world.step(request.step))
            elif kind == "leave_world":
                yield rpc.EnvironmentResponse(leave_world=rpc.LeaveWorldResponse())
            elif kind == "destroy_world":
                yield rpc.EnvironmentResponse(destroy_world=rpc.DestroyWorldResponse())
            else:
                raise ValueError(f"unexpected {kind}")


def main() -> None:
    """Serve until ended."""
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=32))
    dm_env_rpc_pb2_grpc.add_EnvironmentServicer_to_server(Servicer(), server)
    server.add_secure_port(f"127.0.0.1:{sys.argv[1]}", grpc.local_server_credentials())
    server.start()
    server.wait_for_termination()


main()
