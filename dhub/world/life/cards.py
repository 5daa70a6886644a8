"""Takes purchases, gives the credit cards they go on: statements, interest and what is paid.

A statement a month on the card's own day; it is due 25 days later. Who pays in full pays it all,
others a part or the minimum, and interest on what was carried stands on the next statement.
Purchases above the limit are declined. The cards are at other banks: here only the payment shows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dhub.draw import exp, stream
from dhub.world.calendar import DAY, add_months, last_business
from dhub.world.life.events import OWED, Events, events, together
from dhub.world.life.personas import IN_FULL, MINIMUM
from dhub.world.life.rates import Purchase
from dhub.world.life.scene import Scene, address
from dhub.world.life.streams import CREDIT_CARD, cleared
from dhub.world.money.channels import ACH
from dhub.world.money.kinds import BILL, PURPOSES

Int = NDArray[np.int64]
Float = NDArray[np.float64]
Bools = NDArray[np.bool_]
Days = NDArray[np.datetime64]

MOST_CARDS = 3
DUE_DAYS = 25
_LEAST, _LEAST_PART = 2500, 2  # cents and percent of a balance: the minimum
_APR = (16.0, 28.0)  # percent a year (assumed)
_LIMIT_OF_INCOME, _LIMIT_SIGMA = 0.16, 0.45  # of the gross (assumed)
_PART = (0.15, 0.75)  # of a statement that is paid in part
_WAIVED = 100  # cents of interest or of a balance that no card asks for (assumed)


@dataclass(frozen=True)
class Cards:
    """The cards of a slice, one element each."""

    owner: Int
    number: Int  # of the owner's cards, from 0
    place: Int
    statement_day: Int  # of the month, 1 to 28
    limit: Int  # cents
    apr: Float  # percent a year
    first_month: Int  # since 1970: of the first statement

    def __len__(self) -> int:
        return len(self.owner)


@dataclass(frozen=True)
class Statements:
    """By card and month since its first: cents, and the day of the statement."""

    day: Days
    interest: Int
    balance: Int
    minimum: Int
    paid: Int
    paid_on: Days


def cards(s: Scene) -> Cards:
    """The credit cards of those whose checking account is the main one."""
    owner = s.holders[s.main[s.holders]]
    owner = np.repeat(owner, s.habits.cards[owner])
    number = np.arange(len(owner)) - np.searchsorted(owner, owner)
    place = s.a.place[s.checking[owner]] * 64 + CREDIT_CARD + number
    draw = stream(s.run.seed, "life.cards")
    wish = s.earns.gross[owner] * _LIMIT_OF_INCOME * exp(_LIMIT_SIGMA * draw.normal(place))
    limit = np.maximum(np.floor(wish / 50_000).astype(np.int64), 1) * 50_000
    low, high = _APR
    apr = np.floor((low + (high - low) * draw.uniform(place, 1)) * 100) / 100
    began = s.start[s.checking[owner]].astype("datetime64[M]").astype(np.int64)
    return Cards(owner, number, place, 1 + draw.below(place, 28, 2), limit, apr, began)


def charged(s: Scene, held: Cards, bought: Sequence[Purchase]) -> tuple[list[Events], Events]:
    """The purchases that stay with the checking account, and the cards' payments."""
    card, cents, day, left = _sorted_out(s, held, bought)
    told = statements(s, held, card, cents, day)
    return left, _payments(s, held, told)


def _sorted_out(
    s: Scene, held: Cards, bought: Sequence[Purchase]
) -> tuple[Int, Int, Days, list[Events]]:
    """Which purchases go on which card, and those that do on none."""
    first = np.full(len(s.who.place), -1)
    first[held.owner[::-1]] = np.arange(len(held))[::-1]
    draw, left, on = stream(s.run.seed, "life.on_card"), [], []
    for group in bought:
        there = first[group.owner] >= 0
        hit = there & draw.chance(group.made.place, s.habits.on_card[group.owner])
        some = np.flatnonzero(hit)
        number = draw.below(group.made.place[some], s.habits.cards[group.owner[some]], 1)
        on.append((first[group.owner[some]] + number, group.made.take(some)))
        left.append(group.made.take(np.flatnonzero(~hit)))
    card = np.concatenate([number for number, _ in on])
    made = together([some for _, some in on])
    return card, made.wish, made.at.astype("datetime64[D]"), left


