"""Takes users and their incomes, gives their cards and what is bought with them.

Who shows P1 pays the minimum of a card that is used by more than half; all others pay each
statement in full, and their limits are such that little of them is used.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from dhub.draw import Stream, stream
from dhub.world.outside import cards as cycle
from dhub.world.outside.archetypes.moves import (
    CARD,
    DINING,
    SHOPPING,
    TRIPS,
    Moves,
    counted,
    in_month,
    month_of,
    moves,
)
from dhub.world.outside.archetypes.shopping import basket, favourite, priced
from dhub.world.outside.personas import HALF_USED, P1, P3, P4, P5, Lives, hundredths, said
from dhub.world.outside.plan import Events, Liabilities

Int = NDArray[np.int64]
Float = NDArray[np.float64]
Bools = NDArray[np.bool_]

_USED = (0.63, 0.86)  # of a limit, by who shows P1 (the margin is 0.55)
_USED_LITTLE, _USED_BY_SAVERS = (0.06, 0.29), (0.06, 0.22)  # by others, and by who shows P4
_OVERDUE_EVERY = 6  # one in so many of those who show P1 (5 % of all cards)
_HALF_LIMIT, _HALF = 400_000, 200_000  # cents, of the user at the threshold
_LIMIT = (100_000, 1_500_000)
_LIMIT_STEP, _MOST_OF_STRESSED = 50_000, 150_000
_LIMIT_OF_INCOME = (0.35, 1.55)  # of an income of a month (assumed)
_BOUGHT = (0.008, 0.026)  # of a limit in a month, by who shows P1 (assumed)
_SPENT = (0.05, 0.13)  # of an income of a month, by whoever pays in full (assumed)
_OFTEN, _OFTEN_BY_P1 = 1.2, 1.0  # purchases a month, one at least (assumed)
_SOME, _SECOND, _POOR = 0.6, 0.2, 0.3  # have a card, a second one, one though short of money
_DEARER = 2.5  # is a trip than other things (assumed)
_FAR = 1 << 16  # later than any month
_STEERED = 4  # rounds; each brings what is owed about fifty times closer to what it shall be


@dataclass(frozen=True)
class Carried:
    """What cards of a shard come to."""

    cards: cycle.Cards
    bought: Moves
    owed: Int
    limit: Int
    events: Events
    liabilities: Liabilities


def slots(who: Lives) -> Bools:
    """(users, 2): who has a card, and a second one."""
    draw = stream(who.run.seed, who.run.named("cards.count"))
    needs, plain = who.of(P1) | who.of(P4), who.edge == 0
    likes = draw.chance(who.number, np.where(who.regular, _SOME, _POOR), 1)
    some = needs | plain & likes & ~who.of(P5)
    able = plain & ~who.of(P3) & ~who.of(P4) & ~who.of(P5) & (who.regular | who.of(P1))
    second = some & able & draw.chance(who.number, _SECOND)
    return np.stack([some & who.lives_on_pay, second & who.lives_on_pay], axis=1)


def carried(who: Lives, monthly: Int, account: Int, institution: Int) -> Carried:
    """All cards; `account` is (users, SLOTS) the rows of the plan's accounts."""
    held = _cards(who, monthly, account, institution)
    user = held.user - who.number[0]
    bought = _bought(who, held, monthly)
    card = np.searchsorted(held.account, account[bought.user, bought.slot])
    done, held = _steered(who, held, card, bought)
    half = (who.edge[user] == HALF_USED)[card] & _last_of_each(card, bought.day)
    exact = np.where(half, bought.cents + _HALF - done.current[card], bought.cents)
    bought = bought.worth(exact)
    done = cycle.carried(who.run, held, card, bought.day, bought.cents)
    limit = np.where(held.habit == cycle.MINIMUM, held.limit,
                     _limits(who, held, card, bought, done.current))  # fmt: skip
    inside = (bought.day >= who.run.first) & (bought.day <= who.run.last)
    return Carried(held, bought.take(inside), done.current, limit, done.events, done.liabilities)


