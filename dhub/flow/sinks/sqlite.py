"""Takes batches, gives rows of SQLite: one file that holds the tables of all databases.

Money and rates are NUMERIC: SQLite keeps what is no whole number in 8 bytes, which give back up to
15 digits as they were, so that a value compares and prints as the decimal it is. As text it would
compare letter by letter ('99.00' > '100.00'), as cents it would no longer be the same value.
"""

from __future__ import annotations

import pickle
import sqlite3
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dhub.errors import Fault
from dhub.flow.encode import arrow_type
from dhub.flow.sinks.text import address_text
from dhub.model import Column, Table

# A double gives back so many digits of any decimal.
_EXACT = 10**15
_DECLARED = {
    "bigint": "INTEGER", "integer": "INTEGER", "smallint": "INTEGER", "boolean": "BOOLEAN",
    "date": "DATE", "timestamptz": "TIMESTAMP", "timestamp": "TIMESTAMP", "text": "TEXT",
    "jsonb": "TEXT", "inet": "TEXT", "double precision": "REAL",
}  # fmt: skip


def message(table: Table, rows: pa.RecordBatch) -> bytes:
    """A batch as bytes that can be sent to the process that writes: values of SQLite, by column."""
    columns = zip(table.columns, rows.columns, strict=True)
    return pickle.dumps([_values(column, values) for column, values in columns], protocol=5)


class SqliteTable:
    """Inserts the rows of a table, in the order in which they come."""

    def __init__(self, conn: sqlite3.Connection, name: str, table: Table) -> None:
        self._conn = conn
        marks = ", ".join("?" * len(table.columns))
        self._insert = f"INSERT INTO {quoted(name)} VALUES ({marks})"

    def add(self, data: bytes) -> None:
        """Insert the rows of a slice."""
        self._conn.executemany(self._insert, zip(*pickle.loads(data), strict=True))

    def close(self) -> None:
        """All is inserted."""


def names(tables: Iterable[tuple[str, Table]]) -> dict[tuple[str, str], str]:
    """What each table is called: as in its database, with that before it where two collide."""
    listed = list(tables)
    often = Counter(table.name for _, table in listed)
    return {
        (database, table.name): table.name if often[table.name] == 1 else f"{database}_{table.name}"
        for database, table in listed
    }


def declared(column: Column) -> str:
    """A column as SQLite declares it."""
    kind = _DECLARED.get(column.type, column.type.upper().replace(" ", ""))
    return f"{quoted(column.name)} {kind}{'' if column.null else ' NOT NULL'}"


def quoted(name: str) -> str:
    """A name that may be a word of SQL."""
    return f'"{name}"'


def listed(columns: Sequence[str]) -> str:
    """Columns of a key."""
    return ", ".join(map(quoted, columns))


def _values(column: Column, values: pa.Array) -> list[Any]:
    """A column as Python's numbers and texts, None for null."""
    kind = arrow_type(column)
    if pa.types.is_decimal(kind):
        return _decimals(column, values, kind.scale)
    if column.type == "inet":
        values = address_text(values)
    elif pa.types.is_boolean(kind):
        values = values.cast(pa.int8())
    elif pa.types.is_timestamp(kind):
        values = _instants(values)
    elif pa.types.is_date(kind):
        values = values.cast(pa.string())
    found: list[Any] = values.to_pylist()
    return found


def _decimals(column: Column, values: pa.Array, scale: int) -> list[Any]:
    """Decimals as the nearest doubles; Fault for more digits than these can give back."""
    words = values.type.bit_width // 64
    digits = np.frombuffer(values.buffers()[1] or b"", dtype=np.int64)[::words]
    digits = digits[values.offset : values.offset + len(values)]
    if len(digits) and np.abs(digits).max() >= _EXACT:
        raise Fault(f"{column.name}: a value of more than 15 digits is not exact in SQLite")
    found: list[Any] = (digits / 10**scale).tolist()
    if values.null_count:
        there = values.is_valid().to_pylist()
        found = [each if valid else None for each, valid in zip(found, there, strict=True)]
    return found


def _instants(values: pa.Array) -> pa.Array:
    """Instants in UTC as SQLite's functions read them: 2026-01-31 09:30:00, fractions if any."""
    text = values.cast(pa.timestamp("us")).cast(pa.string())
    return pc.utf8_rtrim(pc.utf8_rtrim(text, "0"), ".")
