"""Whatever is dropped from an empty table comes back exactly as it was, whoever dies when."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from dhub.errors import Refused
from dhub.estate import deferred, restoring
from dhub.estate.connections import connect
from dhub.estate.failures import Locked

STAFF = ["departments", "branches", "employees"]

LABELS = [
    "foreign key departments.fk_head",
    "foreign key employees.fk_branch",
    "foreign key employees.fk_department",
    "foreign key employees.fk_manager",
    "index employees.ix_department",
    "index employees.ix_lower",
    "primary key departments.departments_pkey",
    "primary key employees.employees_pkey",
    "unique constraint branches.branches_branch_id_key",
]

SHAPE = """
SELECT 'constraint', conrelid::regclass::text, conname::text, pg_get_constraintdef(oid),
    convalidated, obj_description(oid, 'pg_constraint')
FROM pg_constraint WHERE connamespace = 'public'::regnamespace
UNION ALL
SELECT 'index', indrelid::regclass::text, indexrelid::regclass::text,
    pg_get_indexdef(indexrelid), indisvalid, obj_description(indexrelid, 'pg_class')
FROM pg_index WHERE indrelid IN (
    SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace)
ORDER BY 1, 2, 3
"""


def shape(conn: psycopg.Connection) -> list[tuple]:
    return conn.execute(SHAPE).fetchall()


def test_what_is_deferred_comes_back_as_it_was(small_bank):
    conn = small_bank.staff
    before = shape(conn)
    assert sorted(deferred.defer(conn, STAFF)) == LABELS
    assert sorted(deferred.owed(conn)) == LABELS
    kept = {(kind, name) for kind, _, name, *_ in shape(conn)}
    assert ("constraint", "employees_salary_check") in kept
    assert ("index", "employees_email_key") in kept
    assert ("constraint", "branches_pkey") in kept, "a natural key"
    assert not any("fk_" in name or "ix_" in name for _, name in kept)
    assert not any(name in {"departments_pkey", "employees_pkey"} for _, name in kept)
    assert sorted(restoring.restore(conn)) == LABELS
    assert shape(conn) == before
    assert deferred.owed(conn) == []


def test_both_may_be_repeated(small_bank):
    conn = small_bank.staff
    before = shape(conn)
    deferred.defer(conn, STAFF)
    assert deferred.defer(conn, STAFF) == []
    assert sorted(deferred.owed(conn)) == LABELS
    restoring.restore(conn)
    assert restoring.restore(conn) == []
    assert shape(conn) == before


@pytest.mark.parametrize(
    ("row", "stays"),
    [
        ("INSERT INTO branches VALUES ('U', 9)", {LABELS[-1]}),  # no foreign key refers to it yet
        (
            "BEGIN; INSERT INTO departments VALUES (9, 9);"
            " INSERT INTO employees VALUES (9, 9, NULL, NULL, 'u', 1); COMMIT",
            set(LABELS[:-1]),
        ),
    ],
)
def test_a_table_with_a_users_row_keeps_what_it_has(small_bank, row, stays):
    conn = small_bank.staff
    conn.execute(row)
    assert set(deferred.defer(conn, STAFF)) == set(LABELS) - stays
    restoring.restore(conn)


def test_a_users_own_tables_keep_what_they_have(small_bank):
    conn = small_bank.money
    conn.execute(
        "CREATE TABLE notes (id bigint REFERENCES customers, CHECK (id > 0));"
        "CREATE INDEX ix_notes ON notes (id);"
        "CREATE SCHEMA shop;"
        "CREATE TABLE shop.accounts (account_id bigint REFERENCES accounts);"
        "CREATE INDEX ix_shop ON shop.accounts (account_id);"
        "ALTER TABLE accounts ADD owner bigint, ADD CONSTRAINT fk_unproved"
        " FOREIGN KEY (owner) REFERENCES customers NOT VALID"
    )
    assert deferred.defer(conn, ["customers", "accounts"]) == [
        "foreign key accounts.fk_customer",
        "index accounts.ix_customer",
    ]
    restoring.restore(conn)


def test_definitions_do_not_depend_on_the_search_path(small_bank):
    conn = small_bank.money
    deferred.defer(conn, ["customers", "accounts"])
    with small_bank.another("accounts_db") as other:
        other.execute("SET search_path TO pg_catalog")
        assert len(restoring.restore(other)) == 4


def test_a_kill_at_any_statement_of_defer_loses_nothing(small_bank):
    before = shape(small_bank.staff)
    for statement in range(12):
        victim = small_bank.another("employees_db")
        with pytest.raises(psycopg.OperationalError), victim:
            dying(victim, small_bank.staff, statement)
            deferred.defer(victim, STAFF)
        assert shape(small_bank.staff) == before, f"killed at statement {statement}"
        assert deferred.owed(small_bank.staff) == []


def test_a_kill_at_any_statement_of_restore_leaves_the_rest_owed(small_bank):
    before = shape(small_bank.staff)
    for statement in range(0, 45, 3):
        deferred.defer(small_bank.staff, STAFF)
        victim = small_bank.another("employees_db")
        with pytest.raises(psycopg.OperationalError), victim:
            dying(victim, small_bank.staff, statement)
            restoring.restore(victim)
        restoring.restore(small_bank.staff)
        assert shape(small_bank.staff) == before, f"killed at statement {statement}"
        assert deferred.owed(small_bank.staff) == []


def dying(victim: psycopg.Connection, killer: psycopg.Connection, statement: int) -> None:
    """Have the server end the victim's session just before its n-th statement."""
    left = [statement]

    class Cursor(psycopg.Cursor):
        def execute(self, *args, **kwargs):
            if left[0] == 0:
                pid = victim.info.backend_pid
                killer.execute("SELECT pg_terminate_backend(%s, 2000)", (pid,))
            left[0] -= 1
            return super().execute(*args, **kwargs)

    victim.cursor_factory = Cursor


