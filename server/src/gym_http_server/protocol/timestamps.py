"""Points in time as the API and the monitor's files write them."""

from __future__ import annotations

import time
from datetime import datetime, timezone


def rfc3339(seconds: float | None = None) -> str:
    """RFC 3339 in UTC with milliseconds, `2026-01-31T12:00:00.000Z`; `seconds` since the epoch, default now."""
    moment = datetime.fromtimestamp(time.time() if seconds is None else seconds, timezone.utc)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
