"""Takes the path of a folder or file of Plaid-style data, gives which file holds which table."""

from __future__ import annotations

import csv
import re
import stat
from dataclasses import dataclass
from pathlib import Path

from dhub.errors import UsageError
from dhub.plaid.schema import BY_NAME, TABLES, TableSchema
from dhub.words import visible

METADATA = "metadata.json"
SUFFIXES = (".csv", ".parquet")
_NAMED = re.compile("|".join(BY_NAME), re.IGNORECASE)


@dataclass(frozen=True)
class DataSet:
    """The files of the four tables, there or not; `only` is the one that is asked about."""

    folder: Path
    files: dict[str, Path]
    only: str = ""

    @property
    def asked(self) -> list[TableSchema]:
        return [table for table in TABLES if self.only in ("", table.name)]


def data_set(path: Path) -> DataSet:
    """The files of a folder, or one file and its neighbours; raises UsageError for no such path."""
    try:
        kind = path.stat().st_mode
    except OSError as error:
        why = error.strerror or "cannot be read"
        raise UsageError(f"{visible(str(path))}: {why}. Name a folder or a file.") from error
    if stat.S_ISDIR(kind):
        return DataSet(path, {table.name: _in_folder(path, table) for table in TABLES})
    if not stat.S_ISREG(kind):
        raise UsageError(f"{visible(str(path))} is neither a folder nor a regular file.")
    table = _table_of(path)
    files = {other: _neighbour(path, table, other) for other in BY_NAME}
    return DataSet(path.parent, files | {table: path}, only=table)


def what_is_there(path: Path) -> str | None:
    """Why a file cannot be read as one; None where it can."""
    try:
        kind = path.stat().st_mode
        if stat.S_ISDIR(kind):
            return "a folder, not a file"
        if not stat.S_ISREG(kind):
            return "not a regular file"
        with open(path, "rb"):
            return None
    except FileNotFoundError:
        return "no such file" if not path.is_symlink() else "a link to nothing"
    except OSError as error:
        return f"cannot be read: {error.strerror}"


def _in_folder(folder: Path, table: TableSchema) -> Path:
    """The table's file, under dhub's name for it or the plain one; CSV goes first."""
    names = [folder / f"{stem}{suffix}" for stem in (table.file, table.name) for suffix in SUFFIXES]
    return next((each for each in names if each.exists() or each.is_symlink()), names[0])


def _neighbour(path: Path, table: str, other: str) -> Path:
    """The file of another table beside this one: named as this one is."""
    stem = re.sub(table, other, path.stem, flags=re.IGNORECASE)
    suffixes = dict.fromkeys((path.suffix, *SUFFIXES))
    names = [path.with_name(f"{stem}{suffix}") for suffix in suffixes if stem != path.stem]
    names.append(_in_folder(path.parent, BY_NAME[other]))
    return next((each for each in names if each.is_file()), names[-1])


def _table_of(path: Path) -> str:
    """Which table a file holds: its name tells, else its header."""
    named = {each.lower() for each in _NAMED.findall(path.stem)}
    if len(named) == 1:
        return str(named.pop())
    header = _header(path)
    told = [each.name for each in TABLES if each.key in header[:1]]
    told += [each.name for each in reversed(TABLES) if each.key in header]
    if told:
        return told[0]
    tables = ", ".join(BY_NAME)
    raise UsageError(
        f"{visible(str(path))}: neither its name nor its header tells which table it is.\n"
        f"Let its name hold one of {tables}."
    )


def _header(path: Path) -> list[str]:
    if path.suffix.lower() == ".parquet":
        return []
    with open(path, encoding="utf-8-sig", errors="replace", newline="") as file:
        line = file.readline(1 << 16)
    try:
        return next(csv.reader([line]), [])
    except csv.Error:
        return []
