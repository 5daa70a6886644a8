"""Takes the slices of shards, writes a file for each table: in order of the shards, whole or not.

A worker encodes (`FileSink`), the parent writes (`TableFile`): the same bytes whoever encodes.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable
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
        self.digests: list[bytes] = []  # of the shards written, in their order
        self._folder, self._writer = folder, writer
        self._waiting: dict[int, Waiting] = {}
        self._ended: dict[int, bytes | None] = {}

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
            digest = self._ended.pop(self.next)
            self.digests += [digest] if digest else []
            self.next += 1
            if waiting := self._waiting.pop(self.next, None):
                for rows, data in waiting.taken():
                    self._write(rows, data)

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


class TableFile(InOrder):
    """The file of a table, under a temporary name until it is kept."""

    def __init__(self, path: Path, style: str, table: Table, first: int) -> None:
        self._draft = Draft(path)
        kind = CsvFile if style == "csv" else parquet.ParquetFile
        writer: Writer = kind(self._draft, table)  # type: ignore[arg-type]
        super().__init__(path.parent, table, first, writer)

    @property
    def size(self) -> int:
        """Bytes written."""
        return self._draft.size

    @property
    def checksum(self) -> str:
        """SHA-256 of the bytes written."""
        return self._draft.checksum

    def keep(self) -> None:
        """Give the file its name."""
        self._draft.keep()

    def drop(self) -> None:
        """Let go of a file that is not to be; its folder removes it."""
        super().drop()
        self._draft.drop()
        self._writer.close()
