"""Takes files of Plaid-style data that are whole, fills plaid_db with them: in one transaction.

plaid_db is a database beside the six: it is made by the first load, and `seed status` and `seed
clear` know it from then on.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from typing import Any

import psycopg
from psycopg import sql

from dhub.errors import Refused, UsageError
from dhub.estate import guard
from dhub.estate.beside import Beside
from dhub.estate.clear import Going
from dhub.estate.connections import LOOKING, Connection, connect
from dhub.estate.creation import prepare
from dhub.estate.databases import Estate
from dhub.estate.failures import failure
from dhub.estate.kept import Kept
from dhub.estate.ledger import COMPLETE
from dhub.estate.permits import absent
from dhub.estate.status import EMPTY, DatabaseStatus, TableStatus
from dhub.plaid.check import DataSet, open_source
from dhub.plaid.check.batch import Batch, Header
from dhub.plaid.load import changed
from dhub.plaid.schema import TABLES, TableSchema
from dhub.words import counted

DATABASE = "plaid_db"
_NAMES = [table.name for table in TABLES]
_LOADED = f"{DATABASE} is loaded already. Empty the four tables first with --replace."
_GOING = "a load is going on"

Watch = Callable[[str], None]


def check_database(estate: Estate, replace: bool) -> None:
    """Raises, with nothing touched, where plaid_db cannot be filled: UsageError where nothing says
    where it is, Refused for one that is not dhub's or is loaded already."""
    if DATABASE not in estate.beside:
        raise UsageError(f"Nothing says where {DATABASE} is. Set DHUB_PLAID_DB_URL.")
    alone = estate.alone(DATABASE)
    with Kept(alone) as kept:
        if absent(kept, alone.databases):
            return
        conn = kept.to(DATABASE, LOOKING)
        if guard.ours(conn, DATABASE) and not replace and any(_counts(conn).values()):
            raise Refused(_LOADED)


def load(
    data: DataSet, estate: Estate, replace: bool, watch: Watch = lambda _: None
) -> dict[str, int]:
    """Make or update plaid_db, and fill it with the four tables; gives the rows of each.

    Raises what `check_database` raises, DatabaseFailed when the server fails; no row has changed
    then.
    """
    check_database(estate, replace)
    alone = estate.alone(DATABASE)
    prepare(alone)
    with connect(alone, DATABASE, autocommit=True) as conn:
        guard.hold_run(conn, DATABASE, _GOING)
        try:
            with conn.transaction():
                _empty(conn, replace)
                rows = {table.name: _fill(conn, table, data, watch) for table in TABLES}
            conn.execute(sql.SQL("ANALYZE {}").format(_listed()))
        except (psycopg.DataError, psycopg.IntegrityError) as error:
            told = error.diag.message_detail or error.diag.message_primary
            raise Refused(f"{DATABASE} does not take these rows: {told}. None is in.") from error
        except psycopg.Error as error:
            raise failure(error, DATABASE) from error
    return rows


def _listed() -> sql.Composed:
    return sql.SQL(", ").join(sql.Identifier("public", name) for name in _NAMES)


def _empty(conn: Connection, replace: bool) -> None:
    """Look again, now that no other load can begin; empty the four tables."""
    if not replace and any(_counts(conn).values()):
        raise Refused(_LOADED)
    try:
        conn.execute(sql.SQL("TRUNCATE {}").format(_listed()))
    except psycopg.errors.FeatureNotSupported as error:
        told = error.diag.message_detail or error.diag.message_primary
        raise Refused(f"{DATABASE}: what dhub did not make stands in the way ({told}).") from error


def _fill(conn: Connection, table: TableSchema, data: DataSet, watch: Watch) -> int:
    names = [column.name for column in table.columns]
    more = ["customer_id"] if table.name == "users" else []
    copy = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier("public", table.name), sql.SQL(", ").join(map(sql.Identifier, names + more))
    )
    count = 0
    with closing(open_source(data.files[table.name])) as source, conn.cursor().copy(copy) as into:
        header = source.header()
        if not isinstance(header, Header):
            raise changed(data, table)
        for batch in source.batches():
            if batch.broken:
                raise changed(data, table)
            for row in _rows(batch, header.names, table):
                into.write_row(row)
            count += len(batch.lines)
            watch(f"loading {table.name}: {counted(count, 'row')}")
    return count


def _rows(
    batch: Batch, names: Sequence[str], table: TableSchema
) -> Iterator[tuple[str | None, ...]]:
    """The rows as text, which the server reads by its own types; what is blank is null."""
    columns: list[list[str | None]] = []
    for column in table.columns:
        there = column.name in names
        values = batch.columns[names.index(column.name)] if there else [""] * len(batch.lines)
        absent_is = "false" if column.kind == "boolean" and column.filled else None
        columns.append([each if each.strip() else absent_is for each in values])
        if column.name == "metadata":
            customers = [_customer(each) for each in values]
    if table.name == "users":
        columns.append(customers)
    return zip(*columns, strict=True)


def _customer(metadata: str) -> str | None:
    """The customer of the bank that a user's metadata names."""
    named = json.loads(metadata).get("customer_id")
    is_key = isinstance(named, int) and not isinstance(named, bool) and abs(named) < 1 << 63
    return str(named) if is_key else None


def _counts(conn: Connection) -> dict[str, int]:
    """Rows of the four tables, as far as they are there."""
    found = {}
    for name in _NAMES:
        row: Any = conn.execute("SELECT to_regclass(%s)", (f"public.{name}",)).fetchone()
        if row[0]:
            count = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier("public", name))
            found[name] = int(conn.execute(count).fetchall()[0][0])
    return found


def _look(estate: Estate) -> DatabaseStatus:
    with connect(estate.alone(DATABASE), DATABASE, autocommit=True, lock_timeout=LOOKING) as conn:
        rows = _counts(conn)
    tables = [TableStatus(name, rows.get(name), rows.get(name, 0)) for name in _NAMES]
    return DatabaseStatus(DATABASE, COMPLETE if any(rows.values()) else EMPTY, tables=tables)


def _preview(estate: Estate) -> Going:
    return Going(DATABASE, {each.table: each.seeded for each in _look(estate).tables})


def _clear(estate: Estate) -> Going:
    with connect(estate.alone(DATABASE), DATABASE, autocommit=True) as conn:
        guard.hold_run(conn, DATABASE, _GOING)
        with conn.transaction():
            rows = _counts(conn)
            _empty(conn, replace=True)
    return Going(DATABASE, rows)


BESIDE = Beside(DATABASE, _look, _preview, _clear)
