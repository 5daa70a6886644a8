"""Takes a shard's rows of a table, gives their digest and their line in the ledger.

It is the SHA-256 of the columns in SQL order, each as validity bits and plain values,
little-endian, rows in the order of the key: neither the encoder nor the server has a part in it.
"""

from __future__ import annotations

import json
from functools import lru_cache
from hashlib import sha256
from typing import Any

import numpy as np
import pyarrow as pa

from dhub.estate.ledger import Entry
from dhub.flow.encode import key_range
from dhub.model import Column, Table


def shard_digest(table: Table, rows: pa.RecordBatch) -> bytes:
    """The digest of a batch of `arrow_schema(table)` whose keys ascend; 32 bytes."""
    state = sha256(f"{table.name} {len(rows)}\n".encode())
    for column in table.columns:
        state.update(f"{column.name} {column.type}\n".encode())
        for part in _parts(column, rows.column(column.name)):
            state.update(part)
    return state.digest()


def entry_of(table: Table, shard_index: int, rows: pa.RecordBatch) -> Entry:
    """What the ledger says of the rows; Fault when a key lies outside what the shard may use."""
    low, high = key_range(table, shard_index, rows)
    return Entry(table.name, len(rows), low, high, table.key, shard_digest(table, rows))


def _parts(column: Column, values: pa.Array) -> tuple[Any, ...]:
    """Validity bits (none where no value is null) and values of a column, as bytes."""
    valid = np.asarray(values.is_valid()) if values.null_count else None
    bits = b"" if valid is None else np.packbits(valid, bitorder="little")
    if column.type == "jsonb":
        spelt = [None if text is None else _one_way(text) for text in values.to_pylist()]
        values = pa.array(spelt, pa.string())
    if pa.types.is_string(values.type):
        return (bits, *_texts(values))
    return bits, _plain(values, valid)


def _texts(values: pa.Array) -> tuple[Any, ...]:
    """Lengths and characters, a null counting as no text."""
    filled = values.fill_null("") if values.null_count else values
    offsets = np.frombuffer(filled.buffers()[1], dtype="<i4")
    offsets = offsets[filled.offset : filled.offset + len(filled) + 1]
    text = memoryview(filled.buffers()[2] or b"")
    return np.diff(offsets), text[int(offsets[0]) : int(offsets[-1])]


def _plain(values: pa.Array, valid: np.ndarray[Any, Any] | None) -> np.ndarray[Any, Any]:
    """Values of a fixed width as bytes, zero where null."""
    if pa.types.is_boolean(values.type):
        return np.asarray(values.fill_null(False)).astype(np.uint8)
    width = values.type.byte_width
    held = np.frombuffer(values.buffers()[1], dtype=np.uint8)
    held = held[values.offset * width : (values.offset + len(values)) * width]
    if valid is None:
        return held
    return np.where(valid[:, None], held.reshape(-1, width), np.uint8(0))


@lru_cache(maxsize=4096)
def _one_way(text: str) -> str:
    """A JSON document in one spelling: the server keeps keys in an order of its own."""
    return json.dumps(json.loads(text), sort_keys=True, separators=(",", ":"))
