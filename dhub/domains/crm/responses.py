"""Takes a shard, gives the rows of `campaign_responses`: who reacted to which campaign, and how.

Whoever reacts to an offer and opens what it offers within two months was won by it, and nobody else
was: of offers, the world decides who converts.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from dhub.domains.crm.campaigns import ALL, CROSS_SELL, Campaigns, campaigns
from dhub.domains.crm.offers import WITHIN, bought, buys
from dhub.draw import child, expand, spread, stream
from dhub.draw.choice import chosen
from dhub.model import SHARD_CUSTOMERS, Coded, Column, Rows, Run, Shard, Table
from dhub.profiles import Profile
from dhub.world.calendar import DAY
from dhub.world.contacts.mixes import NEVER, permitted
from dhub.world.people import People, people

Int = NDArray[np.int64]
Days = NDArray[np.datetime64]
Bools = NDArray[np.bool_]

TYPES = ("opened", "clicked", "purchased", "unsubscribed")
# Steps of the funnel, as strata: a click may win the customer, a purchase always does.
OPENED, CLICKED, PURCHASED, UNSUBSCRIBED, WON_BY_CLICK = range(5)
_LOST = np.array([OPENED, CLICKED, UNSUBSCRIBED])
_TYPE_OF_STEP = np.array([OPENED, CLICKED, PURCHASED, UNSUBSCRIBED, CLICKED])
MOST_RESPONSES = 20  # of a customer: as many as a profile may ask for


@dataclass(frozen=True)
class Reach:
    """Which campaigns reach which customers, shape (customers, campaigns), and on which days."""

    first: Days
    last: Days

    @property
    def open(self) -> Bools:
        """Whether there is a day on which the customer can respond."""
        return np.asarray(self.first <= self.last)


def response_rows(shard: Shard) -> Rows:
    """One row a response, ordered by customer and day."""
    run, who, made = shard.run, people(shard), campaigns(shard.run)
    reach = _reach(run, who, made)
    bargain = bought(run, shard.index, made, reach.first, reach.last)
    counts = _counts(run, shard.index, who, reach.open, ~np.isnat(bargain))
    owner, campaign = _chosen(run, who, reach.open, counts, ~np.isnat(bargain))
    day = _days(run, who, reach, owner, campaign, bargain[owner, campaign])
    order = np.lexsort((campaign, day, owner))
    campaign, day = campaign[order], day[order]
    won = ~np.isnat(bargain[owner, campaign])
    free = made.campaign_type[campaign] != CROSS_SELL
    step = _steps(run, shard.index, owner, won, free, buys(run, shard.index, owner, day))
    columns = {
        "response_id": TABLE.first_key(shard.index) + np.arange(len(owner)),
        "campaign_id": campaign + 1,
        "customer_id": who.customer_id[owner],
        "response_type": Coded(_TYPE_OF_STEP[step], TYPES),
        "response_date": day,
        "converted": np.isin(step, (PURCHASED, WON_BY_CLICK)),
    }
    return Rows(columns, owner)


def _reach(run: Run, who: People, made: Campaigns) -> Reach:
    """A campaign reaches its segment's customers from the day after they join until they leave."""
    yesterday = run.today - DAY
    last = np.where(np.isnat(who.ended), yesterday, who.ended - DAY)
    last = np.where(np.isnat(who.silent_since), last, who.silent_since)
    first = np.maximum(made.start_date, (who.onboarding_date + DAY)[:, None])
    until = np.minimum(made.end_date, last[:, None])
    addressed = (made.target == ALL) | (made.target - 1 == who.segment[:, None])
    return Reach(first, np.where(addressed, until, first - DAY))


def _counts(run: Run, index: int, who: People, reached: Bools, buyer: Bools) -> Int:
    """Responses of each customer: an exact share responds, nobody to more than reached them, and
    rather those who buy what is offered."""
    crm = run.profile.crm
    most = reached.sum(axis=1)
    allowed = np.ones((len(most), 2), dtype=bool)
    allowed[:, 0] = most > 0
    score = np.zeros((len(most), 2))
    score[:, 0] = 0.03 * np.minimum(most, 10) + (0.1 + 0.9 * crm.responders) * buyer.any(axis=1)
    draw = stream(run.seed, f"crm.responders.{index}")
    responds = permitted(draw, [crm.responders, 1 - crm.responders], allowed, score) == 0
    some = np.flatnonzero(responds & (most > 0))
    mix = crm.responses_per_responder
    sizes = np.array(mix.numbers)
    score = np.where(sizes > most[some, None], NEVER, 0.0)
    size = sizes[
        spread(stream(run.seed, f"crm.responses.{index}"), mix.weights, len(some), score=score)
    ]
    counts = np.zeros(len(most), dtype=np.int64)
    counts[some] = np.minimum(size, most[some])
    return counts


