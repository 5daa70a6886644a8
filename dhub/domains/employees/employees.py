"""Takes a run, gives the rows of `employees`: the staff with names, superiors and salaries."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dhub.domains.employees.hierarchy import manager_of, superior_of
from dhub.draw import pools, stream, text, within
from dhub.keys import address, scatter
from dhub.model import Coded, Column, Maybe, Rows, Run, Table
from dhub.world.bank import DOMAIN
from dhub.world.calendar import DAY
from dhub.world.names import given, surnames
from dhub.world.org import org, titles
from dhub.world.places import branch_codes
from dhub.world.staff import ROLES, staff

Int = NDArray[np.int64]

# Of the 640 million phone numbers these are the staff's; customers use those below.
FIRST_PHONE, PHONES = 600_000_000, 40_000_000
FIRST_NUMBER, NUMBERS = 1_000_000, 9_000_000  # seven digits, no leading zero
STATUSES = ("active", "terminated")

# Salaries are agreed in steps of $500; where in its role's range a seniority is paid: junior,
# middle, senior, head (assumed).
STEP = 50_000
_BAND = np.array([(0.0, 0.35), (0.25, 0.65), (0.55, 0.92), (0.90, 1.0)])


def employee_rows(run: Run, attempt: int) -> Rows:
    """One row an employee, in order of hiring."""
    crew, firm = staff(run), org(run)
    place = np.arange(len(crew.role))
    draw, key = stream(run.seed, "employees.name"), address(place, attempt)
    age = draw.between(place, 22 * 365, 50 * 365, 2)  # when they came (assumed)
    first = given(draw, place, draw.chance(place, 0.5, 3), crew.hire_date - age * DAY)
    last = surnames(draw, place)
    number = FIRST_NUMBER + scatter(stream(run.seed, "employees.number"), key, NUMBERS)
    phone = FIRST_PHONE + scatter(stream(run.seed, "employees.phone"), key, PHONES)
    manager, superior = manager_of(run), superior_of(run)
    columns = {
        "employee_id": crew.employee_id,
        "employee_number": text.join(["E", text.digits(number, 7)]),
        "first_name": Coded(first, pools.pool("first_names")),
        "last_name": Coded(last, pools.pool("last_names")),
        "email": _emails(first, last, attempt),
        "phone": text.phone(phone),
        "role": Coded(crew.role, ROLES),
        "job_title": Coded(firm.title, titles()),
        "department_id": firm.department + 1,
        "branch_code": Coded(crew.branch, branch_codes(run)),
        "manager_id": Maybe(manager + 1, manager >= 0),
        "hire_date": crew.hire_date,
        "termination_date": crew.termination_date,
        "employment_status": Coded((~crew.employed).astype(np.int64), STATUSES),
        "salary": salaries(run),
        "reports_to": Maybe(superior + 1, superior >= 0),
    }
    return Rows(columns)


def _emails(first: Int, last: Int, attempt: int) -> object:
    """first.last, numbered from the second bearer of a name on; accents do not tell them apart."""
    one, other = _same("first_names/ascii")[first], _same("last_names/ascii")[last]
    _, name, bearers = np.unique(one * 2**20 + other, return_inverse=True, return_counts=True)
    turn = np.empty(len(first), dtype=np.int64)
    turn[np.argsort(name, kind="stable")] = within(bearers)
    suffix = np.where(turn > 0, turn + 1, -1)
    return text.email(first, last, suffix, DOMAIN, attempt)


def _same(name: str) -> Int:
    """A number for each code of a pool, the same for the same text."""
    _, number = np.unique(np.array(pools.pool(name)), return_inverse=True)
    return np.asarray(number)


def salaries(run: Run) -> Int:
    """Cents a year, within the role's range, rising with seniority and years of service."""
    crew, firm = staff(run), org(run)
    band = _BAND[np.where(firm.is_head, len(_BAND) - 1, firm.seniority - 1)]
    until = np.where(crew.employed, run.today, crew.termination_date)
    served = np.minimum((until - crew.hire_date).astype(np.int64) / 3652.5, 1.0)
    luck = stream(run.seed, "employees.salary").uniform(np.arange(len(served)))
    share = band[:, 0] + (band[:, 1] - band[:, 0]) * (0.5 * served + 0.5 * luck)
    low, high = np.array([run.profile.staff.salary[role].cents for role in ROLES])[crew.role].T
    step = np.floor((low + share * (high - low)) / STEP + 0.5).astype(np.int64)
    return np.asarray(np.clip(step * STEP, low, high))


EMPLOYEES = Table(
    name="employees",
    phase=1,
    key="employee_id",
    columns=(
        Column("employee_id", "bigint"),
        Column("employee_number", "text"),
        Column("first_name", "text"),
        Column("last_name", "text"),
        Column("email", "text"),
        Column("phone", "text"),
        Column("role", "text"),
        Column("job_title", "text"),
        Column("department_id", "bigint"),
        Column("branch_code", "text"),
        Column("manager_id", "bigint", null=True),
        Column("hire_date", "date"),
        Column("termination_date", "date", null=True),
        Column("employment_status", "text"),
        Column("salary", "numeric(15,2)"),
        Column("reports_to", "bigint", null=True),
    ),
    expected=lambda run, customers: run.employees,
    foundation=employee_rows,
    natural_keys=("employee_number", "email", "phone"),
)
