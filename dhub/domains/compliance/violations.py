"""Takes a shard, gives the rows of `rule_violations`: breaches that were detected, and their end.

What is open or being looked into happened lately; what is settled is old enough for it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dhub.domains.compliance.breaches import (
    ACCOUNT,
    CUSTOMER,
    ENTITIES,
    TRANSACTION,
    Breaches,
    breaches,
)
from dhub.domains.compliance.officers import officers
from dhub.domains.compliance.rules import TABLE as RULES
from dhub.domains.compliance.rules import rules
from dhub.draw import child, spread, stream
from dhub.draw.choice import chosen, dealt
from dhub.model import SHARD_CUSTOMERS, Coded, Column, Maybe, Rows, Run, Shard, Table
from dhub.world.accounts import accounts
from dhub.world.calendar import DAY, last_business, next_business
from dhub.world.ledger import movements, transaction_ids
from dhub.world.opening import at_a_desk
from dhub.world.people import in_order, people
from dhub.world.places import zone_of_branch

Int = NDArray[np.int64]
Float = NDArray[np.float64]
Bools = NDArray[np.bool_]
Instants = NDArray[np.datetime64]
Fits = dict[tuple[int, int], Bools]  # by status and entity: which breaches can be that

SEVERITIES = ("low", "medium", "high", "critical")
STATUSES = ("resolved", "investigating", "false_positive", "open")
RESOLVED, INVESTIGATING, FALSE_POSITIVE, OPEN = range(4)

MOST = 6  # violations of a customer
ROUND = 0.75  # share of the violations dealt in the first round; the rest come on top of them
# Days since a breach, by status: youngest and oldest (assumed). Settled ones had time to be.
_YOUNGEST = np.array([9, 1, 9, 1])
_OLDEST = np.array([100_000, 60, 100_000, 21])
_SLOWEST_NOTICE = 36 * 3600  # seconds until a breach is detected (assumed)
_TICK = np.timedelta64(36, "s")  # a hundredth of an hour: times are whole numbers of them
# Longest time to a resolution by severity, as a share of what the profile allows (assumed).
_PATIENCE = np.array([1.0, 0.8, 0.5, 0.25])


@dataclass(frozen=True)
class Found:
    """The violations of a whole shard, ordered by customer."""

    owner: Int
    place: Int
    entity: Int  # index of ENTITIES
    status: Int
    breach: Int  # row of `breaches`


def violation_rows(shard: Shard) -> Rows:
    """One row a violation, ordered by customer and time of detection."""
    run, money = shard.run, movements(shard)
    all_of = breaches(run, shard.index, rules(run))
    found = _found(run, shard.index, all_of)
    row = all_of.movement[found.breach]
    detected = _detected(run, found.place, money.transaction_date[row])
    order = np.lexsort((found.place, detected, found.owner))
    found = Found(*(getattr(found, name)[order] for name in Found.__dataclass_fields__))
    row, detected = row[order], detected[order]
    severity = _severities(run, shard.index, all_of.excess[found.breach])
    zone = zone_of_branch()[people(shard).branch[found.owner]]
    ticks = _ticks(run, found.place, detected, severity, zone)
    settled = (found.status == RESOLVED) | (found.status == FALSE_POSITIVE)
    ended = np.where(settled, detected + ticks * _TICK, np.datetime64("NaT", "us"))
    solver = np.zeros(len(row), dtype=np.int64)
    done = np.flatnonzero(settled)
    name = "compliance.resolved_by"
    home = people(shard).branch[found.owner[done]]
    solver[done] = officers(run, name, home, found.place[done], ended[done].astype("datetime64[D]"))
    columns = {
        "violation_id": TABLE.first_key(shard.index) + np.arange(len(row)),
        "rule_id": RULES.first_key(0) + all_of.rule[found.breach],
        "entity_type": Coded(found.entity, ENTITIES),
        "entity_id": _entity_ids(shard, found, row),
        "severity": Coded(severity, SEVERITIES),
        "status": Coded(found.status, STATUSES),
        "detected_at": detected,
        "resolved_at": ended,
        "resolution_time_hours": Maybe(ticks, found.status == RESOLVED),
        "resolved_by": Maybe(solver, settled),
    }
    return Rows(columns, found.owner)


def _found(run: Run, index: int, all_of: Breaches) -> Found:
    """Who broke a rule as what, and how far the matter is."""
    who = people(Shard(run, index))
    age = (run.today - _day(run, index, all_of.movement)).astype(np.int64)
    fits = {(status, entity): _fits(all_of, age, status, entity)
            for status in range(len(STATUSES)) for entity in range(len(ENTITIES))}  # fmt: skip
    of = all_of.owner
    busy = [_owners(of, (all_of.by == by) & fits[RESOLVED, CUSTOMER]) for by in (ACCOUNT, CUSTOMER)]
    lean = 0.6 * busy[0] + 0.3 * busy[1] + 1.2 * _owners(of, fits[RESOLVED, TRANSACTION])
    counts = _counts(run, index, _owners(of, fits[RESOLVED, CUSTOMER]), lean)
    owner = np.repeat(np.arange(SHARD_CUSTOMERS), counts)
    seq = np.arange(len(owner)) - np.repeat(np.cumsum(counts) - counts, counts)
    entity = _entities(run, index, of, owner, np.stack(busy, axis=1), fits)
    status = _statuses(run, index, of, owner, entity, fits)
    place = child(who.place[owner], seq)
    breach = _chosen(run, index, all_of, owner, entity, status, fits)
    return Found(owner, place, entity, status, breach)


def _day(run: Run, index: int, row: Int) -> Instants:
    return movements(Shard(run, index)).transaction_date[row].astype("datetime64[D]")


def _fits(all_of: Breaches, age: Int, status: int, entity: int) -> Bools:
    """Which breaches can be a violation of this status by this kind of entity."""
    timely = (age >= _YOUNGEST[status]) & (age <= _OLDEST[status])
    return np.asarray(timely & (all_of.by <= entity))


def _owners(of: Int, some: Bools) -> Bools:
    """Which customers have some of these breaches."""
    return np.asarray(np.bincount(of[some], minlength=SHARD_CUSTOMERS) > 0)


def _counts(run: Run, index: int, able: Bools, lean: Float) -> Int:
    """Violations of each customer; the risky have more, some have several."""
    risk = people(Shard(run, index)).risk
    rest, counts = run.profile.compliance.violations_per_customer, np.zeros(len(able), np.int64)
    share = min(ROUND * rest, 0.9 * float(able.sum()) / len(able))
    for number in range(MOST):
        if rest <= 0:
            break
        draw = stream(run.seed, f"compliance.violations.{index}.{number}")
        part = min(share, rest) if number < MOST - 1 else min(rest, 1.0)
        counts += chosen(draw, part, able, score=lean + 0.3 * risk + 0.4 * (counts > 0))
        rest -= part
    return counts


def _entities(run: Run, index: int, of: Int, owner: Int, busy: Bools, fits: Fits) -> Int:
    """What broke the rule; after too busy a day it was an account or a customer."""
    allowed = np.stack([_owners(of, fits[RESOLVED, k])[owner] for k in range(3)], axis=1)
    allowed[:, CUSTOMER] = True
    score = np.zeros((len(owner), len(ENTITIES)))
    score[:, ACCOUNT:] = 1.2 * busy[owner]
    weights = in_order(run.profile.compliance.violation_entity, ENTITIES)
    return dealt(run.seed, f"compliance.violation_entity.{index}", weights, allowed, score)


def _statuses(run: Run, index: int, of: Int, owner: Int, entity: Int, fits: Fits) -> Int:
    """How far each matter is: open and investigated ones need a breach that is recent."""
    allowed = np.zeros((len(owner), len(STATUSES)), dtype=bool)
    for (status, kind), some in fits.items():
        mine = entity == kind
        allowed[mine, status] = _owners(of, some)[owner[mine]]
    weights = in_order(run.profile.compliance.violation_status, STATUSES)
    return dealt(run.seed, f"compliance.violation_status.{index}", weights, allowed)


def _chosen(
    run: Run, index: int, all_of: Breaches, owner: Int, entity: Int, status: Int, fits: Fits
) -> Int:
    """The breach of each violation: of several of a customer each another one, while they last."""
    turn = stream(run.seed, "compliance.breach").uniform(
        child(movements(Shard(run, index)).place[all_of.movement], all_of.rule)
    )
    # The rarer a rule is broken, the rather it is seen: else all would be of the lowest threshold.
    often = np.bincount(all_of.rule)[all_of.rule] / max(len(turn), 1)
    turn = turn * np.sqrt(often)
    out = np.zeros(len(owner), dtype=np.int64)
    for (state, kind), some in fits.items():
        mine = np.flatnonzero((entity == kind) & (status == state))
        if not len(mine):
            continue
        wanted = np.zeros(SHARD_CUSTOMERS, dtype=bool)
        wanted[owner[mine]] = True
        rows = np.flatnonzero(some & wanted[all_of.owner])
        # An account or a customer is rather seen for its many movements than for a large one.
        late = turn[rows] + (kind != TRANSACTION) * (all_of.by[rows] == TRANSACTION)
        rows = rows[np.lexsort((late, all_of.owner[rows]))]
        of = all_of.owner[rows]
        first = np.searchsorted(of, owner[mine], side="left")
        count = np.searchsorted(of, owner[mine], side="right") - first
        before = np.arange(len(mine)) - np.searchsorted(owner[mine], owner[mine], side="left")
        out[mine] = rows[first + (before + kind) % count]
    return out


def _detected(run: Run, place: Int, came: Instants) -> Instants:
    """Minutes to a day and a half after the breach, before the as-of date."""
    left = (run.today - came).astype("timedelta64[s]").astype(np.int64) - 1
    most = np.minimum(left, _SLOWEST_NOTICE)
    share = stream(run.seed, "compliance.detected").uniform(place)
    wait = np.minimum(60, most) + np.floor(np.maximum(most - 60, 0) * share * share * share)
    return np.asarray(came + wait.astype(np.int64) * np.timedelta64(1, "s"))


def _severities(run: Run, index: int, excess: Float) -> Int:
    """The further above the threshold, the graver."""
    over = np.minimum(excess - 1, 3.0) / 3
    score = 0.6 * np.stack([-over, np.zeros_like(over), over, over], axis=1)
    weights = in_order(run.profile.compliance.violation_severity, SEVERITIES)
    draw = stream(run.seed, f"compliance.severity.{index}")
    return spread(draw, weights, len(over), score=score)


def _ticks(run: Run, place: Int, detected: Instants, severity: Int, zone: Int) -> Int:
    """Hundredths of hours to the end, in local office hours, before the as-of date."""
    allowed = run.profile.compliance.violation_hours
    draw = stream(run.seed, "compliance.violation_hours")
    share = draw.uniform(place)
    wish = allowed.low + (allowed.high - allowed.low) * share * share * _PATIENCE[severity]
    target = detected + np.floor(wish * 100).astype(np.int64) * _TICK
    day = np.minimum(next_business(target.astype("datetime64[D]")), _last_office_day(run))
    at = at_a_desk(draw, place, day, zone, 1)
    ticks = -((detected - at) // _TICK).astype(np.int64)
    return np.asarray(np.clip(ticks, max(allowed.low * 100, 1), max(allowed.high * 100, 1)))


def _last_office_day(run: Run) -> Instants:
    """As an array of one."""
    return last_business(np.array([run.today - DAY]))


def _entity_ids(shard: Shard, found: Found, row: Int) -> Int:
    """The key of the transaction, account or customer."""
    account = accounts(shard).account_id[movements(shard).account[row]]
    customer = people(shard).customer_id[found.owner]
    return np.choose(found.entity, (transaction_ids(shard)[row], account, customer))


def _expected(run: Run, customers: int) -> float:
    return customers * run.profile.compliance.violations_per_customer


TABLE = Table(
    name="rule_violations",
    phase=7,
    key="violation_id",
    columns=(
        Column("violation_id", "bigint"),
        Column("rule_id", "bigint"),
        Column("entity_type", "text"),
        Column("entity_id", "bigint"),
        Column("severity", "text"),
        Column("status", "text"),
        Column("detected_at", "timestamptz"),
        Column("resolved_at", "timestamptz", null=True),
        Column("resolution_time_hours", "numeric(8,2)", null=True),
        Column("resolved_by", "bigint", null=True),
    ),
    expected=_expected,
    rows=violation_rows,
    stride=SHARD_CUSTOMERS * MOST,
)
