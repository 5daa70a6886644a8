"""Takes a batch of rows, gives sums over its columns: what two sides of an equation must share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Int = NDArray[np.int64]
Bools = NDArray[np.bool_]
Sums = Counter[str]


def numbers(batch: pa.RecordBatch, name: str) -> Int:
    """A column as whole numbers: cents of money, days of dates; 0 where it is null."""
    column = batch.column(name)
    if pa.types.is_decimal(column.type):
        column = pa.Array.from_buffers(
            pa.int64(), len(column), column.buffers(), column.null_count, column.offset
        )
    elif pa.types.is_date(column.type):
        column = column.cast(pa.int32())
    elif pa.types.is_timestamp(column.type):
        column = column.cast(pa.int64())
    return np.asarray(pc.fill_null(column.cast(pa.int64()), 0))


def there(batch: pa.RecordBatch, name: str) -> Bools:
    """Where a column is not null."""
    return np.asarray(pc.is_valid(batch.column(name)))


def words(batch: pa.RecordBatch, name: str) -> NDArray[Any]:
    """A column of text as Python's, of few different words."""
    coded = batch.column(name).dictionary_encode()
    known = np.array([*coded.dictionary.to_pylist(), None], dtype=object)
    return np.asarray(known[np.asarray(coded.indices.fill_null(len(known) - 1))])


def plus(*some: Sums) -> Sums:
    """The sums of several; a total below zero stays one, which adding counters would drop."""
    found: Sums = Counter()
    for each in some:
        found.update(each)
    return found


def summed(batch: pa.RecordBatch, named: dict[str, str], rows: Bools | None = None) -> Sums:
    """Sums of columns by label (`named` is label → column) over some rows: of numbers, dates and
    characters of texts; and how many rows there are."""
    found: Sums = Counter()
    if rows is not None:
        batch = batch.filter(pa.array(rows))
    found["rows"] = len(batch)
    for label, name in named.items():
        if pa.types.is_string(batch.schema.field(name).type):
            found[label] = int(pc.sum(pc.utf8_length(batch.column(name))).as_py() or 0)
        else:
            found[label] = int(numbers(batch, name).sum())
    return found


def counted(batch: pa.RecordBatch, names: Iterable[str], rows: Bools | None = None) -> Sums:
    """How many rows have each word of columns."""
    found: Sums = Counter()
    if rows is not None:
        batch = batch.filter(pa.array(rows))
    for name in names:
        for each in pc.value_counts(batch.column(name)).to_pylist():
            found[f"{name} {each['values']}"] += each["counts"]
    return found


def by_word(batch: pa.RecordBatch, of: str, amount: str, rows: Bools | None = None) -> Sums:
    """Rows and cents of each word of a column."""
    found: Sums = Counter()
    if rows is not None:
        batch = batch.filter(pa.array(rows))
    coded = batch.column(of).dictionary_encode()
    code, cents = np.asarray(coded.indices), numbers(batch, amount)
    for number, word in enumerate(coded.dictionary.to_pylist()):
        mine = code == number
        found[f"rows of {word}"] = int(mine.sum())
        found[f"{amount} of {word}"] = int(cents[mine].sum())
    return found
