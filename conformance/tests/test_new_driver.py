"""A driver's skeleton runs as it is written, and is green once its stubs are filled in."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from test_cli import run

from gym_http_conformance import spec
from gym_http_conformance.new_driver import LANGUAGES
from gym_http_conformance.reference_servers import ReferenceServers

CLIENT = '''
import urllib.error, urllib.request, uuid


class Client:
    """As small as a client can be: no retries, JSON only."""

    def __init__(self, base, token=None, **_):
        self.base, self.headers = base, {"Content-Type": "application/json", "Accept": "application/json"}
        if token:
            self.headers["Authorization"] = "Bearer " + token

    def post(self, path, body):
        headers = {**self.headers, "Idempotency-Key": uuid.uuid4().hex}
        request = urllib.request.Request(self.base + path, json.dumps(body).encode(), headers)
        try:
            return json.loads(urllib.request.urlopen(request, timeout=10).read())
        except urllib.error.HTTPError as error:
            raised = ClientError()
            raised.kind, raised.status = "api", error.code
            for name, value in json.loads(error.read()).items():
                setattr(raised, name, value)
            raise raised from None

    def close(self):
        pass


def post(rest):
    return lambda args: client.post(f"/v1/envs/{args.pop('instance_id')}/{rest}/", args)
'''
FILLED = {
    "client = None  # YourClient": "client = Client(**args)  # YourClient",
    "\ndef connect(": f"{CLIENT}\n\ndef connect(",
    '"env_create": todo': '"env_create": lambda args: client.post("/v1/envs/", args)',
    '"env_reset": todo': '"env_reset": post("reset")',
    '"env_step": todo': '"env_step": post("step")',
    '"env_close": todo': '"env_close": post("close")',
}
START = {
    "python": ([], [sys.executable, "driver.py"], sys.executable),
    "javascript": ([], ["node", "driver.js"], "node"),
    "go": (["go", "build", "-o", "driver", "driver.go"], ["./driver"], "go"),
}


def smoke(command: list[str], directory: Path, servers: ReferenceServers) -> list[str]:
    """The lines that a smoke run of the driver ends with."""
    line = [sys.executable, "-m", "gym_http_conformance", "client", "--command", shlex.join(command), "--smoke"]
    line += ["--server", servers.get("open").url]
    done = subprocess.run(line, cwd=directory, capture_output=True, text=True, timeout=120, check=False)
    assert "Traceback" not in done.stderr
    print(done.stdout)
    return done.stdout.splitlines()


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_a_skeleton_speaks_the_protocol(language: str, tmp_path: Path, servers: ReferenceServers) -> None:
    build, command, interpreter = START[language]
    assert run("new-driver", language, str(tmp_path / LANGUAGES[language])).returncode == 0
    written = (tmp_path / LANGUAGES[language]).read_text()
    for operation in spec.load().operations.values():
        assert (operation.id in written) == (operation.form_of is None)
    assert "value?, facts?} -> {member} (facts: the object that is the body" in written
    if shutil.which(interpreter) is None:
        pytest.skip(f"{interpreter} is not installed")
    if build:
        subprocess.run(build, cwd=tmp_path, check=True, timeout=120)
    said = smoke(command, tmp_path, servers)
    assert said[-1] == "0 passed, 0 failed, 4 skipped"
    assert "SKIPPED smoke-error: the target lacks env_reset" in said


def test_a_skeleton_that_is_filled_in_is_green(tmp_path: Path, servers: ReferenceServers) -> None:
    file = tmp_path / "driver.py"
    assert run("new-driver", "python", str(file)).returncode == 0
    text = file.read_text()
    for stub, filled in FILLED.items():
        assert stub in text
        text = text.replace(stub, filled, 1)
    file.write_text(text)
    assert smoke([sys.executable, "driver.py"], tmp_path, servers)[-1] == "2 passed, 0 failed, 2 skipped"


def test_a_driver_that_is_there_is_kept(tmp_path: Path) -> None:
    file = tmp_path / "driver.js"
    file.write_text("mine")
    done = run("new-driver", "javascript", str(file))
    assert done.returncode == 2
    assert "is there already" in done.stderr
    assert file.read_text() == "mine"
