"""Takes habits and what goes on cards, gives the cards, and each purchase its card.

Limits follow income by way of what is bought: some ten months of a card's purchases. Everybody
carries a balance of 30 to 70 percent of the limit, as the document asks.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dhub.draw import stream
from dhub.draw.fanout import within
from dhub.world.outside.cards import STEADY, Cards, last_statement
from dhub.world.outside.everyday.habits import Habits, figures
from dhub.world.outside.everyday.spending import Bought
from dhub.world.outside.payees import FIRST_INSTITUTION, INSTITUTIONS
from dhub.world.outside.run import OutsideRun

Int = NDArray[np.int64]
Float = NDArray[np.float64]

_WEIGHTS = np.array([[1.0, 0, 0], [0.64, 0.36, 0], [0.5, 0.3, 0.2]])  # of purchases, by cards held
_MONTHS_OF_LIMIT = (10.0, 14.0)  # of purchases (assumed)
_STEP = 50_000  # cents: limits are multiples of $500
# How far inside the document's utilisation a card is steered to; and cents that the least payments
# take off a small one, whatever is bought.
_USED, _WORN = (0.04, 0.08), 6_000
_LATE = 0.4
_OPENED = (0.88, 1.08)  # of that is owed when a card's story begins
# By how much what is carried adds to what is bought: months of limit, its use, and the rate.
CARRYING = 1 + 12 * 0.48 * 0.205 / 12


def wallet(
    run: OutsideRun, h: Habits, spent: Bought, first_card: Int, checking: Int, months: float
) -> tuple[Cards, Int]:
    """The cards of some users, and the row of the card of each purchase."""
    owner = np.repeat(np.arange(len(h.user)), h.cards)
    number = within(h.cards)
    place = h.user[owner] * 4 + number
    draw = stream(run.seed, run.named("card"))
    total = np.bincount(spent.row, weights=spent.cents, minlength=len(h.user))
    a_month = total[owner] / months * _WEIGHTS[h.cards[owner] - 1, number]
    limit = _limits(run, draw.uniform(place), a_month)
    low, high = (round(100 * end) for end in (figures(run).apr.low, figures(run).apr.high))
    used = figures(run).utilization
    bottom, top = used.low + _USED[0] + _WORN / limit, used.high - _USED[1]
    late = h.overdue[owner, number]
    # Whoever fails to pay owes more in the end than was meant.
    room = np.where(late, _LATE, 1.0) * draw.uniform(place, 1)
    target = (limit * (bottom + (top - bottom) * room)).astype(np.int64)
    part = _OPENED[0] + (_OPENED[1] - _OPENED[0]) * draw.uniform(place, 2)
    made = Cards(
        first_card[owner] + number, checking[owner], h.user[owner], number,
        FIRST_INSTITUTION + draw.below(place, len(INSTITUTIONS), 3), limit,
        draw.between(place, low, high, 4),
        last_statement(run, stream(run.seed, run.named("card.day")), place),
        np.full(len(owner), STEADY), (target * part).astype(np.int64), target,
        late,
    )  # fmt: skip
    first = np.cumsum(h.cards) - h.cards
    u = draw.uniform(spent.place, 5)
    edges = np.cumsum(_WEIGHTS, axis=1)[h.cards[spent.row] - 1]
    return made, first[spent.row] + (u[:, None] >= edges[:, :-1]).sum(axis=1)


def _limits(run: OutsideRun, u: Float, a_month: Float) -> Int:
    """Round limits within the document's range."""
    low, high = figures(run).limit.cents
    wish = a_month * (_MONTHS_OF_LIMIT[0] + (_MONTHS_OF_LIMIT[1] - _MONTHS_OF_LIMIT[0]) * u)
    return np.clip(np.ceil(wish / _STEP).astype(np.int64) * _STEP, low, high)
