"""Whoever interrupts a load while keys are aside leaves an estate that everything understands."""

from __future__ import annotations

from collections.abc import Callable

import psycopg
import pytest
from fixtures.tiny_bank import BANK, NAME, TODAY, checksums, contents, tiny_plan

from dhub.errors import Refused
from dhub.estate import restoring
from dhub.estate.clear import clear, preview
from dhub.estate.databases import Estate
from dhub.estate.status import status
from dhub.flow import orchestrate
from dhub.flow.events import Event, Loaded
from dhub.flow.plan import make_plan
from dhub.flow.request import Request

CUSTOMERS = "9000"  # five shards: enough for keys to be put aside
KEYS = (
    "SELECT conname::text FROM pg_constraint WHERE contype = 'p'"
    " AND conrelid::regclass::text IN ('clerks', 'holders', 'moves')"
)
ASIDE = ["clerks_pkey", "holders_pkey", "moves_pkey"]


class Stopped(BaseException):
    """As a signal would have it."""


@pytest.fixture
def tiny(equipped: Estate, copy_of: Callable[[Estate], Estate]) -> Estate:
    return copy_of(equipped)


def seed(estate: Estate, stop_after: int | None = None) -> None:
    """Load the bank; stopped after so many tables of shards."""
    told: list[Event] = []

    def listen(event: Event) -> None:
        told.extend([event] if isinstance(event, Loaded) else [])
        if stop_after is not None and len(told) >= stop_after:
            raise Stopped

    try:
        orchestrate.seed(estate, tiny_plan(customers=CUSTOMERS), 1, listen, NAME)
    except Stopped:
        return
    assert stop_after is None


def keys(estate: Estate) -> list[str]:
    """The primary keys that stand."""
    found: list[str] = []
    for database in ("employees_db", "accounts_db"):
        found += [name for (name,) in asked(estate, database, KEYS)]
    return sorted(found)


def asked(estate: Estate, database: str, query: str) -> list[tuple[object, ...]]:
    with psycopg.connect(estate.urls[database], autocommit=True) as conn:
        cursor = conn.execute(query)
        return cursor.fetchall() if cursor.description else []


@pytest.fixture
def stopped(tiny: Estate) -> Estate:
    """A load that was stopped with its keys aside."""
    seed(tiny, stop_after=6)
    assert keys(tiny) == []
    return tiny


def test_keys_are_back_at_the_end(tiny: Estate) -> None:
    seed(tiny)
    assert keys(tiny) == ASIDE


def test_a_small_bank_puts_nothing_aside(tiny: Estate) -> None:
    standing: list[list[str]] = []

    def listen(event: Event) -> None:
        if isinstance(event, Loaded):
            standing.append(keys(tiny))

    orchestrate.seed(tiny, tiny_plan(customers="300"), 1, listen, NAME)
    assert standing
    assert all(found == ASIDE for found in standing)


def test_status_counts_and_names_what_is_owed(stopped: Estate) -> None:
    found = status(stopped, BANK)
    assert found.state == "interrupted"
    money = next(each for each in found.databases if each.database == "accounts_db")
    assert "primary key moves.moves_pkey" in money.owed
    there = asked(stopped, "accounts_db", "SELECT count(*) FROM moves")
    assert {t.table: t.rows for t in money.tables}["moves"] == there[0][0]


def test_resume_gives_what_an_undisturbed_run_gives(
    stopped: Estate, equipped: Estate, copy_of: Callable[[Estate], Estate]
) -> None:
    whole = copy_of(equipped)
    seed(whole)
    assert orchestrate.resume(stopped, 1, bank=NAME) is not None
    assert keys(stopped) == ASIDE
    assert checksums(stopped) == checksums(whole)


def test_clear_empties_and_puts_back(stopped: Estate) -> None:
    owed = {label for going in preview(stopped) for label in going.owed}
    assert {"primary key clerks.clerks_pkey", "primary key moves.moves_pkey"} <= owed
    clear(stopped)
    assert contents(stopped) == {"clerks": [], "holders": [], "moves": []}
    assert keys(stopped) == ASIDE
    seed(stopped)


def test_clear_finds_a_users_row_among_ours(stopped: Estate) -> None:
    asked(stopped, "accounts_db", "INSERT INTO holders VALUES (900000, 'mine', NULL)")
    clear(stopped)
    assert asked(stopped, "accounts_db", "SELECT holder_id FROM holders") == [(900000,)]
    assert keys(stopped) == ASIDE


def test_nothing_is_added_or_seeded_anew(stopped: Estate) -> None:
    with pytest.raises(Refused, match="interrupted"):
        seed(stopped)
    with pytest.raises(Refused, match="interrupted"):
        orchestrate.cohorts(stopped)
    with pytest.raises(Refused, match="interrupted"):
        orchestrate.make_room(
            stopped, make_plan(Request(customers="50", replace=True), BANK, TODAY), NAME
        )


def test_a_users_row_with_one_of_our_keys_is_named_at_the_end(stopped: Estate) -> None:
    asked(stopped, "accounts_db", "INSERT INTO holders VALUES (7, 'mine', NULL)")
    told = r"primary key holders.holders_pkey: Key \(holder_id\)=\(7\) is duplicated"
    with pytest.raises(Refused, match=told):
        orchestrate.resume(stopped, 1, bank=NAME)
    assert status(stopped, BANK).state == "interrupted"
    assert keys(stopped) == ["clerks_pkey", "moves_pkey"]
    asked(stopped, "accounts_db", "DELETE FROM holders WHERE email = 'mine'")
    orchestrate.resume(stopped, 1, bank=NAME)
    assert keys(stopped) == ASIDE
    assert status(stopped, BANK).state == "complete"


def test_interrupted_again_while_the_keys_come_back(
    stopped: Estate, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as torn:
        torn.setattr(restoring, "attach", lambda conn, faults: (_ for _ in ()).throw(Stopped()))
        torn.setattr("dhub.flow.finish.SMALL", 0)
        with pytest.raises(Stopped):
            orchestrate.resume(stopped, 1, bank=NAME)
    assert keys(stopped) == []
    orchestrate.resume(stopped, 1, bank=NAME)
    assert keys(stopped) == ASIDE
