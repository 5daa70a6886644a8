"""Takes a shard, gives the rows of `policies`."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dhub.domains.insurance.desk import in_post
from dhub.domains.insurance.insured import insured
from dhub.draw import stream
from dhub.model import SHARD_CUSTOMERS, Coded, Column, Maybe, Rows, Shard, Table
from dhub.world.accounts import accounts
from dhub.world.cover import Policies, policies
from dhub.world.cover.amounts import amounts
from dhub.world.cover.kinds import (
    FREQUENCIES,
    MOST_POLICIES,
    STATUSES,
    TYPES,
    policies_per_customer,
)
from dhub.world.cover.numbers import policy_numbers
from dhub.world.people import people
from dhub.world.staff import INSURANCE_AGENT, staff

Int = NDArray[np.int64]

OWN_AGENT = 0.5  # of policies whose customer's agent could have sold them (assumed)


def policy_rows(shard: Shard) -> Rows:
    """One row a policy, ordered by customer."""
    p = policies(shard)
    coverage, premium = amounts(shard)
    account = accounts(shard).account_id[np.maximum(p.account, 0)]
    columns = {
        "policy_id": p.policy_id,
        "policy_number": policy_numbers(shard),
        "customer_id": shard.first + p.owner + 1,
        "policy_type": Coded(p.policy_type, TYPES),
        "coverage_amount": coverage,
        "premium_amount": premium,
        "premium_frequency": Coded(p.frequency, FREQUENCIES),
        "policy_status": Coded(p.terms.status, STATUSES),
        "start_date": p.terms.start_date,
        "end_date": p.terms.end_date,
        "agent_id": _agents(shard, p),
        "linked_account_id": Maybe(account, p.account >= 0),
        "insured_object": insured(shard, p),
    }
    return Rows(columns, p.owner)


def _agents(shard: Shard, p: Policies) -> Int:
    """An insurance agent in post on the first day; often the customer's own."""
    run, start = shard.run, p.terms.start_date
    who = people(shard)
    team, own, home = staff(run), who.agent_id[p.owner], who.branch[p.owner]
    able = (own > 0) & (team.role[own - 1] == INSURANCE_AGENT) & (team.hire_date[own - 1] < start)
    able &= stream(run.seed, "policies.own_agent").chance(p.place, OWN_AGENT)
    return np.where(able, own, in_post(run, "policies.agent", home, p.place, start, start))


TABLE = Table(
    name="policies",
    phase=6,
    key="policy_id",
    columns=(
        Column("policy_id", "bigint"),
        Column("policy_number", "text"),
        Column("customer_id", "bigint"),
        Column("policy_type", "text"),
        Column("coverage_amount", "numeric(15,2)"),
        Column("premium_amount", "numeric(15,2)"),
        Column("premium_frequency", "text"),
        Column("policy_status", "text"),
        Column("start_date", "date"),
        Column("end_date", "date", null=True),
        Column("agent_id", "bigint"),
        Column("linked_account_id", "bigint", null=True),
        Column("insured_object", "text"),
    ),
    expected=lambda run, customers: customers * policies_per_customer(run.profile),
    rows=policy_rows,
    stride=SHARD_CUSTOMERS * MOST_POLICIES,
    natural_keys=("policy_number",),
)
