"""`dhub seed` as its users meet it: what it prints, what it refuses, how it ends."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import sys
import time

import psycopg
import pytest
from fixtures.command import command, environment, runner
from fixtures.logins import url_name
from fixtures.server import variables
from psycopg import sql

from dhub.cli import progress, show
from dhub.flow.events import Begun, Loaded, Stage

NOWHERE = {"DHUB_PG_HOST": "127.0.0.1", "DHUB_PG_PORT": "1"}
SMALL = ("--scale", "0.05", "--as-of", "2026-01-01")
LARGE = ("--customers", "2100", "--employees", "40", "--as-of", "2026-01-01")  # takes a second


@pytest.fixture(scope="module")
def seeded(make_migrated, forked, tmp_path_factory):
    """A small estate, seeded by the command; with what the command said."""
    estate, folder = make_migrated(), tmp_path_factory.mktemp("seed")
    words = ("seed", "all", *SMALL, "--log-file", "seed.log")
    done = runner(forked, folder)(*words, env=variables(estate))
    assert done.code == 0, done.err
    return estate, done, (folder / "seed.log").read_text()


def test_the_end_of_a_run(seeded):
    _, done, _ = seeded
    assert all(line.startswith(("Loading", "Constraints")) for line in done.err.splitlines())
    lines = done.out.splitlines()
    assert lines[0] == ("60 customers, 7 employees; profile guide, seed 42, as of 2026-01-01")
    assert lines[2].split() == ["phase", "database", "table", "rows"]
    assert ["2", "accounts_db", "accounts"] in [line.split()[:3] for line in lines]
    assert any("rows/s" in line for line in lines)
    assert [line.split()[-3] for line in lines[-3:]] == ["ok"] * 3
    assert max(map(len, lines)) <= 80


def test_the_log_file(seeded):
    _, done, log = seeded
    assert done.out in log
    assert "Loading" in log and "phase 2 Core banking: " in log
    assert "\x1b" not in log


def test_status(seeded, dhub):
    estate, _, _ = seeded
    result = dhub("seed", "status", env=variables(estate))
    assert result.code == 0
    lines = result.out.splitlines()
    assert lines[0] == "estate: complete"
    run = next(number for number, line in enumerate(lines) if line.startswith("run 1: complete, "))
    assert "seed 42, profile guide, as of 2026-01-01" in lines[run + 1]
    assert ["accounts_db", "customers", "60", "60"] in [line.split() for line in lines]
    assert max(map(len, lines)) <= 80
    found = dhub("seed", "status", "--json", env=variables(estate)).json
    assert found["state"] == "complete"
    assert found["cohorts"][0]["customers"] == 60


def test_progress_without_a_terminal(monkeypatch, capsys):
    """Lines, once it takes long: what the log of a container shows."""
    monkeypatch.setattr(progress, "_PAUSE", 0.0)
    with progress.loading(show.Page(quiet=True), show.console_of(stderr=True)) as follow:
        follow(Begun({1: 1000, 2: 3000}, {}))
        follow(Stage("Loading"))
        follow(Loaded("accounts_db", "customers", 1, 1000, shard=0))
        follow(Stage("Constraints, indexes, statistics, reports"))
    first, last = capsys.readouterr().err.splitlines()
    told = r"Loading: 1,000 of about 4,000 rows \(25 %\), [\d,]+ rows/s, about \d:\d\d left"
    assert re.fullmatch(told, first)
    assert last == "Constraints, indexes, statistics, reports"


def test_a_second_run_is_refused(seeded, dhub):
    estate, _, _ = seeded
    result = dhub("seed", "all", *SMALL, env=variables(estate))
    assert (result.code, result.out) == (3, "")
    assert result.err == (
        "dhub: the estate is already seeded (60 customers, seed 42, as of 2026-01-01).\n"
        "Use --replace to clear it and seed anew, or --append --customers N to add to it.\n"
    )


def test_if_needed_leaves_what_is_seeded(seeded, dhub):
    estate, _, _ = seeded
    needed = ("seed", "all", "--if-needed")
    there = "Already seeded, nothing to do: 60 customers, seed 42, as of 2026-01-01.\n"
    same = dhub(*needed, *SMALL, env=variables(estate))
    assert (same.code, same.out, same.err) == (0, there, "")
    larger = dhub(*needed, env=variables(estate) | {"DHUB_SCALE": "0.1"})
    assert (larger.code, larger.err) == (0, "")
    assert larger.out.startswith(there + "Asked for: 120 customers, 15 employees; profile guide, ")
    assert larger.out.endswith(".\nUse --replace to seed that instead.\n")
    found = dhub(*needed, "--json", env=variables(estate)).json
    assert found["seeded"] is False
    assert [each["customers"] for each in found["cohorts"]] == [60]


def test_if_needed_seeds_and_finishes(ready_estate, dhub):
    needed = ("seed", "all", "--if-needed", *SMALL, "--json")
    first = dhub(*needed, env=variables(ready_estate))
    assert first.code == 0, first.err
    with psycopg.connect(ready_estate.urls["loans_db"], autocommit=True) as conn:
        conn.execute("UPDATE dhub.runs SET state = 'interrupted', finished_at = NULL")
    finished = dhub(*needed, env=variables(ready_estate))
    assert finished.code == 0, finished.err
    assert finished.json["run_id"] == first.json["run_id"]
    assert dhub("seed", "status", "--json", env=variables(ready_estate)).json["state"] == "complete"


def test_if_needed_fills_what_an_older_dhub_did_not_have(seeded, dhub):
    estate, _, _ = seeded
    with psycopg.connect(estate.urls["loans_db"], autocommit=True) as conn:
        rows = conn.execute("SELECT count(*) FROM reporting.loan_tape").fetchone()
        conn.execute("DROP SCHEMA reporting CASCADE")
        conn.execute("DELETE FROM dhub.migrations WHERE migration_id LIKE '%reporting'")
        done = dhub("seed", "all", "--if-needed", *SMALL, env=variables(estate))
        assert (done.code, done.err) == (0, "")
        assert done.out.startswith("Already seeded")
        assert conn.execute("SELECT count(*) FROM reporting.loan_tape").fetchone() == rows != (0,)


def test_if_needed_hides_no_failure(new_estate, server_url, dhub):
    down = dhub("seed", "all", "--if-needed", env=NOWHERE)
    assert (down.code, down.out) == (4, "")
    name = sql.Identifier(url_name(new_estate, "loans_db"))
    with psycopg.connect(server_url, autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE DATABASE {}").format(name))
    with psycopg.connect(new_estate.urls["loans_db"], autocommit=True) as conn:
        conn.execute("CREATE TABLE public.orders (order_id bigint)")
    foreign = dhub("seed", "all", "--if-needed", env=variables(new_estate))
    assert (foreign.code, foreign.out) == (3, "")
    assert "holds table public.orders that dhub did not make" in foreign.err


@pytest.mark.parametrize("other", ["--replace", "--append"])
def test_if_needed_contradicted(dhub, other):
    result = dhub("seed", "all", "--if-needed", other, env=NOWHERE)
    assert (result.code, result.out) == (2, "")
    assert result.err == (
        f"dhub: --if-needed leaves what is seeded, {other} does not; leave one of them out.\n"
    )


def test_clear_without_confirm_only_says(seeded, dhub):
    estate, _, _ = seeded
    result = dhub("seed", "clear", env=variables(estate))
    assert result.code == 3
    assert ["accounts_db", "customers", "60"] in [line.split() for line in result.out.splitlines()]
    assert result.err == (
        "A preview: nothing was cleared, which is why the exit code is 3.\n"
        "`dhub seed clear --confirm` clears it.\n"
    )
    assert dhub("seed", "resume", env=variables(estate)).out == "Nothing to resume.\n"


def test_append_of_another_seed(seeded, dhub):
    estate, _, _ = seeded
    asked = ("seed", "all", "--append", "--customers", "5", "--seed", "1")
    result = dhub(*asked, env=variables(estate))
    assert (result.code, result.out) == (2, "")
    assert result.err == "dhub: --seed 1: the estate was seeded with 42.\n"


def test_append_replace_and_clear(ready_estate, dhub):
    env = variables(ready_estate)
    first = dhub("seed", "all", *SMALL, "--json", env=env)
    assert first.code == 0, first.err
    assert first.json["customers"] == 60
    assert all(check["passed"] for check in first.json["checks"])
    added = dhub("seed", "all", "--append", "--customers", "7", "--json", env=env)
    assert added.code == 0, added.err
    assert added.json["tables"]["accounts_db"]["customers"] == 7
    assert added.json["cohort"] == 2
    anew = dhub("seed", "all", "--replace", *SMALL, "--json", env=env)
    assert anew.code == 0, anew.err
    assert anew.json["tables"] == first.json["tables"]
    cleared = dhub("seed", "clear", "--confirm", "--json", env=env)
    assert (cleared.code, cleared.json["cleared"]) == (0, True)
    assert dhub("seed", "clear", env=env).out == "Nothing is seeded.\n"


def test_dry_run_touches_nothing(dhub):
    result = dhub("seed", "all", "--dry-run", *SMALL, env=NOWHERE)
    assert (result.code, result.err) == (0, "")
    lines = result.out.splitlines()
    assert lines[0] == "60 customers, 7 employees; profile guide, seed 42, as of 2026-01-01"
    assert ["1", "accounts_db", "customers", "60"] in [line.split() for line in lines]
    assert [line.split()[0] for line in lines if line.strip().startswith("total")] == ["total"]
    assert lines[-1] == "1 customer shard (1) and the foundation"
    document = dhub("seed", "all", "--dry-run", *SMALL, "--json", env=NOWHERE).json
    assert document["shards"] == 1
    assert document["rows"] == sum(table["rows"] for table in document["tables"])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--scale", "0"), "--scale 0: must be above 0."),
        (("--scale=-1",), "--scale -1: must be above 0."),
        (("--scale", "nan"), "--scale nan: not a number in digits 0 to 9, as in 0.5."),
        (("--as-of", "2026-02-30"), "--as-of 2026-02-30: not a date (YYYY-MM-DD) of the calendar."),
        (("--employees", "0"), "--employees 0: customers need at least 7 employees, "),
        (("--profile", "none"), "unknown profile 'none'"),
        (("--workers", "0"), "--workers 0: from 1 to 256"),
        (
            ("--scale", "0", "--seed", "x"),
            "2 faults:\n  - --scale 0: must be above 0.\n  - --seed x",
        ),
    ],
)
def test_bad_options_touch_nothing(dhub, options, message):
    result = dhub("seed", "all", *options, env=NOWHERE)
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith(f"dhub: {message}")


def test_a_server_that_is_down(dhub):
    result = dhub("seed", "all", *SMALL, env=NOWHERE)
    assert (result.code, result.out) == (4, "")
    assert "nothing answers at 127.0.0.1:1" in result.err


def test_a_log_file_that_cannot_be(dhub):
    result = dhub("seed", "all", "--log-file", "/nowhere/seed.log", env=NOWHERE)
    assert result.code == 2
    assert result.err == "dhub: --log-file /nowhere/seed.log: No such file or directory.\n"


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_signals(ready_estate, dhub, begin, tmp_path, number, code):
    """A run that the user ends is recorded, and resumed to the end."""
    env, log = variables(ready_estate), tmp_path / "log"
    process = begin("seed", "all", *LARGE, "--workers", "2", "--log-file", "log", env=env)
    while not (log.exists() and "Loading" in log.read_text()):
        assert process.poll() is None
        time.sleep(0.002)
    process.send_signal(number)
    process.communicate(timeout=60)
    assert process.returncode == code
    found = dhub("seed", "status", "--json", env=env).json
    assert found["state"] == "interrupted"
    resumed = dhub("seed", "resume", "--json", env=env)
    assert resumed.code == 0, resumed.err
    assert dhub("seed", "status", "--json", env=env).json["state"] == "complete"


def test_a_failed_check_is_exit_1(ready_estate, dhub):
    """A trigger of the user's own spoils what is loaded by a cent: found, and told."""
    env = variables(ready_estate)
    with psycopg.connect(ready_estate.urls["accounts_db"], autocommit=True) as conn:
        conn.execute(
            "CREATE FUNCTION public.spoil() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN NEW.balance := NEW.balance + 0.01; RETURN NEW; END $$;"
            "CREATE TRIGGER spoil BEFORE INSERT ON public.accounts FOR EACH ROW"
            " WHEN (NEW.status <> 'closed') EXECUTE FUNCTION public.spoil()"
        )
    result = dhub("seed", "all", *SMALL, env=env)
    assert result.code == 1, result.err
    assert "FAILED" in result.out
    assert re.search(r"balance = .* FAILED +\d+ of 58 accounts, the first is 1\n", result.out)


