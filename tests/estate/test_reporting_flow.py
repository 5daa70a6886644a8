"""When reports are filled and emptied, who may read them, and what is left alone meanwhile."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from fixtures.command import Dhub, command, environment
from fixtures.server import variables
from psycopg import sql

from dhub.errors import Refused
from dhub.estate import clear, reporting
from dhub.estate.connections import connect
from dhub.estate.databases import DATABASES, Estate
from dhub.estate.hold import Hold
from dhub.estate.reader import connect_reader
from dhub.estate.reporting import AS_OF, reports_of

SMALL = ("--customers", "60", "--employees", "8", "--as-of", "2026-11-20")

# What dhub 0.1 left: the tables, and no word of the reports.
_OLDER = "DROP SCHEMA reporting CASCADE; DELETE FROM dhub.migrations WHERE migration_id = %s"

_DESCRIBED = """
SELECT c.relname, a.attname, col_description(c.oid, a.attnum), obj_description(c.oid, 'pg_class'),
    format_type(a.atttypid, a.atttypmod)
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
WHERE c.relnamespace = 'reporting'::regnamespace AND c.relkind IN ('r', 'v', 'm')
    AND a.attnum > 0 AND NOT a.attisdropped
"""
_PROCEDURES = """
SELECT p.proname, obj_description(p.oid, 'pg_proc'), l.lanname, p.prosrc
FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang
WHERE p.pronamespace = 'reporting'::regnamespace AND p.prokind = 'p'
"""


def rows(estate: Estate) -> dict[str, list[Any]]:
    """Everything that the schema keeps, by "database.report"."""
    found = {}
    for database in DATABASES:
        with connect(estate, database) as conn:
            for name in (AS_OF, *(each.name for each in reports_of(database))):
                query = sql.SQL("SELECT * FROM {} AS t ORDER BY t")
                table = sql.Identifier("reporting", name)
                found[f"{database}.{name}"] = conn.execute(query.format(table)).fetchall()
    return found


def run(estate: Estate, *arguments: str) -> subprocess.CompletedProcess[str]:
    env = environment(variables(estate))
    return subprocess.run(
        command(*arguments), env=env, check=True, capture_output=True, text=True, timeout=120
    )


@pytest.fixture(scope="module")
def kept(make_estate: Callable[[], Estate]) -> Estate:
    """A bank that is copied and else left alone."""
    estate = make_estate()
    run(estate, "seed", "all", *SMALL)
    return estate


@pytest.fixture(scope="module")
def seeded(kept: Estate, kept_copy: Callable[[Estate], Estate]) -> Estate:
    """A bank that tests only read."""
    return kept_copy(kept)


@pytest.fixture
def bank(kept: Estate, copy_of: Callable[[Estate], Estate]) -> Estate:
    """A bank of the test's own."""
    return copy_of(kept)


@pytest.mark.parametrize("database", DATABASES)
def test_everything_is_described(seeded: Estate, database: str) -> None:
    with connect(seeded, database) as conn:
        columns = conn.execute(_DESCRIBED).fetchall()
        procedures = conn.execute(_PROCEDURES).fetchall()
        schema = conn.execute("SELECT obj_description('reporting'::regnamespace)").fetchone()
    texts = [(*each[:2], text) for each in columns for text in each[2:4]]
    texts += [(*each[:1], "", each[1]) for each in procedures]
    assert schema and schema[0].endswith(".")
    for *what, text in texts:
        assert text and text.endswith(".") and len(text.split()) >= 2, what
    types = r"bigint|integer|smallint|text|date|timestamp with time zone|boolean|numeric.*"
    assert [each for each in columns if not re.fullmatch(types, each[4])] == []


@pytest.mark.parametrize("database", DATABASES)
def test_procedures_are_ones_a_catalog_reads(seeded: Estate, database: str) -> None:
    with connect(seeded, database) as conn:
        procedures = conn.execute(_PROCEDURES).fetchall()
    marts = {each.procedure for each in reports_of(database) if each.kind == reporting.MART}
    assert {each[0] for each in procedures} == marts
    for name, _, language, body in procedures:
        assert (language, "INSERT INTO" in body) == ("sql", True), name
        assert not re.search(r"\b(LATERAL|MERGE|dhub\.|current_date|now\(\))", body), name


