"""Takes nothing, gives the four tables of Plaid-style data: columns, kinds, lists, references.

What a validator asks of anybody's files and what a database of them looks like both stand here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from dhub.plaid.categories import DETAILED, PRIMARY

Kind = Literal["text", "number", "date", "instant", "boolean", "email", "json"]


@dataclass(frozen=True)
class Column:
    """A column: `required` in anybody's data; `filled` is NOT NULL in the database, too."""

    name: str
    kind: Kind = "text"
    required: bool = False
    filled: bool = False
    values: frozenset[str] = frozenset()  # all that it may say; empty: anything
    refers: str = ""  # the table whose key it names
    unique: bool = False  # letters' case apart
    in_window: bool = False  # lies in the dates that metadata.json names
    default: str = ""  # SQL


@dataclass(frozen=True)
class TableSchema:
    """A table; its key is its first column."""

    name: str
    columns: tuple[Column, ...]

    @property
    def key(self) -> str:
        return self.columns[0].name

    @property
    def required(self) -> tuple[str, ...]:
        return tuple(each.name for each in self.columns if each.required)

    @property
    def file(self) -> str:
        """The name of its file, without what tells the format."""
        return f"synthetic_{self.name}"


def _words(*values: str) -> frozenset[str]:
    return frozenset(values)


def _key(name: str) -> Column:
    return Column(name, required=True)


def _of(table: str, name: str) -> Column:
    return Column(name, required=True, filled=True, refers=table)


_CURRENCY = Column("iso_currency_code", values=_words("USD"), default="'USD'")

USERS = TableSchema(
    "users",
    (
        _key("user_id"),
        Column("name", required=True, filled=True),
        Column("email", "email", required=True, unique=True),
        Column("created_at", "instant", default="CURRENT_TIMESTAMP"),
        Column("consent_status", "boolean", filled=True),
        Column("consent_updated_at", "instant"),
        Column("metadata", "json", required=True),
    ),
)

ACCOUNTS = TableSchema(
    "accounts",
    (
        _key("account_id"),
        _of("users", "user_id"),
        Column(
            "account_type",
            required=True,
            filled=True,
            values=_words(
                "checking", "savings", "credit_card", "student_loan", "money_market", "hsa",
                "mortgage",
            ),
        ),
        Column("account_subtype"),
        Column("plaid_type", values=_words("depository", "credit", "loan")),
        Column("name"),
        Column("official_name"),
        Column("mask"),
        Column("institution_name"),
        Column("balance_available", "number"),
        Column("balance_current", "number", required=True),
        Column("balance_limit", "number"),
        _CURRENCY,
        Column("holder_category", values=_words("personal")),
    ),
)  # fmt: skip

TRANSACTIONS = TableSchema(
    "transactions",
    (
        _key("transaction_id"),
        _of("accounts", "account_id"),
        _of("users", "user_id"),
        Column("date", "date", required=True, filled=True, in_window=True),
        Column("authorized_date", "date"),
        Column("amount", "number", required=True, filled=True),
        _CURRENCY,
        Column("name"),
        Column("merchant_name"),
        Column("payment_channel", values=_words("online", "in store", "other")),
        Column("category_primary", values=PRIMARY),
        Column("category_detailed", values=DETAILED),
        Column("pending", "boolean", default="0"),
        Column("location_city"),
        Column("location_region"),
        Column("location_postal_code"),
    ),
)

LIABILITIES = TableSchema(
    "liabilities",
    (
        _key("liability_id"),
        _of("accounts", "account_id"),
        _of("users", "user_id"),
        Column(
            "liability_type",
            required=True,
            filled=True,
            values=_words("credit_card", "student_loan", "mortgage"),
        ),
        Column("apr_percentage", "number"),
        # Plaid's kinds of a card's APR, and the two that the requirements list.
        Column(
            "apr_type",
            values=_words(
                "purchase_apr", "balance_transfer_apr", "cash_apr", "special", "fixed", "variable"
            ),
        ),
        Column("interest_rate", "number"),
        Column("interest_rate_type", values=_words("fixed", "variable")),
        Column("minimum_payment_amount", "number"),
        Column("last_payment_amount", "number"),
        Column("last_payment_date", "date"),
        Column("last_statement_balance", "number"),
        Column("last_statement_issue_date", "date"),
        Column("next_payment_due_date", "date"),
        Column("is_overdue", "boolean", default="0"),
    ),
)

# What others point to comes first.
TABLES = (USERS, ACCOUNTS, TRANSACTIONS, LIABILITIES)
BY_NAME = {table.name: table for table in TABLES}

# Empty in every database that is made here: whoever builds on the data fills them.
FURTHER = (
    "user_signals", "signal_metadata",
    "user_streaks", "daily_rings", "user_levels", "completed_actions", "daily_recaps",
    "user_personas", "recommendations", "user_consent",
)  # fmt: skip

_INDEXES = (
    ("accounts", "user_id"),
    ("transactions", "user_id, date"),
    ("transactions", "account_id"),
    ("liabilities", "user_id"),
)
_SQLITE = {
    "text": "TEXT", "number": "REAL", "date": "DATE", "instant": "TIMESTAMP",
    "boolean": "BOOLEAN", "email": "TEXT", "json": "TEXT",
}  # fmt: skip


def sqlite_tables() -> list[str]:
    """The statements that make what is not there of the fourteen tables."""
    made = [f"CREATE TABLE IF NOT EXISTS {table.name} ({_body(table)})" for table in TABLES]
    body = "id INTEGER PRIMARY KEY, user_id TEXT, created_at TIMESTAMP, data TEXT"
    return made + [f"CREATE TABLE IF NOT EXISTS {name} ({body})" for name in FURTHER]


def sqlite_indexes() -> list[str]:
    """The statements that make their indexes."""
    return [
        f"CREATE INDEX IF NOT EXISTS idx_{table}_{columns.replace(', ', '_')} ON {table}({columns})"
        for table, columns in _INDEXES
    ]


def _body(table: TableSchema) -> str:
    columns = [_declared(column, table.key) for column in table.columns]
    for column in table.columns:
        if column.refers:
            parent = BY_NAME[column.refers]
            named = f"FOREIGN KEY ({column.name}) REFERENCES {parent.name}({parent.key})"
            columns.append(named)
    return ", ".join(columns)


def _declared(column: Column, key: str) -> str:
    words = [column.name, _SQLITE[column.kind]]
    words += ["PRIMARY KEY"] if column.name == key else []
    words += ["NOT NULL"] if column.filled else []
    words += ["UNIQUE"] if column.unique else []
    words += [f"DEFAULT {column.default}"] if column.default else []
    return " ".join(words)
