"""Takes a shard, gives the rows of `cross_sell`: who could be offered what, by what they have."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dhub.draw import one_of
from dhub.memo import of_shard
from dhub.model import SHARD_CUSTOMERS, Coded, Column, Maybe, Rows, Run, Shard, Table
from dhub.profiles.loans import LOAN_TYPES
from dhub.world.accounts import ACTIVE, MONEY_MARKET, SAVINGS, USD, accounts
from dhub.world.cover import policies
from dhub.world.cover.kinds import ACTIVE as IN_FORCE
from dhub.world.cover.kinds import LIFE
from dhub.world.credit import loans, payments
from dhub.world.credit.applications import ACTIVE as RUNNING
from dhub.world.credit.applications import RESTRUCTURED
from dhub.world.ledger import movements

Int = NDArray[np.int64]

SIGNALS = ("insurance_gap", "prepayment_potential")
GAP, PREPAYMENT = range(len(SIGNALS))


def signal_rows(shard: Shard) -> Rows:
    """One row a customer and signal, ordered by customer, then by signal."""
    house, owed, saved, covered = _sums(shard.run, shard.index)
    gap = (house > 0) & ~covered
    ahead = (owed > 0) & (2 * saved >= owed)
    owner = np.concatenate([np.flatnonzero(gap), np.flatnonzero(ahead)])
    signal = np.repeat([GAP, PREPAYMENT], [int(gap.sum()), int(ahead.sum())])
    order = np.lexsort((signal, owner))
    owner, signal = owner[order], signal[order]
    columns = {
        "customer_key": shard.first + owner + 1,
        "signal": Coded(signal, SIGNALS),
        "loan_balance": np.where(signal == GAP, house[owner], owed[owner]),
        "savings_balance": Maybe(saved[owner], signal == PREPAYMENT),
        "signal_key": 1 + (shard.first + owner) * len(SIGNALS) + signal,
    }
    return Rows(columns, owner)


@of_shard()
def _sums(run: Run, index: int) -> tuple[Int, Int, Int, NDArray[np.bool_]]:
    """By customer: cents owed for houses, and in all, on loans that run; cents saved in dollars;
    whether a life policy is in force."""
    shard = Shard(run, index)
    lent, state, a, p = loans(shard), payments(shard), accounts(shard), policies(shard)
    runs = (lent.status == RUNNING) | (lent.status == RESTRUCTURED)
    owing = np.where(runs, state.outstanding_balance, 0)
    house = np.where(lent.loan_type == LOAN_TYPES.index("mortgage"), owing, 0)
    saves = one_of(a.account_type, (SAVINGS, MONEY_MARKET))
    saves &= (a.status == ACTIVE) & (a.currency == USD)
    covered = np.zeros(SHARD_CUSTOMERS, dtype=bool)
    covered[p.owner[(p.policy_type == LIFE) & (p.terms.status == IN_FORCE)]] = True
    held = np.where(saves, movements(shard).closing_balance, 0)
    return _by(lent.owner, house), _by(lent.owner, owing), _by(a.owner, held), covered


def _by(owner: Int, cents: Int) -> Int:
    return np.bincount(owner, cents, SHARD_CUSTOMERS).astype(np.int64)


TABLE = Table(
    name="cross_sell",
    phase=8,
    key="signal_key",
    columns=(
        Column("customer_key", "bigint"),
        Column("signal", "text"),
        Column("loan_balance", "numeric(15,2)"),
        Column("savings_balance", "numeric(15,2)", null=True),
        Column("signal_key", "bigint"),
    ),
    expected=lambda run, customers: customers * run.profile.loans.applicants * 0.3,
    rows=signal_rows,
    stride=SHARD_CUSTOMERS * len(SIGNALS),
)
