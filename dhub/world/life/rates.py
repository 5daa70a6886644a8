"""Takes a scene and what each customer can spend, gives what people do on no fixed day.

Each group of shops is a stream of every customer with a rate for every day: by the days of the
week and the months in which people go there, and by how long ago they were paid. A day's events
are drawn from that day alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from dhub.draw import Stream, exp, stream
from dhub.model import Run
from dhub.profiles.life import GROUPS
from dhub.world.calendar import DAY, weekday
from dhub.world.clock import to_utc
from dhub.world.life.events import WISHED, Events, events
from dhub.world.life.grids import open_days
from dhub.world.life.personas import life_of
from dhub.world.life.scene import Scene, address
from dhub.world.life.streams import PERSON, PERSONS, RATE, at_counter, on_screen
from dhub.world.merchants import CODES, cost, costs, merchant_offers, second_of_day
from dhub.world.money.channels import ATM, BRANCH, CARD_READER, MOBILE, ONLINE
from dhub.world.money.kinds import CARD, OUT, PURPOSES, WITHDRAWAL

Int = NDArray[np.int64]
Float = NDArray[np.float64]
Bools = NDArray[np.bool_]
Dates = NDArray[np.datetime64]
Instants = NDArray[np.datetime64]

SHOPS = {
    "groceries": ("grocery",),
    "dining": ("restaurant", "fast_food", "coffee", "bar"),
    "driving": ("fuel", "parking", "transit", "rideshare"),
    "shopping": ("online_shop", "clothing", "electronics", "home_improvement", "furniture",
                 "department_store"),
    "health": ("pharmacy", "healthcare", "personal_care"),
    "leisure": ("entertainment", "education", "charity"),
    "children": ("toys", "childcare"),
    "travel": ("hotel", "airline", "travel_agency"),
}  # fmt: skip
CASH, PEOPLE = GROUPS.index("cash"), GROUPS.index("people")
_MONTH = 365.25 / 12
# By days since payday; the last one for all later days (assumed).
_FRESHNESS = np.array([2.0, 2.05, 1.75, 1.25, 1.0, 0.92, 0.86, 0.74])
_ELSEWHERE = 0.4  # of the usual rates of who has the main account at another bank (assumed)
_FAVOURITES, _LOYAL = 3, 0.72  # shops of a kind one keeps going to, and how often (assumed)
_FEW_FAVOURITES, _LOYAL_TO_FEW = 2, 0.8  # where purchases are few
_PRICED_ALIKE = 0.45  # deviation of a kind's prices from which on people differ in full (assumed)
_ONLINE = 0.8
_SENT, _SENT_SIGMA = 45.0, 0.9  # dollars sent to people (assumed)
_CASH, _CASH_SIGMA, _MACHINE = 72.0, 0.5, 80_000
_MACHINES, _FOREIGN = ("other_machine", "own_machine"), 0.22  # of other banks (assumed)
_COUNTER, _COUNTER_MORE = 0.14, 3.0  # of cash is fetched at a counter, and more at once (assumed)
# Months at schools as terms begin, and what brings all months to those measured (realism).
_TERMS = np.array([1.7, 0.8, 0.7, 0.7, 0.7, 0.5, 0.6, 2.0, 1.8, 0.9, 0.8, 0.7])
_MONTHS = np.array([1.015, 1, 1, 1.02, 1, 1, 1, 0.975, 1, 0.985, 1, 1.02])
_FAR = len(_FRESHNESS) - 1


@dataclass(frozen=True)
class Purchase:
    """Events of shops before it is known whether they go on a credit card."""

    owner: Int
    made: Events


@dataclass(frozen=True)
class _Group:
    """The kinds of shops of a group: their part by weekday and month, running, and their load."""

    kinds: Int
    edges: Float  # (personas, 7, 12, kinds): running part
    load: Float  # (personas, 7, 12): beside the mean day
    cost: Float  # by persona: dollars of a purchase, on the mean


@lru_cache(maxsize=16)
def _group(run: Run, name: str) -> _Group:
    known, table = costs(), life_of(run).personas
    if not any(p.shops for p in table):
        table = table[:1]  # all are alike
    kinds = np.array([CODES[shop] for shop in SHOPS[name]])
    liked = np.array([[p.shops.get(shop, 1.0) for shop in SHOPS[name]] for p in table])
    visits = known.visits[kinds] * liked
    load = known.week[kinds][:, :, None] * _season(run, kinds)[:, None, :]
    total = np.cumsum(load * visits[:, :, None, None], axis=1)
    edges = np.moveaxis(total / total[:, -1:], 1, 3)
    each = known.median[kinds] * exp(known.sigma[kinds] ** 2 / 2)
    every = np.cumsum(visits, axis=1)[:, -1]
    return _Group(
        kinds, edges, total[:, -1] / every[:, None, None],
        np.cumsum(each * visits, axis=1)[:, -1] / every,
    )  # fmt: skip


def _season(run: Run, kinds: Int) -> Float:
    """The load of the months at kinds of shops; where the profile has personas, schools' terms are
    plainer, the other kinds' are evener, and all months are brought to what was measured."""
    season = costs().season[kinds]
    if run.profile.personas is None:
        return season
    season = np.where((kinds == CODES["education"])[:, None], _TERMS, np.sqrt(season))
    return np.asarray(season * _MONTHS)


