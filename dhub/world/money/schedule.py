"""Takes movement counts, gives the day of every movement: paydays, standing days, and in between.

The ledger lists a part of an account's life, most of it from its last months. Recurring movements
stand on a grid counted back from the account's last day, some series still running and some ended;
the others fall between paydays, soon after rather than late, and a few go back to the opening.
What lies before the first listed row is in `opening_balance`.
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
Float = NDArray[np.float64]
Days = NDArray[np.datetime64]

CYCLES = ("monthly", "semimonthly", "biweekly", "weekly")
MONTHLY, SEMI_MONTHLY, BIWEEKLY, WEEKLY = range(4)
PAY_GAP = np.array([31, 17, 14, 7])  # longest days between two paydays of a cycle
PAY_PART = np.array([1.0, 0.5, 0.46, 0.23])  # of a month's salary paid at once
_PAYDAYS = np.array([1, 15, 25, 28])  # nominal days of a monthly salary
_STANDING_DAYS = np.array([1, 1, 5, 5, 10, 10, 15, 28])
_MONTH = 31  # the longest
_STRIDES = np.array([1, 1, 2, 3])  # months between two bills or transfers to one payee (assumed)
_FEE_STRIDE = 3  # a fee a quarter where the account is old enough (assumed)
_FREE = (DEPOSIT, WITHDRAWAL, CARD)  # what an account does on no grid
_AWAKE = 120  # days: an active customer has moved money of late


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
        payees = _payees(counts[account, kind], kind)
        recurring = one_of(kind, (BILL, OUT, IN))
        payee = np.where(recurring, seq % payees, 0)
        seq = np.where(recurring, seq // payees, seq)
        return Rows(account, kind, seq, child(a.place[account], number), payee)


def _payees(count: Int, kind: Int) -> Int:
    """How many payers, payees or billers share the movements of a kind of an account."""
    return np.asarray(np.minimum(1 + count // np.where(kind == BILL, 4, 8), 3))


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

    The last day of a closed account belongs to its closing payout alone. Only pay, interest and
    fees are on business days yet: for the others it depends on the channel.
    """
    end = a.last_day - np.where(np.isnat(a.closed_date), 0, 1) * DAY
    day = np.empty(len(rows.kind), dtype="datetime64[D]")
    for kind in (PAYROLL, INTEREST, FEE):
        _put_on_grid(run, a, counts, rows, end, cycle, kind, day)
    misfits = _put_on_standing_days(run, a, counts, rows, end, day)
    free = np.flatnonzero(one_of(rows.kind, _FREE))
    some = np.concatenate([free, misfits])
    late = np.zeros(len(some), dtype=bool)
    late[_one_each(run, a, counts[:, _FREE].sum(axis=1))] = True
    day[some] = _free_days(run, a, counts, rows, some, late, end, cycle)
    return day


def _one_each(run: Run, a: Accounts, counts: Int) -> Int:
    """A number in the row of all accounts' movements for each account that has any."""
    chosen = stream(run.seed, "money.late").below(a.place, counts)
    return np.asarray((np.cumsum(counts) - counts + chosen)[counts > 0])


