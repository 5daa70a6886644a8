"""Takes a database and the columns that checks read, gives them as tables in DuckDB.

The server writes CSV by COPY, pyarrow reads it into typed columns: money as exact decimals, at
two to three times the speed of ADBC (docs/decisions/0012). A block at a time, so memory is flat.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from psycopg import sql

from dhub.errors import DatabaseFailed
from dhub.estate.ledger import Connection

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

# Large enough that a block's fixed costs vanish, small enough that six of them hardly count, which
# are held as text, as columns, and as DuckDB's.
_BLOCK = 4 << 20

_TABLE = re.compile(r"\b(\w+_db)\.(\w+)")
_WORD = re.compile(r"\w+")
_NUMERIC = re.compile(r"numeric\((\d+),(\d+)\)")

_COLUMNS = """
SELECT c.relname::text, a.attname::text, format_type(a.atttypid, a.atttypmod), a.attnotnull
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
WHERE c.relnamespace = to_regnamespace('public') AND c.relkind IN ('r', 'p')
    AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY c.relname, a.attnum
"""

Needs = Mapping[str, Mapping[str, frozenset[str]]]  # database → table → words that may be columns


@dataclass(frozen=True)
class Column:
    """A column as the server's catalogue tells it."""

    name: str
    kind: str
    required: bool


Columns = Mapping[str, tuple[Column, ...]]  # table → its columns


def needs(texts: Iterable[str]) -> Needs:
    """The tables that SQL texts name, each with all words beside it: its columns are among them."""
    found: dict[str, dict[str, set[str]]] = {}
    for text in texts:
        words = set(_WORD.findall(text))
        for database, table in _TABLE.findall(text):
            found.setdefault(database, {}).setdefault(table, set()).update(words)
    return {
        database: {table: frozenset(words) for table, words in tables.items()}
        for database, tables in found.items()
    }


def columns(conn: Connection) -> Columns:
    """The tables of schema public with their columns, in order."""
    found: dict[str, list[Column]] = {}
    for table, name, kind, required in conn.execute(_COLUMNS):
        found.setdefault(table, []).append(Column(name, kind, required))
    return {table: tuple(each) for table, each in found.items()}


def fetch(
    conn: Connection,
    into: duckdb.DuckDBPyConnection,
    database: str,
    table: str,
    wanted: Iterable[Column],
) -> int:
    """Copy these columns of a table into DuckDB's `database.table`; gives the rows."""
    chosen = tuple(wanted)
    target, made, rows = f'{database}."{table}"', False, 0
    names = sql.SQL(", ").join(map(_written, chosen))
    query = sql.SQL("COPY (SELECT {} FROM public.{}) TO STDOUT (FORMAT csv)")
    for block in blocks(conn, query.format(names, sql.Identifier(table)), _BLOCK):
        into.register("block", _read(block, chosen, f"{database}.{table}"))
        into.execute(
            f"{f'INSERT INTO {target}' if made else f'CREATE TABLE {target} AS'} FROM block"
        )
        counted = into.fetchone()
        rows += counted[0] if counted else 0
        into.unregister("block")
        made = True
    return rows


def blocks(conn: Connection, query: sql.Composed, size: int) -> Iterator[bytearray]:
    """What the COPY sends, cut between rows behind `size` bytes; one empty block if no row."""
    buffer, sent = bytearray(), False
    with conn.cursor().copy(query) as copy:
        for row in copy:
            buffer += row
            if len(buffer) >= size:
                yield buffer
                buffer, sent = bytearray(), True
    if buffer or not sent:
        yield buffer


def _written(column: Column) -> sql.Composable:
    """How the server writes the column: instants without their zone, which is always UTC."""
    name = sql.Identifier(column.name)
    if column.kind == "timestamp with time zone":
        return sql.SQL("{} AT TIME ZONE 'UTC'").format(name)
    return name


def _read(block: bytearray, chosen: tuple[Column, ...], where: str) -> pa.Table:
    """The block as typed columns.

    Raises DatabaseFailed for a value that no such column of ours may hold (an infinite date).
    """
    import pyarrow as pa

    try:
        return parsed(block, {column.name: _kind(column.kind) for column in chosen})
    except pa.ArrowInvalid as error:
        raise DatabaseFailed(f"{where} holds a value that cannot be read: {error}.") from error


def parsed(block: bytes | bytearray, kinds: Mapping[str, pa.DataType]) -> pa.Table:
    """Lines of the server's CSV as typed columns; ArrowInvalid for a value of no such type."""
    import pyarrow as pa
    from pyarrow import csv

    if not block:
        return pa.schema(dict(kinds)).empty_table()
    return csv.read_csv(
        pa.BufferReader(pa.py_buffer(block)),
        read_options=csv.ReadOptions(column_names=list(kinds), block_size=4 << 20),
        parse_options=csv.ParseOptions(newlines_in_values=True),
        convert_options=csv.ConvertOptions(
            column_types=dict(kinds),
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
            null_values=[""],
            true_values=["t"],
            false_values=["f"],
        ),
    )


def _kind(name: str) -> Any:
    """The Arrow type of a PostgreSQL type; what is not listed is read as text."""
    import pyarrow as pa

    if match := _NUMERIC.fullmatch(name):
        return pa.decimal128(int(match[1]), int(match[2]))
    plain = {
        "bigint": pa.int64(),
        "integer": pa.int32(),
        "smallint": pa.int16(),
        "boolean": pa.bool_(),
        "date": pa.date32(),
        "timestamp with time zone": pa.timestamp("us"),
        "double precision": pa.float64(),
        "numeric": pa.decimal128(38, 10),
    }
    return plain.get(name, pa.string())
