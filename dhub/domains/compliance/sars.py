"""Takes a shard, gives the rows of `suspicious_activity_reports`: the gravest findings, reported.

A report follows from a flagged check of medium or high level. One that is not filed yet is on a
check of the last month, because the law gives 30 days (31 CFR 1020.320).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dhub.domains.compliance.aml import STRIDE, expected_checks
from dhub.domains.compliance.aml import TABLE as CHECKS
from dhub.domains.compliance.checks import Checks, checks
from dhub.domains.compliance.narratives import (
    ACTIVITIES,
    Story,
    narratives,
    stories,
    threshold,
)
from dhub.domains.compliance.officers import officers
from dhub.draw import spread, stream
from dhub.draw.choice import dealt
from dhub.memo import of_shard
from dhub.model import Coded, Column, Maybe, Rows, Run, Shard, Table
from dhub.world.accounts import accounts
from dhub.world.calendar import DAY, last_business
from dhub.world.people import RISKS, in_order, people

Int = NDArray[np.int64]
Days = NDArray[np.datetime64]

STATUSES = ("filed", "under_review", "closed", "draft")
FILED, UNDER_REVIEW, CLOSED, DRAFT = range(4)
NO_REPORT = len(STATUSES)
TIERS = ("tier1", "tier2", "tier3")

SOONEST = 6  # days from a finding to its filing, at least (assumed)
SETTLED = 60  # days until a filed report is closed, at least (assumed)
MEDIUM = RISKS.index("medium")
SPLIT = 4.0  # a score: cash that was split is reported, nearly always
TALL = 5_000_000  # cents (assumed)


def sar_rows(shard: Shard) -> Rows:
    """One row a report, ordered by customer and time of the check."""
    run, made = shard.run, checks(shard.run, shard.index)
    row, status = reports(run, shard.index)
    place, filed = made.place[row], _filed(run, made, row)
    is_filed = (status == FILED) | (status == CLOSED)
    home = people(shard).branch[made.owner[row]]
    at_work = np.where(is_filed, filed, run.today - DAY)
    story = stories(run, shard.index, made.involved.at(row))
    activity = _activities(run, shard.index, made, row, story)
    told = narratives(run, shard.index, made, row, story, activity, status, STATUSES)
    columns = {
        "sar_id": TABLE.first_key(shard.index) + np.arange(len(row)),
        "customer_id": people(shard).customer_id[made.owner[row]],
        "check_id": CHECKS.first_key(shard.index) + row,
        "activity_type": Coded(activity, ACTIVITIES),
        "amount_involved": made.involved.cents[row],
        "status": Coded(status, STATUSES),
        "regulatory_tier": Coded(_tiers(run, shard.index, made, row), TIERS),
        "filed_by": officers(run, "compliance.filed_by", home, place, at_work),
        "filed_date": np.where(is_filed, filed, np.datetime64("NaT", "D")),
        "narrative": told,
        "period_start": story.first,
        "period_end": story.last,
        "account_id": Maybe(accounts(shard).account_id[story.account], story.account >= 0),
    }
    return Rows(columns, made.owner[row])


@of_shard()
def reports(run: Run, index: int) -> tuple[Int, Int]:
    """The checks of a shard that were reported, as rows of `checks`, and each report's status."""
    made = checks(run, index)
    grave = np.flatnonzero(made.level >= MEDIUM)
    status = _statuses(run, index, made, grave)
    some = np.flatnonzero(status != NO_REPORT)
    return grave[some], status[some]


