"""Takes users, their incomes and what their cards cost, gives all moves of their other accounts
and what those hold: for whoever is paid regularly, at long intervals, and lives from pay to pay."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dhub.world.outside.archetypes import edges, irregular, regular, stressed
from dhub.world.outside.archetypes.bills import bills
from dhub.world.outside.archetypes.cards import earliest_due
from dhub.world.outside.archetypes.moves import (
    CHECKING,
    Moves,
    crossed,
    month_length,
    month_of,
    month_start,
    together,
)
from dhub.world.outside.archetypes.paydays import (
    biweekly_paydays,
    irregular_paydays,
    monthly_paydays,
)
from dhub.world.outside.archetypes.saving import Savings, savings
from dhub.world.outside.archetypes.shopping import purchases
from dhub.world.outside.personas import (
    BIWEEKLY,
    MONTHLY,
    NO_ROWS,
    ONLY_PENDING,
    Lives,
    pay_rhythm,
)

Int = NDArray[np.int64]
Bools = NDArray[np.bool_]

_AROUND = 80  # days before and after the window of which more is known than is told
_DEAR = (200_000, 900_000)  # cents of income a month between which baskets grow dearer


@dataclass(frozen=True)
class Lived:
    """Moves of all accounts but what is bought with cards, and what is held in the end."""

    moves: Moves
    checking: Int  # by user
    savings: Savings


@dataclass(frozen=True)
class _Scene:
    """What every part reads."""

    who: Lives
    income: Int  # dollars a year
    monthly: Int  # cents
    months: Int  # since 1970
    paid: Moves  # for cards, from checking
    saved: Moves  # from checking and into savings


def lived(who: Lives, income: Int, paid: Moves) -> Lived:
    """All of it for a slice of users; `paid` is what leaves checking for cards."""
    run, monthly = who.run, income * 100 // 12
    months = np.arange(month_of(run.first - _AROUND), month_of(run.last + _AROUND) + 1)
    rhythm = pay_rhythm(who, income)
    often = np.flatnonzero(rhythm == BIWEEKLY)
    fortnights = biweekly_paydays(who, often, run.first, run.last)
    into, saved = savings(who, monthly, months, fortnights)
    s = _Scene(who, income, monthly, months, paid, saved)
    held = np.zeros(len(income), dtype=np.int64)
    parts = [saved.take(saved.slot != CHECKING)]
    for users, part in (
        _regular(s, rhythm, fortnights), _irregular(s), _stressed(s), *_special(s),
    ):  # fmt: skip
        told, held[users] = part
        parts.append(told)
    return Lived(together(parts), held, into)


def _owed(s: _Scene, users: Int, months: Int, begin: Int, start: Int, span: Int) -> Moves:
    """What leaves the checking accounts of users beside what is fitted to their pay."""
    low, high = _DEAR
    means = np.clip((s.monthly[users] - low) / (high - low), 0, 1)
    return together([
        bills(s.who, s.monthly, users, months, begin),
        purchases(s.who, users, months, start, span, means),
        _of(users, s.paid), _of(users, s.saved.take(s.saved.slot == CHECKING)),
    ])  # fmt: skip


def _of(users: Int, some: Moves) -> Moves:
    return some.take(np.isin(some.user, users))


def _by_calendar(s: _Scene, users: Int) -> Moves:
    shape = (len(users), len(s.months))
    begin = np.broadcast_to(month_start(s.months), shape)
    return _owed(s, users, s.months, begin, begin, np.broadcast_to(month_length(s.months), shape))


def _regular(
    s: _Scene, rhythm: Int, fortnights: tuple[Int, Int, Int]
) -> tuple[Int, tuple[Moves, Int]]:
    """Who is paid every month or every two weeks."""
    who, users = s.who, np.flatnonzero(s.who.regular)
    once = users[rhythm[users] == MONTHLY]
    user, month = crossed(once, s.months)
    day = monthly_paydays(who, once, s.months, np.zeros_like(once)).ravel()
    owed = _by_calendar(s, users)
    twice, period, on = fortnights
    told = together([
        regular.payrolls(who, user, month, day, s.monthly[user]),
        regular.payrolls(who, twice, period, on, s.income[twice] * 100 // 26),
        owed, regular.spent(who, users, s.months, s.monthly, owed),
    ])  # fmt: skip
    return users, (told, regular.held(who, users, s.monthly, told))


def _irregular(s: _Scene) -> tuple[Int, tuple[Moves, Int]]:
    """Who is paid at long intervals."""
    who, users = s.who, np.flatnonzero(s.who.irregular)
    owed = _by_calendar(s, users)
    pays = irregular_paydays(who, users, who.run.first)
    told = together([owed, irregular.paid(who, users, pays, s.monthly, owed)])
    return users, (told, irregular.held(who, users, told))


def _stressed(s: _Scene) -> tuple[Int, tuple[Moves, Int]]:
    """Who lives from pay to pay."""
    who, users = s.who, np.flatnonzero(s.who.stressed)
    pays = monthly_paydays(who, users, s.months, earliest_due(who, users))
    months, begin = s.months[:-1], pays[:, :-1]
    after, days = stressed.SPAN
    owed = _owed(s, users, months, begin, begin + after, np.full(begin.shape, days))
    return users, stressed.lived(who, users, months, pays, s.monthly, owed)


def _special(s: _Scene) -> list[tuple[Int, tuple[Moves, Int]]]:
    """Whose accounts hardly move."""
    who = s.who
    waiting = edges.pending(who)
    still = np.flatnonzero(np.isin(who.edge, (NO_ROWS, ONLY_PENDING)))
    users, told, held = edges.cash(who)
    return [(still, (waiting, edges.idle(who, still))), (users, (told, held))]
