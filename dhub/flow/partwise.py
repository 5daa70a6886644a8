"""Takes a plan and a storage, gives the estate there in parts: each with its receipt, the manifest
once all are there."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from time import monotonic
from typing import Any

from dhub.errors import Refused
from dhub.flow.catalogue import CATALOGUE, bank_of
from dhub.flow.claim import MANIFEST, How, claim
from dhub.flow.crew import Gone, Hands, manned
from dhub.flow.events import Begun, Listener, Stage
from dhub.flow.export import Exported, slots
from dhub.flow.manifest import manifest
from dhub.flow.orchestrate import crew_for
from dhub.flow.parting import STAYS, Parting
from dhub.flow.parts import Cut, Part, cut, named_by, receipt_name, slice_of
from dhub.flow.plan import Plan
from dhub.flow.reach import reach
from dhub.flow.receipt import PartDone, Receipt, read
from dhub.flow.shelf import Written, told
from dhub.flow.sinks.parts import PartFile
from dhub.flow.storage import Storage
from dhub.model import Table


@dataclass(frozen=True)
class Sliced:
    """A slice of the parts that is whole: how many it has, how many of them were there before."""

    plan: Plan
    parts: tuple[Part, ...]
    of: int
    there: int
    rows: int
    size: int
    seconds: float
    workers: int


def export_in_parts(
    plan: Plan,
    storage: Storage,
    style: str,
    how: How,
    workers: int | None = None,
    listener: Listener = lambda event: None,
    bank: str = CATALOGUE,
    shards: int | None = None,
    crew: Hands | None = None,
    folders: bool = False,
) -> Exported | Sliced:
    """Write the parts that are asked for and are not there; the manifest, unless for a slice.
    By `workers` here or by a `crew`.

    Raises Refused when the storage holds anything but what this may go on from or replace, or when
    parts are missing that were to be there; what is whole when something is raised stays.
    """
    started = monotonic()
    made = cut(plan, style, _tables(bank, plan, style), shards, folders)
    job = Parting(bank, plan, made, storage)
    wanted = slice_of(job.cut.parts, *how.part) if how.part else job.cut.parts
    size = 0 if how.finish else _crew(len(wanted), workers)
    # Workers first: what a client of object storage starts does not survive a fork.
    with manned(crew, size) as hands, told(storage.shown, "the export", STAYS):
        reach(storage, None if how.finish else crew)
        is_new = claim(storage, job.cut, how)
        hands.check(job.probe)
        there = _There() if is_new or how.finish else _looked(job, wanted)
        if not how.finish:
            _write(job, hands, wanted, there, listener)
        if how.part:
            sizes, of = _sizes(job, wanted), len(job.cut.parts)
            took = monotonic() - started, max(1, hands.size)
            return Sliced(plan, tuple(wanted), of, len(there.parts), *sizes, *took)
        listener(Stage("Reading the receipts"))
        files, document = _finished(job)
        storage.sweep(named_by(job.cut.document))
    rows = document["rows"] if how.finish else there.rows
    return Exported(plan, files, document, monotonic() - started, max(1, hands.size), rows)


def _crew(parts: int, workers: int | None) -> int:
    """Processes to start: a part is worth one, as few shards are not."""
    wanted = min(crew_for(None, workers), parts)
    return 0 if wanted <= 1 else wanted


def _tables(bank: str, plan: Plan, style: str) -> list[str]:
    found = slots(plan.run, style, bank_of(bank))
    return [f"{slot.database}/{slot.table.name}" for slot in found]


@dataclass
class _There:
    """The parts that had a receipt before, and their rows by phase, 0 of reference tables."""

    parts: list[Part] = field(default_factory=list)
    phases: Counter[int] = field(default_factory=Counter)

    @property
    def rows(self) -> int:
        return self.phases.total()


def _looked(job: Parting, wanted: Sequence[Part]) -> _There:
    phase = {table.name: table.phase for each in bank_of(job.bank) for table in each.tables}
    there = _There()
    for part, receipt in receipts(job, wanted):
        if receipt:
            there.parts.append(part)
            for file in receipt.files:
                there.phases[phase.get(file.table, 0)] += file.rows
    return there


def _write(
    job: Parting, crew: Hands, wanted: Sequence[Part], there: _There, listener: Listener
) -> None:
    """Have the parts written that are not there."""
    listener(Stage("Writing the parts"))
    listener(Begun(_expected(job, wanted), {n: rows for n, rows in there.phases.items() if n}))
    lacking = [part for part in wanted if part not in there.parts]
    try:
        crew.run(job, lacking, _but_receipts(listener))
    except Gone as error:
        raise error.but(STAYS) from error


def _but_receipts(listener: Listener) -> Any:
    """What is written down is read where it stands."""
    return lambda word: None if isinstance(word, PartDone) else listener(word)


def _expected(job: Parting, wanted: Sequence[Part]) -> dict[int, int]:
    shards = sum(len(part.shards) for part in wanted)
    share = shards / len(job.plan.indexes)
    return {phase: round(rows * share) for phase, rows in job.plan.phases.items()}


def receipts(job: Parting, parts: Sequence[Part]) -> Iterator[tuple[Part, Receipt | None]]:
    """Each part with its receipt, if it has one of this plan and its files are there, whole."""
    for part in parts:
        data = job.storage.read(receipt_name(part.number))
        receipt = read(data, part, job.cut.digest) if data else None
        if receipt:
            sizes = job.storage.sizes([each.file for each in receipt.files])
            if sizes != [each.size for each in receipt.files]:
                receipt = None
        yield part, receipt


def _sizes(job: Parting, parts: Sequence[Part]) -> tuple[int, int]:
    """Rows and bytes of parts that are whole."""
    found = [receipt for _, receipt in receipts(job, parts) if receipt]
    return sum(each.rows for each in found), sum(each.size for each in found)


@dataclass
class _Whole:
    """A table's files so far, and the digest that its shards give, one after the other."""

    files: list[PartFile] = field(default_factory=list)
    digest: Any = field(default_factory=sha256)
    has_digest: bool = False

    def add(self, receipt: Receipt, table: tuple[str, str]) -> None:
        self.files += [each for each in receipt.files if (each.database, each.table) == table]
        if shards := receipt.digests.get(table):
            self.digest.update(shards)
            self.has_digest = True


