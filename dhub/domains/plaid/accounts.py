"""Takes a shard, gives the rows of `accounts`: those of its users, all at other institutions."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from dhub.domains.plaid.keys import account_ids, account_places, by_account_id, user_ids
from dhub.draw import Stream, stream, text
from dhub.model import Coded, Column, Maybe, Rows, Shard, Table
from dhub.world.outside.kinds import CREDIT_CARD, PLAID_TYPES, STUDENT_LOAN, SUBTYPES, TYPES
from dhub.world.outside.payees import payee_names
from dhub.world.outside.plan import Accounts
from dhub.world.outside.plans import expected, held, plan, slices
from dhub.world.outside.run import SHARD_USERS
from dhub.world.outside.users import users

Int = NDArray[np.int64]

_CALLED = (
    ("Everyday Checking", "Free Checking", "Select Checking", "Direct Checking"),
    ("Savings", "High Yield Savings", "Goal Savings", "Growth Savings"),
    ("Money Market", "Premium Money Market", "Money Market Plus", "Relationship Money Market"),
    ("HSA", "Health Savings", "Health Savings Plus", "HSA Direct"),
    ("Rewards Card", "Cash Back Card", "Platinum Card", "Travel Card"),
    ("Student Loan", "Education Loan", "Graduate Loan", "Student Loan Repayment"),
)
_PRODUCTS = tuple(name for kind in _CALLED for name in kind)
_EACH = len(_CALLED[0])
_SAID = ("Account", "Account", "Account", "Account", "Credit Card", "")


def account_rows(shard: Shard) -> Rows:
    """One row an account, by owner and id."""
    return _rows(shard, 0, SHARD_USERS)


def account_slices(shard: Shard) -> Iterator[Rows]:
    """The same rows, some users at a time."""
    for low, high in slices(shard):
        yield _rows(shard, low, high)


def _rows(shard: Shard, low: int, high: int) -> Rows:
    whole, _ = held(shard, low, high)
    order = by_account_id(shard, whole)
    a = Accounts(*(getattr(whole, name)[order] for name in Accounts.__dataclass_fields__))
    pending = _pending(shard, low, high, len(whole))[order]
    loan = a.kind == STUDENT_LOAN
    free = np.where(a.kind == CREDIT_CARD, a.limit - a.current, a.current) - pending
    name, official = _names(shard, a)
    columns = {
        "account_id": account_ids(shard, a),
        "user_id": user_ids(users(shard).number[a.owner]),
        "account_type": Coded(a.kind, TYPES),
        "account_subtype": Coded(a.kind, SUBTYPES),
        "plaid_type": Coded(a.kind, PLAID_TYPES),
        "name": name,
        "official_name": official,
        "mask": text.digits(_draw(shard, "mask").below(account_places(shard, a), 10_000), 4),
        "institution_name": Coded(a.institution, payee_names()),
        "balance_available": Maybe(free, ~loan),
        "balance_current": a.current,
        "balance_limit": Maybe(a.limit, a.kind == CREDIT_CARD),
        "iso_currency_code": Coded(np.zeros(len(a), dtype=np.int64), ("USD",)),
        "holder_category": Coded(np.zeros(len(a), dtype=np.int64), ("personal",)),
    }
    return Rows(columns, a.owner)


def _pending(shard: Shard, low: int, high: int, accounts: int) -> Int:
    """Cents of each account's rows that are not posted yet."""
    rows = plan(shard, low, high).events
    rows = rows.take(rows.pending)
    held_back = np.zeros(accounts, dtype=np.int64)
    np.add.at(held_back, rows.account, rows.cents)
    return held_back


def _names(shard: Shard, a: Accounts) -> tuple[object, object]:
    """Brindlewick Rewards Card, and as a contract has it."""
    draw = _draw(shard, "product")
    product = a.kind * _EACH + draw.below(account_places(shard, a), _EACH)
    short = tuple(name.split()[0] for name in payee_names())
    name = text.join([Coded(a.institution, short), Coded(product, _PRODUCTS)], " ")
    official = text.join([Coded(a.institution, payee_names()), Coded(product, _official())], " ")
    return name, official


def _official() -> tuple[str, ...]:
    """The products with what they are, unless their name says it."""
    made = []
    for number, product in enumerate(_PRODUCTS):
        said = _SAID[number // _EACH]
        made.append(f"{product.removesuffix(' Card')} {said}".strip())
    return tuple(made)


def _draw(shard: Shard, name: str) -> Stream:
    return stream(shard.run.seed, f"outside.account.{name}")


TABLE = Table(
    name="accounts",
    phase=1,
    key="",
    columns=(
        Column("account_id", "text"),
        Column("user_id", "text"),
        Column("account_type", "text"),
        Column("account_subtype", "text"),
        Column("plaid_type", "text"),
        Column("name", "text"),
        Column("official_name", "text"),
        Column("mask", "text"),
        Column("institution_name", "text"),
        Column("balance_available", "numeric(14,2)", null=True),
        Column("balance_current", "numeric(14,2)"),
        Column("balance_limit", "numeric(14,2)", null=True),
        Column("iso_currency_code", "text"),
        Column("holder_category", "text"),
    ),
    expected=lambda run, users: expected(run)[0] * users,
    rows=account_rows,
    slices=account_slices,
    natural_keys=("account_id",),
)
