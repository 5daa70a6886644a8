"""Takes the slices of shards, writes a file for each table: in order of the shards, whole or not.

A worker encodes (`FileSink`), the parent writes (`TableFile`): the same bytes whoever encodes.
"""

from __future__ import annotations

import io
import re
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO, Protocol

import pyarrow as pa

from dhub.errors import DhubError
from dhub.estate.diagnose import Collision
from dhub.estate.ledger import Entry
from dhub.flow.digest import Tally
from dhub.flow.sinks import Batches, csv, parquet, sqlite
from dhub.flow.sinks.waiting import Waiting
from dhub.model import Table

FORMATS = ("csv", "parquet")
_DRAFT = re.compile(r"((?:.*/)?)\.([^/]+?)(?:\.[0-9a-f]{8})?\.part")
_ENCODERS = {"csv": csv.lines, "parquet": parquet.message, "sqlite": sqlite.message}


class WriteFailed(DhubError):
    """A file could not be written to its end."""

    exit_code = 4


@dataclass(frozen=True)
class Piece:
    """Rows of a shard for one table's file, encoded: a slice of them, in its turn."""

    database: str
    table: str
    shard: int
    rows: int
    data: bytes


@dataclass(frozen=True)
class End:
    """The word that a shard has no more for one table's file; no digest where no shard made it."""

    database: str
    table: str
    shard: int
    digest: bytes | None = None


@dataclass(frozen=True)
class FileSink:
    """Encodes batches for files of a format and hands them on; nothing is open here."""

    style: str
    tell: Callable[[Any], None]

    def load(self, database: str, shard: int, attempt: int, batches: Batches) -> list[Entry]:
        """Hand on the pieces of each table and their end, also where a shard has no rows for it."""
        return [self._told(database, shard, table, slices) for table, slices in batches]

    def _told(
        self, database: str, shard: int, table: Table, slices: Iterable[pa.RecordBatch]
    ) -> Entry:
        tally = Tally(table)
        for rows in tally.over(slices):
            if len(rows):
                data = encoded(self.style, table, rows)
                self.tell(Piece(database, table.name, shard, len(rows), data))
        entry = tally.entry
        self.tell(End(database, table.name, shard, entry.digest))
        return entry

    def note(self, shard: int, attempt: int, collision: Collision) -> None:
        """Nothing collides in a file."""

    def close(self) -> None:
        """Nothing is open."""


def encoded(style: str, table: Table, rows: pa.RecordBatch) -> bytes:
    """Rows of a shard, in the form in which they are sent to the file of their table."""
    return _ENCODERS[style](table, rows)


class Draft(io.RawIOBase):
    """A file under a temporary name beside its own; knows the size and SHA-256 of what it holds."""

    def __init__(self, path: Path, whose: str = "") -> None:
        self.path = path
        self.size = 0
        self._draft = draft_of(path, whose)
        self._sum = sha256()
        self._file = self._opened()
        self._dropped = False

    def _opened(self) -> BinaryIO:
        return open(self._draft, "xb")

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        if self._dropped:
            return len(data)  # the last words of a writer that cannot be stopped otherwise
        count = self._file.write(data)
        self._sum.update(data)
        self.size += count
        return count

    @property
    def checksum(self) -> str:
        """SHA-256 of all that was written."""
        return self._sum.hexdigest()

    def rest(self) -> None:
        """Close the file: all is written, and it waits for its name."""
        self._file.close()

    def keep(self) -> None:
        """Give the file its name: it is whole."""
        self._file.close()
        self._draft.replace(self.path)

    def drop(self) -> None:
        """Close the file, and take no notice of what is still written to it."""
        self._dropped = True
        with suppress(OSError):  # closing writes what is still held; the disk may be full
            self._file.close()


def draft_of(path: Path, whose: str = "") -> Path:
    """The temporary name of a file; of one that several may write at once it says `whose`."""
    return path.with_name(f".{path.name}{whose and '.' + whose}.part")


def name_of_draft(name: str) -> str:
    """The name that a draft is to have; any other name as it is."""
    found = _DRAFT.fullmatch(name)
    return f"{found[1]}{found[2]}" if found else name


class Writer(Protocol):
    """Writes the rows of a table, as `encoded` made them."""

    def add(self, data: bytes) -> None: ...

    def close(self) -> None: ...


