"""Takes a shard, gives what the audit trail tells of: a sample of its entities and their lives."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dhub.draw import ordered, stream
from dhub.draw.choice import chosen
from dhub.model import SHARD_CUSTOMERS, Run, Shard
from dhub.world.accounts import accounts
from dhub.world.calendar import DAY, last_business, next_business
from dhub.world.cover import policies
from dhub.world.credit import loans
from dhub.world.ledger import movements, transaction_ids
from dhub.world.money.channels import BRANCH, PHONE
from dhub.world.opening import at_a_counter, in_office, is_open
from dhub.world.people import people
from dhub.world.places import zone_of_branch

Int = NDArray[np.int64]
Days = NDArray[np.datetime64]
Instants = NDArray[np.datetime64]
Bools = NDArray[np.bool_]

TYPES = ("account", "customer", "loan", "transaction", "policy")
ACCOUNT, CUSTOMER, LOAN, TRANSACTION, POLICY = range(len(TYPES))
SOURCES = ("accounts_db", "customer_db", "loans_db", "insurance_db")
_SOURCE = np.array([0, 0, 2, 0, 3])
_AS_PROFILE = 0.4  # share of the customers seen in customer_db rather than accounts_db (assumed)

KINDS = 8  # room for the types in an entity's place
SHORTEST = 10  # days of an entity's life: somebody works on one of them
LOOKED_AT = 120  # days after it was booked on which a transaction is still looked at (assumed)
SECOND = np.timedelta64(1, "s")


@dataclass(frozen=True)
class Entities:
    """Entities ordered by customer, one element each."""

    kind: Int  # index of TYPES
    owner: Int  # customer within the shard
    row: Int  # row among the shard's facts of its kind
    place: Int
    entity_id: Int
    source: Int  # index of SOURCES
    made_at: Instants  # when it came to be, [us]
    last_day: Days  # last day on which something can happen to it


def entities(run: Run, index: int, per_customer: float, shares: Sequence[float]) -> Entities:
    """A sample of `per_customer` entities a customer, of all types in the given shares."""
    parts = []
    for part in _all(run, index):
        wanted = per_customer * SHARD_CUSTOMERS * shares[int(part.kind[0])]
        able = (part.last_day - part.made_at.astype("datetime64[D]")).astype(np.int64) >= SHORTEST
        able &= part.source >= 0
        draw = stream(run.seed, f"compliance.audited.{part.kind[0]}.{index}")
        rows = np.flatnonzero(chosen(draw, min(wanted / len(able), 1.0), able))
        parts.append(_at(part, rows))
    names = tuple(Entities.__dataclass_fields__)
    whole = Entities(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))
    return _at(whole, ordered(whole.owner, whole.kind, whole.entity_id))


def _at(some: Entities, rows: Int) -> Entities:
    return Entities(*(getattr(some, name)[rows] for name in Entities.__dataclass_fields__))


def _all(run: Run, index: int) -> Iterator[Entities]:
    """The entities of each type that has any; a source of -1 keeps one out of the sample."""
    shard = Shard(run, index)
    for kind, facts in enumerate((_accounts, _customers, _loans, _transactions, _policies)):
        owner, key, source, made_at, last = facts(shard)
        if len(owner):
            last_day = np.minimum(last.astype("datetime64[D]"), run.today - DAY)
            row, kinds = np.arange(len(owner)), np.full(len(owner), kind)
            place = key * KINDS + kind
            yield Entities(kinds, owner, row, place, key, source, made_at, last_day)


# Owner, key, source, when it came to be and until when something can happen to it.
Facts = tuple[Int, Int, Int, Instants, Days]


def _until(run: Run, day: Days) -> Days:
    """The day, or today where it is still open."""
    return np.where(np.isnat(day), run.today, day)


def _accounts(shard: Shard) -> Facts:
    """Those for which there was time left on the day on which their owner joined."""
    a, who = accounts(shard), people(shard)
    made = _at_branch(shard.run, "account", a.place, a.opened_date, a.branch)
    made = np.maximum(made, who.created_at[a.owner] + 600 * SECOND)
    there = (made.astype("datetime64[D]") == a.opened_date) & _staffed(made, a.branch)
    source = np.where(there, _SOURCE[ACCOUNT], -1)
    return a.owner, a.account_id, source, made, _until(shard.run, a.closed_date)


def _customers(shard: Shard) -> Facts:
    """Those who joined at a branch: who did so online made the entry himself."""
    who = people(shard)
    draw = stream(shard.run.seed, "compliance.audited.profile")
    source = np.where(draw.chance(who.place, _AS_PROFILE), 1, _SOURCE[CUSTOMER])
    source = np.where(_staffed(who.created_at, who.branch), source, -1)
    owner = np.arange(SHARD_CUSTOMERS)
    last = _until(shard.run, who.ended)
    return owner, who.customer_id, source, who.created_at, last


def _loans(shard: Shard) -> Facts:
    lent = loans(shard)
    branch = people(shard).branch[lent.owner]
    made = _at_branch(shard.run, "loan", lent.place, lent.disbursement_date, branch)
    last = np.minimum(_until(shard.run, lent.payoff_date), lent.maturity_date)
    source = np.where(is_open(lent.disbursement_date), _SOURCE[LOAN], -1)
    return lent.owner, lent.loan_id, source, made, last


def _transactions(shard: Shard) -> Facts:
    """Those done by hand for which the ledger names nobody: the trail is where that is kept.

    What is booked is only looked at from then on; an error is put right by another movement.
    """
    money, who = movements(shard), people(shard)
    by_hand = ((money.channel == BRANCH) | (money.channel == PHONE)) & ~money.manned
    day = money.transaction_date.astype("datetime64[D]")
    last = np.minimum(day + LOOKED_AT * DAY, _until(shard.run, who.ended[money.owner]))
    source = np.where(by_hand, _SOURCE[TRANSACTION], -1)
    key = transaction_ids(shard)
    return money.owner, key, source, money.transaction_date, last


def _policies(shard: Shard) -> Facts:
    held = policies(shard)
    branch = people(shard).branch[held.owner]
    made = _at_branch(shard.run, "policy", held.place, held.terms.start_date, branch)
    last = np.minimum(_until(shard.run, held.terms.stopped), _until(shard.run, held.terms.end_date))
    source = np.where(is_open(held.terms.start_date), _SOURCE[POLICY], -1)
    return held.owner, held.policy_id, source, made, last


def _at_branch(run: Run, name: str, place: Int, day: Days, branch: Int) -> Instants:
    """A time of that day at which the branch is open."""
    draw = stream(run.seed, f"compliance.made_at.{name}")
    return at_a_counter(draw, place, day, zone_of_branch()[branch])


def _staffed(at: Instants, branch: Int) -> Bools:
    return in_office(at, zone_of_branch()[branch])


def workdays(some: Entities) -> tuple[Days, Days]:
    """First and last business day of each entity's life, without the day it came to be."""
    made: Days = some.made_at.astype("datetime64[D]")
    return next_business(np.asarray(made + DAY)), last_business(some.last_day)
