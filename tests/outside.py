"""Reads the rows of outside accounts as somebody who was only given the files, and reckons.

Nothing here asks the engine: calendars, statements and balances are worked out from the rows.
"""

from __future__ import annotations

import calendar
import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from typing import Any

from dhub.domains.plaid import DOMAIN, LABELS
from dhub.flow.encode import sliced
from dhub.world.outside.run import outside_run, shards

Row = dict[str, Any]
DAY = timedelta(days=1)
INTEREST, PAYMENT = "BANK_FEES_INTEREST_CHARGE", "LOAN_PAYMENTS_CREDIT_CARD_PAYMENT"


@dataclass(frozen=True)
class Data:
    """The rows of a data set and its window."""

    first: date
    last: date
    users: list[Row]
    accounts: list[Row]
    transactions: list[Row]
    liabilities: list[Row]
    labels: list[Row]

    def rows_of(self) -> dict[str, list[Row]]:
        """Transactions by account, by date."""
        found: dict[str, list[Row]] = defaultdict(list)
        for row in self.transactions:
            found[row["account_id"]].append(row)
        return found

    def by_user(self, rows: list[Row]) -> dict[str, list[Row]]:
        """Rows by user, nobody left out."""
        found: dict[str, list[Row]] = {user["user_id"]: [] for user in self.users}
        for row in rows:
            found[row["user_id"]].append(row)
        return found

    def metadata(self) -> dict[str, Row]:
        """What is told of each user."""
        return {user["user_id"]: json.loads(user["metadata"]) for user in self.users}

    @property
    def days(self) -> int:
        """Days of the window."""
        return (self.last - self.first).days + 1


@cache
def data(preset: str, seed: int, first: date, last: date, users: int) -> Data:
    """A data set as its tables give it."""
    some = shards(outside_run(preset, seed, first, last), users)
    rows = [
        [row for shard in some for batch in sliced(table, shard) for row in batch.to_pylist()]
        for table in (*DOMAIN.tables, LABELS)
    ]
    return Data(first, last, *rows)


def cents(amount: Decimal) -> int:
    """Dollars as cents."""
    return int(amount * 100)


def rounded(amount: Decimal) -> int:
    """Half a cent is a cent."""
    return int(amount.to_integral_value(ROUND_HALF_UP))


@cache
def holidays(year: int) -> frozenset[date]:
    """Federal holidays as they are observed, those of the next New Year too."""

    def nth(month: int, weekday: int, number: int) -> date:
        days = [date(year, month, d) for d in range(1, calendar.monthrange(year, month)[1] + 1)]
        return [day for day in days if day.weekday() == weekday][number]

    def observed(day: date) -> date:
        return day + {5: -DAY, 6: DAY}.get(day.weekday(), 0 * DAY)

    fixed = [(year, 1, 1), (year, 6, 19), (year, 7, 4), (year, 11, 11), (year, 12, 25),
             (year + 1, 1, 1)]  # fmt: skip
    moving = [nth(1, 0, 2), nth(2, 0, 2), nth(5, 0, -1), nth(9, 0, 0), nth(10, 0, 1), nth(11, 3, 3)]
    return frozenset([*moving, *(observed(date(*day)) for day in fixed)])


def business(day: date) -> bool:
    """Whether banks work."""
    return day.weekday() < 5 and day not in holidays(day.year)


def not_after(day: date) -> date:
    """The day or the last business day before it."""
    while not business(day):
        day -= DAY
    return day


def months_before(day: date, count: int) -> date:
    """The same day of an earlier month, or its last one."""
    year, month = divmod(day.year * 12 + day.month - 1 - count, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def evenings(held: Data, account: Row, rows: list[Row]) -> dict[date, int]:
    """Cents on each evening, walked back from the current balance, the one before the window too;
    on cards what is owed."""
    moved: Counter[date] = Counter()
    for row in rows:
        if not row["pending"]:
            moved[row["date"]] += cents(row["amount"])
    sign = -1 if account["plaid_type"] == "credit" else 1
    balance, day, found = cents(account["balance_current"]), held.last, {}
    while day >= held.first - DAY:
        found[day] = balance
        balance += sign * moved[day]
        day -= DAY
    return found


def minimum(balance: int) -> int:
    """What is to be paid of a statement."""
    return min(balance, max(2500, rounded(Decimal(balance) * 2 / 100)))


@dataclass(frozen=True)
class Statement:
    """One statement of a card, and what the rows say of it."""

    day: date
    balance: int
    interest: int  # as charged
    expected: int | None  # as the statement before it makes it; None where that is not known
    paid: int | None  # by its due date; None where that is not told
    due: date


def statements(held: Data, account: Row, owed: Row, rows: list[Row]) -> Iterator[Statement]:
    """The statements of a card within the window, the last one first."""
    evening = evenings(held, account, rows)
    charged = {r["date"]: cents(r["amount"]) for r in rows if r["category_detailed"] == INTEREST}
    paid = [r for r in rows if r["category_detailed"] == PAYMENT]

    def between(after: date, until: date) -> int:
        return -sum(cents(r["amount"]) for r in paid if after < r["date"] <= until)

    number = 0
    while (day := months_before(owed["last_statement_issue_date"], number)) >= held.first:
        before = months_before(owed["last_statement_issue_date"], number + 1)
        expected = None
        if before in evening:
            left = evening[before] - between(before, day)
            expected = rounded(Decimal(max(left, 0)) * owed["apr_percentage"] / 1200)
        due = day + timedelta(days=25)
        told = between(day, due) if due <= held.last else None
        yield Statement(day, evening[day], charged.get(day, 0), expected, told, due)
        number += 1


def linked(held: Data) -> Iterator[tuple[Row, Row, list[Row]]]:
    """Cards with their liability and rows."""
    rows, owed = held.rows_of(), {row["account_id"]: row for row in held.liabilities}
    for account in held.accounts:
        if account["plaid_type"] == "credit":
            yield account, owed[account["account_id"]], rows[account["account_id"]]
