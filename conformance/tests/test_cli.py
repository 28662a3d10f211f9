"""The command as its users run it: its options, its last line, its exit status, its reports."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from gym_http_conformance import data, known_failures
from gym_http_conformance.reference_servers import ReferenceServers

BROKEN = """
import json, subprocess, sys
driver = subprocess.Popen({command!r}, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
for line in sys.stdin:
    request = json.loads(line)
    {before}
    print(json.dumps(request), file=driver.stdin, flush=True)
    reply = json.loads(driver.stdout.readline())
    {change}
    print(json.dumps(reply), flush=True)
driver.stdin.close()
driver.wait()
"""
DUMMY = """
import json, sys
from gym_http_conformance import spec
OPERATIONS = list(spec.load().operations)
for line in sys.stdin:
    request = json.loads(line)
    if request["op"] == "connect":
        reply = {{"ok": True, "value": {{"client": "dummy", "language": "Python", 'operations': {connected}}}}}
    else:
        {body}
    print(json.dumps(reply | {{"id": request["id"]}}), flush=True)
"""
DRIVER = shlex.join([sys.executable, str(data.root() / "python-client/conformance/driver.py")])


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "gym_http_conformance", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def broken(directory: Path, change: str = "pass", before: str = "pass") -> str:
    """The command line of the Python driver with its replies, or what it is told, changed."""
    file = directory / "driver.py"
    file.write_text(BROKEN.format(command=shlex.split(DRIVER), change=change, before=before))
    return shlex.join([sys.executable, str(file)])


@pytest.fixture(scope="module")
def url(servers: ReferenceServers) -> str:
    return servers.get("open").url


def test_smoke_against_a_running_server(url: str, tmp_path: Path) -> None:
    files = {name: tmp_path / name for name in ("junit", "html", "badge", "results")}
    done = run("server", url, "--smoke", *(word for name, file in files.items() for word in (f"--{name}", str(file))))
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1] == "4 passed, 0 failed, 0 skipped"
    suite = ET.parse(files["junit"]).getroot()[0]
    assert (suite.get("tests"), suite.get("failures"), suite.get("skipped")) == ("4", "0", "0")
    assert suite[0].get("name") == "smoke-cartpole"
    assert "smoke-error" in files["html"].read_text()
    assert "4 passed" in files["badge"].read_text()
    results = json.loads(files["results"].read_text())
    assert results["seen"]["env_create"] == {"200": 2}
    assert {result["outcome"] for result in results["results"]} == {"passed"}


def test_what_a_running_server_cannot_show_is_skipped_with_the_reason(url: str) -> None:
    done = run("server", url, "-k", "shutdown")
    assert done.returncode == 1, "nothing passed"
    assert "would stop the server under test" in done.stdout
    assert done.stdout.splitlines()[-1].startswith("0 passed, 0 failed, ")


def test_original_profile_passes_against_a_running_server(url: str) -> None:
    done = run("server", url, "--profile", "original")
    assert done.returncode == 0, done.stdout + done.stderr
    assert ", 0 failed, " in done.stdout.splitlines()[-1]


def test_a_failure_shows_case_expectation_and_exchange(url: str, tmp_path: Path) -> None:
    command = broken(tmp_path, "reply.get('error', {}).pop('status', 0)")
    junit, forgiving = tmp_path / "junit.xml", tmp_path / "known.yaml"
    arguments = ("client", "--command", command, "--server", url, "-k", "smoke")
    done = run(*arguments, "--junit", str(junit), "--write-known-failures", str(forgiving))
    assert done.returncode == 1
    assert "FAILED smoke-error: An instance that does not exist is an error 400" in done.stdout
    assert "value.status: missing; expected 400" in done.stdout
    assert "To change: Turn a reply that is not 200 into an api error with its status, code and message." in done.stdout
    again = shlex.join(["gym-http-conformance", "client", "--command", command, "--server", url])
    assert f"This case alone: {again} -k smoke-error" in done.stdout
    assert "> POST /v1/envs/00000000/reset/" in done.stdout
    assert "< 400" in done.stdout
    assert done.stdout.splitlines()[-1] == "2 passed, 2 failed, 0 skipped"
    assert len(ET.parse(junit).findall(".//failure")) == 2

    forgiven = run(*arguments, "--known-failures", str(forgiving))
    assert forgiven.returncode == 0, forgiven.stdout
    assert "SKIPPED smoke-error, smoke-error@msgpack: known failure: step 1 (env_reset)" in forgiven.stdout
    assert forgiven.stdout.splitlines()[-1] == "2 passed, 0 failed, 2 skipped"

    mended = run("client", "--command", DRIVER, *arguments[3:], "--known-failures", str(forgiving))
    assert mended.returncode == 1
    assert "passes, though it is listed as a known failure" in mended.stdout


@pytest.mark.parametrize(("times", "said"), [(1, "2 passed, 0 failed"), (100, "0 passed, 2 failed")])
def test_a_timeout_that_is_not_expected_is_tried_again(url: str, tmp_path: Path, times: int, said: str) -> None:
    late = "{'id': reply['id'], 'ok': False, 'error': {'kind': 'timeout', 'message': 'no reply within 10 s'}}"
    count = "resets = globals().get('resets', 0) + (request['op'] == 'env_reset')"
    change = f"{count}; reply = {late} if request['op'] == 'env_reset' and resets <= {times} else reply"
    command = broken(tmp_path, change)
    assert said in run("client", "--command", command, "--server", url, "-k", "smoke-error").stdout


def test_what_to_change_in_a_client_that_ignores_errors_is_not_what_a_server_should(url: str, tmp_path: Path) -> None:
    command = broken(tmp_path, "reply = {'id': reply['id'], 'ok': True, 'value': reply.get('value', {})}")
    done = run("client", "--command", command, "--server", url, "-k", "refused-unknown-instance-env-reset")
    assert "expected the error" in done.stdout
    assert "To change: Turn a reply that is not 200 into an api error" in done.stdout


def test_a_driver_that_lacks_operations_has_them_skipped(url: str, tmp_path: Path) -> None:
    lacking = "'operations' in reply.get('value', {}) and reply['value']['operations'].remove('env_render')"
    done = run("client", "--command", broken(tmp_path, lacking), "--server", url, "-k", "render-*")
    assert re.search(r"SKIPPED .* and \d+ more: the target lacks env_render", done.stdout)
    assert ", 0 failed, " in done.stdout.splitlines()[-1]


def driver(directory: Path, body: str, connected: str) -> str:
    """The command line of a driver that answers connect with `connected`, and all else by `body`."""
    file = directory / "driver.py"
    file.write_text(DUMMY.format(connected=connected, body=body))
    return shlex.join([sys.executable, str(file)])


@pytest.mark.parametrize(
    ("connected", "pattern", "said"),
    [
        ("['env_reset'], 'encodings': ['json']", "smoke-error@msgpack", "the target does not speak msgpack"),
        ("['env_reset'], 'encodings': ['json']", "health", "the target lacks"),
        (
            "OPERATIONS, 'encodings': ['json'], 'integers': 53",
            "numbers-int64",
            "the target has no integers beyond 53 bits",
        ),
    ],
)
def test_what_a_driver_lacks_is_known_before_the_first_case(
    url: str, tmp_path: Path, connected: str, pattern: str, said: str
) -> None:
    command = driver(tmp_path, "sys.exit('asked though it lacks this')", connected)
    done = run("client", "--command", command, "--server", url, "-k", pattern)
    assert said in done.stdout
    assert ", 0 failed, " in done.stdout.splitlines()[-1]


def test_a_driver_that_does_not_get_through_its_first_connect_ends_the_run(url: str) -> None:
    done = run("client", "--command", "cat", "--server", url, "--smoke")
    assert done.returncode == 2
    assert "does not get through its first connect" in done.stderr
    assert "flush" in done.stderr
    assert "smoke" not in done.stdout


def test_what_a_driver_never_shows_fails_and_what_it_lacks_is_skipped(tmp_path: Path) -> None:
    refusal = "reply = {'ok': False, 'error': {'kind': 'transport', 'message': 'no'}}"
    command = driver(tmp_path, refusal, "['registry_list'], 'encodings': ['json']")
    file = tmp_path / "results.json"
    done = run("client", "--command", command, "--results", str(file))
    assert "FAILED seen registry_list 200: no case made registry_list answer 200" in done.stdout
    assert "FAILED seen env_step" not in done.stdout
    reasons = {result["id"]: result["reason"] for result in json.loads(file.read_text())["results"]}
    assert reasons["seen env_step 200"] == "the target lacks env_step"


def test_what_kept_a_client_off_the_wire_is_shown(url: str, tmp_path: Path) -> None:
    error = "reply = {'ok': False, 'error': {'kind': 'transport', 'message': 'connection refused by x'}}"
    command = driver(tmp_path, error, "OPERATIONS, 'encodings': ['json']")
    done = run("client", "--command", command, "--server", url, "-k", "smoke-error")
    assert "nothing crossed the wire; the client raised transport: connection refused by x" in done.stdout


def test_reports_are_joined(url: str, tmp_path: Path) -> None:
    one, two, html = tmp_path / "one.json", tmp_path / "two.json", tmp_path / "matrix.html"
    assert run("server", url, "--smoke", "--results", str(one)).returncode == 0
    assert run("client", "python", "--server", url, "--smoke", "--results", str(two)).returncode == 0
    done = run("report", str(one), str(two), "--html", str(html))
    assert done.returncode == 0
    assert [line.split()[0] for line in done.stdout.splitlines()] == ["server", "python"]
    assert "gym-http-client (Python" in html.read_text()


def test_list_and_print_stdin() -> None:
    listed = run("client", "python", "--list", "-k", "step-reply")
    assert listed.returncode == 0
    assert "step-reply " in listed.stdout
    fed = [json.loads(line) for line in run("client", "--print-stdin", "step-reply").stdout.splitlines()]
    assert [line["op"] for line in fed] == ["connect", "env_create", "env_reset", "env_step", "env_step", "env_step"]
    assert fed[0]["args"] == {"base": "http://127.0.0.1:5000", "encoding": "json", "timeout": 10.0}
    assert fed[3]["args"] == {"instance_id": "${id}", "action": 2}
    there = run("client", "--print-stdin", "step-reply", "--server", "http://10.0.0.1:80/", "--token", "secret")
    connect = json.loads(there.stdout.splitlines()[0])
    assert (connect["args"]["base"], connect["args"]["token"]) == ("http://10.0.0.1:80", "secret")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("client",), "give a NAME (python, lua5.1"),
        (("client", "cobol"), "there is no target 'cobol'"),
        (("client", "--print-stdin", "nothing"), "there is no case nothing"),
        (("client", "--command", ""), "--command is empty"),
        (("server", "127.0.0.1:5000"), "is not http://host[:port]"),
        (("client", "python", "--server", "https://127.0.0.1:5000"), "is not http://host[:port]"),
        (("server", "--junit", "/no/such/x.xml"), "/no/such is not a directory that can be written to"),
        (("server", "--write-known-failures", "/no/such/x.yaml"), "/no/such is not a directory that can be written to"),
        (("server", "--known-failures", "/no/such/x.yaml"), "does not exist"),
        (("client", "--command", "true", "-k", "smoke-error"), "the driver ended (exit status 0) at connect"),
        (("client", "--command", "/no/such/driver", "-k", "smoke-error"), "No such file or directory"),
        (("server", "-k", "no-such-case"), "no case for this target matches 'no-such-case'; --list shows them"),
        (("server", "-k", "no-such-case", "--list"), "no case for this target matches 'no-such-case'"),
    ],
)
def test_what_goes_wrong_is_said(arguments: tuple[str, ...], said: str) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    assert said in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[a]", "expected a mapping from targets (here client)"),
        ("client: [a]", "client: expected `failures` and `unseen`, each a mapping to a reason"),
        ("client: {failures: [a]}", "client: expected `failures` and `unseen`, each a mapping to a reason"),
        ("client: {failures: {a: }}", "client: expected `failures` and `unseen`, each a mapping to a reason"),
        ("client: {broken: {a: b}}", "client: expected `failures` and `unseen`, each a mapping to a reason"),
    ],
)
def test_known_failures_that_are_none_are_refused(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "known.yaml"
    file.write_text(text)
    with pytest.raises(ValueError, match=re.escape(said)):
        known_failures.load("client", file)


def test_a_known_failure_of_no_case_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "known.yaml"
    file.write_text("server: {failures: {step-sideways: no longer there}}")
    done = run("server", "--known-failures", str(file), "-k", "smoke")
    assert done.returncode == 2
    assert "cases that do not exist: step-sideways" in done.stderr


def test_an_unseen_code_of_no_operation_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "known.yaml"
    file.write_text("server: {unseen: {env_step 400 invalid_acton: a slip of the pen}}")
    done = run("server", "--known-failures", str(file), "-k", "smoke")
    assert done.returncode == 2
    assert "listed as unseen is what the contract does not have: env_step 400 invalid_acton" in done.stderr


def test_known_failures_of_no_target_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "known.yaml"
    file.write_text("pyton: {failures: {step-reply: a slip of the pen}}")
    done = run("client", "python", "--known-failures", str(file), "-k", "smoke")
    assert done.returncode == 2
    assert "no target is called pyton; this one is called python" in done.stderr


def test_a_fault_run_is_as_it_is_locally(url: str) -> None:
    for face in ("flat", "typed"):
        done = run("faults", "python", "--server", url, "--steps", "150", "--seed", "1", "--face", face)
        assert done.returncode == 0, done.stdout + done.stderr
        told = re.search(r"150 steps as they are locally; .* (\d+) replies dropped, (\d+) requests cut", done.stdout)
        assert told, done.stdout
        assert int(told[1]) > 10, "the network was no trouble"
        assert int(told[2]) > 5


@pytest.mark.parametrize(
    ("change", "before", "timeout", "said"),
    [
        ("pass", "request['op'] == 'connect' and request['args'].update(retries=0)", 10, '"kind": "transport"'),
        (
            "request['op'] == 'env_step' and reply['value'].update(reward=0.5)",
            "pass",
            10,
            "env_step: value.reward: expected 1.0, came 0.5",
        ),
        (
            "import time; request['op'] == 'env_reset' and time.sleep(2.2)",
            "request['op'] == 'connect' and request['args'].update(timeout=10)",
            2,
            "env_reset took",
        ),
    ],
)
def test_a_fault_run_finds_what_differs(
    url: str, tmp_path: Path, change: str, before: str, timeout: int, said: str
) -> None:
    command = broken(tmp_path, change, before)
    done = run("faults", "--command", command, "--server", url, "--steps", "150", "--timeout", str(timeout))
    assert done.returncode == 1
    assert said in done.stdout
    assert "Traceback" not in done.stderr
