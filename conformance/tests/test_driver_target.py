"""Drivers that break the protocol are told from clients that fail, and are started again."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from gym_http_conformance import driver_target
from gym_http_conformance.driver_target import DriverError, DriverTarget
from gym_http_conformance.target import Connection, TargetError

LOOP = "import json, sys, time\nfor line in sys.stdin:\n    request = json.loads(line)\n    "


def driver(body: str) -> DriverTarget:
    return DriverTarget([sys.executable, "-u", "-c", LOOP + body], Path.cwd(), {})


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("print('hello')", "not a line of JSON"),
        ("print('[1]')", "expected an answer to id 1"),
        ("print(json.dumps({'id': 7, 'ok': True}))", "expected an answer to id 1"),
        ("print(json.dumps({'id': request['id'], 'ok': False}))", "without an error's kind"),
        ('print(\'{"id": 1, "ok": true, "value": NaN}\')', "NaN is not JSON"),
        ("sys.exit('no luck today')", "ended (exit status 1) at health; its standard error:\nno luck today"),
        ("time.sleep(30)", "no answer within 0 s to health"),
    ],
)
def test_broken_driver(body: str, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(driver_target, "PATIENCE", 0.4 if "sleep" in body else 20.0)
    target = driver(body)
    with pytest.raises(DriverError) as caught:
        target.call("health", {})
    assert said in str(caught.value)
    target.close()


def test_driver_is_started_again() -> None:
    answer = "print(json.dumps({'id': request['id'], 'ok': True, 'value': 5}))"
    target = driver(f"sys.exit(3) if request['op'] == 'shutdown' else {answer}")
    assert target.call("health", {}) == 5
    with pytest.raises(DriverError):
        target.call("shutdown", {})
    assert target.call("health", {}) == 5
    target.close()


def test_failure_of_the_client() -> None:
    target = driver(
        "print(json.dumps({'id': request['id'], 'ok': False, 'error': {'kind': 'timeout', 'message': 'm'}}))"
    )
    with pytest.raises(TargetError) as caught:
        target.call("health", {})
    assert caught.value.error == {"kind": "timeout", "message": "m"}
    target.close()


def test_connect_must_say_what_the_client_has() -> None:
    target = driver("print(json.dumps({'id': request['id'], 'ok': True, 'value': {'client': 'c', 'language': 'l'}}))")
    with pytest.raises(DriverError, match="without 'operations'"):
        target.connect(Connection("http://127.0.0.1:9"))
    target.close()
