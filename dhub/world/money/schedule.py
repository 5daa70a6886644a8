"""Takes movement counts, gives the day of every movement: paydays, standing days, and in between.

The ledger lists the recent past of an account: recurring movements stand on a fixed grid counted
back from its last day, the others fall between paydays, soon after rather than late, and a few go
back to the opening. What lies before the first listed row is in `opening_balance`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dhub.draw import child, one_of, stream, within
from dhub.model import Run
from dhub.world.accounts import Accounts
from dhub.world.calendar import DAY, last_business, nearest_business, next_business
from dhub.world.money.kinds import (
    BILL,
    CARD,
    CREDIT,
    DEPOSIT,
    FEE,
    IN,
    INTEREST,
    KINDS,
    OUT,
    OWN,
    PAYROLL,
    WITHDRAWAL,
)
from dhub.world.people import in_order

Int = NDArray[np.int64]
Days = NDArray[np.datetime64]

CYCLES = ("monthly", "semimonthly", "biweekly", "weekly")
MONTHLY, SEMI_MONTHLY, BIWEEKLY, WEEKLY = range(4)
PAY_GAP = np.array([31, 17, 14, 7])  # longest days between two paydays of a cycle
PAY_PART = np.array([1.0, 0.5, 0.46, 0.23])  # of a month's salary paid at once
_PAYDAYS = np.array([1, 15, 25, 28])  # nominal days of a monthly salary
_STANDING_DAYS = np.array([1, 1, 5, 10, 15, 15, 20, 28])


@dataclass(frozen=True)
class Rows:
    """Movements ordered by account and kind: account row, kind, number within both, place."""

    account: Int
    kind: Int
    seq: Int
    place: Int
    payee: Int  # which of the account's payers, payees or billers; 0 elsewhere

    @staticmethod
    def of(counts: Int, a: Accounts) -> Rows:
        flat = counts.reshape(-1)
        cell = np.repeat(np.arange(len(flat)), flat)
        account, kind, seq = cell // OWN, cell % OWN, within(flat)
        number = within(counts.sum(axis=1))
        payees = np.minimum(1 + counts[account, kind] // np.where(kind == BILL, 4, 8), 3)
        recurring = one_of(kind, (BILL, OUT, IN))
        payee = np.where(recurring, seq % payees, 0)
        seq = np.where(recurring, seq // payees, seq)
        return Rows(account, kind, seq, child(a.place[account], number), payee)


def pay_cycles(run: Run, a: Accounts) -> Int:
    """The pay cycle of each account's employer."""
    weights = in_order(run.profile.transactions.payday, CYCLES)
    return stream(run.seed, "money.pay_cycle").pick(a.place, weights)


