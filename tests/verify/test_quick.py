"""The quick checks find what is planted, and pass what dhub seeds."""

from __future__ import annotations

from datetime import date

import psycopg
import pytest

from dhub.bank import BANK
from dhub.catalog import load_catalog
from dhub.estate.creation import prepare
from dhub.flow import orchestrate
from dhub.flow.plan import make_plan
from dhub.flow.request import Request
from dhub.verify.quick import _POINTERS, quick_checks

AS_OF = date(2026, 1, 1)


@pytest.fixture(scope="module")
def seeded(make_migrated):
    estate = make_migrated()
    prepare(estate)
    orchestrate.seed(estate, make_plan(Request(scale="0.05"), BANK, AS_OF), 1)
    return estate


@pytest.fixture
def plant(seeded):
    """Changes a database for the length of a test."""
    undo = []

    def change(database, statement, back):
        undo.append((database, back))
        with psycopg.connect(seeded.urls[database], autocommit=True) as conn:
            conn.execute(statement)

    yield change
    for database, back in undo:
        with psycopg.connect(seeded.urls[database], autocommit=True) as conn:
            conn.execute(back)


def found(estate):
    return [(check.passed, check.detail) for check in quick_checks(estate, AS_OF)]


def test_a_seeded_estate_passes(seeded):
    assert [passed for passed, _ in found(seeded)] == [True, True, True]


def test_a_date_in_the_future(seeded, plant):
    moved = "UPDATE public.customers SET created_at = created_at {} interval '20 years'"
    one = " WHERE customer_id = 7"
    plant("accounts_db", moved.format("+") + one, moved.format("-") + one)
    assert found(seeded)[0] == (False, "accounts_db.customers.created_at: 1 after 2026-01-01")


def test_a_wrong_balance(seeded, plant):
    one = (
        " WHERE account_id = (SELECT min(account_id) FROM public.accounts WHERE status = 'active')"
    )
    cent = "UPDATE public.accounts SET balance = balance {} 0.01"
    plant("accounts_db", cent.format("+") + one, cent.format("-") + one)
    passed, detail = found(seeded)[1]
    assert not passed
    assert detail.startswith("1 of ")


def test_a_reference_to_nobody(seeded, plant):
    other = "UPDATE public.interactions SET handled_by = {} WHERE interaction_id ="
    one = " (SELECT min(interaction_id) FROM public.interactions WHERE handled_by {})"
    plant(
        "customer_db",
        other.format("999999") + one.format("IS NOT NULL"),
        other.format("1") + one.format("= 999999"),
    )
    assert found(seeded)[2] == (
        False,
        "customer_db.interactions.handled_by: 999999 is not in employees_db.employees.employee_id",
    )


def test_rows_of_the_user_are_not_looked_at(seeded, plant):
    plant(
        "accounts_db",
        "INSERT INTO public.customers VALUES (900000000001, 'C-mine', 'Mine', 'Own',"
        " 'me@here.test', '+1 1', '1980-01-01', '1 X', 'Y', 'OH', '43210', 'US',"
        " now() + interval '1 year')",
        "DELETE FROM public.customers WHERE customer_id = 900000000001",
    )
    assert [passed for passed, _ in found(seeded)] == [True, True, True]


def test_the_references_it_follows_are_those_of_the_catalog():
    """Written here once more, since reading the catalog would take longer than the checks."""
    declared = {(str(place), str(each.target)) for place, each in load_catalog().references()}
    assert _POINTERS.items() <= declared
