"""Takes a case (profile, seed, as-of date, shard), gives loans_db as plain numpy columns."""

from __future__ import annotations

from datetime import date
from functools import cache
from types import SimpleNamespace

import numpy as np

from dhub.domains.loans import DOMAIN
from dhub.model import Coded, Maybe, Run, Shard
from dhub.profiles import load_profile
from dhub.world.accounts import accounts
from dhub.world.people import people
from dhub.world.staff import staff

DAY = np.timedelta64(1, "D")
TABLES = {table.name: table for table in DOMAIN.tables}
CASES = [
    (profile, seed, as_of, index)
    for profile in ("guide", "requirements")
    for seed, as_of, index in (
        (42, date(2026, 11, 20), 1),
        (42, date(2026, 11, 20), 3),
        (7, date(2024, 2, 29), 1),
        (1, date(2026, 3, 31), 2),
    )
]


@cache
def run(profile: str, seed: int = 42, as_of: date = date(2026, 11, 20)) -> Run:
    return Run(seed, load_profile(profile), as_of, 150)


def plain(values):
    """A column as numpy: text decoded, a null id -1, a null date NaT."""
    if isinstance(values, Coded):
        return np.array([*values.pool, None], dtype=object)[values.codes]
    if isinstance(values, Maybe):
        return np.where(values.valid, values.values, -1)
    return values if isinstance(values, np.ndarray) else np.array(values.to_pylist(), dtype=object)


@cache
def book(profile: str, seed: int, as_of: date, index: int) -> SimpleNamespace:
    """All tables of a shard, the facts beside them, and for children the row of their parent."""
    shard = Shard(run(profile, seed, as_of), index)
    out = SimpleNamespace(run=shard.run, figures=shard.run.profile.loans, today=shard.run.today)
    out.people, out.accounts, out.staff = people(shard), accounts(shard), staff(shard.run)
    for name, table in TABLES.items():
        made = table.rows(shard)
        columns = {column: plain(values) for column, values in made.columns.items()}
        setattr(out, name, SimpleNamespace(owner=made.owner, **columns))
    a, lent = out.loan_applications, out.loans
    lent.asked = np.searchsorted(a.application_id, lent.application_id)
    for name in ("collateral", "repayment_schedule", "loan_guarantors"):
        child = getattr(out, name)
        child.loan = np.searchsorted(lent.loan_id, child.loan_id)
    return out


def days(later, earlier):
    """Whole days between dates, as numbers."""
    return (later - earlier).astype(np.int64)
