"""Takes a folder of migrations and rows, gives nothing: SQLite holds them to what is declared."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np

from dhub.model import Domain

_HOURS = re.compile(r"extract\(epoch FROM (\w+) - (\w+)\) / 3600")


def takes(folder: Path, domain: Domain, rows: Mapping[str, Any]) -> dict[str, int]:
    """Rows by table once they stand under every check, key and reference of new tables, and under
    the columns that later migrations add."""
    all_of = [path.read_text().replace("public.", "") for path in sorted(folder.glob("*.sql"))]
    later = all_of[1:]
    text = _HOURS.sub(r"24 * (julianday(\1) - julianday(\2))", "\n".join(all_of))
    creates = re.findall(r"^CREATE TABLE (?!reporting\.).*?^\);", text, re.S | re.M)
    assert len(creates) == len(domain.tables) and "extract" not in "".join(creates)
    with closing(sqlite3.connect(":memory:")) as con:
        con.execute("PRAGMA foreign_keys = ON")
        con.executescript("\n".join(creates))
        for change in re.findall(r"^ALTER TABLE .*?;", "\n".join(later), re.S | re.M):
            for column in re.findall(r"ADD COLUMN (\w+)", change):
                con.execute(f"ALTER TABLE {change.split()[2]} ADD COLUMN {column}")
        for table in domain.tables:
            columns = rows[table.name]
            cells = [_sql(column.type, columns[column.name]) for column in table.columns]
            marks = ", ".join("?" * len(cells))
            con.executemany(f"INSERT INTO {table.name} VALUES ({marks})", zip(*cells, strict=True))
        count = "SELECT count(*) FROM "
        return {t.name: con.execute(count + t.name).fetchone()[0] for t in domain.tables}


def _sql(kind: str, column: np.ndarray) -> list[Any]:
    if kind in ("date", "timestamptz"):
        return [None if np.isnat(v) else str(v) for v in column]
    if kind.startswith("numeric"):
        return [None if v is None else v / 100 for v in column.tolist()]
    return list(column.tolist())
