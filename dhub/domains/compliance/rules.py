"""Takes a run, gives its compliance rules and the rows of `compliance_rules`.

Few, whatever the bank's size. Each rule watches some kinds of movements; those about countries
watch nothing, because no table of the bank holds a country other than the customer's.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from dhub.draw import stream
from dhub.model import Coded, Column, Maybe, Rows, Run, Table
from dhub.profiles.compliance import RULES as TYPES
from dhub.profiles.values import cents
from dhub.world.calendar import DAY
from dhub.world.org import apportion
from dhub.world.people import in_order

Int = NDArray[np.int64]

LIMIT, VELOCITY, GEOGRAPHIC, AMOUNT = range(4)
TRANSFERS, INCOMING, CASH, WITHDRAWALS, PAYOUTS, CARDS, EVERYTHING = range(7)
BY_APP, BY_PHONE = 7, 8
ACCOUNT, CUSTOMER = range(2)
NOTHING = -1


@dataclass(frozen=True)
class Kind:
    """A rule of the catalogue: what it is called, what it watches, and above what it is broken."""

    name: str
    watches: int
    amount: int = 0  # cents
    count: int = 0  # transactions a day


@dataclass(frozen=True)
class Rules:
    """The rules of a run, one element each: rule_id = position + 1."""

    name: tuple[str, ...]
    rule_type: Int
    watches: Int
    amount: Int  # cents, 0 for none
    count: Int  # 0 for none
    active: NDArray[np.bool_]
    effective_date: NDArray[np.datetime64]


def catalogue(run: Run) -> dict[int, tuple[Kind, ...]]:
    """The rules that there may be of each type, the most needed first (amounts assumed)."""
    c = run.profile.compliance
    ctr, large = max(cents(c.ctr_amount), 1), max(cents(c.monitoring_threshold), 1)
    daily = c.velocity_count
    return {
        LIMIT: (
            Kind("Cash Withdrawal Limit", WITHDRAWALS, 300_000),
            Kind("Single Transfer Limit", TRANSFERS, 1_500_000),
            Kind("Mobile Transfer Limit", BY_APP, 500_000),
            Kind("Card Purchase Limit", CARDS, 150_000),
            Kind("Telephone Transfer Limit", BY_PHONE, 400_000),
            Kind("Maximum Transfer Without Dual Approval", TRANSFERS, 4_000_000),
        ),
        VELOCITY: (
            Kind("Transactions per Account per Day", ACCOUNT, count=daily),
            Kind("Early Warning: Transactions per Account per Day", ACCOUNT, count=2),
            Kind("Transactions per Customer per Day", CUSTOMER, count=daily),
            Kind("Early Warning: Transactions per Customer per Day", CUSTOMER, count=3),
            Kind("Escalation: Transactions per Account per Day", ACCOUNT, count=2 * daily),
        ),
        GEOGRAPHIC: (
            Kind("Sanctioned Countries (OFAC)", NOTHING),
            Kind("High-Risk Jurisdictions (FATF)", NOTHING),
            Kind("Cross-Border Transfer Review", NOTHING, 300_000),
            Kind("Offshore Financial Centers", NOTHING, 500_000),
        ),
        AMOUNT: (
            Kind("Funds Transfer Recordkeeping", TRANSFERS, 300_000),  # 31 CFR 1010.410
            Kind("Currency Transaction Report (CTR)", CASH, ctr),  # 31 CFR 1010.311
            Kind("Large Transaction Monitoring", EVERYTHING, large),
            Kind("Cash Deposit Source of Funds", CASH, 500_000),
            Kind("Incoming Transfer Source of Funds", INCOMING, 2_000_000),
            Kind("Account Closing Payout Review", PAYOUTS, 1_000_000),
        ),
    }


@lru_cache(maxsize=4)
def rules(run: Run) -> Rules:
    """The rules of a run, in the order of their types and of the catalogue."""
    c, known = run.profile.compliance, catalogue(run)
    draw = stream(run.seed, "compliance.rules")
    total = _how_many(run)
    sizes = apportion(in_order(c.rule_type, TYPES), total)
    kinds = [(code, *_numbered(known[code], n)) for code, size in enumerate(sizes)
             for n in range(size)]  # fmt: skip
    rank = np.concatenate([np.arange(size) for size in sizes])
    place = np.arange(total)
    made = [kind for _, _, kind in kinds]
    return Rules(
        tuple(name for _, name, _ in kinds),
        np.array([code for code, _, _ in kinds]),
        np.array([kind.watches for kind in made]),
        np.array([kind.amount for kind in made]),
        np.array([kind.count for kind in made]),
        _active(run, rank, draw.uniform(place, 1)),
        _effective(run, rank, place),
    )


def _how_many(run: Run) -> int:
    """As many as the profile allows, rather a number of which the active share is a whole one."""
    c = run.profile.compliance
    numbers = range(max(c.rules.low, 1), max(c.rules.high, 1) + 1)
    whole = [n for n in numbers if abs(n * c.rule_active - round(n * c.rule_active)) < 1e-9]
    some = whole or list(numbers)
    return some[int(stream(run.seed, "compliance.rules").below(0, len(some)))]


def _numbered(known: tuple[Kind, ...], number: int) -> tuple[str, Kind]:
    """The rule of a number and its name; those beyond the catalogue are further levels of it."""
    kind, level = known[number % len(known)], number // len(known)
    return (kind.name if not level else f"{kind.name}, Level {level + 1}"), kind


def _active(run: Run, rank: Int, turn: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Those no longer applied are the least needed ones of their types."""
    share = run.profile.compliance.rule_active
    active, _ = apportion([share, 1 - share], len(rank))
    applied = np.zeros(len(rank), dtype=bool)
    applied[np.lexsort((turn, rank))[:active]] = True
    return applied


def _effective(run: Run, rank: Int, place: Int) -> NDArray[np.datetime64]:
    """The first day of a month: the first rules of a type are older than the oldest customer."""
    since = int(run.profile.customers.years * 365.25)
    low = np.where(rank < 2, since + 60, 1000)
    ago = stream(run.seed, "compliance.effective_date").between(place, low, low + 1500)
    month = (run.today - ago * DAY).astype("datetime64[M]")
    return np.asarray(month.astype("datetime64[D]"))


def rule_rows(run: Run, attempt: int) -> Rows:
    """One row a rule; a retry gives all of them other names."""
    import pyarrow as pa

    made = rules(run)
    again = f", Edition {attempt + 1}" if attempt else ""
    columns = {
        "rule_id": TABLE.first_key(0) + np.arange(len(made.name)),
        "rule_name": pa.array([name + again for name in made.name], pa.string()),
        "rule_type": Coded(made.rule_type, TYPES),
        "threshold_amount": Maybe(made.amount, made.amount > 0),
        "threshold_count": Maybe(made.count, made.count > 0),
        "is_active": made.active,
        "effective_date": made.effective_date,
    }
    return Rows(columns)


def _expected(run: Run, customers: int) -> float:
    return float(len(rules(run).name))


TABLE = Table(
    name="compliance_rules",
    phase=7,
    key="rule_id",
    columns=(
        Column("rule_id", "bigint"),
        Column("rule_name", "text"),
        Column("rule_type", "text"),
        Column("threshold_amount", "numeric(15,2)", null=True),
        Column("threshold_count", "integer", null=True),
        Column("is_active", "boolean"),
        Column("effective_date", "date"),
    ),
    expected=_expected,
    foundation=rule_rows,
    natural_keys=("rule_name",),
)
