"""Takes a shard, gives its claims: what was claimed within the cover, when, and its fate."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from dhub.draw import child, exp, expand, spread, stream
from dhub.draw.choice import chosen
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
# How many days ago a claim of a status was made (assumed): what is under review is recent, what
# is approved is paid soon, and nothing is decided within the first days.
REVIEWED_WITHIN, PAID_WITHIN, DECIDED_AFTER, APPROVED_AFTER = 75, 150, 10, 15
BRIEFEST = 15  # days of cover before a first claim, so that policies claim which can (assumed)
TAIL = 1.0  # log-deviation of what a claim is above the smallest (assumed)
TAIL_MEAN = 1.6487212707001282  # of the log-normal with median 1 and that deviation
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


@lru_cache(maxsize=4)
def _claims(run: Run, index: int) -> Claims:
    shard = Shard(run, index)
    p = policies(shard)
    count = _counts(run, index, p)
    policy, seq = expand(count)
    place = child(p.place[policy], seq)
    status = _statuses(run, index, p, policy)
    day = _days(run, p, policy, place, status)
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
        able, lean = covered[rows] >= BRIEFEST, covered[rows] / (covered[rows] + 400.0)
        claimed[rows] = chosen(draw, figures.claimed[name], able, score=lean)
    count = claimed.astype(np.int64)
    mix, rows = figures.claims_per_claimed, np.flatnonzero(claimed)
    draw = stream(run.seed, f"claims.count.{index}")
    count[rows] = np.array(mix.numbers)[spread(draw, mix.weights, len(rows))]
    return count


def _statuses(run: Run, index: int, p: Policies, policy: Int) -> Int:
    """Paid only where time and type allow it: a life claim that is paid would end the policy."""
    figures, today = run.profile.insurance, run.today
    first, last = (days[policy] for days in p.terms.in_force(today))
    life = p.policy_type[policy] == LIFE
    soonest = figures.settlement_days.low + 1
    able = {
        PAID: ~life & (first <= today - soonest * DAY),
        APPROVED: ~life & (last >= today - PAID_WITHIN * DAY)
        & (first <= today - APPROVED_AFTER * DAY),
        UNDER_REVIEW: last >= today - REVIEWED_WITHIN * DAY,
    }  # fmt: skip
    fresh = first > today - DECIDED_AFTER * DAY
    rows, status, rest = np.arange(len(policy)), np.full(len(policy), REJECTED), 1.0
    for code, possible in able.items():
        share = figures.claim_status.share(STATUSES[code])
        draw = stream(run.seed, f"claims.status.{STATUSES[code]}.{index}")
        sure = fresh[rows] & (code == UNDER_REVIEW)
        hit = chosen(draw, share / rest if rest > 0 else 0.0, possible[rows], sure)
        status[rows[hit]] = code
        rows, rest = rows[~hit], rest - share
    return status


def _days(run: Run, p: Policies, policy: Int, place: Int, status: Int) -> Days:
    """A day of the cover that fits the status."""
    first, last = (days[policy] for days in p.terms.in_force(run.today))
    soonest = run.profile.insurance.settlement_days.low + 1
    oldest = np.array([40_000, PAID_WITHIN, REVIEWED_WITHIN, 40_000])[status]
    newest = np.array([soonest, APPROVED_AFTER, 1, DECIDED_AFTER])[status]
    first = np.maximum(first, run.today - oldest * DAY)
    last = np.maximum(np.minimum(last, run.today - newest * DAY), first)
    room = (last - first).astype(np.int64) + 1
    return np.asarray(first + stream(run.seed, "claims.claim_date").below(place, room) * DAY)


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
