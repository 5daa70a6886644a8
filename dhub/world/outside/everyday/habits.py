"""Takes a shard, gives what its users have and what they spend: one element a user.

What is paid out is spent or saved. Rows are few beside incomes (150 to 200 in half a year, as the
document asks), so what rent, bills, food and savings leave goes into few, larger purchases.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from dhub.draw import exp, spread, stream
from dhub.draw.fanout import within
from dhub.errors import Fault
from dhub.model import Shard
from dhub.profiles.preset import INCOMES, SERVICES, Everyday
from dhub.world.calendar import is_business
from dhub.world.outside.everyday.loans import Loans, loans
from dhub.world.outside.run import SHARD_USERS, OutsideRun
from dhub.world.outside.users import HIGH, STUDENT, Users, mixed, users
from dhub.world.people import people

Int = NDArray[np.int64]
Float = NDArray[np.float64]
Bools = NDArray[np.bool_]

# Kinds of spending; their order is part of the addresses.
GROCERIES, DINING, COFFEE, ERRANDS, SHOPPING, FUN, TRIPS, HOUSEHOLD = SPENDING = range(8)
ON_CARDS = (SHOPPING, FUN, TRIPS, HOUSEHOLD)
EVENTS = ("medical_emergency", "job_change", "large_purchase", "")
MEDICAL, JOB_CHANGE, LARGE_PURCHASE, NOTHING = range(4)

MOST_CARDS = 3
HALF_YEAR = 184.0  # days, of document 004's window
MONTH = 365.25 / 12
# All that follows is assumed, by income where there are four figures.
# Purchases a day, of people without a card and with one; coffee of those with a taste for it.
_RATES = np.array([[0.250, 0.240, 0.060, 0.040, 0.135, 0.020, 0.007, 0.055],
                   [0.250, 0.240, 0.060, 0.024, 0.052, 0.013, 0.012, 0.028]])  # fmt: skip
_LARGE = np.array([1.0, 1.0, 1.4, 2.5])  # how much more often trips and the house, by income
_FOOD = np.array([0.80, 0.95, 1.12, 1.50])  # groceries and restaurants, likewise
_STUDENT, _WELL_PAID = 2.8, 4.5  # how much more often they buy coffee
_ROWS = np.array([168.0, 179, 186, 188])  # of a user in half a year
_ROWS_SIGMA, _ROWS_MOST = 6.0, 6.0
_MEDIAN = np.array([
    [44.0, 18, 5.6, 34, 40, 24, 130, 110], [60, 23, 5.6, 46, 68, 34, 240, 220],
    [78, 29, 5.7, 58, 105, 48, 420, 400], [98, 37, 5.9, 74, 170, 80, 760, 800],
])  # fmt: skip
SIGMA = np.array([0.40, 0.38, 0.18, 0.65, 0.85, 0.6, 0.5, 0.6])
_LEVEL_SIGMA = 0.16  # of how much more or less than others of an income one spends
_SAVERS = np.array([0.0, 0.2, 0.4, 8.0])  # how an income leans to savings; high ones always have
_SAVES = np.array([[0.05, 0.08], [0.10, 0.16], [0.17, 0.25], [0.26, 0.36]])
_INSURES = np.array([0.05, 0.07, 0.065, 0.05])
_MOST_A_BILL = 79_000  # cents: a bill is no large purchase
# Within what the document allows; more of a higher income, since no other bill takes as much.
_RENT = np.array([[0.26, 0.33], [0.28, 0.34], [0.30, 0.345], [0.31, 0.345]])
_MORE_CARDS = 2.0  # how far more cards go to more income within a tier
_SERVICES = (0.45, 0.35, 0.2)  # of subscribers have one, two and three
_BIWEEKLY = 0.7
_CHANGE = (0.09, 0.20)  # of income, after another job; six in ten earn more
_SKIPPED = 5  # paydays looked through for one without a holiday beside it


@dataclass(frozen=True)
class Habits:
    """What the users of a shard have and do; money in cents."""

    user: Int  # number
    row: Int  # of the shard
    branch: Int
    monthly: Int  # income
    tier: Int  # index into INCOMES
    saves: Bools  # has savings
    saving: Int  # a month
    cards: Int  # how many
    overdue: Bools  # by user and card
    loans: Loans
    biweekly: Bools
    phase: Int  # of biweekly pay: day of 1970 on which it would have begun; else day of the month
    event: Int  # index into EVENTS
    skipped: Int  # number of the payday that a job change leaves out
    change: Float  # what the former job paid beside the present one
    rent: Int
    utilities: Int  # on the mean
    insurance: Int
    services: Bools  # by user and service
    rates: Float  # by user and kind of spending: purchases a day
    median: Float  # by user and kind of spending: dollars

    def part(self, low: int, high: int) -> Habits:
        """Those of some rows."""
        columns = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "loans"}
        part = {name: column[low:high] for name, column in columns.items()}
        return Habits(loans=self.loans.take(np.arange(low, high)), **part)


def figures(run: OutsideRun) -> Everyday:
    """The preset's figures; Fault in a preset that has none."""
    if run.figures.everyday is None:
        raise Fault(f"preset {run.figures.name} says nothing of everyday")
    return run.figures.everyday


