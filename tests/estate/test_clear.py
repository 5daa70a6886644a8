"""Clear takes what the ledger names and nothing else, and may be killed at any statement."""

from __future__ import annotations

from dataclasses import replace

import psycopg
import pytest
from psycopg import sql

from dhub.bank import BANK
from dhub.errors import DatabaseFailed, Refused
from dhub.estate import clear, deferred, guard, holdings, kept, ledger
from dhub.estate.migrate import migrate


def counts(conn: psycopg.Connection, *tables: str) -> list[int]:
    query = sql.SQL("SELECT count(*) FROM {}")
    return [conn.execute(query.format(sql.Identifier(each))).fetchone()[0] for each in tables]


ALL_STAFF = ("departments", "branches", "employees")
ALL_MONEY = ("customers", "accounts")


def test_preview_tells_and_takes_nothing(seeded_bank):
    assert clear.preview(seeded_bank.estate) == [
        clear.Going("employees_db", {"branches": 2, "departments": 2, "employees": 3}),
        clear.Going("accounts_db", {"accounts": 8, "customers": 4}),
    ]
    assert counts(seeded_bank.money, *ALL_MONEY) == [4, 8]


def test_clear_leaves_nothing_of_the_runs(seeded_bank):
    assert clear.clear(seeded_bank.estate) == [
        clear.Going("employees_db", {"branches": 2, "departments": 2, "employees": 3}),
        clear.Going("accounts_db", {"accounts": 8, "customers": 4}),
    ]
    assert counts(seeded_bank.staff, *ALL_STAFF) == [0, 0, 0]
    assert counts(seeded_bank.money, *ALL_MONEY) == [0, 0]
    for conn in seeded_bank.conns.values():
        assert ledger.runs(conn) == []
        for table in ("shards", "entries", "attempts", "deferred"):
            query = sql.SQL("SELECT count(*) FROM dhub.{}").format(sql.Identifier(table))
            assert conn.execute(query).fetchone() == (0,)
    assert [each.rows for each in clear.clear(seeded_bank.estate)] == [{}, {}]


def test_rows_of_a_user_are_never_touched(seeded_bank):
    staff, money = seeded_bank.staff, seeded_bank.money
    with staff.transaction():
        staff.execute("INSERT INTO departments VALUES (90, 91)")
        staff.execute("INSERT INTO employees VALUES (91, 90, NULL, 91, 'u@x', 1)")
    money.execute("INSERT INTO customers VALUES (5, 'u@x'), (-3, 'v@x')")
    money.execute("INSERT INTO accounts VALUES (9, 5)")
    before = deferred_shape(staff)
    clear.clear(seeded_bank.estate)
    assert staff.execute("SELECT * FROM departments").fetchall() == [(90, 91)]
    assert counts(staff, "employees") == [1]
    assert money.execute("SELECT customer_id FROM customers ORDER BY 1").fetchall() == [(-3,), (5,)]
    assert money.execute("SELECT * FROM accounts").fetchall() == [(9, 5)]
    assert deferred_shape(staff) == before


def deferred_shape(conn: psycopg.Connection) -> list[tuple]:
    return conn.execute(
        "SELECT conname, pg_get_constraintdef(oid), convalidated FROM pg_constraint"
        " WHERE connamespace = 'public'::regnamespace ORDER BY 1"
    ).fetchall()


def test_a_table_that_inherits_is_not_ours(seeded_bank):
    money = seeded_bank.money
    money.execute("CREATE TABLE old_customers () INHERITS (customers)")
    money.execute("INSERT INTO old_customers VALUES (1, 'same key')")
    assert clear.clear(seeded_bank.estate)[1].rows["customers"] == 4
    assert counts(money, "old_customers", "customers") == [1, 1]


