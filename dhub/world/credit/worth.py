"""Takes a shard, gives what stands behind its loans: appraised values, whose house, whose car."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dhub.memo import of_shard
from dhub.model import SHARD_CUSTOMERS, Run, Shard
from dhub.world.credit.applicants import AUTO, MORTGAGE
from dhub.world.credit.applications import PAID_OFF, applications
from dhub.world.credit.loans import HUNDRED, loans

Int = NDArray[np.int64]
Float = NDArray[np.float64]


@of_shard()
def appraised(run: Run, index: int) -> Int:
    """Cents by loan, in whole hundreds of dollars, within the profile's multiple of the principal;
    also of loans that nothing secures."""
    shard = Shard(run, index)
    lent = loans(shard)
    principal, ltv = lent.principal_amount, applications(shard).ltv[lent.application]
    low, high = run.profile.loans.appraised.low, run.profile.loans.appraised.high
    least = -(-np.ceil(principal * low).astype(np.int64) // HUNDRED) * HUNDRED
    most = np.floor(principal * high).astype(np.int64) // HUNDRED * HUNDRED
    middle = (low + high) / 2  # for types that no profile of ours secures
    wish = np.floor(np.where(ltv > 0, principal / np.maximum(ltv, 0.1), principal * middle))
    value = (wish.astype(np.int64) + HUNDRED // 2) // HUNDRED * HUNDRED
    return np.where(least <= most, np.clip(value, least, most), np.ceil(principal * low)).astype(
        np.int64
    )


@of_shard()
def mortgaged(run: Run, index: int) -> Int:
    """By customer of the shard: row of the running mortgage on his house, -1 for none."""
    return _of(run, index, MORTGAGE)


@of_shard()
def financed(run: Run, index: int) -> Int:
    """By customer of the shard: row of the running loan on his car, -1 for none."""
    return _of(run, index, AUTO)


def _of(run: Run, index: int, kind: int) -> Int:
    lent = loans(Shard(run, index))
    row = np.flatnonzero((lent.loan_type == kind) & (lent.status != PAID_OFF))
    found = np.full(SHARD_CUSTOMERS, -1)
    found[lent.owner[row]] = row
    return found
