"""Takes a run, gives the rows of `employee_training`: who took which program, and how it went."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dhub.domains.employees.days import any_day
from dhub.domains.employees.programs import TYPES, kinds, plain, programs
from dhub.draw import child, expand, pools, spread, stream
from dhub.model import Coded, Column, Maybe, Rows, Run, Table
from dhub.world.calendar import DAY, add_months
from dhub.world.org import (
    AUD,
    CMP,
    CSV,
    FIN,
    HRS,
    INS,
    ITS,
    LND,
    MKT,
    OPS,
    RSK,
    RTB,
    org,
)
from dhub.world.people import in_order
from dhub.world.staff import ROLES, staff

Int = NDArray[np.int64]
Days = NDArray[np.datetime64]

STATUSES = ("completed", "in_progress", "enrolled")
COMPLETED, IN_PROGRESS, ENROLLED = range(3)

# Assumed: an enrollment begins within weeks, a course under way within months.
RECENT = {IN_PROGRESS: 120, ENROLLED: 30}
LONGEST = 75  # days from enrollment to completion, besides the course's own hours

# How much rather a role takes a type of program, in the order of TYPES (assumed).
_NEED = np.array(
    [
        (0.3, 0.2, 0.6, 0.0, -0.5),  # customer_service_rep
        (0.3, 0.6, 0.1, 0.1, -0.5),  # loan_officer
        (0.3, 0.6, 0.2, 0.0, -0.5),  # insurance_agent
        (1.0, 0.0, -0.2, 0.2, -0.4),  # compliance_officer
        (0.3, 0.1, 0.1, 0.0, 0.8),  # manager
        (0.3, 0.0, -0.3, 0.7, -0.2),  # specialist
    ]
)
# Programs of one's own trade, by the departments it is the trade of; the others are for everybody.
_TRADES = {
    "Mortgage Lending Fundamentals": (LND,),
    "Consumer Lending Certificate": (LND,),
    "Commercial Credit Analysis": (LND, RSK),
    "Fair Lending and Equal Credit": (LND, CMP, RSK),
    "Life and Property Insurance Licensing": (INS,),
    "Small Business Banking": (RTB, LND, MKT),
    "Deposit Products and Pricing": (RTB, CSV, INS, FIN, MKT),
    "Serving Private Banking Clients": (RTB, LND, INS),
    "Accessible Service at the Counter": (RTB,),
    "Listening on the Phone": (CSV,),
    "Sanctions Screening in Practice": (CMP, OPS, AUD),
    "Core Banking Platform Basics": (RTB, CSV, OPS, ITS),
    "Spreadsheet Skills for Analysts": (OPS, RSK, HRS, FIN, AUD, MKT),
    "SQL for Reporting": (OPS, RSK, ITS, FIN, AUD, MKT),
    "Certified Fraud Prevention Course": (CMP, OPS, RSK, AUD),
    "Digital Channels Support": (RTB, CSV, ITS),
}
_FOREIGN = 4.0  # how much less one takes what is another's trade: only for want of anything else


def training_rows(run: Run, attempt: int) -> Rows:
    """Rows ordered by employee, then by enrollment."""
    low, high = _windows(run)
    parent, program, status = _enrollments(run, low, high)
    seq = np.arange(len(parent)) - np.searchsorted(parent, parent)
    place = child(parent, seq)
    enrolled, completed = _dates(run, place, program, status, low[parent], high[parent])
    order = np.lexsort((program, enrolled, parent))
    parent, program, status = parent[order], program[order], status[order]
    done = status == COMPLETED
    columns = {
        "training_id": np.arange(1, len(parent) + 1),
        "employee_id": parent + 1,
        "program_id": program + 1,
        "enrollment_date": enrolled[order],
        "status": Coded(status, STATUSES),
        "completion_date": completed[order],
        "score": Maybe(_scores(run, place[order]), done),
    }
    return Rows(columns)


def _windows(run: Run) -> tuple[Days, Days]:
    """First and last day on which each employee could train within the profile's years."""
    crew = staff(run)
    since = add_months(np.array(run.today), np.array(-12 * run.profile.staff.training_years))
    last = np.where(crew.employed, run.today - DAY, crew.termination_date - DAY)
    return np.maximum(crew.hire_date, since), last


