"""The schemas let through what a server may answer, and refuse what it may not."""

from __future__ import annotations

from typing import Any

import pytest

from contract import complaints

STEP = {"observation": [0.0], "reward": 1.0, "done": False, "terminated": False, "truncated": False, "info": {}}
VECTOR_STEP = {
    "observation": [[0.0], [1.0]],
    "reward": [1.0, 0.5],
    "done": [False, True],
    "terminated": [False, True],
    "truncated": [False, False],
    "info": {},
}
DISCRETE: dict[str, Any] = {"name": "Discrete", "n": 2}
BOX: dict[str, Any] = {"name": "Box", "shape": [1], "low": [-1.0], "high": [1e100]}
ERROR = {"message": "Instance_id x unknown", "code": "unknown_instance", "documentation_url": "/v1/openapi.yaml"}
ENV_INFO: dict[str, Any] = {
    "env_id": "CartPole-v1",
    "library": "gymnasium",
    "num_envs": 1,
    "steps": 0,
    "episodes": 0,
    "created": "2025-03-01T09:12:44.120Z",
    "last_used": "2025-03-01T09:12:44+00:00",
    "metadata": {},
    "spec": {"entry_point": "a:B", "nondeterministic": False, "kwargs": {}},
}
EVALUATION = {
    "evaluation_id": 1,
    "env_id": "CartPole-v1",
    "episodes": 20,
    "total_steps": 431,
    "mean_reward": 21.55,
    "submitter": "9f86d081884c",
    "uploaded": "2025-03-01T10:05:40Z",
}


