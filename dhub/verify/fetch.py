"""Takes a database and the columns that checks read, gives them as tables in DuckDB.

The server writes CSV by COPY, pyarrow reads it into typed columns: money as exact decimals, at
two to three times the speed of ADBC (docs/decisions/0012). A block at a time, so memory is flat,
and all blocks in one statement of DuckDB's, which then packs whole row groups and logs nothing.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from psycopg import errors, sql
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGconn
from psycopg.waiting import Wait

from dhub.errors import DatabaseFailed
from dhub.estate.ledger import Connection

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

# Large enough that a block's fixed costs vanish, small enough that those of several tables hardly
# count, which are held as text and as columns: 4 MB of each took 50 MB more in all.
_BLOCK = 1 << 20

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
    import duckdb
    import pyarrow as pa

    stream = _Stream(conn, f"{database}.{table}", tuple(wanted))
    with closing(stream.batches()) as batches:
        into.register("stream", pa.RecordBatchReader.from_batches(stream.schema, batches))
        try:
            into.execute(f'CREATE TABLE {database}."{table}" AS FROM stream')
        except duckdb.Error as error:
            raise stream.failure or error from None
        finally:
            into.unregister("stream")
    counted = into.fetchone()
    return int(counted[0]) if counted else 0


@dataclass
class _Stream:
    """Columns of a table, read while somebody asks for them; `failure` is what ended it early."""

    conn: Connection
    name: str
    chosen: tuple[Column, ...]
    failure: Exception | None = field(default=None, init=False)

    @property
    def schema(self) -> pa.Schema:
        import pyarrow as pa

        return pa.schema(self._kinds)

    @property
    def _kinds(self) -> dict[str, pa.DataType]:
        return {column.name: _kind(column.kind) for column in self.chosen}

    def batches(self) -> Generator[pa.RecordBatch, None, None]:
        """The rows; raises DatabaseFailed for a value that no such column of ours may hold (an
        infinite date)."""
        import pyarrow as pa

        kinds, table = self._kinds, self.name.partition(".")[2]
        names = sql.SQL(", ").join(map(_written, self.chosen))
        query = sql.SQL("COPY (SELECT {} FROM public.{}) TO STDOUT (FORMAT csv)")
        try:
            for block in blocks(self.conn, query.format(names, sql.Identifier(table)), _BLOCK):
                yield from parsed(block, kinds).to_batches()
        except pa.ArrowInvalid as error:
            said = f"{self.name} holds a value that cannot be read: {error}."
            self.failure = DatabaseFailed(said)
            raise
        except Exception as error:
            self.failure = error
            raise


def blocks(conn: Connection, query: sql.Composed, size: int) -> Iterator[bytearray]:
    """What the COPY sends, cut between rows behind `size` bytes; one empty block if no row."""
    sent, more = False, True
    with conn.cursor().copy(query):
        while more:
            buffer = bytearray()
            more = conn.wait(_filled(conn.pgconn, buffer, size))
            if buffer or not sent:
                yield buffer
                sent = True


def _filled(pgconn: PGconn, buffer: bytearray, size: int) -> Generator[Wait, Any, bool]:
    """Take rows until there are `size` bytes; gives whether more may come.

    psycopg's own loop waits for each row by itself, which takes twice as long as all the rest.
    """
    while len(buffer) < size:
        got, row = pgconn.get_copy_data(1)
        if got > 0:
            buffer += row
        elif got < 0:
            break
        else:
            yield from _heard(pgconn)
    else:
        return True
    while pgconn.is_busy():
        yield from _heard(pgconn)
    # All of them, also behind one that failed: the connection is not free before.
    ended = list(iter(pgconn.get_result, None))
    for failed in (each for each in ended if each.status != ExecStatus.COMMAND_OK):
        raise errors.error_from_result(failed)
    return False


def _heard(pgconn: PGconn) -> Generator[Wait, Any, None]:
    """Wait until the server has sent something."""
    while not (yield Wait.R):
        pass
    pgconn.consume_input()


def _written(column: Column) -> sql.Composable:
    """How the server writes the column: instants without their zone, which is always UTC."""
    name = sql.Identifier(column.name)
    if column.kind == "timestamp with time zone":
        return sql.SQL("{} AT TIME ZONE 'UTC'").format(name)
    return name


def parsed(block: bytes | bytearray, kinds: Mapping[str, pa.DataType]) -> pa.Table:
    """Lines of the server's CSV as typed columns; ArrowInvalid for a value of no such type."""
    import pyarrow as pa
    from pyarrow import csv

    if not block:
        return pa.schema(dict(kinds)).empty_table()
    return csv.read_csv(
        pa.BufferReader(pa.py_buffer(block)),
        # Several tables are read side by side: a table's own threads would only take turns.
        read_options=csv.ReadOptions(
            column_names=list(kinds), block_size=4 << 20, use_threads=False
        ),
        parse_options=csv.ParseOptions(newlines_in_values=True),
        convert_options=csv.ConvertOptions(
            column_types=dict(kinds),
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
            null_values=[""],
            true_values=["t"],
            false_values=["f"],
        ),
        memory_pool=pa.system_memory_pool(),  # Arrow's own keeps 40 MB of blocks that are gone
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
