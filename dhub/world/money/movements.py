"""Takes a shard, gives its ledger in order: the facts of every movement of every account."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from dhub.draw import child, stream
from dhub.model import SHARD_CUSTOMERS, Run, Shard
from dhub.world.accounts import ACTIVE, CLOSED, MOST_ACCOUNTS, TYPES, Accounts, accounts
from dhub.world.money import channels
from dhub.world.money.amounts import (
    CASH_UNIT,
    balanced,
    bounds,
    folded,
    levels,
    most_of_rows,
    tidy,
    wishes,
)
from dhub.world.money.balance import (
    ACCRUED,
    CREDITED,
    DEBITED,
    FIXED,
    LEG,
    PAID_OUT,
    Limits,
    Steps,
    run_balances,
)
from dhub.world.money.counts import habits, movement_counts
from dhub.world.money.kinds import (
    CARD,
    CLOSING,
    CREDIT,
    INTEREST,
    KINDS,
    LEG_IN,
    PAYROLL,
    type_of_kind,
)
from dhub.world.money.schedule import Rows, movement_days, pay_cycles, settle_counts
from dhub.world.money.transfers import internal_rows, most_of_legs
from dhub.world.people import People, people

Int = NDArray[np.int64]
Instants = NDArray[np.datetime64]

SECOND = np.timedelta64(1, "s")
MOST_MOVEMENTS = 52  # of an account: 40 of its own, in-legs and a closing payout
TRANSACTION_KEYS = SHARD_CUSTOMERS * MOST_ACCOUNTS * MOST_MOVEMENTS  # set aside for a shard
FITTINGS = 12  # 0.7^12: by then salaries are at the least the profile allows


@dataclass(frozen=True)
class Movements:
    """Movements of a whole shard, ordered by account, then by time; amounts in cents."""

    account: Int  # row of `accounts`
    owner: Int  # customer within the shard
    place: Int
    kind: Int
    transaction_type: Int  # index into kinds.TYPES
    amount: Int
    balance_after: Int
    transaction_date: Instants  # [us]
    channel: Int  # index into channels.CHANNELS
    manned: NDArray[np.bool_]  # done through an employee, who is on record
    payee: Int  # which of the account's payers or payees
    partner: Int  # row of the other leg of an internal transfer, -1 for none
    opening_balance: Int  # by account
    closing_balance: Int  # by account


@lru_cache(maxsize=2)
def movements(shard: Shard) -> Movements:
    """The ledger of a shard; the same whatever `shard.customers` and `attempt` are."""
    return _movements(shard.run, shard.index)


def transaction_ids(shard: Shard) -> Int:
    """The key of each movement of a shard, in their order."""
    first = 1 + (shard.index - 1) * TRANSACTION_KEYS
    return first + np.arange(len(movements(shard).account))


@dataclass(frozen=True)
class _Draft:
    """Movements before their balances: the accounts' own, then in-legs, then closings."""

    rows: Rows
    day: NDArray[np.datetime64]
    wish: Int
    channel: Int
    manned: NDArray[np.bool_]
    partner: Int
    instant: Instants
    most: Int  # largest amount allowed


@lru_cache(maxsize=2)
def _movements(run: Run, index: int) -> Movements:
    shard = Shard(run, index)
    who, a = people(shard), accounts(shard)
    habit = habits(run, index, a)
    cycle = pay_cycles(run, a)
    counts = settle_counts(movement_counts(run, index, who, a, habit), a, cycle)
    rows = Rows.of(counts, a)
    draft, level = _draft(run, index, who, a, habit, counts, rows, cycle)
    order = np.lexsort((draft.rows.place, draft.instant, draft.rows.account))
    return _book(run, a, draft, order, level)


def _draft(
    run: Run, index: int, who: People, a: Accounts, habit: Int, counts: Int, rows: Rows, cycle: Int
) -> tuple[_Draft, Int]:
    day = movement_days(run, a, counts, rows, cycle)
    out, receiver = internal_rows(run, index, who, a, habit, rows, day)
    internal = np.zeros(len(day), dtype=bool)
    internal[out] = True
    channel, manned = channels.of_rows(run, index, rows, internal)
    day = channels.working_days(run, a, rows, day, channel)
    instant = channels.instants(run, rows, day, channel)
    month = day.astype("datetime64[M]").astype(np.int64) % 12
    factor, level = levels(run, who, a)
    wish = wishes(run, a, rows, month, factor, level, cycle)
    wish = balanced(rows, wish, len(a.owner), bounds(run.profile))
    limit = bounds(run.profile)
    least, most = limit.low[rows.kind], most_of_rows(run, rows, wish, level)
    most[out] = np.minimum(most[out], most_of_legs(limit.ceiling[a.account_type], receiver))
    most = np.maximum(most, least)
    wish = folded(wish, least, most)
    wish = tidy(run, a, rows, wish, channels.is_cash(rows, channel))
    own = _Draft(rows, day, wish, channel, manned, np.full(len(day), -1), instant, most)
    draft = _with_legs_and_closings(run, a, own, out, receiver)
    return draft, np.floor(level * 100).astype(np.int64)


