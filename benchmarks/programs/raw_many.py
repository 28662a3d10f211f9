"""Many raw clients in one process and thread, so that they leave the server a core: each has a connection, an instance
and one request under way. The variant is the encoding.
"""

from __future__ import annotations

import selectors
from time import perf_counter

from loop import read_job, serve_rounds
from raw import Raw


class Driver:
    """Has all connections step at once."""

    def __init__(self, clients: list[Raw]) -> None:
        self._clients = clients
        self._poll = selectors.DefaultSelector()
        for client in clients:
            self._poll.register(client.socket, selectors.EVENT_READ, client)
            client.socket.sendall(client.reset)
            client.receive()

    def play(self, seconds: float, max_steps: int) -> tuple[float, list[float]]:
        """A round; the last replies of all are waited for, so that the next one begins with none under way."""
        for client in self._clients:
            was = client.socket
            if client.stay_connected():
                self._poll.unregister(was)
                self._poll.register(client.socket, selectors.EVENT_READ, client)
        durations: list[float] = []
        start = now = perf_counter()
        sent: dict[Raw, float | None] = {}  # when the step that is under way was sent, None while it is a reset
        for client in self._clients:
            client.socket.sendall(client.steps[0])
            sent[client] = perf_counter()
        while sent:
            for key, _ in self._poll.select():
                client = key.data
                reply = client.receive()
                now = perf_counter()
                began = sent.pop(client)
                if began is not None:
                    durations.append(now - began)
                    if client.says_done(reply):
                        client.socket.sendall(client.reset)
                        sent[client] = None
                        continue
                if now - start < seconds and len(durations) < max_steps:
                    client.socket.sendall(client.steps[len(durations) % len(client.steps)])
                    sent[client] = now
        return now - start, durations


def main() -> None:
    """As many clients as the job says."""
    job = read_job()
    serve_rounds(Driver([Raw(job) for _ in range(job.instances)]).play)


main()
