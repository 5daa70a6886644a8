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
from dhub.domains.compliance.officers import officers
from dhub.draw import spread, stream
from dhub.draw.choice import dealt
from dhub.model import Coded, Column, Rows, Run, Shard, Table
from dhub.world.calendar import DAY, last_business
from dhub.world.people import RISKS, in_order, people

Int = NDArray[np.int64]
Days = NDArray[np.datetime64]

ACTIVITIES = ("structuring", "unusual_pattern", "high_risk_country")
STATUSES = ("filed", "under_review", "closed", "draft")
FILED, UNDER_REVIEW, CLOSED, DRAFT = range(4)
NO_REPORT = len(STATUSES)
TIERS = ("tier1", "tier2", "tier3")

SOONEST = 6  # days from a finding to its filing, at least (assumed)
SETTLED = 60  # days until a filed report is closed, at least (assumed)
YEAR = 366
MEDIUM = RISKS.index("medium")
TALL = 5_000_000  # cents (assumed)


def sar_rows(shard: Shard) -> Rows:
    """One row a report, ordered by customer and time of the check."""
    run, made = shard.run, checks(shard.run, shard.index)
    grave = np.flatnonzero(made.level >= MEDIUM)
    status = _statuses(run, shard.index, made, grave)
    some = np.flatnonzero(status != NO_REPORT)
    row, status = grave[some], status[some]
    place, filed = made.place[row], _filed(run, made, row)
    is_filed = (status == FILED) | (status == CLOSED)
    home = people(shard).branch[made.owner[row]]
    at_work = np.where(is_filed, filed, run.today - DAY)
    columns = {
        "sar_id": TABLE.first_key(shard.index) + np.arange(len(row)),
        "customer_id": people(shard).customer_id[made.owner[row]],
        "check_id": CHECKS.first_key(shard.index) + row,
        "activity_type": Coded(_activities(run, shard.index, made, row), ACTIVITIES),
        "amount_involved": made.involved[row],
        "status": Coded(status, STATUSES),
        "regulatory_tier": Coded(_tiers(run, shard.index, made, row), TIERS),
        "filed_by": officers(run, "compliance.filed_by", home, place, at_work),
        "filed_date": np.where(is_filed, filed, np.datetime64("NaT", "D")),
    }
    return Rows(columns, made.owner[row])


def _statuses(run: Run, index: int, made: Checks, row: Int) -> Int:
    """What became of each grave finding, NO_REPORT for most of them."""
    c = run.profile.compliance
    least, most = c.sar_amount.cents
    weights = [c.sar_share * w for w in in_order(c.sar_status, STATUSES)] + [1 - c.sar_share]
    age = (run.today - made.day[row]).astype(np.int64)
    risky = people(Shard(run, index)).risk[made.owner[row]] >= MEDIUM
    # Whoever was reported within a year is no low risk (any more).
    reported = risky | (age > YEAR + c.sar_filing_days)
    able = (made.involved[row] >= least) & (made.involved[row] <= most)
    allowed = np.ones((len(row), len(weights)), dtype=bool)
    allowed[:, FILED] = able & reported & (age >= SOONEST + 5)
    allowed[:, CLOSED] = able & reported & (age >= SETTLED + c.sar_filing_days)
    allowed[:, UNDER_REVIEW] = able & (age < c.sar_filing_days)
    allowed[:, DRAFT] = allowed[:, UNDER_REVIEW]
    score = np.zeros((len(row), len(weights)))
    score[:, :NO_REPORT] = (0.8 * (made.level[row] > MEDIUM) + 0.2 * risky)[:, None]
    return dealt(run.seed, f"compliance.sar_status.{index}", weights, allowed, score)


def _filed(run: Run, made: Checks, row: Int) -> Days:
    """A business day within the time allowed after the check, yesterday at the latest."""
    most = run.profile.compliance.sar_filing_days
    left = (run.today - made.day[row]).astype(np.int64) - 1
    days = stream(run.seed, "compliance.filed_date").between(
        made.place[row], min(SOONEST, most), np.maximum(np.minimum(most, left), min(SOONEST, most))
    )
    return np.asarray(np.maximum(last_business(made.day[row] + days * DAY), made.day[row] + DAY))


def _activities(run: Run, index: int, made: Checks, row: Int) -> Int:
    """Large transfers point abroad rather than to split cash (assumed)."""
    large = made.movement[row] >= 0
    score = np.zeros((len(row), len(ACTIVITIES)))
    score[:, 0], score[:, 2] = 0.4 * ~large, 0.4 * large
    weights = in_order(run.profile.compliance.sar_activity, ACTIVITIES)
    draw = stream(run.seed, f"compliance.sar_activity.{index}")
    return spread(draw, weights, len(row), score=score)


def _tiers(run: Run, index: int, made: Checks, row: Int) -> Int:
    """The higher the sum and the level, the higher the tier (assumed)."""
    score = np.zeros((len(row), len(TIERS)))
    score[:, 1] = 0.5 * (made.level[row] > MEDIUM) + 0.5 * (made.involved[row] > TALL)
    score[:, 2] = 1.5 * score[:, 1]
    draw = stream(run.seed, f"compliance.sar_tier.{index}")
    weights = in_order(run.profile.compliance.sar_tier, TIERS)
    return spread(draw, weights, len(row), score=score)


def _expected(run: Run, customers: int) -> float:
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
    ),
    expected=_expected,
    rows=sar_rows,
    stride=STRIDE,
)
