"""How the server's log lines look."""

from __future__ import annotations

import logging

_CONTROLS = {code: f"\\x{code:02x}" for code in (*range(32), 127, *range(128, 160))} | {0x2028: "\\u2028"}
    0x2028: "\\u2028",
    0x2029: "\\u2029",
}


class OneLineFormatter(logging.Formatter):
    """Writes control characters of a message as escapes: what clients send cannot forge a line of its own."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # logging's name
        record.message = record.message.translate(_CONTROLS)
        return super().formatMessage(record)


def configure_logs() -> None:
    """Sends log records and warnings to standard error, a line each; a traceback follows its line as it is."""
    handler = logging.StreamHandler()
    handler.setFormatter(OneLineFormatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    logging.captureWarnings(True)
