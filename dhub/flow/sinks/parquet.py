"""Takes slices of shards, gives a Parquet file: row groups of whole slices, in their order."""

from __future__ import annotations

from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from dhub.flow.sinks.text import file_schema, plain
from dhub.model import Table

# Enough that a reader's work for each group vanishes, few enough that forty tables wait in 60 MB.
GROUP_ROWS = 32_768
# Where a table has many files, a reader opens each of them: larger groups, fewer of them.
PART_GROUP_ROWS = 131_072


def message(table: Table, rows: pa.RecordBatch) -> bytes:
    """A batch as bytes that can be sent to the process that writes."""
    held: bytes = plain(table, rows).serialize().to_pybytes()
    return held


class ParquetFile:
    """Writes row groups of at least GROUP_ROWS rows (or as many as are asked for), which end where
    a slice ends."""

    def __init__(self, out: BinaryIO, table: Table, group_rows: int | None = None) -> None:
        self._table, self._schema = table, file_schema(table)
        self._least = group_rows or GROUP_ROWS
        self._waiting: list[pa.RecordBatch] = []
        self._writer = pq.ParquetWriter(out, self._schema, **_options(self._schema))

    def add(self, data: bytes) -> None:
        """Take the rows of the next slice; most tables have one a shard."""
        self._take(pa.ipc.read_record_batch(pa.py_buffer(data), self._schema))

    def add_rows(self, rows: pa.RecordBatch) -> None:
        """Take the rows of the next slice as the table's own batch."""
        self._take(plain(self._table, rows))

    def _take(self, rows: pa.RecordBatch) -> None:
        self._waiting.append(rows)
        if sum(map(len, self._waiting)) >= self._least:
            self._write()

    def close(self) -> None:
        """Write what waits, and the foot of the file."""
        self._write()
        self._writer.close()

    def _write(self) -> None:
        rows = pa.Table.from_batches(self._waiting, self._schema)
        self._waiting.clear()
        if len(rows):
            self._writer.write_table(rows, row_group_size=len(rows))


def _options(schema: pa.Schema) -> dict[str, Any]:
    """How values are laid out; nothing in it depends on the machine or the day.

    Measured on 73,000 instalments of 10 columns: 5.0 M rows/s a core and 10 bytes a row, against
    1.1 M rows/s and 19 bytes with dictionaries for numbers and decimals as byte strings.
    """
    return {
        "compression": "zstd",
        "use_dictionary": [each.name for each in schema if pa.types.is_string(each.type)],
        "store_decimal_as_integer": True,
        # Parquet's own types say all; Arrow's copy of them would change with its releases.
        "store_schema": False,
    }
