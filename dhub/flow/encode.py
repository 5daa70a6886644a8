"""Takes the rows of a table, gives Arrow batches of them, and batches as binary COPY bytes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pgpq import ArrowToPostgresBinaryEncoder as _Encoder
from pgpq import encoders, schema

from dhub.draw.text import text
from dhub.errors import Fault
from dhub.model import Coded, Column, Maybe, Rows, Run, Shard, Table, Values
from dhub.profiles import Profile

# Bytes of this many rows (some 600 KB) stay in the processor's cache from encoder to socket:
# 545 k rows/s of a 12-column table, against 390 k/s with the batch of a whole shard in one piece.
CHUNK_ROWS = 4000

_NUMERIC = re.compile(r"numeric\((\d+), ?(\d+)\)")
# The binary form of an IPv4 address: family 2, 32 bits, not a network, 4 bytes of address.
_INET_HEAD = np.frombuffer(bytes([2, 32, 0, 4]), dtype=np.uint8)

_ARROW = {
    "bigint": pa.int64(),
    "integer": pa.int32(),
    "smallint": pa.int16(),
    "boolean": pa.bool_(),
    "double precision": pa.float64(),
    "date": pa.date32(),
    "timestamptz": pa.timestamp("us", "UTC"),
    "timestamp": pa.timestamp("us"),
    "text": pa.string(),
    "jsonb": pa.string(),
    "inet": pa.binary(8),
}


def made(table: Table, shard: Shard) -> pa.RecordBatch:
    """The rows of a table in a customer shard, without those of customers beyond its end."""
    return batch(table, None) if table.rows is None else _cut(table, shard, table.rows(shard))


def sliced(table: Table, shard: Shard) -> Iterator[pa.RecordBatch]:
    """What `made` gives, in the slices of the table if it has any, so that no whole is held."""
    if table.slices is None:
        yield made(table, shard)
        return
    for rows in table.slices(shard):
        cut = _cut(table, shard, rows)
        yield cut
        if rows.owner is not None and len(cut) < len(rows.owner):
            return  # the owners of what follows are beyond the end, too


def _cut(table: Table, shard: Shard, rows: Rows) -> pa.RecordBatch:
    if rows.owner is None:
        raise Fault(f"{table.name}: its rows in shard {shard.index} name no owner")
    return batch(table, rows, int(np.searchsorted(rows.owner, shard.customers)))


def founded(table: Table, run: Run, attempt: int = 0) -> pa.RecordBatch:
    """The rows of a table in the foundation."""
    return batch(table, None if table.foundation is None else table.foundation(run, attempt))


def batch(table: Table, rows: Rows | None, count: int | None = None) -> pa.RecordBatch:
    """The first `count` rows (all when None) in the order of the table's columns.

    Raises Fault when a column is missing, unknown, too long or too short.
    """
    if rows is None:
        return _empty(table)
    names = {column.name for column in table.columns}
    if set(rows.columns) != names:
        raise Fault(f"{table.name}: columns differ from the catalogue: {names ^ set(rows.columns)}")
    arrays = [_array(table, column, rows.columns[column.name], count) for column in table.columns]
    if len({len(array) for array in arrays}) > 1:
        raise Fault(f"{table.name}: columns of unequal length")
    return pa.RecordBatch.from_arrays(arrays, schema=arrow_schema(table))


def keyed(
    table: Table, shard_index: int, profile: Profile, slices: Iterable[pa.RecordBatch]
) -> Iterator[pa.RecordBatch]:
    """The slices as they are; Fault when keys do not ascend or are not what the shard may use.

    A table without an arithmetic key (its `key` is empty) has nothing to be looked at.
    """
    if not table.key:
        yield from slices
        return
    start = table.first_key(shard_index, profile)
    end = table.first_key(shard_index + 1, profile) - 1
    before = start - 1
    for rows in slices:
        if len(rows):
            keys = rows.column(table.key).to_numpy()
            low, high = int(keys.min()), int(keys.max())
            if low < start or (high > end and not (shard_index == 0 and table.rows is None)):
                raise Fault(
                    f"{table.name}: keys {low} to {high} of shard {shard_index} "
                    f"lie outside {start} to {end}"
                )
            if low <= before or not (keys[1:] > keys[:-1]).all():
                raise Fault(f"{table.name}: keys of shard {shard_index} do not ascend")
            before = high
        yield rows


def copy_bytes(table: Table, slices: Iterable[pa.RecordBatch]) -> Iterator[bytes]:
    """The slices in the server's binary COPY format, in pieces of CHUNK_ROWS rows."""
    encoder = _encoder(table)
    yield encoder.write_header()
    for rows in slices:
        for start in range(0, len(rows), CHUNK_ROWS):
            yield encoder.write_batch(rows.slice(start, CHUNK_ROWS))
    yield encoder.finish()


@lru_cache(maxsize=256)
def arrow_schema(table: Table) -> pa.Schema:
    """The Arrow schema of a table: its columns in SQL order."""
    return pa.schema([pa.field(column.name, arrow_type(column)) for column in table.columns])


