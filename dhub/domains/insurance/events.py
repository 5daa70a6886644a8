"""Takes a shard, gives the rows of `policy_events`: renewals, changes, ends and new beginnings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dhub.domains.insurance import wording
from dhub.domains.insurance.desk import in_post
from dhub.draw import stream
from dhub.draw.choice import chosen
from dhub.model import SHARD_CUSTOMERS, Coded, Column, Maybe, Rows, Run, Shard, Table
from dhub.world.calendar import DAY, add_months, next_business
from dhub.world.cover import Policies, policies
from dhub.world.cover.kinds import LAPSED, LIFE, MOST_POLICIES, TRAVEL, policies_per_customer
from dhub.world.cover.terms import dues
from dhub.world.people import CLOSED, people

Int = NDArray[np.int64]
Float = NDArray[np.float64]
Days = NDArray[np.datetime64]

TYPES = ("renewal", "modification", "cancellation", "reinstatement")
RENEWAL, MODIFICATION, CANCELLATION, REINSTATEMENT = range(4)
MOST = 6  # of a policy: two renewals, a change, an end or a gap, and its reinstatement
# Of the renewals on record, this share is the latest one of its policy; before it a policy shows
# at most one more (assumed).
LATEST = 0.7
FIRST_CHANGE = 5  # days after the start; a policy is changed once at most
_BY_HAND = np.array([-0.3, 0.3, 0.0, 0.3])  # leaning of the types to be done by somebody (assumed)


@dataclass(frozen=True)
class Some:
    """Events of one kind: the policies, the days and what the sentence is about."""

    event_type: int
    policy: Int
    day: Days
    about: Int


def event_rows(shard: Shard) -> Rows:
    """Rows ordered by customer, policy and day."""
    run, p = shard.run, policies(shard)
    made = [*_renewals(run, shard.index, p), _changes(run, shard.index, p), *_ends(shard, p)]
    kind = np.concatenate([np.full(len(some.policy), some.event_type) for some in made])
    number = np.concatenate([np.full(len(some.policy), n) for n, some in enumerate(made)])
    policy = np.concatenate([some.policy for some in made])
    day = np.concatenate([some.day for some in made])
    about = np.concatenate([some.about for some in made])
    order = np.lexsort((number, day, policy))
    kind, policy, day, about = kind[order], policy[order], day[order], about[order]
    place = p.place[policy] * 8 + number[order]
    home = people(shard).branch[p.owner[policy]]
    by_hand = chosen(
        stream(run.seed, f"events.performed.{shard.index}"),
        run.profile.insurance.event_performed, np.ones(len(policy), dtype=bool),
        score=_BY_HAND[kind],
    )  # fmt: skip
    columns = {
        "event_id": TABLE.first_key(shard.index) + np.arange(len(policy)),
        "policy_id": p.policy_id[policy],
        "event_type": Coded(kind, TYPES),
        "event_date": day,
        "performed_by": Maybe(in_post(run, "events.performed_by", home, place, day, day), by_hand),
        "details": wording.details(shard, p, policy, place, about),
    }
    return Rows(columns, p.owner[policy])


def _share(run: Run, event_type: int) -> float:
    """Events of a type a policy."""
    figures = run.profile.insurance
    return figures.events_per_policy * figures.event_type.share(TYPES[event_type])


def _renewals(run: Run, index: int, p: Policies) -> list[Some]:
    """The latest anniversary of some policies, and the one before of some; trips are not renewed.

    Property, vehicle and health policies run by the year, a life policy seldom.
    """
    when = p.terms
    until = np.where(np.isnat(when.stopped), run.today, when.stopped)
    years = dues(when.start_date, np.full(len(until), 12), until) - 1
    made = []
    for back, part in ((0, LATEST), (1, 1 - LATEST)):
        number = np.maximum(years - back, 0)
        day = add_months(when.start_date, 12 * number)
        able = (number > 0) & (p.policy_type != TRAVEL)
        able &= ~when.in_gap(np.arange(len(day)), day) & (day != when.resumed)
        draw = stream(run.seed, f"events.renewal.{back}.{index}")
        lean = -0.5 * (p.policy_type == LIFE)
        rows = np.flatnonzero(chosen(draw, part * _share(run, RENEWAL), able, score=lean))
        made.append(Some(RENEWAL, rows, day[rows], wording.RENEWED + p.policy_type[rows]))
    return made


def _changes(run: Run, index: int, p: Policies) -> Some:
    """A change on a business day, for policies that have been in force for a while."""
    first, last = p.terms.in_force(run.today)
    able = (last - first).astype(np.int64) >= FIRST_CHANGE + 10
    draw = stream(run.seed, f"events.modification.{index}")
    rows = np.flatnonzero(chosen(draw, _share(run, MODIFICATION), able))
    latest = (last - first)[rows].astype(np.int64) - 4  # a weekend with a holiday
    after = stream(run.seed, "events.modification").between(p.place[rows], FIRST_CHANGE, latest)
    day = next_business(first[rows] + after * DAY)
    return Some(MODIFICATION, rows, day, wording.MODIFIED + p.policy_type[rows])


def _ends(shard: Shard, p: Policies) -> list[Some]:
    """Lapses count as cancellations; a cover that was interrupted has one and its reinstatement."""
    when = p.terms
    ended = np.flatnonzero(~np.isnat(when.stopped))
    left = people(shard).status[p.owner[ended]] == CLOSED
    about = np.where(left, wording.LEFT, wording.ENDED + p.policy_type[ended])
    about = np.where(when.status[ended] == LAPSED, wording.LAPSED, about)
    back = np.flatnonzero(~np.isnat(when.resumed))
    return [
        Some(CANCELLATION, ended, when.stopped[ended], about),
        Some(CANCELLATION, back, when.interrupted[back], np.full(len(back), wording.GAP)),
        Some(REINSTATEMENT, back, when.resumed[back], np.full(len(back), wording.BACK)),
    ]


def _expected(run: Run, customers: int) -> float:
    ended = 1 - run.profile.insurance.status.share("active")
    kinds = (RENEWAL, MODIFICATION, REINSTATEMENT, REINSTATEMENT)
    mean = sum(_share(run, kind) for kind in kinds) + ended
    return customers * policies_per_customer(run.profile) * mean


TABLE = Table(
    name="policy_events",
    phase=6,
    key="event_id",
    columns=(
        Column("event_id", "bigint"),
        Column("policy_id", "bigint"),
        Column("event_type", "text"),
        Column("event_date", "date"),
        Column("performed_by", "bigint", null=True),
        Column("details", "text"),
    ),
    expected=_expected,
    rows=event_rows,
    stride=SHARD_CUSTOMERS * MOST_POLICIES * MOST,
)