@pytest.mark.parametrize("database", DATABASES)
def test_the_reader_reads_all_of_it(seeded: Estate, database: str) -> None:
    with connect(seeded, database, autocommit=True) as conn:
        conn.execute("CREATE VIEW reporting.of_a_user AS SELECT * FROM reporting.as_of")
        names = {row[0] for row in conn.execute(_DESCRIBED)}
    with connect_reader(seeded, database) as conn:
        assert conn.info.user == "dhub_reader"
        for name in names - {"of_a_user"}:
            table = sql.Identifier("reporting", name)
            assert conn.execute(sql.SQL("SELECT count(*) FROM {}").format(table)).fetchone() != (0,)


def test_query_and_tables(seeded: Estate, dhub: Dhub) -> None:
    env = variables(seeded)
    query = ("db", "query", "SELECT count(*) AS n FROM reporting.customer_360", "--format", "json")
    assert dhub(*query, "-d", "customer_db", env=env).json == [{"n": 60}]
    listed = dhub("db", "tables", "-d", "loans_db", "--json", env=env).json["loans_db"]
    kinds = {(each["schema"], each["table"]): (each["kind"], each["rows"]) for each in listed}
    assert kinds["public", "loan_applications"][0] == "table"
    assert kinds["reporting", "portfolio_at_risk"][0] == "materialized view"
    assert kinds["reporting", "vintage_analysis"][0] == "view"
    assert kinds["reporting", "as_of"] == ("table", 1)


def test_status_and_verify_speak_of_the_bank_alone(seeded: Estate, dhub: Dhub) -> None:
    env = variables(seeded)
    found = dhub("seed", "status", "--json", env=env).json
    tables = {table["table"] for each in found["databases"] for table in each["tables"]}
    assert tables and not tables & {each.name for each in reports_of("loans_db")}
    checked = dhub("verify", "--only", "completeness", "--json", env=env)
    assert checked.code == 0, checked.out


def test_clear_leaves_empty_reports_and_what_a_user_made(bank: Estate) -> None:
    with connect(bank, "loans_db", autocommit=True) as conn:
        conn.execute(
            "CREATE VIEW reporting.mine AS SELECT sum(loans) AS loans"
            " FROM reporting.portfolio_at_risk;"
            "CREATE TABLE reporting.notes AS SELECT loan_id FROM reporting.loan_tape;"
            "CREATE PROCEDURE reporting.refresh_mine() LANGUAGE sql AS 'DROP TABLE reporting.notes'"
        )
        before = conn.execute("SELECT count(*) FROM reporting.notes").fetchone()
        clear.clear(bank)
        assert conn.execute("SELECT loans FROM reporting.mine").fetchall() == [(None,)]
        assert conn.execute("SELECT count(*) FROM reporting.notes").fetchone() == before != (0,)
        found = {name for name, kept in rows(bank).items() if kept}
        # The branches of the bank are gone, too: a report of them has no row.
        assert found == set()
        run(bank, "seed", "all", *SMALL)
        assert conn.execute("SELECT loans > 0 FROM reporting.mine").fetchall() == [(True,)]
        assert conn.execute("SELECT count(*) FROM reporting.notes").fetchone() == before


def test_a_bank_of_an_older_dhub(bank: Estate, dhub: Dhub) -> None:
    wanted = rows(bank)
    _make_older(bank)
    refreshed = dhub("db", "refresh", "--json", env=variables(bank))
    assert refreshed.code == 0, refreshed.err
    # What a later migration defines otherwise is here as the first one had it.
    later = {"loans_db.delinquency_by_month"}
    found = rows(bank)
    assert {k: v for k, v in found.items() if k not in later} == {
        k: v for k, v in wanted.items() if k not in later
    }
    listed = {each["name"]: each for each in refreshed.json["customer_db"]}
    assert listed["customer_360"] == {"name": "customer_360", "kind": "mart", "rows": 60}
    with connect_reader(bank, "loans_db") as conn:
        assert conn.execute("SELECT count(*) FROM reporting.loan_tape").fetchone() != (0,)
    _make_older(bank)
    clear.clear(bank)
    with connect(bank, "loans_db") as conn:
        assert conn.execute("SELECT count(*) FROM loans").fetchone() == (0,)


def _make_older(estate: Estate) -> None:
    for database in DATABASES:
        with connect(estate, database, autocommit=True) as conn:
            drop, forget = _OLDER.split("; ")
            conn.execute(drop.encode())
            conn.execute(forget.encode(), (f"{database}/0002_reporting",))


