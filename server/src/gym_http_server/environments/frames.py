"""Frames of environments as arrays and as PNG pictures."""

from __future__ import annotations

import io
import math
from typing import Any

import numpy as np
from PIL import Image

from ..protocol.errors import ApiError
from .vectors import is_vector

MOST_FRAMES = 64  # of a vector env: each is drawn anew, on a surface of its own
_ROUNDING = 0.01  # by so much floats that are meant to end at 1 may go beyond it


class NoPicture(ValueError):
    """It is no frame; the message says what it is."""


def current_frame(env: Any) -> np.ndarray:
    """The frame that `env.render()` gives: uint8 of shape (height, width, 3), with a leading axis for a vector env.

    Raises:
        ApiError: 409 `no_frame` when the environment gives none, when it is nothing that can be shown, or when the
            environments are more than 64.
    """
    vector = is_vector(env)
    mode, rendered = _rendered(env, vector)
    if rendered is None or isinstance(rendered, str):
        raise ApiError(409, "no_frame", _no_frame(mode, rendered))
    try:
        if vector:
            return _pictures(rendered)
        # The modes that collect (rgb_array_list) give all frames since the last call.
        return picture(rendered[-1] if isinstance(rendered, (list, tuple)) and rendered else rendered)
    except NoPicture as error:
        problem = f"The environment's frame cannot be shown: it is {error} (render_mode {mode})"
        raise ApiError(409, "no_frame", problem) from None


def own_frame(env: Any) -> Any:
    """`current_frame` of render mode rgb_array; of every other what `env.render()` gives: an array, text, or a list.

    Raises:
        ApiError: 409 `no_frame` as `current_frame`.
    """
    if getattr(env, "render_mode", None) in (None, "rgb_array"):
        return current_frame(env)
    mode, rendered = _rendered(env, is_vector(env))
    if rendered is None:
        raise ApiError(409, "no_frame", _no_frame(mode, rendered))
    try:
        return _as_made(rendered)
    except NoPicture as error:
        problem = f"The environment's frame cannot be sent: it is {error} (render_mode {mode})"
        raise ApiError(409, "no_frame", problem) from None


def _rendered(env: Any, vector: bool) -> tuple[Any, Any]:
    """The render mode, and what the environment gives in it."""
    if vector and env.num_envs > MOST_FRAMES:
        problem = f"Only instances of at most {MOST_FRAMES} environments give frames; this one has {env.num_envs}"
        raise ApiError(409, "no_frame", problem)
    mode = getattr(env, "render_mode", None)
    return mode, None if mode is None else env.render()


def _as_made(frame: Any) -> Any:
    if isinstance(frame, (list, tuple)):
        return [_as_made(part) for part in frame]
    if hasattr(frame, "getvalue"):  # the text of environments that are older than gym 0.26
        frame = frame.getvalue()
    is_array = isinstance(frame, np.ndarray) and frame.dtype.kind in "fiub"
    if not is_array and not isinstance(frame, str):
        raise NoPicture(type(frame).__name__)
    return frame


def _no_frame(mode: Any, rendered: Any) -> str:
    if mode == "rgb_array":
        return (
            f"The environment gives no frame to show: its render() gave {type(rendered).__name__} (render_mode {mode})"
        )
    return (
        f"This instance has no frame to give (its render_mode is {mode}); "
        "create it with render_mode rgb_array, if the environment offers that"
    )


def _pictures(rendered: Any) -> np.ndarray:
    if isinstance(rendered, np.ndarray) and rendered.ndim == 3:
        return picture(rendered)  # one of all
    pictures = [picture(frame) for frame in rendered]
    if len({frame.shape for frame in pictures}) != 1:
        raise NoPicture("of another size in each of the environments")
    return np.stack(pictures)


def picture(frame: Any) -> np.ndarray:
    """The frame as uint8 of shape (height, width, 3): grey ones, those with an alpha channel and floats are converted.

    Floats from 0 to 1 are scaled, from 0 to 255 rounded. It may share memory with the frame.

    Raises:
        NoPicture: for anything else.
    """
    array = np.asarray(frame)
    if array.ndim == 2:
        array = array[:, :, np.newaxis]
    if array.ndim != 3 or array.shape[2] not in (1, 3, 4) or 0 in array.shape:
        raise NoPicture(f"an array of shape {list(np.shape(frame))}" if array.ndim else type(frame).__name__)
    array = _as_bytes(array)
    colours = np.repeat(array, 3, axis=2) if array.shape[2] == 1 else array[:, :, :3]
    return np.ascontiguousarray(colours)


def _as_bytes(array: np.ndarray) -> np.ndarray:
    kind = array.dtype.kind
    if array.dtype == np.uint8:
        return array
    if kind == "b":
        return array.astype(np.uint8) * np.uint8(255)
    if kind not in "fiu":
        raise NoPicture(f"an array of {array.dtype}")
    low, high = array.min(), array.max()
    if not (low >= 0 and high <= 255):  # nor when one is not a number
        raise NoPicture(f"an array of numbers from {low} to {high}")
    if kind == "f":
        array = np.rint(np.minimum(array, 1) * 255 if high <= 1 + _ROUNDING else array)
    return array.astype(np.uint8)


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
