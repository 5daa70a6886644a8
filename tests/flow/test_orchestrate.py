"""Whole runs of the tiny bank: workers, cohorts, collisions, and what stops a run half-way."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import time
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest
from fixtures.server import dropped
from fixtures.tiny_bank import BANK, NAME, TODAY, checksums, contents, tiny_plan

from dhub.errors import DatabaseFailed, Fault, Refused
from dhub.estate import guard, ledger
from dhub.estate.clear import clear
from dhub.estate.connections import connect
from dhub.estate.databases import DATABASES
from dhub.estate.deferred import owed
from dhub.estate.hold import Hold
from dhub.flow import orchestrate
from dhub.flow.events import Loaded, Retried, Stage
from dhub.flow.plan import make_plan
from dhub.flow.request import Request


@pytest.fixture
def tiny(equipped, copy_of):
    """An estate with the tiny bank's tables, empty."""
    return copy_of(equipped)


def seed(estate, workers=1, listener=lambda event: None, **options):
    return orchestrate.seed(estate, tiny_plan(**options), workers, listener, NAME)


def append(estate, customers, workers=1):
    asked = Request(append=True, customers=str(customers))
    plan = make_plan(asked, BANK, TODAY, orchestrate.cohorts(estate))
    return orchestrate.seed(estate, plan, workers, bank=NAME)


def states(estate):
    found = {}
    for database in DATABASES:
        with psycopg.connect(estate.urls[database]) as conn:
            found[database] = [run.state for run in ledger.runs(conn)]
    return found


def everywhere(state):
    return {database: [state] for database in DATABASES}


def execute(estate, database, statement, *values):
    with psycopg.connect(estate.urls[database], autocommit=True) as conn:
        cursor = conn.execute(statement, values)
        return cursor.fetchall() if cursor.description else []


def constraints(estate, database):
    with psycopg.connect(estate.urls[database], autocommit=True) as conn:
        assert owed(conn) == []
        return [
            row[0]
            for row in conn.execute(
                "SELECT conname FROM pg_constraint WHERE convalidated AND conrelid IN"
                " ('holders'::regclass, 'moves'::regclass) UNION ALL"
                " SELECT indexname FROM pg_indexes WHERE tablename = 'moves' ORDER BY 1"
            )
        ]


def test_a_run_from_end_to_end(tiny):
    before = constraints(tiny, "accounts_db")
    events = []
    outcome = seed(tiny, scale="0.1", listener=events.append)
    assert outcome.rows == {
        ("employees_db", "clerks"): 15,
        ("accounts_db", "holders"): 120,
        ("accounts_db", "moves"): 840,
    }
    assert states(tiny) == everywhere("complete")
    assert constraints(tiny, "accounts_db") == before
    assert [event.name for event in events if isinstance(event, Stage)] == [
        "Checking the databases",
        "Loading",
        "Constraints, indexes, statistics, reports",
    ]
    analyzed = "SELECT reltuples::int FROM pg_class WHERE relname = 'moves'"
    assert execute(tiny, "accounts_db", analyzed) == [(840,)]


def test_workers_change_nothing(equipped, copy_of):
    found = []
    for workers in (1, 3):
        estate = copy_of(equipped)
        outcome = seed(estate, workers, customers="9100")
        assert outcome.workers == workers
        found.append(checksums(estate))
    assert found[0] == found[1]
    assert found[0]["moves"][0] == 63_700


def test_append_adds_and_leaves_what_was_there(equipped, copy_of):
    found = []
    for workers in (1, 2):
        estate = copy_of(equipped)
        seed(estate, customers="50")
        before = contents(estate)
        outcome = append(estate, 4001, workers)
        assert outcome.rows["accounts_db", "holders"] == 4001
        after = contents(estate)
        assert after["clerks"] == before["clerks"]
        assert after["holders"][:50] == before["holders"]
        assert after["holders"][50][0] == 2001
        found.append(after)
    assert found[0] == found[1]
    assert states(estate)["accounts_db"] == ["complete", "complete"]


def test_a_seeded_estate_is_refused(tiny):
    seed(tiny, customers="50")
    with pytest.raises(Refused) as raised:
        seed(tiny, customers="50")
    assert str(raised.value) == (
        "the estate is already seeded (50 customers, seed 42, as of 2026-11-01).\n"
        "Use --replace to clear it and seed anew, or --append --customers N to add to it."
    )
    assert states(tiny) == everywhere("complete")


def test_a_second_run_is_refused(tiny):
    with Hold(tiny), pytest.raises(Refused, match="employees_db: another run is going on"):
        seed(tiny, customers="50")
    seed(tiny, customers="50")


