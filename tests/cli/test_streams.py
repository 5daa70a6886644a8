"""Standard streams that are closed, full, or read by somebody who has had enough."""

from __future__ import annotations

import os
import subprocess

import pytest
from fixtures.command import Begin, command, environment
from fixtures.server import variables

from dhub.cli import app
from dhub.estate.databases import Estate

CLOSED = "dhub: Standard output is closed. Send it to /dev/null instead.\n"
FULL = "dhub: Standard output cannot be written: No space left on device.\n"
ROWS = ("db", "query", "SELECT generate_series(1, 1000000)", "-d", "accounts_db", "--format")
ANSWERS = [
    ("seed", "status"),
    ("seed", "status", "--json"),
    ("db", "tables"),
    ("profile", "show"),
    ("--help",),
    *((*ROWS, style) for style in ("table", "csv", "json")),
]


def shell(redirected: str, *words: str, estate: Estate) -> subprocess.CompletedProcess[str]:
    """Run dhub in a shell that does something with its streams."""
    quoted = ' "$@" '
    return subprocess.run(
        ["bash", "-o", "pipefail", "-c", f"{quoted}{redirected}", "bash", *command(*words)],
        env=environment(variables(estate)),
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.mark.parametrize("words", ANSWERS, ids=" ".join)
def test_a_full_standard_output(words: tuple[str, ...], estate: Estate, begin: Begin) -> None:
    with open("/dev/full", "wb") as full:
        done = begin(*words, env=variables(estate), out=full)
    assert done.communicate(60) == ("", FULL) and done.returncode == 4


@pytest.mark.parametrize("words", ANSWERS, ids=" ".join)
def test_a_reader_who_has_had_enough(words: tuple[str, ...], estate: Estate, begin: Begin) -> None:
    pipe = subprocess.PIPE
    with subprocess.Popen(["head", "-1"], stdin=pipe, stdout=pipe) as head:
        done = begin(*words, env=variables(estate), out=head.stdin)
        assert head.stdout and len(head.stdout.readlines()) == 1
        assert done.communicate(60) == ("", "") and done.returncode == 0


@pytest.mark.parametrize(
    ("redirected", "told"),
    [(">&-", CLOSED), (">&- 2>&-", ""), ("<&- >&-", CLOSED), ("<&- >&- 2>&-", "")],
)
def test_a_closed_standard_output(redirected: str, told: str, estate: Estate) -> None:
    """Refused: the next connection that is opened would be given its number."""
    done = shell(redirected, "seed", "status", estate=estate)
    assert (done.returncode, done.stderr) == (2, told)


@pytest.mark.parametrize("redirected", ["<&-", "2>&-", "<&- 2>&-"])
def test_other_streams_that_are_closed(redirected: str, estate: Estate) -> None:
    done = shell(redirected, "seed", "status", estate=estate)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("estate: empty")


def test_a_pipe_gets_utf8_whatever_the_locale(estate: Estate) -> None:
    done = subprocess.run(
        command("db", "query", "SELECT chr(9733)", "-d", "accounts_db", "--format", "csv"),
        env=environment(variables(estate) | {"LC_ALL": "C", "PYTHONUTF8": "0"})
        | {"PYTHONCOERCECLOCALE": "0"},
        stdout=subprocess.PIPE,
    )
    assert (done.returncode, done.stdout) == (0, "chr\n★\n".encode())


def test_an_umlaut_under_an_ascii_locale(data_dir: os.PathLike[str]) -> None:
    """Settings are text, and it is none there: refused before a server is started."""
    folder = os.fsencode(data_dir) + "/bänk".encode()
    env = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    whole = {os.fsencode(k): os.fsencode(v) for k, v in environment(env).items()}
    done = subprocess.run(
        command("db", "init"), env=whole | {b"DHUB_DATA_DIR": folder}, capture_output=True
    )
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.startswith(b"dhub: DHUB_DATA_DIR must be UTF-8.")
    assert not os.path.exists(folder + b"/data/postmaster.pid")


def test_an_account_without_name_or_home(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As in a container that runs under any number."""
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)
    for name in ("HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    assert app.exit_code(["seed", "status"]) == 2
    assert capsys.readouterr().err == (
        "dhub: This account has no home folder to keep a server in.\n"
        "Name a folder with DHUB_DATA_DIR, or a server with DHUB_PG_HOST.\n"
    )