def statements(s: Scene, held: Cards, card: Int, cents: Int, day: Days) -> Statements:
    """All statements of the cards, month after month, and which purchases the limit let through."""
    now = s.run.month
    months = int(now - held.first_month.min(initial=now)) + 1
    order = np.lexsort((day, card))
    card, cents, day = card[order], cents[order], day[order]
    into = (day - day.astype("datetime64[M]").astype("datetime64[D]")).astype(np.int64) + 1
    cycle = day.astype("datetime64[M]").astype(np.int64) - held.first_month[card]
    cycle += into > held.statement_day[card]
    spent = _Cycles(card * (months + 1) + np.clip(cycle, 0, months), cents)
    shape = (len(held), months)
    interest, balance, minimum, paid = (np.zeros(shape, dtype=np.int64) for _ in range(4))
    carried = np.zeros(len(held), dtype=np.int64)
    for month in range(months):
        owed = np.floor(carried * held.apr / 1200 + 0.5).astype(np.int64)
        owed[owed < _WAIVED] = 0
        room = np.maximum(held.limit - carried - owed, 0)
        new = spent.within(np.arange(len(held)) * (months + 1) + month, room)
        balance[:, month] = carried + owed + new
        interest[:, month], minimum[:, month] = owed, _minimum(balance[:, month])
        paid[:, month] = _paid(s, held, month, balance[:, month], minimum[:, month])
        carried = balance[:, month] - paid[:, month]
    on, due = _days(held, months)
    return Statements(on, interest, balance, minimum, paid, due)


class _Cycles:
    """Purchases by card and cycle: how much of them fits below a limit, one after the other."""

    def __init__(self, cell: Int, cents: Int) -> None:
        self.cell = cell
        total = np.cumsum(cents)
        start = np.searchsorted(cell, cell)
        self.running = total - np.where(start > 0, total[start - 1], 0)

    def within(self, cells: Int, room: Int) -> Int:
        """Cents of the purchases of cells until one would pass the room that is left."""
        low = np.searchsorted(self.cell, cells)
        high = np.searchsorted(self.cell, cells, side="right")
        found = np.zeros(len(cells), dtype=np.int64)
        for k in range(int((high - low).max(initial=0))):
            live = np.flatnonzero(low + k < high)
            value = self.running[low[live] + k]
            fits = live[value <= room[live]]
            found[fits] = self.running[low[fits] + k]
        return found


def _minimum(balance: Int) -> Int:
    least = np.minimum(balance, np.maximum(_LEAST, balance * _LEAST_PART // 100))
    return np.where(balance < _WAIVED, 0, least)


def _paid(s: Scene, held: Cards, month: int, balance: Int, minimum: Int) -> Int:
    """What the holder pays of a statement, by habit."""
    habit = s.habits.pays_card[held.owner]
    draw = stream(s.run.seed, "life.card_part")
    period = held.first_month + month
    part = _PART[0] + (_PART[1] - _PART[0]) * draw.uniform(held.place * 4096 + period)
    some = np.maximum(np.floor(balance * part / 1000).astype(np.int64) * 1000, minimum)
    paid = np.where(habit == IN_FULL, balance, np.where(habit == MINIMUM, minimum, some))
    paid = np.where(balance - paid < _WAIVED, balance, paid)  # nobody leaves cents behind
    return np.where(balance < _WAIVED, 0, paid)


def _days(held: Cards, months: int) -> tuple[Days, Days]:
    """Days of statements and payments: due 25 days later, or the business day before."""
    first = held.first_month.astype("datetime64[M]").astype("datetime64[D]")
    day = first + (held.statement_day - 1) * DAY
    all_of = add_months(np.repeat(day, months), np.tile(np.arange(months), len(held)))
    on = all_of.reshape(len(held), months)
    return on, last_business(on + DUE_DAYS * DAY)


def _payments(s: Scene, held: Cards, told: Statements) -> Events:
    """The payments from the checking accounts."""
    account = s.checking[held.owner]
    card, month = np.nonzero(told.paid > 0)
    day, of = told.paid_on[card, month], account[card]
    there = (day >= s.start[of]) & (day <= s.end[of])
    card, month, day, of = card[there], month[there], day[there], of[there]
    code = CREDIT_CARD + held.number[card]
    place = address(s.a.place[of], code, held.first_month[card] + month)
    at = cleared(stream(s.run.seed, "life.cleared"), place, day)
    return events(
        of, at, place, way=OWED, wish=told.paid[card, month], kind=BILL, payee=code, channel=ACH,
        purpose=PURPOSES.index("card_payment"),
    )  # fmt: skip
