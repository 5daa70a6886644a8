"""Takes a plan and a folder, gives the star of its bank as files, reconciled with the bank."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from time import monotonic
from typing import Any

from dhub.flow.crew import Crew
from dhub.flow.events import Begun, Listener, Stage
from dhub.flow.export import Exported
from dhub.flow.folder import EXPORT, MANIFEST, Folder, Kind
from dhub.flow.manifest import manifest
from dhub.flow.orchestrate import crew_size
from dhub.flow.plan import Plan
from dhub.flow.shelf import Shelf, Slot, Written, share, told
from dhub.flow.sinks.files import Draft
from dhub.flow.worker import Task, bank_of
from dhub.warehouse.reconcile import STAR_CATALOGUE, Reconciled, Reconciling, Summed

WHAT = "the export"
KIND = Kind(
    "dhub warehouse export", "warehouse export", "a", EXPORT.files, EXPORT.figures,
    marker=".dhub-warehouse",
)  # fmt: skip


def slots(style: str) -> Iterator[Slot]:
    """The tables of the star in the folder itself, the truth in one of its own."""
    star, truth = bank_of(STAR_CATALOGUE)
    for table in star.tables:
        yield Slot(star.database, table, f"{table.name}.{style}", style)
    for table in truth.tables:
        yield Slot(truth.database, table, f"{truth.database}/{table.name}.{style}", style)


def export(
    plan: Plan,
    root: Path,
    style: str,
    replace: bool = False,
    workers: int | None = None,
    listener: Listener = lambda event: None,
) -> Exported:
    """Write the star of a plan into a folder: a file for each table, the manifest last.

    Raises Refused when the folder holds anything but an earlier export of a star that may be
    replaced, UsageError when it cannot be written to, WriteFailed when the disk failed or is full,
    Fault when the star does not reconcile; whatever is raised once writing has begun, nothing of
    the export is left.
    """
    started, size = monotonic(), crew_size(plan, workers)
    filed = tuple(slots(style))
    shelf = Shelf(root, filed, plan.indexes[0])
    with Crew(size) as crew, told(root, WHAT):
        folder = Folder(root, [slot.name for slot in filed], replace, KIND)
        try:
            files, document = _write(root, shelf, crew, Reconciling(plan, style), listener)
        except BaseException:
            shelf.drop()
            with suppress(OSError):  # what failed is told, not what failed because of it
                folder.leave()
            raise
        folder.done()
    return Exported(plan, files, document, monotonic() - started, max(1, size))


def _write(
    root: Path, shelf: Shelf, crew: Crew, job: Reconciling, listener: Listener
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
    document = manifest(job.plan, job.style, files)
    document = {**document, "kind": KIND.word, "reconciliation": block}
    draft = Draft(root / MANIFEST)
    draft.write((json.dumps(document, indent=1) + "\n").encode())
    draft.keep()
    return files, document
