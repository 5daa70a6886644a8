"""Takes kinds of shops and branches, gives merchants, and what one pays there, when and how often.

The kind of a shop and the amount of a purchase belong together: each kind has its own log-normal
cost, its hours, its weekdays and its months. All figures are assumed but where a source is named.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dhub.draw import Stream, exp, pools
from dhub.world.companies import Offers, offers

Int = NDArray[np.int64]
Float = NDArray[np.float64]


class Kind(NamedTuple):
    """What is known of a kind of shop or biller."""

    mcc: int  # ISO 18245, unless the name says more (`_SAID`)
    category: str  # the warehouse's word
    median: float  # dollars of a purchase or of a bill
    sigma: float  # deviation of its logarithm: of purchases, or between billers
    low: float
    high: float
    hours: str = "day"  # key of HOURS
    week: str = "even"  # key of WEEKS
    season: str = "even"  # key of SEASONS
    visits: float = 0.0  # of card purchases, how many are made there; 0 for billers
    online: bool = False  # paid in the net rather than in a shop
    subscription: bool = False  # one price for everybody of a plan, every month


KINDS = {
    "grocery": Kind(5411, "groceries", 62, 0.58, 8, 320, "shop", "week",
                    "even", 21),
    "restaurant": Kind(5812, "dining", 33, 0.45, 11, 160, "meals", "out", "even", 10),
    "fast_food": Kind(5814, "dining", 12.5, 0.38, 5, 40, "meals", "even", "even", 9),
    "coffee": Kind(5814, "dining", 5.7, 0.24, 3.1, 13, "morning", "work", "even", 7),
    "bar": Kind(5813, "dining", 29, 0.5, 8, 140, "evening", "out", "even", 2.5),
    "fuel": Kind(5541, "fuel", 46, 0.3, 15, 110, "commute", "even", "summer", 9),
    "pharmacy": Kind(5912, "pharmacy", 23, 0.7, 4, 180, "shop", "work", "even", 4.5),
    "online_shop": Kind(5964, "online_shop", 39, 0.75, 6, 420, "screen", "even", "gifts",
                        10, True),
    "clothing": Kind(5651, "clothing", 64, 0.6, 12, 420, "shop", "out", "gifts", 3.6),
    "electronics": Kind(5732, "electronics", 168, 0.8, 18, 1500, "shop", "out", "gifts",
                        1.4),
    "home_improvement": Kind(5200, "home", 58, 0.75, 7, 700, "shop", "out", "garden", 2.8),
    "furniture": Kind(5712, "home", 320, 0.7, 45, 2400, "shop", "out", "even", 0.5),
    "department_store": Kind(5311, "department_store", 61, 0.6, 10, 450, "shop", "out",
                             "gifts", 3.2),
    "healthcare": Kind(8011, "healthcare", 82, 0.75, 15, 1400, "office",
                       "office", "even", 2.2),
    "personal_care": Kind(7230, "personal_care", 44, 0.42, 14, 190, "shop", "out", "even",
                          2.0),
    "entertainment": Kind(7999, "entertainment", 33, 0.55, 9, 260, "evening",
                          "out", "summer", 2.2),
    "education": Kind(8299, "education", 74, 0.8, 12, 1200, "shop", "work", "school",
                      0.7),
    "toys": Kind(5945, "children", 38, 0.55, 8, 220, "shop", "out", "gifts", 1.0),
    "childcare": Kind(8351, "children", 310, 0.5, 90, 1400, "office", "office", "even", 0.5),
    "hotel": Kind(7011, "travel", 224, 0.5, 70, 1200, "evening", "out", "summer", 0.8),
    "airline": Kind(4511, "travel", 318, 0.42, 110, 1100, "screen", "even", "summer", 0.7, True),
    "travel_agency": Kind(4722, "travel", 640, 0.55, 150, 3200, "screen", "even", "booking", 0.2,
                          True),
    "transit": Kind(4111, "transport", 9, 0.7, 2.5, 90, "commute", "work", "even", 1.6),
    "rideshare": Kind(4121, "transport", 18, 0.48, 6, 95, "evening", "out", "even", 2.6, True),
    "parking": Kind(7523, "transport", 9.5, 0.55, 2, 60, "commute", "work", "even", 1.6),
    "charity": Kind(8398, "charity", 45, 0.7, 5, 500, "screen", "even", "giving", 0.5, True),
    "fitness": Kind(7997, "fitness", 42, 0.45, 10, 160, "screen", "even", "even", 0, True,
                    True),
    "streaming": Kind(4899, "streaming", 13.99, 0.3, 4.99, 25, "screen", "even",
                      "even", 0, True, True),
    "landlord": Kind(6513, "rent", 1420, 0.32, 700, 3000),
    "utility": Kind(4900, "utilities", 122, 0.3, 45, 320, season="power"),
    "water": Kind(4900, "utilities", 58, 0.3, 25, 140),
    "telecom": Kind(4814, "telecom", 84, 0.35, 30, 210),
    "insurer": Kind(6300, "insurance", 148, 0.42, 45, 480),
}  # fmt: skip
NAMES = tuple(KINDS)
CODES = {name: code for code, name in enumerate(NAMES)}
CATEGORIES = tuple(dict.fromkeys(kind.category for kind in KINDS.values()))
SHOPS = tuple(CODES[name] for name, kind in KINDS.items() if kind.visits)
SUBSCRIPTIONS = tuple(CODES[name] for name, kind in KINDS.items() if kind.subscription)
BILLERS = tuple(CODES[name] for name in ("landlord", "utility", "water", "telecom", "insurer"))
MEDICAL = (CODES["healthcare"], CODES["pharmacy"])  # what an HSA may pay

# What a word of the name says of the merchant category code, by kind.
_SAID = {
    "grocery": {"Bakery": 5462, "Meats": 5422, "Stand": 5499},
    "fuel": {"& Go": 5542},
    "online_shop": {"Crafts": 5999, "Gadgets": 5999},
    "clothing": {"Shoes": 5661, "Menswear": 5611},
    "electronics": {"Computers": 5734},
    "home_improvement": {"Hardware": 5251, "Lumber": 5211, "Flooring": 5713, "Garden": 5261},
    "department_store": {"Club": 5300},
    "healthcare": {"Dental": 8021, "Eye": 8043, "Chiropractic": 8041},
    "personal_care": {"Spa": 7298},
    "entertainment": {"Cinema": 7832, "Theater": 7922, "Playhouse": 7922, "Lanes": 7933,
                      "Bowl": 7933, "Arcade": 7994, "Amusements": 7996},
    "education": {"Books": 5942, "College": 8220},
    "toys": {"Wear": 5641},
    "parking": {"Toll": 4784},
    "fitness": {"Yoga": 7941, "Climbing": 7941},
    "streaming": {"Music": 5815, "Tune": 5815, "Games": 5816, "Cloud": 5818},
    "telecom": {"Wireless": 4812, "Mobile": 4812, "Cable": 4899},
}  # fmt: skip

# Load of each hour of the local day, 0 to 23.
HOURS = {
    "day": (0, 0, 0, 0, 0, 0, 1, 2, 4, 6, 6, 6, 6, 6, 6, 6, 5, 4, 3, 2, 2, 1, 0, 0),
    "shop": (0, 0, 0, 0, 0, 0, 0, 1, 2, 4, 6, 7, 8, 7, 6, 7, 8, 9, 8, 6, 4, 2, 0, 0),
    "meals": (0, 0, 0, 0, 0, 0, 0, 1, 2, 1, 2, 9, 14, 9, 3, 2, 4, 10, 14, 12, 8, 3, 1, 0),
    "morning": (0, 0, 0, 0, 0, 2, 8, 15, 16, 12, 9, 6, 5, 5, 5, 4, 3, 2, 1, 0, 0, 0, 0, 0),
    "evening": (1, 1, 0, 0, 0, 0, 0, 1, 1, 1, 2, 2, 3, 3, 3, 4, 6, 9, 12, 13, 12, 10, 7, 4),
    "commute": (0, 0, 0, 0, 0, 2, 6, 9, 8, 5, 5, 5, 6, 5, 6, 8, 10, 11, 8, 5, 3, 2, 1, 0),
    "office": (0, 0, 0, 0, 0, 0, 0, 1, 6, 9, 10, 8, 4, 7, 9, 8, 5, 1, 0, 0, 0, 0, 0, 0),
    "screen": (2, 1, 0, 0, 0, 0, 1, 2, 4, 5, 6, 6, 7, 6, 6, 6, 6, 6, 7, 9, 11, 11, 8, 5),
}
# Load of the days of the week, Monday first.
WEEKS = {
    "even": (0.92, 0.92, 0.95, 1, 1.17, 1.2, 1),
    "week": (0.9, 0.9, 0.95, 1, 1.2, 1.45, 1.2),
    "out": (0.72, 0.76, 0.85, 1, 1.4, 1.6, 1.0),
    "work": (1.06, 1.08, 1.1, 1.1, 1.25, 0.95, 0.7),
    "office": (1.2, 1.15, 1.1, 1.1, 1, 0.1, 0),
}
# Load of the months, January first; of gifts as measured (realism), at shops that sell them.
SEASONS = {
    "even": (0.97, 0.93, 1, 1, 1.02, 1, 1.01, 1.02, 0.99, 1, 1, 1.06),
    "gifts": (0.88, 0.84, 0.96, 0.97, 1.03, 0.98, 0.97, 1.02, 0.96, 1, 1.12, 1.3),
    "summer": (0.84, 0.84, 0.98, 1, 1.05, 1.12, 1.18, 1.12, 0.98, 0.97, 0.96, 0.98),
    "garden": (0.75, 0.75, 1.05, 1.25, 1.3, 1.2, 1.08, 1.0, 0.98, 0.95, 0.85, 0.82),
    "school": (1.25, 0.85, 0.8, 0.8, 0.8, 0.85, 0.95, 1.6, 1.35, 0.95, 0.85, 0.85),
    "booking": (1.3, 1.15, 1.1, 1.05, 1.05, 1, 0.95, 0.9, 0.9, 0.9, 0.85, 0.85),
    "giving": (0.8, 0.8, 0.9, 0.9, 0.9, 0.9, 0.85, 0.9, 1, 1, 1.25, 1.9),
    "power": (1.32, 1.25, 1.05, 0.85, 0.8, 0.98, 1.2, 1.18, 0.95, 0.8, 0.9, 1.15),
}


@dataclass(frozen=True)
class Costs:
    """The figures of KINDS in columns, in the order of NAMES; money in dollars."""

    median: Float
    sigma: Float
    low: Float
    high: Float
    visits: Float
    online: NDArray[np.bool_]
    category: Int  # index into CATEGORIES
    season: Float  # by kind and month
    week: Float  # by kind and weekday, of mean one


@lru_cache(maxsize=1)
def costs() -> Costs:
    """What is known of the kinds, for arithmetic."""
    kinds = KINDS.values()
    week = np.array([WEEKS[kind.week] for kind in kinds], dtype=np.float64)
    return Costs(
        np.array([float(kind.median) for kind in kinds]), np.array([kind.sigma for kind in kinds]),
        np.array([float(kind.low) for kind in kinds]),
        np.array([float(kind.high) for kind in kinds]),
        np.array([float(kind.visits) for kind in kinds]),
        np.array([kind.online for kind in kinds]),
        np.array([CATEGORIES.index(kind.category) for kind in kinds]),
        np.array([SEASONS[kind.season] for kind in kinds], dtype=np.float64),
        week * 7 / np.cumsum(week, axis=1)[:, -1:],
    )  # fmt: skip


def cost(kind: Int, z: Float, level: Float | float = 1.0) -> Float:
    """Dollars of a purchase or a bill: log-normal about the kind's median, by a normal number `z`
    and how much more or less than others the payer spends; reflected into the kind's range."""
    c = costs()
    x = c.median[kind] * level * exp(c.sigma[kind] * z)
    low, high = c.low[kind], c.high[kind]
    x = np.where(x > high, high * high / x, x)
    x = np.where(x < low, low * low / np.maximum(x, 1e-9), x)
    return np.asarray(np.clip(x, low, high))


