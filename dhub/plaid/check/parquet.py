"""Takes a Parquet file, gives its records as their CSV would have them; a row's line counts so."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from dhub.plaid.check.batch import BATCH, LONGEST_FIELD, Batch, Broken, Header

_MIDNIGHT = re.compile(r"(\d{4}-\d\d-\d\d) 00:00:00(?:\.0+)?")
_FRACTION = re.compile(r"\.0+(?=Z|$)")


class ParquetSource:
    """The records of a file; the first row is line 2, below a header as CSV has it."""

    def __init__(self, path: Path) -> None:
        self._empty = path.stat().st_size == 0
        self._fault: str | None = None
        self._file: Any = None
        try:
            self._file = None if self._empty else pq.ParquetFile(path, pre_buffer=False)
        except (pa.ArrowException, OSError) as error:
            self._fault = _first_line(error)

    def close(self) -> None:
        if self._file is not None:
            self._file.close()

    def header(self) -> Header | Broken | None:
        if self._empty:
            return None
        if self._fault is not None:
            return Broken(1, "bad_encoding", f"no Parquet file: {self._fault}")
        return Header(1, list(self._file.schema_arrow.names))

    def batches(self) -> Iterator[Batch]:
        """The rows, until one cannot be read."""
        line = 2
        try:
            for found in self._file.iter_batches(batch_size=BATCH):
                columns = [_texts(column) for column in found.columns]
                lines = range(line, line + found.num_rows)
                line += found.num_rows
                yield Batch(lines, columns, _suspects(columns))
        except (pa.ArrowException, OSError) as error:
            if isinstance(error, OSError) and error.errno:
                raise
            told = f"the rest cannot be read: {_first_line(error)}"
            yield Batch((), [()] * self._file.metadata.num_columns, (),
                        [Broken(line, "bad_encoding", told)])  # fmt: skip


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]


def _texts(column: Any) -> list[str]:
    """A column's values as CSV would write them; null is empty."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        column = column.cast(kind.value_type)
        kind = column.type
    if pa.types.is_nested(kind):
        found = column.to_pylist()
        return ["" if each is None else json.dumps(each, default=str) for each in found]
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or _is_binary(kind):
        return _decoded(column)
    found = [each or "" for each in column.cast(pa.string()).to_pylist()]
    return [_plain(each) for each in found] if pa.types.is_timestamp(kind) else found


def _is_binary(kind: Any) -> bool:
    return bool(
        pa.types.is_binary(kind) or pa.types.is_large_binary(kind)
        or pa.types.is_fixed_size_binary(kind)
    )  # fmt: skip


def _decoded(column: Any) -> list[str]:
    try:
        found = column.to_pylist()
    except UnicodeDecodeError:  # Parquet does not ask its strings to be UTF-8
        found = column.cast(pa.binary()).to_pylist()
    return [
        each.decode("utf-8", "surrogateescape") if isinstance(each, bytes) else each or ""
        for each in found
    ]


def _plain(moment: str) -> str:
    """A moment without a fraction of nothing; midnight is the day."""
    whole = _MIDNIGHT.fullmatch(moment)
    return whole[1] if whole else _FRACTION.sub("", moment)


def _suspects(columns: Sequence[Sequence[str]]) -> list[int]:
    """Rows with a cell that may be no text, or too long."""
    odd = (
        (
            row
            for row, value in enumerate(values)
            if not value.isascii() or "\0" in value or len(value) > LONGEST_FIELD
        )
        for values in columns
    )
    return sorted(set(chain.from_iterable(odd)))
