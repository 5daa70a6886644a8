"""Takes a run, gives the rows of `departments` and `branches`."""

from __future__ import annotations

import numpy as np

from dhub.draw import pools
from dhub.model import Coded, Column, Rows, Run, Table
from dhub.world.org import org
from dhub.world.places import branch_codes


def department_rows(run: Run, attempt: int) -> Rows:
    """One row a department, with its head."""
    known = pools.departments()
    place = np.arange(run.profile.staff.departments)
    return Rows(
        {
            "department_id": place + 1,
            "department_name": Coded(place, tuple(d.department_name for d in known)),
            "department_code": Coded(place, tuple(d.department_code for d in known)),
            "head_employee_id": org(run).heads + 1,
            "cost_center": Coded(place, tuple(d.cost_center for d in known)),
        }
    )


def branch_rows(run: Run, attempt: int) -> Rows:
    """One row a branch; `branch_id` is its index among the facts, plus one."""
    known = pools.branches()
    place = np.arange(run.profile.staff.branches)
    return Rows(
        {
            "branch_code": Coded(place, branch_codes(run)),
            "branch_name": Coded(place, tuple(b.branch_name for b in known)),
            "city": Coded(place, tuple(b.city for b in known)),
            "state": Coded(place, tuple(b.state for b in known)),
            "branch_id": place + 1,
            "street_address": Coded(place, tuple(b.street_address for b in known)),
            "postal_code": Coded(place, tuple(b.postal_code for b in known)),
            "region": Coded(place, tuple(b.region for b in known)),
            "time_zone": Coded(place, tuple(b.time_zone for b in known)),
            "opened_date": np.array([b.opened_date for b in known], dtype="datetime64[D]")[place],
        }
    )


DEPARTMENTS = Table(
    name="departments",
    phase=1,
    key="department_id",
    columns=(
        Column("department_id", "bigint"),
        Column("department_name", "text"),
        Column("department_code", "text"),
        Column("head_employee_id", "bigint"),
        Column("cost_center", "text"),
    ),
    expected=lambda run, customers: run.profile.staff.departments,
    foundation=department_rows,
)

BRANCHES = Table(
    name="branches",
    phase=1,
    key="branch_id",
    columns=(
        Column("branch_code", "text"),
        Column("branch_name", "text"),
        Column("city", "text"),
        Column("state", "text"),
        Column("branch_id", "bigint"),
        Column("street_address", "text"),
        Column("postal_code", "text"),
        Column("region", "text"),
        Column("time_zone", "text"),
        Column("opened_date", "date"),
    ),
    expected=lambda run, customers: run.profile.staff.branches,
    foundation=branch_rows,
)
