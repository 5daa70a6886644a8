"""Chance: what it may do to a sound bank is told and fails nobody; what it cannot do fails."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from math import sqrt
from typing import Any

import pytest

from benchmarks.unserved import Unserved, unserved
from dhub.flow.request import Request
from dhub.verify.chance import GROUPS, standard_errors
from dhub.verify.judge import DRAWN, _as_asked, judged
from dhub.verify.model import FAILED, OK, REPORTED, Check, Finding, Part
from dhub.verify.run import catalogue

TODAY = date(2026, 11, 26)
CHECKS = {each.id: each for each in catalogue()}
NUMBERS = [each for each in CHECKS.values() if each.kind != "rule"]  # luck breaks no rule

# Sound banks of the sweep, each with a check that called it damaged while tolerances knew no
# accounts and customers, or while an aim moved with the calendar.
LUCKLESS = [
    ("2026", "1", "requirements", "2026-06-30", "realism.weekdays"),
    ("12983", "1", "requirements", "2025-12-31", "realism.weekdays"),
    ("198978", "1", "guide", "2020-04-13", "realism.day_of_month"),
    ("18732", "2", "guide", "2010-06-20", "realism.income_by_age"),
    ("179848", "0.1", "requirements", "2010-01-01", "realism.amount_spread"),
    ("896832", "0.3", "guide", "2022-06-08", "realism.products_by_segment"),
    ("619869", "0.05", "guide", "2015-12-22", "transactions.large_transfer_share"),
    ("630339", "0.5", "requirements", "2016-02-29", "crm.responses_per_responder"),
]


def bank_of(seed: str, scale: str, profile: str, as_of: str) -> Request:
    return Request(seed=seed, scale=scale, profile=profile, as_of=as_of)


@pytest.mark.parametrize(("seed", "scale", "profile", "as_of", "check"), LUCKLESS)
def test_a_sound_bank_passes_with_bad_luck(
    seed: str, scale: str, profile: str, as_of: str, check: str
) -> None:
    with unserved(bank_of(seed, scale, profile, as_of), TODAY) as bank:
        found = [judged(each, bank.see, bank.profile) for each in NUMBERS]
    assert [(each.id, each.keys) for each in found if each.status == FAILED] == []
    assert {each.status for each in found} <= {OK, REPORTED}
    assert len(found) > 190
    assert next(each for each in found if each.id == check).status == OK


@pytest.fixture(scope="module")
def bank() -> Iterator[Unserved]:
    with unserved(bank_of("42", "2", "guide", "2026-11-20"), TODAY) as made:
        yield made


def error(bank: Unserved, query: str) -> float:
    return standard_errors(bank.see, query, lambda rows: {"it": float(rows[0][0])})["it"]


def test_of_customers_the_error_is_that_of_the_formula(bank: Unserved) -> None:
    """The error of an error by twenty groups is a sixth of it."""
    name = "hash(customer_id) % 10"  # drawn by nobody: independent from customer to customer
    for low in range(1, 6):
        p, n = low / 10, 2400
        found = error(bank, f"SELECT avg(({name} < {low})::INTEGER) FROM accounts_db.customers")
        assert 0.5 < found / sqrt(p * (1 - p) / n) < 1.6


def test_a_share_that_came_out_small_is_tested_by_the_error_of_the_one_asked() -> None:
    """A few customers make all monitored checks; who has none of them knows no error of theirs."""

    def scale(asked: Any, found: float | None) -> float:
        return _as_asked(Part("it", asked, found, 689, 0.084, False))

    error = 0.0138  # of 35 checks in 689, by sixteen customers
    deff = error**2 / (0.0508 * (1 - 0.0508) / 689)
    assert scale(0.14, 0.0508) * error == pytest.approx(sqrt(deff * 0.14 * 0.86 / 689))
    assert scale(0.14, 0.2) == scale(0.14, 0.0) == scale((0.1, 0.2), 0.05) == 1
    assert scale(None, 0.1) == scale(0.14, None) == scale(1.0, 0.5) == 1


def test_rows_of_one_account_are_not_many_draws(bank: Unserved) -> None:
    """What an account has in all its rows is drawn once: the error is that of accounts."""
    query = "SELECT avg((hash(account_id) % 2)::INTEGER) FROM accounts_db.transactions"
    rows = bank.see.ask("SELECT count(*) FROM accounts_db.transactions")[0][0]
    assert error(bank, query) > 2 * sqrt(0.25 / rows)


def test_groups_are_alike_in_size_and_leave_nobody_out_for_ever(bank: Unserved) -> None:
    whole = bank.see.ask("SELECT count(*) FROM accounts_db.transactions")[0][0]
    left = []
    for group in range(GROUPS):
        bank.see.duck.execute(f"SET VARIABLE left_out = {group}")
        query = "SELECT count(*) FROM without_accounts_db.transactions"
        left.append(whole - bank.see.ask(query)[0][0])
    assert sum(left) == whole
    assert min(left) > 0.5 * whole / GROUPS and max(left) < 2 * whole / GROUPS


def test_a_row_of_every_table_belongs_to_somebody_or_to_all(bank: Unserved) -> None:
    tables = bank.see.ask(
        "SELECT schema_name, table_name, estimated_size FROM duckdb_tables()"
        " WHERE schema_name LIKE '%_db' AND NOT starts_with(schema_name, 'without_')"
    )
    belongs: set[str] = set()
    for group in range(GROUPS):
        bank.see.duck.execute(f"SET VARIABLE left_out = {group}")
        for database, table, size in tables:
            left = bank.see.ask(f"SELECT count(*) FROM without_{database}.{table}")[0][0]
            belongs |= {table} if left < size else set()
    everybodys = {table for _, table, _ in tables} - belongs
    assert everybodys == {
        "departments", "branches", "training_programs", "transaction_types", "campaigns",
        "compliance_rules", "regulatory_reports",
    }  # fmt: skip


# --------------------------------------------------------- and damage is found, whatever the day

# A day each way for the calendar, and profiles in turn: their figures do not hang on the day.
DAYS = (
    ("guide", "2024-02-29"), ("requirements", "2025-12-31"), ("guide", "2026-01-20"),
    ("requirements", "2010-01-01"), ("requirements", "2024-02-29"),
)  # fmt: skip
_MANUAL = "channel IN ('branch', 'phone')"
FAULTS = {
    # Weekends moved to the Monday after them, as a bank did once: twice a Wednesday.
    "realism.weekdays": "UPDATE accounts_db.transactions SET transaction_date = transaction_date"
    f" - INTERVAL 2 DAY WHERE {_MANUAL} AND isodow(transaction_date) = 3"
    " AND transaction_id % 2 = 0",
    "realism.day_of_month": "UPDATE accounts_db.transactions SET transaction_date ="
    " transaction_date - INTERVAL 1 DAY * (transaction_id % 29)::INTEGER",
    "realism.income_by_age": "UPDATE loans_db.loan_applications SET annual_income = 50000",
    "realism.products_by_segment": "UPDATE accounts_db.accounts SET account_type ="
    " CASE account_id * 7919 % 3 WHEN 0 THEN 'savings' ELSE 'checking' END",
    "transactions.large_transfer_share": "UPDATE accounts_db.transactions SET amount = 20000"
    " WHERE transaction_type IN ('transfer_in', 'transfer_out') AND transaction_id % 2 = 0",
    "transactions.mix": "UPDATE accounts_db.transactions SET transaction_type = 'withdrawal'"
    " WHERE transaction_type = 'payment'",
    "crm.responses_per_responder": "DELETE FROM customer_db.campaign_responses WHERE response_id"
    " NOT IN (SELECT min(response_id) FROM customer_db.campaign_responses GROUP BY customer_id)",
    "loans.guaranteed": "DELETE FROM loans_db.loan_guarantors",
}


@pytest.mark.parametrize(("profile", "as_of"), DAYS)
def test_damage_is_found_all_the_same(profile: str, as_of: str) -> None:
    missed = []
    with unserved(bank_of("7", "3", profile, as_of), TODAY) as bank:
        for check, fault in FAULTS.items():
            assert judged(CHECKS[check], bank.see, bank.profile).status == OK, check
            bank.see.duck.execute(f"BEGIN; {fault}")
            if judged(CHECKS[check], bank.see, bank.profile).status != FAILED:
                missed.append(check)
            bank.see.duck.execute("ROLLBACK")
    assert missed == []


# -------------------------------------------------------------------------- what a reader is told


def counted(bank: Unserved, kind: str, sql: str, **options: str) -> Finding:
    check = Check("realism", "some.check", "a number", sql, kind, options=options)
    return judged(check, bank.see, bank.profile)


def test_the_tolerance_that_decided_is_told(bank: Unserved) -> None:
    query = "SELECT avg((hash(account_id) % 2)::INTEGER), count(*) FROM accounts_db.transactions"
    ((found, _),) = bank.see.ask(query)
    (part,) = counted(bank, "aim", query, aim=f"{found + 0.001} -").parts
    assert part.holds and part.tolerance and part.tolerance > 0.01
    (far,) = counted(bank, "aim", query, aim=f"{found + 0.5} -").parts
    assert not far.holds and far.tolerance == pytest.approx(part.tolerance)
    (inside,) = counted(bank, "aim", query, aim=f"{found - 0.001} -").parts
    assert inside.holds and inside.tolerance is None


def test_every_drawn_number_tells_what_was_asked_and_how_far_it_may_lie(bank: Unserved) -> None:
    for check in catalogue():
        if check.kind in DRAWN and check.kind != "aim":
            for part in judged(check, bank.see, bank.profile).parts:
                told = part.tolerance is not None or part.found is None
                assert part.asked is not None and told, (check.id, part.name)
