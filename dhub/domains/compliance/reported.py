"""Takes a shard, gives the rows of `sar_transactions`: what each report of suspicion is about."""

from __future__ import annotations

import numpy as np

from dhub.domains.compliance.checks import checks
from dhub.domains.compliance.sars import TABLE as REPORTS
from dhub.domains.compliance.sars import expected_reports, reports
from dhub.domains.compliance.suspicion import MOST_NAMED
from dhub.draw import expand
from dhub.model import Column, Rows, Run, Shard, Table
from dhub.world.ledger import transaction_ids

# Transactions that a report names, about, where the ledger is a listing and where it tells lives
# (measured).
_NAMED, _NAMED_OF_LIVES = 4.5, 17.0


def reported_rows(shard: Shard) -> Rows:
    """One row a transaction that a report names, ordered by report and time."""
    made, (row, _) = checks(shard.run, shard.index), reports(shard.run, shard.index)
    case = made.involved.at(row)
    report, seq = expand(case.high - case.low)
    columns = {
        "sar_transaction_id": TABLE.first_key(shard.index) + np.arange(len(report)),
        "sar_id": REPORTS.first_key(shard.index) + report,
        "transaction_id": transaction_ids(shard)[case.row[case.low[report] + seq]],
    }
    return Rows(columns, made.owner[row][report])


def _expected(run: Run, customers: int) -> float:
    named = _NAMED if run.profile.life is None else _NAMED_OF_LIVES
    return named * expected_reports(run, customers)


TABLE = Table(
    name="sar_transactions",
    phase=7,
    key="sar_transaction_id",
    columns=(
        Column("sar_transaction_id", "bigint"),
        Column("sar_id", "bigint"),
        Column("transaction_id", "bigint"),
    ),
    expected=_expected,
    rows=reported_rows,
    stride=REPORTS.stride * MOST_NAMED,
)
