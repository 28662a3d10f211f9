"""Frames of environments as arrays and as PNG pictures."""

from __future__ import annotations

import io
import math
from typing import Any

import numpy as np
from PIL import Image

from ..protocol.errors import ApiError

MOST_FRAMES = 64  # of a vector env: each is drawn anew, on a surface of its own


def current_frame(env: Any) -> np.ndarray:
    """The frame that `env.render()` gives: uint8 of shape (height, width, 3), with a leading axis for a vector env.

    Raises:
        ApiError: 409 `no_frame` when the render mode gives no picture, or the environments are more than 64.
    """
    count = getattr(env, "num_envs", 1)
    if count > MOST_FRAMES:
        problem = f"Only instances of at most {MOST_FRAMES} environments give frames; this one has {count}"
        raise ApiError(409, "no_frame", problem)
    rendered = env.render() if env.render_mode is not None else None
    if isinstance(rendered, (list, tuple)) and rendered:
        # A vector env gives a frame each; the modes that collect (rgb_array_list) give all since the last call.
        rendered = np.stack(rendered) if hasattr(env, "num_envs") else rendered[-1]
    if not isinstance(rendered, np.ndarray) or rendered.ndim < 3:
        raise ApiError(
            409,
            "no_frame",
            f"This instance has no frame to give (its render_mode is {env.render_mode}); "
            "create it with render_mode rgb_array, if the environment offers that",
        )
    return np.ascontiguousarray(rendered, dtype=np.uint8)


def to_png(frame: np.ndarray) -> bytes:
    """The frame as PNG; the frames of a vector env as one picture, tiled row by row in a grid as square as can be."""
    picture = Image.fromarray(_tiled(frame) if frame.ndim == 4 else frame)
    buffer = io.BytesIO()
    picture.save(buffer, format="PNG", compress_level=1)
    return buffer.getvalue()


def _tiled(frames: np.ndarray) -> np.ndarray:
    count, height, width, channels = frames.shape
    columns = math.ceil(math.sqrt(count))
    rows = math.ceil(count / columns)
    grid = np.zeros((rows * columns, height, width, channels), dtype=frames.dtype)
    grid[:count] = frames
    return (
        grid.reshape(rows, columns, height, width, channels)
        .swapaxes(1, 2)
        .reshape(rows * height, columns * width, channels)
    )