def rates(s: Scene, often: Float) -> Float:
    """Events a month of each holder and group; `often` is how much more or less the money lets."""
    usual = s.habits.rates[s.holders]
    mine = np.where(s.main[s.holders], 1.0, _ELSEWHERE)
    return np.asarray(usual * mine[:, None] * often[:, None])


def usual_spending(s: Scene) -> Float:
    """Dollars a month that each holder would spend at usual prices."""
    persona = s.habits.persona[s.holders]
    each = np.zeros((len(s.holders), len(GROUPS)))
    for number, name in enumerate(GROUPS):
        if name in SHOPS:
            cost_of = _group(s.run, name).cost
            each[:, number] = cost_of[persona] if len(cost_of) > 1 else cost_of
    each[:, CASH], each[:, PEOPLE] = _CASH * 1.15, _SENT * 1.4
    return np.asarray((rates(s, np.ones(len(s.holders))) * each).sum(axis=1))


def purchases(days: Days, level: Float) -> list[Purchase]:
    """What holders buy, in order of the groups, at so much more or less than usual."""
    return [
        _bought(days.s, name, number, *days.hits(number, _group(days.s.run, name).load), level)
        for number, name in enumerate(GROUPS)
        if name in SHOPS
    ]


def moved(days: Days, level: Float) -> tuple[Events, Events]:
    """Cash from machines and counters, and money sent to people."""
    flat = np.ones((1, 7, 12))
    out = flat * np.array([0.95, 0.9, 0.95, 1.05, 1.3, 1.1, 0.75])[:, None]
    return (_cash(days.s, *days.hits(CASH, out), level),
            _people(days.s, *days.hits(PEOPLE, flat), level))  # fmt: skip


class Days:
    """Holders by days: which of the days belong to whom, how long ago each was paid, and how often
    each does what. `row` and `paid_on` are holders and the days of their pay."""

    def __init__(self, s: Scene, row: Int, paid_on: Dates, often: Float) -> None:
        account = s.checking[s.holders]
        self.s, self.start, self.end = s, s.start[account], s.end[account]
        some = len(account) > 0
        first = self.start.min() if some else s.run.today
        last = self.end.max() if some else s.run.today - DAY
        self.days = np.arange(first, max(last + DAY, first))
        self.number = self.days.astype(np.int64)
        self.wished = rates(s, often)
        self.place = s.a.place[account]
        self.fresh = _FRESHNESS[self._since(row, paid_on)]
        self.fresh[(self.days < self.start[:, None]) | (self.days > self.end[:, None])] = 0
        self.weekday = weekday(self.days)
        self.month = self.days.astype("datetime64[M]").astype(np.int64) % 12

    def _since(self, row: Int, day: Dates) -> NDArray[np.int8]:
        """Days since each holder's last payday; who has none is as far from it as can be."""
        since = np.full((len(self.start), len(self.days)), _FAR, dtype=np.int8)
        at = (day - self.days[0]).astype(np.int64) if len(self.days) else day.astype(np.int64)
        for later in range(_FAR - 1, -1, -1):
            column = at + later
            there = (column >= 0) & (column < len(self.days))
            since[row[there], column[there]] = later
        return since

    def hits(self, group: int, load: Float) -> tuple[Int, Dates, Int]:
        """Holder's row, day and address of each event of a group; two on one day are two."""
        day = load[:, self.weekday, self.month] / _MONTH  # of each persona, or of all
        if len(day) > 1:
            day = day[self.s.habits.persona[self.s.holders]]
        rate = self.fresh * (self.wished[:, [group]] * day)
        place = address(self.place[:, None], RATE + group, self.number)
        u = stream(self.s.run.seed, "life.rate").uniform(place)
        one, two = u < rate, u < rate * rate * 0.3
        row, column = np.nonzero(one)
        again, more = np.nonzero(two)
        row, column = np.concatenate([row, again]), np.concatenate([column, more])
        number = np.arange(len(row)) >= len(row) - len(again)  # 1 for a day's second event
        return row, self.days[column], place[row, column] + number



