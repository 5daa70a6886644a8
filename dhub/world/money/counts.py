"""Takes a shard's accounts, gives how many movements of each kind every account makes.

Pay and interest come in whole series: few accounts have them listed, and each of those for all the
time that is listed. What else an account does is fitted to the profile's mix by its sort.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from dhub.draw import exp, one_of, spread, stream
from dhub.model import Run
from dhub.profiles import Profile
from dhub.world.accounts import (
    ACTIVE,
    CHECKING,
    HSA,
    MONEY_MARKET,
    SAVINGS,
    TYPES,
    USD,
    Accounts,
)
from dhub.world.calendar import DAY
from dhub.world.money.kinds import (
    BILL,
    CARD,
    CREDIT,
    DEPOSIT,
    FEE,
    IN,
    INTEREST,
    OUT,
    OWN,
    PAYROLL,
    WITHDRAWAL,
    own_rows,
    own_shares,
)
from dhub.world.money.load import LOADED, loads
from dhub.world.money.owed import Owed
from dhub.world.money.pay import BESIDE_PAY, MOST_PAID, Pay, whole_series
from dhub.world.money.schedule import Listing
from dhub.world.obligations import Obligations
from dhub.world.people import CORPORATE, People

Int = NDArray[np.int64]
Float = NDArray[np.float64]
Bools = NDArray[np.bool_]

# What an account does with transfers: most do without, some pay somebody every month, some are
# paid (assumed); concentrating them makes counterparties recur, as they do in real ledgers.
PLAIN, PAYS, IS_PAID = range(3)
HABITS = (0.47, 0.35, 0.18)
MOST_OWN = 40  # own movements of an account: leaves room for in-legs and a closing below 50
MOST_IN_LEGS = 9
_BESIDE_INTEREST = 3
_BESIDE_DUE = 5  # movements of an account beside what it owes, at least
_BROUGHT = 550_000  # cents of what is due that one transfer in covers, about (assumed)
_MOST_BROUGHT = 10
_OF_TRANSFERS_IN = 0.9  # may be such
_INTEREST_MONTHS = (13, 22)  # listed of an account that shows interest, in a row
_MONTH = 31
_YOUNG = 34  # days before a first month of interest ends, at most
_FEE_EVERY = 93  # days

SORTS = ("personal", "paid", "business", "savings", "money_market", "hsa")
# Leaning of each sort of account to each kind of movement (assumed); fitted to the profile's mix.
# payroll deposit interest in withdrawal card bill fee out
_LEANINGS = (
    (0.0, 1.2, 0.0, 0.6, 1.2, 2.0, 1.3, 1.0, 0.8),
    (0.0, 0.1, 0.0, 0.1, 0.9, 1.7, 3.6, 0.4, 0.3),
    (0.0, 3.0, 0.0, 1.5, 0.5, 0.8, 1.5, 1.2, 2.0),
    (0.0, 0.9, 0.0, 1.2, 0.9, 0.0, 0.0, 0.4, 1.0),
    (0.0, 0.6, 0.0, 2.0, 0.4, 0.0, 0.0, 0.4, 2.2),
    (0.0, 1.5, 0.0, 0.3, 0.0, 2.6, 0.0, 0.4, 0.0),
)
# How kinds are told apart; a shape of our own, since to search for one takes a tenth of the ledger.
_SHAPE = (((DEPOSIT, IN), (WITHDRAWAL, OUT)), ((CARD, BILL), (FEE, (PAYROLL, INTEREST))))
_BUSY = np.array([1.5, 1.6, 1.7, 0.55, 0.5, 0.35])  # movements of each sort beside the mean


@dataclass(frozen=True)
class Plan:
    """What each account will do, before the days are known."""

    sort: Int  # index into SORTS
    habit: Int
    counts: Int  # by account and kind, shape (accounts, OWN)


def plan(
    run: Run, index: int, who: People, a: Accounts, pay: Pay, interest: Int, listed: Listing,
    owed: Owed,
) -> Plan:  # fmt: skip
    """Movements by account and kind; with what is due, rows sum to 5 .. 40, with pay to 48."""
    sort = _sort_of(who, a, pay)
    habit = _habits(run, index, a, pay, owed)
    brought = _brought(run, a, pay, interest, listed, owed)
    total = _totals(run, a, habit, sort, pay, interest, brought, owed)
    fixed = np.zeros((len(total), OWN), dtype=np.int64)
    fixed[:, PAYROLL], fixed[:, INTEREST], fixed[:, OUT] = pay.count, interest, pay.passed_on
    fixed[:, IN] = brought
    rest = total - fixed.sum(axis=1) - owed.rows
    taken = fixed.sum(axis=0) + owed.by_kind
    kind = _kinds(run, index, sort * 3 + habit, rest, tuple(taken.tolist()))
    account = np.repeat(np.arange(len(total)), rest)
    flat = np.bincount(account * OWN + kind, minlength=len(total) * OWN)
    counts = fixed + flat.reshape(-1, OWN).astype(np.int64)
    return Plan(sort, habit, _settled(run, counts, a, listed))


def _sort_of(who: People, a: Accounts, pay: Pay) -> Int:
    """Index into SORTS."""
    sort = np.where(who.segment[a.owner] == CORPORATE, 2, np.where(pay.count > 0, 1, 0))
    sort[a.account_type == SAVINGS] = SORTS.index("savings")
    sort[a.account_type == MONEY_MARKET] = SORTS.index("money_market")
    sort[a.account_type == HSA] = SORTS.index("hsa")
    return sort


def _brought(
    run: Run, a: Accounts, pay: Pay, interest: Int, listed: Listing, owed: Owed
) -> Int:
    """Transfers in from other banks of accounts without pay, of which more is due than comes in:
    the largest needs first, as far as the profile's share of them goes."""
    need = np.where((pay.count == 0) & (a.account_type != HSA), owed.net, 0)
    count = np.clip(-(-need // _BROUGHT), 0, _MOST_BROUGHT)
    count = np.minimum(count, np.maximum(listed.months // 2, 1) * (need > 0))
    taken = owed.rows + np.where(interest > 0, interest + _BESIDE_INTEREST, _BESIDE_DUE)
    count = np.clip(count, 0, np.maximum(_room(run) - taken, 0))
    budget = _OF_TRANSFERS_IN * own_shares(run.profile)[IN] * own_rows(run.profile, len(need))
    order = np.argsort(-need, kind="stable")
    count[order[np.cumsum(count[order]) > budget]] = 0
    return np.asarray(count)


def _habits(run: Run, index: int, a: Accounts, pay: Pay, owed: Owed) -> Int:
    """The transfer habit of each account: who is paid a salary passes some of it on."""
    score = np.zeros((len(a.owner), 3))
    checking = a.account_type == CHECKING
    score[:, PAYS] = 0.4 * checking + 0.2 * (a.currency == USD) + 3.0 * (pay.count > 0)
    score[:, IS_PAID] = 0.4 * ~checking - 3.0 * (pay.count > 0)
    score[:, PAYS] -= 0.8 * (owed.rows >= LOADED) * (pay.count == 0)
    return spread(stream(run.seed, f"money.habit.{index}"), HABITS, len(a.owner), score=score)


def interest_months(run: Run, index: int, a: Accounts, due: Obligations) -> Int:
    """Months of interest listed of each account; 0 for most."""
    mix, apy = run.profile.transactions.mix, run.profile.accounts.apy
    bears = [name for name in TYPES[1:] if apy.get(name, 0.0) > 0]
    if not mix.share("interest"):
        # Where interest counts as a deposit it must reach the least one: large balances do.
        bears = [name for name in bears if name == "money_market"]
    months = (a.last_day - a.first_day).astype(np.int64) // _MONTH - 2
    low, high = _INTEREST_MONTHS
    most = np.minimum(months, _room(run) - _BESIDE_INTEREST)
    able = one_of(a.account_type, [TYPES.index(name) for name in bears]) & (most >= low)
    draw = stream(run.seed, "money.interest")
    count = draw.between(a.place, low, np.maximum(np.minimum(most, high), low))
    owes = loads(due, a.last_day - (count + 2) * _MONTH * DAY)
    able &= count + owes + _BESIDE_INTEREST <= _room(run)
    return whole_series(run, f"money.interest.{index}", able, count, INTEREST)


def _room(run: Run) -> int:
    """The most movements an account makes itself."""
    return min(int(run.profile.transactions.per_account.high), MOST_OWN)


def _totals(
    run: Run, a: Accounts, habit: Int, sort: Int, pay: Pay, interest: Int, brought: Int, owed: Owed
) -> Int:
    """Movements of each account: more with age, log-normal, right in total (realism: cv 0.66)."""
    high = np.full(len(sort), _room(run))
    low = np.full(len(sort), int(run.profile.transactions.per_account.low))
    low = np.where(pay.count > 0, pay.count + pay.passed_on + BESIDE_PAY, low)
    low = np.where(interest > 0, interest + _BESIDE_INTEREST, low)
    beside = np.where((pay.count > 0) | (interest > 0), low, _BESIDE_DUE)
    low = np.where(owed.rows > 0, np.maximum(low, beside + owed.rows + brought), low)
    high = np.where(pay.count > 0, max(MOST_PAID, int(high[0])), high)
    high = np.minimum(high, int(run.profile.transactions.per_account.high))
    years = (a.last_day - a.opened_date).astype(np.int64) / 365.25
    weight = (0.25 + years / 3) * exp(0.75 * stream(run.seed, "money.total").normal(a.place))
    weight *= np.where(habit == PLAIN, 0.85, 1.1) * _BUSY[sort]
    rounding = stream(run.seed, "money.round").uniform(a.place)
    wanted = own_rows(run.profile, len(sort))
    return _apportion(weight, np.minimum(low, high), high, wanted, rounding)


def _apportion(weight: Float, low: Int, high: Int, wanted: int, rounding: Float) -> Int:
    """Whole numbers in [low, high] that grow with the weight, never reach `high` in a heap, and
    sum to about `wanted`."""
    least, most = 0.0, 64.0
    for _ in range(30):
        factor = (least + most) / 2
        part = factor * weight / (1 + factor * weight)
        count = np.minimum(np.floor(low + (high - low) * part + rounding), high).astype(np.int64)
        least, most = (factor, most) if int(count.sum()) < wanted else (least, factor)
    return count


def _kinds(run: Run, index: int, group: Int, rest: Int, fixed: tuple[int, ...]) -> Int:
    """The kind of each movement beside pay and interest: a mix of its own within each group."""
    of_row = np.repeat(group, rest)
    rows = tuple(int(n) for n in np.bincount(of_row, minlength=3 * len(SORTS)))
    shares = _fit(run.profile, rows, fixed)
    kind = np.zeros(len(of_row), dtype=np.int64)
    for code in np.unique(group):
        mine = np.flatnonzero(of_row == code)
        draw = stream(run.seed, f"money.kind.{index}.{code}")
        kind[mine] = spread(draw, shares[code], len(mine), shape=_SHAPE)
    return kind


@lru_cache(maxsize=8)
def _fit(profile: Profile, rows: tuple[int, ...], fixed: tuple[int, ...]) -> list[list[float]]:
    """Iterative proportional fitting: shares of kinds by group whose sum is the profile's mix.

    `fixed` are the movements of each kind that are there already. What pay and interest fall short
    of their share, because too few accounts are old enough, becomes deposits. Sums are running
    ones on purpose: their order is fixed, and so are the bytes.
    """
    due = np.array(own_shares(profile)) * float(sum(rows) + sum(fixed)) - np.array(fixed)
    due[DEPOSIT] += due[PAYROLL] + due[INTEREST]
    due[[PAYROLL, INTEREST]] = 0.0
    due = np.maximum(due, 0.0)
    target = due / np.cumsum(due)[-1]
    habit_factor = {PLAIN: (0.04, 0.04), PAYS: (0.05, 1.0), IS_PAID: (1.0, 0.04)}
    table = np.array([_LEANINGS[code // 3] for code in range(len(rows))])
    table[:, IN] *= [habit_factor[code % 3][0] for code in range(len(rows))]
    table[:, OUT] *= [habit_factor[code % 3][1] for code in range(len(rows))]
    return _proportional(table * target, np.array(rows, dtype=np.float64), target)


def _proportional(table: Float, rows: Float, target: Float) -> list[list[float]]:
    everything = np.cumsum(rows)[-1]
    for _ in range(60):
        table = table / np.cumsum(table, axis=1)[:, -1:]
        have = np.cumsum(table * rows[:, None], axis=0)[-1] / everything
        table = table * np.divide(target, have, out=np.zeros_like(have), where=have > 0)
    shares: list[list[float]] = (table / np.cumsum(table, axis=1)[:, -1:]).tolist()
    return shares


def _settled(run: Run, counts: Int, a: Accounts, listed: Listing) -> Int:
    """Let others pay the fees an account lists too little for, and give every account a movement
    its customer makes, not only pay, interest, transfers in."""
    spends = np.where(one_of(a.account_type, (CHECKING, HSA)), CARD, WITHDRAWAL)
    turn = stream(run.seed, "money.fee_moved").uniform(a.place)
    for kind in (CARD, WITHDRAWAL):
        _move_fees(counts, np.flatnonzero(spends == kind), kind, turn, listed)
    own = (DEPOSIT, WITHDRAWAL, CARD, BILL, OUT)
    idle = np.flatnonzero(counts[:, own].sum(axis=1) == 0)
    most = counts[idle].argmax(axis=1)
    counts[idle, most] -= 1
    counts[idle, np.where(CREDIT[most], DEPOSIT, spends[idle])] += 1
    return counts


def _move_fees(counts: Int, some: Int, kind: int, turn: Float, listed: Listing) -> None:
    """Change fees of some accounts that list too little for them into the `kind` that these do
    anyhow, and the other way about where there is room, so that the mix stays what it is."""
    span = (listed.end - listed.start).astype(np.int64)[some]
    room = np.maximum((span - 6) // _FEE_EVERY, 0) - counts[some, FEE]
    extra = np.maximum(-room, 0)
    able = some[(room > 0) & (counts[some, kind] > 1)]
    takes = able[np.argsort(turn[able], kind="stable")[: int(extra.sum())]]
    counts[some, FEE] -= extra
    counts[some, kind] += extra
    counts[takes, FEE] += 1
    counts[takes, kind] -= 1


def can_receive(who: People, a: Accounts, habit: Int, total: Int) -> Bools:
    """Accounts that may be the far end of an internal transfer: active, in dollars, not paying,
    with room for as many as one brings."""
    silent = ~np.isnat(who.silent_since[a.owner])
    hsa = a.account_type == HSA
    fit = (a.status == ACTIVE) & ~silent & (a.currency == USD) & (habit != PAYS) & ~hsa
    fit &= total <= MOST_OWN
    return np.asarray(fit)
