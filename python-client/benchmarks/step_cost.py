"""What one step of CartPole costs through each HTTP library, and through this client; the table of the README.

Start a server (``gym-http-server``) and run this with `requests`, `urllib3` and `httptools` installed. The ways take
turns, so that what else the machine does falls on all alike; the figures are medians over the rounds. Last comes a bare
exchange of messages of the same size over TCP between two Python processes.
"""

from __future__ import annotations

import argparse
import http.client
import itertools
import json
import os
import socket
import statistics
import time
from collections.abc import Callable
from typing import Any

import httptools
import requests
import urllib3

from gym_http_client import Client, RemoteEnv

ACTION = {"action": 1}
Way = Callable[[], Any]


class Headers:
    """The headers of a step, with a new idempotency key every time."""

    def __init__(self) -> None:
        self._prefix, self._numbers = os.urandom(8).hex(), itertools.count()

    def __call__(self) -> dict[str, str]:
        json_type = "application/json"
        return {
            "Accept": json_type,
            "Content-Type": json_type,
            "Idempotency-Key": f"{self._prefix}-{next(self._numbers)}",
        }


class Parsed:
    """Collects what httptools finds in a reply."""

    def __init__(self) -> None:
        self.body, self.whole = b"", False

    def on_body(self, part: bytes) -> None:
        self.body += part

    def on_message_complete(self) -> None:
        self.whole = True


def ways(base: str, instance_id: str) -> dict[str, Way]:
    """A function for each library that takes one step and reads the reply's document."""
    host, port = base.removeprefix("http://").split(":")
    path = f"/v1/envs/{instance_id}/step/"
    headers = Headers()

    session = requests.Session()
    pool = urllib3.HTTPConnectionPool(host, int(port))
    connection = http.client.HTTPConnection(host, int(port))
    connection.connect()
    connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    plain = socket.create_connection((host, int(port)))
    plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def by_requests() -> Any:
        return session.post(base + path, json=ACTION, headers=headers()).json()

    def by_urllib3() -> Any:
        return json.loads(pool.urlopen("POST", path, body=json.dumps(ACTION), headers=headers()).data)

    def by_http_client() -> Any:
        connection.request("POST", path, body=json.dumps(ACTION), headers=headers())
        return json.loads(connection.getresponse().read())

    def by_httptools() -> Any:
        body = json.dumps(ACTION)
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers().items())
        head = f"POST {path} HTTP/1.1\r\nHost: {host}:{port}\r\n{lines}Content-Length: {len(body)}\r\n\r\n"
        plain.sendall((head + body).encode())
        parsed = Parsed()
        parser = httptools.HttpResponseParser(parsed)
        while not parsed.whole:
            parser.feed_data(plain.recv(65536))
        return json.loads(parsed.body)

    return {
        "requests": by_requests,
        "urllib3": by_urllib3,
        "http.client": by_http_client,
        "a socket and httptools": by_httptools,
    }


def floor() -> tuple[Way, Callable[[], None]]:
    """A bare exchange of 220 bytes against 310 with another process; and how to end it."""
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        listener = socket.create_server(("127.0.0.1", 0))
        os.write(writer, str(listener.getsockname()[1]).encode())
        peer, _ = listener.accept()
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while peer.recv(4096):
            peer.sendall(b"r" * 310)
        os._exit(0)
    plain = socket.create_connection(("127.0.0.1", int(os.read(reader, 16))))
    plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def exchange() -> None:
        plain.sendall(b"s" * 220)
        plain.recv(4096)

    def end() -> None:
        plain.close()
        os.waitpid(child, 0)

    return exchange, end


def measure(all_ways: dict[str, Way], rounds: int, steps: int, before: Way) -> dict[str, float]:
    """Median microseconds of each way; `before` runs before each of its turns."""
    taken: dict[str, list[float]] = {name: [] for name in all_ways}
    for _ in range(rounds):
        for name, way in all_ways.items():
            before()
            began = time.perf_counter()
            for _ in range(steps):
                way()
            taken[name].append((time.perf_counter() - began) / steps * 1e6)
    return {name: statistics.median(each) for name, each in taken.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure what a step costs through each HTTP library.")
    parser.add_argument("base", nargs="?", default="http://127.0.0.1:5000", help="the server (%(default)s)")
    parser.add_argument("--rounds", type=int, default=21, help="turns of each way (%(default)s)")
    parser.add_argument("--steps", type=int, default=300, help="steps in a turn (%(default)s)")
    args = parser.parse_args()

    exchange, end = floor()
    with Client(args.base) as client:
        instance_id = client.env_create("CartPole-v1", max_episode_steps=10**9)
        envs = [RemoteEnv(args.base, "CartPole-v1", encoding=encoding) for encoding in ("json", "msgpack")]
        all_ways: dict[str, Way] = {
            **ways(args.base, instance_id),
            "Client.env_step": lambda: client.env_step(instance_id, 1),
            "RemoteEnv.step, JSON": lambda: envs[0].step(1),
            "RemoteEnv.step, MessagePack": lambda: envs[1].step(1),
            "bare TCP exchange": exchange,
        }

        def before() -> None:
            client.env_reset(instance_id)
            for env in envs:
                env.reset()

        taken = measure(all_ways, args.rounds, args.steps, before)
        client.env_close(instance_id)
        for env in envs:
            env.close()
    end()
    print("| one step through | microseconds | steps/s | times requests |\n|---|---|---|---|")
    for name, each in taken.items():
        print(f"| {name} | {each:.0f} | {1e6 / each:,.0f} | {taken['requests'] / each:.1f} |")


if __name__ == "__main__":
    main()
