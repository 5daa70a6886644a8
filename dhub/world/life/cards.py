"""Takes purchases, gives the credit cards they go on: statements, interest and what is paid.

A statement a month on the card's own day; it is due 25 days later. Who pays in full pays it all,
others a part or the minimum, and interest on what was carried stands on the next statement.
Purchases above the limit are declined. The cards are at other banks, and only the payment shows;
where the profile has a section `cards` they are this bank's, and `card_book` tells all of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dhub.draw import exp, stream
from dhub.profiles.cards import Cards as Figures
from dhub.profiles.life import GROUPS
from dhub.world.calendar import DAY, add_months, last_business, next_business
from dhub.world.income import STUDENT
from dhub.world.life.events import NOBODY, OWED, Events, events, together
from dhub.world.life.personas import IN_FULL, MINIMUM
from dhub.world.life.rates import Purchase
from dhub.world.life.scene import Scene, address
from dhub.world.life.streams import CREDIT_CARD, cleared
from dhub.world.money.channels import ACH
from dhub.world.money.kinds import BILL, PURPOSES
from dhub.world.price_list import (
    CARD_FEES,
    CASH_BACK,
    CLASSIC,
    MILES,
    MILES_ELITE,
    PLATINUM,
    STUDENT_CARD,
)

Int = NDArray[np.int64]
Float = NDArray[np.float64]
Bools = NDArray[np.bool_]
Days = NDArray[np.datetime64]
Instants = NDArray[np.datetime64]

MOST_CARDS = 3
DUE_DAYS = 25
_LEAST, _LEAST_PART = 2500, 2  # cents and percent of a balance: the minimum
_APR = (16.0, 28.0)  # percent a year (assumed)
_LIMIT_OF_INCOME, _LIMIT_SIGMA = 0.16, 0.45  # of the gross (assumed)
_PART = (0.15, 0.75)  # of a statement that is paid in part
_SOON = 240  # days within which a new customer gets a card (assumed)
_TRAVELS = 0.12  # journeys a month from which on a card earns miles (assumed)
# Cents of limit from which on the cards with a fee are given, which is then a small part of it.
_ELITE_FROM, _PLATINUM_FROM, _MILES_FROM = 1_000_000, 400_000, 250_000
_FOR_FEES = 10  # a tenth of the limit stays free for the fees of cards that have one (assumed)
_BACK = (20, 216)  # hours until something is given back (assumed)
_IN_TIME = 0.8  # of what could be is given back before the statement
_LEAST_BACK = 1_500  # cents
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
    # Of cards of the bank itself; of others nothing is known of these.
    product: Int  # index into the cards of the price list
    opened: Days
    brought: Int  # cents owed at first

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
    fee: Int


@dataclass(frozen=True)
class Charges:
    """What was bought on cards and went through, and when what was given back came back."""

    card: Int
    bought: Events
    back: Instants  # NaT for what was kept


def cards(s: Scene) -> Cards:
    """The credit cards of those whose checking account is the main one."""
    if s.run.profile.cards is not None:
        return own_cards(s, s.run.profile.cards)
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
    return Cards(
        owner, number, place, 1 + draw.below(place, 28, 2), limit, apr, began,
        np.full(len(owner), NOBODY), s.start[s.checking[owner]], np.zeros_like(owner),
    )  # fmt: skip


def own_cards(s: Scene, said: Figures) -> Cards:
    """Credit cards of this bank: of those whose checking account moves to this day."""
    moves = s.end[s.checking[s.holders]] == s.run.today - DAY
    owner = s.holders[s.main[s.holders] & moves]
    owner = np.repeat(owner, s.habits.cards[owner])
    number = np.arange(len(owner)) - np.searchsorted(owner, owner)
    account = s.checking[owner]
    place = s.a.place[account] * 64 + CREDIT_CARD + number
    draw = stream(s.run.seed, "life.own_cards")
    part = said.limit.low + (said.limit.high - said.limit.low) * draw.uniform(place)
    limit = np.maximum(np.floor(s.earns.gross[owner] * part / 10_000).astype(np.int64), 3) * 10_000
    apr = said.apr.low + np.floor((said.apr.high - said.apr.low) * draw.uniform(place, 1) * 20) / 20
    opened = _opened(s, said, account, place)
    habit, (low, high) = s.habits.pays_card[owner], (said.brought.low, said.brought.high)
    share = (low + (high - low) * draw.uniform(place, 3)) * np.array([0.0, 0.5, 1.0])[habit]
    brought = np.where(opened < s.start[account], np.floor(limit * share).astype(np.int64), 0)
    on = 1 + draw.below(place, 28, 2)
    return Cards(
        owner, number, place, on, limit, apr,
        _next_statement(np.maximum(opened, s.start[account]), on),
        _products(s, owner, number, limit, place), opened, brought,
    )  # fmt: skip


def _next_statement(day: Days, on: Int) -> Int:
    """The month since 1970 of the first statement on or after each day."""
    month = day.astype("datetime64[M]")
    into = (day - month.astype("datetime64[D]")).astype(np.int64) + 1
    return np.asarray(month.astype(np.int64) + (into > on))


def _opened(s: Scene, said: Figures, account: Int, place: Int) -> Days:
    """With an account that the ledger finds open, some time before it begins; else soon after."""
    draw, start = stream(s.run.seed, "life.card_opened"), s.start[account]
    there = s.a.first_day[account]
    earliest = np.maximum(there, start - int(said.opened_years * 365.25) * DAY)
    before = (start - earliest).astype(np.int64)
    ago = draw.below(place, np.maximum(before, 1))
    length = (s.end[account] - start).astype(np.int64)
    later = draw.below(place, np.clip(length // 3, 1, _SOON), 1)
    return next_business(np.where(before > 0, start - 7 * DAY - ago * DAY, start + later * DAY))


def _products(s: Scene, owner: Int, number: Int, limit: Int, place: Int) -> Int:
    """Students have theirs, who travels rather one that earns miles, the others by their limit."""
    draw = stream(s.run.seed, "life.card_product")
    travels = s.habits.rates[owner, GROUPS.index("travel")] >= _TRAVELS
    dear, well, some = (limit >= least for least in (
        _ELITE_FROM, _PLATINUM_FROM, _MILES_FROM
    ))
    plain = draw.pick(place, (0.45, 0.45, 0.10))
    found = np.where((plain == 2) & ~well, 0, np.array([CLASSIC, CASH_BACK, PLATINUM])[plain])
    miles = np.where(dear & draw.chance(place, 0.4, 1), MILES_ELITE, MILES)
    found = np.where(draw.chance(place, np.where(travels, 0.85, 0.06), 2) & some, miles, found)
    student = s.earns.work[owner] == STUDENT
    return np.where(student, STUDENT_CARD, found)


def charged(
    s: Scene, held: Cards, bought: Sequence[Purchase]
) -> tuple[list[Events], Events, Charges, Statements]:
    """The purchases that stay with the checking account, the cards' payments, and what else cards
    of the bank itself show."""
    card, made, left = _sorted_out(s, held, bought)
    day = made.at.astype("datetime64[D]")
    order = np.lexsort((day, card))
    card, made, day = card[order], made.take(order), day[order]
    cycle = cycles(held, card, day)
    back = _given_back(s, held, card, made, cycle)
    lost = np.where(np.isnat(back), 0, made.wish)
    told, through = _stated(s, held, card, cycle, made.wish, lost)
    some = np.flatnonzero(through)
    return left, _payments(s, held, told), Charges(card[some], made.take(some), back[some]), told


def _given_back(s: Scene, held: Cards, card: Int, made: Events, cycle: Int) -> Instants:
    """When a few purchases come back: before their statement, NaT for the others."""
    never = np.full(len(card), np.datetime64("NaT", "us"))
    said = s.run.profile.cards
    if said is None:
        return never
    draw = stream(s.run.seed, "life.given_back")
    at = made.at + draw.between(made.place, *_BACK, 1) * (DAY // 24).astype("timedelta64[us]")
    same = cycles(held, card, at.astype("datetime64[D]")) == cycle
    gives = draw.chance(made.place, said.refunds / _IN_TIME) & same
    return np.where(gives & (made.wish > _LEAST_BACK), at, never)


def _sorted_out(
    s: Scene, held: Cards, bought: Sequence[Purchase]
) -> tuple[Int, Events, list[Events]]:
    """Which purchases go on which card, and those that do on none."""
    first = np.full(len(s.who.place), -1)
    first[held.owner[::-1]] = np.arange(len(held))[::-1]
    draw, left, on = stream(s.run.seed, "life.on_card"), [], []
    for group in bought:
        there = first[group.owner] >= 0
        hit = there & draw.chance(group.made.place, s.habits.on_card[group.owner])
        some = np.flatnonzero(hit)
        number = draw.below(group.made.place[some], s.habits.cards[group.owner[some]], 1)
        card = first[group.owner[some]] + number
        early = group.made.at[some].astype("datetime64[D]") <= held.opened[card]
        if s.run.profile.cards is not None and early.any():
            hit[some[early]] = False
            some, card = some[~early], card[~early]
        on.append((card, group.made.take(some)))
        left.append(group.made.take(np.flatnonzero(~hit)))
    card = np.concatenate([number for number, _ in on])
    return card, together([some for _, some in on]), left


def cycles(held: Cards, card: Int, day: Days) -> Int:
    """The statement of each day, counted from the card's first month."""
    into = (day - day.astype("datetime64[M]").astype("datetime64[D]")).astype(np.int64) + 1
    cycle = day.astype("datetime64[M]").astype(np.int64) - held.first_month[card]
    return np.asarray(cycle + (into > held.statement_day[card]))


