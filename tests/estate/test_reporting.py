"""Every mart, view and materialized view of a seeded bank against the rows it is derived from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date

import pytest
from reports import SAME

from dhub.bank import BANK
from dhub.estate.connections import connect
from dhub.estate.creation import prepare
from dhub.estate.databases import DATABASES, Estate
from dhub.estate.reporting import MART, reports_of
from dhub.flow.orchestrate import seed
from dhub.flow.plan import make_plan
from dhub.flow.request import Request

AS_OF = date(2026, 1, 1)

_HELD = """
SELECT c.relname, c.relkind::text FROM pg_class c
WHERE c.relnamespace = 'reporting'::regnamespace AND c.relkind IN ('r', 'v', 'm')
"""


@pytest.fixture(scope="module")
def bank(make_estate: Callable[[], Estate]) -> Estate:
    estate = make_estate()
    prepare(estate)
    request = Request(customers="400", employees="60", seed="11", as_of=AS_OF.isoformat())
    seed(estate, make_plan(request, BANK, AS_OF), workers=1)
    return estate


@pytest.mark.parametrize("database", DATABASES)
def test_a_report_says_what_the_tables_say(bank: Estate, database: str) -> None:
    off = []
    with connect(bank, database) as conn:
        for (where, what), (report, tables) in SAME.items():
            if where == database:
                found = conn.execute(report.encode()).fetchall()
                wanted = conn.execute(tables.encode()).fetchall()
                off += [what] if not found or Counter(found) != Counter(wanted) else []
    assert off == []


@pytest.mark.parametrize("database", DATABASES)
def test_every_report_is_checked_and_none_is_empty(bank: Estate, database: str) -> None:
    queries = " ".join(report for (where, _), (report, _) in SAME.items() if where == database)
    with connect(bank, database) as conn:
        assert conn.execute("SELECT * FROM reporting.as_of").fetchall() == [(AS_OF,)]
        held = dict(conn.execute(_HELD).fetchall())
        for name in held:
            assert conn.execute(f"SELECT count(*) FROM reporting.{name}".encode()).fetchone() != (
                0,
            )
    assert {name for name in held if f"reporting.{name}" not in queries} == {"as_of"}


@pytest.mark.parametrize("database", DATABASES)
def test_what_is_kept_is_refreshed(bank: Estate, database: str) -> None:
    with connect(bank, database) as conn:
        held = dict(conn.execute(_HELD).fetchall())
        analyzed = "SELECT relname FROM pg_class WHERE relnamespace = 'reporting'::regnamespace"
        counted = {row[0] for row in conn.execute(f"{analyzed} AND reltuples > 0".encode())}
    kept = {each.name: "r" if each.kind == MART else "m" for each in reports_of(database)}
    assert {name: kind for name, kind in held.items() if kind != "v"} == kept | {"as_of": "r"}
    assert set(kept) | {"as_of"} <= counted
