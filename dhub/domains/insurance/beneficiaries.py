"""Takes a shard, gives the rows of `beneficiaries`: who gets what share of which policy."""

from __future__ import annotations

from math import fsum  # sum() rounds otherwise since Python 3.12

import numpy as np
from numpy.typing import NDArray

from dhub.draw import expand, pools, spread, stream, text
from dhub.draw.choice import chosen, dealt
from dhub.model import SHARD_CUSTOMERS, Coded, Column, Rows, Run, Shard, Table
from dhub.world.cover import Policies, policies
from dhub.world.cover.kinds import LIFE, MOST_POLICIES, policies_per_customer
from dhub.world.cover.policies import age_at
from dhub.world.households import (
    Persons,
    children,
    households,
    one_by_one,
    parents,
    siblings,
    spouses,
)
from dhub.world.people import in_order

Int = NDArray[np.int64]
Bools = NDArray[np.bool_]

RELATIONSHIPS = ("spouse", "child", "parent", "other")
SPOUSE, CHILD, PARENT, OTHER = range(4)
MOST = 3  # beneficiaries of a policy
_PARENTS_LIVE = 45  # age up to which one rather names a parent (assumed)
_MARRIED = 2.0  # lean of the married to name a spouse: decides within any window
YOUNGEST_PARENT, OLDEST_CHILD = 19, 62  # ages of the insured with a child, with a parent (assumed)
# Shares in hundredths of a percent by number of beneficiaries; a row is one way to divide.
_WAYS = np.array([
    [[10000, 0, 0]] * 4,
    [[5000, 5000, 0], [5000, 5000, 0], [6000, 4000, 0], [7500, 2500, 0]],
    [[5000, 2500, 2500], [3334, 3333, 3333], [4000, 3000, 3000], [6000, 2000, 2000]],
])  # fmt: skip


def beneficiary_rows(shard: Shard) -> Rows:
    """One to three rows for life policies and some others, the spouse first."""
    run, p = shard.run, policies(shard)
    count = _counts(shard, p)
    policy, seq = expand(count)
    kind = _relationships(shard, p, policy, seq)
    relative = _relatives(shard, p.owner[policy], kind, _numbers(seq, kind))
    way = stream(run.seed, "beneficiaries.way").below(p.place, _WAYS.shape[1])[policy]
    columns = {
        "beneficiary_id": TABLE.first_key(shard.index) + np.arange(len(policy)),
        "policy_id": p.policy_id[policy],
        "beneficiary_name": text.join(
            [
                Coded(relative.first, pools.pool("first_names")),
                " ",
                Coded(relative.last, pools.pool("last_names")),
            ]
        ),
        "relationship": Coded(kind, RELATIONSHIPS),
        "percentage": _WAYS[count[policy] - 1, way, seq],
    }
    return Rows(columns, p.owner[policy])


def _counts(shard: Shard, p: Policies) -> Int:
    """How many beneficiaries each policy names; a life policy at least one, others rather those of
    the married."""
    run, index = shard.run, shard.index
    figures, married = run.profile.insurance, households(shard).married[p.owner]
    life = p.policy_type == LIFE
    others = np.flatnonzero(~life)
    share, draw = figures.other_beneficiaries, stream(run.seed, f"beneficiaries.other.{index}")
    able = np.ones(len(others), dtype=bool)
    named = others[chosen(draw, share, able, score=np.where(married[others], _MARRIED, 0.0))]
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
    run, owner = shard.run, p.owner[policy]
    weights = in_order(run.profile.insurance.beneficiary_relationship, RELATIONSHIPS)
    heads = np.flatnonzero(seq == 0)
    share = weights[SPOUSE] * len(policy) / max(len(heads), 1)
    draw = stream(run.seed, f"beneficiaries.spouse.{shard.index}")
    married = households(shard).married[owner[heads]]
    able = np.ones(len(heads), dtype=bool)
    kind = np.full(len(policy), -1)
    kind[heads[chosen(draw, share, able, score=np.where(married, _MARRIED, 0.0))]] = SPOUSE
    rows = np.flatnonzero(kind < 0)
    allowed, lean = _others(shard, owner[rows], seq[rows])
    name = f"beneficiaries.relationship.{shard.index}"
    rest = fsum(weights[CHILD:])
    others = [weight / rest if rest > 0 else 1 / 3 for weight in weights[CHILD:]]
    kind[rows] = CHILD + dealt(run.seed, name, others, allowed, lean)
    third = (kind == PARENT) & (_numbers(seq, kind) >= 2)  # in profiles with few spouses
    return np.where(third, OTHER, kind)


def _others(shard: Shard, owner: Int, seq: Int) -> tuple[Bools, NDArray[np.float64]]:
    """Who may name a child, a parent, somebody else, and who leans to which: those who have as many
    children, and the young, whose parents live."""
    age = age_at(shard.run, shard.index, owner, np.full(len(owner), shard.run.today))
    allowed = np.stack([age >= YOUNGEST_PARENT, age <= OLDEST_CHILD, age > 0], axis=1)
    has = households(shard).children[owner] >= np.maximum(seq, 1)
    lean = np.stack([2.0 * has, 2.0 * (age < _PARENTS_LIVE), np.zeros(len(owner))], axis=1)
    return allowed, lean


def _numbers(seq: Int, kind: Int) -> Int:
    """Which of the insured's relatives of that kind each is: the first one named, the second …"""
    number = np.zeros(len(seq), dtype=np.int64)
    for back in range(1, MOST):
        number += (seq >= back) & (kind == np.roll(kind, back))
    return number


def _relatives(shard: Shard, owner: Int, kind: Int, number: Int) -> Persons:
    """Who they are: the same persons wherever the insured names them; others are siblings."""
    mother = number != stream(shard.run.seed, "beneficiaries.parent").below(owner + shard.first, 2)
    found = [
        spouses(shard, owner), children(shard, owner, np.where(kind == CHILD, number, 0)),
        parents(shard, owner, mother), siblings(shard, owner, np.where(kind == OTHER, number, 0)),
    ]  # fmt: skip
    return one_by_one(found, kind)


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
