"""What the tests of facts and rows share: runs of many kinds, tables as plain arrays, a ledger."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any

import numpy as np

from dhub.domains import insurance, loans
from dhub.domains.accounts import DOMAIN as ACCOUNTS
from dhub.flow import encode
from dhub.model import Coded, Domain, Maybe, Run, Shard, Table
from dhub.profiles import Profile, load_profile
from dhub.world.accounts import TYPES as ACCOUNT_TYPES
from dhub.world.accounts import Accounts, accounts
from dhub.world.clock import local_second
from dhub.world.money import Movements, movements
from dhub.world.money.kinds import CREDIT
from dhub.world.people import People, people
from dhub.world.places import zone_of_branch
from dhub.world.staff import staff

DAY = np.timedelta64(1, "D")
PROFILES = ("guide", "requirements")
SEEDS = (1, 42, 977)
PREFIXES = (60, 120, 600, 1200, 2000)
AS_OF = dt.date(2026, 11, 20)
# A leap day, a Monday holiday, the first and the last day of a year, a Sunday, long ago.
DAYS = (
    AS_OF,
    dt.date(2024, 2, 29),
    dt.date(2025, 5, 26),
    dt.date(2023, 1, 1),
    dt.date(2020, 12, 31),
    dt.date(2026, 7, 5),
    dt.date(2004, 3, 1),
)


MONTHS = {"annual": 12, "quarterly": 3, "monthly": 1}  # between two premiums
LOAN_CASES = [
    (name, seed, as_of, index)
    for name in PROFILES
    for seed, as_of, index in (
        (42, AS_OF, 1),
        (42, AS_OF, 3),
        (7, dt.date(2024, 2, 29), 1),
        (1, dt.date(2026, 3, 31), 2),
    )
]

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


@lru_cache(maxsize=8)
def profile(name: str) -> Profile:
    """A profile by name; `wild` is WILD."""
    if name != "wild":
        return load_profile(name)
    with TemporaryDirectory() as folder:
        file = Path(folder) / "wild.toml"
        file.write_text(WILD)
        return load_profile(str(file))


def run(seed: int = 42, name: str = "guide", as_of: dt.date = AS_OF, employees: int = 150) -> Run:
    return Run(seed, profile(name), as_of, employees)


# ------------------------------------------------------------------- tables as plain arrays

Columns = dict[str, np.ndarray]


def changed_by_attempts(domain: Domain, run: Run) -> set[str]:
    """The columns that another attempt at a cut shard has otherwise; its keys follow in a row."""
    changed = set()
    for table in (each for each in domain.tables if each.rows is not None):
        whole, cut = (table.rows(shard) for shard in (Shard(run, 2), Shard(run, 2, 60, attempt=3)))
        pairs = {
            name: (plain(whole.columns[name]), plain(cut.columns[name])) for name in whole.columns
        }
        changed |= {name for name, (one, two) in pairs.items() if one.tolist() != two.tolist()}
        key = np.asarray(whole.columns[table.key])
        assert (key == table.first_key(2) + np.arange(len(key))).all()
        assert key[-1] < table.first_key(3) and (np.diff(whole.owner) >= 0).all()
    return changed


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


@lru_cache(maxsize=64)
def made(domain: Domain, run: Run, index: int = 1) -> dict[str, tuple[Columns, Any]]:
    """Table → its columns in a shard (or in the foundation), and the owner of each row."""
    tables = {}
    for table in domain.tables:
        rows = table.rows(Shard(run, index)) if table.rows else table.foundation(run, 0)
        assert tuple(rows.columns) == tuple(column.name for column in table.columns)
        tables[table.name] = {k: plain(v) for k, v in rows.columns.items()}, rows.owner
    return tables


def tables(domain: Domain, run: Run, customers: int = 2000, index: int = 1) -> dict[str, Columns]:
    """The tables of the first `customers` of a shard, as flow cuts them."""
    return {
        name: {k: v if owner is None else v[owner < customers] for k, v in columns.items()}
        for name, (columns, owner) in made(domain, run, index).items()
    }


@lru_cache(maxsize=256)
def encoded(table: Table, shard: Shard) -> SimpleNamespace:
    """Columns as flow sends them: money in whole cents, a null number NaN, date NaT, text None."""
    batch, found = encode.made(table, shard), {}
    for field in batch.schema:
        values = batch.column(field.name)
        if str(field.type).startswith("decimal"):
            cents = np.array([np.nan if v is None else float(v) for v in values.to_pylist()])
            found[field.name] = np.round(cents * 100)
        else:
            found[field.name] = values.to_numpy(zero_copy_only=False)
    return SimpleNamespace(**found)


def rows(domain: Domain, name: str, shard: Shard) -> SimpleNamespace:
    """`encoded` of a table by name."""
    return encoded(next(table for table in domain.tables if table.name == name), shard)


def of_policy(shard: Shard, policy_id: np.ndarray) -> np.ndarray:
    """Row of each policy."""
    return np.searchsorted(rows(insurance.DOMAIN, "policies", shard).policy_id, policy_id)


def _numbered(values: Any) -> np.ndarray:
    """A column whose null id is -1, its null date NaT, its null text None."""
    if isinstance(values, Maybe):
        return np.where(values.valid, values.values, -1)
    return values if isinstance(values, np.ndarray) else plain(values)


@lru_cache(maxsize=32)
def book(name: str, seed: int, as_of: dt.date, index: int) -> SimpleNamespace:
    """The tables of loans_db, the facts beside them, and for children the row of their parent."""
    shard = Shard(run(seed, name, as_of), index)
    out = SimpleNamespace(run=shard.run, figures=shard.run.profile.loans, today=shard.run.today)
    out.people, out.accounts, out.staff = people(shard), accounts(shard), staff(shard.run)
    for table in loans.DOMAIN.tables:
        rows = table.rows(shard)
        columns = {column: _numbered(values) for column, values in rows.columns.items()}
        setattr(out, table.name, SimpleNamespace(owner=rows.owner, **columns))
    a, lent = out.loan_applications, out.loans
    lent.asked = np.searchsorted(a.application_id, lent.application_id)
    for child in (out.collateral, out.repayment_schedule, out.loan_guarantors):
        child.loan = np.searchsorted(lent.loan_id, child.loan_id)
    return out


class Books:
    """What accounts_db says, by key, and whose it is."""

    def __init__(self, run: Run, index: int = 1) -> None:
        self.run, self.who = run, people(Shard(run, index))
        found = made(ACCOUNTS, run, index)
        self.accounts, self.transactions = found["accounts"][0], found["transactions"][0]

    @cached_property
    def moved(self) -> Columns:
        """Transactions with the customer whose account they are on."""
        a, t = self.accounts, self.transactions
        return {**t, "customer_id": at(a["account_id"], a["customer_id"], t["account_id"])}

    def customer(self, ids: np.ndarray) -> np.ndarray:
        """Row among the shard's customers of each customer_id."""
        return ids - self.who.customer_id[0]


