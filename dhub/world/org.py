"""Takes a run, gives its organisation: title, seniority and department of each, and the heads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from dhub.draw import pools, stream
from dhub.model import Run
from dhub.world.staff import (
    COMPLIANCE_OFFICER,
    CSR,
    INSURANCE_AGENT,
    LOAN_OFFICER,
    MANAGER,
    ROLES,
    SPECIALIST,
    Staff,
    staff,
)

Int = NDArray[np.int64]

CHIEF = "Chief Executive Officer"  # who also leads the first department
TOP = 3  # seniority of heads and senior titles
FEWEST_FOR_ALL_HEADS = 24  # below this many employees a head may lead several departments

# Departments by their place in the pool. Where one does not exist, or has no head of its own,
# its people and its work belong to another, always one further up the list (assumed).
RTB, LND, INS, CMP, OPS, CSV, RSK, ITS, HRS, FIN, AUD, MKT = range(12)
_ABOVE = (RTB, RTB, RTB, RTB, RTB, RTB, CMP, OPS, OPS, OPS, CMP, RTB)

# Which departments get heads of their own first, and from which roles heads come (assumed).
_HEADED_FIRST = (RTB, CMP, LND, INS, CSV, OPS, RSK, FIN, ITS, HRS, AUD, MKT)
_HEAD_ROLES = {
    RTB: (MANAGER, CSR),
    LND: (MANAGER, LOAN_OFFICER),
    INS: (MANAGER, INSURANCE_AGENT),
    CMP: (COMPLIANCE_OFFICER,),
    OPS: (MANAGER, SPECIALIST),
    CSV: (MANAGER, CSR),
}
_STAFF_ROLES = (SPECIALIST, MANAGER)  # of the departments that have no customers
_ANY_ROLE = (MANAGER, SPECIALIST, LOAN_OFFICER, INSURANCE_AGENT, COMPLIANCE_OFFICER, CSR)


@dataclass(frozen=True)
class Org:
    """One element an employee, in the order of `Staff`; `heads` has one a department."""

    title: Int  # index into `titles()`
    seniority: Int  # 1 junior … 3 senior
    department: Int  # index of the department: department_id - 1
    heads: Int  # position of each department's head in `Staff`; employee_id - 1

    @property
    def chief(self) -> int:
        """Position of the head of the first department, to whom no one is superior."""
        return int(self.heads[0])

    @property
    def is_head(self) -> NDArray[np.bool_]:
        """Whether each employee leads a department."""
        return np.isin(np.arange(len(self.title)), self.heads)


def titles() -> tuple[str, ...]:
    """All job titles: those of the roles, then those of the heads, then the chief's."""
    plain = tuple(title.job_title for title in pools.job_titles())
    return (*plain, *(department.head_title for department in pools.departments()), CHIEF)


@lru_cache(maxsize=2)
def org(run: Run) -> Org:
    """The organisation of a run; depends on the staff size, not on the customers."""
    crew, known = staff(run), pools.job_titles()
    own = _own_heads(run, crew)
    title = _titles(run, crew, own)
    seniority = np.array([t.seniority for t in known])[title]
    department = _department_of_title(run)[title]
    for place, position in own.items():
        title[position] = len(known) + place
        department[position], seniority[position] = place, TOP
    title[own[RTB]] = len(known) + len(pools.departments())
    heads = [own[_headed(place, own)] for place in range(run.profile.staff.departments)]
    return Org(title, seniority, department, np.array(heads))


def seniors(run: Run) -> Int:
    """employee_id of the managers and heads employed today, longest-serving first; two at least."""
    crew = staff(run)
    senior = org(run).is_head | (crew.employed & (crew.role == MANAGER))
    if senior.sum() < 2:  # one department, and its head is the only manager
        senior[np.flatnonzero(crew.employed & ~senior)[0]] = True
    return np.flatnonzero(senior) + 1


def managed_count(run: Run) -> int:
    """How many employees have a manager; one at least has none."""
    return min(int(run.profile.staff.managed * run.employees + 0.5), run.employees - 1)


def apportion(weights: Sequence[float], total: int) -> list[int]:
    """Whole numbers in the proportion of `weights` that sum to `total`, by largest remainders."""
    whole = sum(weights)
    quota = [total * weight / whole for weight in weights]
    count = [int(share) for share in quota]
    order = sorted(range(len(count)), key=lambda i: (count[i] - quota[i], -weights[i]))
    for place in order[: total - sum(count)]:
        count[place] += 1
    return count


def _titles(run: Run, crew: Staff, own: dict[int, int]) -> Int:
    """Titles in the proportion of their weights, heads aside; senior ones by years of service."""
    place = np.arange(len(crew.role))
    title, plain = np.zeros(len(place), dtype=np.int64), ~np.isin(place, list(own.values()))
    noise = stream(run.seed, "org.seniority").uniform(place)
    turn = stream(run.seed, "org.title").bits(place)
    for role, name in enumerate(ROLES):
        members = np.flatnonzero((crew.role == role) & plain)  # in order of hiring
        luck = 0.4 * len(members) * noise[members]
        members = members[np.argsort(np.arange(len(members)) + luck, kind="stable")]
        levels = [_options(name, seniority) for seniority in (3, 2, 1)]
        sizes = apportion([sum(level.values()) for level in levels], len(members))
        for level, size in zip(levels, sizes, strict=True):
            some, members = members[:size], members[size:]
            some = some[np.argsort(turn[some], kind="stable")]
            if size:
                title[some] = np.repeat(list(level), apportion(list(level.values()), size))
    return title


def _options(role: str, seniority: int) -> dict[int, int]:
    """The titles of a role and seniority, with their weights."""
    known = enumerate(pools.job_titles())
    return {n: t.weight for n, t in known if (t.role, t.seniority) == (role, seniority)}


def _department_of_title(run: Run) -> Int:
    """Index of the department to which each title belongs, one that the run has."""
    codes = [department.department_code for department in pools.departments()]
    places = [codes.index(title.department_code) for title in pools.job_titles()]
    return np.array([_existing(run, place) for place in places])


def _existing(run: Run, place: int) -> int:
    while place >= run.profile.staff.departments:
        place = _ABOVE[place]
    return place


def _headed(place: int, own: dict[int, int]) -> int:
    """The department itself, or the nearest one above it that has a head of its own."""
    while place not in own:
        place = _ABOVE[place]
    return place


def _own_heads(run: Run, crew: Staff) -> dict[int, int]:
    """Position of the head of each department that has its own: the longest-serving of the role."""
    queue = {role: list(np.flatnonzero((crew.role == role) & crew.employed)[:12])
             for role in _ANY_ROLE}  # fmt: skip
    wanted = [place for place in _HEADED_FIRST if place < run.profile.staff.departments]
    if run.employees < FEWEST_FOR_ALL_HEADS:
        wanted = wanted[: max(2, int(crew.employed.sum()) - managed_count(run))]
    heads = {}
    for place in wanted:
        order = (*_HEAD_ROLES.get(place, _STAFF_ROLES), *_ANY_ROLE)
        role = next(role for role in order if queue[role])
        heads[place] = int(queue[role].pop(0))
    return heads
