"""Takes the complaints of a shard in the order of customers, gives what each is about and its fate.

Also the days on which it can have come in: an open one is recent, a settled one is old enough.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dhub.domains.crm.mixes import NEVER, permitted
from dhub.domains.crm.relations import Relations
from dhub.draw import spread, stream
from dhub.model import Run, Shard
from dhub.world.calendar import DAY
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


@dataclass(frozen=True)
class Cases:
    """Complaints, ordered by customer."""

    complaint_type: Int
    priority: Int
    status: Int
    first_day: Days
    last_day: Days

    @property
    def settled(self) -> Bools:
        """Whether each is resolved or closed."""
        return np.asarray(self.status >= RESOLVED)

    def at(self, rows: Int) -> Cases:
        """The complaints of these rows, in their order."""
        return Cases(
            self.complaint_type[rows], self.priority[rows], self.status[rows],
            self.first_day[rows], self.last_day[rows],
        )  # fmt: skip


def cases(run: Run, index: int, owner: Int, relations: Relations) -> Cases:
    """The complaints whose customers (within the shard) are `owner`, ascending."""
    kind = _types(run, index, owner)
    crm = run.profile.crm
    priority = spread(
        stream(run.seed, f"crm.priority.{index}"), in_order(crm.complaint_priority, PRIORITIES),
        len(owner), score=_URGENCY[kind],
    )  # fmt: skip
    allowed = np.ones((len(owner), len(STATUSES)), dtype=bool)
    allowed[:, [OPEN, INVESTIGATING]] = relations.current[owner, None]
    status = permitted(
        stream(run.seed, f"crm.status.{index}"), in_order(crm.complaint_status, STATUSES),
        allowed, _SETTLING[priority],
    )  # fmt: skip
    return Cases(kind, priority, status, *_days(run, owner, relations, priority, status))


def _types(run: Run, index: int, owner: Int) -> Int:
    """Who has no account complains of service rather than of fees."""
    none = people(Shard(run, index)).account_count[owner] == 0
    lean = np.array([0.6, -0.6, -0.4, -0.4, 0.6])
    weights = in_order(run.profile.crm.complaint_type, TYPES)
    draw = stream(run.seed, f"crm.complaint_type.{index}")
    return spread(draw, weights, len(owner), score=lean * none[:, None])


def _days(
    run: Run, owner: Int, relations: Relations, priority: Int, status: Int
) -> tuple[Days, Days]:
    """First and last day on which each can have come in."""
    first, last = relations.first_day[owner], relations.last_day[owner]
    oldest = np.array([OPEN_DAYS, INVESTIGATING_DAYS])[np.minimum(status, INVESTIGATING)]
    oldest = np.where(priority == CRITICAL, CRITICAL_DAYS, oldest)
    pending = status < RESOLVED
    early = np.where(pending, run.today - oldest * DAY, first)
    late = np.where(pending, last, np.minimum(last, run.today - SETTLED_DAYS * DAY))
    early = np.maximum(early, first)
    return early, np.maximum(late, early)
