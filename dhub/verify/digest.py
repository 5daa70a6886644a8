"""Takes an estate, gives the digest of each table as it stands beside the one that was recorded.

Rows are read by the ranges of keys in the ledger, a block at a time, so that memory is flat and
rows that somebody added elsewhere do not count.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from ipaddress import IPv4Address

import psycopg
import pyarrow as pa
from psycopg import IsolationLevel, sql

from dhub.errors import UsageError
from dhub.estate import digests, guard, ledger
from dhub.estate.connections import LOOKING, connect
from dhub.estate.databases import Estate
from dhub.estate.failures import failure
from dhub.estate.ledger import Connection
from dhub.flow.digest import shard_digest
from dhub.flow.encode import arrow_schema, arrow_type
from dhub.model import Column, Domain, Table
from dhub.verify.fetch import blocks, parsed

_INET_HEAD = bytes([2, 32, 0, 4])  # how the encoder begins an IPv4 address

# Six databases are read side by side: a block and its columns take some 20 MB in each.
_BLOCK = 4 << 20

UNREADABLE = "cannot be read"


@dataclass(frozen=True)
class TableDigest:
    """A table: its digest as recorded (None by an older dhub) and as computed from its rows."""

    database: str
    table: str
    recorded: str | None
    computed: str

    @property
    def same(self) -> bool:
        """Whether the rows are those that were loaded, as far as that was recorded."""
        return self.recorded in (None, self.computed)


@dataclass(frozen=True)
class Digests:
    """All tables of an estate; the digests of the estate follow from them."""

    tables: tuple[TableDigest, ...]

    @property
    def recorded(self) -> str | None:
        """The digest of the estate as loaded; None where an older dhub loaded some of it."""
        return digests.estate_digest({(t.database, t.table): t.recorded for t in self.tables})

    @property
    def computed(self) -> str | None:
        """The digest of the estate as it stands."""
        return digests.estate_digest({(t.database, t.table): t.computed for t in self.tables})

    @property
    def passed(self) -> bool:
        """Whether every table is as it was loaded."""
        return all(table.same for table in self.tables)


def digest_estate(
    estate: Estate, bank: Sequence[Domain], watch: Callable[[str], None] = lambda doing: None
) -> Digests:
    """Read the seeded rows of all databases side by side; `watch` is told what is being read.

    Raises UsageError when nothing is seeded, and what `connect` raises.
    """
    with ThreadPoolExecutor(len(bank)) as pool:
        found = list(pool.map(lambda domain: _of_database(estate, domain, watch), bank))
    tables = tuple(table for each in found for table in each)
    if not tables:
        raise UsageError("Nothing is seeded, so there is no digest. Try: dhub seed all --scale 0.1")
    return Digests(tables)


def _of_database(estate: Estate, domain: Domain, watch: Callable[[str], None]) -> list[TableDigest]:
    database = domain.database
    name = "dhub verify"
    with connect(estate, database, application_name=name, lock_timeout=LOOKING) as conn:
        conn.read_only = True
        conn.isolation_level = IsolationLevel.REPEATABLE_READ
        try:
            if not guard.marked(conn, database) or not ledger.installed(conn):
                return []
            known, spans = digests.recorded(conn), _spans(conn)
            found = []
            for table in (each for each in domain.tables if each.name in known):
                watch(f"reading {database}.{table.name}")
                computed = _computed(conn, table, spans[table.name])
                found.append(TableDigest(database, table.name, known[table.name], computed))
            return found
        except psycopg.Error as error:
            raise failure(error, database) from error


def _spans(conn: Connection) -> Mapping[str, list[tuple[int | None, int | None]]]:
    """First and last key of each shard of each table, in the order of the shards."""
    query = (
        "SELECT table_name, first_key, last_key FROM dhub.entries ORDER BY table_name, shard_index"
    )
    spans: dict[str, list[tuple[int | None, int | None]]] = {}
    for table, low, high in conn.execute(query):
        spans.setdefault(table, []).append((low, high))
    return spans


def _computed(
    conn: Connection, table: Table, spans: Iterable[tuple[int | None, int | None]]
) -> str:
    try:
        with conn.transaction():  # a savepoint: the next table is read all the same
            return digests.table_digest(
                shard_digest(table, _rows(conn, table, low, high)) for low, high in spans
            )
    except (pa.ArrowInvalid, psycopg.ProgrammingError):  # what no row of ours holds, or no table
        return UNREADABLE


def _rows(
    conn: Connection, table: Table, low: int | None, high: int | None
) -> Iterator[pa.RecordBatch]:
    """The rows of a range of keys, as the encoder has them."""
    kinds = {column.name: _kind(column) for column in table.columns}
    for block in [] if low is None else blocks(conn, _query(table, low, high), _BLOCK):
        found = parsed(block, kinds)
        arrays = [_shaped(column, found.column(column.name)) for column in table.columns]
        yield pa.RecordBatch.from_arrays(arrays, schema=arrow_schema(table))


def _query(table: Table, low: int, high: int | None) -> sql.Composed:
    names = sql.SQL(", ").join(map(_written, table.columns))
    query = sql.SQL(
        "COPY (SELECT {} FROM ONLY public.{} WHERE {key} BETWEEN {} AND {} ORDER BY {key})"
        " TO STDOUT (FORMAT csv)"
    )
    name, key = sql.Identifier(table.name), sql.Identifier(table.key)
    return query.format(names, name, low, high, key=key)


def _written(column: Column) -> sql.Composable:
    name = sql.Identifier(column.name)
    return sql.SQL("{} AT TIME ZONE 'UTC'").format(name) if column.type == "timestamptz" else name


def _kind(column: Column) -> pa.DataType:
    """What the reader of CSV makes of a column; the rest is a cast."""
    kind = arrow_type(column)
    if pa.types.is_decimal(kind):
        return pa.decimal128(kind.precision, kind.scale)
    if column.type == "timestamptz":
        return pa.timestamp("us")
    return pa.string() if column.type == "inet" else kind


def _shaped(column: Column, values: pa.ChunkedArray) -> pa.Array:
    array = values.combine_chunks()
    if column.type == "inet":
        return pa.array([_address(text) for text in array.to_pylist()], arrow_type(column))
    return array.cast(arrow_type(column))


def _address(text: str | None) -> bytes | None:
    try:
        return None if text is None else _INET_HEAD + IPv4Address(text).packed
    except ValueError as error:
        raise pa.ArrowInvalid(f"{text} is no address of ours") from error
