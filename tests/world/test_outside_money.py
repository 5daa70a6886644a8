"""Cards are right to the cent and no account is below zero, in every preset and window."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

import pytest
from outside import (
    INTEREST,
    PAYMENT,
    Data,
    business,
    cents,
    data,
    evenings,
    linked,
    minimum,
    not_after,
    statements,
)

WINDOWS = [
    ("everyday", 42, date(2025, 5, 1), date(2025, 10, 31), 100),
    ("everyday", 7, date(2023, 9, 1), date(2024, 2, 29), 60),
    ("everyday", 3, date(2024, 7, 6), date(2025, 1, 1), 60),
    ("everyday", 11, date(2015, 1, 2), date(2025, 1, 1), 12),
    ("archetypes", 42, date(2025, 4, 4), date(2025, 11, 4), 90),
    ("archetypes", 5, date(2023, 7, 29), date(2024, 2, 29), 90),
]
CASH = ("TRANSFER_OUT_WITHDRAWAL", "TRANSFER_IN_DEPOSIT")


@pytest.fixture(params=WINDOWS, ids=lambda case: f"{case[0]}-{case[1]}-{case[3]}")
def held(request: pytest.FixtureRequest) -> Data:
    """The data of a window."""
    return data(*request.param)


def test_no_evening_of_a_deposit_is_below_zero(held: Data) -> None:
    rows = held.rows_of()
    for account in held.accounts:
        if account["plaid_type"] == "depository":
            evening = evenings(held, account, rows[account["account_id"]])
            assert min(evening.values()) >= 0, account
            pending = sum(r["amount"] for r in rows[account["account_id"]] if r["pending"])
            assert account["balance_available"] == account["balance_current"] - pending


def test_a_card_is_never_beyond_its_limit(held: Data) -> None:
    for account, _, rows in linked(held):
        evening, limit = evenings(held, account, rows), cents(account["balance_limit"])
        assert min(evening.values()) >= 0 and max(evening.values()) <= limit, account
        free = account["balance_limit"] - account["balance_current"]
        assert account["balance_available"] == free - sum(r["amount"] for r in rows if r["pending"])


def test_interest_is_what_the_statement_before_makes_it(held: Data) -> None:
    known = 0
    for account, owed, rows in linked(held):
        told = list(statements(held, account, owed, rows))
        for each in told:
            assert each.expected in (None, each.interest), (account, each)
            known += each.expected is not None and each.interest > 0
        charged = {r["date"] for r in rows if r["category_detailed"] == INTEREST}
        assert charged <= {each.day for each in told}
    assert known >= 3 * len(list(linked(held)))


def test_liabilities_tell_of_the_last_statement(held: Data) -> None:
    for account, owed, rows in linked(held):
        last = next(statements(held, account, owed, rows))
        assert cents(owed["last_statement_balance"]) == last.balance
        assert cents(owed["minimum_payment_amount"]) == minimum(last.balance)
        assert owed["next_payment_due_date"] == last.due
        assert 2 <= (held.last - last.day).days <= 14
        paid = max((r for r in rows if r["category_detailed"] == PAYMENT), key=lambda r: r["date"])
        assert (owed["last_payment_date"], owed["last_payment_amount"]) == (
            paid["date"], -paid["amount"],
        )  # fmt: skip


def test_payments_are_in_time_and_enough_unless_overdue(held: Data) -> None:
    for account, owed, rows in linked(held):
        days = {r["date"] for r in rows if r["category_detailed"] == PAYMENT}
        for number, each in enumerate(statements(held, account, owed, rows)):
            if each.paid is None:
                continue
            late = owed["is_overdue"] and number == 1
            assert (each.paid < minimum(each.balance)) == late, (account, each)
            assert each.paid == 0 or not_after(each.due) in days


def test_money_that_moves_stands_in_two_accounts(held: Data) -> None:
    kind = {a["account_id"]: a["plaid_type"] for a in held.accounts}
    main = {a["account_id"] for a in held.accounts if a["account_type"] == "checking"}
    out: Counter[tuple[object, ...]] = Counter()
    into: Counter[tuple[object, ...]] = Counter()
    for row in held.transactions:
        card = row["category_detailed"] == PAYMENT
        moved = row["category_primary"].startswith("TRANSFER_")
        if card or (moved and row["category_detailed"] not in CASH):
            side = out if row["account_id"] in main else into
            sign = 1 if row["account_id"] in main else -1
            side[row["user_id"], row["date"], sign * row["amount"], card] += 1
            assert row["account_id"] in main or (kind[row["account_id"]] == "credit") == card
    assert out == into and len(out) > 0


def test_banks_work_when_they_pay(held: Data) -> None:
    at_work = ("INCOME", "TRANSFER_IN", "TRANSFER_OUT", "LOAN_PAYMENTS", "RENT_AND_UTILITIES")
    for row in held.transactions:
        assert held.first <= row["date"] <= held.last
        assert timedelta(0) <= row["date"] - row["authorized_date"] <= timedelta(days=5)
        assert row["category_primary"] not in at_work or business(row["date"]), row


def test_a_place_stands_where_somebody_was(held: Data) -> None:
    home = {u: (m["city"], m["state"], m["postal_code"]) for u, m in held.metadata().items()}
    for row in held.transactions:
        place = tuple(row[f"location_{part}"] for part in ("city", "region", "postal_code"))
        there = row["payment_channel"] == "in store"
        assert place == (home[row["user_id"]] if there else (None, None, None))
        bare = row["category_primary"] in ("TRANSFER_IN", "TRANSFER_OUT", "BANK_FEES") or (
            row["category_detailed"] == "INCOME_INTEREST_EARNED"
        )
        assert (row["merchant_name"] is None) == bare
