"""SIGKILL in each phase of a real run, then resume: the same bytes as an uninterrupted run."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
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


@pytest.mark.parametrize("phase", sorted(HERE))
def test_killed_in_a_phase(
    phase: int, whole: Content, ready_estate: Estate, dhub: Dhub, begin: Begin
) -> None:
    env = variables(ready_estate)
    run = begin("seed", "all", *OPTIONS, "--workers", "1", env=env, session=True)
    database, table = HERE[phase]
    with connect(ready_estate, database) as conn:
        _stop_at(conn, database, table, run)
        os.killpg(run.pid, signal.SIGKILL)
        run.wait()
    assert dhub("seed", "status", "--json", env=env).json["state"] == "interrupted"
    resumed = dhub("seed", "resume", env=env)
    assert resumed.code == 0, resumed.err
    for each in DATABASES:
        with connect(ready_estate, each) as conn:
            assert conn.execute("SELECT state FROM dhub.runs").fetchall() == [("complete",)]
    assert Content.of(ready_estate) == whole


def _stop_at(conn: psycopg.Connection, database: str, table: str, run: Begun) -> None:
    """Hold the table once its keys are deferred, until the run waits for it."""
    owed = "SELECT count(*) FROM dhub.runs WHERE state = 'running'"
    _until(lambda: conn.execute(owed).fetchone()[0] > 0, conn, run)
    held = sql.SQL("LOCK TABLE {} IN SHARE MODE").format(sql.Identifier("public", table))
    conn.execute(held)
    waits = (
        "SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database"
        " WHERE NOT granted AND d.datname = current_database()"
    )
    _until(lambda: conn.execute(waits).fetchone()[0] > 0, None, run)


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
