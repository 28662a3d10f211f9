"""A client under test, behind its driver: JSON lines to and from a subprocess (PROTOCOL.md)."""

from __future__ import annotations

import contextlib
import os
import queue
import subprocess
import threading
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gym_http_conformance import wire
from gym_http_conformance.target import Connection, TargetError

PATIENCE = 20.0
"""Seconds after which a driver that has not answered counts as hanging; at least twice its client's timeout."""

Rewrite = Callable[[str, dict[str, Any]], dict[str, Any]]


class DriverError(Exception):
    """The driver itself failed: it ended, hung, or wrote something that is not the protocol."""


class DriverTarget:
    """Starts `command` in `cwd`, and again after it has failed; `rewrite` is a mutant's way with its replies."""

    def __init__(self, command: list[str], cwd: Path, env: dict[str, str], rewrite: Rewrite | None = None) -> None:
        self.command, self.cwd, self.env = command, cwd, {**os.environ, **env}
        self.rewrite = rewrite
        self.name = ""
        self.operations: set[str] = set()
        self.encodings: set[str] = set()
        self.faces: set[str] = set()
        self.integers = 64
        self._process: subprocess.Popen[bytes] | None = None
        self._count = 0
        self._timeout = 0.0

    def connect(self, connection: Connection) -> None:
        """Make the client anew; learn its name, operations and encodings. Raises `DriverError`."""
        self._timeout = connection.timeout
        try:
            value = self.call("connect", connection.arguments())
        except TargetError as error:
            raise DriverError(f"connect failed: {error.error}") from error
        try:
            self.name = f"{value['client']} ({value['language']})"
            self.operations, self.encodings = set(value["operations"]), set(value["encodings"])
            self.faces = set(value.get("faces", ["flat"]))
        except (TypeError, KeyError) as error:
            raise DriverError(f"connect answered {value!r}, without {error}") from error
        self.integers = value.get("integers", 64)

    def call(self, operation_id: str, args: dict[str, Any]) -> Any:
        """The driver's value; raises `TargetError` where the client failed, `DriverError` where the driver did."""
        self._count += 1
        answer = self._ask({"id": self._count, "op": operation_id, "args": args})
        if self.rewrite is not None and operation_id != "connect":
            answer = self.rewrite(operation_id, answer)
        if answer.get("ok") is True:
            return answer.get("value")
        error = answer.get("error")
        if not isinstance(error, dict) or "kind" not in error:
            raise DriverError(f"an answer without an error's kind: {answer}")
        raise TargetError(error)

    def close(self) -> None:
        """End the driver as the protocol says: close its standard input."""
        if self._process is None:
            return
        process, self._process = self._process, None
        with contextlib.suppress(OSError):
            process.stdin.close()  # type: ignore[union-attr]  # a pipe
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        self._stdout_thread.join(1)
        process.stdout.close()  # type: ignore[union-attr]  # a pipe
        process.stderr.close()  # type: ignore[union-attr]  # a pipe

    def _start(self) -> subprocess.Popen[bytes]:
        pipe = subprocess.PIPE  # which makes none of the three None, as their types allow
        try:
            process = subprocess.Popen(self.command, cwd=self.cwd, env=self.env, stdin=pipe, stdout=pipe, stderr=pipe)
        except OSError as error:
            raise DriverError(f"{' '.join(self.command)}: {error}") from error
        self._lines: queue.Queue[bytes | None] = queue.Queue()
        self._errors: deque[str] = deque(maxlen=40)
        self._stdout_thread = threading.Thread(target=self._read, args=(process, self._lines), daemon=True)
        self._stdout_thread.start()
        self._stderr_thread = threading.Thread(target=self._read_errors, args=(process, self._errors), daemon=True)
        self._stderr_thread.start()
        return process

    @staticmethod
    def _read(process: subprocess.Popen[bytes], lines: queue.Queue[bytes | None]) -> None:
        with contextlib.suppress(ValueError):
            for line in process.stdout:  # type: ignore[union-attr]  # a pipe
                lines.put(line)
        lines.put(None)

    @staticmethod
    def _read_errors(process: subprocess.Popen[bytes], errors: deque[str]) -> None:
        with contextlib.suppress(ValueError):
            for line in process.stderr:  # type: ignore[union-attr]  # a pipe
                errors.append(line.decode(errors="replace").rstrip())

    def _ask(self, question: dict[str, Any]) -> dict[str, Any]:
        if self._process is None:
            self._process = self._start()
        try:
            self._process.stdin.write(wire.dumps(wire.without_infinities(question)).encode() + b"\n")  # type: ignore[union-attr]  # a pipe
            self._process.stdin.flush()  # type: ignore[union-attr]  # a pipe
            patience = max(PATIENCE, 2 * self._timeout)
            line = self._lines.get(timeout=patience)
        except queue.Empty:
            raise self._failure(f"no answer within {patience:.0f} s to {question['op']}") from None
        except OSError:
            line = None
        if line is None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(2)
            raise self._failure(f"the driver ended (exit status {self._process.poll()}) at {question['op']}")
        try:
            answer = wire.from_driver(wire.loads(line))
        except ValueError as error:
            raise self._failure(f"not a line of JSON ({error}): {line[:500]!r}") from error
        if not isinstance(answer, dict) or answer.get("id") != question["id"]:
            raise self._failure(f"expected an answer to id {question['id']}, came {line[:500]!r}")
        return answer

    def _failure(self, what: str) -> DriverError:
        """The error to raise, having ended the driver so that the next call starts a fresh one."""
        if self._process is not None:
            self._process.kill()
        self._stderr_thread.join(1)
        self.close()
        noise = "\n".join(self._errors)
        return DriverError(f"{what}; its standard error:\n{noise}" if noise else what)
