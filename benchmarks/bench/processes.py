"""Servers and client programs as child processes, and what to say of one that does not run."""

from __future__ import annotations

import contextlib
import os
import re
import selectors
import socket
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import psutil

PROGRAMS = Path(__file__).resolve().parent.parent / "programs"
START_TIMEOUT = 120.0
STOP_TIMEOUT = 15.0
# In front of a file's name, and not what follows the host in a URL: a machine's paths are not for a published report.
_DIRECTORY = re.compile(r"(?<![\w:/.])/(?:[^\s/:'\"]+/)+")


class CannotRunError(Exception):
    """A contender cannot run here; the text says why, in words for the report."""


def last_words(stderr: str) -> str:
    """The line that says what happened, in the way of Python, Lua and Java, which indent the lines that say where."""
    lines = [line for line in stderr.splitlines() if line.strip() and not line[0].isspace()]
    words = next((line for line in reversed(lines) if line != "stack traceback:"), "")
    return _DIRECTORY.sub("", words)


def connect(address: str) -> socket.socket:
    """A connection to host:port or unix:PATH."""
    if address.startswith("unix:"):
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(1.0)
        connection.connect(address.removeprefix("unix:"))
        return connection
    host, port = address.split(":")
    return socket.create_connection((host, int(port)), 1.0)


class Child:
    """A child process with its standard error kept, to be ended by `stop`."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str] | None = None) -> None:
        self._tree: list[psutil.Process] = []
        self._stderr = tempfile.TemporaryFile("w+", errors="replace")  # noqa: SIM115 - `stop` closes it
        inherited = {name: value for name, value in os.environ.items() if name != "GYM_HTTP_TOKEN"}
        try:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._stderr,
                text=True,
                env={**inherited, **(environment or {})},
            )
        except OSError as error:
            raise CannotRunError(f"{Path(command[0]).name} does not start: {error.strerror}") from error

    def failure(self) -> CannotRunError:
        """What its last words say went wrong."""
        try:
            status = f"status {self.process.wait(1)}"
        except subprocess.TimeoutExpired:
            status = "no answer"
        self._stderr.seek(0)
        words = last_words(self._stderr.read())
        return CannotRunError(f"{words} ({status})" if words else f"it ended silently ({status})")

    def cpu_seconds(self) -> float:
        """Processor time that it and the processes that it has started have taken so far, in hundredths of a second."""
        if not self._tree:
            process = psutil.Process(self.process.pid)
            self._tree = [process, *process.children(recursive=True)]
        total = 0.0
        for each in self._tree:
            with contextlib.suppress(psutil.NoSuchProcess):
                times = each.cpu_times()
                total += times.user + times.system
        return total

    def stop(self) -> None:
        """End it: by the end of its standard input, else by a signal."""
        assert self.process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()
        if self.process.poll() is None:
            self._end()
        assert self.process.stdout is not None
        self.process.stdout.close()
        self._stderr.close()

    def _end(self) -> None:
        try:
            self.process.wait(STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Server(Child):
    """A server process that is listening, at its `address`: on a port of its own, or on a Unix domain socket."""

    def __init__(
        self, command: Sequence[str], environment: Mapping[str, str] | None = None, path: Path | None = None
    ) -> None:
        """Start `command`, in which ``{port}`` stands for the port to listen on, unless it listens at `path`."""
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        super().__init__([word.replace("{port}", str(port)) for word in command], environment)
        self.address = f"127.0.0.1:{port}" if path is None else f"unix:{path}"
        deadline = time.monotonic() + START_TIMEOUT
        while True:
            try:
                connect(self.address).close()
                return
            except OSError:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    failure = self.failure()
                    self.stop()
                    raise failure from None
                time.sleep(0.05)

    def _end(self) -> None:
        self.process.terminate()
        super()._end()


class Client(Child):
    """A client program of `programs/`, which speaks the lines that `programs/loop.py` describes."""

    _ready = False

    def wait_ready(self) -> None:
        """Wait until its session is open."""
        if not self._ready and self._line(START_TIMEOUT) != "ready":
            raise self.failure()
        self._ready = True

    def begin(self, seconds: float, max_steps: int) -> None:
        """Have it begin a round."""
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(f"{seconds} {max_steps}\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            raise self.failure() from None

    def finish(self, seconds: float) -> tuple[float, list[float]]:
        """The round's length in seconds and the microseconds of each step."""
        line = self._line(seconds + START_TIMEOUT)
        try:
            passed, *latencies = [float(word) for word in line.split()]
        except ValueError:
            raise self.failure() from None
        return passed, latencies

    def _line(self, timeout: float) -> str:
        assert self.process.stdout is not None
        with selectors.DefaultSelector() as poll:  # select knows no descriptor above 1023
            poll.register(self.process.stdout, selectors.EVENT_READ)
            if not poll.select(timeout):
                self.process.kill()
                raise CannotRunError(f"no answer within {timeout:g} s")
        return self.process.stdout.readline().strip()
