"""Takes a run, gives the rows of `performance_reviews`: one after each anniversary of late."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dhub.domains.employees.days import later, working
from dhub.domains.employees.hierarchy import superior_of
from dhub.draw import child, expand, pools, spread, stream
from dhub.model import Coded, Column, Rows, Run, Table
from dhub.world.calendar import DAY, add_months
from dhub.world.org import org
from dhub.world.people import in_order
from dhub.world.staff import staff

Int = NDArray[np.int64]
Days = NDArray[np.datetime64]

SEASON = 45  # days after the anniversary within which the review is held (assumed)
RATINGS = ("1", "2", "3", "4", "5")
CONSTANCY = 0.35  # how much of a rating is the employee's own, not the year's (assumed)


def review_rows(run: Run, attempt: int) -> Rows:
    """Rows ordered by employee, then by date; only of those employed today."""
    parent, back = _reviewed(run)
    day = _days(run, parent, back)
    reviewer = _reviewers(run, parent, day)
    held = reviewer >= 0
    parent, back, day, reviewer = parent[held], back[held], day[held], reviewer[held]
    place = child(parent, back)
    rating = _ratings(run, parent)
    columns = {
        "review_id": np.arange(1, len(parent) + 1),
        "employee_id": parent + 1,
        "reviewer_id": reviewer + 1,
        "review_date": day,
        "rating": rating + 1,
        "goals_met": _goals(run, place, rating),
        "comments": _comments(run, parent, back, rating),
    }
    return Rows(columns)


def _anniversaries(run: Run) -> Int:
    """How many anniversaries of the hire lie before the as-of date."""
    hire, last = staff(run).hire_date, run.today - DAY
    months = (last.astype("datetime64[M]") - hire.astype("datetime64[M]")).astype(np.int64)
    years = months // 12
    return np.asarray(years - (add_months(hire, 12 * years) > last))


def _reviewed(run: Run) -> tuple[Int, Int]:
    """Employee of each review, and how many years back from the latest one it lies."""
    asked, years = run.profile.staff.reviews_per_employee, _anniversaries(run)
    count = stream(run.seed, "reviews.count").between(np.arange(len(years)), asked.low, asked.high)
    count = np.where(staff(run).employed, np.minimum(count, np.maximum(years, 0)), 0)
    parent, seq = expand(count)
    return parent, count[parent] - 1 - seq


def _days(run: Run, parent: Int, back: Int) -> Days:
    """The same few days after each anniversary, in its own calendar year and not in the future.

    Two reviews a year apart stay in different calendar years: a weekend never moves one over
    New Year.
    """
    years = _anniversaries(run)
    latest = add_months(staff(run).hire_date, 12 * years)
    room = (run.today - latest).astype(np.int64)  # 1 when the anniversary was yesterday
    after = stream(run.seed, "reviews.review_date").below(
        np.arange(len(years)), np.clip(room, 1, SEASON)
    )
    anniversary = add_months(staff(run).hire_date[parent], 12 * (years[parent] - back))
    day = later(anniversary, after[parent])
    year = day.astype("datetime64[Y]")
    next_year = (year + np.timedelta64(1, "Y")).astype("datetime64[D]")
    low = np.maximum(anniversary, year.astype("datetime64[D]"))
    high = np.minimum(run.today, next_year) - DAY
    return working(day, low, high)


def _reviewers(run: Run, parent: Int, day: Days) -> Int:
    """Whom one reports to; or, where that one came later, the department's head, the chief,
    another head, or the longest-serving colleague. -1 where nobody else was there yet."""
    crew, firm = staff(run), org(run)
    oldest = np.flatnonzero(crew.employed)[:2]
    others = np.sort(firm.heads[firm.heads != firm.chief])[:1]
    single = np.concatenate([[firm.chief], others, oldest])
    superior, head = superior_of(run)[parent], firm.heads[firm.department[parent]]
    reviewer = np.full(len(parent), -1)
    for candidate in (superior, head, *(np.full(len(parent), one) for one in single)):
        fits = (candidate >= 0) & (candidate != parent) & (crew.hire_date[candidate] < day)
        reviewer = np.where((reviewer < 0) & fits, candidate, reviewer)
    return reviewer


def _ratings(run: Run, parent: Int) -> Int:
    """Index of the rating, 0 to 4; who was good last year is rather good again."""
    ability = stream(run.seed, "reviews.ability").normal(parent)
    score = CONSTANCY * ability[:, None] * np.arange(-2.0, 3.0)
    weights = in_order(run.profile.staff.review_rating, RATINGS)
    return spread(stream(run.seed, "reviews.rating"), weights, len(parent), score=score)


def _goals(run: Run, place: Int, rating: Int) -> Int:
    """Hundredths of a percent, whole percents within the profile's range; more with the rating."""
    draw, goals = stream(run.seed, "reviews.goals_met"), run.profile.staff.goals_met
    noise = 0.25 * (draw.uniform(place) + draw.uniform(place, 1) - 1)
    share = np.clip((2 * rating + 1) / 10 + noise, 0.0, 1.0)
    return 100 * (goals.low + np.floor(share * (goals.high - goals.low) + 0.5).astype(np.int64))


def _comments(run: Run, parent: Int, back: Int, rating: Int) -> Coded:
    """A remark that fits the rating, another one every year."""
    bank = pools.bank("review_comments", RATINGS)
    first, count = np.array(bank.first)[rating], np.array(bank.count)[rating]
    turn = stream(run.seed, "reviews.comments").below(parent, 2**20)
    return Coded(first + (turn + back) % count, bank.texts)


def _expected(run: Run, customers: int) -> float:
    """A tenth of the staff has left or is new; the younger ones have had fewer."""
    asked = run.profile.staff.reviews_per_employee
    return run.employees * 0.79 * (asked.low + asked.high) / 2


REVIEWS = Table(
    name="performance_reviews",
    phase=4,
    key="review_id",
    columns=(
        Column("review_id", "bigint"),
        Column("employee_id", "bigint"),
        Column("reviewer_id", "bigint"),
        Column("review_date", "date"),
        Column("rating", "smallint"),
        Column("goals_met", "numeric(5,2)"),
        Column("comments", "text", null=True),
    ),
    expected=_expected,
    foundation=review_rows,
)
