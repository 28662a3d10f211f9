"""No instance is left by an owner that is collected, interrupted or ends; and nobody waits long for that."""

from __future__ import annotations

import gc
import json
import multiprocessing
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
import requests
from gymnasium.wrappers import TimeLimit

from gym_http_client import Client, RemoteEnv, RemoteVectorEnv, TransportError, _instance
from stubs import Stub, reply, stub


def until(condition: Callable[[], bool], seconds: float = 5.0) -> bool:
    """Whether the condition comes true in time."""
    deadline = time.monotonic() + seconds
    while not (true := condition()) and time.monotonic() < deadline:
        time.sleep(0.02)
    return true


def lives(base: str, instance_id: str) -> bool:
    with Client(base) as client:
        return instance_id in client.env_list_all()


def answer_all_but_close(connection: socket.socket, request: bytes) -> None:
    """A server that hangs once an instance shall be closed."""
    path = request.split(b" ", 2)[1].decode().rstrip("/")
    facts = {"env_id": "CartPole-v1", "num_envs": 1, "metadata": {}, "spec": {}}
    space = {"info": {"name": "Discrete", "n": 2}}
    documents: dict[str, Any] = {"envs": {"instance_id": "5c1fd0a2"}, "5c1fd0a2": facts}
    if path.endswith("/close"):
        time.sleep(30)
    connection.sendall(reply(json.dumps(documents.get(path.rpartition("/")[2], space)).encode()))


@pytest.mark.parametrize("way", ["direct", "session"])
def test_what_is_collected_is_closed(base: str, way: str) -> None:
    with requests.Session() as session:
        if way == "session":
            session.cookies.set("flavour", "vanilla")
        env = RemoteEnv(base, "CartPole-v1", session=session)
        envs = RemoteVectorEnv(base, "CartPole-v1", 2, session=session)
        ids = [env.instance_id, envs.instance_id]
        cycle: list[Any] = [env, envs]
        cycle.append(cycle)
        env.reset()
        assert all(lives(base, each) for each in ids)
        del env, envs, cycle
        gc.collect()
        assert until(lambda: not any(lives(base, each) for each in ids))


def test_what_was_attached_to_is_not(base: str) -> None:
    with RemoteEnv(base, "CartPole-v1") as env:
        attached = RemoteEnv.attach(base, env.instance_id)
        attached.reset()
        del attached
        gc.collect()
        assert not until(lambda: not lives(base, env.instance_id), 0.5)


LEAVES_THREE = """
import sys
from gym_http_client import RemoteEnv, RemoteVectorEnv
left = [RemoteEnv(sys.argv[1], "CartPole-v1"), RemoteVectorEnv(sys.argv[1], "CartPole-v1", 2)]
left.append(RemoteEnv(sys.argv[1], "CartPole-v1"))
left[0].reset()
print(*(each.instance_id for each in left), flush=True)
"""


@pytest.mark.parametrize("end", ["", "raise SystemExit(3)", "raise RuntimeError"])
def test_what_a_process_leaves_is_closed(base: str, end: str) -> None:
    done = subprocess.run([sys.executable, "-c", LEAVES_THREE + end, base], capture_output=True, text=True, check=False)
    ids = done.stdout.split()
    assert len(ids) == 3, done.stderr
    assert not any(lives(base, each) for each in ids)


def test_no_process_waits_long_for_a_server_that_hangs_or_went() -> None:
    single = 'RemoteEnv(sys.argv[1], "CartPole-v1")'
    script = LEAVES_THREE.replace("left[0].reset()", "").replace(
        'RemoteVectorEnv(sys.argv[1], "CartPole-v1", 2)', single
    )
    with stub(answer_all_but_close) as server:
        process = subprocess.Popen([sys.executable, "-c", script, server.base], stdout=subprocess.PIPE)
        with process, process.stdout as output:  # type: ignore[union-attr]
            output.read()  # it has printed, and is ending
            began = time.monotonic()
            assert process.wait(20) == 0
        assert time.monotonic() - began < 3
        assert any(b"/close/" in request for request in server.requests)


def leave(base: str, pipe: Any) -> None:
    env = RemoteEnv(base, "CartPole-v1")
    leave.kept = env  # type: ignore[attr-defined] # until the process ends
    pipe.send(env.instance_id)


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
@pytest.mark.parametrize("method", multiprocessing.get_all_start_methods())
def test_what_a_worker_process_leaves_is_closed(base: str, method: Any) -> None:
    context = multiprocessing.get_context(method)
    here, there = context.Pipe()
    worker = context.Process(target=leave, args=(base, there))
    worker.start()
    instance_id = here.recv()
    worker.join(20)
    assert worker.exitcode == 0
    assert not lives(base, instance_id)


def forked(work: Callable[[], None]) -> None:
    """Do the work in a forked child."""
    child = os.fork()
    if not child:
        work()
        os._exit(0)
    os.waitpid(child, 0)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the platform has no fork")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_child_does_not_close_what_is_its_parents(base: str) -> None:
    kept = [RemoteEnv(base, "CartPole-v1")]
    instance_id = kept[0].instance_id

    def drop() -> None:
        kept.clear()
        gc.collect()
        time.sleep(0.3)

    forked(drop)
    assert lives(base, instance_id)
    kept[0].close()
    assert not lives(base, instance_id)


@pytest.mark.parametrize("goes", ["away", "silent"])
@pytest.mark.parametrize("wrapped", [False, True])
def test_a_with_block_never_hides_its_own_exception(goes: str, wrapped: bool) -> None:
    def fail(server: Stub) -> None:
        env = RemoteEnv(server.base, "CartPole-v1")
        with TimeLimit(env, 5) if wrapped else env:
            if goes == "away":
                server.close()
                env.client.close()
            raise ZeroDivisionError

    with stub(answer_all_but_close) as server:
        began = time.monotonic()
        with pytest.raises(ZeroDivisionError):
            fail(server)
        assert time.monotonic() - began < 2.5


def test_close_says_that_the_server_went_and_soon() -> None:
    with stub(answer_all_but_close) as server:
        env = RemoteEnv(server.base, "CartPole-v1")
        server.close()
        env.client.close()
        began = time.monotonic()
        with pytest.raises(TransportError):
            env.close()
        assert time.monotonic() - began < 2.5
        env.close()  # closing again does nothing


def test_an_exception_while_an_environment_is_made_leaves_no_instance(
    base: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(space: Any) -> Any:
        raise KeyboardInterrupt

    with Client(base) as client:
        before = client.env_list_all()
        monkeypatch.setattr(_instance, "decoder", interrupt)
        for make in (RemoteEnv, RemoteVectorEnv):
            with pytest.raises(KeyboardInterrupt):
                make(base, "CartPole-v1")
        assert client.env_list_all().keys() <= before.keys()


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="the platform has no timer signals")
def test_an_interrupt_while_the_server_makes_the_environment_leaves_no_instance(base: str) -> None:
    def interrupt(*_: Any) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.4)
        with pytest.raises(KeyboardInterrupt):
            RemoteEnv(base, "Slow-v0", seconds=1.2)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    with Client(base) as client:
        assert "Slow-v0" not in client.env_list_all().values()
        time.sleep(1.5)
        assert until(lambda: "Slow-v0" not in client.env_list_all().values())


def test_closing_in_many_threads(base: str) -> None:
    envs = [RemoteEnv(base, "CartPole-v1") for _ in range(8)]
    threads = [threading.Thread(target=env.close) for env in envs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not any(lives(base, env.instance_id) for env in envs)
