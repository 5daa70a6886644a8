"""dhub db query: it reads whatever it is asked, and writes nothing and reaches nothing."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from fixtures.logins import BOSS, MAKER, PLAIN, as_login, url_name
from psycopg import sql

from dhub.errors import DhubError, Refused, UsageError
from dhub.estate.creation import prepare
from dhub.estate.databases import DATABASES, Estate
from dhub.estate.query import asked
from dhub.estate.reader import connect_reader, password_of


def ask(estate: Estate, query: str, timeout: float = 20) -> list[tuple[str | None, ...]]:
    with asked(estate, "accounts_db", query, timeout) as answer:
        return list(answer.rows)


# --- the reader -----------------------------------------------------------------------------------


def test_the_reader_reads_the_bank(estate: Estate) -> None:
    assert ask(estate, "SELECT count(*) FROM transaction_types") == [("9",)]
    assert ask(estate, "SELECT current_user") == [("dhub_reader",)]


def test_the_reader_writes_nowhere_even_outside_db_query(estate: Estate) -> None:
    with connect_reader(estate, "accounts_db") as conn:
        conn.autocommit = True
        conn.execute("SET default_transaction_read_only = off")
        for statement in (
            "INSERT INTO public.transaction_types VALUES ('x', 1)",
            "CREATE TABLE mine (id int)",
            "CREATE TEMPORARY TABLE mine (id int)",
            "CREATE SCHEMA mine",
            "COPY (SELECT 1) TO PROGRAM 'true'",
            "COPY (SELECT 1) TO '/tmp/dhub-test-copy'",
            "SELECT pg_advisory_lock(1)",
            "SELECT lo_create(0)",
            "SET ROLE dhub_owner",
            "SET SESSION AUTHORIZATION dhub_owner",
            "SELECT * FROM dhub.estate",
            "TRUNCATE public.customers",
            "VACUUM FULL public.customers",
        ):
            with pytest.raises((psycopg.errors.InsufficientPrivilege, psycopg.Warning)):
                conn.execute(statement)
                raise psycopg.Warning if statement.startswith("VACUUM") else AssertionError


REFUSED = [
    "DELETE FROM customers",
    "insert into customers default values",
    "/* a /* nested */ */ -- and\n UPDATE customers SET city = 'x'",
    "SELECT 1; DROP TABLE customers",
    "SELECT ';'; TRUNCATE customers",
    "SELECT $a$;$a$; SET ROLE dhub",
    "TABLE customers); DROP TABLE customers; --",
    "COPY customers TO STDOUT",
    "COPY customers FROM PROGRAM 'true'",
    "SET ROLE dhub_owner",
    "RESET ROLE",
    "DO $$ BEGIN END $$",
    "CALL something()",
    "BEGIN",
    "COMMIT",
    "CREATE TEMPORARY TABLE t (id int)",
    "LOCK customers",
    "PREPARE p AS SELECT 1",
    "WITH gone AS (DELETE FROM customers RETURNING 1) SELECT * FROM gone",
    "EXPLAIN ANALYZE DELETE FROM customers",
    "EXPLAIN ANALYZE CREATE TABLE t AS SELECT 1",
    "SELECT * INTO copied FROM customers",
    "SELECT * FROM customers FOR UPDATE",
    "SELECT set_config('role', 'dhub_owner', false)",
    "SELECT set_config('session_authorization', 'dhub_owner', false)",
    "SELECT set_config('transaction_read_only', 'off', false)",
    "SELECT pg_read_file('/etc/passwd')",
    "SELECT pg_read_binary_file('PG_VERSION')",
    "SELECT pg_ls_dir('.')",
    "SELECT pg_stat_file('.')",
    "SELECT lo_import('/etc/passwd')",
    "SELECT lo_export(1, '/tmp/x')",
    "SELECT lo_create(0)",
    "SELECT lo_from_bytea(0, 'x')",
    "SELECT pg_advisory_lock(1)",
    "SELECT pg_try_advisory_xact_lock(1685226850, 1)",
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity",
    "SELECT pg_reload_conf()",
    "SELECT pg_logical_emit_message(false, 'a', 'b')",
    "SELECT query_to_xml('DELETE FROM customers', true, false, '')",
    "SELECT query_to_xml('COPY (SELECT 1) TO PROGRAM ''true''', true, false, '')",
    "SELECT * FROM pg_authid",
    "SELECT * FROM dhub.estate",
]


def test_refused(estate: Estate) -> None:
    for query in REFUSED:
        with pytest.raises(Refused, match="^db query only reads"):
            ask(estate, query)
            pytest.fail(query)


INVALID = {
    "": "The query is empty. Give one SELECT statement.",
    " ; -- nothing": "The query is empty. Give one SELECT statement.",
    "SELECT 1; SELECT 2": "db query takes one statement at a time; this text has several.",
    "SELEC 1": 'accounts_db: syntax error at or near "SELEC".',
    "SELECT * FROM nowhere": 'accounts_db: relation "nowhere" does not exist.'
    " `dhub db tables -d accounts_db` lists what is there.",
    "SELECT 1/0": "accounts_db: division by zero.",
    "SELECT 'a'::int": 'accounts_db: invalid input syntax for type integer: "a".',
    "SELECT $1": "accounts_db: the query has parameters like $1. Write their values.",
}


@pytest.mark.parametrize(("query", "message"), INVALID.items())
def test_invalid(estate: Estate, query: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        ask(estate, query)
    assert str(caught.value) == message


READS = {
    "SELECT 1;": [("1",)],
    "SELECT ';', 'it''s', \"x\" FROM (SELECT 1 AS x) t": [(";", "it's", "1")],
    "SELECT $q$; DROP TABLE x$q$": [("; DROP TABLE x",)],
    "(SELECT 1) UNION (SELECT 2) ORDER BY 1": [("1",), ("2",)],
    "VALUES (1, NULL), (2, 'b')": [("1", None), ("2", "b")],
    "WITH t AS (SELECT 100 % 7 AS x) TABLE t": [("2",)],
    "SHOW transaction_read_only": [("on",)],
    "SELECT count(*) FROM generate_series(1, 4001)": [("4001",)],
    "SELECT WHERE false": [],
}


@pytest.mark.parametrize(("query", "rows"), READS.items())
def test_reads(estate: Estate, query: str, rows: list[Any]) -> None:
    assert ask(estate, query) == rows


@pytest.mark.parametrize(
    "query",
    ["SELECT pg_sleep(30)", "SELECT set_config('statement_timeout', '0', false), pg_sleep(30)"],
)
def test_a_slow_query_is_cancelled(estate: Estate, query: str) -> None:
    with pytest.raises(DhubError) as caught:
        ask(estate, query, timeout=0.5)
    assert caught.value.exit_code == 4
    assert str(caught.value) == (
        "accounts_db: the query took longer than 0.5 s and was cancelled."
        " Give it more with --timeout."
    )


def test_a_timeout_lifted_between_batches_is_still_one(estate: Estate) -> None:
    query = (
        "SELECT CASE g WHEN 1 THEN set_config('statement_timeout', '0', false)"
        " WHEN 2500 THEN pg_sleep(30)::text END FROM generate_series(1, 5000) g"
    )
    with pytest.raises(DhubError, match="took longer"):
        ask(estate, query, timeout=0.5)


# --- a server of the user's own -------------------------------------------------------------------


def test_a_maker_of_databases_gets_a_reader(new_estate: Estate, logins: None) -> None:
    mine = as_login(new_estate, MAKER, reader_password=new_estate.reader_password)
    prepare(mine)
    assert ask(mine, "SELECT current_user") == [("dhub_reader",)]


def test_a_plain_login_reads_as_itself(new_estate: Estate, logins: None, server_url: str) -> None:
    with psycopg.connect(server_url, autocommit=True) as admin:
        for database in DATABASES:
            admin.execute(
                sql.SQL("CREATE DATABASE {} OWNER {}").format(
                    sql.Identifier(url_name(new_estate, database)), sql.Identifier(PLAIN)
                )
            )
        admin.execute("ALTER ROLE dhub_reader RENAME TO dhub_reader_away")
    try:
        mine = as_login(new_estate, PLAIN)
        prepare(mine)
        assert ask(mine, "SELECT current_user") == [(PLAIN,)]
        for query in (
            "DELETE FROM customers",
            "WITH x AS (DELETE FROM customers RETURNING 1) TABLE x",
            "EXPLAIN ANALYZE DELETE FROM customers",
            "SELECT set_config('transaction_read_only', 'off', false)",
            "SELECT lo_create(0)",
        ):
            with pytest.raises(Refused):
                ask(mine, query)
        with pytest.raises(Refused) as caught:
            ask(as_login(new_estate, BOSS), "SELECT 1")
        assert str(caught.value) == (
            f"accounts_db: role {BOSS} can write and reach the server's files, so it runs no"
            " queries.\nSet DHUB_READER_PASSWORD and run `dhub db init`, which makes the role"
            " dhub_reader."
        )
    finally:
        with psycopg.connect(server_url, autocommit=True) as admin:
            admin.execute("ALTER ROLE dhub_reader_away RENAME TO dhub_reader")


def test_the_readers_password_follows_from_the_logins() -> None:
    estates = [Estate({"loans_db": f"postgresql://u:{pw}@h/loans_db"}) for pw in ("a", "b")]
    first, second = map(password_of, estates)
    assert first and second and first != second
    assert password_of(Estate({"loans_db": "postgresql://u@h/loans_db"})) is None
    assert password_of(Estate(estates[0].urls, reader_password="set")) == "set"
    # One for all, whatever the server is called: it may be one server with one role.
    both = {"employees_db": "postgresql://u:a@h/e", "loans_db": "postgresql://v:b@i/l"}
    assert password_of(Estate(both)) == first
