"""The tables of compliance_db as plain arrays, for any prefix of a shard, and what they rest on."""

from __future__ import annotations

from datetime import date
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from crm_bank import plain

from dhub.domains.accounts import DOMAIN as ACCOUNTS
from dhub.domains.compliance import DOMAIN
from dhub.model import Domain, Run, Shard
from dhub.profiles import load_profile
from dhub.world.people import people
from dhub.world.staff import staff

AS_OF = date(2026, 11, 20)
DAY = np.timedelta64(1, "D")
Columns = dict[str, np.ndarray]
PROFILES = ("guide", "requirements")
SEEDS = (1, 42, 977)


@lru_cache(maxsize=8)
def profile(name: str) -> Any:
    return load_profile(name)


def a_run(name: str = "guide", seed: int = 42, as_of: date = AS_OF, employees: int = 150) -> Run:
    return Run(seed, profile(name), as_of, employees)


@lru_cache(maxsize=48)
def made(run: Run, index: int = 1, domain: Domain = DOMAIN) -> dict[str, tuple[Columns, Any]]:
    tables = {}
    for table in domain.tables:
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


class Books:
    """What accounts_db and the staff say, by key."""

    def __init__(self, run: Run, index: int = 1) -> None:
        self.run, self.who = run, people(Shard(run, index))
        tables = made(run, index, ACCOUNTS)
        self.accounts, self.transactions = tables["accounts"][0], tables["transactions"][0]

    @cached_property
    def moved(self) -> Columns:
        """Transactions with the customer whose account they are on."""
        owner = at(self.accounts["account_id"], self.accounts["customer_id"],
                   self.transactions["account_id"])  # fmt: skip
        return {**self.transactions, "customer_id": owner}

    def customer(self, ids: np.ndarray) -> np.ndarray:
        """Row among the shard's customers of each customer_id."""
        return ids - self.who.customer_id[0]


def at(keys: np.ndarray, values: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """The value of each wanted key; `keys` ascend, and all that is wanted is there."""
    place = np.searchsorted(keys, wanted)
    assert (keys[np.minimum(place, len(keys) - 1)] == wanted).all()
    return values[place]


def given(column: np.ndarray) -> np.ndarray:
    return np.not_equal(column, None)


def days(column: np.ndarray) -> np.ndarray:
    return column.astype("datetime64[D]")


def off(column: np.ndarray, shares: Any) -> float:
    """How many rows the worst category of a mix is off."""
    return max(abs(float((column == name).sum()) - len(column) * share) for name, share in shares)


def in_post(run: Run, employee: np.ndarray, day: np.ndarray, *roles: int) -> None:
    """Hired before the act, not gone on its day, of one of the roles if any are given."""
    place, team = employee.astype(int) - 1, staff(run)
    assert (team.hire_date[place] < day).all()
    assert not (team.termination_date[place] <= day).any()
    assert not roles or set(np.unique(team.role[place])) <= set(roles)
