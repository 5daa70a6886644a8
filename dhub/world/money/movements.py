"""Takes a shard, gives its ledger in order: the facts of every movement of every account."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dhub.draw import child, folded, one_of, ordered, stream
from dhub.memo import of_shard
from dhub.model import SHARD_CUSTOMERS, Run, Shard
from dhub.world.accounts import ACTIVE, CLOSED, MOST_ACCOUNTS, TYPES, Accounts, accounts
from dhub.world.calendar import month_of
from dhub.world.income import incomes
from dhub.world.money import channels
from dhub.world.money.amounts import (
    CASH_UNIT,
    HARD,
    TRANSFER_UNIT,
    balanced,
    bounds,
    levels,
    most_of_rows,
    tidy,
    wishes,
)
from dhub.world.money.balance import (
    ACCRUED,
    CREDITED,
    DEBITED,
    EARNED,
    OWED,
    PAID_OUT,
    Limits,
    Steps,
    run_balances,
)
from dhub.world.money.counts import MOST_OWN, interest_months, plan
from dhub.world.money.kinds import (
    CLOSING,
    CREDIT,
    DUE,
    DUE_OUT,
    FEE,
    GRANT,
    GRANT_IN,
    IN,
    INTEREST,
    KINDS,
    LEG_IN,
    OUT,
    PAYROLL,
    type_of_kind,
)
from dhub.world.money.owed import Owed, bookings
from dhub.world.money.pay import Pay, amounts, pays
from dhub.world.money.schedule import Listing, Rows, listing, movement_days
from dhub.world.money.shops import NO_SHOP, payments
from dhub.world.money.transfers import internal_rows, most_of_legs
from dhub.world.obligations import Obligations, obligations
from dhub.world.opening import before_closing
from dhub.world.people import People, people
from dhub.world.places import zone_of_branch

Int = NDArray[np.int64]
Instants = NDArray[np.datetime64]

SECOND = np.timedelta64(1, "s")
MOST_BROUGHT = 900_000  # cents of a transfer that brings what is due, below what is monitored
FITTINGS = 12  # 0.7^12: by then salaries are at the least the profile allows
MOST_MOVEMENTS = MOST_OWN + 12  # of an account: its own, in-legs and a closing payout
TRANSACTION_KEYS = SHARD_CUSTOMERS * MOST_ACCOUNTS * MOST_MOVEMENTS  # set aside for a shard


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
    shop: Int  # index into merchants.NAMES of the shop or biller paid, -1 for none
    merchant: Int  # index into merchant_names(), -1 for none
    partner: Int  # row of the other leg of an internal transfer, -1 for none
    pays: Int  # row of `obligations` that it books, -1 for none
    opening_balance: Int  # by account
    closing_balance: Int  # by account
    purpose: Int  # index into kinds.PURPOSES

    def part(self, rows: slice) -> Movements:
        """Some of the movements; `partner` still counts rows of the whole ledger."""
        each = {f.name: getattr(self, f.name) for f in fields(self)}
        return Movements(**{
            name: values if name in _BY_ACCOUNT else values[rows] for name, values in each.items()
        })  # fmt: skip


_BY_ACCOUNT = ("opening_balance", "closing_balance")


@of_shard(2)
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
    shop: Int
    merchant: Int
    pays: Int


@of_shard()
def _movements(run: Run, index: int) -> Movements:
    shard = Shard(run, index)
    who, a = people(shard), accounts(shard)
    limit = bounds(run.profile)
    due = obligations(shard)
    pay = pays(run, index, who, a, incomes(shard), limit.ceiling[a.account_type], due)
    draft, level = _draft(run, index, who, a, pay, due)
    order = ordered(draft.rows.account, draft.instant, draft.rows.place)
    return _book(run, a, draft, order, level)


def _draft(
    run: Run, index: int, who: People, a: Accounts, pay: Pay, due: Obligations
) -> tuple[_Draft, Int]:
    interest = interest_months(run, index, a, due)
    listed = listing(run, a, interest, pay, due)
    owed = Owed.of(due, listed.start)
    done = plan(run, index, who, a, pay, interest, listed, owed)
    rows = Rows.of(done.counts, a)
    factor, level = levels(run, who, a)
    earns = incomes(Shard(run, index))
    paid = payments(run, a, rows, pay, earns, level)
    day = movement_days(
        run, a, done.counts, rows, pay, listed, paid.shop, (pay.count == 0) & (owed.net > 0)
    )
    out, receiver = internal_rows(
        run, index, who, a, done.habit, rows, day, pay.count > 0, owed.rows, listed.start
    )
    internal = np.zeros(len(day), dtype=bool)
    internal[out] = True
    channel, manned = channels.of_rows(run, index, a, rows, paid, internal, int(owed.rows.sum()))
    day = channels.working_days(run, a, rows, day, channel)
    instant = channels.instants(run, a, rows, paid, day, channel)
    month = month_of(day)
    salary = np.zeros(len(day), dtype=np.int64)
    paydays = np.flatnonzero(rows.kind == PAYROLL)
    salary[paydays] = amounts(run, a, earns, pay, rows.account[paydays], month[paydays])
    wish = wishes(run, a, rows, paid, salary, channel, month % 12, factor, level)
    wish, most = _limited(run, a, rows, pay, wish, level, channel, out, receiver, owed, due, listed)
    own = _Draft(
        rows, day, wish, channel, manned, np.full(len(day), -1), instant, most,
        paid.shop, paid.merchant, np.full(len(day), -1),
    )  # fmt: skip
    draft = _with_legs_and_closings(run, a, own, out, receiver)
    draft = _with_bookings(run, a, draft, due, owed, listed)
    return draft, np.floor(level * 100).astype(np.int64)


def _limited(
    run: Run, a: Accounts, rows: Rows, pay: Pay, wish: Int, level: NDArray[np.float64],
    channel: Int, out: Int, receiver: Int, owed: Owed, due: Obligations, listed: Listing,
) -> tuple[Int, Int]:  # fmt: skip
    """Wishes as round as people make them, and the most each movement may come to."""
    limit = bounds(run.profile)
    wish = balanced(run, rows, wish, pay.count > 0, owed.net * (pay.count > 0))
    wish = _brought(rows, owed, wish)
    moved = due.amount[due.transfer & (due.day >= listed.start[due.account])]
    large = int((moved > round(run.profile.transactions.large_transfer.low * 100)).sum())
    least = limit.low[rows.kind]
    most = most_of_rows(run, rows, wish, level, channel, (len(moved), large))
    room = most_of_legs(limit.ceiling[a.account_type], owed.granted, receiver)
    most[out] = np.minimum(most[out], room)
    most = np.maximum(most, least)
    free = ~one_of(rows.kind, (*HARD, PAYROLL))
    wish = np.where(free, folded(wish, least, most), wish)
    return tidy(run, rows, wish, channels.is_cash(rows, channel)), most


def _brought(rows: Rows, owed: Owed, wish: Int) -> Int:
    """Transfers in bring to an account what is due of it, the same sum each time."""
    count = np.bincount(rows.account[rows.kind == IN], minlength=len(owed.net))
    each = np.minimum(owed.net // np.maximum(count, 1), MOST_BROUGHT)[rows.account]
    return np.where((rows.kind == IN) & (each > 0), np.maximum(wish, each), wish)


def _with_bookings(
    run: Run, a: Accounts, draft: _Draft, due: Obligations, owed: Owed, listed: Listing
) -> _Draft:
    """Append what loans and policies book from the first listed day of each account on."""
    first = listed.start.copy()
    np.minimum.at(first, draft.rows.account, draft.day)
    made = bookings(run, a, due, first)
    pays, zero = made.pays, np.zeros(len(made.pays), dtype=np.int64)
    more = _Draft(
        Rows(due.account[pays], owed.kind[pays], zero, made.place, zero),
        due.day[pays], due.amount[pays], made.channel, zero.astype(bool), zero - 1, made.instant,
        due.amount[pays], zero + NO_SHOP, zero + NO_SHOP, pays,
    )  # fmt: skip
    return _joined(draft, more)


def _joined(one: _Draft, other: _Draft) -> _Draft:
    """Two drafts one after the other, field by field."""

    def put(a: Any, b: Any) -> Any:
        if isinstance(a, np.ndarray):
            return np.concatenate([a, b])
        return type(a)(*(put(getattr(a, f.name), getattr(b, f.name)) for f in fields(a)))

    joined: _Draft = put(one, other)
    return joined


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
    received = own.instant[out] + delay
    same = received.astype("datetime64[D]") == own.instant[out].astype("datetime64[D]")
    close_day = a.closed_date[closed]
    close_time = before_closing(close_day, zone_of_branch()[a.branch[closed]])
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
        np.concatenate([own.instant, np.where(same, received, own.instant[out]), close_time]),
        np.concatenate([own.most, zero]),
        np.concatenate([own.shop, zero + NO_SHOP]),
        np.concatenate([own.merchant, zero + NO_SHOP]),
        np.concatenate([own.pays, zero - 1]),
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
        booked = _settle(wave, rows, kind == PAYROLL, steps, limits, opening, cap)
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
        draft.shop[order],
        draft.merchant[order],
        partner,
        draft.pays[order],
        opening,
        balance[last],
        np.zeros_like(kind),
    )


def _steps(run: Run, draft: _Draft, order: Int) -> Steps:
    kind = draft.rows.kind[order]
    limit = bounds(run.profile)
    way = np.where(CREDIT, CREDITED, DEBITED)
    way[[PAYROLL, LEG_IN, GRANT, GRANT_IN]] = EARNED
    way[[FEE, *HARD, DUE, DUE_OUT]] = OWED
    way[[INTEREST, CLOSING]] = ACCRUED, PAID_OUT
    cash = channels.is_cash(draft.rows, draft.channel)[order]
    unit = np.where(cash, CASH_UNIT, np.where(kind == OUT, TRANSFER_UNIT, 1))
    least = -(-limit.low[kind] // unit) * unit
    assert len(way) == KINDS
    most = draft.most[order] // unit * unit
    return Steps(draft.rows.account[order], way[kind], draft.wish[order], least, most, unit)


def _rates(run: Run) -> Int:
    apy = run.profile.accounts.apy
    return np.array([round(apy[name] * 10_000) for name in TYPES])


def _settle(
    wave: NDArray[np.bool_], rows: Int, salary: NDArray[np.bool_], steps: Steps, limits: Limits,
    opening: Int, cap: int, fittings: int = FITTINGS,
) -> tuple[Int, Int, Int]:  # fmt: skip
    """Amounts, balances and opening balances of the accounts of one wave.

    An account in which pay heaps up above its ceiling, whatever it passes on, earns less until it
    fits: one in a thousand that is paid, and more in a profile whose salaries are large.
    """
    account = (np.cumsum(wave) - 1)[steps.account[rows]]
    part = Steps(
        account, steps.way[rows], steps.wish[rows], steps.least[rows], steps.most[rows],
        steps.unit[rows],
    )  # fmt: skip
    some = Limits(limits.floor[wave], limits.ceiling[wave], limits.rate[wave])
    amount, balance, opened = run_balances(part, some, opening[wave], cap)
    ends = np.cumsum(np.bincount(account, minlength=len(opened))) - 1
    over = balance[ends] > some.ceiling
    if over.any() and fittings:
        again = np.flatnonzero(over[account])
        earned = again[salary[rows][again]]
        part.wish[earned] = np.maximum(part.wish[earned] * 7 // 10, part.least[earned])
        amount[again], balance[again], opened[over] = _settle(
            over, again, salary[rows], part, some, opened, cap, fittings - 1
        )
    return amount, balance, opened


__all__ = ["ACTIVE", "TRANSACTION_KEYS", "Movements", "movements", "transaction_ids"]
