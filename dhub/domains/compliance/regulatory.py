"""Takes a run, gives the rows of `regulatory_reports`: the last years' periods, due and handed in.

A period appears once its report can be in: the latest one ended three weeks ago or more.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dhub.draw import child, stream
from dhub.model import Coded, Column, Maybe, Rows, Run, Table
from dhub.profiles.compliance import REPORTS
from dhub.world.calendar import DAY, last_business
from dhub.world.org import CMP, FIN, RSK, apportion, org, seniors
from dhub.world.people import in_order
from dhub.world.staff import staff

Int = NDArray[np.int64]
Days = NDArray[np.datetime64]
Bools = NDArray[np.bool_]

STATUSES = ("submitted", "accepted", "pending")
SUBMITTED, ACCEPTED, PENDING = range(3)
# Whose report is whose (assumed).
_LINES = {
    "capital_adequacy": (RSK, FIN),
    "liquidity": (FIN,),
    "stress_test": (RSK,),
    "quarterly_filing": (FIN, CMP),
}
SOONEST = 18  # days from the end of a period to its report, at least (assumed)


@dataclass(frozen=True)
class Periods:
    """The periods to report on, one element a report, by end and type."""

    report_type: Int
    start: Days
    end: Days
    latest: NDArray[np.bool_]  # whether it is the last period of its type


def report_rows(run: Run, attempt: int) -> Rows:
    """One row a report, oldest period first."""
    due = periods(run)
    place = np.arange(len(due.end))
    status = _statuses(run, due)
    done = status != PENDING
    submitted = _submitted(run, due, place)
    day = np.where(done, submitted, run.today - DAY)
    prepared, approved = _signatures(run, due.report_type, day)
    columns = {
        "report_id": TABLE.first_key(0) + place,
        "report_type": Coded(due.report_type, REPORTS),
        "period_start": due.start,
        "period_end": due.end,
        "status": Coded(status, STATUSES),
        "prepared_by": prepared,
        "approved_by": Maybe(approved, done),
        "submitted_date": np.where(done, submitted, np.datetime64("NaT", "D")),
    }
    return Rows(columns)


def periods(run: Run) -> Periods:
    """Whole quarters, halves or years of the calendar, as many as a type's reports a year say."""
    c = run.profile.compliance
    closed = (run.today - SOONEST * DAY - 3 * DAY).astype("datetime64[M]").astype(np.int64)
    kinds: list[Int] = []
    starts: list[Days] = []
    ends: list[Days] = []
    latest: list[NDArray[np.bool_]] = []
    for code, name in enumerate(REPORTS):
        months = 12 // min(c.reports_per_year[name], 12)
        count = c.report_years * 12 // months
        over = closed // months * months  # first month after the latest period
        first = over - months * np.arange(count, 0, -1)
        kinds.append(np.full(count, code))
        starts.append(_first_of(first))
        ends.append(_first_of(first + months) - DAY)
        latest.append(np.arange(count) == count - 1)
    kind, start, end = np.concatenate(kinds), np.concatenate(starts), np.concatenate(ends)
    order = np.lexsort((kind, end))
    return Periods(kind[order], start[order], end[order], np.concatenate(latest)[order])


def _first_of(month: Int) -> Days:
    return np.asarray(month.astype("datetime64[M]").astype("datetime64[D]"))


def _statuses(run: Run, due: Periods) -> Int:
    """Pending are only some of the latest; the supervisor has accepted the oldest."""
    weights = in_order(run.profile.compliance.report_status, STATUSES)
    _, accepted, pending = apportion(weights, len(due.end))
    status = np.full(len(due.end), SUBMITTED)
    turn = stream(run.seed, "compliance.report_pending").uniform(np.arange(len(due.end)))
    # Of the last periods those that ended last: a year's report is long in.
    candidates = np.flatnonzero(due.latest & (due.end == due.end[-1]))
    pending_rows = candidates[np.argsort(turn[candidates], kind="stable")][:pending]
    status[pending_rows] = PENDING
    status[np.flatnonzero(status != PENDING)[:accepted]] = ACCEPTED
    return status


def _submitted(run: Run, due: Periods, place: Int) -> Days:
    """A business day within the time allowed after the period, yesterday at the latest."""
    allowed = run.profile.compliance.report_days
    left = (run.today - due.end).astype(np.int64) - 1
    least = min(SOONEST, allowed)
    draw = stream(run.seed, "compliance.report_submitted")
    wait = draw.between(place, least, np.maximum(np.minimum(left, allowed), least))
    return np.asarray(np.maximum(last_business(due.end + wait * DAY), due.end + DAY))


def _signatures(run: Run, report_type: Int, day: Days) -> tuple[Int, Int]:
    """Two seniors, both with the bank by the day: of the line whose report it is, and of another.

    Who prepares it speaks for risk, finance or compliance; who approves it is the chief or the
    head of another of these, where there is one.
    """
    place, senior = np.arange(len(day))[:, None], seniors(run)
    late = 10.0 * (staff(run).hire_date[senior - 1] >= day[:, None])
    draw = stream(run.seed, "compliance.report_signed")
    own, control, head = _standing(run, senior - 1)
    luck = draw.uniform(child(place, np.arange(len(senior))))
    first = np.argmax(2.0 * own[report_type] + control + luck - late, axis=1)
    other = org(run).department[senior - 1] != org(run).department[senior[first] - 1][:, None]
    same = 20.0 * (np.arange(len(senior)) == first[:, None])
    second = np.argmax(2.0 * (other & head) + 2.0 * control + 1 - luck - late - same, axis=1)
    return senior[first], senior[second]


def _standing(run: Run, who: Int) -> tuple[Bools, Bools, Bools]:
    """Whether each speaks for the line of each type of report, for any of them or as the chief,
    and whether each leads a department."""
    firm = org(run)
    speaks = firm.department[who][:, None] == np.arange(len(firm.heads))
    speaks |= firm.heads == who[:, None]
    own = np.array([_any_of(speaks, _LINES[name]) for name in REPORTS])
    control = _any_of(speaks, (RSK, FIN, CMP)) | (who == firm.chief)
    return own, control, firm.is_head[who]


def _any_of(speaks: Bools, departments: tuple[int, ...]) -> Bools:
    there = [place for place in departments if place < speaks.shape[1]]
    return np.asarray(speaks[:, there].any(axis=1))


def _expected(run: Run, customers: int) -> float:
    return float(len(periods(run).end))


TABLE = Table(
    name="regulatory_reports",
    phase=7,
    key="report_id",
    columns=(
        Column("report_id", "bigint"),
        Column("report_type", "text"),
        Column("period_start", "date"),
        Column("period_end", "date"),
        Column("status", "text"),
        Column("prepared_by", "bigint"),
        Column("approved_by", "bigint", null=True),
        Column("submitted_date", "date", null=True),
    ),
    expected=_expected,
    foundation=report_rows,
)
