"""Takes a shard, gives the rows of `customer_profiles`: how the bank sees each customer."""

from __future__ import annotations

import numpy as np

from dhub.model import SHARD_CUSTOMERS, Coded, Column, Maybe, Rows, Shard, Table
from dhub.world.people import KYC, RISKS, SEGMENTS, STATUSES, people


def profile_rows(shard: Shard) -> Rows:
    """One row a customer, in the order of their places."""
    who = people(shard)
    columns = {
        "customer_id": who.customer_id,
        "segment": Coded(who.segment, SEGMENTS),
        "customer_status": Coded(who.status, STATUSES),
        "kyc_status": Coded(who.kyc, KYC),
        "risk_rating": Coded(who.risk, RISKS),
        "assigned_agent_id": Maybe(who.agent_id, who.agent_id > 0),
        "onboarding_date": who.onboarding_date,
    }
    return Rows(columns, np.arange(SHARD_CUSTOMERS))


TABLE = Table(
    name="customer_profiles",
    phase=2,
    key="customer_id",
    columns=(
        Column("customer_id", "bigint"),
        Column("segment", "text"),
        Column("customer_status", "text"),
        Column("kyc_status", "text"),
        Column("risk_rating", "text"),
        Column("assigned_agent_id", "bigint", null=True),
        Column("onboarding_date", "date"),
    ),
    expected=lambda run, customers: customers,
    rows=profile_rows,
    stride=SHARD_CUSTOMERS,
)
