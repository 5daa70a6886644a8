"""Takes the books of a shard, gives how much of their cards its users use, and how they pay."""

from __future__ import annotations

import numpy as np

from dhub.plaid.features.books import Books, Bool, Int
from dhub.plaid.features.groups import Float
from dhub.plaid.features.shape import Measures, amount, count, flag, ratio, share

COLUMNS = (
    count("card_count"),
    ratio("utilization"),
    ratio("max_utilization"),
    amount("interest_charges"),
    flag("minimum_payment_only"),
    flag("any_overdue"),
)


def measured(books: Books, days: int) -> Measures:
    """The columns of one window; balances, statements and payments are those of its end."""
    accounts = books.accounts
    used = np.where(accounts.card, accounts.current, 0)
    limit = np.where(accounts.card, accounts.limit, 0)
    rows = books.within(books.posted, days)
    charged = rows.detailed.are("BANK_FEES_INTEREST_CHARGE") & accounts.card[rows.account]
    return {
        "card_count": books.by_user(accounts, accounts.card),
        "utilization": share(books.by_user(accounts, used), books.by_user(accounts, limit)),
        "max_utilization": share(_highest(books, used, limit), 1, _limited(books, limit)),
        "interest_charges": books.by_user(rows, np.where(charged, rows.out, 0)) / 100,
        "minimum_payment_only": books.by_user(books.owed, _only_minimum(books)) > 0,
        "any_overdue": books.by_user(books.owed, books.owed.overdue) > 0,
    }


def _limited(books: Books, limit: Int) -> Bool:
    return books.by_user(books.accounts, limit > 0) > 0


def _highest(books: Books, used: Int, limit: Int) -> Float:
    """The largest share of a limit that is used, by user."""
    of = limit > 0
    highest = np.full(books.count, -np.inf)
    np.maximum.at(highest, books.accounts.user[of], used[of] / limit[of])
    return np.where(np.isinf(highest), 0.0, highest)


def _only_minimum(books: Books) -> Bool:
    """Which liabilities are cards whose last payment was hardly more than the least due.

    The payment <= 1.05 × min(statement, max(25, 2 %)) and below the statement, in cents × 5,000.
    """
    owed = books.owed
    statement = _statements(books)
    minimum = np.minimum(50 * statement, np.maximum(50 * 25_00, statement))
    paid = books.accounts.card[owed.account] & (owed.paid >= 0) & (owed.statement >= 0)
    only: Bool = paid & (5000 * owed.paid <= 105 * minimum) & (owed.paid < statement)
    return only


def _statements(books: Books) -> Int:
    """The balance of each liability's card on the evening a month before its last statement."""
    owed, rows = books.owed, books.posted
    issued = np.zeros(len(books.accounts.user), dtype=np.int64)
    issued[owed.account] = month_before(owed.statement)
    later = rows.day > issued[rows.account]
    since = np.zeros(len(issued), dtype=np.int64)
    np.add.at(since, rows.account[later], rows.out[later])
    return np.asarray((books.accounts.current - since)[owed.account], dtype=np.int64)


def month_before(day: Int) -> Int:
    """The same day of the month before, or the last one where that month is shorter."""
    date = day.astype("datetime64[D]")
    month = date.astype("datetime64[M]")
    into = (date - month.astype("datetime64[D]")).astype(np.int64)
    start = (month - 1).astype("datetime64[D]").astype(np.int64)
    last = month.astype("datetime64[D]").astype(np.int64) - 1
    before: Int = np.minimum(start + into, last)
    return before
