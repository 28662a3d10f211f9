"""What becomes of programs that do not run as they should."""

from __future__ import annotations

import sys

import pytest

from bench.processes import CannotRunError, Client, Server, last_words

READY = "import sys; print('ready', flush=True); sys.stdin.readline(); "


def client(code: str) -> Client:
    return Client([sys.executable, "-c", code])


def test_a_program_that_is_not_there_is_named() -> None:
    with pytest.raises(CannotRunError, match=r"^no-such-interpreter does not start: No such file"):
        Client(["no-such-interpreter", "x"])


def test_a_client_that_does_not_get_ready_says_why() -> None:
    broken = client("raise ValueError('no such encoding')")
    with pytest.raises(CannotRunError, match=r"^ValueError: no such encoding \(status 1\)$"):
        broken.wait_ready()
    broken.stop()


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("raise OSError('lost')", "^OSError: lost"),
        ("print('0.5 100.0 oops', flush=True)", "silently"),
        ("", "silently"),
    ],
)
def test_a_client_that_breaks_in_a_round_says_why(code: str, reason: str) -> None:
    broken = client(READY + code)
    broken.wait_ready()
    broken.begin(1.0, 10)
    with pytest.raises(CannotRunError, match=reason):
        broken.finish(1.0)
    broken.stop()


def test_a_round_is_read_as_the_client_tells_it() -> None:
    good = client(READY + "print('0.5 100.0 250.5')")
    good.wait_ready()
    good.begin(1.0, 10)
    assert good.finish(1.0) == (0.5, [100.0, 250.5])
    good.stop()


def test_a_server_that_ends_instead_of_listening_says_why() -> None:
    with pytest.raises(CannotRunError, match="ModuleNotFoundError: No module named 'no_such_module'"):
        Server([sys.executable, "-c", "import no_such_module", "{port}"])


def test_the_line_that_says_what_happened_is_found_in_every_language() -> None:
    lua = "luajit: client.lua:9: cannot connect\nstack traceback:\n\t[C]: in function 'assert'\n\t[C]: at 0x55\n"
    java = 'Exception in thread "main" TransportException: cannot connect\n\tat Main.main(Main.java:3)\n'
    assert last_words(lua) == "luajit: client.lua:9: cannot connect"
    assert last_words(java).endswith("TransportException: cannot connect")
    assert last_words("") == ""


def test_a_report_names_files_without_the_machines_directories() -> None:
    assert last_words("luajit: /home/me/bench/client.lua:9: http://127.0.0.1:80/v1/envs/ lost") == (
        "luajit: client.lua:9: http://127.0.0.1:80/v1/envs/ lost"
    )
    assert last_words("OSError: '/usr/lib/x.so' is gone") == "OSError: 'x.so' is gone"
