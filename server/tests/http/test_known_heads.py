"""A connection knows the heads of its earlier requests; none is taken for one that it is not."""

from __future__ import annotations

import random
import re
import socket

import pytest
from live import Api, Server
from raw import RawConnection

_BODY = b'{"action": 1}'
_HEAD = (
    b"POST /v1/envs/%b/step/ HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: application/json\r\n"
    b"Content-Type: application/json\r\nIdempotency-Key: warm-%d\r\nContent-Length: %d\r\n\r\n"
)


def usual(instance_id: str, number: int, body: bytes = _BODY) -> bytes:
    return _HEAD % (instance_id.encode(), number, len(body)) + body


# What is changed in the usual request, and into what.
ODD = {
    "another host": (b"Host: 127.0.0.1", b"Host: example.org"),
    "no host": (b"Host: 127.0.0.1\r\n", b""),
    "two hosts": (b"Host: 127.0.0.1", b"Host: 127.0.0.1\r\nHost: example.org"),
    "another path": (b"/step/", b"/stop/"),
    "another method": (b"POST", b"PUT"),
    "another version": (b"HTTP/1.1", b"HTTP/2.1"),
    "MessagePack": (b"Accept: application/json", b"Accept: application/msgpack"),
    "a header more": (b"Accept:", b"Origin: http://example.org\r\nAccept:"),
    "a length more": (b"Content-Length: 13", b"Content-Length: 13\r\nContent-Length: 14"),
    "a length with a sign": (b"Content-Length: 13", b"Content-Length: +13"),
    "a length that is none": (b"Content-Length: 13", b"Content-Length: 1x"),
    "a huge length": (b"Content-Length: 13", b"Content-Length: 99999999999999999999"),
    "a length above the limit": (b"Content-Length: 13", b"Content-Length: 999999999"),
    "chunked beside a length": (b"Content-Length: 13", b"Content-Length: 13\r\nTransfer-Encoding: chunked"),
    "an empty key": (b"Idempotency-Key: warm-7", b"Idempotency-Key: "),
    "a key that is too long": (b"Idempotency-Key: warm-7", b"Idempotency-Key: " + b"x" * 300),
    "two keys": (b"Idempotency-Key: warm-7", b"Idempotency-Key: a\r\nIdempotency-Key: b"),
    "a bare CR in the key": (b"warm-7", b"warm\r-7"),
    "a bare LF in the key": (b"warm-7", b"warm\n-7"),
    "a NUL in the key": (b"warm-7", b"warm\0-7"),
    "a folded key": (b"warm-7", b"warm\r\n -7"),
    "a space before the colon": (b"Idempotency-Key:", b"Idempotency-Key :"),
    "no body": (b"13\r\n\r\n" + _BODY, b"0\r\n\r\n"),
    "a body that is no JSON": (_BODY, b'{"action": x}'),
    "an action that is none": (_BODY, b'{"action": 7}'),
    "a coded body": (b"Content-Length:", b"Content-Encoding: gzip\r\nContent-Length:"),
}


@pytest.fixture
def instance_id(json_api: Api) -> str:
    created = json_api.create("CartPole-v1", seed=1)
    json_api.ok("env_reset", instance_id=created)
    return created


def exchanged(server: Server, instance_id: str, odd: bytes, warm: int) -> tuple[int, object]:
    """Status and error of the odd request on a connection that carried so many usual ones before."""
    with RawConnection(server.port) as connection:
        for number in range(warm):
            connection.send(usual(instance_id, number + 100 * warm))
            assert connection.reply().status == 200
        connection.send(odd)
        reply = connection.reply()
        return reply.status, reply.document.get("code") if reply.status != 200 else None


@pytest.mark.parametrize("name", ODD)
def test_an_odd_request_is_answered_as_on_a_new_connection(server: Server, instance_id: str, name: str) -> None:
    plain, odd = ODD[name]
    request = usual(instance_id, 7)
    assert plain in request
    changed = request.replace(plain, odd, 1)
    anew, after_usual_ones = exchanged(server, instance_id, changed, 0), exchanged(server, instance_id, changed, 3)
    assert after_usual_ones == anew
    assert (anew[0] == 200) is (name in ("MessagePack", "two keys"))


