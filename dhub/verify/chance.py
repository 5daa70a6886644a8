"""Takes a question and a sight of the tables, gives how far chance alone may move its answer.

Rows are no independent draws: an account has many transactions, a customer several accounts. So
the customers are dealt into groups, the question is asked again without each group in turn, and
the standard error follows from how much the answers differ (the delete-a-group jackknife; Shao and
Tu, The Jackknife and Bootstrap, 1995, 2.3). It needs no formula of the figure's own, so it holds
for a share, a median, an entropy or a rank correlation alike; the price is asking `GROUPS` times.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from dhub.verify.fetch import Needs
from dhub.verify.schema import stated
from dhub.verify.sight import Sight

Row = tuple[Any, ...]
Columns = Mapping[str, set[str]]  # database.table → its columns
Named = Callable[[list[Row]], dict[str, float]]  # the rows of an answer → its numbers by name

# Twenty: with fewer the error itself is uncertain, with more nothing is won for the time.
GROUPS = 20

_TABLE = re.compile(r"\b(\w+_db)\.(?=\w)")
# Whose row it is: the first of these that is never null. A row of none of them is everybody's.
_OWNERS = (
    "customer_id", "customer_key", "account_id", "loan_id", "policy_id", "sar_id", "employee_id",
    "entity_id",
)  # fmt: skip
# Of an account, a loan, a policy or a report the customer counts, where the table knows him.
_HELD = {
    "account_id": "accounts_db.accounts",
    "loan_id": "loans_db.loans",
    "policy_id": "insurance_db.policies",
    "sar_id": "compliance_db.suspicious_activity_reports",
}
# A group from a key: mixed first, since keys go by place, and places by blocks; 31 bits of it, so
# that the product is one of 64.
_GROUP = f"({{key}} % 2147483648 * 2654435761) % 4294967296 // 65536 % {GROUPS}"


def group_of(key: Any) -> Any:
    """The groups of keys, an array of whole numbers, as the questions deal them."""
    return key % 2147483648 * 2654435761 % 4294967296 // 65536 % GROUPS


def standard_errors(see: Sight, query: str, numbers: Named) -> dict[str, float]:
    """The standard error of each number of the answer, by groups of customers left out in turn."""
    lessened = _TABLE.sub(r"without_\1.", query)
    answers = []
    for group in range(GROUPS):
        see.duck.execute(f"SET VARIABLE left_out = {group}")
        answers.append(numbers(see.ask(lessened)))
    names = set.intersection(*(set(answer) for answer in answers))
    return {name: _error([answer[name] for answer in answers]) for name in names}


def _error(answers: Sequence[float]) -> float:
    """From the answers without each group: they differ by a GROUPS-th of what groups differ by."""
    mean = sum(answers) / len(answers)
    squares = sum((answer - mean) ** 2 for answer in answers)
    return math.sqrt(squares * (len(answers) - 1) / len(answers))


def texts(needed: Needs) -> list[str]:
    """SQL that names the columns which tell whose row it is, so that they are fetched."""
    found = [f"SELECT {owner} FROM {name}" for name, owner in _owned(_named(needed))]
    held = {_HELD[owner]: owner for _, owner in _owned(_named(needed)) if owner in _HELD}
    return found + [f"SELECT {key}, customer_id FROM {name}" for name, key in held.items()]


def prepare(see: Sight) -> None:
    """Make a view of each table that has the rows of all groups but the one left out."""
    see.duck.execute("SET VARIABLE left_out = -1")
    there = _there(see)
    owners = dict(_owned(there, there))
    for database in sorted({name.partition(".")[0] for name in there}):
        see.duck.execute(f"CREATE SCHEMA without_{database}")
    for name in there:
        where = _others(name, owners.get(name), there)
        see.duck.execute(f"CREATE VIEW without_{name} AS SELECT * FROM {name}{where}")


def _others(name: str, owner: str | None, there: Columns) -> str:
    """The condition that leaves a group out; none where nothing tells whose row it is."""
    holder = _HELD.get(owner or "")
    known = {owner, "customer_id"} if holder else {owner}
    if owner is None or owner not in there[name] or not known <= there.get(holder or name, set()):
        return ""
    group = f"{_GROUP.format(key='customer_id' if holder else owner)} <> getvariable('left_out')"
    if holder is None:
        return f" WHERE {group}"
    return f" WHERE {owner} IN (SELECT {owner} FROM {holder} WHERE {group})"


def _named(needed: Needs) -> Iterable[str]:
    return [f"{database}.{table}" for database, tables in needed.items() for table in tables]


def _there(see: Sight) -> Columns:
    """The tables that were fetched, with their columns: each database is a schema."""
    query = (
        "SELECT schema_name, table_name, column_name FROM duckdb_columns()"
        " WHERE NOT internal AND schema_name <> 'main' AND NOT starts_with(schema_name, 'without_')"
    )
    found: dict[str, set[str]] = {}
    for database, table, column in see.ask(query):
        found.setdefault(f"{database}.{table}", set()).add(column)
    return found


def _owned(names: Iterable[str], made: Columns | None = None) -> Iterator[tuple[str, str]]:
    """The tables with the column that tells whose row it is, as the migrations state them; of one
    that was `made` of others here, as it is."""
    for name in names:
        database, _, table = name.partition(".")
        columns = [each for each in stated(database).columns if each[0] == table]
        required = {column for _, column, there in columns if there}
        if not columns and made:
            required = made[name]
        if owner := next((each for each in _OWNERS if each in required), None):
            yield name, owner
