"""Takes a shard's accounts, gives which of them are paid a salary, how often, and how much.

Whoever has pay has it for all the time that is listed: the net of one income, with a raise a year.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dhub.draw import spread, stream
from dhub.model import Run
from dhub.world.accounts import CHECKING, USD, Accounts
from dhub.world.calendar import DAY
from dhub.world.income import EMPLOYED, Incomes
from dhub.world.money.kinds import PAYROLL, own_rows, own_shares
from dhub.world.money.load import LOADED, loads, monthly
from dhub.world.obligations import Obligations
from dhub.world.people import CORPORATE, People, in_order

Int = NDArray[np.int64]
Float = NDArray[np.float64]
Bools = NDArray[np.bool_]

CYCLES = ("monthly", "semimonthly", "biweekly", "weekly")
MONTHLY, SEMI_MONTHLY, BIWEEKLY, WEEKLY = range(4)
GAP = np.array([31, 17, 14, 7])  # longest days between two paydays of a cycle
PART = np.array([1.0, 0.5, 0.46, 0.23])  # of a month's salary paid at once
# Paydays listed of an account, at least and at most: a year or more, as 40 rows leave room.
_LEAST = np.array([17, 24, 26, 26])
_MOST = np.array([24, 26, 26, 26])
_MOST_OF_CEILING = 22  # percent of what the account may hold that a month may leave
_BONUS = 0.3  # of those who are paid get a bonus a year (assumed)
_BONUSES = (8, 60)  # percent of a payday's pay
_BESIDE = 12  # rows an account needs for what it does with its pay
MOST_PAID = 48  # rows of an account with pay and with what it owes
_LEAN = 0.9  # of accounts that owe by direct debit to show pay (assumed)
BESIDE_PAY = 7  # movements of an account beside its pay and what it passes on, at least
_MONTH = 30
_FITTINGS = 5  # of a share of accounts to a share of movements


@dataclass(frozen=True)
class Pay:
    """One element an account."""

    cycle: Int
    count: Int  # paydays listed, 0 for most
    bonus_month: Int  # month of the year, -1 for none
    bonus: Int  # percent
    passed_on: Int  # transfers that pass on what is neither spent nor owed


def pays(
    run: Run, index: int, who: People, a: Accounts, earns: Incomes, ceiling: Int, due: Obligations
) -> Pay:
    """The pay of each account: as many whole series as make the profile's share, rather of those
    who pay for loans and policies from there."""
    cycle = stream(run.seed, "money.pay_cycle").pick(
        a.place, in_order(run.profile.transactions.payday, CYCLES)
    )
    able = _able(run, who, a, earns, cycle)
    room = (a.last_day - a.first_day).astype(np.int64) // GAP[cycle] - 1
    t = run.profile.transactions
    most = np.minimum(np.minimum(room, _MOST[cycle]), int(t.per_account.high) - _BESIDE)
    draw = stream(run.seed, "money.pay_count")
    count = draw.between(a.place, np.minimum(_LEAST[cycle], most), np.maximum(most, 1))
    able &= most >= _LEAST[cycle]
    rows = min(MOST_PAID, int(t.per_account.high))
    crowded = _rows(a, cycle, count, due)[0] > rows
    count = np.where(crowded, np.minimum(_LEAST[cycle], most), count)
    needed, owes, passed_on = _rows(a, cycle, count, due)
    able &= needed <= rows
    begins = a.last_day - count * GAP[cycle] * DAY
    kept = earns.net_month[a.owner] - monthly(due, begins, count * GAP[cycle])
    able &= kept <= ceiling * _MOST_OF_CEILING // 100
    lean = np.asarray(_LEAN * (owes >= LOADED), dtype=np.float64)
    paid = whole_series(run, f"money.paid.{index}", able, count, PAYROLL, lean)
    gets = draw.chance(a.place, _BONUS, 1) & (cycle == MONTHLY)
    month = np.where(gets, draw.pick(a.place, (0, 2, 3, 0, 0, 1, 0, 0, 0, 0, 0, 3), 2), -1)
    bonus = draw.between(a.place, *_BONUSES, 3)
    return Pay(cycle, paid, month, bonus, np.where(paid > 0, passed_on, 0))


def _rows(a: Accounts, cycle: Int, count: Int, due: Obligations) -> tuple[Int, Int, Int]:
    """Movements of accounts with so many paydays: all, what they owe, and what they pass on.

    That is a transfer in two of three months, fewer where loans and policies take their part.
    """
    owes = loads(due, a.last_day - count * GAP[cycle] * DAY)
    months = count * GAP[cycle] // _MONTH
    passed_on = np.maximum((2 * months + 2) // 3 - owes // 4, 3 * months // 5)
    return count + owes + passed_on + BESIDE_PAY, owes, np.asarray(passed_on)


def whole_series(
    run: Run, name: str, able: Bools, count: Int, kind: int, lean: Float | None = None
) -> Int:
    """The `count` of as many `able` accounts as make the share of a kind, 0 for the others."""
    wanted = own_shares(run.profile)[kind] * own_rows(run.profile, len(able))
    some = np.flatnonzero(able)
    score = None if lean is None else np.stack([lean[some], np.zeros(len(some))], axis=1)
    share, best = min(wanted / max(int(count[some].sum()), 1), 1.0), np.zeros_like(count)
    for _ in range(_FITTINGS):  # those who lean to it may have shorter series than the others
        hit = spread(stream(run.seed, name), (share, 1 - share), len(some), score=score) == 0
        taken = np.zeros_like(count)
        taken[some[hit]] = count[some[hit]]
        if abs(int(taken.sum()) - wanted) < abs(int(best.sum()) - wanted):
            best = taken
        share = min(share * wanted / max(int(taken.sum()), 1), 1.0)
    return best


def _able(run: Run, who: People, a: Accounts, earns: Incomes, cycle: Int) -> Bools:
    """First current accounts in dollars of the employed whose pay keeps the profile's range."""
    amount = run.profile.transactions.amount
    span = amount["salary"] if run.profile.transactions.mix.share("salary") else amount["deposit"]
    now = run.month
    newest = earns.net_month[a.owner] * PART[cycle]
    eldest = earns.net_in(a.owner, np.full(len(a.owner), now - 36), now) * PART[cycle]
    fits = (eldest >= round(span.low * 100) + 1) & (newest <= round(span.high * 100))
    mine = (a.account_type == CHECKING) & (a.currency == USD)
    first = np.zeros(len(a.owner), dtype=bool)
    rows = np.flatnonzero(mine)
    first[rows[np.unique(a.owner[rows], return_index=True)[1]]] = True
    employed = (earns.work[a.owner] == EMPLOYED) & (who.segment[a.owner] != CORPORATE)
    return np.asarray(first & employed & fits)


def amounts(run: Run, a: Accounts, earns: Incomes, pay: Pay, account: Int, month: Int) -> Int:
    """Cents of each payday of accounts, in months since 1970."""
    net = earns.net_in(a.owner[account], month, run.month)
    extra = (pay.bonus_month[account] == month % 12) * pay.bonus[account]
    cents = np.floor(net * PART[pay.cycle[account]]).astype(np.int64)
    amount = run.profile.transactions.amount
    span = amount["salary"] if run.profile.transactions.mix.share("salary") else amount["deposit"]
    more = cents + cents * extra // 100
    return np.asarray(np.where(more <= round(span.high * 100), more, cents), dtype=np.int64)
