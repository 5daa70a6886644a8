"""Takes a shard, gives the rows of `complaints`: one for each contact of that type, and its end."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dhub.domains.crm.grievances import descriptions
from dhub.domains.crm.interactions import STRIDE
from dhub.draw import spread, stream
from dhub.model import Coded, Column, Maybe, Rows, Run, Shard, Table
from dhub.world.calendar import DAY, next_business
from dhub.world.clock import offsets
from dhub.world.contacts.cases import (
    CRITICAL,
    CRITICAL_HOURS,
    INVESTIGATING,
    OPEN,
    PRIORITIES,
    STATUSES,
    TYPES,
    Cases,
)
from dhub.world.contacts.contacts import contacts
from dhub.world.contacts.desk import in_post
from dhub.world.contacts.relations import stratum_weights
from dhub.world.ledger import movements, transaction_ids
from dhub.world.people import people
from dhub.world.places import zone_of_branch

Int = NDArray[np.int64]
Instants = NDArray[np.datetime64]

HOUR, MINUTE, SECOND = (np.timedelta64(n, "s") for n in (3600, 60, 1))

# Longest time to a settlement by priority, as a share of what the profile allows (assumed).
_PATIENCE = np.array([0.9, 0.75, 0.5, 0.3])


def complaint_rows(shard: Shard) -> Rows:
    """One row a complaint, ordered by customer and time."""
    run, made, who = shard.run, contacts(shard.run, shard.index), people(shard)
    row = np.flatnonzero(made.complaint >= 0)
    case = made.cases.at(made.complaint[row])
    owner, place = made.owner[row], made.place[row]
    minutes = stream(run.seed, "crm.recorded").between(place, 2, 40)
    came = made.interaction_date[row] + minutes * MINUTE
    came = np.minimum(came, (made.day[row] + DAY).astype("datetime64[us]") - SECOND)
    hours = _hours(run, place, came, case, zone_of_branch()[who.branch[owner]])
    settled = np.where(case.settled, came + hours * HOUR, np.datetime64("NaT", "us"))
    columns = {
        "complaint_id": TABLE.first_key(shard.index) + np.arange(len(row)),
        "customer_id": who.customer_id[owner],
        "complaint_type": Coded(case.complaint_type, TYPES),
        "status": Coded(case.status, STATUSES),
        "priority": Coded(case.priority, PRIORITIES),
        "complaint_date": came,
        "resolved_at": settled,
        "resolution_time_hours": Maybe(hours * 100, case.settled),
        "assigned_to": _assigned(run, shard.index, who.branch[owner], place, came, settled, case),
        "description": descriptions(run, shard.index, owner, place, came, case),
        "amount": Maybe(movements(shard).amount[np.maximum(case.cause, 0)], case.cause >= 0),
        "transaction_id": Maybe(transaction_ids(shard)[np.maximum(case.cause, 0)], case.cause >= 0),
    }
    return Rows(columns, owner)


def _hours(run: Run, place: Int, came: Instants, case: Cases, zone: Int) -> Int:
    """Whole hours to a settlement in local office hours, before the as-of date and soon when
    critical."""
    allowed = run.profile.crm.resolution_hours
    draw = stream(run.seed, "crm.resolution_hours")
    share = draw.uniform(place)
    wish = allowed.low + (allowed.high - allowed.low) * share * _PATIENCE[case.priority]
    since = came - came.astype("datetime64[D]")
    opened = since.astype("timedelta64[h]").astype(np.int64)
    day = (came + wish.astype(np.int64) * HOUR).astype("datetime64[D]")
    later = (next_business(day) - came.astype("datetime64[D]")).astype(np.int64)
    behind = -offsets(came, opened * 3600, zone) // 3600
    hours = later * 24 + draw.between(place, 9, 15, 1) + behind - opened
    most = np.where(case.priority == CRITICAL, min(allowed.high, CRITICAL_HOURS), allowed.high)
    left = (run.today - came - SECOND).astype("timedelta64[h]").astype(np.int64)
    hours = np.maximum(hours, max(1, allowed.low))
    return np.asarray(np.minimum(hours, np.maximum(np.minimum(most, left), 1)))


def _assigned(
    run: Run, index: int, branch: Int, place: Int, came: Instants, settled: Instants, case: Cases
) -> Maybe:
    """Somebody in post until it is settled; what is being investigated has someone in charge."""
    share = run.profile.crm.complaint_assigned
    score = np.zeros((len(place), 2))
    score[:, 0] = 0.8 * (case.status == INVESTIGATING) - 0.4 * (case.status == OPEN)
    score[:, 0] += 0.2 * (case.priority == CRITICAL)
    draw = stream(run.seed, f"crm.assigned.{index}")
    assigned = spread(draw, [share, 1 - share], len(place), score=score) == 0
    until = np.where(np.isnat(settled), run.today - DAY, settled.astype("datetime64[D]"))
    day = came.astype("datetime64[D]")
    return Maybe(in_post(run, "crm.assigned_to", branch, place, day, until), assigned)


def _expected(run: Run, customers: int) -> float:
    return customers * sum(n * w for n, w in enumerate(stratum_weights(run.profile)[2:], 1))


TABLE = Table(
    name="complaints",
    phase=3,
    key="complaint_id",
    columns=(
        Column("complaint_id", "bigint"),
        Column("customer_id", "bigint"),
        Column("complaint_type", "text"),
        Column("status", "text"),
        Column("priority", "text"),
        Column("complaint_date", "timestamptz"),
        Column("resolved_at", "timestamptz", null=True),
        Column("resolution_time_hours", "numeric(6,2)", null=True),
        Column("assigned_to", "bigint", null=True),
        Column("description", "text"),
        Column("amount", "numeric(15,2)", null=True),
        Column("transaction_id", "bigint", null=True),
    ),
    expected=_expected,
    rows=complaint_rows,
    stride=STRIDE,
)