def _cards(who: Lives, monthly: Int, account: Int, institution: Int) -> cycle.Cards:
    draw, run = stream(who.run.seed, who.run.named("cards")), who.run
    user, nth = np.nonzero(slots(who))
    place = who.number[user] * 2 + nth
    carries, half = who.of(P1)[user], (who.edge == HALF_USED)[user]
    late = carries & (who.rank[user] % _OVERDUE_EVERY == 5) & (who.edge[user] == 0) & (nth == 0)
    apr = hundredths(said(run).apr)
    wish = monthly[user] * _between(draw, place, _LIMIT_OF_INCOME, 1)
    limit = np.clip(np.floor(wish / _LIMIT_STEP).astype(np.int64) * _LIMIT_STEP, *_LIMIT)
    limit = np.where(who.of(P5)[user], np.minimum(limit, _MOST_OF_STRESSED), limit)
    limit = np.where(half, _HALF_LIMIT, limit)
    used = np.where(half, _HALF / _HALF_LIMIT, _between(draw, place, _USED, 2))
    target = np.floor(limit * used).astype(np.int64)
    return cycle.Cards(
        account[user, CARD + nth], account[user, 0], who.number[user], nth,
        institution[account[user, CARD + nth]], limit, draw.between(place, *apr, 3),
        issue_days(who, user, nth),
        np.where(carries, cycle.MINIMUM, cycle.IN_FULL),
        np.where(carries, target, 0), target, late,
    )  # fmt: skip


def issue_days(who: Lives, user: Int, nth: Int) -> Int:
    """The day of each card's last statement: 2 to 14 days before the last day, on a day that every
    month has. Of who lives from pay to pay on one after which the due date moves little within the
    month, so that pay can always come some days before."""
    days = who.run.last - np.arange(2, 15)
    into = _day_of_month(days)
    usual, steady = days[into < 28], days[(into <= 3) | (into >= 13) & (into < 28)]
    draw, place = stream(who.run.seed, who.run.named("cards.issued")), who.number[user] * 2 + nth
    return np.where(who.of(P5)[user], steady[draw.below(place, len(steady))],
                    usual[draw.below(place, len(usual))])  # fmt: skip


def earliest_due(who: Lives, user: Int) -> Int:
    """The earliest day of the month on which the first card of who lives from pay to pay is due,
    25 days after its statement; 0 without a card."""
    into = _day_of_month(issue_days(who, user, np.zeros_like(user)))
    has = slots(who)[user, 0]
    return np.where(has, np.where(into <= 3, into + cycle.DUE_DAYS, into - 6), 0)


def _day_of_month(days: Int) -> Int:
    day = days.astype("datetime64[D]")
    into: Int = (day - day.astype("datetime64[M]").astype("datetime64[D]")).astype(np.int64)
    return into + 1


def _bought(who: Lives, held: cycle.Cards, monthly: Int) -> Moves:
    """What is bought with each card up to each statement and after the last one: something every
    month, so that every month has a payment. The last purchase of the user at the threshold comes
    after the last statement."""
    draw, run = stream(who.run.seed, who.run.named("cards.bought")), who.run
    months = np.arange(month_of(cycle.bought_from(run)), month_of(run.last) + 2)
    carries = held.habit == cycle.MINIMUM
    card, month = np.repeat(np.arange(len(held)), len(months)), np.tile(months, len(held))
    place = (held.user[card] * 2 + held.number[card]) << 17 | month << 5
    often = np.where(carries, _OFTEN_BY_P1, _OFTEN)
    count = np.floor(often[card] + draw.uniform(place)).astype(np.int64)
    card, month, nth = counted(card, month, count)
    place = (held.user[card] * 2 + held.number[card]) << 17 | month << 5 | nth
    closed = _day_of_month(held.issued)[card]
    after, until = in_month(month - 1, closed), in_month(month, closed)
    day = after + 1 + np.floor(draw.uniform(place, 1) * (until - after)).astype(np.int64)
    user = held.user[card] - who.number[0]
    kind = np.where(carries[card], SHOPPING, _on_what(draw.uniform(place, 2)))
    out = moves(who.number, user, day, SHOPPING, period=month, slot=CARD + held.number[card],
                nth=nth)  # fmt: skip
    out.kind[:] = kind
    mean = np.where(carries, held.limit * _between(draw, held.user, _BOUGHT, 3),
                    monthly[held.user - who.number[0]] * _between(draw, held.user, _SPENT, 3))
    usual = np.maximum(mean / (often + 0.5), 2_400)[card]
    usual = np.where(out.kind == DINING, np.minimum(usual, basket(who, DINING)[1]), usual)
    out = priced(who, favourite(who, out), np.where(out.kind == TRIPS, _DEARER, 1) * usual)
    late = _last_of_each(card, day) & (who.edge[user] == HALF_USED)
    out.day[late] = run.last - 1
    return out.take(out.day <= run.last)


