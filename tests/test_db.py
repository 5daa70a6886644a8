"""dhub db: databases created when missing, queries that cannot write, URLs, and what goes wrong."""

from __future__ import annotations

import csv
import io
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from fixtures.command import Dhub, command, environment
from fixtures.server import url_of, variables
from psycopg import sql

from dhub.errors import DhubError, Refused, UsageError
from dhub.flow.databases import DATABASES, Estate, connect, exists, prepare
from dhub.flow.query import asked
from dhub.flow.reader import connect_reader, password_of

# A login of a configured server: name, then what it may.
PLAIN, MAKER, BOSS = "test_plain", "test_maker", "test_boss"
RIGHTS = {PLAIN: "", MAKER: "CREATEDB CREATEROLE", BOSS: "SUPERUSER"}


@pytest.fixture(scope="module")
def logins(server_url: str) -> Iterator[None]:
    """Three roles with passwords, as a configured server has them."""
    with psycopg.connect(server_url, autocommit=True) as admin:
        for name, rights in RIGHTS.items():
            admin.execute(f"CREATE ROLE {name} LOGIN {rights} PASSWORD 'pw'".encode())
    yield
    with psycopg.connect(server_url, autocommit=True) as admin:
        for database in [row[0] for row in admin.execute("SELECT datname FROM pg_database")]:
            if database.startswith("test"):
                admin.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(database)))
        for name in RIGHTS:
            admin.execute(f"DROP OWNED BY {name}".encode())
            admin.execute(f"DROP ROLE {name}".encode())


def as_login(estate: Estate, name: str, reader_password: str | None = None) -> Estate:
    """The same databases on what looks like a server of the user's own."""
    urls = {each: url_of(estate, each, user=name, password="pw") for each in DATABASES}
    return Estate(urls, reader_password=reader_password)


def ask(estate: Estate, query: str, timeout: float = 20) -> list[tuple[str | None, ...]]:
    with asked(estate, "accounts_db", query, timeout) as answer:
        return list(answer.rows)


# --- db init --------------------------------------------------------------------------------------


def test_prepare_makes_six_databases_once(new_estate: Estate) -> None:
    assert not exists(new_estate, "loans_db")
    first = prepare(new_estate)
    assert list(first) == list(DATABASES)
    assert all(first.values())
    assert prepare(new_estate) == {database: [] for database in DATABASES}
    for database in DATABASES:
        with connect(new_estate, database) as conn:
            row = conn.execute("SHOW timezone").fetchone()
        assert row == ("UTC",)


def test_a_role_that_may_not_create(new_estate: Estate, logins: None) -> None:
    with pytest.raises(UsageError) as caught:
        prepare(as_login(new_estate, PLAIN))
    name = url_name(new_estate, "employees_db")
    assert str(caught.value) == (
        f"employees_db does not exist and role {PLAIN} may not create it.\n"
        f'Let an administrator run: CREATE DATABASE "{name}" OWNER "{PLAIN}"'
    )


def url_name(estate: Estate, database: str) -> str:
    return str(psycopg.conninfo.conninfo_to_dict(estate.urls[database])["dbname"])


def test_a_role_that_may_not_connect(new_estate: Estate, logins: None, server_url: str) -> None:
    prepare(new_estate)
    name = url_name(new_estate, "loans_db")
    with psycopg.connect(server_url, autocommit=True) as admin:
        admin.execute(
            sql.SQL("REVOKE CONNECT ON DATABASE {} FROM PUBLIC").format(sql.Identifier(name))
        )
    with pytest.raises(UsageError) as caught:
        connect(as_login(new_estate, PLAIN), "loans_db")
    assert str(caught.value) == (
        f"loans_db ({name}): role {PLAIN} may not connect. Let its owner run:"
        f' GRANT CONNECT ON DATABASE "{name}" TO "{PLAIN}"'
    )


