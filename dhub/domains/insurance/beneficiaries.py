"""Takes a shard, gives the rows of `beneficiaries`: who gets what share of which policy."""

from __future__ import annotations

from math import fsum  # sum() rounds otherwise since Python 3.12

import numpy as np
from numpy.typing import NDArray

from dhub.draw import child, expand, pools, spread, stream, text
from dhub.draw.choice import chosen, dealt
from dhub.model import SHARD_CUSTOMERS, Coded, Column, Rows, Run, Shard, Table
from dhub.world.cover import Policies, policies
from dhub.world.cover.kinds import LIFE, MOST_POLICIES, policies_per_customer
from dhub.world.cover.policies import age_at
from dhub.world.names import names
from dhub.world.people import in_order

Int = NDArray[np.int64]
Bools = NDArray[np.bool_]

RELATIONSHIPS = ("spouse", "child", "parent", "other")
SPOUSE, CHILD, PARENT, OTHER = range(4)
MOST = 3  # beneficiaries of a policy
YOUNGEST_PARENT, OLDEST_CHILD = 19, 62  # ages of the insured with a child, with a parent (assumed)
# Chance to bear the insured's last name, by relationship (assumed).
_SAME_NAME = np.array([0.8, 0.9, 0.65, 0.15])
# Shares in hundredths of a percent by number of beneficiaries; a row is one way to divide.
_WAYS = np.array([
    [[10000, 0, 0]] * 4,
    [[5000, 5000, 0], [5000, 5000, 0], [6000, 4000, 0], [7500, 2500, 0]],
    [[5000, 2500, 2500], [3334, 3333, 3333], [4000, 3000, 3000], [6000, 2000, 2000]],
])  # fmt: skip


def beneficiary_rows(shard: Shard) -> Rows:
    """One to three rows for life policies and some others, the spouse first."""
    run, p = shard.run, policies(shard)
    count = _counts(run, shard.index, p)
    policy, seq = expand(count)
    place = child(p.place[policy], seq)
    kind = _relationships(shard, p, policy, seq)
    way = stream(run.seed, "beneficiaries.way").below(p.place, _WAYS.shape[1])[policy]
    columns = {
        "beneficiary_id": TABLE.first_key(shard.index) + np.arange(len(policy)),
        "policy_id": p.policy_id[policy],
        "beneficiary_name": _names(shard, p.owner[policy], place, seq, kind),
        "relationship": Coded(kind, RELATIONSHIPS),
        "percentage": _WAYS[count[policy] - 1, way, seq],
    }
    return Rows(columns, p.owner[policy])


def _counts(run: Run, index: int, p: Policies) -> Int:
    """How many beneficiaries each policy names; a life policy at least one."""
    figures = run.profile.insurance
    life = p.policy_type == LIFE
    others = np.flatnonzero(~life)
    share, draw = figures.other_beneficiaries, stream(run.seed, f"beneficiaries.other.{index}")
    named = others[chosen(draw, share, np.ones(len(others), dtype=bool))]
    count = np.zeros(len(life), dtype=np.int64)
    for name, mix, rows in (
        ("life", figures.life_beneficiaries, np.flatnonzero(life)),
        ("else", figures.per_other_policy, named),
    ):
        draw = stream(run.seed, f"beneficiaries.count.{name}.{index}")
        count[rows] = np.array(mix.numbers)[spread(draw, mix.weights, len(rows))]
    return count


def _relationships(shard: Shard, p: Policies, policy: Int, seq: Int) -> Int:
    """At most one spouse a policy, on as many as the mix asks for; the others keep their shares."""
    run = shard.run
    weights = in_order(run.profile.insurance.beneficiary_relationship, RELATIONSHIPS)
    heads = np.flatnonzero(seq == 0)
    share = weights[SPOUSE] * len(policy) / max(len(heads), 1)
    draw = stream(run.seed, f"beneficiaries.spouse.{shard.index}")
    kind = np.full(len(policy), -1)
    kind[heads[chosen(draw, share, np.ones(len(heads), dtype=bool))]] = SPOUSE
    rows = np.flatnonzero(kind < 0)
    today = np.full(len(rows), run.today)
    age = age_at(run, shard.index, p.owner[policy[rows]], today)
    allowed = np.stack([age >= YOUNGEST_PARENT, age <= OLDEST_CHILD, age > 0], axis=1)
    name = f"beneficiaries.relationship.{shard.index}"
    rest = fsum(weights[CHILD:])
    others = [weight / rest if rest > 0 else 1 / 3 for weight in weights[CHILD:]]
    kind[rows] = CHILD + dealt(run.seed, name, others, allowed)
    return kind


def _names(shard: Shard, owner: Int, place: Int, seq: Int, kind: Int) -> object:
    """First and last name; no first name twice in a policy, nor that of the insured."""
    first_names, last_names = pools.pool("first_names"), pools.pool("last_names")
    insured = names(shard)
    draw = stream(shard.run.seed, "beneficiaries.name")
    first = draw.pick(place, pools.weights("first_names") or ())
    first = _told_apart(first, insured.first[owner], seq, len(first_names))
    last = draw.pick(place, pools.weights("last_names") or (), 1)
    same = draw.chance(place, _SAME_NAME[kind], 3)
    last = np.where(same, insured.last[owner], last)
    return text.join([Coded(first, first_names), " ", Coded(last, last_names)])


def _told_apart(first: Int, insured: Int, seq: Int, size: int) -> Int:
    """The next name of the pool for whoever is called like the insured or an earlier one."""
    for _ in range(MOST * (MOST + 1) // 2):  # each can be moved once by every name before it
        alike = first == insured
        for back in range(1, MOST):
            alike |= (seq >= back) & (first == np.roll(first, back))
        if not alike.any():
            break
        first = np.where(alike, (first + 1) % size, first)
    return first


def _expected(run: Run, customers: int) -> float:
    figures, life = run.profile.insurance, run.profile.insurance.type.share("life")
    other = figures.other_beneficiaries * figures.per_other_policy.mean
    mean = life * figures.life_beneficiaries.mean + (1 - life) * other
    return customers * policies_per_customer(run.profile) * mean


TABLE = Table(
    name="beneficiaries",
    phase=6,
    key="beneficiary_id",
    columns=(
        Column("beneficiary_id", "bigint"),
        Column("policy_id", "bigint"),
        Column("beneficiary_name", "text"),
        Column("relationship", "text"),
        Column("percentage", "numeric(5,2)"),
    ),
    expected=_expected,
    rows=beneficiary_rows,
    stride=SHARD_CUSTOMERS * MOST_POLICIES * MOST,
)
