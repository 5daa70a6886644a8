"""Takes an estate, gives the employees who read data; takes those, gives them as users in teams."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dhub.catalog import Catalog
from dhub.datahub import urns
from dhub.datahub.proposals import Proposal, proposal
from dhub.datahub.used.scene import Analyst, Scene
from dhub.estate.connections import LOOKING, connect
from dhub.estate.databases import Estate

# Teams of the catalogue by the departments whose people are in them.
TEAMS = {
    "RTB": ("retail-banking",),
    "LND": ("lending-operations", "lending-platform"),
    "INS": ("insurance-services", "insurance-platform"),
    "CMP": ("compliance-office", "financial-crime-unit"),
    "OPS": ("core-banking-platform", "compliance-platform"),
    "CSV": ("customer-experience",),
    "RSK": ("credit-risk",),
    "ITS": ("corporate-systems", "customer-data-platform", "core-banking-platform"),
    "HRS": ("people-operations",),
    "FIN": ("retail-banking", "credit-risk"),
    "AUD": ("compliance-office",),
    "MKT": ("customer-experience", "customer-data-platform"),
}
_MOST = 6  # of a department read data themselves
# Those who were there all the time that is told of, who sit at a desk first.
_ASKED = """
SELECT e.first_name, e.last_name, e.job_title, e.email, d.department_code
FROM public.employees AS e JOIN public.departments AS d USING (department_id)
WHERE e.employment_status = 'active' AND e.hire_date <= %s::date - 100
ORDER BY (e.role = 'customer_service_rep'), e.employee_id
"""


def analysts(estate: Estate, catalog: Catalog, as_of: str) -> list[Analyst]:
    """Some employees of every department that has a team; nobody where the table is gone."""
    with connect(estate, "employees_db", lock_timeout=LOOKING) as conn:
        asked = conn.execute(_ASKED, (as_of,)).fetchall()
    found: dict[str, list[Analyst]] = {}
    for first, last, title, email, code in asked:
        user = email.partition("@")[0]
        if code in TEAMS and user not in catalog.users:
            mine = found.setdefault(code, [])
            mine.append(Analyst(user, f"{first} {last}", title, email, TEAMS[code]))
    return [each for mine in found.values() for each in mine[:_MOST]]


def users(scene: Scene) -> Iterator[Proposal]:
    """The analysts, each in the teams of the department."""
    for each in _once(scene.analysts):
        about = {
            "active": True,
            "displayName": each.name,
            "fullName": each.name,
            "title": each.title,
            "email": each.email,
        }
        yield proposal(urns.user(each.user), "corpUserInfo", about)
        member = {"groups": [urns.group(team) for team in each.teams]}
        yield proposal(urns.user(each.user), "groupMembership", member)


def _once(found: Sequence[Analyst]) -> list[Analyst]:
    return list({each.user: each for each in found}.values())
