"""Takes a shard's rows of a table slice by slice, gives their digest and their line in the ledger.

Each column has running SHA-256 sums, of plain values, little-endian, rows in the order of the key:
neither the encoder nor the server has a part in it, and nothing tells where a slice ended.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from functools import lru_cache
from hashlib import sha256
from typing import Any

import numpy as np
import pyarrow as pa

from dhub.estate.ledger import Entry
from dhub.flow.encode import arrow_type
from dhub.model import Column, Table


class Tally:
    """What a shard has of a table, as far as its slices went by; their keys must ascend."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._columns = [_Sum(column) for column in table.columns]
        self._rows = 0
        self._first: int | None = None
        self._last: int | None = None

    def over(self, slices: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """The slices as they are, batches of `arrow_schema(table)`, each counted."""
        for rows in slices:
            if len(rows):
                self._add(rows)
            yield rows

    def _add(self, rows: pa.RecordBatch) -> None:
        for total, values in zip(self._columns, rows.columns, strict=True):
            total.add(values)
        self._rows += len(rows)
        if self._table.key:
            keys = rows.column(self._table.key)
            self._first = keys[0].as_py() if self._first is None else self._first
            self._last = keys[-1].as_py()

    @property
    def digest(self) -> bytes:
        """SHA-256 over the table's name, the rows and the sums of the columns in SQL order."""
        state = sha256(f"{self._table.name} {self._rows}\n".encode())
        for total in self._columns:
            state.update(total.digest)
        return state.digest()

    @property
    def entry(self) -> Entry:
        """What the ledger says of the rows."""
        table = self._table
        return Entry(table.name, self._rows, self._first, self._last, table.key, self.digest)


def shard_digest(table: Table, slices: Iterable[pa.RecordBatch]) -> bytes:
    """The digest of the rows of all slices; 32 bytes, however they are cut."""
    tally = Tally(table)
    for _ in tally.over(slices):
        pass
    return tally.digest


class _Sum:
    """A column: a running sum of what each row has, and one of characters or of rows without."""

    def __init__(self, column: Column) -> None:
        self._column = column
        self._text = pa.types.is_string(arrow_type(column))
        self._rows = 0
        self._sums = (sha256(), sha256())

    def add(self, values: pa.Array) -> None:
        """Take the rows that follow."""
        if self._text:
            parts = _texts(_spelt(values) if self._column.type == "jsonb" else values)
        else:
            parts = _present(values), _absent(values, self._rows)
        for total, part in zip(self._sums, parts, strict=True):
            total.update(part)
        self._rows += len(values)

    @property
    def digest(self) -> bytes:
        """Name, type and sums."""
        head = f"{self._column.name} {self._column.type}\n".encode()
        return head + b"".join(total.digest() for total in self._sums)


def _texts(values: pa.Array) -> tuple[Any, Any]:
    """Length of each text in bytes, -1 where it is null, and all characters."""
    filled = values.fill_null("") if values.null_count else values
    offsets = np.frombuffer(filled.buffers()[1], dtype="<i4")
    offsets = offsets[filled.offset : filled.offset + len(filled) + 1]
    text = memoryview(filled.buffers()[2] or b"")
    lengths = np.diff(offsets)
    if values.null_count:
        lengths[np.asarray(values.is_null())] = -1
    return lengths, text[int(offsets[0]) : int(offsets[-1])]


def _present(values: pa.Array) -> Any:
    """Values of a fixed width that are not null, as bytes."""
    there = values.drop_null() if values.null_count else values
    if pa.types.is_boolean(there.type):
        return np.asarray(there).astype(np.uint8)
    width = there.type.byte_width
    held = memoryview(there.buffers()[1] or b"")
    return held[there.offset * width : (there.offset + len(there)) * width]


def _absent(values: pa.Array, before: int) -> Any:
    """The numbers of the rows that are null; so many rows are `before` these."""
    if not values.null_count:
        return b""
    return np.flatnonzero(np.asarray(values.is_null())).astype("<i8") + before


def _spelt(values: pa.Array) -> pa.Array:
    spelt = [None if text is None else _one_way(text) for text in values.to_pylist()]
    return pa.array(spelt, pa.string())


@lru_cache(maxsize=4096)
def _one_way(text: str) -> str:
    """A JSON document in one spelling: the server keeps keys in an order of its own."""
    return json.dumps(json.loads(text), sort_keys=True, separators=(",", ":"))
