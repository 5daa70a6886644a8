"""Takes the slices of a part's shards, writes its files: a table's with its first rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import pyarrow as pa

from dhub.estate.diagnose import Collision
from dhub.estate.ledger import Entry
from dhub.flow.digest import Tally
from dhub.flow.sinks import Batches, parquet
from dhub.flow.sinks.files import CsvFile, Draft
from dhub.model import Table

Begin = Callable[[str, Table], tuple[str, Draft]]  # database, table → file's name and draft


@dataclass(frozen=True)
class PartFile:
    """A file of a part: its path, rows, bytes and SHA-256."""

    database: str
    table: str
    file: str
    rows: int
    size: int
    checksum: str


class _Writer(Protocol):
    def add_rows(self, rows: pa.RecordBatch) -> None: ...

    def close(self) -> None: ...


class PartSink:
    """The files of one part; shards come in their order. A file is begun with a table's first rows,
    all of them when `every`: somebody has to tell a reader the columns of an empty table."""

    def __init__(self, style: str, begin: Begin, every: bool, group_rows: int) -> None:
        self._style, self._begin = style, begin
        self._every, self._group_rows = every, group_rows
        self._files: dict[tuple[str, str], _File] = {}
        self.digests: dict[tuple[str, str], list[bytes]] = {}

    def load(self, database: str, shard: int, attempt: int, batches: Batches) -> list[Entry]:
        """Write each table's rows behind those of the shards before."""
        return [self._written(database, table, slices) for table, slices in batches]

    def note(self, shard: int, attempt: int, collision: Collision) -> None:
        """Nothing collides in a file."""

    def close(self) -> None:
        """Files are ended by `finish` or `drop`."""

    def _written(self, database: str, table: Table, slices: Iterable[pa.RecordBatch]) -> Entry:
        tally = Tally(table)
        self.add(database, table, tally.over(slices))
        entry = tally.entry
        self.digests.setdefault((database, table.name), []).append(tally.digest)
        return entry

    def add(self, database: str, table: Table, slices: Iterable[pa.RecordBatch]) -> None:
        """Write rows that no ledger counts, too: those of a reference table."""
        if self._every:
            self._file(database, table)
        for rows in slices:
            if len(rows):
                self._file(database, table).add(rows)

    def _file(self, database: str, table: Table) -> _File:
        if (database, table.name) not in self._files:
            name, draft = self._begin(database, table)
            self._files[database, table.name] = _File(
                database, table, name, draft, self._writer(draft, table)
            )
        return self._files[database, table.name]

    def _writer(self, draft: Draft, table: Table) -> _Writer:
        if self._style == "csv":
            return CsvFile(draft, table)  # type: ignore[arg-type]
        return parquet.ParquetFile(draft, table, self._group_rows)  # type: ignore[arg-type]

    def finish(self) -> Sequence[PartFile]:
        """End all files and give them their names."""
        for file in self._files.values():
            file.end()
        return [file.kept() for file in self._files.values()]

    def drop(self) -> None:
        """Let go of all files; nothing has its name but what was whole."""
        for file in self._files.values():
            file.drop()


class _File:
    def __init__(
        self, database: str, table: Table, name: str, draft: Draft, writer: _Writer
    ) -> None:
        self._told: dict[str, Any] = {"database": database, "table": table.name, "file": name}
        self._draft, self._writer, self._rows = draft, writer, 0

    def add(self, rows: pa.RecordBatch) -> None:
        self._writer.add_rows(rows)
        self._rows += len(rows)

    def end(self) -> None:
        self._writer.close()

    def kept(self) -> PartFile:
        self._draft.keep()
        return PartFile(
            **self._told, rows=self._rows, size=self._draft.size, checksum=self._draft.checksum
        )

    def drop(self) -> None:
        self._draft.drop()
        self._writer.close()