@pytest.mark.parametrize("rule", ["NO ACTION", "CASCADE", "SET NULL"])
def test_users_tables_that_point_at_seeded_rows_stand_in_the_way(seeded_bank, rule):
    money = seeded_bank.money
    money.execute(
        "CREATE SCHEMA shop; CREATE TABLE shop.orders (id int, buyer bigint"
        f" REFERENCES customers ON DELETE {rule}) PARTITION BY LIST (id);"
        "CREATE TABLE shop.orders_1 PARTITION OF shop.orders DEFAULT;"
        "INSERT INTO shop.orders VALUES (1, 2), (2, 2), (3, NULL)"
    )
    told = "accounts_db: a row of shop.orders (and 1 more) points at customers customer_id 2"
    assert clear.preview(seeded_bank.estate)[1].obstacles == [told]
    with pytest.raises(Refused) as refused:
        clear.clear(seeded_bank.estate)
    assert str(refused.value) == (
        f"Not cleared, since what dhub did not make stands in the way:\n{told}"
    )
    assert counts(seeded_bank.staff, *ALL_STAFF) == [2, 2, 3], "no other database was touched"
    assert ledger.runs(money)[0].state == ledger.COMPLETE
    money.execute("DELETE FROM shop.orders WHERE buyer = 2")
    clear.clear(seeded_bank.estate)
    assert counts(money, *ALL_MONEY) == [0, 0]
    assert money.execute("SELECT id FROM shop.orders").fetchall() == [(3,)]


def test_users_rows_in_our_tables_that_point_at_seeded_rows_stand_in_the_way(seeded_bank):
    seeded_bank.staff.execute("INSERT INTO employees VALUES (80, 1, NULL, 2, 'u@x', 1)")
    seeded_bank.money.execute("INSERT INTO accounts VALUES (77, 11), (78, 12)")
    with pytest.raises(Refused) as refused:
        clear.clear(seeded_bank.estate)
    assert str(refused.value).splitlines()[1].split("; ") == [
        "employees_db: row employee_id 80 of employees points at departments department_id 1",
        "employees_db: row employee_id 80 of employees points at employees employee_id 2",
        "accounts_db: row account_id 77 of accounts (and 1 more) points at customers"
        " customer_id 11",
    ]


def test_an_interrupted_run_is_cleared_and_its_debts_are_paid(small_bank):
    run = small_bank.record()
    before = deferred_shape(small_bank.staff)
    for conn in small_bank.conns.values():
        ledger.open_run(conn, run)
    deferred.defer(small_bank.staff, ALL_STAFF)
    deferred.defer(small_bank.money, ALL_MONEY)
    small_bank.seed_money(small_bank.money, run, 2)
    assert len(clear.preview(small_bank.estate)[1].owed) == 4
    assert clear.clear(small_bank.estate)[1].rows == {"accounts": 4, "customers": 2}
    assert deferred_shape(small_bank.staff) == before
    assert deferred.owed(small_bank.staff) == deferred.owed(small_bank.money) == []


@pytest.mark.parametrize(
    ("account", "told"),
    [
        ("(77, 11)", "points at customers customer_id 11"),
        ("(77, 500)", "points at customers 500, which is not there"),
    ],
)
def test_what_an_owed_key_would_forbid_stands_in_the_way(small_bank, account, told):
    run, money = small_bank.record(), small_bank.money
    for conn in small_bank.conns.values():
        ledger.open_run(conn, run)
    deferred.defer(money, ALL_MONEY)
    small_bank.seed_money(money, run, 2)
    money.execute(f"INSERT INTO accounts VALUES {account}")
    with pytest.raises(Refused, match=told):
        clear.clear(small_bank.estate)
    assert ledger.runs(money)[0].state == ledger.RUNNING


def test_a_run_that_is_going_is_not_cleared(seeded_bank):
    with seeded_bank.another("accounts_db") as other:
        guard.lock_run(other)
        with pytest.raises(Refused) as refused:
            clear.clear(seeded_bank.estate)
        pid = other.info.backend_pid
    first, _, second = str(refused.value).partition("\n")
    assert first.startswith(f"accounts_db: a run is going on, held by pid {pid} (role ")
    assert first.endswith(" s).")
    assert second.startswith("Wait for it, or stop it")
    assert second.endswith(f"SELECT pg_terminate_backend({pid}).")
    assert counts(seeded_bank.staff, "employees") == [3]


