"""A recording process that is killed, and disks that are full."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import gymnasium

from gym_http_server.scoreboard.evaluation import read_evaluation
from recording import ENV_ID, contents, lines, manifest, play, start

RECORD = f"""
import sys
from pathlib import Path
import gymnasium
from recording import play, start
monitor = start(gymnasium.make("{ENV_ID}"), Path(sys.argv[1]))
while True:
    for reward, length in play(monitor, 1):
        print(reward, length, flush=True)
"""


def test_a_killed_server_loses_no_finished_episode_and_its_run_can_be_resumed(tmp_path: Path) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", RECORD, str(tmp_path)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[1] / "support",
    )
    assert child.stdout is not None
    with child.stdout as output:
        reported = [output.readline().split() for _ in range(20)]
        child.send_signal(signal.SIGKILL)
        reported += [line.split() for line in output if line.endswith("\n")]
    child.wait()
    recorded = [(line["reward"], line["length"]) for line in lines(tmp_path)]
    assert recorded[: len(reported)] == [(float(reward), int(length)) for reward, length in reported]
    assert "closed" not in manifest(tmp_path)
    monitor = start(gymnasium.make(ENV_ID), tmp_path, resume=True)
    more = play(monitor, 2)
    monitor.close()
    assert [(line["reward"], line["length"]) for line in lines(tmp_path)] == recorded + more
    assert read_evaluation(tmp_path).episodes == len(recorded) + 2


def test_a_line_that_a_crash_cut_off_is_dropped(tmp_path: Path) -> None:
    monitor = start(gymnasium.make(ENV_ID), tmp_path)
    play(monitor, 2)
    monitor.close()
    (log,) = tmp_path.glob("*.jsonl")
    whole = log.read_bytes()
    log.write_bytes(whole + b'{"episode": 2, "reward": 1.0, "len')
    assert read_evaluation(tmp_path).episodes == 2
    monitor = start(gymnasium.make(ENV_ID), tmp_path, resume=True)
    play(monitor, 1)
    monitor.close()
    assert log.read_bytes().startswith(whole + b'{"episode": 2, ')
    assert read_evaluation(tmp_path).episodes == 3


FILL_THE_DISK = f"""
import resource, sys
from pathlib import Path
import gymnasium
from recording import play, start
directory = Path(sys.argv[1])
monitor = start(gymnasium.make("{ENV_ID}"), directory)
play(monitor, 1)
size = next(directory.glob("*.jsonl")).stat().st_size
_, most = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (size + 10, most))
play(monitor, 2)
resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
play(monitor, 1)
monitor.close()
"""


def test_episodes_that_do_not_fit_on_the_disk_are_written_when_there_is_room_again(tmp_path: Path) -> None:
    child = subprocess.run(
        [sys.executable, "-c", FILL_THE_DISK, str(tmp_path)],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[1] / "support",
        check=False,
    )
    assert child.returncode == 0, child.stderr
    assert child.stderr.count("Episodes are not on disk yet") == 2
    assert read_evaluation(tmp_path).episodes == 4


FULL_FROM_THE_START = f"""
import resource, sys
from pathlib import Path
import gymnasium
from recording import play, start
env = gymnasium.make("{ENV_ID}")
start(env, Path(sys.argv[1]) / "old").close()
resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
for place, resume in (("new/deep", False), ("old", True), ("old", False)):
    try:
        start(env, Path(sys.argv[1]) / place, resume=resume, force=not resume)
    except Exception as error:
        print(error.code, error.message)
"""


def test_a_start_on_a_full_disk_leaves_the_directory_as_it_was(tmp_path: Path) -> None:
    child = subprocess.run(
        [sys.executable, "-c", FULL_FROM_THE_START, str(tmp_path)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[1] / "support",
        check=True,
    )
    assert child.stdout.count("invalid_directory The monitor cannot write to") == 3
    assert [path.name for path in tmp_path.iterdir()] == ["old"]
    assert len(contents(tmp_path / "old")) == 2
    assert "closed" in manifest(tmp_path / "old")
