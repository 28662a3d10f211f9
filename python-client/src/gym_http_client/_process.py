"""Tells a forked child from its parent, without the system call that asking for the process id is."""

from __future__ import annotations

import os


class Process:
    """`Process.token` is another object in every forked child."""

    token = object()


def _in_child() -> None:
    Process.token = object()


if hasattr(os, "register_at_fork"):  # not on Windows, which does not fork
    os.register_at_fork(after_in_child=_in_child)
