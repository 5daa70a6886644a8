"""Takes the rows of shards as they are written, gives the validation report of a data set."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from dhub.draw import pools
from dhub.plaid.features.books import LONG
from dhub.plaid.request import Order

PERSONAS = ("P1", "P2", "P3", "P4", "P5")
# From so many users on consent and personas are judged: fewer cannot have five of each.
JUDGED_FROM = 50
CONSENT = (0.88, 0.92)
LEAST_USERS = 5  # of each persona
# Reserved by RFC 2606: no mail can reach anybody.
NOBODYS_DOMAIN = "@example.com"

Batches = Mapping[str, pa.RecordBatch]


@dataclass
class Seen:
    """Numbers of a data set, or of a part of it: rows, faults, archetypes, personas."""

    rows: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    archetypes: Counter[str] = field(default_factory=Counter)
    personas: Counter[str] = field(default_factory=Counter)
    consented: int = 0

    def add(self, more: Seen) -> None:
        """Take in another part."""
        for name in ("rows", "faults", "archetypes", "personas"):
            getattr(self, name).update(getattr(more, name))
        self.consented += more.consented

    @property
    def users(self) -> int:
        """Users seen."""
        return self.rows["users"]


def seen_rows(order: Order, table: str, rows: pa.RecordBatch) -> Seen:
    """What there is to say of some rows of a table."""
    found = Seen(Counter({table: len(rows)}))
    if table == "transactions":
        found.faults = Counter({DATES: _dates_out_of_range(order, rows)})
    return found


def seen(rows: Batches) -> Seen:
    """What there is to say of a shard's tables together, of its features and labels."""
    found = Seen(faults=Counter({name: count(rows) for name, count in _FAULTS.items()}))
    found.consented = _true(rows["users"].column("consent_status"))
    archetypes = pc.value_counts(rows["labels"].column("archetype").drop_null())
    found.archetypes = Counter({each["values"]: each["counts"] for each in archetypes.to_pylist()})
    found.personas = Counter({name: _true(flags) for name, flags in triggered(rows).items()})
    return found


DATES = "dates_in_range"
TABLES = ("users", "accounts", "transactions", "liabilities")


def report(order: Order, found: Seen) -> dict[str, Any]:
    """The validation report of the whole."""
    checks = [
        *({"name": name, "passed": not count, "faults": count} for name, count in _plain(found)),
        _judged(order, found, "consent_distribution", _consent(found)),
        _judged(order, found, "persona_coverage", _coverage(found)),
    ]
    order_of = {name: place for place, name in enumerate(CHECKS)}
    run = order.run
    return {
        "generation_date": run.last_day.isoformat(),
        "preset": order.preset,
        "seed": run.seed,
        "user_count": found.users,
        "consent_distribution": {
            "consented": found.consented,
            "not_consented": found.users - found.consented,
        },
        "archetype_distribution": dict(sorted(found.archetypes.items())),
        "persona_coverage": {name: found.personas[name] for name in PERSONAS},
        "date_range": {"start": run.first_day.isoformat(), "end": run.last_day.isoformat()},
        "transaction_count": found.rows["transactions"],
        "account_count": found.rows["accounts"],
        "checks": sorted(checks, key=lambda each: order_of[each["name"]]),
        "validation_passed": all(each["passed"] for each in checks),
    }


def failures(document: dict[str, Any]) -> list[str]:
    """The names of the checks that did not pass."""
    return [each["name"] for each in document["checks"] if not each["passed"]]


def triggered(rows: Batches) -> dict[str, pa.Array]:
    """Which users each persona's thresholds are met by, over the long window.

    001 L114-118; the figures of P2, P4 and P5 that it leaves open are assumed.
    """
    at = {name: _long(rows[name]) for name in _MODULES}
    credit, income, cash = at["credit"], at["income"], at["cash_flow"]
    kept, paid = at["savings"], at["subscriptions"]
    return {
        "P1": _all(
            pc.greater_equal(credit["max_utilization"], 0.50),
            pc.greater(credit["interest_charges"], 0),
            credit["minimum_payment_only"],
        ),
        "P2": _all(
            pc.greater(income["median_pay_gap_days"], 45),
            pc.less(income["cash_buffer_months"], 1),
        ),
        "P3": _all(
            pc.greater_equal(paid["recurring_merchant_count"], 3),
            pc.greater_equal(paid["monthly_recurring_spend"], 50),
        ),
        "P4": _all(
            pc.greater_equal(kept["months_with_inflow"], 5),
            pc.less_equal(credit["max_utilization"], 0.30),
            pc.greater(kept["growth_rate"], 0),
        ),
        "P5": _all(
            pc.greater_equal(cash["share_below_100"], 0.30),
            pc.greater_equal(cash["swing_weeks"], 3),
        ),
    }


