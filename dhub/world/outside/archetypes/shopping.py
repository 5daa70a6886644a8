"""Takes users and what they usually buy, gives purchases: where, when and at what price.

Nobody pays the same at the same shop twice running: at every shop small and large baskets take
turns, so that no shop's payments look like a subscription, however regular the visits are.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dhub.draw import stream
from dhub.world.outside.archetypes.moves import (
    DINING,
    GAS,
    GROCERIES,
    HEALTH,
    KINDS,
    SHOPPING,
    Moves,
    address,
    counted,
    moves,
    together,
)
from dhub.world.outside.archetypes.payees import how_many
from dhub.world.outside.personas import Lives, said

Int = NDArray[np.int64]
Float = NDArray[np.float64]

_SMALL, _LARGE, _NOISE = 0.72, 1.24, 0.10
_FAITHFUL = 0.6  # of purchases are made at the favourite shop of the kind (assumed)
# Cents of a usual basket, lowest and highest; of groceries and dining at most (assumed).
_BASKETS = {GROCERIES: (4_700, 12_500), DINING: (2_350, 5_200), GAS: (2_900, 4_700),
            SHOPPING: (2_400, 13_000), HEALTH: (1_800, 11_000)}  # fmt: skip
# Purchases a month on the checking account, lowest and highest (assumed).
RATES = {GROCERIES: (1.1, 2.1), DINING: (0.4, 1.1), GAS: (0.3, 0.8), SHOPPING: (0.1, 0.4),
         HEALTH: (0.05, 0.25)}  # fmt: skip


def basket(who: Lives, kind: int) -> tuple[int, int]:
    """The least and the most of a usual basket, such that small and large ones stay within the
    ranges of the preset."""
    low, high = _BASKETS[kind]
    ranges = {GROCERIES: said(who.run).groceries, DINING: said(who.run).dining}
    if kind not in ranges:
        return low, high
    least, most = ranges[kind].cents
    return (max(low, round(least / (_SMALL * (1 - _NOISE))) + 1),
            min(high, int(most / (_LARGE * (1 + _NOISE)))))  # fmt: skip


def purchases(who: Lives, users: Int, months: Int, start: Int, span: Int, means: Float) -> Moves:
    """What users buy in each month; `start` and `span` are (users, months): from when, for how
    long. `means` is 0 to 1 a user: how dear the baskets are."""
    return together([
        _of_kind(who, users, months, start, span, means, kind) for kind in RATES
    ])  # fmt: skip


def _of_kind(
    who: Lives, users: Int, months: Int, start: Int, span: Int, means: Float, kind: int
) -> Moves:
    draw, n = stream(who.run.seed, who.run.named(f"bought.{KINDS[kind]}")), len(months)
    row, column = np.repeat(np.arange(len(users)), n), np.tile(np.arange(n), len(users))
    number = who.number[users]
    low, high = RATES[kind]
    rate = low + (high - low) * draw.uniform(number)
    place = address(number[row], 0, kind, months[column])
    count = np.floor(rate[row] + draw.uniform(place, 1)).astype(np.int64)
    cell, _, nth = counted(np.arange(len(row)), row, count)
    row, column = row[cell], column[cell]
    place = address(number[row], 0, kind, months[column], nth)
    part = (nth + draw.uniform(place, 2)) / count[cell]
    day = start[row, column] + np.floor(part * span[row, column]).astype(np.int64)
    some = moves(who.number, users[row], day, kind, period=months[column], nth=nth)
    low, high = basket(who, kind)
    taste = np.clip(0.75 * means + 0.25 * draw.uniform(number, 3), 0.0, 1.0)
    return priced(who, favourite(who, some), (low + (high - low) * taste)[row])


def favourite(who: Lives, some: Moves) -> Moves:
    """The same purchases at shops: mostly at one that the user prefers among the kind's."""
    draw = stream(who.run.seed, who.run.named("favourite"))
    shops = how_many()[some.kind]
    own = address(who.number[some.user], some.slot, 0, 0) + some.kind
    usual = draw.below(own, shops)
    any_shop = draw.below(some.place, shops, 1)
    some.whom[:] = np.where(draw.chance(some.place, _FAITHFUL, 2), usual, any_shop)
    return some


def priced(who: Lives, some: Moves, usual: Float) -> Moves:
    """The same purchases at prices around a usual basket: small and large ones in turn."""
    draw = stream(who.run.seed, who.run.named("price"))
    shop = ((some.user << 3 | some.slot) << 5 | some.kind) << 8 | some.whom
    order = np.lexsort((some.place, some.day, shop))
    turn = np.empty_like(order)
    first = np.searchsorted(shop[order], shop[order])
    turn[order] = (np.arange(len(order)) - first) % 2
    start = draw.below(shop % (1 << 16) + (who.number[some.user] << 16), 2, 1)
    size = np.where((turn + start) % 2 == 0, _SMALL, _LARGE)
    noise = 1 + _NOISE * (2 * draw.uniform(some.place) - 1)
    return some.worth(np.floor(usual * size * noise).astype(np.int64))