@lru_cache(maxsize=2)
def habits(run: OutsideRun, index: int) -> Habits:
    """The habits of a shard's users."""
    said, who = figures(run), users(Shard(run, index))
    lean = np.stack([_SAVERS[who.income_bracket], np.zeros(SHARD_USERS)], axis=1)
    share = [said.savings, 1 - said.savings]
    saves = mixed(run, index, run.named("saves"), share, lean) == 0
    cards, owing = _cards(run, index, who), loans(run, index, who, said)
    event = _events(run, index)
    biweekly = _biweekly(run, index, event)
    phase = _phase(run, who, biweekly)
    services = _services(run, index, who)
    rates = _rates(run, who, saves, cards, owing, biweekly, services)
    draw = stream(run.seed, run.named("level"))
    level = exp(_LEVEL_SIGMA * np.clip(draw.normal(who.number), -2.5, 2.5))
    return Habits(
        who.number, np.arange(SHARD_USERS), _branch(run, index, who), who.monthly,
        who.income_bracket, saves, _saving(run, who, saves), cards,
        _overdue(run, index, cards), owing, biweekly, phase, event,
        _skipped(run, who, phase), _change(run, who), _rent(run, who), _utilities(run, who),
        _insurance(run, who), services, rates, _MEDIAN[who.income_bracket] * level[:, None],
    )  # fmt: skip


def _branch(run: OutsideRun, index: int, who: Users) -> Int:
    return people(Shard(run.bank, index)).branch[who.customer]


def _cards(run: OutsideRun, index: int, who: Users) -> Int:
    """How many cards, more with more income; the mix holds within each income."""
    found = np.zeros(SHARD_USERS, dtype=np.int64)
    for code, name in enumerate(INCOMES):
        mix, rows = figures(run).cards[name], np.flatnonzero(who.income_bracket == code)
        draw = stream(run.seed, run.named(f"cards.{name}"))
        said, number = run.figures.people.income[name], np.array(mix.numbers)
        part = (who.income[rows] - said.low) / (said.high - said.low) - 0.5
        lean = _MORE_CARDS * part[:, None] * (number - number.mean())
        kind = spread(draw, mix.weights, len(rows), (index - 1) * SHARD_USERS, lean)
        found[rows] = number[kind]
    return found


def _overdue(run: OutsideRun, index: int, cards: Int) -> Bools:
    """By user of a shard and card which are overdue: the document's share of all cards there are,
    at any number of users."""
    share = figures(run).overdue
    owner = np.repeat(np.arange(SHARD_USERS), cards)
    draw = stream(run.seed, run.named("overdue"))
    first = (index - 1) * SHARD_USERS * MOST_CARDS
    found = np.zeros((SHARD_USERS, MOST_CARDS), dtype=bool)
    found[owner, within(cards)] = spread(draw, [share, 1 - share], len(owner), first) == 0
    return found


def _events(run: OutsideRun, index: int) -> Int:
    share = figures(run).life_event
    return mixed(run, index, run.named("life_event"), [share / 3] * 3 + [1 - share])


def _biweekly(run: OutsideRun, index: int, event: Int) -> Bools:
    """Who is paid every two weeks: all that change the job, to whom four weeks pass between pays
    whatever one counts."""
    score = np.where(event == JOB_CHANGE, 8.0, 0.0)
    lean = np.stack([score, np.zeros(SHARD_USERS)], axis=1)
    paid = mixed(run, index, run.named("biweekly"), [_BIWEEKLY, 1 - _BIWEEKLY], lean) == 0
    return np.asarray(paid | (event == JOB_CHANGE))


def _phase(run: OutsideRun, who: Users, biweekly: Bools) -> Int:
    """The weekday and week of biweekly pay (mostly Fridays), or the day of the month."""
    draw = stream(run.seed, run.named("payday"))
    friday = 1  # 1970-01-02
    weekday = friday - draw.pick(who.number, (0.6, 0.25, 0.15))  # or Thursday, Wednesday
    days = np.array([1, 5, 10, 15, 20, 25, 28, 28])[draw.below(who.number, 8, 1)]
    return np.where(biweekly, weekday + 7 * draw.below(who.number, 2, 2) + 7, days)


