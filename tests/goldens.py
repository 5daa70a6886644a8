"""Checksums of the rows of a bank: `python -m tests.goldens` writes goldens.json anew.

They are part of the format: a difference means that every estate ever seeded would come out
otherwise. Refresh them only when that is meant, and say so in the commit.
"""

from __future__ import annotations

import datetime as dt
import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from dhub.domains.accounts import DOMAIN
from dhub.model import Coded, Maybe, Rows, Run, Shard
from dhub.profiles import load_profile

FILE = Path(__file__).with_name("goldens.json")
PROFILES = ("guide", "requirements")


def checksum(values: Any) -> str:
    """SHA-256 of a column's values and nulls, however it is held in memory."""
    digest = sha256()
    for part in parts(values):
        digest.update(part)
    return digest.hexdigest()[:16]


def parts(values: Any) -> list[bytes]:
    if isinstance(values, Coded):
        return ["\x1f".join(texts(values)).encode()]
    if isinstance(values, Maybe):
        there = np.where(values.valid, values.values, 0)
        return [*parts(there), np.asarray(values.valid, dtype=bool).tobytes()]
    if isinstance(values, (pa.Array, pa.ChunkedArray)):
        return ["\x1f".join("\x00" if v is None else v for v in values.to_pylist()).encode()]
    array = np.asarray(values)
    wide = {"i": "<i8", "u": "<u8", "M": "<i8", "b": "|b1"}[array.dtype.kind]
    unit = str(array.dtype) if array.dtype.kind == "M" else ""
    return [unit.encode(), np.ascontiguousarray(array.astype(wide)).tobytes()]


def texts(values: Coded) -> list[str]:
    pool = (*values.pool, "\x00")  # a code of -1 is a null
    return [pool[code] for code in np.asarray(values.codes).tolist()]


def of_rows(rows: Rows) -> dict[str, str]:
    return {name: checksum(values) for name, values in rows.columns.items()}


def computed() -> dict[str, dict[str, dict[str, str]]]:
    """Profile → table → column → checksum, for seed 42, 150 employees, the first shard."""
    return {
        name: {
            table.name: of_rows(table.rows(Shard(Run(
                42, load_profile(name), dt.date(2026, 11, 20), 150), 1)))
            for table in DOMAIN.tables
            if table.rows
        }
        for name in PROFILES
    }


def pinned() -> dict[str, dict[str, dict[str, str]]]:
    return json.loads(FILE.read_text())


if __name__ == "__main__":
    FILE.write_text(json.dumps(computed(), indent=1) + "\n")
