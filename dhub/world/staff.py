"""Takes a run, gives its staff: who holds which role from when to when, and who acts on a day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from dhub.draw import one_of, stream
from dhub.model import Run
from dhub.world.calendar import DAY, last_business, next_business
from dhub.world.places import region_of_branch

Int = NDArray[np.int64]
Days = NDArray[np.datetime64]
Team = tuple[Int, Int]  # positions of members, and what they are sorted by: area and hire

ROLES = (
    "customer_service_rep",
    "loan_officer",
    "insurance_agent",
    "compliance_officer",
    "manager",
    "specialist",
)
CSR, LOAN_OFFICER, INSURANCE_AGENT, COMPLIANCE_OFFICER, MANAGER, SPECIALIST = range(len(ROLES))
AGENTS = (CSR, LOAN_OFFICER, INSURANCE_AGENT)  # may look after a customer (guide)
FOUNDERS = 2  # of each role: hired before the first customer, never leave


@dataclass(frozen=True, eq=False)
class Fit:
    """Who is fit for something, a flag for each employee; itself and no other, so that what was
    made of it is found again."""

    who: NDArray[np.bool_]


@dataclass(frozen=True)
class Staff:
    """Employees in order of hiring, one element each: employee_id = position + 1."""

    role: Int
    hire_date: Days
    termination_date: Days  # NaT: still employed
    branch: Int  # index of the branch
    run: Run

    @property
    def employee_id(self) -> Int:
        return np.arange(1, len(self.role) + 1)

    @cached_property
    def employed(self) -> NDArray[np.bool_]:
        """Whether employed on the as-of date."""
        return np.asarray(np.isnat(self.termination_date))

    def acting(self, roles: Sequence[int], day: Days, draw: NDArray[np.float64]) -> Int:
        """employee_id of somebody with one of `roles` who is employed on each `day`.

        `draw` holds uniform numbers; a leaver who has gone by then is replaced by a stayer.
        Raises ValueError when nobody was hired before a day (founders make that impossible for
        any day since the first customer).
        """
        everybody, stayers = self._holders(tuple(roles))
        chosen = self._hired(everybody, day, draw)
        gone = self.termination_date[chosen] <= day.astype("datetime64[D]")
        if gone.any():
            chosen[gone] = self._hired(stayers, day[gone], draw[gone])
        return chosen + 1

    def tellers(self, branch: Int, day: Days, draw: NDArray[np.float64]) -> Int:
        """employee_id of a customer service representative of each `branch` employed on `day`.

        Where the branch had none on that day, one of its region, or else of any other branch.
        """
        seat, key = self._counter
        low = np.searchsorted(key, branch * 2**32)
        high = np.searchsorted(key, branch * 2**32 + day.astype("datetime64[D]").astype(np.int64))
        chosen = seat[np.minimum(low + np.floor(draw * (high - low)).astype(np.int64), high - 1)]
        there = (high > low) & ~(self.termination_date[chosen] <= day.astype("datetime64[D]"))
        employee = chosen + 1
        employee[~there] = self.near((CSR,), branch[~there], draw[~there], day[~there])
        return np.asarray(employee)

    @cached_property
    def _counter(self) -> tuple[Int, Int]:
        """Representatives by branch and hiring, and the number they are sorted by."""
        seat = np.flatnonzero(self.role == CSR)
        key = self.branch[seat] * 2**32 + self.hire_date[seat].astype(np.int64)
        order = np.argsort(key, kind="stable")
        return seat[order], key[order]

    @cached_property
    def open_branches(self) -> Int:
        """Branches with a representative today: where customers are at home."""
        return np.unique(self.branch[(self.role == CSR) & self.employed])

    def _hired(self, members: Int, day: Days, draw: NDArray[np.float64]) -> Int:
        before = np.searchsorted(self.hire_date[members], day.astype("datetime64[D]"), side="left")
        if len(before) and before.min() == 0:
            raise ValueError("nobody in this role was employed on the first of these days")
        return np.asarray(members[np.floor(draw * before).astype(np.int64)])

    def near(
        self,
        roles: Sequence[int],
        branch: Int,
        draw: NDArray[np.float64],
        day: Days | None = None,
        able: Fit | None = None,
    ) -> Int:
        """employee_id of somebody with one of `roles` at each branch, or else in its region, or
        else anywhere: in post today, or on each `day`.

        Of those employed today rather than of leavers, whom another replaces from the day they go.
        `able` marks who is fit for it besides; whoever has the role, where nobody of these was
        there yet.
        """
        there = np.full(len(branch), np.datetime64("NaT", "D")) if day is None else day
        there = np.where(np.isnat(there), self.run.today, there.astype("datetime64[D]"))
        chosen = np.zeros(len(branch), dtype=np.int64)
        rest = np.arange(len(branch))
        for area, team in zip(_areas(), self._teams(tuple(roles), able), strict=False):
            found = _posted(team, area[branch[rest]], there[rest], draw[rest])
            chosen[rest] = found
            rest = rest[found == 0]
            if not len(rest):
                return chosen
        chosen[rest] = self.acting(roles, there[rest], draw[rest])
        return chosen

    def _teams(self, roles: tuple[int, ...], able: Fit | None) -> list[Team]:
        """Those employed today by branch and by region; those who are `able` also all together."""
        if (roles, able) in self._known:
            return self._known[roles, able]
        _, members = self._holders(roles)
        areas = _areas() if able is not None else _areas()[:2]
        members = members if able is None else members[able.who[members]]
        teams = []
        for area in areas:
            key = area[self.branch[members]] * 2**32 + self.hire_date[members].astype(np.int64)
            order = np.argsort(key, kind="stable")
            teams.append((members[order], key[order]))
        self._known[roles, able] = teams
        return teams

    @cached_property
    def _known(self) -> dict[tuple[tuple[int, ...], Fit | None], list[Team]]:
        """The teams asked for so far: the same ones for each shard."""
        return {}

    def _holders(self, roles: tuple[int, ...]) -> tuple[Int, Int]:
        """Positions of all who have or had one of the roles, and of those employed today."""
        if roles not in self._held:
            everybody = np.flatnonzero(one_of(self.role, roles))
            self._held[roles] = everybody, everybody[self.employed[everybody]]
        return self._held[roles]

    @cached_property
    def _held(self) -> dict[tuple[int, ...], tuple[Int, Int]]:
        """The holders of roles asked for so far."""
        return {}

    def in_post(
        self, roles: Sequence[int], branch: Int, draw: NDArray[np.float64], first: Days, last: Days
    ) -> Int:
        """employee_id of somebody `near` each branch who is employed on all days from first to
        last."""
        chosen = self.near(roles, branch, draw, first)
        left = np.flatnonzero(self.termination_date[chosen - 1] <= last.astype("datetime64[D]"))
        if len(left):
            _, stayers = self._holders(tuple(roles))
            chosen[left] = self._hired(stayers, first[left], draw[left]) + 1
        return chosen

    def current(self, roles: Sequence[int], draw: NDArray[np.float64]) -> Int:
        """employee_id of somebody with one of `roles` who is employed on the as-of date."""
        _, members = self._holders(tuple(roles))
        return np.asarray(members[np.floor(draw * len(members)).astype(np.int64)] + 1)


@lru_cache(maxsize=1)
def _areas() -> tuple[Int, Int, Int]:
    """The branch, its region and the whole bank: a number for each branch."""
    region = region_of_branch()
    return np.arange(len(region)), region, np.zeros_like(region)


def _posted(team: Team, wanted: Int, day: Days, draw: NDArray[np.float64]) -> Int:
    """employee_id of a member of the wanted area hired before each day; 0 where nobody is."""
    members, key = team
    if not len(members):
        return np.zeros(len(wanted), dtype=np.int64)
    low = np.searchsorted(key, wanted * 2**32)
    count = np.searchsorted(key, wanted * 2**32 + day.astype(np.int64)) - low
    pick = low + np.floor(draw * count).astype(np.int64)
    found = members[np.minimum(pick, len(members) - 1)] + 1
    return np.asarray(np.where(count > 0, found, 0))


def role_counts(run: Run) -> list[int]:
    """Employees of each role: largest remainders, and one at least of each acting role.

    Managers and specialists share one weight (requirements 1.1); managers come first, because
    departments need heads.
    """
    mix = run.profile.staff.role
    shares = [mix.share(name) for name in (*ROLES[:4], "manager_specialist")]
    counts = [max(1, int(run.employees * share)) for share in shares]
    rest = [run.employees * share - count for share, count in zip(shares, counts, strict=True)]
    for position in sorted(range(5), key=lambda i: -rest[i])[: max(0, run.employees - sum(counts))]:
        counts[position] += 1
    counts[0] -= sum(counts) - run.employees
    managers = max(1, (counts[4] * 6 + 5) // 10)
    return [*counts[:4], managers, counts[4] - managers]


@lru_cache(maxsize=2)
def staff(run: Run) -> Staff:
    """The staff of a run; depends on the staff size, not on the customers."""
    role = np.repeat(np.arange(len(ROLES)), role_counts(run))
    seat = np.concatenate([np.arange(n) for n in role_counts(run)])  # place within the role
    founder = seat < FOUNDERS
    place = role * 2**24 + seat
    hire = _hire_dates(run, place, founder)
    order = np.lexsort((place, hire))
    role, place, founder, hire = role[order], place[order], founder[order], hire[order]
    branch = stream(run.seed, "staff.branch").below(place, run.profile.staff.branches)
    branch[: min(len(branch), run.profile.staff.branches)] = np.argsort(
        stream(run.seed, "staff.branch.first").uniform(np.arange(run.profile.staff.branches))
    )[: len(branch)]
    return Staff(role, hire, _terminations(run, place, founder, hire), branch, run)


def _hire_dates(run: Run, place: Int, founder: NDArray[np.bool_]) -> Days:
    """Uniform over the last years; founders before the first customer could join."""
    days = int(run.profile.staff.hire_years * 365.25)
    since = int(run.profile.customers.years * 365.25) + 45
    draw = stream(run.seed, "staff.hire_date")
    ago = draw.between(place, np.where(founder, since, 40), np.full(len(place), max(days, since)))
    return next_business(run.today - ago * DAY)


def _terminations(run: Run, place: Int, founder: NDArray[np.bool_], hire: Days) -> Days:
    """Leavers left within the last months, after a year and a half or more with the bank."""
    window = int(run.profile.staff.leavers_months * 30.4)
    may_leave = ~founder & (hire < run.today - (window + 550) * DAY)
    chance = stream(run.seed, "staff.leaves").uniform(place)
    wanted = min(round(run.profile.staff.terminated * len(place)), int(may_leave.sum()))
    order = np.argsort(np.where(may_leave, chance, 2.0), kind="stable")[:wanted]
    ended = np.full(len(place), np.datetime64("NaT", "D"))
    ago = stream(run.seed, "staff.termination_date").between(place[order], 7, window)
    ended[order] = last_business(run.today - ago * DAY)
    return ended
