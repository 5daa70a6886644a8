"""Takes a shard, gives the rows of `collateral`: what secures houses, cars and businesses."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dhub.domains.loans.volume import expected_by_type
from dhub.draw import spread, stream
from dhub.model import SHARD_CUSTOMERS, Coded, Column, Rows, Run, Shard, Table
from dhub.profiles.loans import LOAN_TYPES
from dhub.world.calendar import DAY
from dhub.world.credit import Loans, applications, loans
from dhub.world.credit.applicants import AUTO, BUSINESS, MORTGAGE, MOST_APPLICATIONS, PERSONAL
from dhub.world.credit.loans import HUNDRED
from dhub.world.people import in_order

Int = NDArray[np.int64]

TYPES = ("property", "vehicle", "equipment", "inventory")
PROPERTY, VEHICLE, EQUIPMENT, INVENTORY = range(len(TYPES))
_BUSINESS = ("property", "equipment", "inventory")  # what may secure a business loan
_BUSINESS_CODES = np.array([PROPERTY, EQUIPMENT, INVENTORY])


def collateral_rows(shard: Shard) -> Rows:
    """At most one row a loan, ordered by customer."""
    run, lent = shard.run, loans(shard)
    row = _secured(run, shard.index, lent)
    principal = lent.principal_amount[row]
    value = _values(run, principal, applications(shard).ltv[lent.application[row]])
    asked = applications(shard).application_date[lent.application[row]]
    room = (lent.disbursement_date[row] - asked).astype(np.int64)
    room = np.clip(room, 1, run.profile.loans.appraisal_days)
    before = stream(run.seed, "collateral.appraisal_date").between(lent.place[row], 1, room)
    columns = {
        "collateral_id": TABLE.first_key(shard.index) + np.arange(len(row)),
        "loan_id": lent.loan_id[row],
        "collateral_type": Coded(_types(run, shard.index, lent.loan_type[row]), TYPES),
        "appraised_value": value,
        "ltv_ratio": (20_000 * principal + value) // (2 * value),  # half a ten-thousandth up
        "appraisal_date": lent.disbursement_date[row] - before * DAY,
    }
    return Rows(columns, lent.owner[row])


def _secured(run: Run, index: int, lent: Loans) -> Int:
    """Rows of the loans that have collateral: a share of each type."""
    chosen = np.zeros(len(lent.owner), dtype=bool)
    for code, name in enumerate(LOAN_TYPES):
        share, mine = run.profile.loans.collateral[name], np.flatnonzero(lent.loan_type == code)
        draw = stream(run.seed, f"collateral.{name}.{index}")
        chosen[mine] = spread(draw, [share, 1 - share], len(mine)) == 0
    return np.flatnonzero(chosen)


def _values(run: Run, principal: Int, ltv: NDArray[np.float64]) -> Int:
    """Cents, in whole hundreds of dollars, within the profile's multiple of the principal."""
    low, high = run.profile.loans.appraised.low, run.profile.loans.appraised.high
    least = -(-np.ceil(principal * low).astype(np.int64) // HUNDRED) * HUNDRED
    most = np.floor(principal * high).astype(np.int64) // HUNDRED * HUNDRED
    middle = (low + high) / 2  # for types that no profile of ours secures
    wish = np.floor(np.where(ltv > 0, principal / np.maximum(ltv, 0.1), principal * middle))
    value = (wish.astype(np.int64) + HUNDRED // 2) // HUNDRED * HUNDRED
    return np.where(least <= most, np.clip(value, least, most), np.ceil(principal * low)).astype(
        np.int64
    )


def _types(run: Run, index: int, kind: Int) -> Int:
    """Houses behind mortgages, cars behind auto loans, the profile's mix behind businesses."""
    plain = np.where(kind == MORTGAGE, PROPERTY, np.where(kind == AUTO, VEHICLE, EQUIPMENT))
    plain = np.where(kind == PERSONAL, VEHICLE, plain)
    mine = np.flatnonzero(kind == BUSINESS)
    weights = in_order(run.profile.loans.business_collateral, _BUSINESS)
    draw = stream(run.seed, f"collateral.type.{index}")
    plain[mine] = _BUSINESS_CODES[spread(draw, weights, len(mine))]
    return plain


TABLE = Table(
    name="collateral",
    phase=5,
    key="collateral_id",
    columns=(
        Column("collateral_id", "bigint"),
        Column("loan_id", "bigint"),
        Column("collateral_type", "text"),
        Column("appraised_value", "numeric(15,2)"),
        Column("ltv_ratio", "numeric(6,4)"),
        Column("appraisal_date", "date"),
    ),
    expected=lambda run, customers: expected_by_type(
        run, customers, dict(run.profile.loans.collateral.items())
    ),
    rows=collateral_rows,
    stride=SHARD_CUSTOMERS * MOST_APPLICATIONS,
)