def test_pipelined_and_cut_requests_are_the_same_ones(server: Server, json_api: Api, instance_id: str) -> None:
    with RawConnection(server.port) as connection:
        for number in range(3):
            connection.send(usual(instance_id, number))
            connection.reply()
        connection.send(usual(instance_id, 3) + usual(instance_id, 4) + usual(instance_id, 5)[:-5])
        assert [connection.reply().status for _ in range(2)] == [200, 200]
        connection.send(usual(instance_id, 5)[-5:] + usual(instance_id, 6)[:40])
        assert connection.reply().status == 200
        connection.send(usual(instance_id, 6)[40:])
        assert connection.reply().status == 200
    assert json_api.ok("env_info", instance_id=instance_id)["steps"] == 7


def test_what_ends_early_is_not_run(server: Server, json_api: Api, instance_id: str) -> None:
    with RawConnection(server.port) as connection:
        for number in range(3):
            connection.send(usual(instance_id, number))
            connection.reply()
        connection.send(usual(instance_id, 3)[:-1])
    assert json_api.ok("env_info", instance_id=instance_id)["steps"] == 3


def test_a_known_key_is_replayed(server: Server, json_api: Api, instance_id: str) -> None:
    with RawConnection(server.port) as connection:
        replies = []
        for number in (1, 2, 2, 3, 3):
            connection.send(usual(instance_id, number))
            replies.append(connection.reply())
    assert ["idempotent-replayed" in reply.headers for reply in replies] == [False, False, True, False, True]
    assert json_api.ok("env_info", instance_id=instance_id)["steps"] == 3


def test_requests_of_several_kinds_take_turns(server: Server, json_api: Api, instance_id: str) -> None:
    sample = b"GET /v1/envs/%b/action_space/sample HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" % instance_id.encode()
    info = sample.replace(b"action_space/sample", b"")
    with RawConnection(server.port) as connection:
        for number in range(5):
            connection.send(usual(instance_id, number))
            assert connection.reply().document["reward"] == 1.0
            connection.send(sample)
            assert connection.reply("GET").document["action"] in (0, 1)
            connection.send(info)
            assert connection.reply("GET").document["steps"] == number + 1
            connection.send(info.replace(b"GET", b"HEAD"))
            assert connection.reply("HEAD").status == 200


def outcome(server: Server, instance_id: str, odd: bytes, warm: int) -> tuple[bytes, bytes]:
    """Status line and error code of what the server says before it closes, "" where it says nothing."""
    with RawConnection(server.port) as connection:
        for number in range(warm):
            connection.send(usual(instance_id, number + 1000 * warm))
            assert connection.reply().status == 200
        connection.send(odd)
        connection.socket.shutdown(socket.SHUT_WR)
        said = b"".join(iter(lambda: connection.socket.recv(65536), b""))
    code = re.search(rb'"code":"(\w+)"', said)
    return said.partition(b"\r\n")[0], code[1] if code else b""


def test_any_odd_byte_is_answered_as_on_a_new_connection(server: Server, instance_id: str) -> None:
    draw = random.Random(11)
    seen = set()
    for number in range(150):
        odd = bytearray(usual(instance_id, 5000 + number))
        for _ in range(draw.choice((1, 1, 2))):
            place = draw.randrange(len(odd) - len(_BODY))
            byte = draw.choice(b"\0\t\n\r :;,0159azAZ\x7f\xff")
            odd[place : place + draw.choice((0, 1))] = draw.choice(([], [byte], [byte, byte]))
        anew, after = outcome(server, instance_id, bytes(odd), 0), outcome(server, instance_id, bytes(odd), 1)
        if anew[0].endswith(b"200 OK"):  # it stepped, so the second has a known key, or the episode ended
            assert after[0] == anew[0], bytes(odd)
        else:
            assert after == anew, bytes(odd)
        seen.add(anew)
    assert len(seen) > 4, seen
