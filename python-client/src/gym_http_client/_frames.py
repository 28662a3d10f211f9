"""Frames of a render mode that ends in ``_list``: kept at every step, as `gymnasium.wrappers.RenderCollection` does."""

from __future__ import annotations

from typing import Any

_SUFFIX = "_list"


def mode_at_server(render_mode: str | None) -> str | None:
    """The mode whose frames make up the asked-for one."""
    return render_mode.removesuffix(_SUFFIX) if isinstance(render_mode, str) else render_mode


class FrameLists:
    """A list of frames for each environment, of which a reset begins a new one."""

    def __init__(self, num_envs: int) -> None:
        self._lists: list[list[Any]] = [[] for _ in range(num_envs)]

    def begin(self, index: int, frame: Any) -> None:
        """An episode of that environment begins with the frame."""
        self._lists[index] = [frame]

    def add(self, index: int, frame: Any) -> None:
        """An episode of that environment goes on with the frame."""
        self._lists[index].append(frame)

    def take(self) -> tuple[list[Any], ...]:
        """The lists so far; new ones begin."""
        lists, self._lists = self._lists, [[] for _ in self._lists]
        return tuple(lists)
