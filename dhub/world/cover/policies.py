"""Takes a shard, gives its insurance policies: of what, for whom, from when to when, how ended."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dhub.draw import child, expand, spread, stream
from dhub.draw.choice import chosen, dealt
from dhub.memo import of_shard
from dhub.model import SHARD_CUSTOMERS, Run, Shard
from dhub.world.cover.holders import holders
from dhub.world.cover.kinds import FREQUENCIES, MONTHS, MOST_POLICIES, TYPES
from dhub.world.cover.terms import Terms, terms
from dhub.world.credit.worth import financed, mortgaged
from dhub.world.people import in_order, people

Int = NDArray[np.int64]
Days = NDArray[np.datetime64]
Bools = NDArray[np.bool_]

# Plausible ages of those insured (assumed; older people are covered by other schemes).
OLDEST_LIFE, OLDEST_HEALTH = 70, 75
_BORROWED = 1.2  # leaning of borrowers to insure what they owe for (assumed)


@dataclass(frozen=True)
class Policies:
    """The policies of a whole shard, ordered by customer."""

    owner: Int  # customer within the shard
    place: Int
    policy_id: Int
    policy_type: Int
    frequency: Int
    account: Int  # row of the linked account, -1 for none
    terms: Terms

    @property
    def months(self) -> Int:
        """Months between two instalments."""
        return np.asarray(MONTHS[self.frequency])


@of_shard(2)
def policies(shard: Shard) -> Policies:
    """The policies of a shard; the same whatever `shard.customers` and `attempt` are."""
    return _policies(shard.run, shard.index)


@of_shard()
def _policies(run: Run, index: int) -> Policies:
    holder = holders(run, index)
    owner, seq = expand(holder.count)
    place = child(people(Shard(run, index)).place[owner], seq)
    kind = _types(run, index, owner, seq)
    frequency = _frequencies(run, index, holder.purse[owner])
    when = terms(run, index, holder, owner, place, kind, frequency)
    first_id = 1 + (index - 1) * SHARD_CUSTOMERS * MOST_POLICIES
    return Policies(
        owner, place, first_id + np.arange(len(owner)), kind, frequency,
        _linked(run, index, holder.purse[owner], when), when,
    )  # fmt: skip


def age_at(run: Run, index: int, owner: Int, day: Days) -> NDArray[np.float64]:
    """Age of customers of a shard on each day, in years."""
    born = people(Shard(run, index)).date_of_birth[owner]
    return np.asarray((day - born).astype(np.int64) / 365.25)


def _types(run: Run, index: int, owner: Int, seq: Int) -> Int:
    """What each policy insures; families buy life, those established have property.

    Who owes the bank for a house or a car insures that first. Property is what no other line
    takes, so it is the other lines that borrowers keep away from.
    """
    age = age_at(run, index, owner, np.full(len(owner), run.today))
    allowed = np.ones((len(owner), len(TYPES)), dtype=bool)
    allowed[:, TYPES.index("life")] = age < OLDEST_LIFE
    allowed[:, TYPES.index("health")] = age < OLDEST_HEALTH
    score = np.zeros((len(owner), len(TYPES)))
    married = people(Shard(run, index)).kin.married[owner]
    score[:, TYPES.index("life")] = 1.5 * married + 0.3 * ((age >= 28) & (age < 55))
    score[:, TYPES.index("travel")] = 0.3 * (age < 35)
    house = (mortgaged(run, index)[owner] >= 0) & (seq == 0)
    car = (financed(run, index)[owner] >= 0) & ~house
    score[:, TYPES.index("vehicle")] += _BORROWED * car
    score -= _BORROWED * house[:, None]
    weights = in_order(run.profile.insurance.type, TYPES)
    last = TYPES.index("property")  # also where nobody is too old for life
    return dealt(run.seed, f"cover.type.{index}", weights, allowed, score, last)


def _frequencies(run: Run, index: int, purse: Int) -> Int:
    """Who has no account to debit pays by the year rather than by the month (assumed)."""
    lean = np.where(purse[:, None] < 0, (0.8, 0.0, -0.8), 0.0)
    weights = in_order(run.profile.insurance.frequency, FREQUENCIES)
    return spread(stream(run.seed, f"cover.frequency.{index}"), weights, len(purse), score=lean)


def _linked(run: Run, index: int, purse: Int, when: Terms) -> Int:
    """The holder's account for the linked policies: rather those with many premiums to pay."""
    lean = 3.0 * when.dues / (when.dues + 6)
    draw = stream(run.seed, f"cover.linked.{index}")
    linked = chosen(draw, run.profile.insurance.linked, purse >= 0, score=lean)
    return np.where(linked, purse, -1)
