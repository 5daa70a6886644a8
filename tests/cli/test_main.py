"""The command line itself: exit codes, one error message, nothing heavy for a word of help."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from fixtures.command import Dhub, environment

from dhub import BANK_FORMAT, __version__
from dhub.cli import app as main
from dhub.errors import DatabaseFailed, Fault, Refused, UsageError
from dhub.server.lock import try_lock

FAILURES = [
    (UsageError("a"), 2, "dhub: a\n"),
    (Refused("a\nb"), 3, "dhub: a\nb\n"),
    (DatabaseFailed("at postgresql://u:secret@h/d"), 4, "dhub: at postgresql://u:***@h/d\n"),
    (Fault("a"), 70, "dhub: a\n"),
    (KeyboardInterrupt(), 130, "dhub: Interrupted. Nothing was changed.\n"),
    (SystemExit(143), 143, ""),
    (
        OSError(28, "No space left on device", "/tmp/x"),
        4,
        "dhub: The disk is full at /tmp/x. Make room and run the command again.\n",
    ),
    (
        ZeroDivisionError("division by zero\nmore"),
        70,
        "dhub: A fault of dhub itself: ZeroDivisionError: division by zero\n"
        "DHUB_DEBUG=1 shows where it happened; please report it.\n",
    ),
]


@pytest.mark.parametrize(("error", "code", "said"), FAILURES, ids=lambda each: repr(each)[:30])
def test_failures(
    error: BaseException,
    code: int,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(main, "commands", lambda: fail)
    assert main.exit_code([]) == code
    assert capsys.readouterr() == ("", said)


def test_debug_shows_the_traceback_without_the_password(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ValueError("postgresql://u:secret@h/d")

    monkeypatch.setenv("DHUB_DEBUG", "1")
    monkeypatch.setattr(main, "commands", lambda: fail)
    assert main.exit_code([]) == 70
    shown = capsys.readouterr().err
    assert "Traceback" in shown
    assert "secret" not in shown


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nonsense"], "dhub: No such command 'nonsense'.\nTry `dhub --help`.\n"),
        (
            ["db", "url", "--nonsense"],
            "dhub: No such option: --nonsense\nTry `dhub db url --help`.",
        ),
        (["db", "query", "-d", "loans_db"], "dhub: Missing argument 'SQL'."),
        (["server", "start", "--port", "0"], "dhub: --port 0: from 1 to 65535.\n"),
    ],
)
def test_usage(dhub: Dhub, arguments: list[str], said: str) -> None:
    done = dhub(*arguments)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(said)


def test_version_and_help(dhub: Dhub) -> None:
    assert dhub("--version").out == f"dhub {__version__} (bank format {BANK_FORMAT})\n"
    shown = dhub("--help")
    assert shown.code == 0
    for group in ("seed", "db", "server"):
        assert f"\n  {group} " in shown.out


def test_a_group_alone_shows_its_help(dhub: Dhub) -> None:
    for group in ([], ["db"], ["server"]):
        done = dhub(*group)
        assert (done.code, done.out) == (2, "")
        assert done.err.startswith("Usage: dhub")


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; from dhub.cli.app import exit_code; exit_code(['--help']);"
        "heavy = 'numpy pyarrow psycopg pydantic faker rich yoyo'.split();"
        "sys.exit(', '.join(name for name in heavy if name in sys.modules) or 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment(), capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_what_was_loaded_is_not_looked_through_at_the_end() -> None:
    code = (
        "import atexit, gc, sys; sys.argv = ['dhub', '--version']; from dhub.cli.main import run;"
        "atexit.register(lambda: print(len(gc.get_objects()) < gc.get_freeze_count())); run()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment(), capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "True"


def test_what_windows_lacks_is_asked_for_when_it_is_needed() -> None:
    """A server somewhere else can be looked at without the embedded one's locks and accounts."""
    code = (
        "import sys; sys.modules |= dict.fromkeys(['fcntl', 'pwd', 'grp', 'termios', 'resource']);"
        "from dhub.cli.app import exit_code; sys.exit(exit_code(['seed', 'status']))"
    )
    env = environment({"DHUB_PG_HOST": "127.0.0.1", "DHUB_PG_PORT": "1"})
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True)
    assert done.returncode == 4 and "nothing answers at 127.0.0.1:1" in done.stderr, done.stderr


def test_windows_has_no_locks_for_folders(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    with pytest.raises(UsageError, match="need Linux or macOS: run dhub in WSL"):
        try_lock(tmp_path / "lock")
