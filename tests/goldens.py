"""Checksums of the rows of a bank: `python -m goldens`, in this folder, writes the files anew.

goldens.json tells each column of accounts_db, bank_goldens.json each database in a word,
export_goldens.json each file of an export; formats.json ties them to the bank's format number.

They are part of the format: a difference means that every estate ever seeded would come out
otherwise. Refresh them only when that is meant, and say so in the commit.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path
from typing import Any

import export_goldens
import numpy as np
import pyarrow as pa

from dhub import BANK_FORMAT
from dhub.bank import BANK
from dhub.domains.accounts import DOMAIN
from dhub.model import Coded, Domain, Maybe, Rows, Run, Shard
from dhub.profiles import load_profile

FILE = Path(__file__).with_name("goldens.json")
WHOLE = FILE.with_name("bank_goldens.json")
FORMATS = FILE.with_name("formats.json")
PROFILES = ("guide", "requirements", "everyday", "warehouse")
SEEDS = (42, 7)


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


def computed(names: Iterable[str] = PROFILES) -> dict[str, dict[str, dict[str, str]]]:
    """Profile → table → column → checksum, for seed 42, 150 employees, the first shard."""
    return {
        name: {
            table.name: of_rows(
                table.rows(Shard(Run(42, load_profile(name), dt.date(2026, 11, 20), 150), 1))
            )
            for table in DOMAIN.tables
            if table.rows
        }
        for name in names
    }


def pinned() -> dict[str, dict[str, dict[str, str]]]:
    return json.loads(FILE.read_text())


def in_a_word(domain: Domain, run: Run) -> str:
    """One checksum of a database: every column of the foundation and of the first shard."""
    told = [
        (table.name, of_rows(rows))
        for table in domain.tables
        for rows in (
            table.foundation(run, 0) if table.foundation else None,
            table.rows(Shard(run, 1)) if table.rows else None,
        )
        if rows
    ]
    return sha256(json.dumps(told).encode()).hexdigest()[:16]


def of_bank(seed: int, name: str) -> dict[str, str]:
    """Database → checksum, for 150 employees."""
    run = Run(seed, load_profile(name), dt.date(2026, 11, 20), 150)
    return {domain.database: in_a_word(domain, run) for domain in BANK}


def pinned_bank(seed: int, name: str) -> dict[str, str]:
    return json.loads(WHOLE.read_text())[f"{name} {seed}"]


def of_format() -> str:
    """One checksum of all that is pinned about the bank's bytes."""
    files = (FILE, WHOLE, FILE.with_name("export_goldens.json"))
    return sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:16]


def pinned_formats() -> dict[str, str]:
    """Bank format → checksum of the goldens of that format."""
    return json.loads(FORMATS.read_text())


def pin_format() -> None:
    """Write the checksum of this format; other bytes under a number that was released are refused.

    A number that has not been released yet may be pinned anew: its line is taken out by hand.
    """
    formats, number = pinned_formats(), str(BANK_FORMAT)
    if formats.setdefault(number, of_format()) != of_format():
        raise SystemExit(f"The bytes changed: raise dhub.BANK_FORMAT, which is {number}.")
    FORMATS.write_text(json.dumps(formats, indent=1) + "\n")


if __name__ == "__main__":
    FILE.write_text(json.dumps(computed(), indent=1) + "\n")
    banks = {f"{name} {seed}": of_bank(seed, name) for name in PROFILES for seed in SEEDS}
    WHOLE.write_text(json.dumps(banks, indent=1) + "\n")
    export_goldens.FILE.write_text(json.dumps(export_goldens.computed(), indent=1) + "\n")
    pin_format()
