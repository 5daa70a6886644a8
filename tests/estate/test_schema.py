"""The schema of the six databases: what is promised is there, described, and defended."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from dhub.estate.migrate import migrate

ROWS = Path(__file__).parent / "rows"


def _promised(text: str) -> dict[str, dict[str, list[str]]]:
    """The list of columns.txt: database to table to columns, a question mark after a nullable."""
    databases: dict[str, dict[str, list[str]]] = {}
    for line in text.splitlines():
        if not line.startswith((" ", "--")):
            tables = databases[line] = {}
        elif ":" in line:
            name, first = line.split(":")
            columns = tables[name.strip()] = first.split()
        elif not line.startswith("--"):
            columns += line.split()
    return databases


EXPECTED = _promised((ROWS / "columns.txt").read_text())
FAULTS = [
    tuple(part.strip() for part in line.split("|"))
    for line in (ROWS / "faults.txt").read_text().splitlines()
    if not line.startswith("--")
]
TYPES = r"bigint|integer|smallint|text|date|timestamp with time zone|boolean|jsonb|inet|numeric\(.*"

_COLUMNS = """
SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), NOT a.attnotnull,
    col_description(c.oid, a.attnum), obj_description(c.oid)
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
    AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY c.relname, a.attnum
"""
_CONSTRAINTS = """
SELECT c.relname, k.conname, k.contype::text, k.confrelid::regclass::text, ARRAY(
    SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY AS key (num, place)
    JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = key.num ORDER BY place)
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
WHERE k.connamespace = 'public'::regnamespace AND k.contype <> 'n'
"""
_INDEXES = """
SELECT c.relname, x.indisunique, a.attname
FROM pg_index x JOIN pg_class c ON c.oid = x.indrelid
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = x.indkey[0]
WHERE c.relnamespace = 'public'::regnamespace
"""
# Every reference that a database can hold itself.
REFERENCES = {
    "employees_db": "departments.head_employee_id employees.department_id employees.branch_code"
    " employees.manager_id employees.reports_to employee_training.employee_id"
    " employee_training.program_id"
    " performance_reviews.employee_id performance_reviews.reviewer_id"
    " employee_assignments.employee_id employee_assignments.branch_code",
    "accounts_db": "accounts.customer_id account_relationships.account_id"
    " account_relationships.customer_id account_relationships.linked_account_id"
    " transactions.account_id transactions.transaction_type",
    "customer_db": "interactions.customer_id satisfaction_surveys.interaction_id"
    " satisfaction_surveys.customer_id complaints.customer_id campaign_responses.campaign_id"
    " campaign_responses.customer_id",
    "loans_db": "loans.application_id collateral.loan_id repayment_schedule.loan_id"
    " loan_guarantors.loan_id risk_assessments.application_id risk_assessments.loan_id",
    "insurance_db": "beneficiaries.policy_id claims.policy_id premium_payments.policy_id"
    " policy_events.policy_id",
    "compliance_db": "suspicious_activity_reports.check_id sar_transactions.sar_id"
    " rule_violations.rule_id",
}

Connection = psycopg.Connection[Any]


@pytest.fixture(scope="module")
def urls(server_url: str) -> Iterator[dict[str, str]]:
    """Six migrated databases with a few lawful rows, named so that they meet no other test's."""
    made = {name: f"schema_{name}" for name in EXPECTED}
    with psycopg.connect(server_url, autocommit=True) as admin:
        for real in made.values():
            admin.execute(f"DROP DATABASE IF EXISTS {real} WITH (FORCE)")
            admin.execute(f"CREATE DATABASE {real}")
        urls = {
            name: psycopg.conninfo.make_conninfo(server_url, dbname=real)
            for name, real in made.items()
        }
        for name, url in urls.items():
            migrate(url, name)
            with psycopg.connect(url) as conn:
                conn.execute((ROWS / f"{name}.sql").read_bytes())
        yield urls
        for real in made.values():
            admin.execute(f"DROP DATABASE {real} WITH (FORCE)")