def test_keys_and_indexes_of_a_table_are_built_side_by_side(small_bank):
    before = shape(small_bank.staff)
    deferred.defer(small_bank.staff, STAFF)
    small_bank.insert_staff(small_bank.staff)
    faults: list[str] = []
    with small_bank.another("employees_db") as user, user.transaction():
        user.execute("LOCK TABLE employees, departments, branches IN SHARE MODE")  # as a build does
        for owed in restoring.buildable(small_bank.staff):
            restoring.build(small_bank.staff, owed, faults)
    restoring.attach(small_bank.staff, faults)

    def one(table: str) -> None:
        with small_bank.another("employees_db") as conn:
            restoring.validate(conn, table, faults)

    with ThreadPoolExecutor() as pool:
        list(pool.map(one, STAFF))
    assert faults == []
    assert shape(small_bank.staff) == before
    assert deferred.owed(small_bank.staff) == []


@pytest.mark.parametrize("steps", [1, 2, 3, 4, 5])
def test_who_was_killed_between_building_and_attaching_is_followed_by_anybody(small_bank, steps):
    conn = small_bank.staff
    before = shape(conn)
    deferred.defer(conn, STAFF)
    for owed in restoring.buildable(conn)[:steps]:
        restoring.build(conn, owed, [])
    if steps % 2:
        restoring.restore(conn)
    else:
        with deferred.transaction(conn):
            restoring.put_back_all(conn)
    assert shape(conn) == before
    assert deferred.owed(conn) == []


HANGING = {
    "a foreign key of another schema": (
        "CREATE SCHEMA shop; CREATE TABLE shop.desks (who bigint REFERENCES employees)"
    ),
    "a view that groups by the key": (
        "CREATE VIEW heads AS SELECT e.employee_id, e.email, count(*) FROM employees e"
        " JOIN departments d ON d.head_id = e.employee_id GROUP BY e.employee_id"
    ),
    "a publication": "CREATE PUBLICATION told FOR TABLE employees",
    "a publication of all": "CREATE PUBLICATION told FOR ALL TABLES",
    "the replica identity": "ALTER TABLE employees REPLICA IDENTITY USING INDEX employees_pkey",
    "the order of the rows": "ALTER TABLE employees CLUSTER ON employees_pkey",
}