def _chosen(run: Run, who: People, reached: Bools, counts: Int, buyer: Bools) -> tuple[Int, Int]:
    """Customer and campaign of each response: the campaigns a responder likes best."""
    some = np.flatnonzero(counts)
    campaign = np.arange(reached.shape[1])
    liking = stream(run.seed, "crm.liking").uniform(child(who.place[some][:, None], campaign))
    liking = np.where(reached[some], liking, 2.0) - 1.0 * buyer[some]
    best = np.argsort(liking, axis=1, kind="stable")
    row, rank = expand(counts[some])
    return some[row], best[row, rank]


def _days(run: Run, who: People, reach: Reach, owner: Int, campaign: Int, bargain: Days) -> Days:
    """A day of the campaign, rather its first ones; of those won one soon before they buy."""
    first, last = reach.first[owner, campaign], reach.last[owner, campaign]
    won = ~np.isnat(bargain)
    first = np.where(won, np.maximum(first, bargain - WITHIN * DAY), first)
    last = np.where(won, np.minimum(last, bargain - DAY), last)
    draw = stream(run.seed, "crm.response_date").uniform(child(who.place[owner], campaign))
    room = (last - first).astype(np.int64) + 1
    return np.asarray(first + np.floor(room * draw * draw).astype(np.int64) * DAY)


@lru_cache(maxsize=16)
def step_weights(profile: Profile) -> tuple[float, ...]:
    """Weights of the steps: all purchases convert, and as many clicks as make up the share."""
    mix, converted = profile.crm.response_type, profile.crm.converted
    won = max(converted - mix.share("purchased"), 0.0)
    opened, clicked, purchased, unsubscribed = (mix.share(name) for name in TYPES)
    return (opened, max(clicked - won, 0.0), purchased, unsubscribed, won)


def _steps(run: Run, index: int, owner: Int, won: Bools, free: Bools, lucky: Bools) -> Int:
    """The step each response came to; who unsubscribes is not heard of again.

    Who is `won` bought what was offered; the share of conversions is made up among the `free`, the
    `lucky` first, who open something soon after.
    """
    opened, clicked, purchased, unsubscribed, by_click = step_weights(run.profile)
    draw = stream(run.seed, f"crm.converted.{index}")
    converts = chosen(draw, purchased + by_click, free, sure=won, score=np.where(lucky, 1.0, 0.0))
    step = np.full(len(owner), PURCHASED)
    winners, others = np.flatnonzero(converts), np.flatnonzero(~converts)
    if purchased + by_click > 0:
        draw = stream(run.seed, f"crm.won.{index}")
        by = spread(draw, [purchased, by_click], len(winners))
        step[winners] = np.where(by == 0, PURCHASED, WON_BY_CLICK)
    last = np.r_[owner[1:] != owner[:-1], True][: len(owner)]
    allowed = np.ones((len(others), 3), dtype=bool)
    allowed[:, 2] = last[others]
    if len(others):
        weights = [opened, clicked, unsubscribed]
        step[others] = _LOST[permitted(stream(run.seed, f"crm.step.{index}"), weights, allowed)]
    return step


def _expected(run: Run, customers: int) -> float:
    crm = run.profile.crm
    return customers * crm.responders * crm.responses_per_responder.mean


TABLE = Table(
    name="campaign_responses",
    phase=3,
    key="response_id",
    columns=(
        Column("response_id", "bigint"),
        Column("campaign_id", "bigint"),
        Column("customer_id", "bigint"),
        Column("response_type", "text"),
        Column("response_date", "date"),
        Column("converted", "boolean"),
    ),
    expected=_expected,
    rows=response_rows,
    stride=SHARD_CUSTOMERS * MOST_RESPONSES,
)
