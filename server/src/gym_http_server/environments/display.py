"""Lets environments draw on a machine without a display."""

from __future__ import annotations

import ctypes
import importlib.util
import logging
import os
import sys
from typing import Any

logger = logging.getLogger(__name__)


def prepare_display() -> None:
    """Chooses drivers that need no display where there is none; what the operator has set stays."""
    os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
    if sys.platform.startswith("linux") and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
        if _has_egl():
            os.environ.setdefault("MUJOCO_GL", "egl")
            os.environ.setdefault("PYOPENGL_PLATFORM", "egl")
            os.environ.setdefault("PYGLET_HEADLESS", "true")  # or MiniWorld cannot even be imported
        elif importlib.util.find_spec("mujoco") is not None and "MUJOCO_GL" not in os.environ:
            # Told to use EGL, MuJoCo could not even be imported; told nothing, it takes the process down when it draws.
            os.environ["MUJOCO_GL"] = "disabled"
            logger.warning(
                "MuJoCo environments give no frames here: libEGL is missing (Debian: libegl1, libgl1-mesa-dri)"
            )


def keep_pygame() -> None:
    """Environments that draw shut pygame down when they close, for the whole process: others would lose it in mid-step.

    It ends with the process.
    """
    for name in ("pygame", "pygame.display"):
        module: Any = sys.modules.get(name)
        if module is not None:
            module.quit = lambda: None


def _has_egl() -> bool:
    try:
        ctypes.CDLL("libEGL.so.1")
    except OSError:
        return False
    return True
