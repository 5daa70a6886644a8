"""Takes the books of a shard, gives what its users spend again and again at the same merchants."""

from __future__ import annotations

import numpy as np

from dhub.plaid.features.books import LONG, MONTH, Books, Bool, Int, Posted
from dhub.plaid.features.groups import medians, moments
from dhub.plaid.features.shape import Measures, amount, count, ratio, share

COLUMNS = (
    count("recurring_merchant_count"),
    amount("monthly_recurring_spend"),
    ratio("subscription_share"),
)
FEWEST = 3  # charges within LONG
# Everyone's rent, power, loans and taxes recur; a subscription is what one could end.
NO_SUBSCRIPTION = (
    "RENT_AND_UTILITIES",
    "LOAN_",
    "TRANSFER_",
    "BANK_FEES",
    "INCOME",
    "GOVERNMENT_AND_NON_PROFIT",
)
NO_SUBSCRIPTION_EITHER = "GENERAL_SERVICES_INSURANCE"


def measured(books: Books, days: int) -> Measures:
    """The columns of one window; a merchant recurs by all its charges of LONG days."""
    charges = _charges(books)
    recurring, merchant = _recurring(books, charges)
    rows, merchant = charges.among(recurring), merchant[recurring]
    inside = rows.day > books.last - days
    rows, merchant = rows.among(inside), merchant[inside]
    spent = books.by_user(rows, rows.out)
    _, first = np.unique(merchant, return_index=True)
    return {
        "recurring_merchant_count": books.by_user(rows.among(_at(first, len(rows.user)))),
        "monthly_recurring_spend": spent * MONTH / days / 100,
        "subscription_share": share(spent, _all_spent(books, days)),
    }


def _charges(books: Books) -> Posted:
    """Outflows of LONG days at merchants whose charges may be subscriptions."""
    rows = books.within(books.spent, LONG)
    known = rows.merchant >= 0
    known &= ~rows.primary.begin(*NO_SUBSCRIPTION)
    known &= ~rows.detailed.begin(NO_SUBSCRIPTION_EITHER)
    return rows.among(known)


def _recurring(books: Books, rows: Posted) -> tuple[Bool, Int]:
    """Which charges recur, and a number for each one's user and merchant."""
    pair = rows.user * (int(rows.merchant.max(initial=0)) + 1) + rows.merchant
    _, group = np.unique(pair, return_inverse=True)
    many = int(group.max(initial=-1)) + 1
    order = np.lexsort((rows.day, group))
    after, before = order[1:], order[:-1]
    same = group[after] == group[before]
    gap, of = (rows.day[after] - rows.day[before])[same], group[after][same]
    middle, gaps, charges = medians(of, gap, many), moments(of, gap, many), None
    charges = moments(group, rows.out, many)
    often = ((middle >= 25) & (middle <= 35)) | ((middle >= 6) & (middle <= 8))
    # CV² in whole numbers, so that what lies on the limit is within.
    steady = 16 * gaps.spread <= gaps.total**2
    alike = 100.0 * charges.spread <= charges.total.astype(np.float64) ** 2
    return ((charges.count >= FEWEST) & often & steady & alike)[group], group


def _all_spent(books: Books, days: int) -> Int:
    """Cents of all positive rows but transfers and payments of loans."""
    rows = books.within(books.posted, days)
    known = (rows.out > 0) & ~rows.primary.are("TRANSFER_OUT", "LOAN_PAYMENTS")
    return books.by_user(rows, np.where(known, rows.out, 0))


def _at(places: Int, count: int) -> Bool:
    out = np.zeros(count, dtype=np.bool_)
    out[places] = True
    return out
