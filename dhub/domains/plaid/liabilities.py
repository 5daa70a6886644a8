"""Takes a shard, gives the rows of `liabilities`: one for each card and student loan."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from dhub.domains.plaid.keys import account_ids, by_liability_id, liability_ids, user_ids
from dhub.draw import text
from dhub.model import Coded, Column, Maybe, Rows, Shard, Table
from dhub.world.outside.kinds import CREDIT_CARD
from dhub.world.outside.plan import Liabilities
from dhub.world.outside.plans import expected, held, slices
from dhub.world.outside.run import SHARD_USERS
from dhub.world.outside.users import users

Int = NDArray[np.int64]

_TYPES = ("credit_card", "student_loan")


def liability_rows(shard: Shard) -> Rows:
    """One row for each card and loan, by owner and id."""
    return _rows(shard, 0, SHARD_USERS)


def liability_slices(shard: Shard) -> Iterator[Rows]:
    """The same rows, some users at a time."""
    for low, high in slices(shard):
        yield _rows(shard, low, high)


def _rows(shard: Shard, low: int, high: int) -> Rows:
    accounts, whole = held(shard, low, high)
    order = by_liability_id(shard, accounts, whole.account)
    owed = Liabilities(*(getattr(whole, name)[order] for name in Liabilities.__dataclass_fields__))
    card = accounts.kind[owed.account] == CREDIT_CARD
    owner, only = accounts.owner[owed.account], np.where(card, 0, -1)
    columns = {
        "liability_id": liability_ids(shard, accounts, owed.account),
        "account_id": text.text(account_ids(shard, accounts), owed.account),
        "user_id": user_ids(users(shard).number[owner]),
        "liability_type": Coded(np.where(card, 0, 1), _TYPES),
        "apr_percentage": Maybe(owed.rate, card),
        "apr_type": Coded(only, ("purchase_apr",)),
        "interest_rate": Maybe(owed.rate, ~card),
        "interest_rate_type": Coded(-1 - only, ("fixed",)),
        "minimum_payment_amount": owed.minimum,
        "last_payment_amount": Maybe(owed.paid, owed.paid > 0),
        "last_payment_date": _days(np.where(owed.paid > 0, owed.paid_on, _NEVER)),
        "last_statement_balance": owed.statement,
        "last_statement_issue_date": _days(owed.issued),
        "next_payment_due_date": _days(owed.due),
        "is_overdue": owed.overdue,
    }
    return Rows(columns, owner)


_NEVER = int(np.iinfo(np.int64).min)  # NaT


def _days(days: Int) -> NDArray[np.datetime64]:
    return days.astype("datetime64[D]")


TABLE = Table(
    name="liabilities",
    phase=2,
    key="",
    columns=(
        Column("liability_id", "text"),
        Column("account_id", "text"),
        Column("user_id", "text"),
        Column("liability_type", "text"),
        Column("apr_percentage", "numeric(5,2)", null=True),
        Column("apr_type", "text", null=True),
        Column("interest_rate", "numeric(5,2)", null=True),
        Column("interest_rate_type", "text", null=True),
        Column("minimum_payment_amount", "numeric(12,2)", null=True),
        Column("last_payment_amount", "numeric(12,2)", null=True),
        Column("last_payment_date", "date", null=True),
        Column("last_statement_balance", "numeric(14,2)", null=True),
        Column("last_statement_issue_date", "date", null=True),
        Column("next_payment_due_date", "date", null=True),
        Column("is_overdue", "boolean"),
    ),
    expected=lambda run, users: expected(run)[1] * users,
    rows=liability_rows,
    slices=liability_slices,
    natural_keys=("liability_id",),
)
