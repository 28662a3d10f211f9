"""Frames of other shapes and types than Gymnasium's are shown as what they are, or refused by name."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from foreign_envs import FRAMES
from live import Api
from PIL import Image

SHOWN: dict[str, Any] = {
    "rows": FRAMES["rows"],
    "one channel": FRAMES["one channel"][:, :, 0],
    "alpha": FRAMES["alpha"][:, :, :3],
    "booleans": np.eye(3) * 255,
    "integers": FRAMES["rows"],
    "floats to 1": np.rint(FRAMES["floats to 1"] * 255),
    "floats to 255": np.rint(FRAMES["floats to 255"]),
}
REFUSED = {
    "below 0": "an array of numbers from -1.0 to -1.0",
    "beyond bytes": "an array of numbers from 256 to 256",
    "not a number": "an array of numbers from nan to nan",
    "five channels": "an array of shape [3, 4, 5]",
    "nothing": "NoneType",
    "text": "str",
    "object": "object",
}


def picture_of(api: Api, instance_id: str) -> np.ndarray:
    document = api.ok("env_render", instance_id=instance_id)
    if api.msgpack:
        assert document["frame"].dtype == np.uint8
        return np.asarray(document["frame"])
    picture = Image.open(io.BytesIO(document))
    assert picture.mode == "RGB"
    return np.asarray(picture)


@pytest.mark.parametrize("kind", SHOWN)
@pytest.mark.parametrize("count", [1, 3])
def test_a_frame_is_shown_in_the_colours_that_it_has(api: Api, kind: str, count: int) -> None:
    vector = {} if count == 1 else {"num_envs": count}
    instance_id = api.create("foreign/OddFrames-v0", kwargs={"kind": kind}, **vector)
    api.ok("env_reset", instance_id=instance_id)
    expected = np.broadcast_to(np.atleast_3d(SHOWN[kind]), (*SHOWN[kind].shape[:2], 3))
    shown = picture_of(api, instance_id)
    if count > 1:
        assert shown.shape == ((3, *expected.shape) if api.msgpack else (6, 2 * expected.shape[1], 3))
        shown = shown[0] if api.msgpack else shown[:3, : expected.shape[1]]
    np.testing.assert_array_equal(shown, expected)
    api.ok("env_close", instance_id=instance_id)


@pytest.mark.parametrize("kind", REFUSED)
def test_what_cannot_be_shown_is_named(api: Api, kind: str) -> None:
    for arguments in ({}, {"num_envs": 2}):
        instance_id = api.create("foreign/OddFrames-v0", kwargs={"kind": kind}, **arguments)
        api.ok("env_reset", instance_id=instance_id)
        reply = api.call("env_render", instance_id=instance_id)
        assert reply.error == (409, "no_frame")
        assert REFUSED[kind] in reply.message
        assert "create it with" not in reply.message
        api.ok("env_step", instance_id=instance_id, action=[0, 0] if arguments else 0)
        api.ok("env_close", instance_id=instance_id)
