"""Takes a folder or file of Plaid-style data, made here or elsewhere; gives all of its faults."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from dhub.errors import MachineFailed
from dhub.plaid.check.batch import Source
from dhub.plaid.check.found import DataSet, data_set, what_is_there
from dhub.plaid.check.keys import Keys
from dhub.plaid.check.metadata import window_of
from dhub.plaid.check.table import TableCheck
from dhub.plaid.check.told import Found
from dhub.plaid.schema import TABLES, TableSchema

__all__ = ["DataSet", "Found", "data_set", "faults_of", "open_source"]

Watch = Callable[[str], None]


def open_source(path: Path) -> Source:
    """The records of a file, by its format."""
    if path.suffix.lower() == ".parquet":
        from dhub.plaid.check.parquet import ParquetSource

        return ParquetSource(path)
    from dhub.plaid.check.records import CsvSource

    return CsvSource(path)


def faults_of(data: DataSet, rows: Counter[str], watch: Watch = lambda _: None) -> Iterator[Found]:
    """Every fault, by file, line and column, and `rows` of each table; those of a file come when
    it is read."""
    window, of_metadata = window_of(data.folder)
    parents: list[str] = []
    with _room(), closing(Keys()) as keys:
        for table in TABLES:
            asked = table in data.asked
            if not asked and not _is_parent(table, data):
                continue
            path = data.files[table.name]
            if why := what_is_there(path):
                if asked:
                    yield Found(path.name, 0, "", "missing_file", why)
                continue
            check = TableCheck(table, keys, window, parents, noting=asked)
            if _read(check, path, watch):
                parents.append(table.name)
            if asked:
                rows[table.name] = check.rows
            for line, _, column, code, message in keys.faults():
                yield Found(path.name, line, column, code, message)
    if not data.only:
        yield from of_metadata


@contextmanager
def _room() -> Iterator[None]:
    """Say what SQLite could not do for keys and faults that wait."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise MachineFailed(
            f"Keys of the files find no room in the temporary folder: {error}.\n"
            "Make room there, or name another folder by TMPDIR."
        ) from error


def _read(check: TableCheck, path: Path, watch: Watch) -> bool:
    watch(f"checking {path.name}")
    with closing(open_source(path)) as source:
        return check.read(source, lambda rows: watch(f"checking {path.name}: {rows:,} rows"))


def _is_parent(table: TableSchema, data: DataSet) -> bool:
    return any(column.refers == table.name for each in data.asked for column in each.columns)