def _with_legs_and_closings(run: Run, a: Accounts, own: _Draft, out: Int, receiver: Int) -> _Draft:
    """Append the in-leg of every internal transfer and the payout of every closed account."""
    closed = np.flatnonzero(a.status == CLOSED)
    n, legs = len(own.day), len(out)
    account = np.concatenate([own.rows.account, receiver, closed])
    kind = np.concatenate([own.rows.kind, np.full(legs, LEG_IN), np.full(len(closed), CLOSING)])
    zero = np.zeros(legs + len(closed), dtype=np.int64)
    partner = np.concatenate([own.partner, out, zero[: len(closed)] - 1])
    partner[out] = n + np.arange(legs)
    place = np.concatenate([own.rows.place, -1 - own.rows.place[out], child(a.place[closed], 511)])
    delay = stream(run.seed, "money.leg").between(own.rows.place[out], 1, 90) * SECOND
    close_day = a.closed_date[closed]
    close_time = close_day.astype("datetime64[us]") + 16 * 3600 * SECOND
    rows = Rows(
        account,
        kind,
        np.concatenate([own.rows.seq, own.rows.seq[out], zero[: len(closed)]]),
        place,
        np.concatenate([own.rows.payee, zero]),
    )
    return _Draft(
        rows,
        np.concatenate([own.day, own.day[out], close_day]),
        np.concatenate([own.wish, zero]),
        np.concatenate([own.channel, own.channel[out], np.full(len(closed), channels.BRANCH)]),
        np.concatenate([own.manned, zero[:legs].astype(bool), np.ones(len(closed), dtype=bool)]),
        partner,
        np.concatenate([own.instant, own.instant[out] + delay, close_time]),
        np.concatenate([own.most, zero]),
    )


def _book(run: Run, a: Accounts, draft: _Draft, order: Int, level: Int) -> Movements:
    """Run the balances in two waves: accounts that are paid by others wait for those that pay."""
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    partner = np.where(draft.partner >= 0, rank[draft.partner], -1)[order]
    account, kind = draft.rows.account[order], draft.rows.kind[order]
    limit = bounds(run.profile)
    steps = _steps(run, draft, order)
    limits = Limits(
        limit.floor[a.account_type], limit.ceiling[a.account_type], _rates(run)[a.account_type]
    )
    opening = np.clip(level, limits.floor, limits.ceiling * 45 // 100)
    cap = round(float(run.profile.transactions.spending_cap) * 100)
    paid = np.zeros(len(a.owner), dtype=bool)
    paid[account[kind == LEG_IN]] = True
    amount, balance = np.zeros(len(order), dtype=np.int64), np.zeros(len(order), dtype=np.int64)
    for wave in (~paid, paid):
        rows = np.flatnonzero(wave[account])
        legs = rows[kind[rows] == LEG_IN]
        steps.wish[legs] = amount[partner[legs]]
        booked = _settle(wave, rows, steps, limits, opening, cap)
        amount[rows], balance[rows], opening[wave] = booked
    last = np.cumsum(np.bincount(account, minlength=len(a.owner))) - 1
    return Movements(
        account,
        a.owner[account],
        draft.rows.place[order],
        kind,
        np.array(type_of_kind(run.profile))[kind],
        amount,
        balance,
        draft.instant[order],
        draft.channel[order],
        draft.manned[order],
        draft.rows.payee[order],
        partner,
        opening,
        balance[last],
    )


def _steps(run: Run, draft: _Draft, order: Int) -> Steps:
    kind = draft.rows.kind[order]
    limit = bounds(run.profile)
    way = np.where(CREDIT, CREDITED, DEBITED)
    way[[PAYROLL, INTEREST, LEG_IN, CLOSING]] = (FIXED, ACCRUED, LEG, PAID_OUT)
    cash = channels.is_cash(draft.rows, draft.channel)[order]
    unit = np.where(cash, CASH_UNIT, 1)
    least = -(-limit.low[kind] // unit) * unit
    assert len(way) == KINDS
    most = draft.most[order] // unit * unit
    draw = stream(run.seed, "money.press").between(draft.rows.place[order], 8, 34)
    press = np.where(kind == CARD, 0, draw)
    return Steps(draft.rows.account[order], way[kind], draft.wish[order], least, most, unit, press)


def _rates(run: Run) -> Int:
    apy = run.profile.accounts.apy
    return np.array([round(apy[name] * 10_000) for name in TYPES])


def _settle(
    wave: NDArray[np.bool_],
    rows: Int,
    steps: Steps,
    limits: Limits,
    opening: Int,
    cap: int,
    fittings: int = FITTINGS,
) -> tuple[Int, Int, Int]:
    """Balances of the accounts of one wave.

    Few accounts end above the ceiling of their type, because salaries and in-legs are credited in
    full; those open with less and earn less, until they fit. An in-leg is never touched: the other
    account has paid it. A profile whose salaries cannot fit keeps what the last fitting gave.
    """
    number = np.cumsum(wave) - 1
    account = number[steps.account[rows]]
    part = Steps(
        account,
        steps.way[rows],
        steps.wish[rows],
        steps.least[rows],
        steps.most[rows],
        steps.unit[rows],
        steps.press[rows],
    )
    some = Limits(limits.floor[wave], limits.ceiling[wave], limits.rate[wave])
    amount, balance, opened = run_balances(part, some, opening[wave], cap)
    ends = np.cumsum(np.bincount(account, minlength=len(opened))) - 1
    over = balance[ends] > some.ceiling
    if over.any() and fittings:
        mine = over[account]
        salary = mine & (part.way == FIXED)
        part.wish[salary] = np.maximum(part.wish[salary] * 7 // 10, part.least[salary])
        again = np.flatnonzero(mine)
        lower = np.where(over, opened // 2, opened)
        amount[again], balance[again], opened[over] = _settle(
            over, again, part, some, lower, cap, fittings - 1
        )
    return amount, balance, opened


__all__ = ["ACTIVE", "TRANSACTION_KEYS", "Movements", "movements", "transaction_ids"]
