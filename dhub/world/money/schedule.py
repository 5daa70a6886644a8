"""Takes movement counts, gives the day of every movement: paydays, standing days, and in between.

The ledger lists the last part of an account's life, evenly: about as many movements in its first
month as in its last. Pay and interest come through all of it; bills and standing transfers stand
on the same day of a month for a while of it; the others fall between paydays, soon after rather
than late, and purchases on the days and in the months in which people go to such shops.
What lies before the first listed row is in `opening_balance`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dhub.draw import Stream, child, one_of, stream, within
from dhub.model import Run
from dhub.world.accounts import Accounts
from dhub.world.calendar import (
    DAY,
    last_business,
    month_of,
    month_start,
    nearest_business,
    next_business,
    weekday,
)
from dhub.world.merchants import costs
from dhub.world.money.kinds import (
    BILL,
    CARD,
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
from dhub.world.money.load import LOADED, loads, with_room
from dhub.world.money.pay import BIWEEKLY, GAP, MONTHLY, WEEKLY, Pay
from dhub.world.obligations import Obligations

Int = NDArray[np.int64]
Float = NDArray[np.float64]
Bools = NDArray[np.bool_]
Days = NDArray[np.datetime64]

_PAYDAYS = np.array([1, 15, 15, 28])  # nominal days of a monthly salary
_STANDING_DAYS = np.array([1, 1, 1, 5, 5, 15, 15, 28])
_MONTH = 31  # the longest
_STRIDES = np.array([1, 1, 1, 2])  # months between two bills or transfers to one payee (assumed)
_FEE_STRIDE = 3  # a fee a quarter
_FREE = (DEPOSIT, WITHDRAWAL, CARD)  # what an account does on no grid
_AWAKE = 120  # days: an active customer has moved money of late
_SOON = 21  # days after the opening, at most, in which a new account moves
_LOADED_LISTED = 0.68  # as long as others list who pay for loans and policies (assumed)
_OWED_OF_ROOM = 48  # percent of the most movements may be such, without pay or interest
_LISTED = (1.0, 1.36)  # of the profile's months that an account's listing spans (assumed)
_OUT_AND_ABOUT = 0.05  # of accounts make so large a part of their movements on one day (assumed)
_OUTING_OFTEN = 0.6
_OUTING = 0.07  # and the others
_OUTING_PLACE = 510  # among the children of an account; no movement has that number
_TRIES = 5  # of days for a purchase
_RUSH = 2.0  # a day so busy, beside the mean one, takes every purchase


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
    return np.asarray(np.minimum(1 + count // np.where(kind == BILL, 6, 8), 4))


@dataclass(frozen=True)
class Listing:
    """Of each account: the days it can move in, and from which on they are listed."""

    start: Days
    end: Days  # the last day of a closed account belongs to its closing payout alone

    @property
    def months(self) -> Int:
        """Whole months that are listed."""
        return (self.end - self.start).astype(np.int64) // _MONTH


def listing(run: Run, a: Accounts, interest: Int, pay: Pay, due: Obligations) -> Listing:
    """Evenly over so many months that the profile's share falls into the recent ones; of accounts
    with pay or interest as many as their series is long, of those that pay for loans and policies
    as many as leave room for what else they do."""
    t = run.profile.transactions
    days = t.recent_months / max(float(t.recent_share), 0.05) * 365 / 12
    low, high = _LISTED
    u = stream(run.seed, "money.listed").uniform(a.place)
    span = np.floor(days * (low + (high - low) * u)).astype(np.int64)
    span = np.where(pay.count > 0, pay.count * GAP[pay.cycle], span)
    span = np.where(interest > 0, (interest + 1) * _MONTH, span)
    end = a.last_day - np.where(np.isnat(a.closed_date), 0, 1) * DAY
    free = (pay.count == 0) & (interest == 0)
    loaded = free & (loads(due, end - span * DAY) >= LOADED)
    span = np.where(loaded, np.floor(span * _LOADED_LISTED).astype(np.int64), span)
    start = np.maximum(a.first_day, end - span * DAY)
    room = int(run.profile.transactions.per_account.high) * _OWED_OF_ROOM // 100
    start = np.where(free, with_room(due, start, room), start)
    return Listing(start, np.maximum(end, a.first_day))


def movement_days(
    run: Run, a: Accounts, counts: Int, rows: Rows, pay: Pay, listed: Listing, shop: Int,
    owes: Bools,
) -> Days:  # fmt: skip
    """The day of each movement, within the listing of its account; `shop` is the kind of shop,
    `owes` says into which accounts money comes for what they owe.

    Only pay, interest and fees are on business days yet: for the others it depends on the channel.
    """
    day = np.empty(len(rows.kind), dtype="datetime64[D]")
    for kind in (PAYROLL, INTEREST, FEE):
        _put_on_grid(run, a, counts, rows, listed, pay, kind, day)
    misfits = _put_on_standing_days(run, a, counts, rows, pay, listed, day, owes)
    free = np.concatenate([np.flatnonzero(one_of(rows.kind, _FREE)), misfits])
    days = _Free(run, a, counts, rows, listed, pay)
    day[free] = days.of(free, shop[free])
    return day


def _put_on_grid(
    run: Run, a: Accounts, counts: Int, rows: Rows, listed: Listing, pay: Pay, kind: int, day: Days
) -> None:
    """Pay comes on paydays, interest and fees at the end of a month; see `counts`."""
    which = np.flatnonzero(rows.kind == kind)
    account, end = rows.account[which], listed.end
    if kind == PAYROLL:
        day[which] = payday(run, a, end, pay.cycle, account, rows.seq[which])
        return
    back = rows.seq[which]
    if kind == FEE:
        room = np.maximum(listed.months[account] - _FEE_STRIDE * counts[account, FEE], 0)
        months = np.minimum(room, run.profile.transactions.recent_months) + 1
        first = stream(run.seed, "money.fee_month").below(a.place[account], months)
        back = first + back * _FEE_STRIDE
    day[which] = _month_ends(end[account], back)


def payday(run: Run, a: Accounts, end: Days, cycle: Int, account: Int, back: Int) -> Days:
    """The payday `back` paydays before the last one of an account (0 is the last one)."""
    latest = end[account] - 2 * DAY  # moving to a business day shifts by two days at most
    month = month_of(latest)
    into = (latest - month_start(month)).astype(np.int64)
    nominal = _PAYDAYS[stream(run.seed, "money.payday").below(a.place, len(_PAYDAYS))][account]
    monthly = month - (into < nominal - 1) - back
    half = 2 * month + (into >= 14) - back
    first = month_start(np.where(cycle[account] == MONTHLY, monthly, half // 2))
    offset = np.where(cycle[account] == MONTHLY, nominal - 1, 14 * (half % 2))
    friday = (latest.astype(np.int64) - 1) // 14 * 14 + 1  # 1970-01-02 was a Friday
    week = np.where(cycle[account] == WEEKLY, 7, 14)
    fridays = (friday - week * back).astype("datetime64[D]")
    day = np.where(cycle[account] >= BIWEEKLY, fridays, first + offset * DAY)
    return nearest_business(day)


def _month_ends(end: Days, back: Int) -> Days:
    """The last business day of the month `back` months before the last full one."""
    return last_business(np.asarray(month_start(month_of(end + DAY) - back) - DAY))


class _Free:
    """Draws the days of movements without a grid."""

    def __init__(
        self, run: Run, a: Accounts, counts: Int, rows: Rows, listed: Listing, pay: Pay
    ) -> None:
        self.run, self.a, self.rows, self.listed, self.pay = run, a, rows, listed, pay
        self.draw: Stream = stream(run.seed, "money.day")
        self.place = _outings(run, a, rows)
        self.last, self.first = _one_each(run, a, counts[:, _FREE].sum(axis=1), listed)

    def of(self, which: Int, shop: Int) -> Days:
        """The days of movements; the free ones of each account come first, in their order."""
        last, first = (np.zeros(len(which), dtype=bool) for _ in range(2))
        last[self.last], first[self.first] = True, True
        day = self._drawn(which, last, first, 0)
        at = np.flatnonzero(shop >= 0)
        for turn in range(1, _TRIES):
            busy = _load(shop[at], day[at]) / _RUSH
            at = at[self.draw.uniform(self.place[which[at]], 16 + turn) >= busy]
            day[at] = self._drawn(which[at], last[at], first[at], turn)
        return day

    def _drawn(self, which: Int, last: Bools, first: Bools, turn: int) -> Days:
        """Evenly over the listing; one in its last months, and soon after an opening."""
        account, place = self.rows.account[which], self.place[which]
        place = np.where(last | first, self.rows.place[which], place)
        start, end = self.listed.start[account], self.listed.end[account]
        u = self.draw.uniform(place, 2 * turn)
        start = np.where(last, np.maximum(start, end - _AWAKE * DAY), start)
        until = np.where(first, np.minimum(end, start + _SOON * DAY), end)
        span = (until - start).astype(np.int64) + 1
        day = start + np.floor(u * span).astype(np.int64) * DAY
        spent = np.flatnonzero(
            (self.pay.count[account] > 0) & (self.rows.kind[which] != DEPOSIT) & ~first
        )
        after = self._after_payday(account[spent], place[spent], day[spent], 2 * turn + 1)
        day[spent] = np.where(np.isnat(after), day[spent], after)
        return day

    def _after_payday(self, account: Int, place: Int, day: Days, lane: int) -> Days:
        """Days soon after the payday before each day; NaT outside what is listed."""
        u = self.draw.uniform(place, lane)
        end, gap = self.listed.end, GAP[self.pay.cycle[account]]
        back = (end[account] - day).astype(np.int64) // gap
        start = payday(self.run, self.a, end, self.pay.cycle, account, back)
        spent = start + np.floor(gap * u * np.sqrt(u)).astype(np.int64) * DAY
        lived = (spent >= self.listed.start[account]) & (spent <= end[account])
        return np.where(lived, spent, np.datetime64("NaT", "D"))


def _outings(run: Run, a: Accounts, rows: Rows) -> Int:
    """The place at which each movement's day is drawn: its own, or that of a day on which its
    account is out and about, and moves more than once."""
    draw = stream(run.seed, "money.outing")
    often = np.where(draw.chance(a.place, _OUT_AND_ABOUT), _OUTING_OFTEN, _OUTING)
    joins = draw.chance(rows.place, often[rows.account], 1)
    return np.where(joins, child(a.place[rows.account], _OUTING_PLACE), rows.place)


def _one_each(run: Run, a: Accounts, counts: Int, listed: Listing) -> tuple[Int, Int]:
    """Numbers in the row of all accounts' free movements: one that comes late for each account
    that has any, and another one that comes soon for each that was opened while it is listed."""
    draw, before = stream(run.seed, "money.late"), np.cumsum(counts) - counts
    late = draw.below(a.place, counts)
    new = (listed.start <= a.first_day) & (counts > 1)
    soon = (late + 1 + draw.below(a.place, np.maximum(counts - 1, 1), 1)) % np.maximum(counts, 1)
    return (before + late)[counts > 0], (before + soon)[new]


def _load(shop: Int, day: Days) -> Float:
    """How busy a kind of shop is on a day, beside its mean day."""
    known = costs()
    month = month_of(day) % 12
    return np.asarray(known.week[shop, weekday(day)] * known.season[shop, month])


def _put_on_standing_days(
    run: Run, a: Accounts, counts: Int, rows: Rows, pay: Pay, listed: Listing, day: Days,
    owes: Bools,
) -> Int:  # fmt: skip
    """Bills and transfers come on the same day of a month; gives rows the account is too young for.

    A series lies anywhere in what is listed; what passes on a salary, or brings what an account
    owes, comes through all of it. Where
    a customer does nothing else, it runs until lately.
    """
    which = np.flatnonzero(one_of(rows.kind, (BILL, OUT, IN)))
    account, kind, payee = rows.account[which], rows.kind[which], rows.payee[which]
    slot = child(a.place[account], payee * KINDS + kind)
    draw = stream(run.seed, "money.standing")
    nominal = _STANDING_DAYS[draw.below(slot, len(_STANDING_DAYS))]
    latest = (listed.end - 2 * DAY)[account]
    month = month_of(latest)
    into = (latest - month_start(month)).astype(np.int64)
    count = counts[account, kind]
    payees = _payees(count, kind)
    n = (count - payee + payees - 1) // payees
    months = listed.months[account]
    stride = _STRIDES[draw.below(slot, len(_STRIDES), 1)]
    passes_on = (pay.count[account] > 0) & (kind == OUT) | owes[account] & (kind == IN)
    stride = np.where(passes_on, np.maximum(months // np.maximum(n, 1), 1), stride)
    stride = np.where((n - 1) * stride < months, stride, 1)
    busy = counts[:, _FREE].sum(axis=1) > 0
    room = np.maximum(months - (n - 1) * stride, 1)
    first = draw.below(slot, np.where(busy[account], room, np.minimum(room, 2)), 2)
    first = np.where(passes_on, payee * stride // payees, first)
    # What an account owes is brought before it is due, not after.
    first = np.where(passes_on & (kind == IN), stride - 1 - first, first)
    back = (into < nominal - 1) + first + rows.seq[which] * stride
    grid = month_start(month - back) + (nominal - 1) * DAY
    fits = grid >= listed.start[account]
    day[which] = grid
    return which[~fits]


def to_business(day: Days, opened: Days, end: Days) -> Days:
    """The nearest business day that lies within [opened, end]; the day itself where none does."""
    moved = nearest_business(day)
    moved = np.where(moved > end, last_business(np.minimum(moved, end)), moved)
    moved = np.where(moved < opened, next_business(opened), moved)
    return np.asarray(np.where((moved >= opened) & (moved <= end), moved, day))


__all__ = ["Listing", "Rows", "listing", "movement_days", "to_business"]