def settle_counts(counts: Int, a: Accounts, cycle: Int) -> Int:
    """Turn monthly movements an account is too young for into free ones of the same direction."""
    age = (a.last_day - a.first_day).astype(np.int64)
    # The last end of a month may be 33 days back; interest needs a month before it, too.
    for kind, gap, least, instead in (
        (PAYROLL, PAY_GAP[cycle], 6, DEPOSIT),
        (INTEREST, PAY_GAP[MONTHLY], 34, DEPOSIT),
        (FEE, PAY_GAP[MONTHLY], 6, CARD),
    ):
        extra = np.maximum(counts[:, kind] - np.maximum((age - least) // gap, 0), 0)
        counts[:, kind] -= extra
        counts[:, instead] += extra
    return _someone_at_home(counts)


def _someone_at_home(counts: Int) -> Int:
    """Give every account a movement its customer makes, not only pay, interest, transfers in."""
    own = (DEPOSIT, WITHDRAWAL, CARD, BILL, OUT)
    idle = np.flatnonzero(counts[:, own].sum(axis=1) == 0)
    most = counts[idle].argmax(axis=1)
    counts[idle, most] -= 1
    counts[idle, np.where(CREDIT[most], DEPOSIT, CARD)] += 1
    return counts


def movement_days(run: Run, a: Accounts, counts: Int, rows: Rows, cycle: Int) -> Days:
    """The day of each movement, within [opened_date, last_day] of its account.

    The last day of a closed account belongs to its closing payout alone.
    """
    end = a.last_day - np.where(np.isnat(a.closed_date), 0, 1) * DAY
    day = _free_days(run, a, counts, rows, end, cycle)
    pay = rows.kind == PAYROLL
    day[pay] = _paydays(run, a, end, rows, cycle, pay)
    monthly = one_of(rows.kind, (INTEREST, FEE))
    day[monthly] = _month_ends(end[rows.account[monthly]], rows.seq[monthly])
    _put_on_standing_days(run, a, end, rows, day)
    return day


def _paydays(
    run: Run, a: Accounts, end: Days, rows: Rows, cycle: Int, which: NDArray[np.bool_]
) -> Days:
    account, back = rows.account[which], rows.seq[which]
    return payday(run, a, end, cycle, account, back)


def payday(run: Run, a: Accounts, end: Days, cycle: Int, account: Int, back: Int) -> Days:
    """The payday `back` paydays before the last one of an account (0 is the last one)."""
    latest = end[account] - 2 * DAY  # moving to a business day shifts by two days at most
    month = latest.astype("datetime64[M]")
    into = (latest - month.astype("datetime64[D]")).astype(np.int64)
    nominal = _PAYDAYS[stream(run.seed, "money.payday").below(a.place, len(_PAYDAYS))][account]
    monthly = month.astype(np.int64) - (into < nominal - 1) - back
    half = 2 * month.astype(np.int64) + (into >= 14) - back
    first = _first_of_month(np.where(cycle[account] == MONTHLY, monthly, half // 2))
    offset = np.where(cycle[account] == MONTHLY, nominal - 1, 14 * (half % 2))
    friday = (latest.astype(np.int64) - 1) // 14 * 14 + 1  # 1970-01-02 was a Friday
    week = np.where(cycle[account] == WEEKLY, 7, 14)
    fridays = (friday - week * back).astype("datetime64[D]")
    day = np.where(cycle[account] >= BIWEEKLY, fridays, first + offset * DAY)
    return nearest_business(day)


def _first_of_month(month: Int) -> Days:
    return np.asarray(month.astype("datetime64[M]").astype("datetime64[D]"))


def _month_ends(end: Days, back: Int) -> Days:
    """The last business day of the month `back` months before the last full one."""
    month = (end + DAY).astype("datetime64[M]").astype(np.int64) - back
    return last_business(np.asarray(_first_of_month(month) - DAY))


def _free_days(run: Run, a: Accounts, counts: Int, rows: Rows, end: Days, cycle: Int) -> Days:
    """Days of movements without a grid: after a payday where there are paydays."""
    account = rows.account
    age = np.maximum((end - a.first_day).astype(np.int64), 0)[account]
    latest = rows.seq == 0  # each kind's last one is recent: an active customer moves money
    draw = stream(run.seed, "money.day")
    u = draw.uniform(rows.place)
    t = run.profile.transactions
    window = np.minimum(age, 45 + 12 * counts.sum(axis=1)[account])
    window = np.minimum(window, t.recent_months * 365 // 12)
    window = np.where(latest, np.minimum(window, 120), window)
    back = np.floor(u * np.sqrt(draw.uniform(rows.place, 1)) * (window + 1)).astype(np.int64)
    old = draw.chance(rows.place, 1 - t.recent_share, 2) & ~latest
    back = np.where(old, np.floor(u * (age + 1)).astype(np.int64), back)
    day = end[account] - back * DAY
    paid = (counts[account, PAYROLL] >= 2) & ~old & one_of(rows.kind, (CARD, WITHDRAWAL, BILL))
    paydays = np.where(latest, 1, np.maximum(counts[account, PAYROLL], 1))
    which = draw.below(rows.place, paydays, 3)
    start = payday(run, a, end, cycle, account[paid], which[paid])
    late = draw.uniform(rows.place[paid], 4)
    after = np.floor(PAY_GAP[cycle[account[paid]]] * late * np.sqrt(late)).astype(np.int64)
    day[paid] = np.minimum(start + after * DAY, end[account[paid]])
    return np.asarray(np.maximum(day, a.first_day[account]))


def _put_on_standing_days(run: Run, a: Accounts, end: Days, rows: Rows, day: Days) -> None:
    """Bills and transfers come on the same day each month, as far back as the account goes."""
    which = np.flatnonzero(one_of(rows.kind, (BILL, OUT, IN)))
    account = rows.account[which]
    slot = child(a.place[account], rows.payee[which] * KINDS + rows.kind[which])
    nominal = _STANDING_DAYS[stream(run.seed, "money.standing").below(slot, len(_STANDING_DAYS))]
    latest = end[account] - 2 * DAY
    month = latest.astype("datetime64[M]")
    into = (latest - month.astype("datetime64[D]")).astype(np.int64)
    back = (into < nominal - 1) + rows.seq[which]
    grid = nearest_business(_first_of_month(month.astype(np.int64) - back) + (nominal - 1) * DAY)
    fits = grid >= a.first_day[account]
    day[which[fits]] = grid[fits]


def to_business(day: Days, opened: Days, end: Days) -> Days:
    """The nearest business day that lies within [opened, end]; the day itself where none does."""
    moved = nearest_business(day)
    moved = np.where(moved > end, last_business(np.minimum(moved, end)), moved)
    moved = np.where(moved < opened, next_business(opened), moved)
    return np.asarray(np.where((moved >= opened) & (moved <= end), moved, day))


__all__ = ["Rows", "movement_days", "pay_cycles", "settle_counts", "to_business"]