def _on_what(u: Float) -> Int:
    """Half and more at shops, some at restaurants, a tenth on trips (assumed)."""
    return np.select([u < 0.6, u < 0.9], [SHOPPING, DINING], TRIPS)


def _between(draw: Stream, place: Int, ends: tuple[float, float], lane: int) -> Float:
    return ends[0] + (ends[1] - ends[0]) * draw.uniform(place, lane)


def _last_of_each(card: Int, day: Int) -> Bools:
    """Whether a purchase is its card's last one; the later row of two on one day."""
    order = np.lexsort((day, card))
    ends = np.append(card[order][1:] != card[order][:-1], True) if len(order) else order == 0
    out = np.zeros(len(card), dtype=bool)
    out[order] = ends
    return out


def _steered(
    who: Lives, held: cycle.Cards, card: Int, bought: Moves
) -> tuple[cycle.Carried, cycle.Cards]:
    """The first statement of each carried balance such that the last day owes what it shall."""
    grows = (1 - cycle.LEAST_PERCENT / 100) * (1 + held.apr / 120_000)
    steps = cycle.statements(who.run, held.issued).shape[1] - 1
    whole = np.ones(len(held))
    for _ in range(steps):
        whole = whole * grows
    for _ in range(_STEERED):
        done = cycle.carried(who.run, held, card, bought.day, bought.cents)
        off = np.where(held.habit == cycle.MINIMUM, held.target - done.current, 0)
        wish = held.opening + np.floor(off / whole).astype(np.int64)
        held = replace(held, opening=np.maximum(wish, 0))
    return cycle.carried(who.run, held, card, bought.day, bought.cents), held


def _limits(who: Lives, held: cycle.Cards, card: Int, bought: Moves, owed: Int) -> Int:
    """Round limits of cards that are paid in full: little is used, and it never comes near one."""
    draw = stream(who.run.seed, who.run.named("cards.limit"))
    place = held.user * 2 + held.number
    saver = who.of(P4)[held.user - who.number[0]]
    used = np.where(saver, _between(draw, place, _USED_BY_SAVERS, 0),
                    _between(draw, place, _USED_LITTLE, 0))  # fmt: skip
    wish = np.maximum(owed / used, _peaks(held, card, bought) * 1.1)
    step = np.where(wish > 1_000_000, 2 * _LIMIT_STEP, _LIMIT_STEP)
    return np.asarray(np.maximum(np.ceil(wish / step).astype(np.int64) * step, _LIMIT[0]))


def _peaks(held: cycle.Cards, card: Int, bought: Moves) -> Int:
    """The most that is bought with each card in three calendar months: nothing is owed longer."""
    month = bought.period - bought.period.min(initial=_FAR)
    total = np.zeros((len(held), int(month.max(initial=0)) + 3), dtype=np.int64)
    np.add.at(total, (card, month), bought.cents)
    return np.asarray((total + np.roll(total, 1, axis=1) + np.roll(total, 2, axis=1)).max(axis=1))