# ------------------------------------------------------------------------------ small questions


def at(keys: np.ndarray, values: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """The value of each wanted key; `keys` ascend, and all that is wanted is there."""
    place = np.searchsorted(keys, wanted)
    assert (keys[np.minimum(place, len(keys) - 1)] == wanted).all()
    return values[place]


def given(column: np.ndarray) -> np.ndarray:
    return np.not_equal(column, None)


def day_of(column: np.ndarray) -> np.ndarray:
    return column.astype("datetime64[D]")


def days(later: np.ndarray, earlier: np.ndarray) -> np.ndarray:
    """Whole days between dates, as numbers."""
    return (later - earlier).astype(np.int64)


def off(column: np.ndarray, shares: Any) -> float:
    """How many rows the worst category of a mix is off."""
    return max(abs(float((column == name).sum()) - len(column) * share) for name, share in shares)


def shares(values: np.ndarray, mix: Any, rows: float = 2) -> None:
    """Every category is within so many rows of its share."""
    for name, weight in mix.items():
        assert abs((values == name).sum() - weight * len(values)) <= rows, name


def in_post(run: Run, employee: np.ndarray, day: np.ndarray, *roles: int) -> None:
    """Hired before the act, not gone on its day, of one of the roles if any are given."""
    place, team = employee.astype(int) - 1, staff(run)
    assert (team.hire_date[place] < day).all()
    assert not (team.termination_date[place] <= day).any()
    assert not roles or set(np.unique(team.role[place])) <= set(roles)


def months(days: np.ndarray, count: int) -> np.ndarray:
    """The same day `count` months later, or the last day of that month (PostgreSQL's rule)."""
    month = days.astype("datetime64[M]")
    into = (days - month.astype("datetime64[D]")).astype(int)
    there = month + np.timedelta64(count, "M")
    later = there.astype("datetime64[D]")
    length = ((there + np.timedelta64(1, "M")).astype("datetime64[D]") - later).astype(int)
    return later + np.minimum(into, length - 1)


def furthest(codes: np.ndarray, weights) -> float:
    """How many rows the worst category is off."""
    due = len(codes) * np.asarray(weights, dtype=float)
    return float(abs(np.bincount(codes, minlength=len(due)) - due).max())


@dataclass(frozen=True)
class Ledger:
    """A shard's facts side by side, and what follows from them; amounts in cents."""

    shard: Shard
    who: People
    a: Accounts
    m: Movements

    @staticmethod
    @lru_cache(maxsize=64)
    def of(run: Run, index: int = 1) -> Ledger:
        shard = Shard(run, index)
        return Ledger(shard, people(shard), accounts(shard), movements(shard))

    def __hash__(self) -> int:
        return id(self)

    @property
    def run(self) -> Run:
        return self.shard.run

    @cached_property
    def credit(self) -> np.ndarray:
        return CREDIT[self.m.kind]

    @cached_property
    def signed(self) -> np.ndarray:
        return np.where(self.credit, self.m.amount, -self.m.amount)

    @cached_property
    def before(self) -> np.ndarray:
        """The balance before each movement, from the sum of those before it."""
        running = np.cumsum(self.signed)
        first = np.cumsum(self.count) - self.count
        brought = np.r_[0, running][first]
        return (self.m.opening_balance - brought)[self.m.account] + running - self.signed

    @cached_property
    def day(self) -> np.ndarray:
        return self.m.transaction_date.astype("datetime64[D]")

    @cached_property
    def hour(self) -> np.ndarray:
        """The hour on the clock of the account's branch, below 0 and above 23 on other days."""
        at = (self.m.transaction_date - self.day.astype("datetime64[us]")).astype("timedelta64[s]")
        zone = zone_of_branch()[self.a.branch[self.m.account]]
        return local_second(self.day, at.astype(np.int64), zone) // 3600

    @cached_property
    def count(self) -> np.ndarray:
        """Movements of each account."""
        return np.bincount(self.m.account, minlength=len(self.a.owner))

    @cached_property
    def age(self) -> np.ndarray:
        """Age of each movement's owner on the as-of date, in years."""
        days = (self.run.today - self.who.date_of_birth).astype(int)
        return days[self.m.owner] / 365.25

    def rows(self, *kinds: int) -> np.ndarray:
        return np.isin(self.m.kind, kinds)

    def booked(self, *types: int) -> np.ndarray:
        return np.isin(self.m.transaction_type, types)

    def limits(self) -> tuple[np.ndarray, np.ndarray]:
        """The profile's range of balances of each account, in cents."""
        balance = self.run.profile.accounts.balance
        ends = [(int(balance[t].low * 100), int(balance[t].high * 100)) for t in ACCOUNT_TYPES]
        low, high = np.array(ends).T
        return low[self.a.account_type], high[self.a.account_type]
