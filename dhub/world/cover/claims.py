"""Takes a shard, gives its claims: what was claimed within the cover, when, and its fate."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dhub.draw import child, exp, expand, spread, stream
from dhub.draw.choice import BIAS, chosen
from dhub.memo import of_shard
from dhub.model import Run, Shard
from dhub.world.calendar import DAY, nearest_business
from dhub.world.cover.amounts import amounts
from dhub.world.cover.kinds import LIFE, TYPES
from dhub.world.cover.policies import Policies, policies

Int = NDArray[np.int64]
Days = NDArray[np.datetime64]
Bools = NDArray[np.bool_]

STATUSES = ("paid", "approved", "under_review", "rejected")
PAID, APPROVED, UNDER_REVIEW, REJECTED = range(4)
# How many days ago a claim of a status was made (assumed): what is under review is the most recent,
# then comes what is approved, and nothing is decided within the first days. Two claims in five
# are open by the documents, so that they reach back for most of a year.
REVIEWED_WITHIN, PAID_WITHIN, DECIDED_AFTER, APPROVED_AFTER = 240, 400, 10, 15
_LONG, _OFTENER = 1000, 5.0  # the longer in force, the likelier a claim, up to so many days
BRIEFEST = 15  # days of cover before a first claim, so that policies claim which can (assumed)
TAIL = 1.6  # log-deviation of what a claim is above the smallest (assumed)
TAIL_MEAN = 3.5966397255692817  # of the log-normal with median 1 and that deviation
IN_FULL = 0.35  # of paid claims; the others less a deductible of up to DEDUCTIBLE (assumed)
DEDUCTIBLE = 0.20


@dataclass(frozen=True)
class Claims:
    """The claims of a whole shard, ordered by customer, policy and day; amounts in cents."""

    policy: Int  # row of `policies`
    place: Int
    status: Int  # index into STATUSES
    claim_date: Days
    amount: Int
    settlement_amount: Int  # of what is paid; 0 elsewhere
    settlement_date: Days  # NaT unless paid


def claims(shard: Shard) -> Claims:
    """The claims of a shard; the same whatever its `customers` and `attempt` are."""
    return _claims(shard.run, shard.index)


@of_shard()
def _claims(run: Run, index: int) -> Claims:
    shard = Shard(run, index)
    p = policies(shard)
    count = _counts(run, index, p)
    policy, seq = expand(count)
    place = child(p.place[policy], seq)
    day = _days(run, p, policy, place)
    status = _statuses(run, index, p.policy_type[policy] == LIFE, day)
    order = np.lexsort((seq, day, policy))
    place, status, day = place[order], status[order], day[order]
    amount = _amounts(run, place, p.policy_type[policy], amounts(shard)[0][policy], count[policy])
    paid = status == PAID
    settled = np.where(paid, _settlement_days(run, place, day), np.datetime64("NaT", "D"))
    return Claims(
        policy, place, status, day, amount,
        np.where(paid, _settlements(run, place, amount), 0), settled,
    )  # fmt: skip


def _counts(run: Run, index: int, p: Policies) -> Int:
    """Claims of each policy: by line, rather on those that have been in force for long."""
    figures = run.profile.insurance
    first, last = p.terms.in_force(run.today)
    covered = (last - first).astype(np.int64) + 1
    claimed = np.zeros(len(covered), dtype=bool)
    for code, name in enumerate(TYPES):
        rows = np.flatnonzero(p.policy_type == code)
        draw = stream(run.seed, f"claims.claimed.{name}.{index}")
        able, lean = covered[rows] >= BRIEFEST, _oftener(covered[rows])
        claimed[rows] = chosen(draw, figures.claimed[name], able, score=lean)
    count = claimed.astype(np.int64)
    mix, rows = figures.claims_per_claimed, np.flatnonzero(claimed)
    draw = stream(run.seed, f"claims.count.{index}")
    several = np.array(mix.numbers)
    often = np.where(p.policy_type[rows] == LIFE, -BIAS, _oftener(covered[rows]))  # one dies once
    score = np.outer(often, several)
    count[rows] = several[spread(draw, mix.weights, len(rows), score=score)]
    return count


def _oftener(covered: Int) -> NDArray[np.float64]:
    """A score: a policy has time for claims as long as it is in force."""
    return np.asarray(_OFTENER * np.minimum(covered, _LONG) / _LONG)


def _days(run: Run, p: Policies, policy: Int, place: Int) -> Days:
    """Any day of the cover: losses know no season of the register."""
    first, last = (days[policy] for days in p.terms.in_force(run.today))
    room = np.maximum((last - first).astype(np.int64) + 1, 1)
    return np.asarray(first + stream(run.seed, "claims.claim_date").below(place, room) * DAY)


def _statuses(run: Run, index: int, life: Bools, day: Days) -> Int:
    """The most recent are under review, then come the approved; the others are paid or rejected.

    A life claim is neither approved nor paid, which would end the policy.
    """
    figures, ago = run.profile.insurance, (run.today - day).astype(np.int64)
    able = {
        UNDER_REVIEW: ago <= REVIEWED_WITHIN,
        APPROVED: ~life & (ago >= APPROVED_AFTER) & (ago <= PAID_WITHIN),
        PAID: ~life & (ago > figures.settlement_days.low),
    }
    fresh, recent = ago <= DECIDED_AFTER, 1 - np.minimum(ago, 3650) / 3650.0
    rows, status, rest = np.arange(len(day)), np.full(len(day), REJECTED), 1.0
    for code, possible in able.items():
        share = figures.claim_status.share(STATUSES[code])
        draw = stream(run.seed, f"claims.status.{STATUSES[code]}.{index}")
        sure = fresh[rows] & (code == UNDER_REVIEW)
        score = None if code == PAID else recent[rows]
        hit = chosen(draw, share / rest if rest > 0 else 0.0, possible[rows], sure, score)
        status[rows[hit]] = code
        rows, rest = rows[~hit], rest - share
    return status


def _amounts(run: Run, place: Int, kind: Int, coverage: Int, count: Int) -> Int:
    """Cents: the smallest share of the coverage plus a log-normal tail.

    All claims of a policy together stay within its coverage. Whole dollars where the adjuster
    estimates (life, property), bills with their cents elsewhere.
    """
    figures = run.profile.insurance
    low, high = figures.claim_amount.low, figures.claim_amount.high
    median = max(figures.claim_amount_mean - low, 0.0) / TAIL_MEAN
    tail = median * exp(TAIL * stream(run.seed, "claims.claim_amount").normal(place))
    share = np.minimum(low + tail, high / count)
    cents = np.floor(share * coverage).astype(np.int64)
    cents = np.where(kind <= 1, cents // 100 * 100, cents)
    least = np.ceil(np.minimum(low, high / count) * coverage).astype(np.int64)
    return np.asarray(np.maximum(np.maximum(cents, least), 1))


def _settlement_days(run: Run, place: Int, day: Days) -> Days:
    """Days later, on a business day where one is near enough, before the as-of date."""
    span = run.profile.insurance.settlement_days
    room = (run.today - day).astype(np.int64) - 1
    most = np.maximum(np.minimum(span.high, room), span.low)
    paid = day + stream(run.seed, "claims.settlement_date").between(place, span.low, most) * DAY
    near = nearest_business(paid)
    after = (near - day).astype(np.int64)
    return np.where((after >= span.low) & (after <= most), near, paid)


def _settlements(run: Run, place: Int, amount: Int) -> Int:
    """What is paid: all of it, or less a deductible."""
    draw = stream(run.seed, "claims.settlement_amount")
    less = np.where(draw.chance(place, IN_FULL), 0.0, DEDUCTIBLE * draw.uniform(place, 1))
    return np.maximum(amount - np.floor(less * amount).astype(np.int64), 1)