def _put_on_grid(
    run: Run, a: Accounts, counts: Int, rows: Rows, end: Days, cycle: Int, kind: int, day: Days
) -> None:
    """Pay comes on paydays, interest and fees at the end of a month; see `settle_counts`."""
    gap = PAY_GAP[cycle] if kind == PAYROLL else np.full(len(cycle), _MONTH)
    stride = np.full(len(cycle), _FEE_STRIDE if kind == FEE else 1)
    age = (a.last_day - a.first_day).astype(np.int64)
    room = (age - (34 if kind == INTEREST else 6)) // gap
    months = run.profile.transactions.recent_months
    months = months if kind == FEE else months * 2 // 3  # most pay and most interest still come
    place = child(a.place, kind)
    first, stride = _series(run, place, counts[:, kind], stride, room, months * _MONTH // gap)
    which = np.flatnonzero(rows.kind == kind)
    account = rows.account[which]
    back = first[account] + rows.seq[which] * stride[account]
    if kind == PAYROLL:
        day[which] = payday(run, a, end, cycle, account, back)
    else:
        day[which] = _month_ends(end[account], back)


def _series(run: Run, place: Int, n: Int, stride: Int, room: Int, window: Int) -> tuple[Int, Int]:
    """Steps of its grid from the end of an account to the last movement of a series, and between.

    Time is cut into blocks of the length of the series, and it takes the block in which a step
    drawn from the recent ones lies: so all series together fill the months without a gap or heap.
    """
    draw = stream(run.seed, "money.series")
    n = np.maximum(n, 1)
    stride = np.where((n - 1) * stride < room, stride, 1)
    span = n * stride
    drawn = _lately(draw.uniform(place), np.minimum(window, np.maximum(room, 1)))
    first = drawn // span * span + draw.below(place, stride, 1)
    return np.clip(first, 0, np.maximum(room - 1 - (n - 1) * stride, 0)), stride


def _lately(u: Float, window: Int) -> Int:
    """Whole numbers in [0, window), the fewer the larger they are."""
    return np.asarray(np.floor((1 - np.sqrt(1 - u)) * window), dtype=np.int64)


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


def _free_days(
    run: Run,
    a: Accounts,
    counts: Int,
    rows: Rows,
    which: Int,
    late: NDArray[np.bool_],
    end: Days,
    cycle: Int,
) -> Days:
    """Days of movements without a grid; `late` ones are the last of their account."""
    account, place = rows.account[which], rows.place[which]
    t, draw = run.profile.transactions, stream(run.seed, "money.day")
    age = np.maximum((end - a.first_day).astype(np.int64), 0)[account]
    window = np.minimum(age, np.where(late, _AWAKE, t.recent_months * 365 // 12))
    u = draw.uniform(place)
    back = _lately(u, window + 1)
    old = draw.chance(place, 1 - t.recent_share, 1) & ~late
    back = np.where(old, np.floor(u * (age + 1)).astype(np.int64), back)
    day = end[account] - back * DAY
    paid = (counts[account, PAYROLL] >= 2) & (rows.kind[which] != DEPOSIT)
    spent = np.flatnonzero(paid & ~old)
    after = _after_payday(run, a, account[spent], place[spent], back[spent], end, cycle)
    day[spent] = np.where(np.isnat(after), day[spent], after)
    return day


def _after_payday(
    run: Run, a: Accounts, account: Int, place: Int, back: Int, end: Days, cycle: Int
) -> Days:
    """Days soon after the payday of about `back` days ago, listed or not; NaT outside its life."""
    u = stream(run.seed, "money.day").uniform(place, 2)
    gap = PAY_GAP[cycle[account]]
    start = payday(run, a, end, cycle, account, back // gap)
    spent = start + np.floor(gap * u * np.sqrt(u)).astype(np.int64) * DAY
    lived = (spent >= a.first_day[account]) & (spent <= end[account])
    return np.where(lived, spent, np.datetime64("NaT", "D"))


def _put_on_standing_days(
    run: Run, a: Accounts, counts: Int, rows: Rows, end: Days, day: Days
) -> Int:
    """Bills and transfers come on the same day of a month; gives rows the account is too young for.

    Half the recent months: most standing orders still run. Where a customer does nothing else,
    they run until lately.
    """
    which = np.flatnonzero(one_of(rows.kind, (BILL, OUT, IN)))
    account, kind, payee = rows.account[which], rows.kind[which], rows.payee[which]
    slot = child(a.place[account], payee * KINDS + kind)
    draw = stream(run.seed, "money.standing")
    nominal = _STANDING_DAYS[draw.below(slot, len(_STANDING_DAYS))]
    latest = (end - 2 * DAY)[account]
    month = latest.astype("datetime64[M]")
    into = (latest - month.astype("datetime64[D]")).astype(np.int64)
    count = counts[account, kind]
    payees = _payees(count, kind)
    stride = _STRIDES[draw.below(slot, len(_STRIDES), 1)]
    room = ((end - a.first_day).astype(np.int64) - 2)[account] // _MONTH
    busy = counts[:, _FREE].sum(axis=1) > 0
    window = np.where(busy, run.profile.transactions.recent_months // 2, 2)[account]
    n = (count - payee + payees - 1) // payees
    first, stride = _series(run, slot, n, stride, room, window)
    back = (into < nominal - 1) + first + rows.seq[which] * stride
    grid = _first_of_month(month.astype(np.int64) - back) + (nominal - 1) * DAY
    fits = grid >= a.first_day[account]
    day[which] = grid
    return which[~fits]


def to_business(day: Days, opened: Days, end: Days) -> Days:
    """The nearest business day that lies within [opened, end]; the day itself where none does."""
    moved = nearest_business(day)
    moved = np.where(moved > end, last_business(np.minimum(moved, end)), moved)
    moved = np.where(moved < opened, next_business(opened), moved)
    return np.asarray(np.where((moved >= opened) & (moved <= end), moved, day))


__all__ = ["Rows", "movement_days", "pay_cycles", "settle_counts", "to_business"]
