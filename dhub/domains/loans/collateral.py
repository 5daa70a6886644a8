"""Takes a shard, gives the rows of `collateral`: what secures houses, cars and businesses."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dhub.draw import spread, stream, text
from dhub.model import SHARD_CUSTOMERS, Coded, Column, Rows, Run, Shard, Table
from dhub.profiles.loans import LOAN_TYPES
from dhub.world.calendar import DAY
from dhub.world.credit import Loans, applications, loans
from dhub.world.credit.applicants import AUTO, BUSINESS, MORTGAGE, MOST_APPLICATIONS, PERSONAL
from dhub.world.credit.volume import expected_by_type
from dhub.world.credit.worth import appraised
from dhub.world.goods import cars, homes, towns_of, year_of_loan
from dhub.world.people import in_order

Int = NDArray[np.int64]

TYPES = ("property", "vehicle", "equipment", "inventory")
PROPERTY, VEHICLE, EQUIPMENT, INVENTORY = range(len(TYPES))
_BUSINESS = ("property", "equipment", "inventory")  # what may secure a business loan
BUSINESS_GOODS = len(TYPES)  # what is a business's own stands behind what is a person's
_WORDS: tuple[tuple[str, ...], ...] = (
    ("{home}",), ("{car}",), ("Equipment",), ("Inventory",),
    (
        "Office suite in {town}", "Warehouse in {town}", "Retail space in {town}",
        "Workshop with yard in {town}", "Commercial building in {town}",
        "Mixed-use building in {town}",
    ),
    ("Fleet of delivery vans, {town}",),
    (
        "Machine tools and workbenches", "Commercial kitchen equipment", "Packaging line",
        "Medical and dental equipment", "Excavator and site equipment", "Printing presses",
        "Server racks and network equipment", "Woodworking machines", "Cold storage units",
        "Agricultural machinery", "Vehicle lifts and workshop equipment", "Laboratory instruments",
    ),
    (
        "Stock of building materials", "Stock of furniture", "Stock of spare parts",
        "Stock of clothing and shoes", "Wine and spirits in bond", "Stock of electronic goods",
        "Packaged food in storage", "Stock of medical supplies", "Seasonal garden goods",
    ),
)  # fmt: skip
_TEXTS = tuple(words for some in _WORDS for words in some)
_FIRST = tuple(sum(len(some) for some in _WORDS[:n]) for n in range(len(_WORDS)))
_BUSINESS_CODES = np.array([PROPERTY, EQUIPMENT, INVENTORY])


def collateral_rows(shard: Shard) -> Rows:
    """At most one row a loan, ordered by customer."""
    run, lent = shard.run, loans(shard)
    row = _secured(run, shard.index, lent)
    principal = lent.principal_amount[row]
    value = appraised(run, shard.index)[row]
    kind = _types(run, shard.index, lent.loan_type[row])
    asked = applications(shard).application_date[lent.application[row]]
    room = (lent.disbursement_date[row] - asked).astype(np.int64)
    room = np.clip(room, 1, run.profile.loans.appraisal_days)
    before = stream(run.seed, "collateral.appraisal_date").between(lent.place[row], 1, room)
    columns = {
        "collateral_id": TABLE.first_key(shard.index) + np.arange(len(row)),
        "loan_id": lent.loan_id[row],
        "collateral_type": Coded(kind, TYPES),
        "appraised_value": value,
        "ltv_ratio": (20_000 * principal + value) // (2 * value),  # half a ten-thousandth up
        "appraisal_date": lent.disbursement_date[row] - before * DAY,
        "description": _descriptions(shard, lent, row, kind),
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


def _types(run: Run, index: int, kind: Int) -> Int:
    """Houses behind mortgages, cars behind auto loans, the profile's mix behind businesses."""
    plain = np.where(kind == MORTGAGE, PROPERTY, np.where(kind == AUTO, VEHICLE, EQUIPMENT))
    plain = np.where(kind == PERSONAL, VEHICLE, plain)
    mine = np.flatnonzero(kind == BUSINESS)
    weights = in_order(run.profile.loans.business_collateral, _BUSINESS)
    draw = stream(run.seed, f"collateral.type.{index}")
    plain[mine] = _BUSINESS_CODES[spread(draw, weights, len(mine))]
    return plain


def _descriptions(shard: Shard, lent: Loans, row: Int, kind: Int) -> object:
    """What it is: the borrower's house and car, or the premises, machines, goods of a business."""
    owner, draw = lent.owner[row], stream(shard.run.seed, "collateral.description")
    own = np.where(lent.loan_type[row] == BUSINESS, BUSINESS_GOODS, 0) + kind
    u = draw.uniform(lent.place[row])
    code = np.floor(u * np.array([len(some) for some in _WORDS])[own]).astype(np.int64)
    code += np.array(_FIRST)[own]
    return text.fill(code, _TEXTS, home=homes(shard, owner),
                     car=cars(shard, owner, year_of_loan(shard, row)),
                     town=towns_of(shard, owner))  # fmt: skip


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
        Column("description", "text"),
    ),
    expected=lambda run, customers: expected_by_type(
        run, customers, dict(run.profile.loans.collateral.items())
    ),
    rows=collateral_rows,
    stride=SHARD_CUSTOMERS * MOST_APPLICATIONS,
)
