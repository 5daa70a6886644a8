"""Takes slots (a table and the file it goes to) and encoded pieces, gives files: all or none.

Whoever writes a data set as files shares this: who makes the rows, how files are called and what
else lies beside them is theirs.
"""

from __future__ import annotations

import errno
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow as pa

from dhub.errors import DhubError, UsageError
from dhub.flow.crew import Gone, Hands, Tell, Work
from dhub.flow.sinks.files import End, InOrder, Piece, TableFile, WriteFailed, encoded
from dhub.flow.sinks.parts import PartFile
from dhub.flow.worker import Task
from dhub.model import Table

_FULL = (errno.ENOSPC, errno.EDQUOT)
# What a path is to blame for; anything else is the device's fault.
_WRONG_PATH = (
    errno.EACCES,
    errno.EPERM,
    errno.EROFS,
    errno.ENOENT,
    errno.ENOTDIR,
    errno.ENAMETOOLONG,
    errno.ELOOP,
    errno.EINVAL,
)


@dataclass(frozen=True)
class Slot:
    """A table of a database, and its file: `name` is its path within the folder.

    `rows` are all the rows of a table that no shard makes; None where the shards do. A table that
    is cut has a file for each of its `parts`: the last shard and the path of each.
    """

    database: str
    table: Table
    name: str
    style: str
    rows: pa.RecordBatch | None = None
    parts: tuple[tuple[int, str], ...] = ()

    @property
    def files(self) -> tuple[tuple[int, str], ...]:
        """The last shard and the path of each of its files; the only one ends with none."""
        return self.parts or ((sys.maxsize, self.name),)


@dataclass(frozen=True)
class Written:
    """A file of a data set: its path within the folder, its rows, bytes and SHA-256.

    `digest` is that of the values, as the ledger of a database has it; none of a reference table.
    A table that shares its file with others has no bytes of its own.
    """

    database: str
    table: Table
    file: str
    rows: int
    size: int | None
    checksum: str | None
    digest: str | None = None
    parts: tuple[PartFile, ...] = ()  # its files, where the table has several


class Shelf:
    """The files that are being written, in the order of their slots; shards count from `first`."""

    def __init__(self, root: Path, slots: Sequence[Slot], first: int) -> None:
        self._root, self._slots, self._first = root, slots, first
        self._files: dict[tuple[str, str], InOrder] = {}

    @property
    def names(self) -> list[str]:
        """The files, as paths within the folder, each once."""
        return list(dict.fromkeys(name for slot in self._slots for _, name in slot.files))

    def open(self) -> None:
        """Begin every file; those whose rows are given are complete with that."""
        for slot in self._slots:
            file = self._begun(slot)
            self._files[slot.database, slot.table.name] = file
            if slot.rows is not None:
                data = encoded(slot.style, slot.table, slot.rows)
                size = len(slot.rows)
                file.add(Piece(slot.database, slot.table.name, self._first, size, data))
                file.end(End(slot.database, slot.table.name, self._first))

    def take(self, word: Piece | End) -> None:
        """Write what a worker tells in its turn."""
        file = self._files[word.database, word.table]
        if isinstance(word, Piece):
            file.add(word)
        else:
            file.end(word)

    def behind(self) -> int:
        """The first shard that some file lacks."""
        return min(self._file(slot).next for slot in self._slots if slot.rows is None)

    def finish(self) -> tuple[Written, ...]:
        """End all files, then give them their names."""
        for file in self._files.values():
            file.finish()
        for file in self._files.values():
            if isinstance(file, TableFile):
                file.keep()
        return tuple(map(self._written, self._slots))

    def drop(self) -> None:
        """Let go of all files."""
        for file in self._files.values():
            file.drop()

    def _begun(self, slot: Slot) -> InOrder:
        """What the rows of a slot are written to."""
        return TableFile(self._root, slot.style, slot.table, self._first, slot.files)

    def _file(self, slot: Slot) -> InOrder:
        return self._files[slot.database, slot.table.name]

    def _written(self, slot: Slot) -> Written:
        file = self._file(slot)
        made = Written(slot.database, slot.table, slot.name, file.rows, None, None, file.digest)
        parts = tuple(_parts(slot, file)) if isinstance(file, TableFile) else ()
        if not parts:
            return made
        if slot.parts:
            return replace(made, size=sum(part.size for part in parts), parts=parts)
        return replace(made, size=parts[0].size, checksum=parts[0].checksum)


def _parts(slot: Slot, file: TableFile) -> Iterator[PartFile]:
    for each in file.files:
        size, checksum = each.draft.size, each.draft.checksum
        yield PartFile(slot.database, slot.table.name, each.name, each.rows, size, checksum)


def share(
    shelf: Shelf, crew: Hands, job: Work, tasks: Sequence[Task], listener: Tell, what: str
) -> None:
    """Let the workers encode, and write what they tell in order of the shards.

    All other words of theirs go to the listener. Raises MachineFailed, with `what` named ("the
    export"), when a worker was killed.
    """

    def hear(word: Any) -> None:
        if isinstance(word, (Piece, End)):
            shelf.take(word)
        else:
            listener(word)

    def near(task: Task) -> bool:
        # A shard that lags makes the others wait, not their rows pile up in memory.
        return task.shard <= shelf.behind() + crew.size

    try:
        crew.run(job, tasks, hear, near)
    except Gone as error:
        raise error.but(f"Nothing of {what} was left; run it again") from error


@contextmanager
def told(root: Path | str, what: str, left: str = "") -> Iterator[None]:
    """Say of a failing disk or folder what it is, and what helps; `what` is as "the export", and
    `left` says what of it is there, if something is."""
    try:
        yield
    except OSError as error:
        raise _failure(error, root, left or f"Nothing of {what} was left") from error


def _failure(error: OSError, root: Path | str, left: str) -> DhubError:
    if error.errno in _FULL:
        return WriteFailed(
            f"The disk is full at {root}; {left[0].lower()}{left[1:]}. "
            "Make room and run the command again."
        )
    reason = f"{error.filename or root}: {error.strerror or error}."
    if error.errno in _WRONG_PATH:
        return UsageError(reason)
    return WriteFailed(f"{reason} {left}; run the command again.")