def test_somebody_elses_database(new_estate: Estate, server_url: str) -> None:
    name = url_name(new_estate, "customer_db")
    with psycopg.connect(server_url, autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    with connect(new_estate, "customer_db", autocommit=True) as conn:
        conn.execute("CREATE TABLE orders (id int)")
    with pytest.raises(
        Refused, match=rf"customer_db \(database {name}\) holds table public.orders"
    ):
        prepare(new_estate)
    with connect(new_estate, "customer_db") as conn:
        assert conn.execute("SELECT to_regnamespace('dhub')").fetchone() == (None,)


# --- the reader -----------------------------------------------------------------------------------


def test_the_reader_reads_tables_to_come(estate: Estate) -> None:
    with connect(estate, "accounts_db") as conn:
        conn.execute("CREATE TABLE later (id int); INSERT INTO later VALUES (1)")
    assert ask(estate, "SELECT * FROM later") == [("1",)]
    assert ask(estate, "SELECT current_user") == [("dhub_reader",)]


def test_the_reader_writes_nowhere_even_outside_db_query(estate: Estate) -> None:
    with connect_reader(estate, "accounts_db") as conn:
        conn.autocommit = True
        conn.execute("SET default_transaction_read_only = off")
        for statement in (
            "INSERT INTO transaction_types VALUES ('x', 1)",
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
            "TRUNCATE customers",
            "VACUUM FULL customers",
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


@pytest.mark.parametrize("query", REFUSED)
def test_refused(estate: Estate, query: str) -> None:
    with pytest.raises(Refused, match="^db query only reads"):
        ask(estate, query)


INVALID = {
    "": "The query is empty. Give one SELECT statement.",
    " ; -- nothing": "The query is empty. Give one SELECT statement.",
    "SELECT 1; SELECT 2": "db query takes one statement at a time; this text has several.",
    "SELEC 1": 'accounts_db: syntax error at or near "SELEC".',
    "SELECT * FROM nowhere": 'accounts_db: relation "nowhere" does not exist.',
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
    first, second = (password_of(each, "loans_db") for each in estates)
    assert first and second and first != second
    assert password_of(Estate({"loans_db": "postgresql://u@h/loans_db"}), "loans_db") is None
    assert password_of(Estate(estates[0].urls, reader_password="set"), "loans_db") == "set"


# --- the command ----------------------------------------------------------------------------------


def test_formats(dhub: Dhub, estate: Estate) -> None:
    query = (
        "SELECT 1::bigint AS n, 12.50::numeric(9,2) AS m, 'a,\"b\"'::text AS t, true AS b,"
        " NULL AS e, '{\"k\": [1]}'::jsonb AS j, 1 AS n, date '2025-01-31' AS d"
    )
    arguments = ("db", "query", query, "-d", "accounts_db", "--format")
    shown = dhub(*arguments, "json", env=variables(estate))
    assert shown.err == ""
    assert "12.50" in shown.out
    assert shown.json == [
        {"n": 1, "m": 12.5, "t": 'a,"b"', "b": True, "e": None, "j": {"k": [1]}, "n_2": 1}
        | {"d": "2025-01-31"}
    ]
    rows = list(csv.reader(io.StringIO(dhub(*arguments, "csv", env=variables(estate)).out)))
    assert rows[1] == ["1", "12.50", 'a,"b"', "t", "", '{"k": [1]}', "1", "2025-01-31"]
    table = dhub(*arguments, "table", env=variables(estate)).out.splitlines()
    assert table[0] == "n |     m | t     | b | e | j          | n | d"
    assert table[3] == "(1 row)"


def test_no_rows_are_still_json(dhub: Dhub, estate: Estate) -> None:
    query = ("db", "query", "SELECT 1 WHERE false", "-d", "accounts", "--format", "json")
    assert dhub(*query, env=variables(estate)).json == []


def test_a_reader_that_has_enough(dhub: Dhub, estate: Estate, tmp_path: Path) -> None:
    query = "SELECT * FROM generate_series(1, 300000)"
    words = command("db", "query", query, "-d", "accounts_db", "--format", "csv")
    with subprocess.Popen(
        words,
        env=environment(variables(estate)),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=tmp_path,
    ) as ended:
        assert ended.stdout and ended.stderr
        ended.stdout.readline()
        ended.stdout.close()
        assert ended.wait(30) == 0
        assert ended.stderr.read() == b""


def test_tables(dhub: Dhub, estate: Estate) -> None:
    found = dhub("db", "tables", "--json", env=variables(estate)).json
    assert list(found) == list(DATABASES)
    names = [table["table"] for table in found["loans_db"]]
    assert {"loans", "loan_applications", "collateral"} <= set(names)
    assert all(table["comment"] for table in found["loans_db"])
    one = dhub("db", "tables", "-d", "loans_db", env=variables(estate)).out
    assert "accounts_db" not in one


def test_urls(dhub: Dhub, estate: Estate) -> None:
    masked = dhub("db", "url", "--json", env=variables(estate))
    assert list(masked.json) == list(DATABASES)
    assert all("dhub_owner:***@" in url for url in masked.json.values())
    shown = dhub("db", "url", "--json", "--show-password", env=variables(estate))
    assert shown.json == estate.urls
    one = dhub("db", "url", "-d", "loans_db", "--show-password", env=variables(estate))
    assert one.out == estate.urls["loans_db"] + "\n"


def test_urls_of_the_embedded_server_say_that_it_rests(dhub: Dhub, data_dir: Path) -> None:
    found = dhub("db", "url", "--json", env={"DHUB_DATA_DIR": str(data_dir)})
    assert list(found.json) == list(DATABASES)
    assert found.err == (
        "The embedded server runs only while a command needs it; `dhub server start` keeps it.\n"
    )


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_bad_input(dhub: Dhub, estate: Estate, server_url: str) -> None:
    query = ("db", "query", "SELECT 1", "-d")
    good = variables(estate)
    port = free_port()
    down = {"DHUB_PG_HOST": "127.0.0.1", "DHUB_PG_PORT": str(port), "DHUB_PG_USER": "u"}
    name = url_name(estate, "accounts_db")
    wrong = url_of(estate, "accounts_db", password="wrong")
    nowhere = url_of(estate, "accounts_db", dbname="nowhere")
    variable = "DHUB_PG_* or DHUB_ACCOUNTS_DB_URL"
    host = str(psycopg.conninfo.conninfo_to_dict(server_url)["host"])
    cases = [
        (
            (*query, "acounts"),
            good,
            2,
            f"There is no database acounts. There are {', '.join(DATABASES)}.",
        ),
        (
            ("db", "tables", "-d", "accounts_db"),
            good | {"DHUB_ACCOUNTS_DB_URL": wrong},
            2,
            f'accounts_db ({name}): password authentication failed for user "dhub_owner".\n'
            f"Check user and password in {variable}.",
        ),
        (
            (*query, "accounts_db"),
            good | {"DHUB_ACCOUNTS_DB_URL": nowhere},
            2,
            f"accounts_db (nowhere) does not exist on {host}. Create it with `dhub db init`.",
        ),
        (
            ("db", "init"),
            down,
            4,
            f"employees_db cannot be reached: nothing answers at 127.0.0.1:{port}.\n"
            "Check the server and DHUB_PG_* or DHUB_EMPLOYEES_DB_URL.",
        ),
        (
            (*query, "accounts_db"),
            down | {"DHUB_PG_HOST": "no-such-host.invalid"},
            4,
            "accounts_db cannot be reached: the host no-such-host.invalid is not known.\n"
            f"Check the server and {variable}.",
        ),
        (
            (*query, "accounts_db"),
            down | {"DHUB_PG_HOST": "/nonexistent"},
            4,
            "accounts_db cannot be reached: there is no server at /nonexistent.\n"
            f"Check the server and {variable}.",
        ),
        (
            (*query, "accounts_db"),
            down | {"DHUB_PG_PORT": "x"},
            2,
            "DHUB_PG_PORT must be a whole number.\nSet them in the environment or in .env.",
        ),
    ]
    for arguments, env, code, message in cases:
        done = dhub(*arguments, env=env)
        assert (done.code, done.out, done.err) == (code, "", f"dhub: {message}\n")


def test_tls_that_the_server_does_not_speak(dhub: Dhub, server_home: object) -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        env = {"DHUB_PG_HOST": "127.0.0.1", "DHUB_PG_PORT": str(server.getsockname()[1])}
        threading.Thread(target=refuse_tls, args=(server,), daemon=True).start()
        done = dhub("db", "init", env=env | {"DHUB_PG_SSLMODE": "require", "DHUB_PG_USER": "u"})
    assert (done.code, done.err) == (
        2,
        "dhub: employees_db: server does not support SSL, but SSL was required.\n"
        "Check DHUB_PG_SSLMODE or sslmode in the URL.\n",
    )


def refuse_tls(server: socket.socket) -> None:
    """Answer as a PostgreSQL without TLS does."""
    for _ in range(2):
        client, _ = server.accept()
        with client:
            client.recv(8)
            client.sendall(b"N")
            client.recv(1)
