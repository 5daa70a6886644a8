"""Takes a shard, gives who handled its applications and who approved its loans."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from dhub.draw import stream
from dhub.memo import of_shard
from dhub.model import Run, Shard
from dhub.profiles.loans import LOAN_TYPES
from dhub.world.credit import applications, loans
from dhub.world.org import LND, RTB, org, titles
from dhub.world.people import people
from dhub.world.staff import LOAN_OFFICER, MANAGER, Fit, staff

Int = NDArray[np.int64]

SENIOR, MIDDLE = 3, 2  # see Org.seniority
LARGE = 5_000_000  # cents from which on a senior approves (assumed)
_LINE = (LND, RTB)  # the departments whose managers lend
# Titles of those who handle one type of loan.
_LINES = {"Mortgage Loan Officer": "mortgage", "Commercial Loan Officer": "business"}


@of_shard(2)
def officers(shard: Shard) -> Int:
    """employee_id of the loan officer of each application: those of another line do not do it."""
    a, run = applications(shard), shard.run
    draw = stream(run.seed, "loans.officer").uniform(a.place)
    home = people(shard).branch[a.owner]
    found = np.zeros(len(a.owner), dtype=np.int64)
    for kind, able in enumerate(_of_lines(run)):
        mine = np.flatnonzero(a.loan_type == kind)
        day = a.application_date[mine]
        found[mine] = staff(run).near((LOAN_OFFICER,), home[mine], draw[mine], day, able)
    return found


@lru_cache(maxsize=2)
def _of_lines(run: Run) -> tuple[Fit, ...]:
    """Who handles loans of each type: all but the officers of another line."""
    title, known = org(run).title, np.array(titles())
    return tuple(
        Fit(~np.isin(known, [word for word, of in _LINES.items() if of != name])[title])
        for name in LOAN_TYPES
    )


def approvers(shard: Shard) -> Int:
    """employee_id of who approved each loan near its customer: another one than its officer."""
    run, lent = shard.run, loans(shard)
    crew, (middle, senior) = staff(run), _lenders(run)
    draw = stream(run.seed, "loans.approved_by").uniform(lent.place)
    day = applications(shard).decision_date[lent.application]
    branch = people(shard).branch[lent.owner]

    def chosen(roles: tuple[int, ...], rows: Int, able: Fit) -> Int:
        return crew.near(roles, branch[rows], draw[rows], day[rows], able)

    everyone = np.arange(len(lent.owner))
    fit = chosen((LOAN_OFFICER,), everyone, middle)
    large = np.flatnonzero(lent.principal_amount >= LARGE)
    fit[large] = chosen((LOAN_OFFICER, MANAGER), large, senior)
    own = np.flatnonzero(fit == officers(shard)[lent.application])
    fit[own] = chosen((MANAGER,), own, middle)
    return fit


@lru_cache(maxsize=2)
def _lenders(run: Run) -> tuple[Fit, Fit]:
    """Who may approve a loan, and who a large one; not the chief."""
    firm, crew = org(run), staff(run)
    lends = (crew.role == LOAN_OFFICER) | np.isin(firm.department, _LINE)
    lends &= np.arange(len(crew.role)) != firm.chief
    return Fit(lends & (firm.seniority >= MIDDLE)), Fit(lends & (firm.seniority >= SENIOR))
