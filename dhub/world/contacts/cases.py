"""Takes the complaints of a shard in the order of customers, gives what each is about and its fate.

Also the days on which it can have come in: an open one is recent, a settled one is old enough, and
one about a movement of money follows it within a month.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dhub.draw import child, spread, stream, within
from dhub.model import SHARD_CUSTOMERS, Run, Shard
from dhub.world.calendar import DAY
from dhub.world.contacts.causes import (
    GROUNDS,
    Ground,
    cause_days,
    follows,
    grounds,
    picked,
)
from dhub.world.contacts.mixes import NEVER, permitted
from dhub.world.contacts.relations import Relations
from dhub.world.ledger import movements
from dhub.world.people import in_order, people

Int = NDArray[np.int64]
Days = NDArray[np.datetime64]
Bools = NDArray[np.bool_]

TYPES = ("service", "fee", "product", "fraud", "other")
SERVICE, FEE, PRODUCT, FRAUD, OTHER = range(5)
STATUSES = ("open", "investigating", "resolved", "closed")
OPEN, INVESTIGATING, RESOLVED, CLOSED = range(4)
PRIORITIES = ("low", "medium", "high", "critical")
LOW, MEDIUM, HIGH, CRITICAL = range(4)

# How many days ago a complaint of a status came in, at most. Open ones are younger than 30 days,
# critical ones are never left for more than 5 (invariant D07); the others are assumed.
OPEN_DAYS, INVESTIGATING_DAYS, CRITICAL_DAYS = 28, 40, 4
CRITICAL_HOURS = 5 * 24
_OLDEST = (OPEN_DAYS, INVESTIGATING_DAYS)
# Long enough ago to be settled, office hours and weekends included (240 hours are ten days).
SETTLED_DAYS = 12

# Leaning of the priorities (low … critical) of each type (assumed): fraud is urgent.
_URGENCY = np.array([
    [0.1, 0.2, 0.0, 0.0], [0.3, 0.2, 0.0, -0.3], [0.0, 0.2, 0.2, 0.0],
    [NEVER, -0.3, 0.6, 0.8], [0.6, 0.1, -0.2, -0.5],
])  # fmt: skip
# Leaning of the statuses (open … closed) of each priority: what is urgent is settled (assumed).
_SETTLING = np.array([
    [0.2, 0.1, 0.0, 0.1], [0.1, 0.1, 0.0, 0.0], [0.0, 0.1, 0.1, 0.0], [-2.0, -2.0, 0.1, 0.0],
])  # fmt: skip


# How many complaints of a type are about a movement of money (assumed): the others about an
# application or a card, a stolen identity, a queue.
_ABOUT_MONEY = np.array([0.15, 1.0, 0.55, 0.85, 0.0])
# Leaning of the types by whether the customer has something of theirs to complain of (assumed).
_HAS = np.array([0.0, 1.0, 0.0, 0.4, 0.0])
_HAS_NOT = np.array([0.6, -1.2, -0.4, -0.8, 0.6])


@dataclass(frozen=True)
class Cases:
    """Complaints, ordered by customer."""

    complaint_type: Int
    priority: Int
    status: Int
    cause: Int  # row of `movements` that it is about, -1 for none
    first_day: Days
    last_day: Days

    @property
    def settled(self) -> Bools:
        """Whether each is resolved or closed."""
        return np.asarray(self.status >= RESOLVED)

    def at(self, rows: Int) -> Cases:
        """The complaints of these rows, in their order."""
        return Cases(*(getattr(self, name)[rows] for name in Cases.__dataclass_fields__))


@dataclass(frozen=True)
class _Sought:
    """What complaints may be about, were they of each status: position among the movements of
    their type, and how many there are (0 also for complaints that are not about money)."""

    low: Int  # (statuses, complaints)
    count: Int


def cases(run: Run, index: int, owner: Int, relations: Relations) -> Cases:
    """The complaints whose customers (within the shard) are `owner`, ascending."""
    known = grounds(run, index, relations.complaints > 0)
    kind = _types(run, index, owner, relations, known)
    crm = run.profile.crm
    priority = spread(
        stream(run.seed, f"crm.priority.{index}"), in_order(crm.complaint_priority, PRIORITIES),
        len(owner), score=_URGENCY[kind],
    )  # fmt: skip
    ranges = [_days(run, owner, relations, priority, status) for status in range(len(STATUSES))]
    turn = within(np.bincount(owner, minlength=SHARD_CUSTOMERS))
    place = child(people(Shard(run, index)).place[owner], turn)
    money = stream(run.seed, "crm.about_money").uniform(place) < _ABOUT_MONEY[kind]
    sought = _sought(owner, np.where(money, kind, OTHER), known, ranges)
    status = _statuses(run, index, relations.current[owner], priority, sought)
    chosen = (status, np.arange(len(owner)))
    cause = _causes(run, place, kind, known, sought.low[chosen], sought.count[chosen])
    first, last = (np.stack(days)[chosen] for days in zip(*ranges, strict=True))
    days = follows(run, place, _happened(run, index, cause), first, last)
    return Cases(kind, priority, status, cause, *days)


def _types(
    run: Run, index: int, owner: Int, relations: Relations, known: tuple[Ground, ...]
) -> Int:
    """Who was charged complains of fees; who has no account, of service rather than of either."""
    first, last = cause_days(relations.first_day[owner], relations.last_day[owner])
    score = np.zeros((len(owner), len(TYPES)))
    none = people(Shard(run, index)).account_count[owner] == 0
    for kind in range(len(TYPES)):
        has = ~none if kind >= len(GROUNDS) else known[kind].within(owner, first, last)[1] > 0
        score[:, kind] = np.where(has, _HAS[kind], _HAS_NOT[kind])
    score[:, SERVICE] = _HAS_NOT[SERVICE] * none
    weights = in_order(run.profile.crm.complaint_type, TYPES)
    draw = stream(run.seed, f"crm.complaint_type.{index}")
    return spread(draw, weights, len(owner), score=score)


def _sought(
    owner: Int, kind: Int, known: tuple[Ground, ...], ranges: list[tuple[Days, Days]]
) -> _Sought:
    low = np.zeros((len(ranges), len(owner)), dtype=np.int64)
    count = np.zeros_like(low)
    for ground in range(len(GROUNDS)):
        mine = np.flatnonzero(kind == ground)
        for status, (first, last) in enumerate(ranges):
            days = cause_days(first[mine], last[mine])
            low[status, mine], count[status, mine] = known[ground].within(owner[mine], *days)
    return _Sought(low, count)


def _statuses(run: Run, index: int, current: Bools, priority: Int, sought: _Sought) -> Int:
    """What is pending happened lately; what happened long ago is settled."""
    able = sought.count > 0
    about = able.any(axis=0)
    allowed = np.ones((len(current), len(STATUSES)), dtype=bool)
    score = _SETTLING[priority].copy()
    for status in (OPEN, INVESTIGATING):
        allowed[:, status] = current & (able[status] | ~about)
        score[:, status] += 0.8 * (able[status] & ~able[RESOLVED])
    weights = in_order(run.profile.crm.complaint_status, STATUSES)
    return permitted(stream(run.seed, f"crm.status.{index}"), weights, allowed, score)


def _causes(
    run: Run, place: Int, kind: Int, known: tuple[Ground, ...], low: Int, count: Int
) -> Int:
    """The movement of each complaint, -1 for none: nothing is complained of twice."""
    cause = np.full(len(place), -1)
    for ground, one in enumerate(known):
        mine = np.flatnonzero((kind == ground) & (count > 0))
        cause[mine] = picked(run, one, place[mine], low[mine], count[mine])
    again = np.ones(len(cause), dtype=bool)
    again[np.unique(cause, return_index=True)[1]] = False
    return np.where(again, -1, cause)


def _happened(run: Run, index: int, cause: Int) -> Days:
    """The day of each cause, NaT for none."""
    day = movements(Shard(run, index)).transaction_date[np.maximum(cause, 0)]
    return np.where(cause >= 0, day.astype("datetime64[D]"), np.datetime64("NaT", "D"))


def _days(
    run: Run, owner: Int, relations: Relations, priority: Int, status: int
) -> tuple[Days, Days]:
    """First and last day on which each can have come in, were it of this status."""
    first, last = relations.first_day[owner], relations.last_day[owner]
    if status >= RESOLVED:
        late = np.minimum(last, run.today - SETTLED_DAYS * DAY)
        return first, np.maximum(late, first)
    oldest = np.where(priority == CRITICAL, CRITICAL_DAYS, _OLDEST[status])
    early = np.maximum(run.today - oldest * DAY, first)
    return early, np.maximum(last, early)