def test_who_comes_right_after_a_run_finds_no_lock(tiny, monkeypatch):
    with connect(tiny, "employees_db", autocommit=True) as other:
        with Hold(tiny) as hold, monkeypatch.context() as slow:
            staff = hold.each(lambda conn, _: conn)["employees_db"]
            slow.setattr(staff, "close", lambda: None)  # a server that has not noticed who left
            hold.close()
        assert not guard.going_run(other)[0]
        staff.close()


def test_a_run_is_held_where_many_files_are_open(tiny):
    """Also where its connections come after the 1,024th, which select() takes none of."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4096), hard))
    try:
        with ExitStack() as open_:
            for _ in range(1100):
                open_.enter_context(open(os.devnull))
            with Hold(tiny) as hold:
                for _ in range(2):
                    found = hold.each(lambda conn, _: conn.execute("SELECT 1").fetchone())
            assert set(found.values()) == {(1,)} and len(found) == len(DATABASES)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_a_row_with_a_planned_key_is_refused(tiny):
    execute(tiny, "accounts_db", "INSERT INTO holders VALUES (77, 'mine', NULL)")
    with pytest.raises(Refused, match="holder_id 77"):
        seed(tiny, customers="50")
    assert states(tiny) == {database: [] for database in DATABASES}


def test_a_row_with_a_planned_key_is_refused_before_a_clear(tiny):
    seed(tiny, customers="50")
    execute(tiny, "accounts_db", "INSERT INTO holders VALUES (77, 'mine', NULL)")
    with pytest.raises(Refused, match="holder_id 77"):
        orchestrate.make_room(tiny, tiny_plan(customers="60"), NAME)
    assert len(contents(tiny)["holders"]) == 51


def test_replacing(tiny):
    seed(tiny, customers="50")
    plan = tiny_plan(customers="60")
    orchestrate.make_room(tiny, plan, NAME)
    orchestrate.seed(tiny, plan, bank=NAME)
    assert len(contents(tiny)["holders"]) == 60


@pytest.mark.parametrize("workers", [1, 2])
def test_a_row_of_the_users_own_collides(tiny, workers):
    mine = (999_999, "e16000", None)  # the e-mail of customer 2001, first of the second shard
    execute(tiny, "accounts_db", "INSERT INTO holders VALUES (%s, %s, %s)", *mine)
    events = []
    seed(tiny, workers, events.append, customers="5000")
    holders = contents(tiny)["holders"]
    assert holders[-1] == mine
    assert len(holders) == 5001
    assert [row[1] for row in holders[1999:2001]] == ["e15992", "e16001"]
    retried = [event for event in events if isinstance(event, Retried)]
    assert [(each.shard, each.attempt, each.place.value) for each in retried] == [(2, 0, "e16000")]
    noted = "SELECT shard_index, attempt, table_name, constraint_name, value FROM dhub.attempts"
    assert execute(tiny, "accounts_db", noted) == [
        (2, 0, "holders", "holders_email_key", "email = e16000")
    ]
    assert execute(tiny, "accounts_db", "SELECT attempt FROM dhub.shards ORDER BY 1") == [
        (0,),
        (0,),
        (0,),
        (1,),
    ]


def test_a_collision_that_stays(tiny):
    for attempt in range(5):
        execute(tiny, "accounts_db", "INSERT INTO holders VALUES (%s, %s)", -attempt, f"e{attempt}")
    with pytest.raises(DatabaseFailed) as raised:
        seed(tiny, customers="50")
    assert str(raised.value) == (
        "accounts_db: holders.email = e4, row 1 of its shard, constraint holders_email_key: "
        "still so after 5 attempts. `dhub seed resume` finishes the run."
    )
    assert states(tiny) == everywhere("interrupted")
    with pytest.raises(Refused, match="was interrupted"):
        seed(tiny, customers="50")
    execute(tiny, "accounts_db", "DELETE FROM holders WHERE holder_id <= 0")
    outcome = orchestrate.resume(tiny, bank=NAME)
    assert outcome is not None
    assert states(tiny) == everywhere("complete")
    assert contents(tiny)["holders"][0][1] == "e0"


def test_what_a_user_changed_is_found_before_anything_is_written(tiny):
    execute(tiny, "accounts_db", "ALTER TABLE moves ALTER note SET NOT NULL")
    with pytest.raises(Refused, match=r"accounts_db: moves\.note is NOT NULL now"):
        seed(tiny, customers="50")
    assert states(tiny) == {database: [] for database in DATABASES}


def test_what_a_user_changes_during_a_load_is_no_fault_of_ours(tiny):
    def change(event):
        if isinstance(event, Loaded) and event.table == "clerks":
            execute(tiny, "accounts_db", "ALTER TABLE moves ALTER note SET NOT NULL")

    with pytest.raises(Refused, match=r"accounts_db: moves\.note is NOT NULL now"):
        seed(tiny, customers="50", listener=change)
    assert states(tiny) == everywhere("interrupted")


def test_data_that_the_schema_forbids_are_our_fault(tiny):
    execute(tiny, "accounts_db", "ALTER TABLE moves ALTER kind TYPE varchar(3)")
    with pytest.raises(Fault, match="accounts_db: moves.*too long"):
        seed(tiny, customers="50")
    assert states(tiny) == everywhere("interrupted")


def test_nothing_to_resume(tiny):
    assert not orchestrate.interrupted(tiny)
    assert orchestrate.resume(tiny, bank=NAME) is None
    seed(tiny, customers="50")
    assert orchestrate.resume(tiny, bank=NAME) is None


@pytest.mark.parametrize("workers", [1, 2])
def test_a_connection_lost_in_between(tiny, workers):
    """Every connection is cut once, those that hold the locks included."""
    events = []

    def cut(event):
        if isinstance(event, Loaded) and (event.table, event.shard) == ("moves", 1):
            name = psycopg.conninfo.conninfo_to_dict(tiny.urls["accounts_db"])["dbname"]
            query = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
            execute(tiny, "employees_db", query, name)
        events.append(event)

    seed(tiny, workers, cut, customers="21000")
    assert checksums(tiny)["moves"][0] == 147_000
    assert states(tiny) == everywhere("complete")
    assert any(isinstance(event, Retried) for event in events)


RUN = """
import sys; sys.path.insert(0, sys.argv[1])
from fixtures.tiny_bank import NAME, tiny_plan
from dhub.flow import orchestrate
from dhub.estate.databases import Estate
estate = Estate(eval(sys.argv[2]))
def tell(event):
    print(type(event).__name__, file=sys.stderr, flush=True)