def test_append_refreshes(bank: Estate, dhub: Dhub) -> None:
    assert dhub("seed", "all", "--append", "--customers", "30", env=variables(bank)).code == 0
    found = rows(bank)
    assert len(found["customer_db.customer_360"]) == 90
    with connect(bank, "accounts_db") as conn:
        total = "SELECT sum(balance) FROM accounts UNION ALL SELECT sum(closing_balance)"
        last = " FROM reporting.monthly_balances WHERE month = '2026-11-01'"
        first, second = conn.execute((total + last).encode()).fetchall()
    assert first == second


def test_the_reports_follow_from_the_bank_alone(seeded: Estate, new_estate: Estate) -> None:
    wanted = rows(seeded)
    run(new_estate, "seed", "all", *SMALL)
    assert rows(new_estate) == wanted
    run(new_estate, "db", "refresh")
    assert rows(new_estate) == wanted


def test_refresh_after_changes_by_hand(bank: Estate, dhub: Dhub) -> None:
    with connect(bank, "customer_db", autocommit=True) as conn:
        conn.execute("UPDATE customer_profiles SET segment = 'premium' WHERE segment = 'retail'")
        refreshed = dhub("db", "refresh", env=variables(bank))
        assert refreshed.code == 0 and "customer_360" in refreshed.out
        segments = "SELECT DISTINCT segment FROM reporting.segment_overview"
        assert ("retail",) not in conn.execute(segments).fetchall()
        # Of a user's own, and out of order: it hides nothing else.
        conn.execute("CREATE MATERIALIZED VIEW reporting.later AS SELECT 1 AS one WITH NO DATA")
    listed = dhub("db", "tables", "-d", "customer_db", "--json", env=variables(bank)).json
    counted = {each["table"]: each["rows"] for each in listed["customer_db"]}
    assert (counted["later"], counted["as_of"]) == (None, 1)


def test_refresh_refuses_what_it_cannot_do(bank: Estate, new_estate: Estate, dhub: Dhub) -> None:
    nothing = dhub("db", "refresh", env=variables(new_estate))
    assert nothing.code == 2 and "dhub seed all" in nothing.err
    env = variables(bank)
    with connect(bank, "loans_db", autocommit=True) as conn:
        conn.execute("ALTER TABLE reporting.loan_tape ADD CHECK (months_on_book < 0) NOT VALID")
        spoiled = dhub("db", "refresh", env=env)
        assert spoiled.code == 3 and "loans_db: reporting.loan_tape" in spoiled.err
        conn.execute("DROP TABLE reporting.loan_tape CASCADE")
    assert dhub("db", "refresh", env=env).code == 0


def test_refresh_waits_for_no_run(seeded: Estate) -> None:
    with Hold(seeded), pytest.raises(Refused, match="a run is going on"):
        reporting.refresh_estate(seeded)


def test_killed_before_the_reports(seeded: Estate, ready_estate: Estate, dhub: Dhub) -> None:
    env = variables(ready_estate)
    going = subprocess.Popen(
        command("seed", "all", *SMALL),
        env=environment(env),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    with connect(ready_estate, "customer_db") as conn:
        conn.execute("LOCK TABLE reporting.customer_360 IN SHARE MODE")
        _wait_for_lock(ready_estate, going)
        os.killpg(going.pid, signal.SIGKILL)
        going.wait()
    assert dhub("seed", "status", "--json", env=env).json["state"] == "interrupted"
    assert dhub("db", "refresh", env=env).code == 3
    resumed = dhub("seed", "resume", env=env)
    assert resumed.code == 0, resumed.err
    assert rows(ready_estate) == rows(seeded)


def _wait_for_lock(estate: Estate, going: subprocess.Popen[bytes]) -> None:
    waits = (
        "SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database"
        " WHERE NOT granted AND d.datname = current_database()"
        " AND relation = 'reporting.customer_360'::regclass"
    )
    with psycopg.connect(estate.urls["customer_db"], autocommit=True) as conn:
        for _ in range(6000):
            if conn.execute(waits.encode()).fetchone() != (0,):
                return
            assert going.poll() is None, "the run ended before it came to the reports"
            time.sleep(0.005)
    raise AssertionError("the run did not come to the reports")