def _enrollments(run: Run, low: Days, high: Days) -> tuple[Int, Int, Int]:
    """Employee, program and status of each enrollment; leavers rather completed theirs."""
    figures, place = run.profile.staff, np.arange(len(low))
    asked = figures.training_per_employee
    count = stream(run.seed, "training.count").between(place, asked.low, asked.high)
    count = np.where(low <= high, count, 0)
    parent, seq = expand(count)
    program = _choices(run)[parent, seq] if len(parent) else parent
    score = np.zeros((len(parent), len(STATUSES)))
    score[:, COMPLETED] = 2.0 * ~staff(run).employed[parent]
    weights = in_order(figures.training_status, STATUSES)
    status = spread(stream(run.seed, "training.status"), weights, len(parent), score=score)
    return parent, program, status


def _choices(run: Run) -> Int:
    """Programs in order of preference, a row an employee: none is taken twice."""
    role, kind = staff(run).role, kinds(run)
    place = child(np.arange(len(role)), 0)[:, None] + np.arange(len(kind))
    taste = stream(run.seed, "training.program").uniform(place) + _NEED[role][:, kind]
    taste = taste - _FOREIGN * _foreign(run)[org(run).department]
    most = run.profile.staff.training_per_employee.high
    return np.argsort(-taste, axis=1, kind="stable")[:, :most]


def _foreign(run: Run) -> NDArray[np.bool_]:
    """Whether each program is another's trade, a row a department."""
    department = np.arange(len(pools.departments()))
    own = [_TRADES.get(plain(p), department) for p in programs(run)]
    return ~np.array([np.isin(department, each) for each in own]).T


def _dates(
    run: Run, place: Int, program: Int, status: Int, low: Days, high: Days
) -> tuple[Days, Days]:
    """Enrollment, as recent as the status says, and completion, NaT where there is none."""
    draw = stream(run.seed, "training.enrollment_date")
    done = status == COMPLETED
    recent = np.where(status == ENROLLED, RECENT[ENROLLED], RECENT[IN_PROGRESS])
    since = np.where(done, low, np.maximum(low, high - recent * DAY))
    until = np.where(done, np.maximum(low, high - 5 * DAY), high)
    enrolled = any_day(draw, place, since, until)
    hours = np.array([p.duration_hours for p in programs(run)])[program]
    soonest = np.minimum(enrolled + (hours // 4) * DAY, high)
    latest = np.minimum(soonest + LONGEST * DAY, high)
    completed = any_day(draw, place, soonest, latest, 1)
    return enrolled, np.where(done, completed, np.datetime64("NaT", "D"))


def _scores(run: Run, place: Int) -> Int:
    """Points within the profile's range, a bell a little above its middle."""
    draw, score = stream(run.seed, "training.score"), run.profile.staff.training_score
    bell = (draw.uniform(place) + draw.uniform(place, 1) + draw.uniform(place, 2)) / 3
    share = np.minimum(bell * 1.15, 1.0)
    return score.low + np.floor(share * (score.high - score.low) + 0.5).astype(np.int64)


def _expected(run: Run, customers: int) -> float:
    asked = run.profile.staff.training_per_employee
    return run.employees * (asked.low + asked.high) / 2


TRAINING = Table(
    name="employee_training",
    phase=4,
    key="training_id",
    columns=(
        Column("training_id", "bigint"),
        Column("employee_id", "bigint"),
        Column("program_id", "bigint"),
        Column("enrollment_date", "date"),
        Column("status", "text"),
        Column("completion_date", "date", null=True),
        Column("score", "smallint", null=True),
    ),
    expected=_expected,
    foundation=training_rows,
)

assert _NEED.shape == (len(ROLES), len(TYPES))
assert set(_TRADES) <= {program.program_name for program in pools.programs()}
