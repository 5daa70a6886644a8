"""Takes habits, gives purchases: where, when, and for how much of what a user has left.

Purchases of whoever has cards go on them but for food and errands. What an income leaves beside
bills, food and savings is spent: prices of goods, outings and trips follow from it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dhub.draw import Stream, exp, folded, one_of, stream
from dhub.world.merchants import CODES as KINDS
from dhub.world.merchants import SEASONS, merchant_offers
from dhub.world.outside.everyday.habits import (
    COFFEE,
    DINING,
    ERRANDS,
    FUN,
    GROCERIES,
    HOUSEHOLD,
    ON_CARDS,
    SHOPPING,
    SIGMA,
    SPENDING,
    TRIPS,
    Habits,
    figures,
)
from dhub.world.outside.grids import loads, rated
from dhub.world.outside.kinds import CODES, IN_STORE, ONLINE
from dhub.world.outside.payees import FIRST_COINED, listed
from dhub.world.outside.plan import OWN_CODES, address
from dhub.world.outside.run import OutsideRun

Int = NDArray[np.int64]
Float = NDArray[np.float64]
Bools = NDArray[np.bool_]

BOUGHT = OWN_CODES + 16  # stream codes, one a kind of spending
_EVEN = (1.0,) * 12
_WEEKS = (
    (0.9, 0.9, 0.95, 1, 1.15, 1.4, 1.2), (0.72, 0.76, 0.85, 1, 1.42, 1.6, 1.05),
    (1.06, 1.08, 1.1, 1.1, 1.2, 0.95, 0.7), (0.95, 0.95, 1, 1, 1.2, 1.25, 0.85),
    (0.85, 0.85, 0.9, 0.95, 1.2, 1.35, 1.1), (0.7, 0.75, 0.85, 1, 1.4, 1.6, 1.1),
    (1.05, 1, 1, 1, 1.05, 0.95, 1), (1.1, 1.1, 1.05, 1, 1.1, 1, 0.65),
)  # fmt: skip
# By month, January first: back to school and the holidays in merchandise, summer in travel.
_GOODS = (0.98, 0.95, 0.98, 1, 1.02, 1, 0.98, 1.36, 1.32, 1, 1.45, 1.6)
_TRAVEL = (0.95, 0.95, 1, 1, 1.05, 2.2, 2.2, 1.1, 0.95, 0.95, 0.95, 1.05)
_SEASONS = (_EVEN, _EVEN, _EVEN, _EVEN, _GOODS, SEASONS["even"], _TRAVEL, _EVEN)
_DEARER = np.array([1, 1, 1, 1, 1, 1, 1, 1.06, 1.06, 1, 1.1, 1.14])  # what goods cost, too
_AFTER_PAY, _SOON = 0.21, 3  # of purchases wait for payday, up to some days behind it (assumed)
_WAITING = (GROCERIES, ERRANDS, SHOPPING)

_SHOPS = (listed("Whole Foods", "Trader Joes", "Kroger", "Safeway"),
          listed("Chipotle", "Panera", "Local Diner", "Pizza Place"),
          listed("Starbucks", "Local Coffee", "Dunkin"))  # fmt: skip
_LOVED, _LOVES = (0.4, 0.3, 0.2, 0.1), 0.55  # shops by size; how often it is one's own (assumed)
_OFF_LINE = np.array([0.90, 0.82, 0.94])  # in a store; the others by kind
_FOOD = np.array([CODES["FOOD_AND_DRINK_GROCERIES"], CODES["FOOD_AND_DRINK_RESTAURANT"],
                  CODES["FOOD_AND_DRINK_COFFEE"]])  # fmt: skip
# By kind of spending: kinds of shops, how often, in a store how often, and the category.
_OTHERS: dict[int, tuple[tuple[str, float, float, str], ...]] = {
    ERRANDS: (("fuel", 0.5, 1.0, "TRANSPORTATION_GAS"),
              ("pharmacy", 0.2, 0.95, "MEDICAL_PHARMACIES_AND_SUPPLEMENTS"),
              ("personal_care", 0.15, 0.9, "PERSONAL_CARE_HAIR_AND_BEAUTY"),
              ("home_improvement", 0.15, 0.9, "HOME_IMPROVEMENT_HARDWARE")),
    SHOPPING: (("online_shop", 0.42, 0.0, "GENERAL_MERCHANDISE_ONLINE_MARKETPLACES"),
               ("clothing", 0.28, 0.6, "GENERAL_MERCHANDISE_CLOTHING_AND_ACCESSORIES"),
               ("electronics", 0.16, 0.5, "GENERAL_MERCHANDISE_ELECTRONICS"),
               ("department_store", 0.14, 0.75, "GENERAL_MERCHANDISE_DEPARTMENT_STORES")),
    FUN: (("entertainment", 1.0, 0.5,
           "ENTERTAINMENT_SPORTING_EVENTS_AMUSEMENT_PARKS_AND_MUSEUMS"),),
    TRIPS: (("airline", 0.45, 0.0, "TRAVEL_FLIGHTS"), ("hotel", 0.55, 0.45, "TRAVEL_LODGING")),
    HOUSEHOLD: (("furniture", 0.25, 0.7, "HOME_IMPROVEMENT_FURNITURE"),
                ("home_improvement", 0.25, 0.6, "HOME_IMPROVEMENT_REPAIR_AND_MAINTENANCE"),
                ("childcare", 0.35, 0.1, "GENERAL_SERVICES_CHILDCARE"),
                ("education", 0.15, 0.1, "GENERAL_SERVICES_EDUCATION")),
}  # fmt: skip
_LEAST, _MOST, _MOST_ERRAND, _MOST_ON_CARD = 350, 77_900, 39_000, 2_000_000  # cents
_FACTORS = {"electronics": 1.8, "clothing": 0.8, "online_shop": 0.75, "airline": 1.15}


@dataclass(frozen=True)
class Bought:
    """Purchases, one element each, in any order."""

    row: Int  # of the habits
    what: Int  # kind of spending
    day: Int
    cents: Int
    category: Int
    merchant: Int
    channel: Int
    place: Int

    def take(self, some: Int | Bools) -> Bought:
        """Some of them."""
        return Bought(*(getattr(self, name)[some] for name in Bought.__dataclass_fields__))

    def at(self, cents: Int) -> Bought:
        """The same purchases at other prices."""
        return Bought(self.row, self.what, self.day, cents, self.category, self.merchant,
                      self.channel, self.place)  # fmt: skip


def bought(run: OutsideRun, h: Habits, first: int) -> Bought:
    """All purchases from a day on, at the prices of everybody of an income."""
    parts = [_kind(run, h, what, first) for what in SPENDING]
    names = Bought.__dataclass_fields__
    return Bought(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


def _kind(run: OutsideRun, h: Habits, what: int, first: int) -> Bought:
    load = loads(_WEEKS[what], _SEASONS[what], run.last)
    draw = stream(run.seed, run.named("spending"))
    hits = rated(draw, h.user, BOUGHT + what, h.rates[:, what], load, first, run.last)
    place = address(h.user[hits.row], BOUGHT + what, hits.period)
    day = hits.day
    if what in _WAITING:
        day = _after_pay(draw, h, hits.row, day, place)
    shop = _food if what in (GROCERIES, DINING, COFFEE) else _shop
    category, merchant, channel, factor = shop(draw, h, what, hits.row, place)
    dear = _DEARER[_month_of(day)] if what == SHOPPING else 1.0
    price = h.median[hits.row, what] * factor * dear * exp(SIGMA[what] * draw.normal(place, 1))
    full, cents = np.full(len(day), what), np.floor(price * 100 + 0.5).astype(np.int64)
    made = Bought(hits.row, full, day, cents, category, merchant, channel, place)
    return made.take(day >= first)


def _month_of(day: Int) -> Int:
    month = day.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    return np.asarray(month % 12)


def _after_pay(draw: Stream, h: Habits, row: Int, day: Int, place: Int) -> Int:
    """Some purchases are made on payday or soon after it: on the last one before their day."""
    start = day.astype("datetime64[D]").astype("datetime64[M]").astype("datetime64[D]")
    into = day - start.astype(np.int64) + 1
    month = np.where(into >= h.phase[row], into - h.phase[row], 0)
    back = np.where(h.biweekly[row], (day - h.phase[row]) % 14, month)
    soon = day - back + np.minimum(draw.below(place, _SOON, 2), back)
    return np.where(draw.chance(place, _AFTER_PAY, 3), soon, day)


def _food(
    draw: Stream, h: Habits, what: int, row: Int, place: Int
) -> tuple[Int, Int, Int, Float]:  # fmt: skip
    """The documents' shops, one of them one's own."""
    shops = _SHOPS[what]
    sizes = _LOVED[: len(shops)]
    own = draw.pick(h.user * 8 + what, sizes, 4)[row]
    at = np.where(draw.chance(place, _LOVES, 5), own, draw.pick(place, sizes, 6))
    store = draw.chance(place, _OFF_LINE[what], 7)
    return (np.full(len(row), _FOOD[what]), shops[at], np.where(store, IN_STORE, ONLINE),
            np.ones(len(row)))  # fmt: skip


def _shop(
    draw: Stream, h: Habits, what: int, row: Int, place: Int
) -> tuple[Int, Int, Int, Float]:  # fmt: skip
    """A coined shop near one's branch, often the same, of a kind that has its own prices."""
    kinds = _OTHERS[what]
    kind = draw.pick(place, [often for _, often, _, _ in kinds], 4)
    name = np.array([KINDS[name] for name, _, _, _ in kinds])[kind]
    favourite = (h.user[row] * 64 + name) * 4 + draw.below(place, 3, 5)
    u = draw.uniform(np.where(draw.chance(place, _LOVES, 6), favourite, place), 8)
    merchant = FIRST_COINED + merchant_offers().pick(name, h.branch[row], u)
    store = draw.chance(place, np.array([share for _, _, share, _ in kinds])[kind], 7)
    factor = np.array([_FACTORS.get(name, 1.0) for name, _, _, _ in kinds])[kind]
    category = np.array([CODES[category] for _, _, _, category in kinds])[kind]
    return category, merchant, np.where(store, IN_STORE, ONLINE), factor


def on_card(h: Habits, some: Bought) -> Bools:
    """Which purchases go on a card."""
    return np.asarray((h.cards[some.row] > 0) & one_of(some.what, ON_CARDS))


def priced(run: OutsideRun, h: Habits, some: Bought, factor: Float) -> Bought:
    """The purchases at prices times a factor: those of food within the document's ranges, others
    the closer to the highest there is the higher they would be."""
    said = figures(run)
    low, high = np.full(len(SPENDING), _LEAST), np.full(len(SPENDING), _MOST)
    for what, figure in ((GROCERIES, said.groceries), (DINING, said.restaurants),
                         (COFFEE, said.coffee)):  # fmt: skip
        low[what], high[what] = figure.cents
    high[ERRANDS] = _MOST_ERRAND
    most = np.where(on_card(h, some), _MOST_ON_CARD, high[some.what])
    wish = some.cents * factor
    food = folded(np.floor(wish + 0.5).astype(np.int64), low[some.what], most)
    other = np.floor(wish * most / (wish + most)).astype(np.int64)
    return some.at(np.where(some.what <= COFFEE, food, np.maximum(other, _LEAST)))
