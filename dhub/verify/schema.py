"""Takes a database's migrations, gives what they state: columns, constraints, indexes by name."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache

from dhub.estate.ledger import Connection
from dhub.shipped import migrations_dir

FOREIGN_KEY, PRIMARY_KEY, UNIQUE, CHECK = "FOREIGN KEY", "PRIMARY KEY", "UNIQUE", "CHECK"

_TABLE = re.compile(r"^CREATE TABLE public\.(\w+) \(\n(.*?)^\);", re.M | re.S)
_COLUMN = re.compile(r"^    ([a-z_]+) +([a-z]+(?:\([\d,]+\))?)( +NOT NULL)?,?", re.M)
_CONSTRAINT = re.compile(r"CONSTRAINT (\w+) (FOREIGN KEY|PRIMARY KEY|UNIQUE|CHECK)")
_INDEX = re.compile(r"^CREATE (?:UNIQUE )?INDEX (\w+)", re.M)
# What is derived from the bank is not part of its being whole: `dhub db refresh` fills it anew.
_MART = re.compile(r"^CREATE TABLE reporting\.\w+ \(\n.*?^\);", re.M | re.S)

# PostgreSQL 18 can hold a constraint that it does not enforce; older ones lack that column.
_THERE = """
SELECT conname::text FROM pg_constraint WHERE connamespace = to_regnamespace('public')
    AND convalidated AND coalesce((to_jsonb(pg_constraint) ->> 'conenforced')::boolean, true)
UNION ALL
SELECT i.relname::text FROM pg_index JOIN pg_class i ON i.oid = indexrelid
WHERE i.relnamespace = to_regnamespace('public') AND indisvalid
"""


@dataclass(frozen=True)
class Stated:
    """What the migrations of a database make, and do not take back."""

    columns: frozenset[tuple[str, str, bool]]  # table, column, NOT NULL
    constraints: frozenset[tuple[str, str]]  # name, kind
    indexes: frozenset[str]

    def constraints_of(self, kinds: Collection[str]) -> frozenset[str]:
        """The names of constraints of these kinds."""
        return frozenset(name for name, kind in self.constraints if kind in kinds)


@cache
def stated(database: str) -> Stated:
    """Read the migrations, schema public only; every constraint in them has a name."""
    text = "\n".join(
        file.read_text(encoding="utf-8")
        for file in sorted((migrations_dir() / database).glob("*.sql"))
    )
    text = _MART.sub("", text)
    columns = {
        (table, name, bool(required))
        for table, body in _TABLE.findall(text)
        for name, _, required in _COLUMN.findall(body)
    }
    return Stated(
        frozenset(columns),
        frozenset(_CONSTRAINT.findall(text)),
        frozenset(_INDEX.findall(text)),
    )


def there(conn: Connection) -> frozenset[str]:
    """The names of constraints that are validated, and of indexes that are valid."""
    return frozenset(row[0] for row in conn.execute(_THERE))
