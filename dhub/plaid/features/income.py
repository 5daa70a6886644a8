"""Takes the books of a shard, gives how its users are paid, and how long their money lasts."""

from __future__ import annotations

import numpy as np

from dhub.plaid.features.books import MONTH, Books, Int, Posted
from dhub.plaid.features.groups import Float, medians, moments
from dhub.plaid.features.shape import Measures, amount, count, known, ratio, share

COLUMNS = (
    count("payroll_count"),
    amount("payroll_total"),
    ratio("median_pay_gap_days"),
    ratio("amount_cv"),
    ratio("cash_buffer_months"),
)


def measured(books: Books, days: int) -> Measures:
    """The columns of one window; the buffer is that of the last 30 evenings."""
    rows = books.within(books.posted, days)
    pay = rows.among(rows.detailed.are("INCOME_SALARY"))
    spread = moments(pay.user, -pay.out, books.count)
    buffer = books.evenings[:, -MONTH:].mean(axis=1)
    return {
        "payroll_count": spread.count,
        "payroll_total": spread.total / 100,
        "median_pay_gap_days": known(_median_gap(books, pay)),
        "amount_cv": known(np.where(spread.count > 1, spread.cv, np.nan)),
        "cash_buffer_months": share(buffer, books.outflow(days) * MONTH / days, books.has_checking),
    }


def _median_gap(books: Books, pay: Posted) -> Float:
    """Between distinct days of pay."""
    paid: Int = np.unique(pay.user * 10**6 + pay.day)
    user, day = paid // 10**6, paid % 10**6
    same = user[1:] == user[:-1]
    return medians(user[1:][same], (day[1:] - day[:-1])[same], books.count)
