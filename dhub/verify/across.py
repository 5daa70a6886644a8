"""Takes one SQL question that names several databases, gives its answer: asked in DuckDB.

A table is called `accounts_db.customers`. What the question names is fetched as `dhub verify`
does, each database in one snapshot; no server has to know another.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any

from dhub.errors import DatabaseFailed, DhubError, Refused, UsageError
from dhub.estate.databases import Estate
from dhub.estate.query import Answer, Row
from dhub.estate.statement import CURSOR_WORDS, first_word
from dhub.settings import BESIDE, DATABASES
from dhub.verify.fetch import Needs, needs
from dhub.verify.sight import Sight, sight

if TYPE_CHECKING:
    import duckdb

_BATCH = 2000
_MEMORY = "160MB"  # of DuckDB, for a question that is asked once
_WORDS = (*CURSOR_WORDS, "from", "describe", "summarize", "explain")
_COUNT = re.compile(r"count\s*\(\s*\*\s*\)")
_CALL = re.compile(r"(\w+)\(.*\)", re.S)
_REPORT = re.compile(r"\b(\w+_db)\.reporting\.")
# DuckDB's types as PostgreSQL names them, which is what answers are printed by.
_TYPES = {
    "TINYINT": "int2", "SMALLINT": "int2", "INTEGER": "int4", "BIGINT": "int8",
    "HUGEINT": "numeric", "DECIMAL": "numeric", "DOUBLE": "float8", "FLOAT": "float4",
    "BOOLEAN": "bool", "VARCHAR": "text", "DATE": "date", "TIMESTAMP": "timestamp",
}  # fmt: skip


def check_question(query: str) -> Needs:
    """The tables that it names, without asking anybody.

    Raises Refused for anything but reading, UsageError where it names no table of a database.
    """
    if (word := first_word(query)) not in _WORDS:
        raise Refused(f"db query only reads: {word.upper()} is refused.")
    text = query.lower().replace('"', "")
    if report := _REPORT.search(text):
        raise UsageError(f"Reports are asked for in their own database: -d {report[1]}.")
    named = needs([text])
    if not named.keys() & {*DATABASES, *BESIDE}:
        raise UsageError(
            "Without -d a table is named with its database, like accounts_db.customers;"
            " or pick one database with -d."
        )
    return named


@contextmanager
def asked_across(estate: Estate, query: str, timeout: float) -> Iterator[Answer]:
    """Ask the question; `timeout` in seconds, from when its tables are there to the last row.

    Raises what `check_question` and `sight` raise, UsageError for SQL that is not valid,
    DatabaseFailed when it takes too long.
    """
    import duckdb

    named = check_question(query)
    with sight(_meant(estate, named)) as see:
        see.fetch(_all_columns(see, named) if _wants_all(query) else named, lambda _: None)
        # From here on neither files nor the network are within reach of the question.
        see.duck.execute(
            f"SET memory_limit = '{_MEMORY}';"
            " SET enable_external_access = false; SET lock_configuration = true"
        )
        watch = threading.Timer(timeout, see.duck.interrupt)
        watch.daemon = True
        watch.start()
        try:
            answer = see.duck.execute(query)
            columns = answer.description or []
            names = tuple(_named(each[0]) for each in columns)
            yield Answer(names, tuple(_type(each[1]) for each in columns), _rows(answer))
        except duckdb.Error as error:
            raise _meaning(error, timeout) from error
        finally:
            watch.cancel()


def _meant(estate: Estate, named: Needs) -> Estate:
    """The six, and those beside them that the question names; these alone if it names no other."""
    if named.keys() & set(DATABASES):
        return estate.joined(named)
    placed = [each for each in named if each in estate.beside]
    if not placed:
        raise UsageError(f"Nothing says where {', '.join(named)} is. Set DHUB_..._DB_URL for it.")
    return estate.alone(placed[0]).joined(placed[1:])


def _wants_all(query: str) -> bool:
    """Whether it may mean columns that it does not name."""
    return "*" in _COUNT.sub("", query.lower()) or first_word(query) not in ("select", "with")


def _all_columns(see: Sight, named: Needs) -> Needs:
    return {
        database: {
            table: frozenset(each.name for each in see.columns[database].get(table, ()))
            for table in tables
        }
        for database, tables in named.items()
        if database in see.columns
    }


def _named(column: str) -> str:
    """What has no name of its own is called by its function, as PostgreSQL does."""
    found = _CALL.fullmatch(column)
    return found[1].removesuffix("_star") if found else column


def _type(found: Any) -> str:
    return _TYPES.get(str(found).partition("(")[0], "text")


def _rows(answer: duckdb.DuckDBPyConnection) -> Iterator[Row]:
    while batch := answer.fetchmany(_BATCH):
        yield from (tuple(map(_text, row)) for row in batch)


def _text(value: Any) -> str | None:
    """A value as PostgreSQL writes it."""
    if value is None:
        return None
    if isinstance(value, datetime):
        return f"{value}+00"  # as fetched, every instant is UTC's
    return ("t" if value else "f") if isinstance(value, bool) else str(value)


def _meaning(error: duckdb.Error, timeout: float) -> DhubError:
    import duckdb

    if isinstance(error, duckdb.InterruptException):
        return DatabaseFailed(
            f"The query took longer than {timeout:g} s and was cancelled. "
            "Give it more with --timeout."
        )
    said = str(error).splitlines()[0]
    if isinstance(error, duckdb.OutOfMemoryException):
        return DatabaseFailed(f"The query needs more room than there is: {said}")
    return UsageError(f"{said} (Without -d the query is asked in DuckDB.)")