@pytest.fixture(params=EXPECTED)
def database(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def conn(urls: dict[str, str], database: str) -> Iterator[Connection]:
    with psycopg.connect(urls[database]) as conn:
        yield conn
        conn.rollback()


def test_tables_and_columns_are_the_promised_ones(conn: Connection, database: str) -> None:
    found: dict[str, list[str]] = {}
    for table, column, _, nullable, *_ in conn.execute(_COLUMNS):
        found.setdefault(table, []).append(column + "?" * nullable)
    assert found == EXPECTED[database]


def test_types_are_ones_a_catalog_knows(conn: Connection) -> None:
    odd = [row[:3] for row in conn.execute(_COLUMNS) if not re.fullmatch(TYPES, row[2])]
    assert odd == []


def test_instants_and_dates(conn: Connection) -> None:
    instants = {"transaction_date", "interaction_date", "complaint_date", "check_date"}
    for table, column, kind, *_ in conn.execute(_COLUMNS):
        if column in instants or column.endswith("_at"):
            assert kind == "timestamp with time zone", (table, column)
        elif column.endswith("_date"):
            assert kind == "date", (table, column)


def test_every_table_and_column_is_described(conn: Connection) -> None:
    for table, column, _, _, on_column, on_table in conn.execute(_COLUMNS):
        for text in (on_column, on_table):
            assert text and text.endswith(".") and len(text.split()) >= 2, (table, column)


def test_constraints_are_named_for_their_table(conn: Connection) -> None:
    prefix = {"p": "pk", "u": "uq", "f": "fk", "c": "ck"}
    for table, name, kind, *_ in conn.execute(_CONSTRAINTS):
        assert name.startswith(f"{prefix[kind]}_{table}"), name


def test_every_table_has_a_primary_key(conn: Connection, database: str) -> None:
    keyed = {table for table, _, kind, *_ in conn.execute(_CONSTRAINTS) if kind == "p"}
    assert keyed == set(EXPECTED[database])


def test_every_reference_is_a_foreign_key(conn: Connection, database: str) -> None:
    found = {
        f"{table}.{columns[0]}"
        for table, _, kind, _, columns in conn.execute(_CONSTRAINTS)
        if kind == "f"
    }
    assert found == set(REFERENCES[database].split())


def test_every_foreign_key_is_indexed(conn: Connection, database: str) -> None:
    indexed = {f"{table}.{column}" for table, _, column in conn.execute(_INDEXES)}
    # The list of types is never deleted from, and an index on nine values helps no query.
    assert set(REFERENCES[database].split()) - indexed <= {"transactions.transaction_type"}


def test_large_tables_have_few_indexes(conn: Connection) -> None:
    plain = Counter(table for table, unique, _ in conn.execute(_INDEXES) if not unique)
    assert plain["transactions"] <= 2 and plain["repayment_schedule"] <= 2


def test_transaction_types_tell_the_direction(urls: dict[str, str]) -> None:
    with psycopg.connect(urls["accounts_db"]) as conn:
        found = dict(conn.execute("SELECT * FROM transaction_types").fetchall())
    adds = {"deposit", "salary", "interest", "transfer_in"}
    takes = {"withdrawal", "payment", "fee", "transfer_out", "closing_payout"}
    assert found == dict.fromkeys(adds, 1) | dict.fromkeys(takes, -1)


def test_planted_faults_are_refused(conn: Connection, database: str) -> None:
    faults = [(name, fault) for where, name, fault in FAULTS if where == database]
    assert faults and [each for each in faults if _refused_by(conn, each[1]) != each[0]] == []


def _refused_by(conn: Connection, fault: str) -> str | None:
    """The constraint that refuses it."""
    try:
        with conn.transaction(force_rollback=True):
            conn.execute(fault.encode())
    except psycopg.IntegrityError as error:
        return error.diag.constraint_name
    return None


def test_every_check_has_a_planted_fault(conn: Connection, database: str) -> None:
    checks = {name for _, name, kind, *_ in conn.execute(_CONSTRAINTS) if kind == "c"}
    assert checks - {name for where, name, _ in FAULTS if where == database} == set()


def test_every_foreign_key_refuses_a_stranger(conn: Connection) -> None:
    keys = [row for row in conn.execute(_CONSTRAINTS).fetchall() if row[2] == "f"]
    for table, name, _, _, (column,) in keys:
        stranger = "'none'" if column in ("branch_code", "transaction_type") else "999999999"
        first = f"(SELECT min(ctid) FROM {table} WHERE {column} IS NOT NULL)"
        fault = f"UPDATE {table} SET {column} = {stranger} WHERE ctid = {first}"
        with pytest.raises(psycopg.errors.ForeignKeyViolation) as caught, conn.transaction():
            assert conn.execute(fault.encode()).rowcount > 0
            conn.execute("SET CONSTRAINTS ALL IMMEDIATE")
        assert caught.value.diag.constraint_name == name


def test_every_key_refuses_a_twin(conn: Connection) -> None:
    keys = [row for row in conn.execute(_CONSTRAINTS).fetchall() if row[2] in "pu"]
    for table, name, _, _, columns in keys:
        others = [key for key in keys if key[0] == table and key[1] != name]
        with pytest.raises(psycopg.errors.UniqueViolation) as caught, conn.transaction():
            conn.execute(_twin(conn, table, columns, others))
        assert caught.value.diag.constraint_name == name


def _twin(conn: Connection, table: str, same: list[str], others: list[Any]) -> sql.Composed:
    """A statement that repeats a row of `table` but for one column of each of its other keys."""
    kinds = {row[1]: row[2] for row in conn.execute(_COLUMNS) if row[0] == table}
    changed = {_changeable(key[4], same, kinds) for key in others}
    change = {"text": "{} || 'x'", "date": "{} + 1", "bigint": "{} + 7000"}
    values = [
        sql.SQL(change[kind] if name in changed else "{}").format(sql.Identifier(name))
        for name, kind in kinds.items()
    ]
    whole = " AND ".join(f"{column} IS NOT NULL" for column in same)
    return sql.SQL("INSERT INTO {0} SELECT {1} FROM {0} WHERE {2} LIMIT 1").format(
        sql.Identifier(table), sql.SQL(", ").join(values), sql.SQL(whole)
    )


def _changeable(key: list[str], same: list[str], kinds: dict[str, str]) -> str:
    """The column of `key` that no check binds to a list of values: a number, else the last."""
    free = [column for column in key if column not in same]
    return next((column for column in free if kinds[column] == "bigint"), free[-1])
