"""The evaluations that were uploaded, in an embedded SQLite database."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ..protocol.errors import ApiError
from ..protocol.timestamps import rfc3339
from .evaluation import Evaluation

SCHEMA_VERSION = 1
_SECONDS_TO_WAIT = 30  # for another writer
_COLUMNS = (
    "env_id",
    "algorithm_id",
    "episodes",
    "total_steps",
    "mean_reward",
    "best_100_episode_mean_reward",
    "reward_threshold",
    "solved_at_episode",
    "submitter",
    "uploaded",
)
_REPLY = ", ".join(("evaluation_id", *_COLUMNS))
_CREATE = """
CREATE TABLE evaluations (
    evaluation_id INTEGER PRIMARY KEY AUTOINCREMENT,
    run TEXT NOT NULL UNIQUE,
    env_id TEXT NOT NULL,
    algorithm_id TEXT,
    episodes INTEGER NOT NULL,
    total_steps INTEGER NOT NULL,
    mean_reward REAL NOT NULL,
    best_100_episode_mean_reward REAL,
    reward_threshold REAL,
    solved_at_episode INTEGER,
    submitter TEXT NOT NULL,
    uploaded TEXT NOT NULL
)
"""
# An algorithm_id that a later upload leaves out stays; every other figure is the latest upload's.
_UPSERT = f"""
INSERT INTO evaluations (run, {", ".join(_COLUMNS)}) VALUES (:run, {", ".join(f":{name}" for name in _COLUMNS)})
ON CONFLICT (run) DO UPDATE SET
    algorithm_id = coalesce(excluded.algorithm_id, algorithm_id),
    {", ".join(f"{name} = excluded.{name}" for name in _COLUMNS if name != "algorithm_id")}
"""
_LIST = f"""
SELECT {_REPLY} FROM evaluations
WHERE (:env_id IS NULL OR env_id = :env_id) AND (:algorithm_id IS NULL OR algorithm_id = :algorithm_id)
ORDER BY best_100_episode_mean_reward DESC, mean_reward DESC, evaluation_id
"""


class Scoreboard:
    """Records evaluations in `scoreboard.sqlite3` under a directory, both made when first used.

    Every call opens its own connection, so one Scoreboard serves any number of threads, and several servers may
    share the file. What `record` returned is on disk.
    """

    def __init__(self, data_dir: Path) -> None:
        self.path = data_dir / "scoreboard.sqlite3"

    def record(self, evaluation: Evaluation, algorithm_id: str | None, api_key: str) -> dict[str, Any]:
        """Records the evaluation and returns it as the reply of `upload`.

        A run that was recorded before keeps its evaluation_id and gets the new figures. The api_key itself is not
        kept: `submitter` is the first 12 hexadecimal digits of its SHA-256. Raises ApiError 500 when the database
        cannot be used.
        """
        row = {
            "run": evaluation.run,
            "env_id": evaluation.env_id,
            "algorithm_id": algorithm_id,
            "episodes": evaluation.episodes,
            "total_steps": evaluation.total_steps,
            "mean_reward": evaluation.mean_reward,
            "best_100_episode_mean_reward": evaluation.best_100_episode_mean_reward,
            "reward_threshold": evaluation.reward_threshold,
            "solved_at_episode": evaluation.solved_at_episode,
            "submitter": hashlib.sha256(api_key.encode()).hexdigest()[:12],
            "uploaded": rfc3339(),
        }
        with self._transaction() as connection:
            connection.execute(_UPSERT, row)
            recorded = connection.execute(f"SELECT {_REPLY} FROM evaluations WHERE run = ?", (evaluation.run,))
            return _document(recorded.fetchone())

    def list(self, env_id: str | None = None, algorithm_id: str | None = None) -> Sequence[dict[str, Any]]:
        """The recorded evaluations of that environment and algorithm (None: of all), best first.

        Best is the highest best_100_episode_mean_reward, then the highest mean_reward, then the earliest recorded;
        those of under 100 episodes come last. Raises ApiError 500 when the database cannot be used.
        """
        with self._connection() as connection:
            if not _version(connection):
                return []
            rows = connection.execute(_LIST, {"env_id": env_id, "algorithm_id": algorithm_id})
            return [_document(row) for row in rows]

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            connection = sqlite3.connect(self.path, timeout=_SECONDS_TO_WAIT, isolation_level=None)
            try:
                connection.row_factory = sqlite3.Row
                # Readers then never wait for a writer, nor a writer for them.
                connection.execute("PRAGMA journal_mode = WAL")
                self._check(connection)
                yield connection
            finally:
                connection.close()
        except (OSError, sqlite3.Error) as error:
            raise ApiError(500, "internal_error", f"The scoreboard {self.path} cannot be used: {error}") from error

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """A connection inside a write transaction, committed at the end and rolled back on an exception."""
        with self._connection() as connection:
            # Taken at once: two that first read and then both want to write would fail, not wait.
            connection.execute("BEGIN IMMEDIATE")
            if not _version(connection):
                connection.execute(_CREATE)
                connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
            yield connection
            connection.execute("COMMIT")

    def _check(self, connection: sqlite3.Connection) -> None:
        if (version := _version(connection)) not in (0, SCHEMA_VERSION):
            raise ApiError(
                500,
                "internal_error",
                f"The scoreboard {self.path} has schema version {version}, and this server knows only version "
                f"{SCHEMA_VERSION}: run the release that wrote it, or choose another --data-dir",
            )


def _version(connection: sqlite3.Connection) -> int:
    """0 before the first evaluation was recorded."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return int(version)


def _document(row: sqlite3.Row) -> dict[str, Any]:
    return {key: value for key, value in dict(row).items() if value is not None}
