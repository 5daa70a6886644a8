"""Ctrl-C and its relatives, by a real key or signal, at every moment of a command."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest
from fixtures.command import Dhub, command, environment
from fixtures.server import variables
from fixtures.terminal import Terminal

from dhub.cli import stopping
from dhub.estate.databases import Estate

NOTHING = f"dhub: Interrupted. {stopping.UNCHANGED}\n"
RESUME = f"dhub: Interrupted. {stopping.RESUME}\n"
LARGE = ("--customers", "4100", "--employees", "40", "--as-of", "2026-01-01", "--workers", "2")


@pytest.mark.skipif(sys.platform != "linux", reason="/proc tells who listens on Linux only")
@pytest.mark.parametrize("after", [0.0, 0.05, 0.15, 0.3, 0.6])
def test_while_dhub_is_loaded_and_its_server_starts(after: float, data_dir: Path) -> None:
    """Wherever it falls: the word, the code, no traceback and no server left behind."""
    terminal = Terminal("seed", "status", env={"DHUB_DATA_DIR": str(data_dir)})
    _wait_until_listening(terminal.process.pid)
    time.sleep(after)
    terminal.press_ctrl_c()
    assert terminal.ended() == 130
    assert terminal.text.endswith(NOTHING) and "Traceback" not in terminal.text
    assert not (data_dir / "data" / "postmaster.pid").exists()


def _wait_until_listening(pid: int) -> None:
    """Until SIGTERM has a handler, which Python itself does not give it."""
    caught = 0
    while not caught & 1 << (signal.SIGTERM - 1):
        status = Path(f"/proc/{pid}/status").read_text()
        caught = int(status.partition("SigCgt:")[2].split()[0], 16)


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 143)]
)
def test_without_a_terminal(number: signal.Signals, code: int, estate: Estate) -> None:
    """The process alone is signalled, as `kill` and containers do."""
    process = subprocess.Popen(
        command("db", "query", "SELECT pg_sleep(60)", "-d", "accounts_db"),
        env=environment(variables(estate)),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(number, signal.SIG_DFL),  # the suite may run under nohup
    )
    _wait_for_query(estate)
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (code, "", NOTHING)


def _wait_for_query(estate: Estate) -> None:
    asks = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'"
    end = time.monotonic() + 60
    with psycopg.connect(estate.urls["accounts_db"], autocommit=True) as conn:
        while conn.execute(asks).fetchone() == (0,):
            assert time.monotonic() < end
            time.sleep(0.02)


@pytest.mark.parametrize("stage", [r"Total\D+[1-9]", "Constraints, indexes"])
def test_a_run_at_a_terminal(stage: str, ready_estate: Estate, dhub: Dhub) -> None:
    """Workers get the key, too; the run is recorded, and resumed from what was there."""
    env = variables(ready_estate)
    terminal = Terminal("seed", "all", *LARGE, env=env)
    terminal.wait_for(stage)
    terminal.press_ctrl_c()
    assert terminal.ended(15) == 130
    assert terminal.text.endswith(RESUME) and "Traceback" not in terminal.text
    assert dhub("seed", "status", "--json", env=env).json["state"] == "interrupted"
    resumed = dhub("seed", "resume", env=env)
    assert resumed.code == 0, resumed.err
    assert " there\n" in resumed.out


@pytest.mark.parametrize("waits", [True, False], ids=["waiting for the lock", "not yet"])
def test_while_rows_are_cleared_for_others(waits: bool, ready_estate: Estate, dhub: Dhub) -> None:
    """Whether a clear stands at the lock already or comes to it later: nobody waits it out."""
    env = variables(ready_estate)
    small = ("--scale", "0.05", "--as-of", "2026-01-01")
    assert dhub("seed", "all", *small, env=env).code == 0
    with psycopg.connect(ready_estate.urls["loans_db"]) as conn:
        conn.execute("LOCK public.loans IN ACCESS SHARE MODE")
        terminal = Terminal("seed", "all", *small, "--replace", env=env)
        terminal.wait_for("Clearing what is seeded")
        if waits:
            _wait_for_waiting(conn)
        pressed = time.monotonic()
        terminal.press_ctrl_c()
        assert terminal.ended() == 130
        assert time.monotonic() - pressed < 25, "it would wait for the lock for 30 s"
    assert terminal.text.endswith(f"{stopping.CLEAR} Then seed again.\n")
    assert dhub("seed", "clear", "--confirm", env=env).code == 0


def _wait_for_waiting(conn: psycopg.Connection) -> None:
    end = time.monotonic() + 60
    while conn.execute("SELECT count(*) FROM pg_locks WHERE NOT granted").fetchone() == (0,):
        assert time.monotonic() < end
        time.sleep(0.02)


def test_an_export(tmp_path: Path) -> None:
    terminal = Terminal("export", "bank", "--format", "csv", *LARGE, cwd=tmp_path)
    terminal.wait_for("Writing the files")
    terminal.press_ctrl_c()
    assert terminal.ended() == 130
    assert terminal.text.endswith("dhub: Interrupted. Nothing of the export was left.\n")
    assert not (tmp_path / "bank").exists()


def test_the_second_is_heard_and_the_third_no_longer_waits(tmp_path: Path) -> None:
    waits = (
        "from dhub.cli import stopping\n"
        "import time\n"
        "stopping.listen()\n"
        "try:\n"
        "    print('ready', flush=True)\n"
        "    time.sleep(60)\n"
        "finally:\n"
        "    time.sleep(60)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", waits], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout and process.stderr
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGINT)
    time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    assert process.stderr.readline() == "Stopping; once more ends it at once.\n"
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == 130


def test_a_signal_that_is_to_be_ignored_is(estate: Estate) -> None:
    """nohup, and jobs that a script runs in the background."""
    process = subprocess.Popen(
        command("db", "query", "SELECT pg_sleep(1)", "-d", "accounts_db", "--format", "csv"),
        env=environment(variables(estate)),
        stdout=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN),
    )
    time.sleep(0.6)
    os.kill(process.pid, signal.SIGINT)
    out, _ = process.communicate(timeout=60)
    assert (process.returncode, out) == (0, b'pg_sleep\n""\n')
