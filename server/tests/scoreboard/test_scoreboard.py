"""The database of uploads: kept, shared, and refused when it is not ours."""

from __future__ import annotations

import hashlib
import sqlite3
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gym_http_server.protocol.errors import ApiError
from gym_http_server.scoreboard.evaluation import Evaluation
from gym_http_server.scoreboard.store import Scoreboard

EVALUATION = Evaluation(
    env_id="CartPole-v1",
    run="a" * 32,
    episodes=120,
    total_steps=2400,
    mean_reward=20.5,
    best_100_episode_mean_reward=21.25,
    reward_threshold=475.0,
    solved_at_episode=None,
)


def numbered(number: int, **changes: Any) -> Evaluation:
    return replace(EVALUATION, run=f"{number:032x}", **changes)


def test_what_is_recorded_is_listed_after_a_restart(tmp_path: Path) -> None:
    data_dir = tmp_path / "not" / "there"
    recorded = Scoreboard(data_dir).record(EVALUATION, "dqn", "secret")
    assert recorded.pop("uploaded").endswith("Z")
    assert recorded == {
        "evaluation_id": 1,
        "env_id": "CartPole-v1",
        "algorithm_id": "dqn",
        "episodes": 120,
        "total_steps": 2400,
        "mean_reward": 20.5,
        "best_100_episode_mean_reward": 21.25,
        "reward_threshold": 475.0,
        "submitter": hashlib.sha256(b"secret").hexdigest()[:12],
    }
    (listed,) = Scoreboard(data_dir).list()
    assert recorded.items() <= listed.items()
    assert b"secret" not in (data_dir / "scoreboard.sqlite3").read_bytes()


def test_a_run_that_is_uploaded_again_is_brought_up_to_date(tmp_path: Path) -> None:
    scoreboard = Scoreboard(tmp_path)
    scoreboard.record(EVALUATION, "dqn", "key")
    scoreboard.record(numbered(2), None, "key")
    again = scoreboard.record(replace(EVALUATION, episodes=900, solved_at_episode=850), None, "key")
    assert again["evaluation_id"] == 1
    assert (again["episodes"], again["solved_at_episode"], again["algorithm_id"]) == (900, 850, "dqn")
    assert scoreboard.record(EVALUATION, "ppo", "key")["algorithm_id"] == "ppo"
    assert len(scoreboard.list()) == 2


def test_best_first(tmp_path: Path) -> None:
    scoreboard = Scoreboard(tmp_path)
    for number, (best, mean) in enumerate([(None, 90.0), (10.0, 5.0), (30.0, 1.0), (10.0, 6.0), (None, 95.0)]):
        scoreboard.record(numbered(number, best_100_episode_mean_reward=best, mean_reward=mean), None, "key")
    assert [evaluation["evaluation_id"] for evaluation in scoreboard.list()] == [3, 4, 2, 5, 1]


def test_lists_can_be_narrowed(tmp_path: Path) -> None:
    scoreboard = Scoreboard(tmp_path)
    for number, (env_id, algorithm_id) in enumerate([("A", "x"), ("A", None), ("B", "x"), ("B", "' OR 1=1 --")]):
        scoreboard.record(numbered(number, env_id=env_id), algorithm_id, "key")
    assert [e["evaluation_id"] for e in scoreboard.list(env_id="A")] == [1, 2]
    assert [e["evaluation_id"] for e in scoreboard.list(algorithm_id="x")] == [1, 3]
    assert [e["evaluation_id"] for e in scoreboard.list("B", "' OR 1=1 --")] == [4]
    assert scoreboard.list("C") == []


def test_many_threads_and_processes_record_at_once(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from test_scoreboard import *\n"
        "for n in range(100, 110): Scoreboard(Path(sys.argv[1])).record(numbered(n), None, 'key')"
    )
    child = subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], cwd=Path(__file__).parent)
    scoreboard = Scoreboard(tmp_path)
    failures: list[BaseException] = []

    def record(thread: int) -> None:
        try:
            for number in range(10):
                scoreboard.record(numbered(thread * 5 + number), None, "key")
                scoreboard.list()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=record, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert child.wait() == 0
    assert failures == []
    ids = [evaluation["evaluation_id"] for evaluation in scoreboard.list()]
    assert len(ids) == len(set(ids)) == 7 * 5 + 10 + 10


def test_a_record_waits_for_another_writer(tmp_path: Path) -> None:
    scoreboard = Scoreboard(tmp_path)
    scoreboard.record(numbered(1), None, "key")
    other = sqlite3.connect(scoreboard.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    other.execute("UPDATE evaluations SET episodes = 7")
    thread = threading.Thread(target=scoreboard.record, args=(numbered(2), None, "key"))
    thread.start()
    time.sleep(0.3)
    other.execute("COMMIT")
    other.close()
    thread.join()
    assert sorted(evaluation["episodes"] for evaluation in scoreboard.list()) == [7, 120]


def test_a_database_of_a_later_release_is_refused_and_left_alone(tmp_path: Path) -> None:
    scoreboard = Scoreboard(tmp_path)
    scoreboard.record(EVALUATION, None, "key")
    with sqlite3.connect(scoreboard.path) as connection:
        connection.execute("PRAGMA user_version = 2")
    connection.close()
    before = scoreboard.path.read_bytes()
    with pytest.raises(ApiError, match=r"schema version 2, and this server knows only version 1") as refused:
        scoreboard.record(EVALUATION, None, "key")
    assert refused.value.status == 500
    assert scoreboard.path.read_bytes() == before


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "scoreboard.sqlite3").write_bytes(b"something else" * 100)
    with pytest.raises(ApiError, match=r"scoreboard\.sqlite3 cannot be used: file is not a database"):
        Scoreboard(tmp_path).list()
    (tmp_path / "file").write_text("")
    with pytest.raises(ApiError, match="cannot be used"):
        Scoreboard(tmp_path / "file").list()
