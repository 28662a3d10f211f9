"""How the server's log lines look."""

from __future__ import annotations

import logging

_CONTROLS = (*range(32), *range(127, 160), 0x2028, 0x2029)
_ESCAPES = {code: f"\\u{code:04x}" for code in _CONTROLS}


class OneLineFormatter(logging.Formatter):
    """Writes control characters of a message as escapes: what clients send cannot forge a line of its own."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # logging's name
        record.message = record.message.translate(_ESCAPES)
        return super().formatMessage(record)


def configure_logs() -> None:
    """Sends log records and warnings to standard error, a line each; a traceback follows its line as it is."""
    handler = logging.StreamHandler()
    handler.setFormatter(OneLineFormatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    logging.captureWarnings(True)
