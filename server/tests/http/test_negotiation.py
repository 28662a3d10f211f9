"""Which encoding a reply comes in, by what `Accept` says; where there is nothing to say, whether it says so at all."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from live import Server
from raw import RawConnection

from contract import MSGPACK

JSON, SILENCE = "application/json", "text/html; charset=utf-8"

ACCEPTS: list[tuple[str | None, str, str]] = [  # the header, and the type of a void reply and of a document
    (None, SILENCE, JSON),
    ("", SILENCE, JSON),
    (" , ;q=1,", SILENCE, JSON),
    ("text/html", SILENCE, JSON),
    ("text/html;charset=utf-8", SILENCE, JSON),  # Haskell
    ("TEXT/HTML ; charset=UTF-8 , image/*;q=0.8", SILENCE, JSON),
    ('text/html;level="1, application/json"', SILENCE, JSON),
    ('text/html;level="\\", */*"', SILENCE, JSON),
    ("application/json;q=0", SILENCE, JSON),
    ("application/json;q=0.000, */*", SILENCE, JSON),  # the more specific range says no
    ("*/*, application/*;q=0", SILENCE, JSON),
    ("*/*;q=0", SILENCE, JSON),
    ("application/vnd.msgpack;q=0", SILENCE, JSON),
    ("application/xml", SILENCE, JSON),
    ("*/*", JSON, JSON),
    ("text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2", JSON, JSON),  # Java's HttpURLConnection
    ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", JSON, JSON),  # a browser
    ("application/json", JSON, JSON),
    ("application/json; charset=utf-8", JSON, JSON),
    ("Application/JSON;indent=4;q=0.3;ext=1", JSON, JSON),
    ("application/json;q=many", JSON, JSON),
    ("application/*;q=0.1, text/html", JSON, JSON),
    ("application/json;q=0.5, application/vnd.msgpack;q=0.4", JSON, JSON),
    ("application/vnd.msgpack;q=0.2, */*;q=0.5", JSON, JSON),
    ("application/vnd.msgpack", MSGPACK, MSGPACK),
    ("application/x-msgpack;q=0.5, application/json;q=0.4", MSGPACK, MSGPACK),
    ("application/msgpack;version=5", MSGPACK, MSGPACK),
    ("application/vnd.msgpack;q=0.5, */*;q=0.5", MSGPACK, MSGPACK),
    ("text/html, application/vnd.msgpack;q=.1", MSGPACK, MSGPACK),
]


@pytest.fixture(scope="module")
def instance(server: Server) -> Iterator[str]:
    api = server.api()
    instance_id = api.create("CartPole-v1")
    yield f"/v1/envs/{instance_id}"
    api.ok("env_close", instance_id=instance_id)


@pytest.mark.parametrize(("accept", "void", "document"), ACCEPTS, ids=lambda value: str(value)[:40])
def test_accept_is_read_as_the_rfc_says(
    server: Server, instance: str, accept: str | None, void: str, document: str
) -> None:
    headers = {} if accept is None else {"Accept": accept}
    with RawConnection(server.port) as raw:
        done = raw.exchange("POST", f"{instance}/monitor/close/", None, headers)
        assert (done.status, done.headers["content-type"]) == (204 if void == SILENCE else 200, void)
        assert done.body == {SILENCE: b"", JSON: b"{}", MSGPACK: b"\x80"}[void]
        assert ("content-length" in done.headers) is (void != SILENCE)
        reset = raw.exchange("POST", f"{instance}/reset/", None, headers)
        assert (reset.status, reset.headers["content-type"]) == (200, document)
        refused = raw.exchange("POST", f"{instance}/step/", None, headers)
        assert (refused.error, refused.headers["content-type"]) == ((400, "missing_parameter"), document)


def test_a_silent_reply_is_repeated_in_silence(server: Server, instance: str) -> None:
    with RawConnection(server.port) as raw:
        replies = [
            raw.exchange("POST", f"{instance}/monitor/close/", None, {"Idempotency-Key": "silence"}) for _ in range(2)
        ]
    assert [reply.status for reply in replies] == [204, 204]
    assert replies[1].headers["idempotent-replayed"] == "true"


def test_a_long_accept_is_read_in_time(server: Server, instance: str) -> None:
    with RawConnection(server.port) as raw:
        for text in ('"\\' * 3000, '"' * 6001, ";" * 6000, "a/b;q=0.1," * 600 + "*/*"):
            reply = raw.exchange("POST", f"{instance}/monitor/close/", None, {"Accept": text})
            assert reply.status == (200 if text.endswith("*/*") else 204)
