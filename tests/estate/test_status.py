"""Status tells every estate as it is, and leaves no trace in it."""

from __future__ import annotations

import json
from dataclasses import asdict

import pytest
from psycopg import conninfo

from dhub.errors import UsageError
from dhub.estate import deferred, guard, ledger, status
from dhub.estate.databases import DATABASES, Estate
from dhub.estate.status import TableStatus
from dhub.model import Domain, Table
from dhub.profiles import load_profile


def domain(database: str, phase: int, *tables: str) -> Domain:
    return Domain(
        database,
        tuple(
            Table(name, phase, "id", (), expected=lambda run, customers: 2.0 * customers)
            for name in tables
        ),
    )


BANK = (
    domain("employees_db", 1, "departments", "branches", "employees"),
    domain("accounts_db", 2, "customers", "accounts"),
)


def test_a_complete_estate(seeded_bank):
    found = status.status(seeded_bank.estate, BANK)
    assert found.state == "complete"
    assert [each.state for each in found.databases] == ["complete", "complete"]
    assert found.databases[1].tables == [
        TableStatus("customers", 4, 4),
        TableStatus("accounts", 8, 8),
    ]
    [cohort] = found.cohorts
    assert (cohort.seed, cohort.scale, cohort.profile, cohort.as_of, cohort.customers) == (
        42, 1.0, "guide", "2026-01-01", 4,
    )  # fmt: skip
    assert cohort.duration is not None and cohort.finished_at is not None
    assert [(each.phase, each.state, each.rows) for each in found.phases] == [
        (1, "complete", 7),
        (2, "complete", 12),
    ]


def test_phases_know_what_the_plan_expects(small_bank):
    run = small_bank.record(profile_json=load_profile("guide").to_json())
    for conn in small_bank.conns.values():
        ledger.open_run(conn, run)
        ledger.open_run(conn, small_bank.record(2, profile_json=run.profile_json, customers=10))
    phases = status.status(small_bank.estate, BANK).phases
    assert [(each.state, each.rows, each.expected) for each in phases] == [
        ("interrupted", 0, 3 * 2 * 14),
        ("interrupted", 0, 2 * 2 * 14),
    ]


def test_rows_of_a_user_show_beside_the_seeded_ones(seeded_bank):
    seeded_bank.money.execute("INSERT INTO customers VALUES (5, 'u@x')")
    tables = status.status(seeded_bank.estate, BANK).databases[1].tables
    assert tables[0] == TableStatus("customers", 5, 4)


def test_a_running_and_an_interrupted_run_differ_by_the_lock(small_bank):
    for conn in small_bank.conns.values():
        ledger.open_run(conn, small_bank.record())
        guard.lock_run(conn)
    running = status.status(small_bank.estate, BANK)
    assert running.state == running.cohorts[0].state == "running"
    assert running.cohorts[0].duration > 0
    for conn in small_bank.conns.values():
        guard.unlock_run(conn)
    interrupted = status.status(small_bank.estate, BANK)
    assert interrupted.state == interrupted.cohorts[0].state == "interrupted"
    assert interrupted.cohorts[0].duration is None


def test_a_run_that_one_database_has_not_finished_is_interrupted(seeded_bank):
    seeded_bank.money.execute("UPDATE dhub.runs SET state = 'running', finished_at = NULL")
    found = status.status(seeded_bank.estate, BANK)
    assert [each.state for each in found.databases] == ["complete", "interrupted"]
    assert found.state == found.cohorts[0].state == "interrupted"


def test_a_run_that_one_database_does_not_know_is_damage(seeded_bank):
    seeded_bank.money.execute("DELETE FROM dhub.runs")
    found = status.status(seeded_bank.estate, BANK)
    assert [each.state for each in found.databases] == ["complete", "damaged"]
    assert found.state == "damaged" and found.cohorts[0].state == "interrupted"
    assert found.databases[1].note == (
        "its ledger does not know the run of 2026-01-01 00:00 (UTC), of which others hold rows"
    )


def test_debts_and_retries_are_named(small_bank):
    ledger.open_run(small_bank.money, small_bank.record())
    ledger.record_attempt(small_bank.money, "run-1", 1, 0, "customers", "c", "v")
    deferred.defer(small_bank.money, ["customers", "accounts"])
    found = status.status(small_bank.estate, BANK).databases[1]
    assert found.owed == [
        "primary key accounts.accounts_pkey",
        "index accounts.ix_customer",
        "foreign key accounts.fk_customer",
        "primary key customers.customers_pkey",
    ]
    assert found.retries == 1


def test_a_marked_database_without_runs_is_empty(small_bank):
    found = status.status(small_bank.estate, BANK)
    assert found.state == "empty"
    assert found.databases[1].tables[0] == TableStatus("customers", 0, 0)
    assert status.status(small_bank.estate).databases[1].tables == []


def test_absent_foreign_and_unreachable(small_bank, scratch):
    nothing = scratch()
    with small_bank.another("accounts_db") as conn:
        conn.execute("DROP SCHEMA dhub CASCADE")
    down = conninfo.make_conninfo(nothing, port=1, connect_timeout=2)
    missing = conninfo.make_conninfo(nothing, dbname="scratch_nowhere")
    urls = dict.fromkeys(DATABASES, missing) | small_bank.estate.urls
    urls |= {"loans_db": nothing, "insurance_db": down}
    found = status.status(Estate(urls=urls), BANK)
    assert {each.database: each.state for each in found.databases} == {
        "employees_db": "empty",
        "accounts_db": "foreign",
        "customer_db": "absent",
        "loans_db": "absent",
        "insurance_db": "unreachable",
        "compliance_db": "absent",
    }
    notes = {each.database: each.note for each in found.databases}
    assert "holds table public.accounts and 1 more object that dhub" in notes["accounts_db"]
    assert notes["customer_db"] == "the database does not exist"
    assert notes["loans_db"] == "the database is empty"
    assert "insurance_db" in notes["insurance_db"]
    assert found.state == "foreign"


def test_a_server_that_rejects_the_password_is_no_status(small_bank):
    wrong = {
        database: conninfo.make_conninfo(url, password="wrong")
        for database, url in small_bank.estate.urls.items()
    }
    with pytest.raises(UsageError, match="password"):
        status.status(Estate(urls=wrong), BANK)


def test_a_newer_estate_is_told_and_not_read(seeded_bank):
    seeded_bank.money.execute("UPDATE dhub.estate SET format = 9")
    found = status.status(seeded_bank.estate, BANK).databases[1]
    assert found.state == "foreign" and "newer dhub" in found.note


def test_it_is_json(seeded_bank):
    found = asdict(status.status(seeded_bank.estate, BANK))
    assert json.loads(json.dumps(found)) == found


def test_it_writes_nothing_and_takes_no_lock(seeded_bank, monkeypatch):
    told = []
    inside = status._inside

    def asked(conn, *rest):
        told.append(conn.execute("SHOW transaction_read_only").fetchone())
        return inside(conn, *rest)

    monkeypatch.setattr(status, "_inside", asked)
    status.status(seeded_bank.estate, BANK)
    assert told == [("on",), ("on",)]
    assert not guard.going_run(seeded_bank.money)[0]
