"""Takes acts of the staff, gives who did them: somebody near the customer, service first."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dhub.draw import stream
from dhub.model import Run
from dhub.world.people import People
from dhub.world.staff import CSR, INSURANCE_AGENT, LOAN_OFFICER, staff

Int = NDArray[np.int64]
Days = NDArray[np.datetime64]
Bools = NDArray[np.bool_]

# Of contacts, this share is taken by loan officers and insurance agents, and this share of the
# rest by the customer's own agent, if any (assumed).
SPECIALISTS = 0.20
OWN_AGENT = 0.30


def answering(run: Run, who: People, owner: Int, place: Int, day: Days) -> Int:
    """employee_id of who takes a contact of each customer on each day."""
    draw = stream(run.seed, "crm.handled_by")
    somebody = in_post(run, "crm.handled_by.somebody", who.branch[owner], place, day, day)
    agent = who.agent_id[owner]
    hired = staff(run).hire_date[np.maximum(agent - 1, 0)] < day
    own = (agent > 0) & hired & draw.chance(place, OWN_AGENT)
    return np.where(own, agent, somebody)


def in_post(run: Run, name: str, branch: Int, place: Int, first: Days, last: Days) -> Int:
    """employee_id of somebody near each branch, employed on all days from first to last."""
    team, draw = staff(run), stream(run.seed, name)
    share = draw.uniform(place)
    service = team.in_post((CSR,), branch, share, first, last)
    others = team.in_post((LOAN_OFFICER, INSURANCE_AGENT), branch, share, first, last)
    return np.where(draw.chance(place, SPECIALISTS, 1), others, service)