def without(document: dict[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name != key}


def space(**facts: object) -> dict[str, Any]:
    return {"info": facts}


ACCEPTED: list[tuple[str, object]] = [
    ("EnvStepReply", STEP),
    ("EnvStepReply", VECTOR_STEP),
    ("EnvStepReply", {**STEP, "done": True, "truncated": True, "terminated": True}),
    ("EnvStepReply", {**STEP, "reward": None, "observation": [None, 1e100]}),
    ("EnvStepReply", {**STEP, "later": "an added key"}),
    ("EnvStepReply", {**VECTOR_STEP, "observation": {"x": [0, 1]}, "reward": [None, 1e100]}),
    ("EnvResetReply", {"observation": 3, "info": {"mask": [1, 0], "why": None}}),
    ("SpaceReply", space(**DISCRETE)),
    (
        "SpaceReply",
        {"info": {"name": "MultiDiscrete", "nvec": [2], "start": [0], "dtype": "int64"}, "single": DISCRETE},
    ),
    ("SpaceReply", space(**DISCRETE, start=-1, dtype="int8")),
    ("SpaceReply", space(name="Box", shape=[], low=[0], high=[255], dtype="uint8")),
    ("SpaceReply", space(name="MultiDiscrete", nvec=[[2, 3], [4, 5]], start=[[0, 0], [1, 1]], dtype="int64")),
    ("SpaceReply", space(name="MultiBinary", n=[2, 3], shape=[2, 3])),
    ("SpaceReply", space(name="Graph", node_space=BOX)),
    ("SpaceReply", space(name="Tuple", spaces=[])),
    ("SpaceReply", space(name="Simplex", repr="Simplex(3)")),
    ("EnvInfoReply", ENV_INFO),
    ("EnvListReply", {"envs": {}, "all_envs": {}}),
    ("Nothing", {}),
    ("Error400", ERROR),
    ("UploadReply", EVALUATION),
    ("EnvResetRequest", {"seed": [0, 1]}),
    ("EnvStepRequest", {"action": {"x": 1}}),
    ("EnvCreateRequest", {"env_id": "CartPole-v1", "render_mode": None, "token": "ignored"}),
    ("MonitorStartRequest", {"directory": "/tmp/x", "video_callable": 0}),
    ("ObservationContainsRequest", {}),
]

REFUSED: list[tuple[str, object]] = [
    *[("EnvStepReply", without(STEP, key)) for key in STEP],
    *[("EnvStepReply", without(VECTOR_STEP, key)) for key in VECTOR_STEP],
    ("EnvStepReply", {**STEP, "done": True}),
    ("EnvStepReply", {**STEP, "terminated": True}),
    ("EnvStepReply", {**STEP, "truncated": True}),
    ("EnvStepReply", {**STEP, "done": 0}),
    ("EnvStepReply", {**STEP, "reward": "1.0"}),
    ("EnvStepReply", {**STEP, "reward": [1.0]}),
    ("EnvStepReply", {**STEP, "info": None}),
    ("EnvStepReply", {**STEP, "info": []}),
    ("EnvStepReply", {**STEP, "message": "ok"}),
    ("EnvStepReply", {**STEP, "observation": {"__ndarray__": True, "dtype": "<f4", "shape": [0], "data": ""}}),
    ("EnvStepReply", {**VECTOR_STEP, "done": True}),
    ("EnvStepReply", {**VECTOR_STEP, "observation": 1}),
    ("EnvStepReply", {**VECTOR_STEP, "terminated": [0, 1]}),
    ("EnvStepReply", {**VECTOR_STEP, "message": "ok"}),
    ("EnvResetReply", {"observation": 3}),
    ("EnvResetReply", {"info": {}}),
    ("EnvCreateReply", {"instance_id": 12345678}),
    ("EnvCreateReply", {"instance_id": "CartPole"}),
    ("EnvListReply", {"envs": {}}),
    ("EnvListReply", {"envs": {"7c0a6f1e": None}, "all_envs": {}}),
    ("Nothing", {"message": "ok"}),
    ("Nothing", None),
    ("Nothing", []),
    *[("SpaceReply", space(**without(DISCRETE, key))) for key in DISCRETE],
    *[("SpaceReply", space(**without(BOX, key))) for key in BOX],
    ("SpaceReply", space(**DISCRETE, start=None)),
    ("SpaceReply", space(**DISCRETE, start=0)),
    ("SpaceReply", space(**DISCRETE, dtype="int64")),
    ("SpaceReply", space(**BOX, dtype="float32")),
    ("SpaceReply", space(**{**DISCRETE, "n": 0})),
    ("SpaceReply", space(**{**DISCRETE, "name": "discrete"})),
    ("SpaceReply", space(**{**BOX, "low": None})),
    ("SpaceReply", space(**{**BOX, "low": [None]})),
    ("SpaceReply", space(**{**BOX, "low": ["-inf"]})),
    ("SpaceReply", space(**{**BOX, "shape": [2, 1], "low": [[0.0], [0.0]]})),
    ("SpaceReply", space(**{**BOX, "dtype": "<f4"})),
    ("SpaceReply", space(name="Box", repr="Box(1)")),
    ("SpaceReply", space(name="Graph", node_space=BOX, edge_space=None)),
    ("SpaceReply", space(name="Tuple", spaces=[without(BOX, "shape")])),
    ("SpaceReply", space(name="Dict", spaces=[BOX])),
    ("SpaceReply", space(name="Dict", spaces={"x": without(DISCRETE, "n")})),
    ("SpaceReply", space(name="OneOf", spaces=[])),
    ("SpaceReply", {"info": DISCRETE, "single": None}),
    ("MemberReply", {"member": 1}),
    *[("EnvInfoReply", without(ENV_INFO, key)) for key in ENV_INFO],
    *[
        ("EnvInfoReply", {**ENV_INFO, key: None})
        for key in ("render_mode", "monitor", "autoreset_mode", "requested_env_id")
    ],
    ("EnvInfoReply", {**ENV_INFO, "spec": {**ENV_INFO["spec"], "reward_threshold": None}}),
    ("EnvInfoReply", {**ENV_INFO, "created": "2025-03-01 09:12Z"}),
    ("EnvInfoReply", {**ENV_INFO, "created": "2025-13-01T09:12:44Z"}),
    ("EnvInfoReply", {**ENV_INFO, "created": "2025-03-01T09:12:44+01:00"}),
    *[("Error400", without(ERROR, key)) for key in ERROR],
    ("Error400", {**ERROR, "code": "instance_gone"}),
    ("Error400", {**ERROR, "message": ""}),
    ("Error410", ERROR),
    *[("UploadReply", without(EVALUATION, key)) for key in EVALUATION],
    ("UploadReply", {**EVALUATION, "best_100_episode_mean_reward": 30.0}),
    ("UploadReply", {**EVALUATION, "episodes": 150, "solved_at_episode": 120}),
    ("UploadReply", {**EVALUATION, "submitter": "sk_4f2b"}),
    ("UploadReply", {**EVALUATION, "mean_reward": None}),
    ("ScoreboardReply", {"evaluations": [{**EVALUATION, "algorithm_id": None}]}),
    ("EnvResetRequest", {"seed": -1}),
    ("EnvResetRequest", {"seed": 0.5}),
    ("EnvStepRequest", {}),
    ("EnvStepRequest", {"action": None}),
    ("EnvCreateRequest", {"env_id": ""}),
    ("EnvCreateRequest", {"env_id": "CartPole-v1", "num_envs": 0}),
]


@pytest.mark.parametrize(("schema", "document"), ACCEPTED)
def test_accepted(schema: str, document: object) -> None:
    assert complaints(f"#/components/schemas/{schema}", document) == []


@pytest.mark.parametrize(("schema", "document"), REFUSED)
def test_refused(schema: str, document: object) -> None:
    assert complaints(f"#/components/schemas/{schema}", document) != []