def _skipped(run: OutsideRun, who: Users, phase: Int) -> Int:
    """Of a job change the payday left out, well within the window; those beside it are on the
    usual weekday."""
    u = stream(run.seed, run.named("job")).uniform(who.number)
    length = run.last - run.first
    first = (run.first + (length * (0.35 + 0.3 * u)).astype(np.int64) - phase) // 14
    found = np.full(len(phase), -1)
    for step in range(_SKIPPED):
        day = phase + 14 * (first + step)
        fit = is_business((day - 14).astype("datetime64[D]")) & is_business(
            (day + 14).astype("datetime64[D]")
        )
        found = np.where((found < 0) & fit, first + step, found)
    return np.where(found < 0, first, found)


def _change(run: OutsideRun, who: Users) -> Float:
    """What the former job paid, the present one being 1."""
    draw = stream(run.seed, run.named("job"))
    much = _CHANGE[0] + (_CHANGE[1] - _CHANGE[0]) * draw.uniform(who.number, 1)
    return np.where(draw.chance(who.number, 0.6, 2), 1 - much, 1 + much)


def _saving(run: OutsideRun, who: Users, saves: Bools) -> Int:
    """What goes to savings every month, in multiples of $25."""
    low, high = _SAVES[who.income_bracket].T
    u = stream(run.seed, run.named("saving")).uniform(who.number)
    wish = (who.monthly * (low + (high - low) * u)).astype(np.int64) // 2500 * 2500
    return np.where(saves, np.maximum(wish, 2500), 0)


def _rent(run: OutsideRun, who: Users) -> Int:
    """In multiples of $5."""
    u = stream(run.seed, run.named("rent")).uniform(who.number)
    low, high = _RENT[who.income_bracket].T
    part = low + (high - low) * u
    return np.asarray((who.monthly * part).astype(np.int64) // 500 * 500)


def _utilities(run: OutsideRun, who: Users) -> Int:
    """A mean that leaves room for months of more and of less, larger with income."""
    low, high = figures(run).utilities.cents
    u = stream(run.seed, run.named("utilities")).uniform(who.number)
    place = 0.7 * u + 0.1 * who.income_bracket
    return np.asarray((low * 1.07 + (high * 0.935 - low * 1.07) * place).astype(np.int64))


def _insurance(run: OutsideRun, who: Users) -> Int:
    """A premium a month."""
    u = stream(run.seed, run.named("insurance")).uniform(who.number)
    wish = who.monthly * _INSURES[who.income_bracket] * (0.7 + 0.6 * u)
    return np.asarray(np.minimum(wish.astype(np.int64), _MOST_A_BILL))


def _services(run: OutsideRun, index: int, who: Users) -> Bools:
    """Which of the services each has: by the draws of all, the first one, two or three."""
    share = figures(run).subscribers
    has = mixed(run, index, run.named("subscribes"), [share, 1 - share]) == 0
    draw = stream(run.seed, run.named("services"))
    count = np.where(has, 1 + draw.pick(who.number, _SERVICES), 0)
    order = np.stack([draw.uniform(who.number, 1 + s) for s in range(len(SERVICES))], axis=1)
    rank = np.argsort(np.argsort(order, axis=1, kind="stable"), axis=1, kind="stable")
    return np.asarray(rank < count[:, None])


def _rates(
    run: OutsideRun, who: Users, saves: Bools, cards: Int, owing: Loans, biweekly: Bools,
    services: Bools,
) -> Float:  # fmt: skip
    """Purchases a day: as many as bring all rows of a user to what half a year is to hold."""
    fixed = np.where(biweekly, 1 / 14, 1 / MONTH)
    a_month = 3 + services.sum(axis=1) + owing.has + 3 * cards + saves * (2 + 2 * 0.22 + 1 / 3)
    fixed = fixed + a_month / MONTH
    rates = _RATES[(cards > 0).astype(np.int64)].copy()
    tier = who.income_bracket
    fond = np.select([who.stage == STUDENT, tier == HIGH], [_STUDENT, _WELL_PAID], 1.0)
    rates[:, COFFEE] *= fond
    rates[:, [TRIPS, HOUSEHOLD]] *= _LARGE[tier][:, None]
    rates[:, [GROCERIES, DINING]] *= _FOOD[tier][:, None]
    z = stream(run.seed, run.named("rows")).normal(who.number)
    wish = _ROWS[tier] + np.clip(_ROWS_SIGMA * z, -_ROWS_MOST, _ROWS_MOST)
    whole = np.cumsum(rates, axis=1)[:, -1]
    factor = np.clip((wish / HALF_YEAR - fixed) / whole, 0.25, 1.8)
    return np.asarray(rates * factor[:, None])