# Before each fork, the number of threads that the kernel knows of, OpenBLAS's and Arrow's too, and
# of connections to a server; a pipe's two ends have no name.
COUNTING = """
import contextlib, os, socket, sys
def servers():
    for number in os.listdir("/proc/self/fd"):
        with contextlib.suppress(OSError), socket.socket(fileno=os.dup(int(number))) as each:
            yield bool(each.getpeername())
def count(event, _):
    if event == "os.fork":
        threads = len(os.listdir("/proc/self/task"))
        print("threads", threads, "connections", sum(servers()), file=sys.stderr)
sys.addaudithook(count)
from dhub.cli.main import run
run()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="workers are forked on Linux only")
def test_workers_are_forked_from_a_single_thread(ready_estate, begin):
    """A lock that another thread holds at that moment would stay locked in the worker; a connection
    would keep a run's locks when its process is killed."""
    words = ["seed", "all", "--customers", "2001", "--employees", "7", "--workers", "2"]
    env = variables(ready_estate)
    started = [sys.executable, "-c", COUNTING, *words]
    done = subprocess.run(started, env=environment(env), capture_output=True, text=True)
    assert (done.returncode, forks(done.stderr)) == (0, ["threads 1 connections 0"] * 2)
    # What is appended is planned when the databases were asked.
    more = ["seed", "all", "--append", "--customers", "4001", "--workers", "2"]
    added = begin(*more, env=env, code=COUNTING)
    _, err = added.communicate(timeout=120)
    assert (added.returncode, forks(err)) == (0, ["threads 1 connections 0"] * 2), err


