"""Takes a shard, gives the rows of `claims`: what was claimed within the cover, and its fate."""

from __future__ import annotations

import numpy as np

from dhub.domains.insurance.desk import in_post
from dhub.domains.insurance.insured import causes
from dhub.model import SHARD_CUSTOMERS, Coded, Column, Maybe, Rows, Run, Shard, Table
from dhub.world.cover import claims, policies
from dhub.world.cover.amounts import amounts
from dhub.world.cover.claims import PAID, STATUSES
from dhub.world.cover.kinds import MOST_POLICIES, TYPES, policies_per_customer
from dhub.world.ledger import movements, transaction_ids
from dhub.world.obligations import SETTLEMENT, booked
from dhub.world.people import people

MOST = 5  # claims of a policy


def claim_rows(shard: Shard) -> Rows:
    """Rows ordered by customer, policy and day."""
    run, p, made = shard.run, policies(shard), claims(shard)
    key, pays = transaction_ids(shard), movements(shard).pays
    policy, paid = made.policy, made.status == PAID
    kind, share = p.policy_type[policy], made.amount / amounts(shard)[0][policy]
    last = np.where(paid, made.settlement_date, made.claim_date)
    columns = {
        "claim_id": TABLE.first_key(shard.index) + np.arange(len(policy)),
        "policy_id": p.policy_id[policy],
        "claim_type": Coded(kind, TYPES),
        "claim_amount": made.amount,
        "claim_status": Coded(made.status, STATUSES),
        "claim_date": made.claim_date,
        "settlement_amount": Maybe(made.settlement_amount, paid),
        "settlement_date": made.settlement_date,
        "processed_by": in_post(
            run, "claims.processed_by", people(shard).branch[p.owner[policy]], made.place,
            made.claim_date, last,
        ),
        "cause": causes(shard, made.place, kind, share),
        "transaction_id": Maybe(*booked(shard, SETTLEMENT, pays, key, len(policy))),
    }  # fmt: skip
    return Rows(columns, p.owner[policy])


def _expected(run: Run, customers: int) -> float:
    figures = run.profile.insurance
    claimed = sum(figures.type.share(name) * figures.claimed[name] for name in TYPES)
    return (
        customers * policies_per_customer(run.profile) * claimed * figures.claims_per_claimed.mean
    )


TABLE = Table(
    name="claims",
    phase=6,
    key="claim_id",
    columns=(
        Column("claim_id", "bigint"),
        Column("policy_id", "bigint"),
        Column("claim_type", "text"),
        Column("claim_amount", "numeric(15,2)"),
        Column("claim_status", "text"),
        Column("claim_date", "date"),
        Column("settlement_amount", "numeric(15,2)", null=True),
        Column("settlement_date", "date", null=True),
        Column("processed_by", "bigint"),
        Column("cause", "text"),
        Column("transaction_id", "bigint", null=True),
    ),
    expected=_expected,
    rows=claim_rows,
    stride=SHARD_CUSTOMERS * MOST_POLICIES * MOST,
)
