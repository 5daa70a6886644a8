"""Takes a run, gives who reports to whom: managers and heads lead, nobody leads a leader's leader.

Everybody's superior is a manager or a head employed today: other staff report to a manager of
their department, rather of their own branch; managers to more senior ones or to the head.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from dhub.draw import stream
from dhub.model import Run
from dhub.world.org import managed_count, org
from dhub.world.staff import MANAGER, staff

Int = NDArray[np.int64]

SPAN = 12  # managers who report to one leader (assumed)
_BRANCHES = 64  # room for branches in a key of department and branch


@lru_cache(maxsize=2)
def manager_of(run: Run) -> Int:
    """Position of each employee's manager, -1 for the independent ones."""
    return np.where(_managed(run), superior_of(run), -1)


@lru_cache(maxsize=2)
def superior_of(run: Run) -> Int:
    """Position of whom each would report to if managed; -1 for the chief alone."""
    crew, firm = staff(run), org(run)
    leads = crew.employed & (crew.role == MANAGER) & ~firm.is_head
    above = _by_department(run, leads)
    above = np.where(leads, _among_managers(run, leads), above)
    # Who led a leaver is not kept: the head, if that one had come by then, or else the chief.
    head = firm.heads[firm.department]
    met = crew.hire_date[head] < crew.termination_date
    above = np.where(crew.employed, above, np.where(met, head, firm.chief))
    above = np.where(firm.is_head, firm.chief, above)
    above[firm.chief] = -1
    return above


def _managed(run: Run) -> NDArray[np.bool_]:
    """Who has a manager: heads last, and of the others the senior staff last."""
    crew, firm = staff(run), org(run)
    position = np.arange(len(crew.role))
    group = np.where(firm.is_head, 1, 0)
    group[firm.chief] = 3
    noise = stream(run.seed, "employees.independent").uniform(position)
    standing = firm.seniority + 0.7 * (1 - position / len(position)) + 0.3 * noise
    standing = np.where(crew.role == MANAGER, 0.0, standing)
    managed = np.zeros(len(position), dtype=bool)
    managed[np.lexsort((standing, group))[: managed_count(run)]] = True
    return managed


def _among_managers(run: Run, leads: NDArray[np.bool_]) -> Int:
    """Managers of a department in order of seniority: the first SPAN report to the head, the next
    ones to the first of them, and so on, so that nobody leads a more senior manager."""
    firm = org(run)
    seat = np.flatnonzero(leads)
    seat = seat[np.lexsort((-firm.seniority[seat], firm.department[seat]))]
    first = np.searchsorted(firm.department[seat], firm.department[seat])
    turn = (np.arange(len(seat)) - first) // SPAN - 1
    above = np.full(len(leads), firm.chief)
    above[seat] = np.where(turn < 0, firm.heads[firm.department[seat]], seat[first + turn])
    return above


def _by_department(run: Run, leads: NDArray[np.bool_]) -> Int:
    """A manager of the own department and branch, or else of the department, or its head."""
    crew, firm = staff(run), org(run)
    key = firm.department * _BRANCHES + crew.branch
    seat = np.flatnonzero(leads)
    seat = seat[np.argsort(key[seat], kind="stable")]
    draw = stream(run.seed, "employees.manager_id")
    position = np.arange(len(key))
    low, high = _range(key[seat], key, key + 1)
    start, end = _range(key[seat], firm.department * _BRANCHES, (firm.department + 1) * _BRANCHES)
    near = low + draw.below(position, high - low)
    far = start - 1 + draw.below(position, end - start + 1)
    pick = np.where(high > low, near, np.where(far < start, -1, far))
    return np.where(pick < 0, firm.heads[firm.department], seat[pick] if len(seat) else -1)


def _range(keys: Int, low: Int, high: Int) -> tuple[Int, Int]:
    return np.searchsorted(keys, low), np.searchsorted(keys, high)
