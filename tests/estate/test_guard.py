"""The guard writes its mark into nothing but an empty database, and lets one run in at a time."""

from __future__ import annotations

import threading

import psycopg
import pytest
from psycopg import conninfo

from dhub import __version__
from dhub.errors import Refused, UsageError
from dhub.estate import guard, ledger


def test_what_was_found_is_counted(empty):
    empty.execute("CREATE TABLE orders (id serial PRIMARY KEY); CREATE VIEW v AS SELECT 1")
    with pytest.raises(Refused, match=r"table public\.orders and 2 more objects that dhub did"):
        guard.claim(empty, "customer_db", "e1")


def test_an_empty_database_is_marked_once(empty):
    guard.claim(empty, "customer_db", "e1")
    first = empty.execute("SELECT * FROM dhub.estate").fetchall()
    empty.execute("CREATE TABLE public.of_a_user (id int)")
    guard.claim(empty, "customer_db", "e1")
    assert empty.execute("SELECT * FROM dhub.estate").fetchall() == first


def test_looking_marks_nothing(empty):
    assert not guard.ours(empty, "customer_db")
    assert not schema_there(empty)


def test_a_database_marked_as_another_is_refused(empty):
    guard.claim(empty, "loans_db", "e1")
    with pytest.raises(Refused) as refused:
        guard.claim(empty, "customer_db", "e1")
    assert str(refused.value) == (
        f"customer_db (database {empty.info.dbname}) is the loans_db of an estate. "
        "Check DHUB_CUSTOMER_DB_URL."
    )


def test_a_newer_mark_is_refused(empty):
    guard.claim(empty, "loans_db", "e1")
    empty.execute("UPDATE dhub.estate SET format = 2, dhub_version = '9.0'")
    with pytest.raises(Refused) as refused:
        guard.claim(empty, "loans_db", "e1")
    assert str(refused.value) == (
        f"loans_db (database {empty.info.dbname}) was marked by a newer dhub (9.0, format 2; "
        f"this one is {__version__}, format 1). Upgrade dhub."
    )


def test_a_mark_without_its_row_is_refused(empty):
    guard.claim(empty, "loans_db", "e1")
    empty.execute("DELETE FROM dhub.estate")
    with pytest.raises(Refused, match=r"table dhub\.estate that dhub did not make"):
        guard.claim(empty, "loans_db", "e1")


def test_claims_at_once_all_succeed_with_one_mark(scratch):
    url = scratch()
    start, faults = threading.Barrier(6), []

    def claim() -> None:
        # The isolation a careful user may have set: its snapshot is older than the wait.
        options = "-c default_transaction_isolation=serializable"
        with psycopg.connect(url, autocommit=True, options=options) as conn:
            start.wait()
            try:
                guard.claim(conn, "loans_db", "e1")
            except Exception as fault:
                faults.append(fault)

    threads = [threading.Thread(target=claim) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    with psycopg.connect(url) as conn:
        assert conn.execute("SELECT count(*) FROM dhub.estate").fetchone() == (1,)


def test_a_role_without_the_right_is_told_the_grant(scratch):
    url = scratch()
    name = conninfo.conninfo_to_dict(url)["dbname"]
    with psycopg.connect(url, autocommit=True) as admin:
        role = f"poor_{name}"
        admin.execute(f"CREATE ROLE {role} LOGIN PASSWORD 'poor'")
        try:
            poor = conninfo.make_conninfo(url, user=role, password="poor")
            with psycopg.connect(poor, autocommit=True) as conn, pytest.raises(UsageError) as told:
                guard.claim(conn, "loans_db", "e1")
        finally:
            admin.execute(f"DROP OWNED BY {role}")
            admin.execute(f"DROP ROLE {role}")
    assert str(told.value) == (
        f"loans_db (database {name}): role {role} may not create a schema. "
        f'Let its owner run: GRANT CREATE ON DATABASE "{name}" TO "{role}"'
    )


def test_the_lock_lets_one_run_in_and_is_seen_without_being_taken(small_bank):
    first, second = small_bank.staff, small_bank.another("employees_db")
    assert not guard.going_run(second)[0]
    assert guard.lock_run(first)
    assert not guard.lock_run(second)
    assert guard.going_run(second)[0]
    assert not guard.going_run(small_bank.money)[0], "a lock is of its database only"
    first.close()
    wait_for(lambda: guard.lock_run(second))
    guard.unlock_run(second)
    assert not guard.going_run(second)[0]
    second.close()


def test_a_session_that_is_about_to_end_leaves_the_lock_first(small_bank):
    first, second = small_bank.another("employees_db"), small_bank.another("employees_db")
    assert guard.lock_run(first)
    guard.leave_run(first)
    assert guard.lock_run(second), "at once, not when the server has noticed"
    guard.leave_run(first)
    assert guard.going_run(first)[0], "it leaves what is its own"
    for each in (first, second):
        each.close()
        guard.leave_run(each)


def test_planned_keys(seeded_bank):
    money = seeded_bank.money
    planned = {"customers": ("customer_id", 1, 40), "accounts": ("account_id", 1, 40)}
    guard.planned_keys_free(money, "accounts_db", planned)
    money.execute("INSERT INTO customers VALUES (7, 'user@x')")
    with pytest.raises(Refused) as refused:
        guard.planned_keys_free(money, "accounts_db", planned)
    assert str(refused.value) == (
        f"accounts_db (database {money.info.dbname}): a row of customers that dhub did not make "
        "has customer_id 7, which this run needs (1 to 40). Nothing was written."
    )
    guard.planned_keys_free(money, "accounts_db", {"customers": ("customer_id", 20, 40)})


@pytest.mark.parametrize(
    ("ranges", "free"),
    [
        ([], [(1, 9)]),
        ([(1, 9)], []),
        ([(3, 4)], [(1, 2), (5, 9)]),
        ([(-5, 1), (9, 20)], [(2, 8)]),
        ([(-5, -1), (20, 30)], [(1, 9)]),
        ([(1, 2), (3, 3)], [(4, 9)]),
    ],
)
def test_gaps(ranges: ledger.Ranges, free: ledger.Ranges):
    assert guard.gaps(ranges, 1, 9) == free


def schema_there(conn: psycopg.Connection) -> bool:
    return conn.execute("SELECT to_regnamespace('dhub') IS NOT NULL").fetchone()[0]


def wait_for(done) -> None:
    for _ in range(1500):
        if done():
            return
        threading.Event().wait(0.02)
    raise AssertionError("waited half a minute in vain")
