"""Takes users and the day on which each month begins for them, gives what they owe every month.

For most a month begins on its first day; for whoever lives from one pay to the next it begins with
the pay.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dhub.draw import stream
from dhub.world.outside.archetypes.moves import (
    ELECTRIC,
    INSTALMENT,
    INTERNET,
    RENT,
    SUBSCRIPTION,
    WATER,
    Moves,
    address,
    crossed,
    in_month,
    moves,
    open_after,
    together,
)
from dhub.world.outside.archetypes.payees import GYM, MEAL_KIT, NETFLIX, SERVICES, how_many
from dhub.world.outside.everyday.loans import Loans
from dhub.world.outside.grids import backward
from dhub.world.outside.payees import FIRST_SERVICER, SERVICERS
from dhub.world.outside.personas import (
    P2,
    P3,
    P5,
    THREE_MERCHANTS,
    Lives,
    hundredths,
    said,
)

Int = NDArray[np.int64]
Float = NDArray[np.float64]
Bools = NDArray[np.bool_]

_RENT_SHARE = (240, 310)  # thousandths of the income of a month (assumed)
_POWER = (7_000, 15_000)
_POWER_VARIES = 0.08
_LINE, _TAP = (4_500, 8_500), (2_400, 6_200)
_LENT_MOST = 0.55  # of the range, or no payment of the document would pay it back (assumed)
# Pay for internet, for power, and of those for water; for others rent does (assumed).
_ONLINE, _POWERED, _WATERED = 0.35, 0.7, 0.2
_IN_DEBT = 0.18  # of regular earners pay off a student loan (assumed)
_SUBSCRIBED = (0.50, 0.35, 0.15)  # to none, one, two services: whoever does not show P3 (assumed)
_MANY = (4, 6)
# Days after the month begins, by whoever lives from pay to pay, and by all others.
_SOON = {RENT: (1, 1), ELECTRIC: (3, 4), SUBSCRIPTION: (2, 6)}
_USUAL = {RENT: (1, 3), ELECTRIC: (13, 17), WATER: (8, 24), INTERNET: (5, 25),
          SUBSCRIPTION: (2, 27)}  # fmt: skip


def student_loans(who: Lives) -> Loans:
    """Student loans; what is paid is more than the interest, so that they shrink."""
    draw = stream(who.run.seed, who.run.named("loan"))
    has = who.regular & (who.edge == 0) & draw.chance(who.number, _IN_DEBT)
    low, high = said(who.run).loan_balance.cents
    balance = draw.between(who.number, low, low + int((high - low) * _LENT_MOST), 1)
    rate = draw.between(who.number, *hundredths(said(who.run).loan_rate), 2)
    interest = balance * rate / 120_000
    payment = np.floor(interest * (1.3 + 0.3 * draw.uniform(who.number, 3))).astype(np.int64)
    return Loans(has, balance, rate, np.clip(payment, *said(who.run).loan_payment.cents),
                 3 + draw.below(who.number, 24, 4),
                 FIRST_SERVICER + draw.below(who.number, len(SERVICERS), 5))  # fmt: skip


def subscribed(who: Lives) -> Bools:
    """(users, services): who has subscribed to what. P3 takes four or more, others at most two."""
    draw, n = stream(who.run.seed, who.run.named("services")), len(SERVICES)
    some = draw.pick(who.number, _SUBSCRIBED)
    count = np.where(who.of(P3), draw.between(who.number, *_MANY, 1), some)
    count = np.where(who.of(P5) & ~who.of(P3), np.minimum(count, 1), count)
    count = np.where(who.lives_on_pay, count, 0)
    wish = draw.uniform(who.number[:, None] * n + np.arange(n), 2)
    wish[who.of(P3), GYM], wish[who.of(P3), MEAL_KIT] = 2.0, 2.0
    exact = who.edge == THREE_MERCHANTS
    wish[exact, NETFLIX] = 2.0
    count[exact] = 3
    rank = np.argsort(np.argsort(-wish, axis=1), axis=1)
    return np.asarray(rank < count[:, None])


def bills(who: Lives, monthly: Int, users: Int, months: Int, begin: Int) -> Moves:
    """Rent, power, internet, subscriptions and instalments; `begin` is (users, months)."""
    def all_of(kind: int, some: Bools, cents: Int, nth: Int | int = 0) -> Moves:
        return _each_month(who, users, months, begin, kind, some, cents, nth)

    number = who.number
    power = _between(who, "power", _POWER)
    line = _between(who, "line", _LINE) // 500 * 500 + 499
    draw, everybody = stream(who.run.seed, who.run.named("line.has")), who.lives_on_pay
    has_line = draw.chance(number, _ONLINE) & ~who.of(P5)
    has_tap = draw.chance(number, _WATERED, 2) & ~who.of(P5)
    has_meter = everybody & draw.chance(number, _POWERED, 1)
    parts = [
        all_of(RENT, everybody, rents(who, monthly)),
        _varied(who, all_of(ELECTRIC, has_meter, power)),
        _varied(who, all_of(WATER, has_meter & has_tap, _between(who, "tap", _TAP))),
        all_of(INTERNET, has_line, line),
        _instalments(who, users, months),
    ]
    mine, price = subscribed(who), _prices(who)
    for service in range(len(SERVICES)):
        part = all_of(SUBSCRIPTION, mine[:, service], price[:, service], service)
        part.whom[:] = service
        parts.append(part)
    return together(parts)


def _instalments(who: Lives, users: Int, months: Int) -> Moves:
    """Payments of student loans, on their day or the business day before, as `owed` states them."""
    loans = student_loans(who)
    user, month = crossed(users[loans.has[users]], months)
    day = backward(in_month(month, loans.day[user]))
    return moves(who.number, user, day, INSTALMENT, period=month, cents=loans.payment[user],
                 whom=loans.servicer[user] - FIRST_SERVICER)  # fmt: skip


def rents(who: Lives, monthly: Int) -> Int:
    """Cents of rent of every user: whole fives of dollars."""
    part = _between(who, "rent", _RENT_SHARE)
    wish = np.where(who.of(P5) | who.of(P2), 0, monthly * part // 1000)
    low, high = said(who.run).rent.cents
    poor = low + _between(who, "rent.poor", (0, 12_000))
    wish = np.where(wish > high, high - _between(who, "rent.rich", (0, 45_000)), wish)
    return np.asarray(np.clip(np.maximum(wish, poor) // 500 * 500, low, high))


def _each_month(
    who: Lives, users: Int, months: Int, begin: Int, kind: int, some: Bools, cents: Int,
    nth: Int | int,
) -> Moves:  # fmt: skip
    """A bill of some users in every month, on the business day at or after its day."""
    draw = stream(who.run.seed, who.run.named("due"))
    near = who.of(P5)[users]
    ends = np.where(near[:, None], _SOON.get(kind, _USUAL[kind]), _USUAL[kind])
    place = address(who.number[users], 0, kind, 0, nth)
    after = draw.between(place, ends[:, 0], ends[:, 1]) - np.where(near, 0, 1)
    row, column = np.nonzero(np.broadcast_to(some[users][:, None], begin.shape))
    day = open_after(begin[row, column] + after[row])
    whom = draw.below(place, int(how_many()[kind]), 1)[row]
    return moves(who.number, users[row], day, kind, period=months[column], nth=nth,
                 cents=cents[users[row]], whom=whom)  # fmt: skip


def _varied(who: Lives, some: Moves) -> Moves:
    """Power within some percent of its mean."""
    u = stream(who.run.seed, who.run.named("power.varies")).uniform(some.place)
    part = 1 + _POWER_VARIES * (2 * u - 1)
    return some.worth(np.floor(some.cents * part).astype(np.int64))


def _prices(who: Lives) -> Int:
    """(users, services): cents, each ending in 99."""
    draw, n = stream(who.run.seed, who.run.named("prices")), len(SERVICES)
    low, high = (np.array([round(s.price[end] * 100) for s in SERVICES]) for end in (0, 1))
    place = who.number[:, None] * n + np.arange(n)
    return np.asarray(np.minimum(draw.between(place, low, high) // 100 * 100 + 99, high))


def _between(who: Lives, name: str, ends: tuple[int, int]) -> Int:
    return stream(who.run.seed, who.run.named(name)).between(who.number, *ends)
