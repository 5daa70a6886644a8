"""Takes campaigns and whom they reach, gives who opened what was offered: a conversion is followed
by the product.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dhub.domains.crm.campaigns import CROSS_SELL, Campaigns
from dhub.draw import one_of
from dhub.memo import of_shard
from dhub.model import SHARD_CUSTOMERS, Run, Shard
from dhub.profiles.loans import LOAN_TYPES
from dhub.world.accounts import CHECKING, SAVINGS, Accounts, accounts
from dhub.world.calendar import DAY
from dhub.world.cover import Policies, policies
from dhub.world.cover.kinds import PROPERTY, VEHICLE
from dhub.world.credit import Loans, loans

Int = NDArray[np.int64]
Days = NDArray[np.datetime64]

WITHIN = 60  # days from a conversion to the product
# What the names of campaigns offer, and so which products follow.
OFFERS = ("Checking Plus Savings Bundle", "Home and Auto Cover Offer", "Personal Loan Offer")
NEVER = np.datetime64("NaT", "D")


def bought(run: Run, index: int, made: Campaigns, first: Days, last: Days) -> Days:
    """The day on which each customer opened what each campaign offers, NaT for never.

    `first` and `last` are the days on which the customer can respond, shape (customers, campaigns):
    the product follows one of them within WITHIN days. All NaT where nothing is offered.
    """
    day = np.full((SHARD_CUSTOMERS, len(made.name)), NEVER)
    for campaign in np.flatnonzero(made.campaign_type == CROSS_SELL).tolist():
        offer = next((n for n, words in enumerate(OFFERS) if words in made.name[campaign]), -1)
        if offer < 0:
            continue
        owner, opened = _opened(run, index)[offer]
        since, until = first[owner, campaign], last[owner, campaign]
        fits = np.flatnonzero(
            (since <= until) & (opened > since) & (opened <= until + WITHIN * DAY)
        )
        order = fits[np.argsort(opened[fits], kind="stable")[::-1]]
        day[owner[order], campaign] = opened[order]  # the earliest comes last and stays
    return day


def buys(run: Run, index: int, owner: Int, day: Days) -> NDArray[np.bool_]:
    """Whether each owner opens any product within WITHIN days after each day."""
    a, held, lent = _products(run, index)
    things = (
        (a.owner, a.opened_date), (held.owner, held.terms.start_date),
        (lent.owner, lent.disbursement_date),
    )  # fmt: skip
    opened = np.sort(np.concatenate([_key(of, on) for of, on in things]))
    after = _key(owner, day)
    first = np.searchsorted(opened, after, side="right")
    return np.asarray(np.searchsorted(opened, after + WITHIN, side="right") > first)


def _key(owner: Int, day: Days) -> Int:
    return np.asarray(owner * 2**20 + day.astype("datetime64[D]").astype(np.int64))


def _products(run: Run, index: int) -> tuple[Accounts, Policies, Loans]:
    shard = Shard(run, index)
    return accounts(shard), policies(shard), loans(shard)


@of_shard()
def _opened(run: Run, index: int) -> tuple[tuple[Int, Days], ...]:
    """Customer and day of each product of a shard, by OFFERS."""
    a, held, lent = _products(run, index)
    plain = np.flatnonzero(one_of(a.account_type, (CHECKING, SAVINGS)))
    cover = np.flatnonzero(one_of(held.policy_type, (PROPERTY, VEHICLE)))
    personal = np.flatnonzero(lent.loan_type == LOAN_TYPES.index("personal"))
    return (
        (a.owner[plain], a.opened_date[plain]),
        (held.owner[cover], held.terms.start_date[cover]),
        (lent.owner[personal], lent.disbursement_date[personal]),
    )