_MODULES = ("subscriptions", "savings", "credit", "income", "cash_flow")


def _long(rows: pa.RecordBatch) -> pa.RecordBatch:
    return rows.filter(pc.equal(rows.column("window_days"), LONG))


def _all(*flags: pa.Array) -> pa.Array:
    """Where all hold; what is null does not."""
    return pc.fill_null(_folded(flags), False)


def _folded(flags: tuple[pa.Array, ...]) -> pa.Array:
    first, *more = flags
    for each in more:
        first = pc.and_(first, each)
    return first


def _true(flags: pa.Array) -> int:
    return int(pc.sum(flags).as_py() or 0)


def _without(values: pa.Array, known: pa.Array) -> int:
    """Values that are not among those known."""
    return len(values) - _true(pc.is_in(values, value_set=known))


def _users_without_account(rows: Batches) -> int:
    return _without(rows["users"].column("user_id"), rows["accounts"].column("user_id"))


def _accounts_without_user(rows: Batches) -> int:
    return _without(rows["accounts"].column("user_id"), rows["users"].column("user_id"))


def _dates_out_of_range(order: Order, rows: pa.RecordBatch) -> int:
    dates = rows.column("date")
    run = order.run
    early, late = pc.less(dates, pa.scalar(run.first_day)), pc.greater(dates, run.last_day)
    return _true(early) + _true(late)


def _credit_without_liability(rows: Batches) -> int:
    accounts = rows["accounts"]
    cards = accounts.filter(pc.is_in(accounts.column("account_type"), _CREDIT))
    return _without(cards.column("account_id"), rows["liabilities"].column("account_id"))


_CREDIT = pa.array(["credit_card", "student_loan"])


def _business_accounts(rows: Batches) -> int:
    return _true(pc.not_equal(rows["accounts"].column("holder_category"), "personal"))


def _real_pii(rows: Batches) -> int:
    """E-mails that could reach somebody, and names that are not of the pools of invented ones."""
    users = rows["users"]
    reaching = len(users) - _true(pc.ends_with(users.column("email"), NOBODYS_DOMAIN))
    return reaching + sum(not _invented(name) for name in users.column("name").to_pylist())


def _invented(name: str) -> bool:
    first, last = _names()
    words = name.split(" ")
    cuts = range(1, len(words))
    return any(" ".join(words[:at]) in first and " ".join(words[at:]) in last for at in cuts)


@lru_cache(maxsize=1)
def _names() -> tuple[frozenset[str], frozenset[str]]:
    return frozenset(pools.pool("first_names")), frozenset(pools.pool("last_names"))


_FAULTS: dict[str, Callable[[Batches], int]] = {
    "users_have_account": _users_without_account,
    "accounts_have_user": _accounts_without_user,
    "credit_has_liability": _credit_without_liability,
    "no_business_accounts": _business_accounts,
    "no_real_pii": _real_pii,
}
CHECKS = (
    "users_have_account",
    "accounts_have_user",
    DATES,
    "credit_has_liability",
    "consent_distribution",
    "persona_coverage",
    "no_business_accounts",
    "no_real_pii",
)


def _plain(found: Seen) -> list[tuple[str, int]]:
    return [(name, found.faults[name]) for name in (*_FAULTS, DATES)]


def _consent(found: Seen) -> tuple[bool, dict[str, Any]]:
    share = found.consented / found.users
    low, high = CONSENT
    return low <= share <= high, {"share": round(share, 4), "range": list(CONSENT)}


def _coverage(found: Seen) -> tuple[bool, dict[str, Any]]:
    fewest = min(found.personas[name] for name in PERSONAS)
    return fewest >= LEAST_USERS, {"fewest": fewest, "required": LEAST_USERS}


def _judged(
    order: Order, found: Seen, name: str, result: tuple[bool, dict[str, Any]]
) -> dict[str, Any]:
    """A check of a distribution, which small data sets and everyday's people need not meet."""
    passed, more = result
    note = None
    if order.preset != "archetypes":
        note = f"not judged in the preset {order.preset}"
    elif found.users < JUDGED_FROM:
        note = f"not judged below {JUDGED_FROM} users"
    if note:
        return {"name": name, "passed": True, **more, "note": note}
    return {"name": name, "passed": passed, **more}
