"""Takes an order and a folder, gives a data set: tables, features, labels, report, metadata."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

from dhub.flow.crew import Crew
from dhub.flow.orchestrate import crew_for
from dhub.flow.shelf import Shelf, Written, share, told
from dhub.flow.sinks.files import FORMATS
from dhub.plaid.making import Making, slots, tasks
from dhub.plaid.metadata import metadata
from dhub.plaid.place import METADATA, Place
from dhub.plaid.report import Seen, failures, report
from dhub.plaid.request import Order

REPORT = "validation_report.json"
_WHAT = "the data set"

Listener = Callable[[Seen], None]


@dataclass(frozen=True)
class Generated:
    """A data set that is whole; `document` is its metadata, `failed` names checks not passed."""

    order: Order
    files: tuple[Written, ...]
    document: dict[str, Any]
    failed: tuple[str, ...]
    seconds: float

    @property
    def rows(self) -> int:
        """Rows of the four tables."""
        return sum(self.document["counts"].values())


def generate(
    order: Order, root: Path, replace: bool = False, listener: Listener = lambda seen: None
) -> Generated:
    """Make a data set in a folder; what is heard on the way is what each shard has.

    Raises Refused when the folder holds anything but an earlier data set that may be replaced,
    UsageError when it cannot be written to, WriteFailed when the disk failed or is full; whatever
    is raised once writing has begun, the folder is as it was before.
    """
    started = monotonic()
    with Crew(crew_for(len(tasks(order)), order.workers)) as crew, told(root, _WHAT):
        place = Place(root, names(), replace)
        try:
            files, document, failed = _write(order, place.stage, crew, listener)
            place.keep()
        except BaseException:
            with suppress(OSError):  # what failed is told, not what failed because of it
                place.leave()
            raise
    return Generated(order, files, document, failed, monotonic() - started)


def names() -> tuple[str, ...]:
    """Every name that a file of any data set may have."""
    tables = {slot.name: None for style in FORMATS for slot in slots(style)}
    return (*tables, REPORT, METADATA)


def _write(
    order: Order, stage: Path, crew: Crew, listener: Listener
) -> tuple[tuple[Written, ...], dict[str, Any], tuple[str, ...]]:
    """Write all files, metadata last."""
    filed, whole = slots(order.style), Seen()

    def hear(word: Seen) -> None:
        whole.add(word)
        listener(whole)

    for folder in {(stage / slot.name).parent for slot in filed}:
        folder.mkdir(exist_ok=True)
    shelf = Shelf(stage, filed, first=1)
    try:
        shelf.open()
        share(shelf, crew, Making(order), tasks(order), hear, _WHAT)
        files = shelf.finish()
    except BaseException:
        shelf.drop()
        raise
    found = report(order, whole)
    _put(stage / REPORT, found)
    document = metadata(order, whole, files, beside=[REPORT])
    _put(stage / METADATA, document)
    return files, document, tuple(failures(found))


def _put(path: Path, document: dict[str, Any]) -> None:
    path.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
