"""The machine that a measurement was made on."""

from __future__ import annotations

import os
import platform
from pathlib import Path
from typing import Any

import psutil


def describe() -> dict[str, str]:
    """Its processor, memory and system, and how busy it was."""
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    return {
        "processor": _processor(),
        "cores": str(psutil.cpu_count() or "unknown"),
        "memory": f"{psutil.virtual_memory().total / 2**30:.0f} GiB",
        "system": f"{platform.system()} {platform.release()}",
        "Python": f"{platform.python_implementation()} {platform.python_version()}",
        "load average before": f"{load:.2f}",
    }


def withheld(before: Any, after: Any) -> str:
    """The share of the processor time wanted between two `psutil.cpu_times()` that the host of a machine withheld."""
    if not hasattr(after, "steal"):
        return "unknown"
    spent = {name: getattr(after, name) - getattr(before, name) for name in after._fields}
    wanted = sum(spent[name] for name in ("user", "nice", "system", "irq", "softirq", "steal"))
    return f"{spent['steal'] / wanted:.1%}" if wanted else "0.0%"


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()