def test_a_worker_left_over_from_a_killed_run_commits_nothing(small_bank):
    run, money = small_bank.record(owner="dead"), small_bank.money
    for conn in small_bank.conns.values():
        ledger.open_run(conn, run)
    with small_bank.another("accounts_db") as worker:
        clear.clear(small_bank.estate)
        with pytest.raises(ledger.RunLost):
            small_bank.seed_money(worker, run, 1)
    assert counts(money, *ALL_MONEY) == [0, 0]


@pytest.mark.parametrize("users_row", [False, True])
def test_a_clear_that_is_killed_can_be_repeated(small_bank, monkeypatch, users_row):
    if users_row:
        small_bank.staff.execute("INSERT INTO branches VALUES ('U', 9)")
        small_bank.money.execute("INSERT INTO customers VALUES (5, 'u@x')")
    for statement in range(6 * users_row, 120, 12):  # of every sixth, each is one's or the other's
        small_bank.seed()
        with monkeypatch.context() as patch:
            patch.setattr(kept, "connect", dying(kept.connect, small_bank.money, statement))
            with pytest.raises(DatabaseFailed, match=r"_db was lost: .* may be repeated at any"):
                clear.clear(small_bank.estate)
        clear.clear(small_bank.estate)
        assert counts(small_bank.money, *ALL_MONEY) == [int(users_row), 0]
        assert counts(small_bank.staff, *ALL_STAFF) == [0, int(users_row), 0]
        assert [ledger.runs(conn) for conn in small_bank.conns.values()] == [[], []]


def dying(connect, killer: psycopg.Connection, statement: int):
    """A `connect` whose sessions, taken together, end just before their n-th statement."""
    left = [statement]

    class Cursor(psycopg.Cursor):
        def execute(self, *args, **kwargs):
            if left[0] == 0:
                pid = self.connection.info.backend_pid
                killer.execute("SELECT pg_terminate_backend(%s, 2000)", (pid,))
            left[0] -= 1
            return super().execute(*args, **kwargs)

    def made(*args, **kwargs):
        conn = connect(*args, **kwargs)
        conn.cursor_factory = Cursor
        return conn

    return made


def test_a_half_cleared_estate_is_not_resumed(seeded_bank):
    seeded_bank.money.execute("UPDATE dhub.runs SET state = 'clearing'")
    with pytest.raises(Refused, match="a clear of this estate was interrupted"):
        ledger.take_over(seeded_bank.money, "run-1", "b")


def test_appended_cohorts_go_together(seeded_bank):
    second = replace(seeded_bank.record(2), first_shard=3)
    for conn in seeded_bank.conns.values():
        ledger.open_run(conn, second)
    seeded_bank.seed_money(seeded_bank.money, second, 3)
    assert clear.clear(seeded_bank.estate)[1].rows == {"accounts": 12, "customers": 6}
    assert counts(seeded_bank.money, *ALL_MONEY) == [0, 0]


def test_a_strange_database_stops_the_clear_of_all(seeded_bank):
    seeded_bank.money.execute("DROP SCHEMA dhub CASCADE")
    with pytest.raises(Refused, match=r"holds table public\.accounts and 1 more object"):
        clear.clear(seeded_bank.estate)
    assert counts(seeded_bank.staff, "employees") == [3]


def test_the_key_is_a_bigint_even_where_the_primary_key_is_text(small_bank):
    assert holdings.key_column(small_bank.staff, "branches") == "branch_id"
    assert holdings.key_column(small_bank.staff, "employees") == "employee_id"
    assert holdings.key_column(small_bank.staff, "gone") is None


@pytest.mark.parametrize("domain", BANK, ids=lambda domain: domain.database)
def test_the_key_found_is_the_catalogues(scratch, domain):
    url = scratch()
    migrate(url, domain.database)
    with psycopg.connect(url) as conn:
        found = {table.name: holdings.key_column(conn, table.name) for table in domain.tables}
    assert found == {table.name: table.key for table in domain.tables}
