"""Takes a plan and a folder, gives the estate as files: the same values, without any database."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

from dhub.estate.reference import reference_tables
from dhub.flow.catalogue import CATALOGUE, bank_of
from dhub.flow.crew import Hands, Tell, manned
from dhub.flow.encode import founded
from dhub.flow.events import Begun, Listener, Stage
from dhub.flow.folder import EXPORT, MANIFEST, Folder, Kind
from dhub.flow.manifest import manifest
from dhub.flow.onefile import FILE, OneFile, whole
from dhub.flow.orchestrate import crew_size
from dhub.flow.plan import Plan
from dhub.flow.shelf import Shelf, Slot, Written, share, told
from dhub.flow.sinks.files import Draft, FileSink
from dhub.flow.worker import Task, work
from dhub.model import Domain, Run, Table

WHAT = "the export"


@dataclass(frozen=True)
class Exported:
    """An export that is whole; `document` is its manifest."""

    plan: Plan
    files: tuple[Written, ...]
    document: dict[str, Any]
    seconds: float
    workers: int
    there: int = 0  # rows that were there before
    registered: str | None = None  # where its tables are known, too


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


def slots(run: Run, style: str, domains: tuple[Domain, ...]) -> Iterator[Slot]:
    """Every table with its file; those that migrations fill first: others point at them."""
    for domain in domains:
        database = domain.database
        for table in reference_tables(database):
            yield Slot(database, table, _name(database, table, style), style, founded(table, run))
        for table in domain.tables:
            yield Slot(database, table, _name(database, table, style), style)


def _name(database: str, table: Table, style: str) -> str:
    return FILE if style == "sqlite" else f"{database}/{table.name}.{style}"


def export(
    plan: Plan,
    root: Path,
    style: str,
    replace: bool = False,
    workers: int | None = None,
    listener: Listener = lambda event: None,
    bank: str = CATALOGUE,
    crew: Hands | None = None,
) -> Exported:
    """Write the estate of a plan into a folder: a file for each table, or one that has them all
    (`style` sqlite); the manifest last. By `workers` here or by a `crew`.

    Raises Refused when the folder holds anything but an earlier export that may be replaced,
    UsageError when it cannot be written to, WriteFailed when the disk failed or is full; whatever
    is raised once writing has begun, nothing of the export is left.
    """
    filed = tuple(slots(plan.run, style, bank_of(bank)))
    shelf = (OneFile if style == "sqlite" else Shelf)(root, filed, plan.indexes[0])
    job = _Encoding(bank, plan, style)
    return written(
        plan, root, shelf, workers, lambda hands: _write(root, shelf, hands, job, listener),
        replace, crew=crew,
    )  # fmt: skip


def written(
    plan: Plan,
    root: Path,
    shelf: Shelf,
    workers: int | None,
    write: Callable[[Hands], tuple[tuple[Written, ...], dict[str, Any]]],
    replace: bool,
    kind: Kind = EXPORT,
    crew: Hands | None = None,
) -> Exported:
    """Have a folder claimed and workers at hand while `write` fills the shelf, which gives the
    files and their manifest. Raises what Folder and `write` raise; nothing of it is left then."""
    started, size = monotonic(), crew_size(plan, workers)
    with manned(crew, size) as hands, told(root, WHAT):
        folder = Folder(root, shelf.names, replace, kind)
        try:
            files, document = write(hands)
        except BaseException:
            shelf.drop()
            with suppress(OSError):  # what failed is told, not what failed because of it
                folder.leave()
            raise
        folder.done()
    return Exported(plan, files, document, monotonic() - started, max(1, hands.size))


def keep_manifest(root: Path, document: dict[str, Any]) -> None:
    """Write the manifest, which has its name only when it is whole."""
    draft = Draft(root / MANIFEST)
    draft.write((json.dumps(document, indent=1) + "\n").encode())
    draft.keep()


def _write(
    root: Path, shelf: Shelf, crew: Hands, job: _Encoding, listener: Listener
) -> tuple[tuple[Written, ...], dict[str, Any]]:
    """Write all files and the manifest."""
    listener(Stage("Writing the files"))
    listener(Begun(job.plan.phases, {}))
    shelf.open()
    databases = tuple(domain.database for domain in bank_of(job.bank))
    tasks = [Task(index, databases) for index in job.plan.indexes]
    share(shelf, crew, job, tasks, listener, WHAT)
    listener(Stage("Naming the files"))
    files = shelf.finish()
    document = manifest(job.plan, job.style, files, whole(root) if job.style == "sqlite" else None)
    keep_manifest(root, document)
    return files, document
