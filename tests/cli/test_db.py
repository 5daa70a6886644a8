"""dhub db: databases created when missing, tables, answers, URLs, and what goes wrong."""

from __future__ import annotations

import csv
import io
import socket
import subprocess
import threading
from pathlib import Path

import psycopg
import pytest
from fixtures.command import Dhub, command, environment
from fixtures.logins import PLAIN, as_login, url_name
from fixtures.server import url_of, variables
from psycopg import sql

from dhub.errors import Refused, UsageError
from dhub.estate.connections import connect
from dhub.estate.creation import prepare
from dhub.estate.databases import DATABASES, Estate
from dhub.estate.failures import Missing

# --- db init --------------------------------------------------------------------------------------


def test_prepare_makes_six_databases_once(new_estate: Estate) -> None:
    with pytest.raises(Missing):
        connect(new_estate, "loans_db")
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
    head, *lines = str(caught.value).splitlines()
    assert head == (
        "Rights are missing for 6 of the six databases; nothing was touched."
        " Let their owner or an administrator run:"
    )
    names = {database: url_name(new_estate, database) for database in DATABASES}
    assert lines == [
        f"{database} (database {name}): CREATE DATABASE {name} OWNER {PLAIN} TEMPLATE template0"
        " ENCODING 'UTF8'"
        for database, name in names.items()
    ]


def test_a_role_that_may_not_create_one_beside_the_six(new_estate: Estate, logins: None) -> None:
    beside = Estate({"plaid_db": as_login(new_estate, PLAIN).urls["loans_db"]})
    with pytest.raises(UsageError, match="^Rights are missing for plaid_db; nothing was touched"):
        prepare(beside)


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
    parts = psycopg.conninfo.conninfo_to_dict(server_url)
    place = str(parts["host"])
    place += "" if place.startswith("/") else f":{parts['port']}"
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
            f"accounts_db (nowhere) does not exist on {place}. Create it with `dhub db init`.",
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


def test_tls_that_the_server_does_not_speak(dhub: Dhub) -> None:
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
    """Answer as a PostgreSQL without TLS does, however often it is asked."""
    while True:
        try:
            client, _ = server.accept()
        except OSError:  # the test is over
            return
        with client:
            client.recv(8)
            client.sendall(b"N")
            client.recv(1)
