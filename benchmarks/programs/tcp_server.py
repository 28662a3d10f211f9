"""The floor's server: ``tcp_server.py PORT EXCHANGE`` answers each request of known length with the same bytes."""

from __future__ import annotations

import json
import socket
import sys
import threading
from pathlib import Path


def answer(connection: socket.socket, request_length: int, reply: bytes) -> None:
    """Until the client goes."""
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    view = memoryview(bytearray(request_length))
    while True:
        received = 0
        while received < request_length:
            count = connection.recv_into(view[received:])
            if not count:
                return
            received += count
        connection.sendall(reply)


def main() -> None:
    """One thread a connection."""
    exchange = json.loads(Path(sys.argv[2]).read_text())
    with socket.create_server(("127.0.0.1", int(sys.argv[1]))) as listener:
        while True:
            connection, _ = listener.accept()
            arguments = (connection, len(exchange["request"]), exchange["reply"].encode("latin-1"))
            threading.Thread(target=answer, args=arguments, daemon=True).start()


main()
