"""The preset `archetypes`: takes a slice of a shard's users, gives the plan of their money."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
from numpy.typing import NDArray

from dhub.draw import stream
from dhub.model import Shard
from dhub.world.outside import kinds, personas
from dhub.world.outside.archetypes import cards
from dhub.world.outside.archetypes.bills import student_loans
from dhub.world.outside.archetypes.lived import lived
from dhub.world.outside.archetypes.moves import (
    CARD,
    CARD_PAYMENT,
    CHECKING,
    HSA,
    KINDS,
    LOAN,
    SECOND_CARD,
    SLOTS,
    Moves,
    moves,
    together,
)
from dhub.world.outside.archetypes.payees import payees
from dhub.world.outside.archetypes.saving import held_slots
from dhub.world.outside.everyday.loans import Loans, owed
from dhub.world.outside.payees import FIRST_INSTITUTION, INSTITUTIONS
from dhub.world.outside.personas import ONLY_PENDING, Lives
from dhub.world.outside.plan import Accounts, Events, Labels, Plan, liabilities_of
from dhub.world.outside.plan import together as all_events
from dhub.world.outside.run import OutsideRun
from dhub.world.outside.users import users

Int = NDArray[np.int64]
Float = NDArray[np.float64]
Bools = NDArray[np.bool_]

_PAID = kinds.CODES["LOAN_PAYMENTS_CREDIT_CARD_PAYMENT"]
_POSTED = (0.6, 0.25, 0.15)  # of purchases are posted on the day, one and two days later


def labels(run: OutsideRun, index: int) -> Labels:
    """What the users of a shard are examples of."""
    who = personas.lives(run, index)
    pays = personas.pay_rhythm(who, users(Shard(run, index)).income)
    names = (
        "|".join(name for name, there in zip(personas.PERSONAS, row, strict=True) if there)
        for row in who.shows
    )
    return Labels(
        tuple(personas.ARCHETYPES[code] for code in who.archetype),
        tuple(personas.EDGES[code] for code in who.edge),
        tuple(names),
        tuple(personas.PAYS[code] for code in pays),
        ("",) * len(who.number),
    )


def plan(run: OutsideRun, index: int, low: int, high: int) -> Plan:
    """The plan of the users in rows [low, high) of a shard."""
    who = personas.lives(run, index).part(low, high)
    income = users(Shard(run, index)).income[low:high]
    slots, monthly = _slots(who), income * 100 // 12
    row = np.where(slots, np.cumsum(slots).reshape(slots.shape) - 1, -1)
    user, slot = np.nonzero(slots)
    loans = student_loans(who)
    institution = np.where(slot == LOAN, loans.servicer[user], _institutions(who, user, slot))
    by_card = cards.carried(who, monthly, row, institution)
    paid = _payments(who, user, by_card.events)
    flow = lived(who, income, paid)
    told = together([flow.moves.take(flow.moves.kind != CARD_PAYMENT), by_card.bought])
    current = np.zeros(len(user), dtype=np.int64)
    current[row[:, CHECKING]] = flow.checking
    current[row[flow.savings.user, flow.savings.slot]] = flow.savings.held
    current[row[slots[:, LOAN], LOAN]] = loans.balance[slots[:, LOAN]]
    current[by_card.cards.account] = by_card.owed
    limit = np.zeros(len(user), dtype=np.int64)
    limit[by_card.cards.account] = by_card.limit
    lent = owed(run, row[slots[:, LOAN], LOAN], _some(loans, slots[:, LOAN]))
    kind = np.array([kinds.TYPES.index(name) for name in SLOTS])[slot]
    accounts = Accounts(
        low + user, kind, (slot == SECOND_CARD).astype(np.int64), institution, limit, current
    )
    made = all_events([_rows(who, told, row).within(run.first, run.last), by_card.events])
    return Plan(accounts, made, liabilities_of([by_card.liabilities, lent]))


def _slots(who: Lives) -> Bools:
    """(users, SLOTS): which accounts there are."""
    slots = np.zeros((len(who.number), len(SLOTS)), dtype=bool)
    slots[:, CHECKING] = True
    slots[:, :HSA + 1] |= held_slots(who)
    slots[:, CARD:SECOND_CARD + 1] = cards.slots(who)
    slots[:, LOAN] = student_loans(who).has
    return slots


def _institutions(who: Lives, user: Int, slot: Int) -> Int:
    """Where each account is: all at one bank, but cards; loans are at their servicers."""
    draw = stream(who.run.seed, who.run.named("institution"))
    place = who.number[user] * 8 + np.where(slot < CARD, 0, slot)
    return FIRST_INSTITUTION + draw.below(place, len(INSTITUTIONS))


def _payments(who: Lives, user: Int, of_cards: Events) -> Moves:
    """What leaves checking for cards: planned for here, told by the cards' own events."""
    out = of_cards.take((of_cards.category == _PAID) & (of_cards.cents > 0))
    return moves(who.number, user[out.account], out.day, CARD_PAYMENT, period=0, cents=out.cents)


def _rows(who: Lives, told: Moves, row: Int) -> Events:
    """Rows of the plan: whom, in what category, by which channel, and how long after."""
    payee = [one for kind in KINDS for one in payees()[kind]]
    first = np.cumsum([0, *(len(payees()[kind]) for kind in KINDS)])[:-1]
    at = first[told.kind] + told.whom
    number, category = (np.array([getattr(one, name) for one in payee])
                        for name in ("number", "category"))  # fmt: skip
    shop, net = (np.array([getattr(one, name) for one in payee])[at]
                 for name in ("in_store", "online"))  # fmt: skip
    draw = stream(who.run.seed, who.run.named("channel"))
    u, bought = draw.uniform(told.place), shop > 0
    channel = np.select([u < shop, u < shop + net], [kinds.IN_STORE, kinds.ONLINE], kinds.OTHER)
    waiting = who.edge[told.user] == ONLY_PENDING
    lag = np.where(bought & ~waiting, draw.pick(told.place, _POSTED, 1), 0)
    return Events(row[told.user, told.slot], told.day, told.cents, category[at], number[at],
                  channel, lag, waiting, told.place)  # fmt: skip


def _some(loans: Loans, rows: Bools) -> Loans:
    """Those of some users."""
    return Loans(*(getattr(loans, f.name)[rows] for f in fields(Loans)))