def _finished(job: Parting) -> tuple[tuple[Written, ...], dict[str, Any]]:
    """Write the manifest from the receipts, read one at a time; Refused when some are missing."""
    found = slots(job.plan.run, job.cut.style, bank_of(job.bank))
    tables = {(slot.database, slot.table.name): (slot.table, _Whole()) for slot in found}
    lacking = []
    for part, receipt in receipts(job, job.cut.parts):
        if receipt is None:
            lacking.append(part)
            continue
        for name, (_, whole) in tables.items():
            whole.add(receipt, name)
    if lacking:
        raise Refused(_missing(job, lacking))
    files = tuple(_table(job.cut, name, *each) for name, each in tables.items())
    document = manifest(job.plan, job.cut.style, files, parts=job.cut.told)
    job.storage.put(MANIFEST, (json.dumps(document, indent=1) + "\n").encode())
    return files, document


def _table(cut: Cut, name: tuple[str, str], table: Table, whole: _Whole) -> Written:
    database, files = name[0], whole.files
    digest = whole.digest.hexdigest() if whole.has_digest else None
    rows, size = sum(each.rows for each in files), sum(each.size for each in files)
    made = Written(database, table, f"{database}/{table.name}", rows, size, None, digest)
    if cut.has_folders:
        return replace(made, parts=tuple(files))
    return replace(made, file=files[0].file, checksum=files[0].checksum)


def _missing(job: Parting, lacking: Sequence[Part]) -> str:
    """How many parts are missing, which, and what brings them."""
    count, named = len(lacking), ", ".join(_ranges([part.number for part in lacking])[:6])
    of = len(job.cut.parts)
    return (
        f"{job.storage.shown}: {count} of {of} parts {'is' if count == 1 else 'are'} missing: "
        f"{named} (counted from 0, as their files are).\n"
        f"Use --resume to write what is missing, or --part {lacking[0].number + 1}/{of} for the "
        "first of them, then --finish."
    )


def _ranges(numbers: Sequence[int]) -> list[str]:
    """Numbers as ranges: 3, 5-9; the seventh range and what follows as three dots."""
    starts = [n for place, n in enumerate(numbers) if not place or numbers[place - 1] != n - 1]
    ends = [n for place, n in enumerate(numbers) if numbers[place + 1 : place + 2] != [n + 1]]
    told = [str(a) if a == b else f"{a}-{b}" for a, b in zip(starts, ends, strict=True)]
    return [*told[:5], "..."] if len(told) > 6 else told
