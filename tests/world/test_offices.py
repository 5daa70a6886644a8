"""Doors and desks: what an office does lies in its hours, by its own clock and on open days."""

from __future__ import annotations

from datetime import UTC, date
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from dhub.draw import stream
from dhub.model import Run, Shard
from dhub.profiles import load_profile
from dhub.world.accounts import accounts
from dhub.world.calendar import DAY, is_business, weekday
from dhub.world.clock import ZONES
from dhub.world.opening import at_a_counter, at_a_desk, in_office, is_open, office_day
from dhub.world.people import CORPORATE, people
from dhub.world.places import zone_of_branch

PLACE = np.arange(20_000)
RUNS = [Run(seed, load_profile(name), as_of, 150)
        for seed, name, as_of in ((42, "guide", date(2026, 11, 20)),
                                  (7, "requirements", date(2024, 2, 29)))]  # fmt: skip
each_run = pytest.mark.parametrize("run", RUNS, ids=lambda run: run.profile.name, scope="module")


def local(at: np.ndarray, zone: np.ndarray) -> list:
    """Instants by the clocks of their zones, as the system's time zone data tell."""
    return [moment.replace(tzinfo=UTC).astimezone(ZoneInfo(ZONES[each]))
            for moment, each in zip(at.tolist(), zone.tolist(), strict=True)]  # fmt: skip


def test_office_days_are_open_in_range_and_spread_over_the_week() -> None:
    draw = stream(1, "a.test")
    low = np.datetime64("2020-01-01") + draw.below(PLACE, 2000, 7) * DAY
    high = low + draw.between(PLACE, 4, np.full(len(PLACE), 40), 8) * DAY
    day = low + draw.between(PLACE, 0, (high - low).astype(int), 9) * DAY
    found = office_day(draw, PLACE, day, low, high)
    assert is_open(found).all() and (found >= low).all() and (found <= high).all()
    count = np.bincount(weekday(found), minlength=7)
    assert count[6] == 0 and 0.005 < count[5] / len(found) < 0.04
    assert count[:5].max() / count[:5].min() < 1.35


def test_a_day_without_an_open_one_beside_it_stays() -> None:
    sunday = np.array(["2026-11-22"], dtype="datetime64[D]")
    assert office_day(stream(1, "a.test"), np.array([5]), sunday, sunday, sunday) == sunday


def test_saturdays_of_long_weekends_are_closed() -> None:
    days = np.array(["2026-07-04", "2026-07-11", "2026-07-12", "2026-12-25"], dtype="datetime64[D]")
    assert is_open(days).tolist() == [False, True, False, False]


@pytest.mark.parametrize(("times", "last"), [(at_a_desk, 17), (at_a_counter, 16)])
def test_times_of_work_are_local_and_on_the_same_day_in_utc(times, last: int) -> None:
    draw, place = stream(3, "a.test"), np.arange(3000)
    day = np.datetime64("2025-01-01") + draw.below(place, 360) * DAY
    zone = draw.below(place, len(ZONES), 1)
    at = times(draw, place, day, zone, 2)
    assert (at.astype("datetime64[D]") == day).all()
    walls = local(at, zone)
    assert all(8 <= wall.hour < last for wall in walls)
    assert {wall.hour for wall in walls} >= set(range(9, 16))


@each_run
def test_accounts_are_opened_while_branches_are_open(run: Run) -> None:
    a = accounts(Shard(run, 1))
    assert is_open(a.opened_date).all()
    assert 0.005 < (weekday(a.opened_date) == 5).mean() < 0.05


@each_run
def test_companies_and_most_others_join_at_a_branch_and_the_rest_at_any_hour(run: Run) -> None:
    who = people(Shard(run, 1))
    zone = zone_of_branch()[who.branch]
    at_branch = in_office(who.created_at, zone)
    assert at_branch[who.segment == CORPORATE].mean() > 0.99
    assert 0.6 < at_branch.mean() < 0.9
    age = (who.onboarding_date - who.date_of_birth).astype(int) / 365.25
    assert at_branch[age < 30].mean() < at_branch[age > 60].mean() - 0.1
    walls = local(who.created_at[~at_branch], zone[~at_branch])
    assert len({wall.hour for wall in walls}) >= 22
    evening = sum(18 <= wall.hour <= 22 for wall in walls)
    assert evening > 3 * sum(wall.hour <= 4 for wall in walls)
    assert not is_business(who.onboarding_date[~at_branch]).all()