def _bought(
    s: Scene, name: str, number: int, row: Int, day: Dates, place: Int, level: Float
) -> Purchase:
    """Shop, price and moment of purchases."""
    group, draw = _group(s.run, name), stream(s.run.seed, "life.bought")
    owner = s.holders[row]
    account = s.checking[owner]
    month = day.astype("datetime64[M]").astype(np.int64) % 12
    persona = s.habits.persona[owner] if len(group.edges) > 1 else np.zeros_like(owner)
    edges = group.edges[persona, weekday(day), month]
    pick = (draw.uniform(place)[:, None] >= edges[:, :-1]).sum(axis=1)
    shop = group.kinds[pick]
    much = level[row]
    if s.run.profile.personas is not None:  # what is priced alike is so for everybody
        much = much ** np.minimum(costs().sigma[shop] / _PRICED_ALIKE, 1.0)
    dollars = cost(shop, draw.normal(place, 1), much)
    merchant = _shop(s, account, shop, place)
    online = costs().online[shop] & draw.chance(place, _ONLINE, 6)
    by_phone = draw.chance(place, s.habits.mobile[owner], 5)
    channel = np.where(online, ONLINE, np.where(by_phone, MOBILE, CARD_READER))
    at = to_utc(day, second_of_day(shop, draw, place, 8), s.zone[account])
    late = at.astype("datetime64[D]") > s.end[account]
    cents = np.floor(dollars * 100 + 0.5).astype(np.int64)
    made = events(
        account, np.where(late, at - DAY.astype("timedelta64[us]"), at), place, way=WISHED,
        wish=cents, kind=CARD, payee=RATE + number, channel=channel, shop=shop, merchant=merchant,
    )  # fmt: skip
    return Purchase(owner, made)


def _shop(s: Scene, account: Int, shop: Int, place: Int) -> Int:
    """Mostly one of the shops of a kind to which one keeps going."""
    draw = stream(s.run.seed, "life.favourite")
    few, loyal = _FAVOURITES, _LOYAL
    if s.run.profile.personas is not None:
        few, loyal = _FEW_FAVOURITES, _LOYAL_TO_FEW
    favourite = (s.a.place[account] * 64 + shop) * 8 + draw.below(place, few)
    where = np.where(draw.chance(place, loyal, 1), favourite, place)
    return merchant_offers().pick(shop, s.a.branch[account], draw.uniform(where, 2))


def _cash(s: Scene, row: Int, day: Dates, place: Int, level: Float) -> Events:
    """Twenties from a machine, more from a counter."""
    draw = stream(s.run.seed, "life.cash")
    account = s.checking[s.holders[row]]
    counter = draw.chance(place, _COUNTER, 2)
    wish = _CASH * level[row] * exp(_CASH_SIGMA * draw.normal(place, 1))
    wish = np.where(counter, wish * _COUNTER_MORE, wish)
    cents = np.maximum(np.floor(wish / 20 + 0.5).astype(np.int64), 1) * 2000
    most = s.run.profile.transactions.amount["withdrawal"].cents[1] // 2000 * 2000
    cents = np.minimum(cents, np.where(counter, most, min(most, _MACHINE)))
    machine = np.where(draw.chance(place, _FOREIGN, 3), *map(PURPOSES.index, _MACHINES))
    open_day = open_days(draw, place, day)
    counter &= open_day <= s.end[account]
    at = np.where(
        counter, at_counter(draw, place, open_day, s.zone[account]),
        _awake(s, draw, place, day, account),
    )  # fmt: skip
    return events(
        account, at, place, way=WISHED, wish=cents, kind=WITHDRAWAL, payee=RATE + CASH,
        channel=np.where(counter, BRANCH, ATM), purpose=np.where(counter, 0, machine),
    )  # fmt: skip


def _awake(s: Scene, draw: Stream, place: Int, day: Dates, account: Int) -> Instants:
    """While people are awake; on the last day of an account while it is that day in UTC, too."""
    at = on_screen(draw, place, day, s.zone[account])
    late = at.astype("datetime64[D]") > s.end[account]
    return np.where(late, at_counter(draw, place, day, s.zone[account]), at)


def _people(s: Scene, row: Int, day: Dates, place: Int, level: Float) -> Events:
    """Round sums to a few people one knows."""
    draw = stream(s.run.seed, "life.people")
    account = s.checking[s.holders[row]]
    wish = _SENT * level[row] * exp(_SENT_SIGMA * draw.normal(place, 1))
    step = np.where(wish >= 100, 25, 5)
    cents = np.maximum(np.floor(wish / step).astype(np.int64) * step, 5) * 100
    channel = np.where(draw.chance(place, 0.75, 2), MOBILE, ONLINE)
    at = _awake(s, draw, place, day, account)
    return events(
        account, at, place, way=WISHED, wish=cents, kind=OUT, channel=channel,
        payee=PERSON + draw.below(place, PERSONS, 3),
        purpose=PURPOSES.index("person"),
    )  # fmt: skip
