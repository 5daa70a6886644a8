"""SIGKILL in each phase of a real run, then resume: the same bytes as an uninterrupted run."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import psycopg
import pytest
from fixtures.command import Begin, Begun, Dhub, Stem, runner
from fixtures.server import variables
from psycopg import sql

from dhub.bank import BANK
from dhub.estate.connections import connect
from dhub.estate.databases import DATABASES, Estate

OPTIONS = ("--customers", "2100", "--employees", "40", "--seed", "5", "--as-of", "2026-11-20")
# A table of each phase, of shards that hang on customers.
TABLES = {
    1: "customers",
    2: "transactions",
    3: "interactions",
    4: "employee_assignments",
    5: "repayment_schedule",
    6: "premium_payments",
    7: "aml_checks",
}
HERE = {
    table.phase: (domain.database, table.name)
    for domain in BANK
    for table in domain.tables
    if TABLES[table.phase] == table.name
}


# Of each row 64 bits, added up: to sort the rows took longer than to seed them.
_CHECKSUM = sql.SQL("SELECT count(*), sum(hash_record_extended(t, 0)::numeric) FROM {} t")


@dataclass(frozen=True)
class Content:
    """Rows and checksum of every table, whatever the order of its rows."""

    tables: dict[tuple[str, str], tuple[int, Decimal]]

    @classmethod
    def of(cls, estate: Estate) -> Content:
        found = {}
        for domain in BANK:
            with connect(estate, domain.database) as conn:
                for table in domain.tables:
                    name = sql.Identifier("public", table.name)
                    row = conn.execute(_CHECKSUM.format(name)).fetchone()
                    assert row
                    found[domain.database, table.name] = row
        return cls(found)


@pytest.fixture(scope="module")
def whole(
    make_migrated: Callable[[], Estate], forked: Stem, tmp_path_factory: pytest.TempPathFactory
) -> Content:
    """What an uninterrupted run leaves, with another number of workers."""
    estate = make_migrated()
    dhub = runner(forked, tmp_path_factory.mktemp("whole"))
    done = dhub("seed", "all", *OPTIONS, "--workers", "3", env=variables(estate))
    assert done.code == 0, done.err
    return Content.of(estate)


def test_killed_in_each_phase(
    whole: Content, ready_estate: Estate, dhub: Dhub, begin: Begin
) -> None:
    """The run, then each of its resumptions, in the order in which the tables are loaded."""
    env, words = variables(ready_estate), ("all", *OPTIONS)
    for database, table in sorted(HERE.values(), key=_LOADED.index):
        with connect(ready_estate, database) as conn:
            since = conn.execute("SELECT clock_timestamp()").fetchone()[0]
            run = begin("seed", *words, "--workers", "1", env=env, session=True)
            _stop_at(conn, table, run, since)
            os.killpg(run.pid, signal.SIGKILL)
            run.wait()
        assert dhub("seed", "status", "--json", env=env).json["state"] == "interrupted", table
        words = ("resume",)
    resumed = dhub("seed", "resume", env=env)
    assert resumed.code == 0, resumed.err
    for each in DATABASES:
        with connect(ready_estate, each) as conn:
            assert conn.execute("SELECT state FROM dhub.runs").fetchall() == [("complete",)]
    assert Content.of(ready_estate) == whole


_LOADED = [(domain.database, table.name) for domain in BANK for table in domain.tables]
_LOADING = """
SELECT count(*) FROM pg_stat_activity WHERE application_name = 'dhub worker' AND backend_start > %s
"""
_WAITING = """
SELECT count(*) FROM pg_locks WHERE NOT granted AND mode = 'RowExclusiveLock'
    AND relation = to_regclass(%s)
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


def _stop_at(conn: psycopg.Connection, table: str, run: Begun, since: datetime) -> None:
    """Hold the table once rows are being loaded, until those that are for it wait."""
    _until(lambda: conn.execute(_LOADING, (since,)).fetchone()[0] > 0, conn, run)
    conn.execute(sql.SQL("LOCK TABLE {} IN SHARE MODE").format(sql.Identifier("public", table)))
    _until(lambda: conn.execute(_WAITING, (f"public.{table}",)).fetchone()[0] > 0, None, run)


def _until(there: Callable[[], bool], conn: psycopg.Connection | None, run: Begun) -> None:
    for _ in range(24_000):
        if there():
            return
        if conn is not None:
            conn.rollback()
        assert run.poll() is None, "the run ended before it could be stopped"
        time.sleep(0.005)
    raise AssertionError("the run did not come to the table")


def test_every_phase_has_its_kill() -> None:
    assert set(HERE) == {table.phase for domain in BANK for table in domain.tables}
    assert {database for database, _ in HERE.values()} <= set(DATABASES)
