"""With force, a monitor takes over the directory of another one: its client may have died and left it open."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import gymnasium
import pytest
from live import Api, Server

from recording import ENV_ID, contents, lines, manifest, play, start

RECORD = f"""
import sys
from pathlib import Path
import gymnasium
from recording import play, start
monitor = start(gymnasium.make("{ENV_ID}"), Path(sys.argv[1]))
play(monitor, 2)
print("recording", flush=True)
sys.stdin.readline()
play(monitor, 2)
print(monitor.closed, flush=True)
monitor.close()
"""


def run_of(api: Api, instance_id: str, episodes: int) -> None:
    for seed in range(episodes):
        api.ok("env_reset", instance_id=instance_id, seed=seed)
        for _ in range(3):
            api.ok("env_step", instance_id=instance_id, action=0)


@pytest.mark.parametrize("filming", [False, True], ids=["no videos", "videos"])
def test_the_monitor_of_a_client_that_died_gives_way(api: Api, server: Server, tmp_path: Path, filming: bool) -> None:
    directory = server.directory / tmp_path.name
    monitor = {"directory": str(directory), "video_callable": int(filming)}
    dead, next_one = (api.create("MountainCar-v0", max_episode_steps=3) for _ in range(2))
    api.ok("env_monitor_start", instance_id=dead, **monitor)
    run_of(api, dead, 1)
    api.ok("env_reset", instance_id=dead)
    api.ok("env_step", instance_id=dead, action=0)

    assert api.call("env_monitor_start", instance_id=next_one, **monitor).error == (409, "monitor_active")
    assert api.call("env_monitor_start", instance_id=next_one, **monitor, resume=True).error == (409, "monitor_active")
    assert api.ok("env_monitor_start", instance_id=next_one, **monitor, force=True) == {}
    assert f"The monitor that recorded into {directory.resolve()} is closed" in server.log.read_text()
    run_of(api, next_one, 2)
    recorded = contents(directory)

    # Whoever uses the other instance after all finds it without a monitor, and changes nothing here.
    for _ in range(2):
        api.ok("env_step", instance_id=dead, action=0)
    run_of(api, dead, 2)
    assert "monitor" not in api.ok("env_info", instance_id=dead)
    assert api.ok("env_monitor_close", instance_id=dead) == {}
    api.ok("env_close", instance_id=dead)
    assert contents(directory) == recorded
    assert f"another one has taken {directory.resolve()} over" in server.log.read_text()

    api.ok("env_close", instance_id=next_one)
    assert [line["seed"] for line in lines(directory)] == [0, 1]
    assert len(manifest(directory)["videos"]) == 2 * filming
    assert api.ok("upload", training_dir=str(directory), api_key="k")["episodes"] == 2


def test_an_instance_that_lost_its_directory_can_record_elsewhere_at_once(
    api: Api, server: Server, tmp_path: Path
) -> None:
    directory = server.directory / tmp_path.name
    first, second = (api.create("MountainCar-v0", max_episode_steps=3) for _ in range(2))
    for instance_id, force in ((first, False), (second, True)):
        api.ok("env_monitor_start", instance_id=instance_id, directory=str(directory), force=force, video_callable=0)
    elsewhere = f"{directory}-elsewhere"
    api.ok("env_monitor_start", instance_id=first, directory=elsewhere, video_callable=0)
    run_of(api, first, 1)
    run_of(api, second, 2)
    for instance_id in (first, second):
        api.ok("env_close", instance_id=instance_id)
    assert (len(lines(Path(elsewhere))), len(lines(directory))) == (1, 2)


def test_a_start_waits_for_no_other_instance(server: Server, tmp_path: Path) -> None:
    """As the one that records may hang in a step for ever."""
    api, other = server.api(), server.api()
    directory = str(server.directory / tmp_path.name)
    hanging = api.create("Odd-v0", kwargs={"seconds": 3.0})
    api.ok("env_monitor_start", instance_id=hanging, directory=directory, video_callable=0)
    api.ok("env_reset", instance_id=hanging)
    step = threading.Thread(target=api.ok, args=("env_step",), kwargs={"instance_id": hanging, "action": 0})
    step.start()
    next_one = other.create("CartPole-v1")
    other.ok("env_monitor_start", instance_id=next_one, directory=directory, force=True, video_callable=0)
    assert step.is_alive(), "the start had to wait for the step"
    step.join()
    for instance_id in (hanging, next_one):
        api.ok("env_close", instance_id=instance_id)


def test_a_vector_env_that_is_never_reset_lets_go_too(tmp_path: Path) -> None:
    env: Any = gymnasium.make_vec(
        ENV_ID, num_envs=2, vectorization_mode="sync", max_episode_steps=2, render_mode="rgb_array"
    )
    monitor = start(env, tmp_path, num_envs=2, video_callable=1)
    monitor.env.reset(seed=1)
    monitor.after_reset(1)
    other = start(gymnasium.make(ENV_ID), tmp_path, force=True)
    while not monitor.closed:
        _, reward, terminated, truncated, _ = monitor.env.step(monitor.env.action_space.sample())
        monitor.after_step(reward, terminated, truncated)
    assert monitor.env is env
    assert sorted(contents(tmp_path)) == sorted((other._manifest.file_name, other._manifest.episodes_name))
    assert monitor.close() is env
    play(other, 1)
    other.close()
    assert len(lines(tmp_path)) == 1
    env.close()


def test_a_monitor_of_another_process_gives_way(tmp_path: Path) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", RECORD, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[1] / "support",
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "recording\n"
    monitor = start(gymnasium.make(ENV_ID), tmp_path, force=True)
    played = play(monitor, 3)
    rest, _ = child.communicate("go on\n", timeout=60)
    assert (rest, child.returncode) == ("True\n", 0)
    monitor.close()
    assert [(line["reward"], line["length"]) for line in lines(tmp_path)] == played
    assert manifest(tmp_path)["closed"]


def test_what_is_deleted_by_hand_is_not_taken_over(tmp_path: Path) -> None:
    monitor = start(gymnasium.make(ENV_ID), tmp_path)
    for path in tmp_path.iterdir():
        path.unlink()
    play(monitor, 1)
    assert not monitor.closed
    monitor.close()
    assert manifest(tmp_path)["closed"]