def forks(err: str) -> list[str]:
    return [line for line in err.splitlines() if line.startswith("threads")]


def test_progress_on_a_terminal(ready_estate):
    """Bars by phase on a terminal's stderr, while stdout stays plain."""
    master, slave = pty.openpty()
    env = environment(variables(ready_estate)) | {"TERM": "xterm", "COLUMNS": "80"}
    process = subprocess.Popen(
        command("seed", "all", *SMALL, "--json"),
        env=env,
        stdout=subprocess.PIPE,
        stderr=slave,
        text=True,
    )
    os.close(slave)
    shown = b""
    try:
        while piece := os.read(master, 65536):
            shown += piece
    except OSError:
        pass  # the terminal's other end is closed
    out, _ = process.communicate(timeout=60)
    assert json.loads(out)["customers"] == 60
    told = shown.decode()
    assert "1 Foundation" in told and "2 Core banking" in told
    assert "Total" in told and "100 %" in told and "rows/s" in told


def test_status_counts_what_a_migration_fills(ready_estate, dhub):
    env = variables(ready_estate)
    assert dhub("seed", "all", *SMALL, env=env).code == 0
    shown = json.loads(dhub("seed", "status", "--json", env=env).out)
    (accounts,) = (each for each in shown["databases"] if each["database"] == "accounts_db")
    (types,) = (each for each in accounts["tables"] if each["table"] == "transaction_types")
    assert types["rows"] == types["seeded"] > 5 and types["reference"]
    assert shown["digest"]
