"""Takes a shard, gives the rows of `audit_trails`: what the staff did to a sample of entities.

Every entity of the sample is created first, in the trail as in its table. What is booked is never
changed. Deletes name drafts and duplicates that no table ever held, and nothing else is told of
these: their ids are negative, a range that no key of dhub's ever lies in.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dhub.domains.compliance.entities import (
    ACCOUNT,
    CUSTOMER,
    LOAN,
    POLICY,
    SOURCES,
    TRANSACTION,
    TYPES,
    Entities,
    entities,
    workdays,
)
from dhub.domains.compliance.values import old_and_new
from dhub.draw import one_of, ordered, spread, stream, within
from dhub.draw.choice import chosen
from dhub.model import SHARD_CUSTOMERS, Coded, Column, Rows, Run, Shard, Table
from dhub.world.calendar import DAY, next_business
from dhub.world.opening import at_a_desk
from dhub.world.people import in_order, people
from dhub.world.places import zone_of_branch
from dhub.world.staff import COMPLIANCE_OFFICER, CSR, INSURANCE_AGENT, LOAN_OFFICER, staff

Int = NDArray[np.int64]
Bools = NDArray[np.bool_]
Days = NDArray[np.datetime64]
Instants = NDArray[np.datetime64]

ACTIONS = ("create", "update", "view", "delete")
CREATE, UPDATE, VIEW, DELETE = range(len(ACTIONS))
MOST = 64  # entries of an action of an entity
RAREST = 0.2  # least share of the trail that the sample of entities is made for
MOST_BOOKED = 0.9  # share of movements in the sample, at most: the others are changed

# Whose work is with which entities; whoever looks into somebody's may be of compliance, too.
LINES = {
    CSR: (ACCOUNT, CUSTOMER, TRANSACTION),
    LOAN_OFFICER: (LOAN,),
    INSURANCE_AGENT: (POLICY,),
}
LOOKING = (COMPLIANCE_OFFICER,)

# Documentation ranges TEST-NET-1, 2 and 3 (RFC 5737): 192.0.2.0, 198.51.100.0, 203.0.113.0.
NETWORKS = np.array([0xC0000200, 0xC6336400, 0xCB007100])


@dataclass(frozen=True)
class Entries:
    """Entries of the trail, ordered by customer and time."""

    entity: Int  # row of the sample
    action: Int  # index of ACTIONS
    place: Int
    performed_at: Instants
    performed_by: Int  # employee_id
    step: Int  # updates of the entity so far, this one included


def audit_rows(shard: Shard) -> Rows:
    """One row an entry, ordered by customer and time."""
    run, who = shard.run, people(shard)
    some = entities(run, shard.index, _sampled(run), _shares(run))
    made = _entries(run, shard.index, some, who.branch)
    kind, owner = some.kind[made.entity], some.owner[made.entity]
    key = TABLE.first_key(shard.index) + np.arange(len(owner))
    deleted = made.action == DELETE
    kept = _kept(run, shard.index, made)
    old, new = old_and_new(
        shard, some, made.entity, made.step,
        kept & (made.action == UPDATE), kept & deleted, kept & ~deleted, made.action == CREATE,
    )  # fmt: skip
    columns = {
        "audit_id": key,
        "entity_type": Coded(kind, TYPES),
        "entity_id": np.where(deleted, -key, some.entity_id[made.entity]),
        "action": Coded(made.action, ACTIONS),
        "performed_by": made.performed_by,
        "performed_at": made.performed_at,
        "source_database": Coded(some.source[made.entity], SOURCES),
        "old_value": old,
        "new_value": new,
        "ip_address": _addresses(run, made.performed_by),
    }
    return Rows(columns, owner)


def _base(run: Run) -> float:
    """Entities of the sample as a share of the entries: one for each creation."""
    return max(run.profile.compliance.audit_action.share("create"), RAREST)


def _sampled(run: Run) -> float:
    return run.profile.compliance.audit_per_customer * _base(run)


def _shares(run: Run) -> list[float]:
    """Shares of the types in the sample, so that those in the entries are the profile's.

    Movements have creations and views alone, and the others all updates and deletes beside; where
    the profile asks for more of them than there are creations and views, they have these all.
    """
    c = run.profile.compliance
    asked = in_order(c.audit_entity, TYPES)
    booked = asked[TRANSACTION]
    quiet = c.audit_action.share("create") + c.audit_action.share("view")
    if booked >= 1:
        return asked
    share = min(booked / quiet if quiet else 0.0, MOST_BOOKED)
    rest = (1 - share) / (1 - booked)
    return [share if kind == TRANSACTION else rest * asked[kind] for kind in range(len(TYPES))]


def _entries(run: Run, index: int, some: Entities, branch: Int) -> Entries:
    """Each entity's creation, then its updates, views and deletes of its kind, as the mix says."""
    weights = in_order(run.profile.compliance.audit_action, ACTIONS)
    parts = []
    for act in (CREATE, UPDATE, VIEW, DELETE):
        able = np.flatnonzero((some.kind != TRANSACTION) | (act in (CREATE, VIEW)))
        mean = weights[act] / _base(run) * len(some.owner) / max(len(able), 1)
        counts = _counts(run, index, act, mean, len(able))
        entity, seq = np.repeat(able, counts), within(counts)
        place = (some.place[entity] * len(ACTIONS) + act) * MOST + seq
        day = _later(run, some, entity, place, act)
        parts.append((entity, np.full(len(entity), act), place, day, seq))
    entity, action, place, day, seq = (np.concatenate(part) for part in zip(*parts, strict=True))
    born = action == CREATE
    day = np.where(born, some.made_at[entity].astype("datetime64[D]"), day)
    who = _performed_by(run, some.kind[entity], action, branch[some.owner[entity]], place, day)
    at = np.where(born, some.made_at[entity], _at_work(run, who, place, day))
    turn = ordered(action, entity, at)  # an entity's entries of one kind come in their order
    step = np.where(action == UPDATE, seq + 1, 0)
    made = Entries(entity, action, place, at[turn], who[turn], step)
    order = ordered(some.owner[entity], made.performed_at, entity, action, step)
    return Entries(*(getattr(made, name)[order] for name in Entries.__dataclass_fields__))


