"""Takes a plan and a folder, gives the star of its bank as files, reconciled with the bank."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from dhub.flow.catalogue import bank_of
from dhub.flow.crew import Hands
from dhub.flow.events import Begun, Listener, Stage
from dhub.flow.export import WHAT, Exported, keep_manifest, written
from dhub.flow.folder import EXPORT, Kind
from dhub.flow.manifest import manifest
from dhub.flow.parts import Cut, cut
from dhub.flow.plan import Plan
from dhub.flow.shelf import Shelf, Slot, Written, share
from dhub.flow.worker import Task
from dhub.model import Table
from dhub.warehouse.reconcile import STAR_CATALOGUE, Reconciled, Reconciling, Summed

KIND = Kind(
    "dhub warehouse export", "warehouse export", "a", EXPORT.files, EXPORT.figures,
    marker=".dhub-warehouse",
)  # fmt: skip


def cut_star(plan: Plan, style: str, shards: int | None = None) -> Cut:
    """How a star is cut into parts of so many shards (None: as the plan says)."""
    return cut(plan, style, [path for _, _, path in _tables()], shards)


def slots(made: Cut) -> Iterator[Slot]:
    """The tables of the star with their files."""
    for database, table, path in _tables():
        if not made.has_folders:
            yield Slot(database, table, made.file(path, made.parts[0]), made.style)
            continue
        parts = tuple((part.last, made.file(path, part)) for part in made.parts)
        yield Slot(database, table, path, made.style, parts=parts)


def _tables() -> Iterator[tuple[str, Table, str]]:
    """The tables of the star in the folder itself, the truth in one of its own: database, table
    and path without an ending."""
    star, truth = bank_of(STAR_CATALOGUE)
    for table in star.tables:
        yield star.database, table, table.name
    for table in truth.tables:
        yield truth.database, table, f"{truth.database}/{table.name}"


def export(
    plan: Plan,
    root: Path,
    style: str,
    replace: bool = False,
    workers: int | None = None,
    listener: Listener = lambda event: None,
    crew: Hands | None = None,
    shards: int | None = None,
) -> Exported:
    """Write the star of a plan into a folder: a file for each table, or one for each of its parts
    of so many `shards` (None: as the plan says); the manifest last.

    Raises Refused when the folder holds anything but an earlier export of a star that may be
    replaced, UsageError when it cannot be written to, WriteFailed when the disk failed or is full,
    Fault when the star does not reconcile; whatever is raised once writing has begun, nothing of
    the export is left.
    """
    made = cut_star(plan, style, shards)
    shelf = Shelf(root, tuple(slots(made)), plan.indexes[0])
    job = Reconciling(plan, style)
    return written(
        plan, root, shelf, workers, lambda hands: _write(root, shelf, hands, job, made, listener),
        replace, KIND, crew,
    )  # fmt: skip


def _write(
    root: Path, shelf: Shelf, crew: Hands, job: Reconciling, made: Cut, listener: Listener
) -> tuple[tuple[Written, ...], dict[str, Any]]:
    """Write all files, then compare both sides, then write the manifest."""
    listener(Stage("Writing the files"))
    listener(Begun(job.plan.phases, {}))
    shelf.open()
    sides = Reconciled()

    def hear(word: Any) -> None:
        if isinstance(word, Summed):
            sides.take(word)
        else:
            listener(word)

    databases = tuple(domain.database for domain in bank_of(STAR_CATALOGUE))
    share(shelf, crew, job, [Task(n, databases) for n in job.plan.indexes], hear, WHAT)
    listener(Stage("Reconciling"))
    block = sides.document()
    listener(Stage("Naming the files"))
    files = shelf.finish()
    document = manifest(job.plan, job.style, files, parts=made.told)
    document = {**document, "kind": KIND.word, "reconciliation": block}
    keep_manifest(root, document)
    return files, document
