"""Banks whose insurance is tested: profiles, runs, and tables as numpy columns."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace

import numpy as np

from dhub.domains.insurance import DOMAIN
from dhub.flow.encode import made
from dhub.model import Run, Shard
from dhub.profiles import Profile, load_profile

AS_OF = date(2026, 11, 20)
DAY = np.timedelta64(1, "D")
TABLES = {table.name: table for table in DOMAIN.tables}
MONTHS = {"annual": 12, "quarterly": 3, "monthly": 1}

# Anything goes that a profile may say: everybody insured several times over, for decades.
WILD = """
extends = "guide"
[insurance]
holders = 1.0
multiple = 1.0
per_multiple_holder = { 5 = 1.0 }
frequency = { monthly = 1.0 }
status = { active = 0.2, lapsed = 0.4, cancelled = 0.4 }
linked = 1.0
start_years = 50
mean_age_years = 4.5
other_beneficiaries = 1.0
claimed = { life = 1.0, property = 1.0, vehicle = 1.0, health = 1.0, travel = 1.0 }
claims_per_claimed = { 5 = 1.0 }
claim_amount = [0.0, 1.0]
claim_amount_mean = 0.9
claim_status = { paid = 1.0 }
settlement_days = [0, 400]
payment_method = { auto_debit = 1.0 }
payment_linked = 1.0
payment_grace_days = 90
events_per_policy = 20.0
reinstatement_days = [1, 1]
"""


@cache
def load(name: str) -> Profile:
    """A profile by name; `wild` is WILD."""
    if name != "wild":
        return load_profile(name)
    with TemporaryDirectory() as folder:
        file = Path(folder) / "wild.toml"
        file.write_text(WILD)
        return load_profile(str(file))


@cache
def bank(seed: int = 42, size: int = 150, profile: str = "guide", as_of: date = AS_OF) -> Run:
    return Run(seed, load(profile), as_of, size)


@cache
def rows(name: str, shard: Shard) -> SimpleNamespace:
    """Numpy columns; money as whole cents, a null number NaN, a null date NaT, a null text None."""
    batch, found = made(TABLES[name], shard), {}
    for field in batch.schema:
        values = batch.column(field.name)
        if str(field.type).startswith("decimal"):
            plain = np.array([np.nan if v is None else float(v) for v in values.to_pylist()])
            plain = np.round(plain * 100)
        else:
            plain = values.to_numpy(zero_copy_only=False)
        found[field.name] = plain
    return SimpleNamespace(**found)


def tables(shard: Shard) -> SimpleNamespace:
    return SimpleNamespace(**{name: rows(name, shard) for name in TABLES})


def of_policy(shard: Shard, policy_id) -> np.ndarray:
    """Row of each policy."""
    return np.searchsorted(rows("policies", shard).policy_id, policy_id)


def shares(values, mix, off: float = 2) -> None:
    """Every category is within `off` rows of its share."""
    for name, weight in mix.items():
        assert abs((values == name).sum() - weight * len(values)) <= off, name
