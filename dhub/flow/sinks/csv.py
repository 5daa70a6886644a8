"""Takes a batch, gives lines of CSV as PostgreSQL reads and writes them."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from dhub.flow.sinks.text import plain
from dhub.model import Table

_MARKS = (b",", b'"', b"\n", b"\r")


def head(table: Table) -> bytes:
    """The first line: the names of the columns."""
    return (",".join(column.name for column in table.columns) + "\n").encode()


def lines(table: Table, rows: pa.RecordBatch) -> bytes:
    """A line for each row: null is nothing at all, an empty text is two quotes."""
    if not len(rows):
        return b""
    cells = [_text(values) for values in plain(table, rows).columns]
    # Joined twice, so that the rows lie in one buffer with their line ends: 2 M rows/s a core,
    # quotes only where they are needed. Arrow's own writer quotes every text.
    cells[-1] = _joined(cells[-1], "", "\n")
    return _buffer(_joined(*cells, ","))


def _joined(*parts: pa.Array | str) -> pa.Array:
    return pc.binary_join_element_wise(*parts, null_handling="replace", null_replacement="")


def _text(values: pa.Array) -> pa.Array:
    """A column as text; null stays null."""
    if pa.types.is_timestamp(values.type):
        return _instants(values)
    if pa.types.is_string(values.type):
        return _quoted(values)
    return values.cast(pa.string())


def _instants(values: pa.Array) -> pa.Array:
    """Instants in UTC as PostgreSQL writes them: 2026-01-31 09:30:00+00, fractions if any;
    those of no time zone without the +00."""
    text = values.cast(pa.timestamp("us")).cast(pa.string())
    text = pc.utf8_rtrim(pc.utf8_rtrim(text, "0"), ".")
    return pc.binary_join_element_wise(text, "" if values.type.tz is None else "+00", "")


def _quoted(values: pa.Array) -> pa.Array:
    """Texts, those in quotes that hold what CSV gives a meaning, or nothing."""
    held = _buffer(values)
    if not any(mark in held for mark in _MARKS) and not _any(pc.equal(values, "")):
        return values
    needed = pc.or_(pc.match_substring_regex(values, '[,"\n\r]'), pc.equal(values, ""))
    inner = pc.replace_substring(values, '"', '""')
    return pc.if_else(needed, pc.binary_join_element_wise('"', inner, '"', ""), values)


def _any(flags: pa.Array) -> bool:
    return pc.any(flags).as_py() is True


def _buffer(values: pa.Array) -> bytes:
    """The bytes of all texts of an array, one after the other."""
    _, offsets, data = values.buffers()
    if data is None:
        return b""
    ends = memoryview(offsets).cast("i")
    start, end = ends[values.offset], ends[values.offset + len(values)]
    held: bytes = data[start:end].to_pybytes()
    return held