orchestrate.seed(estate, tiny_plan(customers="20000"), int(sys.argv[3]), tell, NAME)
"""


@pytest.fixture
def running(tiny, begin):
    """Starts a run in a process of its own and waits until it loads."""

    def start(workers):
        tests = str(Path(__file__).parents[1])
        process = begin(tests, repr(tiny.urls), str(workers), code=RUN)
        while "\nLoaded\n" not in process.err:
            assert process.poll() is None, process.err
            time.sleep(0.002)
        return process

    return start


def wait_until_free(estate):
    """The server notices a killed client within moments."""
    for _ in range(600):
        try:
            with Hold(estate):
                return
        except Refused:
            time.sleep(0.1)
    raise AssertionError("a killed run keeps its locks")


@pytest.fixture(scope="module")
def whole(equipped, kept_copy, server_url):
    """What an uninterrupted run leaves."""
    made = kept_copy(equipped)
    seed(made, 2, customers="20000")
    yield made
    dropped(server_url, made)


@pytest.mark.parametrize("workers", [1, 2])
def test_killed_and_resumed(tiny, running, whole, workers):
    process = running(workers)
    process.kill()
    process.wait()
    wait_until_free(tiny)
    assert states(tiny) == everywhere("running")
    with pytest.raises(Refused, match="was interrupted"):
        seed(tiny, customers="50")
    assert orchestrate.resume(tiny, 2, bank=NAME) is not None
    assert states(tiny) == everywhere("complete")
    assert checksums(tiny) == checksums(whole)
    assert constraints(tiny, "accounts_db") == constraints(whole, "accounts_db")


@pytest.mark.parametrize("workers", [1, 2])
def test_interrupted_by_the_user(tiny, running, workers):
    process = running(workers)
    os.kill(process.pid, signal.SIGINT)
    assert process.wait(60) != 0
    assert states(tiny) == everywhere("interrupted")
    clear(tiny)
    assert contents(tiny) == {"clerks": [], "holders": [], "moves": []}


def test_a_worker_that_is_killed_stops_the_run(tiny, running):
    process = running(2)
    children = subprocess.run(
        ["pgrep", "-P", str(process.pid)], capture_output=True, text=True, check=True
    ).stdout.split()
    os.kill(int(children[0]), signal.SIGKILL)
    assert process.wait(60) != 0
    assert "a worker process ended without a word" in process.err
    assert states(tiny) == everywhere("interrupted")


def test_a_run_that_was_taken_over_loads_nothing_more(tiny):
    def take(event):
        if isinstance(event, Loaded) and event.table == "moves" and event.shard == 1:
            for database in DATABASES:
                execute(tiny, database, "UPDATE dhub.runs SET owner = 'another'")

    with pytest.raises(Refused, match="was resumed by another process"):
        seed(tiny, customers="6000", listener=take)
    assert states(tiny) == everywhere("running")
    assert len(contents(tiny)["holders"]) == 2000