def second_of_day(kind: Int, draw: Stream, place: Int, lane: int = 0) -> Int:
    """The local second of the day of purchases, by the hours of each kind."""
    at = np.searchsorted(_hour_edges(), kind + draw.uniform(place, lane), side="right")
    return np.asarray(np.minimum(at - 24 * kind, 23) * 3600 + draw.below(place, 3600, lane + 1))


@lru_cache(maxsize=1)
def _hour_edges() -> Float:
    """Where each hour ends in its kind of length one, kind after kind."""
    load = np.cumsum([HOURS[kind.hours] for kind in KINDS.values()], axis=1)
    return np.asarray((np.arange(len(KINDS))[:, None] + load / load[:, -1:]).ravel())


@lru_cache(maxsize=1)
def merchant_offers() -> Offers:
    """Merchants by kind (in the order of NAMES) and branch: codes into `pools.merchants()`."""
    return offers(pools.merchants(), NAMES)


# Two that are asked for by name; all others are fictional. Their codes follow those of the pool,
# so no shop of a branch is one of them.
BY_NAME = {"Netflix": 4899, "Spotify": 5815}
NETFLIX, SPOTIFY = (len(pools.merchants()) + number for number in range(len(BY_NAME)))


@lru_cache(maxsize=1)
def merchant_names() -> tuple[str, ...]:
    """The names of all merchants, in the order of their codes."""
    return (*pools.pool("merchants"), *BY_NAME)


@lru_cache(maxsize=1)
def mcc_of_merchant() -> Int:
    """The ISO 18245 code of each merchant, as its name says."""
    own = [_mcc(merchant.kind, merchant.name) for merchant in pools.merchants()]
    return np.array([*own, *BY_NAME.values()])


def _mcc(kind: str, name: str) -> int:
    said = _SAID.get(kind, {})
    return next((code for word, code in said.items() if word in name), KINDS[kind].mcc)


@lru_cache(maxsize=1)
def kind_of_merchant() -> Int:
    """Index into NAMES of each merchant."""
    own = [CODES[merchant.kind] for merchant in pools.merchants()]
    return np.array([*own, *[CODES["streaming"]] * len(BY_NAME)])