class CsvFile:
    """Writes lines as they come."""

    def __init__(self, out: BinaryIO, table: Table) -> None:
        self._out, self._table = out, table
        self.add(csv.head(table))

    def add_rows(self, rows: pa.RecordBatch) -> None:
        """Write the rows of the next slice, given as the table's own batch."""
        self.add(csv.lines(self._table, rows))

    def add(self, data: bytes) -> None:
        self._out.write(data)

    def close(self) -> None:
        """All is written."""


class InOrder:
    """What a table's rows are written to: shards come in any order, and are written in theirs.

    What each shard sends comes in the order of its slices, and its end behind them; pieces that
    must wait do so in the `folder`.
    """

    def __init__(self, folder: Path, table: Table, first: int, writer: Writer) -> None:
        self.table = table
        self.next = first
        self.rows = 0
        self._folder, self._writer = folder, writer
        self._sum, self._has_sum = sha256(), False
        self._waiting: dict[int, Waiting] = {}
        self._ended: dict[int, bytes | None] = {}

    @property
    def digest(self) -> str | None:
        """The table's digest, from those of the shards written; None where no shard has one."""
        return self._sum.hexdigest() if self._has_sum else None

    def add(self, piece: Piece) -> None:
        """Write a piece, or keep it until the shards before it are written."""
        if piece.shard == self.next:
            self._write(piece.rows, piece.data)
            return
        if piece.shard not in self._waiting:
            self._waiting[piece.shard] = Waiting(self._folder)
        self._waiting[piece.shard].add(piece.rows, piece.data)

    def end(self, end: End) -> None:
        """Take note that a shard is whole, and write what has waited for that."""
        self._ended[end.shard] = end.digest
        while self.next in self._ended:
            if digest := self._ended.pop(self.next):
                self._sum.update(digest)
                self._has_sum = True
            self.next += 1
            self._turn()
            if waiting := self._waiting.pop(self.next, None):
                for rows, data in waiting.taken():
                    self._write(rows, data)

    def _turn(self) -> None:
        """Another shard is whole."""

    def _write(self, rows: int, data: bytes) -> None:
        self._writer.add(data)
        self.rows += rows

    def finish(self) -> None:
        """Write the end of what is written."""
        self._writer.close()

    def drop(self) -> None:
        """Let go of what waits."""
        for waiting in self._waiting.values():
            waiting.close()


@dataclass
class Begun:
    """A file of a table: its path within the folder, what is written to it, and its rows."""

    name: str
    draft: Draft
    rows: int = 0


class TableFile(InOrder):
    """The file of a table, or one for each of its parts that has rows, the first in any case;
    under temporary names until they are kept.

    `parts` are the last shard and the path of each. What a writer knows of all that it wrote goes
    when a part is whole: of a Parquet file it is 16 KB for every row group.
    """

    def __init__(
        self, root: Path, style: str, table: Table, first: int, parts: Sequence[tuple[int, str]]
    ) -> None:
        self.files: list[Begun] = []
        self._root, self._parts = root, deque(parts)
        self._kind: Any = CsvFile if style == "csv" else parquet.ParquetFile
        self.table, self._is_ended = table, False
        super().__init__((root / parts[0][1]).parent, table, first, self._begin())

    def _begin(self) -> Writer:
        name = self._parts[0][1]
        self.files.append(Begun(name, Draft(self._root / name)))
        writer: Writer = self._kind(self.files[-1].draft, self.table)
        return writer

    def _turn(self) -> None:
        if self.next > self._parts[0][0] and len(self._parts) > 1:
            self._parts.popleft()
            self.finish()

    def _write(self, rows: int, data: bytes) -> None:
        if self._is_ended:
            self._writer, self._is_ended = self._begin(), False
        super()._write(rows, data)
        self.files[-1].rows += rows

    def finish(self) -> None:
        """Write the end of the file that is written to."""
        if not self._is_ended:
            super().finish()
            self._is_ended = True
            self.files[-1].draft.rest()

    def keep(self) -> None:
        """Give the files their names."""
        for file in self.files:
            file.draft.keep()

    def drop(self) -> None:
        """Let go of files that are not to be; their folder removes them."""
        super().drop()
        for file in self.files:
            file.draft.drop()
        self._writer.close()