def statements(s: Scene, held: Cards, card: Int, cents: Int, day: Days) -> Statements:
    """All statements of the cards, month after month, of what was bought."""
    order = np.lexsort((day, card))
    card, cents, day = card[order], cents[order], day[order]
    return _stated(s, held, card, cycles(held, card, day), cents, np.zeros_like(cents))[0]


def _stated(
    s: Scene, held: Cards, card: Int, cycle: Int, cents: Int, back: Int
) -> tuple[Statements, Bools]:
    """All statements, and which purchases the limit let through; `back` is given back of them.

    On a card of the bank itself, whose balance shows, a purchase finds no room that only a payment
    to come makes.
    """
    now, own = s.run.month, s.run.profile.cards is not None
    months = int(now - held.first_month.min(initial=now)) + 1
    spent = _Cycles(card * (months + 1) + np.clip(cycle, 0, months), cents, back)
    shape = (len(held), months)
    interest, balance, minimum, paid = (np.zeros(shape, dtype=np.int64) for _ in range(4))
    fee = _fees(held, months) if own else np.zeros(shape, dtype=np.int64)
    carried = held.brought.copy()
    shown = carried  # before anything is paid of it
    most = held.limit - np.where((fee > 0).any(axis=1), held.limit // _FOR_FEES, 0)
    for month in range(months):
        owed = np.floor(carried * held.apr / 1200 + 0.5).astype(np.int64)
        owed[owed < _WAIVED] = 0
        owed += fee[:, month]
        room = np.maximum(most - (shown if own else carried) - owed, 0)
        new = spent.within(np.arange(len(held)) * (months + 1) + month, room)
        balance[:, month] = carried + owed + new
        interest[:, month] = owed - fee[:, month]
        minimum[:, month] = _minimum(balance[:, month])
        paid[:, month] = _paid(s, held, month, balance[:, month], minimum[:, month])
        carried, shown = balance[:, month] - paid[:, month], balance[:, month]
    if own:
        spent.rest(months, most - shown)
    on, due = _days(held, months)
    return Statements(on, interest, balance, minimum, paid, due, fee), spent.through


def _fees(held: Cards, months: int) -> Int:
    """The fee of a year, on the statement of the month in which the card was opened."""
    dollars = np.array(CARD_FEES)[held.product]
    since = held.opened.astype("datetime64[M]").astype(np.int64)
    month = held.first_month[:, None] + np.arange(months) - since[:, None]
    return np.where((month % 12 == 0) & (month > 0), dollars[:, None] * 100, 0)


class _Cycles:
    """Purchases by card and cycle: how much of them fits below a limit, one after the other."""

    def __init__(self, cell: Int, cents: Int, back: Int) -> None:
        self.cell = cell
        self.running, self.back = self._running(cents), self._running(back)
        self.through = np.zeros(len(cell), dtype=bool)

    def _running(self, cents: Int) -> Int:
        total = np.cumsum(cents)
        start = np.searchsorted(self.cell, self.cell)
        return np.asarray(total - np.where(start > 0, total[start - 1], 0))

    def within(self, cells: Int, room: Int) -> Int:
        """Cents of the purchases of cells until one would pass the room that is left, less what is
        given back of them."""
        low = np.searchsorted(self.cell, cells)
        high = np.searchsorted(self.cell, cells, side="right")
        found = np.zeros(len(cells), dtype=np.int64)
        for k in range(int((high - low).max(initial=0))):
            live = np.flatnonzero(low + k < high)
            value = self.running[low[live] + k]
            fits = live[value <= room[live]]
            found[fits] = self.running[low[fits] + k] - self.back[low[fits] + k]
            self.through[low[fits] + k] = True
        return found

    def rest(self, months: int, room: Int) -> None:
        """Let through what is bought since the last statement."""
        cells = np.arange(len(room)) * (months + 1) + months
        self.within(cells, np.maximum(room, 0))


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
