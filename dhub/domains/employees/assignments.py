"""Takes a shard or a run, gives the rows of `employee_assignments`.

Customers' portfolios belong to the customer shards, the coverage of branches to the foundation.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dhub.domains.employees.days import any_day, later, working
from dhub.draw import spread, stream
from dhub.model import SHARD_CUSTOMERS, Coded, Column, Maybe, Rows, Run, Shard, Table
from dhub.world.calendar import DAY
from dhub.world.people import CLOSED, People, people
from dhub.world.places import branch_codes
from dhub.world.staff import AGENTS, staff

Int = NDArray[np.int64]
Days = NDArray[np.datetime64]
Flags = NDArray[np.bool_]

TYPES = ("customer_portfolio", "branch_coverage")
PORTFOLIO, COVERAGE = range(2)
MOST_COVERAGE = 1_000  # keys set aside for the foundation
NONE = np.datetime64("NaT", "D")


def portfolio_rows(shard: Shard) -> Rows:
    """One row an assigned customer, in the order of their places."""
    run, who = shard.run, people(shard)
    owner = _assigned(run, shard.index, who)
    ended = _ended(run, shard.index, who.status[owner] == CLOSED)
    agent, start, end = _current(run, who, owner)
    was = _former(run, who, owner[ended])
    agent[ended], start[ended], end[ended] = was
    columns = {
        "assignment_id": ASSIGNMENTS.first_key(shard.index) + np.arange(len(owner)),
        "employee_id": agent,
        "assignment_type": Coded(np.full(len(owner), PORTFOLIO), TYPES),
        "customer_id": Maybe(who.customer_id[owner], np.ones(len(owner), dtype=bool)),
        "branch_code": Coded(np.full(len(owner), -1), branch_codes(run)),
        "start_date": start,
        "end_date": end,
    }
    return Rows(columns, owner)


def _assigned(run: Run, index: int, who: People) -> Int:
    """The customers with an assignment: the profile's share of all, only those with an agent."""
    with_agent = np.flatnonzero(who.agent_id > 0)
    share = run.profile.staff.assigned_customers / max(run.profile.customers.agent, 1e-9)
    share = min(1.0, share)
    draw = stream(run.seed, f"assignments.assigned.{index}")
    chosen = spread(draw, [share, 1 - share], len(with_agent)) == 0
    return np.asarray(with_agent[chosen])


def _ended(run: Run, index: int, closed: Flags) -> Flags:
    """Which assignments are over: the profile's share of them, all of closed customers among them.

    A closed customer who lost its window of the mix to another one takes the next place that a
    customer still with the bank has won.
    """
    ongoing = run.profile.staff.assignment_ongoing
    draw = stream(run.seed, f"assignments.ended.{index}")
    lean = np.stack([np.zeros(len(closed)), 2.0 * closed], axis=1)
    ended = spread(draw, [ongoing, 1 - ongoing], len(closed), score=lean) == 1
    forced, free = np.flatnonzero(closed & ~ended), np.flatnonzero(ended & ~closed)
    turn = np.arange(len(forced))
    give = np.maximum.accumulate(np.searchsorted(free, forced) - turn) + turn
    ended[free[give[give < len(free)]]] = False
    return np.asarray(ended | closed)


def _current(run: Run, who: People, owner: Int) -> tuple[Int, Days, Days]:
    """Agent, start and no end: with the customer's agent since both were there, rather soon."""
    agent, place = who.agent_id[owner], who.place[owner]
    low = np.maximum(who.onboarding_date[owner], staff(run).hire_date[agent - 1])
    high = np.full(len(owner), run.today - DAY)
    draw = stream(run.seed, "assignments.start_date").uniform(place)
    wait = np.floor(draw * draw * draw * ((high - low).astype(np.int64) + 1)).astype(np.int64)
    start = working(later(low, wait), low, high)
    return agent.copy(), start, np.full(len(owner), NONE)


def _former(run: Run, who: People, owner: Int) -> tuple[Int, Days, Days]:
    """Agent, start and end of what is over: when the customer left, or the agent, or before."""
    crew, place = staff(run), who.place[owner]
    closed = who.status[owner] == CLOSED
    low = who.onboarding_date[owner]
    last = np.where(closed, who.ended[owner], run.today - DAY)
    draw = stream(run.seed, "assignments.former")
    room = ((last - low).astype(np.int64) * 7) // 10
    start = working(later(low, draw.below(place, room + 1)), low, later(last, -1))
    agent = crew.near(AGENTS, who.branch[owner], draw.uniform(place, 1), start)
    end = np.where(closed, last, any_day(draw, place, later(start, 1), last, 2))
    gone = crew.termination_date[agent - 1]
    return agent, start, np.where(gone < end, gone, end)


def coverage_rows(run: Run, attempt: int) -> Rows:
    """One row for each employee who looks after another branch for a time."""
    figures, crew = run.profile.staff, staff(run)
    asked = stream(run.seed, "assignments.coverage").between(
        0, figures.branch_coverage.low, figures.branch_coverage.high
    )
    place = np.arange(min(int(asked), MOST_COVERAGE))
    agents = np.flatnonzero(np.isin(crew.role, AGENTS) & crew.employed)
    turn = np.argsort(stream(run.seed, "assignments.turn").bits(agents), kind="stable")
    agent = agents[turn[place % len(agents)]]
    away = 1 + place % max(figures.branches - 1, 1)
    branch = (crew.branch[agent] + away) % figures.branches
    start, end = _coverage_dates(run, place, crew.hire_date[agent])
    columns = {
        "assignment_id": place + 1,
        "employee_id": agent + 1,
        "assignment_type": Coded(np.full(len(place), COVERAGE), TYPES),
        "customer_id": Maybe(np.zeros(len(place), dtype=np.int64), np.zeros(len(place), bool)),
        "branch_code": Coded(branch, branch_codes(run)),
        "start_date": start,
        "end_date": end,
    }
    return Rows(columns)


def _coverage_dates(run: Run, place: Int, hired: Days) -> tuple[Days, Days]:
    """Start within the last two years of service, and an end before today where it is over."""
    draw, ongoing = stream(run.seed, "assignments.covered"), run.profile.staff.assignment_ongoing
    mix = stream(run.seed, "assignments.covered.ended")
    ended = spread(mix, [ongoing, 1 - ongoing], len(place)) == 1
    low = np.maximum(hired, run.today - 730 * DAY)
    start = any_day(draw, place, low, np.full(len(place), run.today - 15 * DAY))
    end = any_day(draw, place, later(start, 1), np.full(len(place), run.today - DAY), 1)
    return start, np.where(ended, end, NONE)


def _expected(run: Run, customers: int) -> float:
    coverage = run.profile.staff.branch_coverage
    share = min(run.profile.staff.assigned_customers, run.profile.customers.agent)
    return customers * share + (coverage.low + coverage.high) / 2


ASSIGNMENTS = Table(
    name="employee_assignments",
    phase=4,
    key="assignment_id",
    columns=(
        Column("assignment_id", "bigint"),
        Column("employee_id", "bigint"),
        Column("assignment_type", "text"),
        Column("customer_id", "bigint", null=True),
        Column("branch_code", "text", null=True),
        Column("start_date", "date"),
        Column("end_date", "date", null=True),
    ),
    expected=_expected,
    rows=portfolio_rows,
    foundation=coverage_rows,
    stride=SHARD_CUSTOMERS,
    offset=MOST_COVERAGE,
)