@pytest.mark.parametrize("hanging", HANGING)
def test_a_key_that_anything_hangs_on_stays(small_bank, hanging):
    conn = small_bank.staff
    conn.execute(HANGING[hanging])
    before = shape(conn)
    stays = {"primary key employees.employees_pkey"}
    if hanging == "a publication of all":
        stays.add("primary key departments.departments_pkey")
    assert set(deferred.defer(conn, STAFF)) == set(LABELS) - stays
    small_bank.insert_staff(conn)
    restoring.restore(conn)
    assert shape(conn) == before


def test_what_was_put_back_by_hand_is_struck_off(small_bank):
    conn = small_bank.money
    before = shape(conn)
    deferred.defer(conn, ["customers", "accounts"])
    conn.execute(
        "CREATE INDEX ix_customer ON accounts (customer_id);"
        "ALTER TABLE customers ADD CONSTRAINT customers_pkey PRIMARY KEY (customer_id);"
        "ALTER TABLE accounts ADD CONSTRAINT fk_customer FOREIGN KEY (customer_id)"
        " REFERENCES customers NOT VALID"
    )
    restoring.restore(conn)
    assert shape(conn) == before
    assert deferred.owed(conn) == []


def test_a_contradicting_row_is_named_and_the_rest_put_back(small_bank):
    conn = small_bank.staff
    deferred.defer(conn, STAFF)
    small_bank.insert_staff(small_bank.staff)
    conn.execute("INSERT INTO employees VALUES (99, 77, NULL, NULL, 'u@x', 1)")
    with pytest.raises(Refused) as refused:
        restoring.restore(conn)
    assert str(refused.value) == (
        f"{conn.info.dbname}: not put back, since rows that dhub did not make contradict it: "
        "foreign key employees.fk_department: "
        'Key (department_id)=(77) is not present in table "departments". '
        "Correct them, then `dhub seed resume`."
    )
    assert deferred.owed(conn) == ["foreign key employees.fk_department"]
    conn.execute("DELETE FROM employees WHERE employee_id = 99")
    assert restoring.restore(conn) == ["foreign key employees.fk_department"]


def test_a_users_duplicate_is_named_and_healed(small_bank):
    conn = small_bank.staff
    deferred.defer(conn, STAFF)
    conn.execute("INSERT INTO branches VALUES ('U', 9), ('V', 9)")
    with pytest.raises(Refused, match=r"branches_branch_id_key: Key \(branch_id\)=\(9\) is dupl"):
        restoring.restore(conn)
    assert deferred.owed(conn) == [LABELS[-1]]
    conn.execute("DELETE FROM branches WHERE branch_code = 'V'")
    assert restoring.restore(conn) == [LABELS[-1]]


def test_a_users_duplicate_of_a_primary_key_leaves_what_refers_to_it_owed(small_bank):
    conn = small_bank.staff
    before = shape(conn)
    deferred.defer(conn, STAFF)
    small_bank.insert_staff(conn)
    conn.execute("INSERT INTO departments VALUES (2, 1)")
    told = r"primary key departments.departments_pkey: Key \(department_id\)=\(2\) is duplicated"
    with pytest.raises(Refused, match=told) as refused:
        restoring.restore(conn)
    assert "fk_department" not in str(refused.value), "the cause is told, not what follows from it"
    assert sorted(deferred.owed(conn)) == [
        "foreign key employees.fk_department",
        "primary key departments.departments_pkey",
    ]
    conn.execute("DELETE FROM departments WHERE head_id = 1 AND department_id = 2")
    restoring.restore(conn)
    assert shape(conn) == before


def test_a_table_that_another_session_locks_is_not_waited_for_in_vain(small_bank, monkeypatch):
    monkeypatch.setattr(deferred, "_LOCK_PATIENCE", "200ms")
    with small_bank.another("accounts_db") as user, user.transaction():
        user.execute("LOCK TABLE customers IN ROW EXCLUSIVE MODE")
        told = rf"public.customers is locked by pid {user.info.backend_pid} \(.*ROW EXCLUSIVE"
        with (
            connect(small_bank.estate, "accounts_db", autocommit=True) as conn,
            pytest.raises(Locked, match=told),
        ):
            deferred.defer(conn, ["customers", "accounts"])
    assert deferred.owed(small_bank.money) == []