def _statuses(run: Run, index: int, made: Checks, row: Int) -> Int:
    """What became of each grave finding, NO_REPORT for most of them."""
    c = run.profile.compliance
    least, most = c.sar_amount.cents
    weights = [c.sar_share * w for w in in_order(c.sar_status, STATUSES)] + [1 - c.sar_share]
    age = (run.today - made.day[row]).astype(np.int64)
    risk, cents = people(Shard(run, index)).risk[made.owner[row]], made.involved.cents[row]
    # Whoever is reported is no low risk (any more).
    able = (cents >= least) & (cents <= most) & (risk >= MEDIUM)
    allowed = np.ones((len(row), len(weights)), dtype=bool)
    allowed[:, FILED] = able & (age >= SOONEST + 5)
    allowed[:, CLOSED] = able & (age >= SETTLED + c.sar_filing_days)
    allowed[:, UNDER_REVIEW] = able & (age < c.sar_filing_days)
    allowed[:, DRAFT] = allowed[:, UNDER_REVIEW]
    score = np.zeros((len(row), len(weights)))
    lean = 0.8 * (made.level[row] > MEDIUM) + 0.5 * risk + SPLIT * made.involved.split[row]
    score[:, :NO_REPORT] = lean[:, None]
    return dealt(run.seed, f"compliance.sar_status.{index}", weights, allowed, score)


def _filed(run: Run, made: Checks, row: Int) -> Days:
    """A business day within the time allowed after the check, yesterday at the latest."""
    most = run.profile.compliance.sar_filing_days
    left = (run.today - made.day[row]).astype(np.int64) - 1
    days = stream(run.seed, "compliance.filed_date").between(
        made.place[row], min(SOONEST, most), np.maximum(np.minimum(most, left), min(SOONEST, most))
    )
    return np.asarray(np.maximum(last_business(made.day[row] + days * DAY), made.day[row] + DAY))


def _activities(run: Run, index: int, made: Checks, row: Int, story: Story) -> Int:
    """What was split stays below the threshold; what points abroad was transferred (assumed)."""
    allowed = story.possible(threshold(run))
    if run.profile.life is not None:  # where lives are told, cash is split by those who do it
        allowed[:, 0] = made.involved.split[row]
    score = np.zeros((len(row), len(ACTIVITIES)))
    together = made.involved.cents[row] > threshold(run)
    score[:, 0] = 0.2 * (made.movement[row] < 0) + 0.4 * (story.cash > 0) + 0.6 * together
    score[:, 0] += 0.4 * (story.count > 2)
    score[:, 2] = 0.4 * (story.largest > threshold(run))
    weights = in_order(run.profile.compliance.sar_activity, ACTIVITIES)
    return dealt(run.seed, f"compliance.sar_activity.{index}", weights, allowed, score)


def _tiers(run: Run, index: int, made: Checks, row: Int) -> Int:
    """The higher the sum and the level, the higher the tier (assumed)."""
    score = np.zeros((len(row), len(TIERS)))
    score[:, 1] = 0.5 * (made.level[row] > MEDIUM) + 0.5 * (made.involved.cents[row] > TALL)
    score[:, 2] = 1.5 * score[:, 1]
    draw = stream(run.seed, f"compliance.sar_tier.{index}")
    weights = in_order(run.profile.compliance.sar_tier, TIERS)
    return spread(draw, weights, len(row), score=score)


def expected_reports(run: Run, customers: int) -> float:
    c = run.profile.compliance
    grave = c.flagged * c.flag_risk.share("medium", "high")
    return expected_checks(run, customers) * grave * c.sar_share


TABLE = Table(
    name="suspicious_activity_reports",
    phase=7,
    key="sar_id",
    columns=(
        Column("sar_id", "bigint"),
        Column("customer_id", "bigint"),
        Column("check_id", "bigint"),
        Column("activity_type", "text"),
        Column("amount_involved", "numeric(15,2)"),
        Column("status", "text"),
        Column("regulatory_tier", "text"),
        Column("filed_by", "bigint"),
        Column("filed_date", "date", null=True),
        Column("narrative", "text"),
        Column("period_start", "date"),
        Column("period_end", "date"),
        Column("account_id", "bigint", null=True),
    ),
    expected=expected_reports,
    rows=sar_rows,
    stride=STRIDE,
)
