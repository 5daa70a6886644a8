"""Takes a shard, gives the rows of `loan_guarantors`: who vouches for which loan."""

from __future__ import annotations

from math import fsum  # sum() rounds otherwise since Python 3.12

import numpy as np
from numpy.typing import NDArray

from dhub.draw import child, expand, pools, spread, stream, text
from dhub.draw.choice import chosen, dealt
from dhub.model import SHARD_CUSTOMERS, Coded, Column, Rows, Run, Shard, Table
from dhub.profiles.loans import LOAN_TYPES
from dhub.world.calendar import DAY
from dhub.world.credit import Loans, loans
from dhub.world.credit.applicants import BUSINESS, MOST_APPLICATIONS
from dhub.world.credit.loans import HUNDRED
from dhub.world.credit.volume import expected_by_type
from dhub.world.households import (
    YEAR,
    Persons,
    children,
    households,
    one_by_one,
    parents,
    siblings,
    spouses,
)
from dhub.world.names import NOBODY, apart, names, surnames
from dhub.world.people import in_order, people

Int = NDArray[np.int64]
Days = NDArray[np.datetime64]

RELATIONSHIPS = ("spouse", "parent", "sibling", "child", "friend", "business_partner")
SPOUSE, PARENT, SIBLING, CHILD, FRIEND, PARTNER = range(len(RELATIONSHIPS))
MOST_GUARANTORS = 2
_GROWN = 20  # age from which a child vouches (assumed)
_PARENTS_LIVE = 55  # age up to which parents vouch (assumed)
_ADULT = 21 * 365 * DAY
_IN_FULL = 0.4  # share of the guarantees that cover the whole principal (assumed)


def guarantor_rows(shard: Shard) -> Rows:
    """One or two rows for each guaranteed loan, ordered by customer."""
    run, lent = shard.run, loans(shard)
    row = _guaranteed(run, shard.index, lent)
    number, seq = expand(_counts(run, shard.index, len(row)))
    row = row[number]
    place = child(lent.place[row], seq)
    owner, day = lent.owner[row], lent.disbursement_date[row]
    tie = _relationships(shard, owner, day, lent.loan_type[row], seq)
    person = _persons(shard, lent, row, tie, seq)
    columns = {
        "guarantor_id": TABLE.first_key(shard.index) + np.arange(len(row)),
        "loan_id": lent.loan_id[row],
        "guarantor_name": text.join(
            [
                Coded(person.first, pools.pool("first_names")),
                " ",
                Coded(person.last, pools.pool("last_names")),
            ]
        ),
        "relationship": Coded(tie, RELATIONSHIPS),
        "guarantee_amount": _amounts(run, lent.principal_amount[row], place),
    }
    return Rows(columns, lent.owner[row])


def _guaranteed(run: Run, index: int, lent: Loans) -> Int:
    """Rows of the loans with guarantors: a share of the types that have the same one."""
    share = np.array([run.profile.loans.guaranteed[name] for name in LOAN_TYPES])
    found = np.zeros(len(lent.owner), dtype=bool)
    for part in np.unique(share):
        mine = np.flatnonzero(share[lent.loan_type] == part)
        draw = stream(run.seed, f"guarantors.loans.{index}.{part}")
        score = np.stack([0.4 * (1 - lent.standing[mine]), np.zeros(len(mine))], axis=1)
        found[mine] = spread(draw, [part, 1 - part], len(mine), 0, score) == 0
    return np.flatnonzero(found)


def _counts(run: Run, index: int, length: int) -> Int:
    mix = run.profile.loans.guarantors
    draw = stream(run.seed, f"guarantors.count.{index}")
    return np.asarray(np.array(mix.numbers)[spread(draw, mix.weights, length)])


def _relationships(shard: Shard, owner: Int, day: Days, kind: Int, seq: Int) -> Int:
    """Partners vouch for business loans only (E16), spouses of the married come first and alone,
    and children when they are grown."""
    run, born = shard.run, people(shard).date_of_birth[owner]
    oldest = children(shard, owner, np.zeros(len(owner), dtype=np.int64)).birth
    has = households(shard).children[owner] > 0
    age = (day - born).astype(np.int64) / YEAR
    allowed = np.ones((len(kind), len(RELATIONSHIPS)), dtype=bool)
    allowed[:, SPOUSE] = (seq == 0) & households(shard).married[owner]
    allowed[:, CHILD] = has & ((day - oldest).astype(np.int64) / YEAR >= _GROWN)
    allowed[:, PARENT] = age <= _PARENTS_LIVE
    mix = in_order(run.profile.loans.guarantor_relationship, RELATIONSHIPS)
    name = f"guarantors.relationship.{shard.index}"
    draw = stream(run.seed, name)
    tie = np.where(chosen(draw, mix[PARTNER], kind == BUSINESS), PARTNER, FRIEND)
    rest = np.flatnonzero(tie != PARTNER)
    lean = np.where(allowed[:, [SPOUSE]], (0.0, -2.0, -2.0, -2.0, -2.0), 0.0)  # is needed there
    share = fsum(mix[:PARTNER])
    others = [weight / share if share > 0 else 1.0 for weight in mix[:PARTNER]]
    tie[rest] = dealt(run.seed, name, others, allowed[rest, :PARTNER], lean[rest])
    return tie


def _persons(shard: Shard, lent: Loans, row: Int, tie: Int, seq: Int) -> Persons:
    """Who they are: relatives are the same persons wherever they are named."""
    owner, place = lent.owner[row], child(lent.place[row], seq)
    mother = seq != stream(shard.run.seed, "guarantors.parent").below(lent.place[row], 2)
    first = np.zeros(len(owner), dtype=np.int64)
    found = [
        spouses(shard, owner), parents(shard, owner, mother),
        siblings(shard, owner, np.where(tie == SIBLING, seq, 0)),
        children(shard, owner, first), _strangers(shard, owner, place),
    ]  # fmt: skip
    return one_by_one(found, np.minimum(tie, FRIEND))


def _strangers(shard: Shard, owner: Int, place: Int) -> Persons:
    """Friends and partners: about as old as the borrower, and called otherwise."""
    draw = stream(shard.run.seed, "guarantors.friend")
    lag = draw.between(place, -3000, 3000)
    birth = np.minimum(people(shard).date_of_birth[owner] + lag * DAY, shard.run.today - _ADULT)
    woman = draw.chance(place, 0.5, 2)
    first = apart(draw, place, woman, birth, 1, [names(shard).first[owner]])
    return Persons(first, surnames(draw, place, 3), birth, np.full(len(owner), NOBODY))


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
