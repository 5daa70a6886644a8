"""Takes a plan and a folder, gives the estate as files: the same values, without any database."""

from __future__ import annotations

import errno
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any

from dhub.errors import DhubError, UsageError
from dhub.estate.digests import table_digest
from dhub.estate.reference import reference_tables
from dhub.flow.crew import Crew, Gone, Tell
from dhub.flow.encode import founded
from dhub.flow.events import Begun, Listener, Stage
from dhub.flow.folder import MANIFEST, Folder
from dhub.flow.manifest import Written, manifest
from dhub.flow.orchestrate import crew_size
from dhub.flow.plan import Plan
from dhub.flow.sinks.files import Draft, End, FileSink, Piece, TableFile, WriteFailed, encoded
from dhub.flow.worker import CATALOGUE, Task, bank_of, work
from dhub.model import Domain, Table

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
class Exported:
    """An export that is whole; `document` is its manifest."""

    plan: Plan
    files: tuple[Written, ...]
    document: dict[str, Any]
    seconds: float
    workers: int


@dataclass(frozen=True)
class _Encoding:
    """Encoding shards for files; `bank` is the name of the catalogue."""

    bank: str
    plan: Plan
    style: str

    @contextmanager
    def opened(self) -> Iterator[Callable[[Task, Tell], None]]:
        """Encodes a shard and tells its pieces."""
        bank = bank_of(self.bank)
        yield lambda task, tell: work(bank, self.plan, task, FileSink(self.style, tell), tell)


@dataclass(frozen=True)
class _Shelf:
    """The tables of the bank in order, and the files that are being written."""

    root: Path
    style: str
    domains: tuple[Domain, ...]
    filled: dict[str, tuple[Table, ...]]
    files: dict[tuple[str, str], TableFile] = field(default_factory=dict)

    @property
    def tables(self) -> Iterator[tuple[str, Table]]:
        """Every table with its database; those that migrations fill first: others point at them."""
        for domain in self.domains:
            for table in (*self.filled[domain.database], *domain.tables):
                yield domain.database, table

    def name(self, database: str, table: Table) -> str:
        """The path of a table's file within the folder."""
        return f"{database}/{table.name}.{self.style}"

    def open(self, plan: Plan) -> None:
        """Begin every file; those of reference tables are complete with that."""
        for database, table in self.tables:
            path = self.root / self.name(database, table)
            first = plan.indexes[0]
            self.files[database, table.name] = file = TableFile(path, self.style, table, first)
            if table in self.filled[database]:
                rows = founded(table, plan.run)
                data = encoded(self.style, table, rows)
                file.add(Piece(database, table.name, first, len(rows), data))
                file.end(End(database, table.name, first))

    def take(self, word: Piece | End) -> None:
        """Write what a worker tells in its turn."""
        file = self.files[word.database, word.table]
        if isinstance(word, Piece):
            file.add(word)
        else:
            file.end(word)

    def behind(self) -> int:
        """The first shard that some file of the catalogue lacks."""
        return min(
            self.files[domain.database, table.name].next
            for domain in self.domains
            for table in domain.tables
        )

    def finish(self) -> tuple[Written, ...]:
        """End all files, then give them their names."""
        for file in self.files.values():
            file.finish()
        for file in self.files.values():
            file.keep()
        return tuple(self._written(database, table) for database, table in self.tables)

    def drop(self) -> None:
        """Let go of all files."""
        for file in self.files.values():
            file.drop()

    def _written(self, database: str, table: Table) -> Written:
        file = self.files[database, table.name]
        name = self.name(database, table)
        digest = table_digest(file.digests) if file.digests else None
        return Written(database, table, name, file.rows, file.size, file.checksum, digest)


def export(
    plan: Plan,
    root: Path,
    style: str,
    replace: bool = False,
    workers: int | None = None,
    listener: Listener = lambda event: None,
    bank: str = CATALOGUE,
) -> Exported:
    """Write the estate of a plan into a folder: a file for each table, the manifest last.

    Raises Refused when the folder holds anything but an earlier export that may be replaced,
    UsageError when it cannot be written to, WriteFailed when the disk failed or is full; whatever
    is raised once writing has begun, nothing of the export is left.
    """
    started, size = monotonic(), crew_size(plan, workers)
    domains = bank_of(bank)
    filled = {domain.database: reference_tables(domain.database) for domain in domains}
    shelf = _Shelf(root, style, domains, filled)
    names = [shelf.name(database, table) for database, table in shelf.tables]
    with Crew(size) as crew, _told(root):
        folder = Folder(root, names, replace)
        try:
            files, document = _write(shelf, crew, _Encoding(bank, plan, style), listener)
        except BaseException:
            shelf.drop()
            with suppress(OSError):  # what failed is told, not what failed because of it
                folder.leave()
            raise
        folder.done()
    return Exported(plan, files, document, monotonic() - started, max(1, size))


def _write(
    shelf: _Shelf, crew: Crew, job: _Encoding, listener: Listener
) -> tuple[tuple[Written, ...], dict[str, Any]]:
    """Write all files and the manifest."""
    listener(Stage("Writing the files"))
    listener(Begun(job.plan.phases, {}))
    shelf.open(job.plan)
    _share(shelf, crew, job, listener)
    listener(Stage("Naming the files"))
    files = shelf.finish()
    document = manifest(job.plan, job.style, files)
    draft = Draft(shelf.root / MANIFEST)
    draft.write((json.dumps(document, indent=1) + "\n").encode())
    draft.keep()
    return files, document


def _share(shelf: _Shelf, crew: Crew, job: _Encoding, listener: Listener) -> None:
    """Let the workers encode, and write what they tell in order of the shards."""
    databases = tuple(domain.database for domain in shelf.domains)
    tasks = [Task(index, databases) for index in job.plan.indexes]

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
        raise Gone(
            "a worker process ended without a word; it was killed, or ran out of memory. "
            "Nothing of the export was left; run it again, with fewer --workers if memory is short."
        ) from error


@contextmanager
def _told(root: Path) -> Iterator[None]:
    """Say of a failing disk or folder what it is, and what helps."""
    try:
        yield
    except OSError as error:
        raise _failure(error, root) from error


def _failure(error: OSError, root: Path) -> DhubError:
    if error.errno in _FULL:
        return WriteFailed(
            f"The disk is full at {root}; nothing of the export was left. "
            "Make room and run the command again."
        )
    what = f"{error.filename or root}: {error.strerror or error}."
    if error.errno in _WRONG_PATH:
        return UsageError(what)
    return WriteFailed(f"{what} Nothing of the export was left; run the command again.")
