"""The tables of customer_db as plain arrays, for any prefix of a shard's customers."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import Any

import numpy as np

from dhub.domains.crm import DOMAIN
from dhub.model import Coded, Maybe, Run, Shard
from dhub.profiles import load_profile

AS_OF = date(2026, 11, 20)
TODAY = np.datetime64(AS_OF)
Columns = dict[str, np.ndarray]


def a_run(profile: str = "guide", seed: int = 42) -> Run:
    return Run(seed, load_profile(profile), AS_OF, 150)


def plain(values: Any) -> np.ndarray:
    """A column as numpy holds it; an object array with None where it can be null."""
    if isinstance(values, Coded):
        codes = np.asarray(values.codes)
        return np.where(codes < 0, None, np.array(values.pool, dtype=object)[codes])
    if isinstance(values, Maybe):
        return np.where(values.valid, np.asarray(values.values).astype(object), None)
    if hasattr(values, "to_pylist"):
        return np.array(values.to_pylist(), dtype=object)
    return np.asarray(values)


@lru_cache(maxsize=32)
def made(run: Run, index: int = 1) -> dict[str, tuple[Columns, Any]]:
    tables = {}
    for table in DOMAIN.tables:
        rows = table.rows(Shard(run, index)) if table.rows else table.foundation(run, 0)
        assert tuple(rows.columns) == tuple(column.name for column in table.columns)
        tables[table.name] = {k: plain(v) for k, v in rows.columns.items()}, rows.owner
    return tables


def bank(run: Run, customers: int = 2000, index: int = 1) -> dict[str, Columns]:
    """The tables of the first `customers` of a shard, as flow cuts them."""
    return {
        name: {k: v if owner is None else v[owner < customers] for k, v in columns.items()}
        for name, (columns, owner) in made(run, index).items()
    }


def days(column: np.ndarray) -> np.ndarray:
    return column.astype("datetime64[D]")


def looked_up(keys: np.ndarray, values: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """The value of each wanted key; `keys` ascend."""
    place = np.searchsorted(keys, wanted)
    assert (keys[place] == wanted).all()
    return values[place]
