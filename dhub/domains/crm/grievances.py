"""Takes complaints, gives their text: what happened, with its amount, day and shop, or the rest.

What no movement of money is behind names no sum: only days, places and how long it takes.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from dhub.domains.crm.matters import topics
from dhub.draw import one_of, pools, stream, text
from dhub.model import Coded, Run, Shard
from dhub.world.calendar import DAY, last_business
from dhub.world.contacts.cases import FEE, FRAUD, TYPES, Cases
from dhub.world.contacts.causes import BOOKED, GROUNDS, booked
from dhub.world.ledger import movements
from dhub.world.merchants import merchant_names
from dhub.world.people import people
from dhub.world.places import branch_cities

Int = NDArray[np.int64]
Float = NDArray[np.float64]

KEYS = (*TYPES, *BOOKED)
# What is said of a product is of one the customer has; by matters.TOPICS.
_PRODUCTS = ("product.none", "product", "product.loan", "product.policy")
_PRODUCT = TYPES.index("product")
_LONGEST = 30  # days that a complaint looks back
_ASKING = 0.55  # of complaints end with what is asked for (assumed)


def descriptions(
    run: Run, index: int, owner: Int, place: Int, came: NDArray[np.datetime64], case: Cases
) -> object:
    """The text of each complaint; it tells of days since the customer joined."""
    who, money = people(Shard(run, index)), movements(Shard(run, index))
    draw = stream(run.seed, "crm.grievance")
    bank = pools.bank("complaints", (*KEYS, *_PRODUCTS))
    day, row, known = came.astype("datetime64[D]"), np.maximum(case.cause, 0), case.cause >= 0
    joined = who.onboarding_date[owner]
    longest = np.clip((day - joined).astype(np.int64), 1, _LONGEST)
    since = last_business(np.asarray(day - draw.between(place, 1, longest, 2) * DAY))
    happened = money.transaction_date[row].astype("datetime64[D]")
    topic, _ = topics(Shard(run, index), owner, day, draw.uniform(place, 6))
    key = subjects(run, index, case)
    key = np.where(key == _PRODUCT, len(KEYS) + topic, key)
    told = text.fill(
        text.choose(bank, key, draw.uniform(place)),
        bank.texts,
        amount=text.money(money.amount[row]),
        city=Coded(who.branch[owner], branch_cities()),
        day=text.day(np.where(known, happened, np.maximum(since, joined))),
        days=_days(draw.between(place, np.minimum(2, longest), longest, 3), day - happened, known),
        merchant=Coded(np.where(known, money.merchant[row], -1), merchant_names()),
    )
    paid = known & one_of(case.complaint_type, (FEE, FRAUD))
    return text.join([told, _asks(draw.uniform(place, 4), draw.uniform(place, 5), paid)])


def _asks(some: Float, which: Float, paid: NDArray[np.bool_]) -> object:
    """What some of them ask for at the end, with the blank before it; nothing from the others."""
    bank = pools.bank("complaints", ("asks", "asks.money"))
    code = np.where(some < _ASKING, text.choose(bank, paid.astype(np.int64), which), -1)
    return text.or_nothing(Coded(code, _after_a_blank(bank.texts)))


@lru_cache(maxsize=1)
def _after_a_blank(texts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f" {words}" for words in texts)


def subjects(run: Run, index: int, case: Cases) -> Int:
    """Index of KEYS: what was booked where a movement is behind it, else the type."""
    ground = np.minimum(case.complaint_type, len(GROUNDS) - 1)
    done = len(TYPES) + booked(run, index, ground, np.maximum(case.cause, 0))
    return np.where(case.cause >= 0, done, case.complaint_type)


def _days(drawn: Int, since: NDArray[np.timedelta64], known: NDArray[np.bool_]) -> Int:
    """Days of waiting: since the cause where it is known, and never one alone ("1 days")."""
    return np.maximum(np.where(known, since.astype(np.int64), drawn), 2)
