"""Takes a shard, gives every breach of a rule in force: which movement broke which rule.

A single transaction above the amount of a rule breaks it, and so do more transactions of an
account or a customer on one day than the rule allows; the day's last one is then the breach.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dhub.domains.compliance import rules as known
from dhub.domains.compliance.rules import Rules
from dhub.draw import one_of, ordered
from dhub.model import Run, Shard
from dhub.world.ledger import Movements, movements
from dhub.world.money.channels import ATM, BRANCH, MOBILE, ONLINE, PHONE
from dhub.world.money.kinds import BILL, CARD, CLOSING, DEPOSIT, IN, LEG_IN, OUT, WITHDRAWAL

Int = NDArray[np.int64]
Bools = NDArray[np.bool_]
Float = NDArray[np.float64]

ENTITIES = ("transaction", "account", "customer")
TRANSACTION, ACCOUNT, CUSTOMER = range(len(ENTITIES))
_DAYS = 2**20  # more than any date has since 1970


@dataclass(frozen=True)
class Breaches:
    """Breaches in the order of the movements' owners, then of the movements."""

    owner: Int  # customer within the shard
    movement: Int  # row of `movements`
    rule: Int  # position in `Rules`
    by: Int  # index of ENTITIES: what broke it; an account's breach is its customer's, too
    excess: Float  # how many times the threshold


def breaches(run: Run, index: int, made: Rules) -> Breaches:
    """All breaches of the active rules of a run in a shard."""
    money = movements(Shard(run, index))
    found: list[tuple[Int, int, int, Float]] = []
    per_day = {entity: _per_day(money, entity) for entity in (ACCOUNT, CUSTOMER)}
    for rule in np.flatnonzero(made.active & (made.watches != known.NOTHING)).tolist():
        if made.rule_type[rule] == known.VELOCITY:
            entity = CUSTOMER if made.watches[rule] == known.CUSTOMER else ACCOUNT
            rows, share = _too_many(made, rule, *per_day[entity])
        else:
            entity = TRANSACTION
            rows, share = _too_much(money, made, rule)
        found.append((rows, rule, entity, share))
    return _joined(money, made, found)


def _too_much(money: Movements, made: Rules, rule: int) -> tuple[Int, Float]:
    watched = _watched(money, int(made.watches[rule]))
    rows = np.flatnonzero(watched & (money.amount > made.amount[rule]))
    return rows, money.amount[rows] / made.amount[rule]


def _too_many(made: Rules, rule: int, last: Int, count: Int) -> tuple[Int, Float]:
    hit = count > made.count[rule]
    return last[hit], count[hit] / made.count[rule]


def _per_day(money: Movements, entity: int) -> tuple[Int, Int]:
    """The last movement of each day of each entity, and how many there were on that day."""
    of = money.account if entity == ACCOUNT else money.owner
    second = money.transaction_date.astype("datetime64[s]").astype(np.int64)
    # Movements lie in the order of their accounts, then of time: this sorts runs into each other.
    order = np.argsort(of * 2**32 + second, kind="stable")
    key = of * _DAYS + money.transaction_date.astype("datetime64[D]").astype(np.int64)
    ends = np.flatnonzero(np.r_[key[order][1:] != key[order][:-1], True][: len(key)])
    return order[ends], np.diff(np.r_[-1, ends])


def _watched(money: Movements, watches: int) -> Bools:
    """Which movements a rule on amounts is about."""
    kind, channel = money.kind, money.channel
    if watches == known.CASH:
        counter = one_of(channel, (BRANCH, ATM))
        return np.asarray(one_of(kind, (DEPOSIT, WITHDRAWAL, CLOSING)) & counter)
    if watches == known.BY_APP:
        return np.asarray(one_of(kind, (OUT, BILL)) & one_of(channel, (MOBILE, ONLINE)))
    if watches == known.BY_PHONE:
        return np.asarray(one_of(kind, (OUT, BILL)) & (channel == PHONE))
    kinds = {
        known.TRANSFERS: (OUT, IN, LEG_IN),
        known.INCOMING: (IN, LEG_IN),
        known.WITHDRAWALS: (WITHDRAWAL,),
        known.PAYOUTS: (CLOSING,),
        known.CARDS: (CARD,),
        known.EVERYTHING: range(CLOSING + 1),
    }
    return one_of(kind, kinds[watches])


def _joined(money: Movements, made: Rules, found: list[tuple[Int, int, int, Float]]) -> Breaches:
    """Those that happened while the rule was in force, in order."""
    none: list[Int] = [np.zeros(0, dtype=np.int64)]
    row = np.concatenate([rows for rows, *_ in found] or none)
    rule = np.concatenate([np.full(len(rows), n) for rows, n, *_ in found] or none)
    by = np.concatenate([np.full(len(rows), entity) for rows, _, entity, _ in found] or none)
    excess = np.concatenate([share for *_, share in found] or [np.zeros(0)])
    day = money.transaction_date[row].astype("datetime64[D]")
    order = ordered(row, rule)  # movements are in the order of their owners
    order = order[(day >= made.effective_date[rule])[order]]
    row = row[order]
    return Breaches(money.owner[row], row, rule[order], by[order], excess[order])
