"""Takes the migrations of a database, gives the tables that they fill: lists that never change.

Such rows are stated once, in the migration. What is read here is compared with a migrated
database by the tests.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import numpy as np

from dhub.errors import Fault
from dhub.model import Coded, Column, Rows, Table, Values
from dhub.shipped import migrations_dir

_FILLED = re.compile(
    r"^INSERT INTO public\.(?P<table>\w+) \((?P<columns>[^)]*)\) VALUES\s(?P<rows>.*?);",
    re.MULTILINE | re.DOTALL,
)
_COLUMN = re.compile(
    r"^ +(?P<name>\w+) +(?P<type>bigint|integer|smallint|text|boolean|numeric\(\d+, ?\d+\))"
    r"(?P<there> +NOT NULL)?",
    re.MULTILINE,
)


def reference_tables(database: str) -> tuple[Table, ...]:
    """The tables that a database's migrations fill, as foundations without a phase."""
    texts = [path.read_text(encoding="utf-8") for path in _files(database)]
    script = "\n".join(texts)
    return tuple(_table(script, found) for found in _FILLED.finditer(script))


def filled(database: str) -> dict[str, int]:
    """Rows of each table that the migrations of a database fill."""
    script = "\n".join(path.read_text(encoding="utf-8") for path in _files(database))
    return {each["table"]: len(_rows(each)) for each in _FILLED.finditer(script)}


def _rows(found: re.Match[str]) -> list[tuple[Any, ...]]:
    # Texts without quotes inside and whole numbers are written in SQL as in Python.
    rows: list[tuple[Any, ...]] = ast.literal_eval(f"[{found['rows']}]")
    return rows


def _files(database: str) -> list[Path]:
    return sorted((migrations_dir() / database).glob("*.sql"))


def _table(script: str, found: re.Match[str]) -> Table:
    columns = _columns(script, found["table"])
    named = [name.strip() for name in found["columns"].split(",")]
    if named != [column.name for column in columns]:
        raise Fault(f"{found['table']}: the migration fills other columns than it creates")
    rows = _rows(found)
    cells = {
        column.name: _values(column, list(values))
        for column, values in zip(columns, zip(*rows, strict=True), strict=True)
    }
    return Table(
        name=found["table"],
        phase=0,
        key=columns[0].name,
        columns=columns,
        expected=lambda run, customers: len(rows),
        foundation=lambda run, attempt: Rows(cells),
    )


def _columns(script: str, table: str) -> tuple[Column, ...]:
    made = re.search(
        rf"^CREATE TABLE public\.{table} \((.*?)^\);", script, re.MULTILINE | re.DOTALL
    )
    if made is None:
        raise Fault(f"{table}: filled by a migration, but created by none")
    return tuple(
        Column(each["name"], each["type"], null=each["there"] is None)
        for each in _COLUMN.finditer(made[1])
    )


def _values(column: Column, values: list[str] | list[int]) -> Values:
    if column.type == "text":
        return Coded(np.arange(len(values)), tuple(map(str, values)))
    return np.array(values, dtype=np.int64)
