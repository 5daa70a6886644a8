"""Takes a batch, gives columns as every reader of files knows them: addresses and decimals."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dhub.errors import Fault
from dhub.flow.encode import arrow_type
from dhub.model import Column, Table

_OCTETS = pa.array([str(number) for number in range(256)])


@lru_cache(maxsize=256)
def file_schema(table: Table) -> pa.Schema:
    """The Arrow schema of a table's file, null only where SQL says so."""
    return pa.schema(
        [pa.field(column.name, file_type(column), column.null) for column in table.columns]
    )


def file_type(column: Column) -> pa.DataType:
    """The Arrow type of a column in a file; what few readers know gives way to what all know."""
    kind = arrow_type(column)
    if pa.types.is_decimal(kind):
        return pa.decimal128(kind.precision, kind.scale)
    return pa.string() if column.type == "inet" else kind


def plain(table: Table, rows: pa.RecordBatch) -> pa.RecordBatch:
    """The batch in the types of a file; Fault where a column lacks what a database would ask."""
    columns = []
    for column, values in zip(table.columns, rows.columns, strict=True):
        if values.null_count and not column.null:
            raise Fault(f"{table.name}.{column.name} is null in {values.null_count} rows")
        inet = column.type == "inet"
        columns.append(address_text(values) if inet else values.cast(file_type(column)))
    return pa.RecordBatch.from_arrays(columns, schema=file_schema(table))


def address_text(values: pa.Array) -> pa.Array:
    """IPv4 addresses, given in the server's binary form, as dotted text."""
    if not len(values):
        return pa.array([], pa.string())
    packed = np.frombuffer(values.buffers()[1], dtype=np.uint8).reshape(-1, 8)
    octets = packed[values.offset : values.offset + len(values), 4:]
    parts = [_OCTETS.take(pa.array(octets[:, place])) for place in range(4)]
    text = pc.binary_join_element_wise(*parts, ".")
    return text if not values.null_count else pc.if_else(values.is_valid(), text, None)
