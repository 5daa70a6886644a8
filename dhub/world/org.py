"""Takes a run, gives its organisation: title, seniority and department of each, and the heads."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from dhub.draw import pools, spread, stream
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
    """All job titles: those of the roles, then those of the heads."""
    plain = tuple(title.job_title for title in pools.job_titles())
    return plain + tuple(department.head_title for department in pools.departments())


@lru_cache(maxsize=2)
def org(run: Run) -> Org:
    """The organisation of a run; depends on the staff size, not on the customers."""
    crew, known = staff(run), pools.job_titles()
    title = _titles(run, crew)
    seniority = np.array([t.seniority for t in known])[title]
    department = _department_of_title(run)[title]
    own = _own_heads(run, crew)
    for place, position in own.items():
        title[position] = len(known) + place
        department[position], seniority[position] = place, TOP
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


def _titles(run: Run, crew: Staff) -> Int:
    """Titles in the shares of their weights, the senior ones to those who have served longest."""
    title = np.zeros(len(crew.role), dtype=np.int64)
    known = pools.job_titles()
    noise = stream(run.seed, "org.seniority").uniform(np.arange(len(title)))
    for role, name in enumerate(ROLES):
        members = np.flatnonzero(crew.role == role)  # in order of hiring
        luck = 0.4 * len(members) * noise[members]
        rank = np.argsort(np.arange(len(members)) + luck, kind="stable")
        options = [number for number, t in enumerate(known) if t.role == name]
        total, done, weight = sum(known[o].weight for o in options), 0, 0
        for level in (3, 2, 1):
            same = [o for o in options if known[o].seniority == level]
            weight += sum(known[o].weight for o in same)
            end = (2 * len(members) * weight + total) // (2 * total)
            if end > done:
                draw = stream(run.seed, f"org.title.{name}.{level}")
                code = spread(draw, [known[o].weight for o in same], end - done)
                title[members[rank[done:end]]] = np.array(same)[code]
            done = end
    return title


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
