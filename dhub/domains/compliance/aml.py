"""Takes a shard, gives the rows of `aml_checks`."""

from __future__ import annotations

import numpy as np

from dhub.domains.compliance.checks import MOST_PERIODIC, TYPES, checks
from dhub.domains.compliance.lists import LISTS, compared
from dhub.domains.compliance.officers import officers
from dhub.model import SHARD_CUSTOMERS, Coded, Column, Maybe, Rows, Run, Shard, Table
from dhub.world.accounts import MOST_ACCOUNTS
from dhub.world.ledger import transaction_ids
from dhub.world.money.movements import MOST_MOVEMENTS
from dhub.world.people import RISKS, people
from dhub.world.standing import accounts_per_customer

STRIDE = SHARD_CUSTOMERS * (1 + MOST_PERIODIC + MOST_ACCOUNTS * MOST_MOVEMENTS)


def check_rows(shard: Shard) -> Rows:
    """One row a check, ordered by customer and time."""
    made = checks(shard.run, shard.index)
    monitored = made.movement >= 0
    listed, score = compared(shard.run, made)
    transaction = transaction_ids(shard)[np.maximum(made.movement, 0)]
    reviewer = np.zeros(len(made.owner), dtype=np.int64)
    rows = np.flatnonzero(made.flagged)
    name, home = "compliance.reviewed_by", people(shard).branch[made.owner[rows]]
    reviewer[rows] = officers(shard.run, name, home, made.place[rows], made.day[rows])
    columns = {
        "check_id": TABLE.first_key(shard.index) + np.arange(len(made.owner)),
        "customer_id": people(shard).customer_id[made.owner],
        "transaction_id": Maybe(transaction, monitored),
        "check_type": Coded(made.kind, TYPES),
        "check_date": made.instant,
        "aml_flag": made.flagged,
        "risk_level": Coded(made.level, RISKS),
        "reviewed_by": Maybe(reviewer, made.flagged),
        "list_name": Coded(listed, LISTS),
        "match_score": Maybe(score, listed >= 0),
    }
    return Rows(columns, made.owner)


def expected_checks(run: Run, customers: int) -> float:
    """Screenings, and checks of transactions: their share, or all large transfers."""
    c, t = run.profile.compliance, run.profile.transactions
    screenings = 1 + c.periodic * c.periodic_checks.mean
    transfers = t.per_account_mean * t.mix.share("transfer_in", "transfer_out")
    large = accounts_per_customer(run.profile) * transfers * t.large_transfer_share
    share = c.check_type.share("transaction_monitoring")
    together = screenings * share / (1 - share) if share < 1 else 0.0
    return customers * (screenings + max(large, together))


TABLE = Table(
    name="aml_checks",
    phase=7,
    key="check_id",
    columns=(
        Column("check_id", "bigint"),
        Column("customer_id", "bigint"),
        Column("transaction_id", "bigint", null=True),
        Column("check_type", "text"),
        Column("check_date", "timestamptz"),
        Column("aml_flag", "boolean"),
        Column("risk_level", "text", null=True),
        Column("reviewed_by", "bigint", null=True),
        Column("list_name", "text", null=True),
        Column("match_score", "smallint", null=True),
    ),
    expected=expected_checks,
    rows=check_rows,
    stride=STRIDE,
)
