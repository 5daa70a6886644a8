"""Takes a shard, gives the rows of `loan_guarantors`: who vouches for which loan."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dhub.domains.loans.volume import expected_by_type
from dhub.draw import child, expand, pools, spread, stream, text
from dhub.model import SHARD_CUSTOMERS, Coded, Column, Rows, Run, Shard, Table
from dhub.profiles.loans import LOAN_TYPES
from dhub.world.credit import Loans, loans
from dhub.world.credit.applicants import BUSINESS, MOST_APPLICATIONS
from dhub.world.credit.loans import HUNDRED
from dhub.world.credit.settle import barred, permitted
from dhub.world.names import names
from dhub.world.people import in_order

Int = NDArray[np.int64]

RELATIONSHIPS = ("spouse", "parent", "sibling", "child", "friend", "business_partner")
SPOUSE, PARENT, SIBLING, CHILD, FRIEND, PARTNER = range(len(RELATIONSHIPS))
MOST_GUARANTORS = 2
# How often a guarantor bears the borrower's surname, by relationship (assumed).
_SAME_NAME = np.array([0.75, 0.7, 0.6, 0.75, 0.0, 0.0])
_IN_FULL = 0.4  # share of the guarantees that cover the whole principal (assumed)


def guarantor_rows(shard: Shard) -> Rows:
    """One or two rows for each guaranteed loan, ordered by customer."""
    run, lent = shard.run, loans(shard)
    row = _guaranteed(run, shard.index, lent)
    number, seq = expand(_counts(run, shard.index, len(row)))
    row = row[number]
    place = child(lent.place[row], seq)
    tie = _relationships(run, shard.index, lent.loan_type[row], seq)
    columns = {
        "guarantor_id": TABLE.first_key(shard.index) + np.arange(len(row)),
        "loan_id": lent.loan_id[row],
        "guarantor_name": _names(shard, lent.owner[row], place, tie, seq),
        "relationship": Coded(tie, RELATIONSHIPS),
        "guarantee_amount": _amounts(run, lent.principal_amount[row], place),
    }
    return Rows(columns, lent.owner[row])


def _guaranteed(run: Run, index: int, lent: Loans) -> Int:
    """Rows of the loans with guarantors: a share of the types that have the same one."""
    share = np.array([run.profile.loans.guaranteed[name] for name in LOAN_TYPES])
    chosen = np.zeros(len(lent.owner), dtype=bool)
    for part in np.unique(share):
        mine = np.flatnonzero(share[lent.loan_type] == part)
        draw = stream(run.seed, f"guarantors.loans.{index}.{part}")
        score = np.stack([0.4 * (1 - lent.standing[mine]), np.zeros(len(mine))], axis=1)
        chosen[mine] = spread(draw, [part, 1 - part], len(mine), 0, score) == 0
    return np.flatnonzero(chosen)


def _counts(run: Run, index: int, length: int) -> Int:
    mix = run.profile.loans.guarantors
    draw = stream(run.seed, f"guarantors.count.{index}")
    return np.asarray(np.array(mix.numbers)[spread(draw, mix.weights, length)])


def _relationships(run: Run, index: int, kind: Int, seq: Int) -> Int:
    """Partners vouch for business loans only (E16), spouses come first and alone."""
    allowed = np.ones((len(kind), len(RELATIONSHIPS)), dtype=bool)
    allowed[:, PARTNER] = kind == BUSINESS
    allowed[:, SPOUSE] = seq == 0
    score = barred(allowed)
    score[:, PARTNER] += 2.0 * allowed[:, PARTNER]
    mix = in_order(run.profile.loans.guarantor_relationship, RELATIONSHIPS)
    draw = stream(run.seed, f"guarantors.relationship.{index}")
    return permitted(spread(draw, mix, len(kind), 0, score), allowed)


def _names(shard: Shard, owner: Int, place: Int, tie: Int, seq: Int) -> object:
    """Full names; relatives mostly share the surname, and nobody is called like the borrower."""
    borrower, draw = names(shard), stream(shard.run.seed, "guarantors.name")
    given, family = pools.pool("first_names"), pools.pool("last_names")
    first = draw.pick(place, pools.weights("first_names") or ())
    last = draw.pick(place, pools.weights("last_names") or (), 1)
    last = np.where(draw.chance(place, _SAME_NAME[tie], 2), borrower.last[owner], last)
    # The second guarantor of a loan follows the first one's row.
    twin = np.r_[False, (first[1:] == first[:-1]) & (seq[1:] == 1)]
    first = (first + 2 * twin) % len(given)
    first = (first + (first == borrower.first[owner])) % len(given)
    return text.join([Coded(first, given), " ", Coded(last, family)])


def _amounts(run: Run, principal: Int, place: Int) -> Int:
    """Cents: the whole principal or a part of it within the profile's, in whole hundreds."""
    low, high = run.profile.loans.guarantee.low, run.profile.loans.guarantee.high
    draw = stream(run.seed, "guarantors.amount")
    part = np.where(draw.chance(place, _IN_FULL, 1), 1.0, draw.uniform(place))
    least = -(-np.ceil(principal * low).astype(np.int64) // HUNDRED) * HUNDRED
    most = np.floor(principal * high).astype(np.int64)
    steps = np.floor((most - least) * part).astype(np.int64) // HUNDRED
    return np.asarray(np.where(least <= most, least + steps * HUNDRED, most))


TABLE = Table(
    name="loan_guarantors",
    phase=5,
    key="guarantor_id",
    columns=(
        Column("guarantor_id", "bigint"),
        Column("loan_id", "bigint"),
        Column("guarantor_name", "text"),
        Column("relationship", "text"),
        Column("guarantee_amount", "numeric(15,2)"),
    ),
    expected=lambda run, customers: (
        run.profile.loans.guarantors.mean
        * expected_by_type(run, customers, dict(run.profile.loans.guaranteed.items()))
    ),
    rows=guarantor_rows,
    stride=SHARD_CUSTOMERS * MOST_APPLICATIONS * MOST_GUARANTORS,
)