def _counts(run: Run, index: int, action: int, mean: float, length: int) -> Int:
    """Entries of an action of each entity: the whole number below or above the mean."""
    low = int(mean)
    draw = stream(run.seed, f"compliance.audited.{ACTIONS[action]}.{index}")
    more = spread(draw, [low + 1 - mean, mean - low], length) == 1
    return np.asarray(low + more, dtype=np.int64)


def _later(run: Run, some: Entities, entity: Int, place: Int, action: int) -> Days:
    """Any business day of the entity's life after its first."""
    first, last = workdays(some)
    draw = stream(run.seed, f"compliance.performed_at.{ACTIONS[action]}")
    room = np.maximum((last - first).astype(np.int64), 0)[entity]
    return next_business(first[entity] + draw.between(place, 0, room) * DAY)


def _at_work(run: Run, employee: Int, place: Int, day: Days) -> Instants:
    """A time of the day in the hours of each employee's desk."""
    zone = zone_of_branch()[staff(run).branch[employee - 1]]
    return at_a_desk(stream(run.seed, "compliance.performed_at"), place, day, zone, 1)


def _kept(run: Run, index: int, made: Entries) -> Bools:
    """Entries with values: a share of all, but nothing changes where somebody only looks."""
    draw = stream(run.seed, f"compliance.audit_values.{index}")
    return chosen(draw, run.profile.compliance.audit_values, made.action != VIEW)


def _performed_by(run: Run, kind: Int, action: Int, branch: Int, place: Int, day: Days) -> Int:
    """Somebody near the customer whose work is with such entities, with the bank on the day."""
    draw = stream(run.seed, "compliance.performed_by").uniform(place)
    employee = np.zeros(len(kind), dtype=np.int64)
    for line, kinds in LINES.items():
        mine = one_of(kind, kinds)
        for roles, acts in (((line,), action != VIEW), ((line, *LOOKING), action == VIEW)):
            some = np.flatnonzero(mine & acts)
            employee[some] = staff(run).near(roles, branch[some], draw[some], day[some])
    return employee


def _addresses(run: Run, employee: Int) -> NDArray[np.uint32]:
    """Everybody's workstation has one address."""
    host = stream(run.seed, "compliance.workstation").below(employee, len(NETWORKS) * 254)
    return np.asarray(NETWORKS[host // 254] + host % 254 + 1, dtype=np.uint32)


TABLE = Table(
    name="audit_trails",
    phase=7,
    key="audit_id",
    columns=(
        Column("audit_id", "bigint"),
        Column("entity_type", "text"),
        Column("entity_id", "bigint"),
        Column("action", "text"),
        Column("performed_by", "bigint"),
        Column("performed_at", "timestamptz"),
        Column("source_database", "text"),
        Column("old_value", "jsonb", null=True),
        Column("new_value", "jsonb", null=True),
        Column("ip_address", "inet"),
    ),
    expected=lambda run, customers: customers * run.profile.compliance.audit_per_customer,
    rows=audit_rows,
    stride=SHARD_CUSTOMERS * 10_000,
)
