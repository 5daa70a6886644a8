"""Takes an order and a folder, gives a data set: tables, features, labels, report, metadata."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

from dhub.flow.crew import Hands, manned
from dhub.flow.orchestrate import crew_for
from dhub.flow.shelf import Shelf, Written, share, told
from dhub.flow.sinks.files import FORMATS
from dhub.plaid.check.found import data_set
from dhub.plaid.load import load
from dhub.plaid.making import Making, slots, tasks
from dhub.plaid.metadata import metadata
from dhub.plaid.place import METADATA, Place
from dhub.plaid.report import Seen, failures, report
from dhub.plaid.request import Order

REPORT, SQLITE = "validation_report.json", "spendsense.db"
_WHAT = "the data set"

Listener = Callable[[Seen], None]
Watch = Callable[[str], None]


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
    order: Order,
    root: Path,
    replace: bool = False,
    listener: Listener = lambda seen: None,
    watch: Watch = lambda doing: None,
    crew: Hands | None = None,
) -> Generated:
    """Make a data set in a folder, by the order's workers or by a crew; heard on the way are what
    there is of it so far, and words.

    Raises Refused when the folder holds anything but an earlier data set that may be replaced,
    UsageError when it cannot be written to, WriteFailed when the disk failed or is full; whatever
    is raised once writing has begun, the folder is as it was before.
    """
    started = monotonic()
    size = crew_for(len(tasks(order)), order.workers)
    with manned(crew, size) as hands, told(root, _WHAT):
        place = Place(root, known(), names(order), replace)
        try:
            files, document, failed = _write(order, place.stage, hands, listener, watch)
            place.keep()
        except BaseException:
            with suppress(OSError):  # what failed is told, not what failed because of it
                place.leave()
            raise
    return Generated(order, files, document, failed, monotonic() - started)


def known() -> tuple[str, ...]:
    """Every name that a file of any data set may have."""
    tables = {slot.name: None for style in FORMATS for slot in slots(style)}
    return (*tables, REPORT, SQLITE, METADATA)


def names(order: Order) -> tuple[str, ...]:
    """The names of the files that are asked for, metadata last."""
    database = [SQLITE] if _has_database(order) else []
    return (*(slot.name for slot in slots(order.style)), REPORT, *database, METADATA)


def _write(
    order: Order, stage: Path, crew: Hands, listener: Listener, watch: Watch
) -> tuple[tuple[Written, ...], dict[str, Any], tuple[str, ...]]:
    """Write all files; a database is loaded from them, as anybody would."""
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
    beside = set(names(order)) & {REPORT, SQLITE}
    document = metadata(order, whole, files, sorted(beside, reverse=True))
    _put(stage / METADATA, document)
    if SQLITE in beside:
        load(data_set(stage), stage / SQLITE, replace=False, watch=watch)
    return files, document, tuple(failures(found))


def _has_database(order: Order) -> bool:
    """001 asks for one, and loads it from CSV."""
    return order.preset == "archetypes" and order.style == "csv"


def _put(path: Path, document: dict[str, Any]) -> None:
    path.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