@lru_cache(maxsize=1024)
def arrow_type(column: Column) -> pa.DataType:
    """The Arrow type of a column; Fault for a type that the encoder does not know."""
    if numeric := _NUMERIC.fullmatch(column.type):
        precision, scale = int(numeric[1]), int(numeric[2])
        # decimal64 is encoded in 200 ns a row where decimal128 takes 450.
        wide = precision > 18
        return pa.decimal128(precision, scale) if wide else pa.decimal64(precision, scale)
    if column.type not in _ARROW:
        raise Fault(f"column {column.name}: no encoding for type {column.type}")
    return _ARROW[column.type]


def _encoder(table: Table) -> Any:
    """What encodes one COPY; of what Arrow has no type for, Arrow's is not enough to tell."""
    if any(column.type == "jsonb" for column in table.columns):
        return _Encoder.new_with_encoders(arrow_schema(table), _builders(table))
    return _Encoder(arrow_schema(table))  # in a twentieth of the time


@lru_cache(maxsize=256)
def _builders(table: Table) -> dict[str, Any]:
    return {column.name: _builder(column) for column in table.columns}


def _builder(column: Column) -> Any:
    field = pa.field(column.name, arrow_type(column))
    if column.type == "jsonb":
        return encoders.StringEncoderBuilder.new_with_output(field, schema.Jsonb())
    return _Encoder.infer_encoder(field)


@lru_cache(maxsize=256)
def _empty(table: Table) -> pa.RecordBatch:
    shape = arrow_schema(table)
    return pa.RecordBatch.from_arrays([pa.array([], each.type) for each in shape], schema=shape)


def _array(table: Table, column: Column, values: Values, count: int | None) -> pa.Array:
    """One column of a batch; a failure names table and column."""
    try:
        return _converted(arrow_type(column), _head(values, count))
    except (pa.ArrowException, ValueError, TypeError, OverflowError) as error:
        raise Fault(f"{table.name}.{column.name} ({column.type}): {error}") from error


def _head(values: Values, count: int | None) -> Values:
    if isinstance(values, Maybe):
        return Maybe(values.values[:count], values.valid[:count])
    if isinstance(values, Coded):
        return Coded(values.codes[:count], values.pool)
    return values[:count]


def _converted(kind: pa.DataType, values: Values) -> pa.Array:
    if isinstance(values, Coded):  # decoded, since the encoder takes no dictionaries of Arrow's
        values = text(values)
    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks()
    if isinstance(values, pa.Array):
        return values if values.type == kind else values.cast(kind)
    valid = values.valid if isinstance(values, Maybe) else None
    plain = np.asarray(values.values if isinstance(values, Maybe) else values)
    if plain.dtype.kind == "M":
        return _instants(kind, plain, valid)
    if pa.types.is_decimal(kind):
        return _scaled(kind, plain, valid)
    if pa.types.is_fixed_size_binary(kind):
        return _addresses(kind, plain, valid)
    return pa.array(plain, kind, mask=None if valid is None else ~valid)


def _instants(kind: pa.DataType, plain: NDArray[Any], valid: NDArray[np.bool_] | None) -> pa.Array:
    """Dates and instants; NaT is null, and so is what is not valid."""
    unit = "D" if pa.types.is_date(kind) else "us"
    if unit == "D" and plain.dtype != np.dtype("datetime64[D]"):
        raise ValueError(f"{plain.dtype} in a date column")
    known = ~np.isnat(plain)
    known = known if valid is None else known & valid
    whole = plain.astype(f"datetime64[{unit}]").astype(np.int32 if unit == "D" else np.int64)
    return pa.Array.from_buffers(kind, len(whole), [_bitmap(known), pa.py_buffer(whole)])


def _scaled(kind: pa.DataType, plain: NDArray[Any], valid: NDArray[np.bool_] | None) -> pa.Array:
    """Scaled integers taken as they are for the digits of a decimal."""
    if plain.dtype.kind not in "iu":
        raise TypeError(f"scaled integers expected, not {plain.dtype}")
    digits = np.ascontiguousarray(plain, dtype=np.int64)
    if kind.bit_width == 128:
        digits = np.stack([digits, digits >> 63], axis=1)
    return pa.Array.from_buffers(kind, len(plain), [_bitmap(valid), pa.py_buffer(digits)])


def _addresses(kind: pa.DataType, plain: NDArray[Any], valid: NDArray[np.bool_] | None) -> pa.Array:
    """IPv4 addresses, given as whole numbers, in the server's binary form."""
    packed = np.empty((len(plain), 8), dtype=np.uint8)
    packed[:, :4] = _INET_HEAD
    packed[:, 4:] = plain.astype(">u4").view(np.uint8).reshape(-1, 4)
    return pa.Array.from_buffers(kind, len(plain), [_bitmap(valid), pa.py_buffer(packed)])


def _bitmap(valid: NDArray[np.bool_] | None) -> pa.Buffer | None:
    """Arrow's validity bits, or None when all are valid."""
    if valid is None or bool(valid.all()):
        return None
    return pa.array(valid).buffers()[1]
