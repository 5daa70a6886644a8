"""Gives what merchants and the bank ask for: a subscription a month, a credit card a year."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from dhub.draw import exp, stream
from dhub.world.merchants import NAMES, NETFLIX, SPOTIFY, SUBSCRIPTIONS, costs, kind_of_merchant

Int = NDArray[np.int64]

_PRICED_BY_NAME = {NETFLIX: 1549, SPOTIFY: 1199}  # cents a month (assumed)
# Cents of the cheapest and the dearest, and how much more prices differ than those of the plans of
# one service (assumed).
_PLANS = {"streaming": (299, 3999, 2.0), "fitness": (1499, 8999, 1.2)}
# The cards in the order in which products count them, and dollars a year (assumed).
CLASSIC, CASH_BACK, MILES, MILES_ELITE, PLATINUM, STUDENT_CARD = range(6)
TRAVEL_CARDS = (MILES, MILES_ELITE)
CARD_FEES = (0, 0, 95, 395, 150, 0)


@lru_cache(maxsize=1)
def subscription_merchants() -> Int:
    """Codes of the merchants that are paid by the month."""
    return np.flatnonzero(np.isin(kind_of_merchant(), SUBSCRIPTIONS))


@lru_cache(maxsize=1)
def monthly_prices() -> Int:
    """Cents a month of each merchant's usual plan, 0 where nobody subscribes; for any seed."""
    price = np.zeros(len(kind_of_merchant()), dtype=np.int64)
    row = subscription_merchants()
    kind, draw = kind_of_merchant()[row], stream(0, "star.monthly_price")
    low, high, more = np.array([_PLANS[NAMES[code]] for code in kind]).T
    dollars = costs().median[kind] * exp(costs().sigma[kind] * more * draw.normal(row))
    price[row] = np.clip(np.floor(dollars).astype(np.int64) * 100 + 99, low, high)
    for code, cents in _PRICED_BY_NAME.items():
        price[code] = cents
    return price
