"""Takes habits, gives the plan of a slice of users: accounts, rows, and what came of them.

First the regular, then purchases at the prices of everybody of an income; then prices are moved so
that in every half year as much goes out as comes in; then the cards carry what is theirs.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dhub.draw import exp, one_of, stream
from dhub.world.outside import cards as credit
from dhub.world.outside.balances import least
from dhub.world.outside.cards import Cards
from dhub.world.outside.everyday import saving
from dhub.world.outside.everyday.habits import (
    HALF_YEAR,
    HOUSEHOLD,
    LARGE_PURCHASE,
    MEDICAL,
    MONTH,
    SHOPPING,
    TRIPS,
    Habits,
    figures,
)
from dhub.world.outside.everyday.loans import owed
from dhub.world.outside.everyday.plastic import CARRYING, wallet
from dhub.world.outside.everyday.regular import regular
from dhub.world.outside.everyday.spending import Bought, bought, on_card, priced
from dhub.world.outside.kinds import (
    CHECKING,
    CODES,
    CREDIT_CARD,
    IN_STORE,
    SAVINGS,
    STUDENT_LOAN,
)
from dhub.world.outside.payees import FIRST_INSTITUTION, INSTITUTIONS, coined
from dhub.world.outside.plan import (
    NONE,
    OWN_CODES,
    Accounts,
    Events,
    Plan,
    address,
    events,
    liabilities_of,
    together,
)
from dhub.world.outside.run import OutsideRun

Int = NDArray[np.int64]
Float = NDArray[np.float64]

_EVENT = OWN_CODES + 40  # stream code of what happens to a user
# What is left is spent on goods, up to this factor of their prices, then on trips and the house.
_FLEXIBLE = ((SHOPPING, TRIPS, HOUSEHOLD), (TRIPS, HOUSEHOLD), (SHOPPING, TRIPS, HOUSEHOLD))
_FACTOR = ((0.4, 1.7), (0.3, 12.0), (0.5, 5.0))  # by turn (assumed)
_STAYS = np.array([0.0, 0.2, 0.35, 0.45])  # months of income stay on checking in all, by income
_TRIES, _MADE_UP = 6, 0.5
_PURCHASED = (80_000, 260_000)  # cents of a large purchase (assumed)
_LARGE = ("HOME_IMPROVEMENT_FURNITURE", "GENERAL_MERCHANDISE_ELECTRONICS")
_CHECKING, _CHECKING_SIGMA = 1.55, 0.3  # months of income, at the median
_PAD = 0.05  # months of income above the least that an evening needs


def made(run: OutsideRun, h: Habits) -> Plan:
    """The plan of some users. Should checking have to hold more than the document allows, its owner
    spends more, by as much as each half year brought in more than was meant, and puts less by, of
    which less comes back at once."""
    at, flow = _Places(h), _Flow(run, len(h.user))
    fixed = regular(run, h, at.checking)
    meant = np.repeat((h.monthly * _STAYS[h.tier] / flow.blocks)[:, None], flow.blocks, axis=1)
    stays = meant.copy()
    for _ in range(_TRIES):
        mine, theirs = saving.transfers(run, h, at.checking, at.savings)
        spent = _balanced(run, h, at, together([*fixed, mine]), stays)
        found = _plan(run, h, at, [*fixed, mine, theirs], theirs, spent)
        over = found.accounts.current[at.checking] - _most(run, h)
        again = np.flatnonzero(over > 0)
        if not len(again):
            break
        meant[again, -1] -= over[again] + h.monthly[again] * _PAD
        off = -flow.total(*_of_users(at, found.events))[again] - meant[again]
        stays[again] -= off
        # What a half year could not spend, the next one does.
        stays[again, 1:] -= _MADE_UP * np.maximum(off[:, :-1], 0)
        h = saving.less(h, again)
    return found


def _of_users(at: _Places, rows: Events) -> tuple[Int, Int, Int]:
    """User, day and cents of the rows on checking accounts."""
    user = np.full(at.count, NONE)
    user[at.checking] = np.arange(len(at.checking))
    some = rows.take(user[rows.account] >= 0)
    return user[some.account], some.day, some.cents


def _plan(
    run: OutsideRun, h: Habits, at: _Places, rows: list[Events], theirs: Events, spent: Bought
) -> Plan:
    some = np.flatnonzero(h.saves)
    on = on_card(h, spent)
    months = (run.last - credit.bought_from(run) + 1) / MONTH
    cards, card = wallet(run, h, spent.take(on), at.first_card, at.checking, months)
    carried = credit.carried(run, cards, card, spent.day[on], spent.cents[on])
    bought = [_rows(run, cards.account[card], spent.take(on).at(carried.bought)),
              _rows(run, at.checking[spent.row[~on]], spent.take(~on))]  # fmt: skip
    saved = saving.held(run, h, some, least(theirs, at.count)[at.savings[some]])
    every = together([
        *rows, *bought, carried.events, _happened(run, h, at.checking),
        saving.interest(run, h, at.savings, some, theirs, saved),
    ])  # fmt: skip
    current = np.zeros(at.count, dtype=np.int64)
    current[at.savings[some]], current[cards.account] = saved, carried.current
    accounts = _accounts(run, h, at, cards, current, every)
    loan = np.flatnonzero(h.loans.has)
    borrowed = owed(run, at.loan[loan], h.loans.take(loan))
    return Plan(accounts, every, liabilities_of([carried.liabilities, borrowed]))


class _Places:
    """Where in the plan's accounts each user's are: checking, savings, cards, loan."""

    def __init__(self, h: Habits) -> None:
        saves, loan = h.saves.astype(np.int64), h.loans.has.astype(np.int64)
        count = 1 + saves + h.cards + loan
        self.checking = np.cumsum(count) - count
        self.savings = np.where(h.saves, self.checking + 1, NONE)
        self.first_card = self.checking + 1 + saves
        self.loan = np.where(h.loans.has, self.first_card + h.cards, NONE)
        self.count = int(count.sum())


def _balanced(run: OutsideRun, h: Habits, at: _Places, rest: Events, stays: Float) -> Bought:
    """The purchases, some at prices at which, half year by half year, as much is spent as comes in
    but for what `stays` in all; `rest` is all other movement of checking accounts."""
    flow = _Flow(run, len(h.user))
    out = flow.total(*_of_users(at, rest)) + stays
    wish = bought(run, h, credit.bought_from(run))
    each = np.ones(len(wish.row))
    spent = priced(run, h, wish, each)
    for some, limits in zip(_FLEXIBLE, _FACTOR, strict=True):
        flexible = one_of(spent.what, some)
        cost = np.where(on_card(h, spent), spent.cents * CARRYING, spent.cents)
        firm = out + flow.total(spent.row, spent.day, np.where(flexible, 0, cost))
        free = flow.total(spent.row, spent.day, np.where(flexible, cost, 0))
        factor = np.clip(-firm / np.maximum(free, 1), *limits)[spent.row, flow.block(spent.day)]
        each = np.where(flexible, each * factor, each)
        spent = priced(run, h, wish, each)
    return spent


class _Flow:
    """Sums by user and half year of the window."""

    def __init__(self, run: OutsideRun, users: int) -> None:
        days = run.last - run.first + 1
        self.first, self.last, self.users = run.first, run.last, users
        self.blocks = max(1, round(days / HALF_YEAR))
        self.length = days / self.blocks

    def block(self, day: Int) -> Int:
        """The half year of each day, the first one also of days before the window."""
        return np.clip(((day - self.first) / self.length).astype(np.int64), 0, self.blocks - 1)

    def total(self, user: Int, day: Int, cents: Int | Float) -> Float:
        """Cents by user and half year."""
        inside = (day >= self.first) & (day <= self.last)
        cell = user * self.blocks + self.block(day)
        weights = np.where(inside, np.floor(cents), 0.0)
        found: Float = np.bincount(cell, weights, self.users * self.blocks).astype(np.float64)
        return found.reshape(self.users, self.blocks)


def _rows(run: OutsideRun, account: Int, some: Bought) -> Events:
    """Rows of purchases: those of cards are posted some days after they were authorized."""
    lag = stream(run.seed, run.named("lag")).pick(some.place, (0.45, 0.35, 0.15, 0.05))
    return events(
        account, some.day, some.cents, some.place, category=some.category,
        channel=some.channel, merchant=some.merchant, lag=lag,
    ).within(run.first, run.last)  # fmt: skip


def _happened(run: OutsideRun, h: Habits, checking: Int) -> Events:
    """A bill of a doctor, or something large bought: once, on an ordinary day of the window."""
    some = np.flatnonzero((h.event == MEDICAL) | (h.event == LARGE_PURCHASE))
    draw = stream(run.seed, run.named("happened"))
    user, ill = h.user[some], h.event[some] == MEDICAL
    length = run.last - run.first
    day = run.first + (length * (0.2 + 0.65 * draw.uniform(user))).astype(np.int64)
    u, low_high = draw.uniform(user, 1), (figures(run).medical.cents, _PURCHASED)
    low, high = (np.where(ill, low_high[0][end], low_high[1][end]) for end in (0, 1))
    cents = low + ((high - low) * u * (0.3 + 0.7 * u)).astype(np.int64)
    big = draw.chance(user, 0.5, 2)
    goods = np.where(big, *(CODES[name] for name in _LARGE))
    shops = [coined(kind, h.branch[some], draw.uniform(user, 3))
             for kind in ("healthcare", "furniture", "electronics")]  # fmt: skip
    return events(
        checking[some], day, cents, address(user, _EVENT, day),
        category=np.where(ill, CODES["MEDICAL_OTHER_MEDICAL"], goods), channel=IN_STORE,
        merchant=np.select([ill, big], shops[:2], shops[2]),
    )  # fmt: skip


def _accounts(
    run: OutsideRun, h: Habits, at: _Places, cards: Cards, current: Int, every: Events
) -> Accounts:
    """The accounts; checking holds what its owner likes to, or what its evenings need."""
    owner = np.zeros(at.count, dtype=np.int64)
    kind, number, limit = (np.zeros(at.count, dtype=np.int64) for _ in range(3))
    draw = stream(run.seed, run.named("bank"))
    bank = FIRST_INSTITUTION + draw.below(h.user, len(INSTITUTIONS))
    other = FIRST_INSTITUTION + draw.below(h.user, len(INSTITUTIONS), 1)
    institution = np.zeros(at.count, dtype=np.int64)
    saver, loan = np.flatnonzero(h.saves), np.flatnonzero(h.loans.has)
    for rows, of, what, where in (
        (at.checking, np.arange(len(h.user)), CHECKING, bank),
        (at.savings[saver], saver, SAVINGS, np.where(draw.chance(h.user, 0.6, 2), bank, other)),
        (at.loan[loan], loan, STUDENT_LOAN, h.loans.servicer),
    ):  # fmt: skip
        owner[rows], kind[rows], institution[rows] = h.row[of], what, where[of]
    owner[cards.account] = h.row[cards.user - h.user[0]]
    kind[cards.account], number[cards.account] = CREDIT_CARD, cards.number
    limit[cards.account], institution[cards.account] = cards.limit, cards.institution
    current[at.loan[loan]] = h.loans.balance[loan]
    current[at.checking] = _checking(run, h, least(every, at.count)[at.checking])
    return Accounts(owner, kind, number, institution, limit, current)


def _most(run: OutsideRun, h: Habits) -> Int:
    """What a checking account holds at most."""
    return (h.monthly * figures(run).checking_months.high).astype(np.int64)


def _checking(run: OutsideRun, h: Habits, need: Int) -> Int:
    """Between one and three months of income, never less than what the evenings need."""
    low, high = figures(run).checking_months.low + 0.02, figures(run).checking_months.high - 0.1
    draw = stream(run.seed, run.named("checking"))
    months = np.clip(_CHECKING * exp(_CHECKING_SIGMA * draw.normal(h.user)), low, high)
    likes = (h.monthly * months).astype(np.int64) + draw.below(h.user, 100, 1)
    pad = (h.monthly * _PAD * (1 + 2 * draw.uniform(h.user, 2))).astype(np.int64)
    return np.asarray(np.maximum(likes, need + pad))
