"""Takes a plan that is cut into parts, gives the work of writing one: its files, then its receipt.

Whatever crew does it, the bytes are the same; what it tells is small.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from secrets import token_hex

from dhub.errors import Refused
from dhub.estate.reference import reference_tables
from dhub.flow.catalogue import bank_of
from dhub.flow.crew import Tell
from dhub.flow.encode import founded
from dhub.flow.parts import FOLDER, PLAN, Cut, Part, receipt_name
from dhub.flow.plan import Plan
from dhub.flow.receipt import PartDone, Receipt, joined, written
from dhub.flow.shelf import told
from dhub.flow.sinks.files import Draft
from dhub.flow.sinks.parquet import GROUP_ROWS, PART_GROUP_ROWS
from dhub.flow.sinks.parts import PartSink
from dhub.flow.storage import Storage
from dhub.flow.worker import Task, work
from dhub.model import Domain, Table

STAYS = "The parts that are whole stay, and --resume goes on from them"


@dataclass(frozen=True)
class Parting:
    """Writing parts; `bank` is the name of the catalogue. A part may be written twice."""

    bank: str
    plan: Plan
    cut: Cut
    storage: Storage

    @contextmanager
    def opened(self) -> Iterator[Callable[[Part, Tell], None]]:
        """Writes a part; nothing is kept from one to the next."""
        bank = bank_of(self.bank)
        yield lambda part, tell: self._write(bank, part, tell)

    def _write(self, bank: tuple[Domain, ...], part: Part, tell: Tell) -> None:
        with told(self.storage.shown, "the export", STAYS):
            self._written(bank, part, tell)

    def _written(self, bank: tuple[Domain, ...], part: Part, tell: Tell) -> None:
        refuse_another(self.storage, self.cut)
        sink = PartSink(self.cut.style, self._begin(part), part.number == 0, self._group_rows)
        try:
            for domain in bank if part.number == 0 else ():
                for table in reference_tables(domain.database):
                    sink.add(domain.database, table, [founded(table, self.plan.run)])
            databases = tuple(domain.database for domain in bank)
            for shard in part.shards:
                work(bank, self.plan, Task(shard, databases), sink, tell)
            files = tuple(sink.finish())
        except BaseException:
            sink.drop()
            raise
        receipt = Receipt(part, self.cut.digest, files, joined(sink.digests))
        self.storage.put(receipt_name(part.number), written(receipt))
        tell(PartDone(part.number, receipt.rows, receipt.size))

    @property
    def _group_rows(self) -> int:
        return PART_GROUP_ROWS if self.cut.has_folders else GROUP_ROWS

    def _begin(self, part: Part) -> Callable[[str, Table], tuple[str, Draft]]:
        def begin(database: str, table: Table) -> tuple[str, Draft]:
            name = self.cut.file(f"{database}/{table.name}", part)
            return name, self.storage.draft(name)

        return begin

    def probe(self) -> None:
        """Try the storage from where this runs: that it is the one with our plan, and takes files.

        Raises what keeps a worker from it.
        """
        refuse_another(self.storage, self.cut)
        name = f"{FOLDER}/probe-{token_hex(8)}"
        self.storage.put(name, b"dhub\n")
        self.storage.remove([name])


def refuse_another(storage: Storage, cut: Cut) -> None:
    """Raise Refused unless the plan that stands in the storage is this one."""
    found = storage.read(PLAN)
    if found is None:
        raise Refused(f"{storage.shown} has no {PLAN} (any more): nothing more was written there.")
    differ = differences(found, cut)
    if differ:
        raise Refused(f"{storage.shown} holds parts of another plan: {differ}.")


def differences(found: bytes, cut: Cut) -> str:
    """What a plan.json says otherwise than ours, in a few words; empty when it is the same."""
    try:
        there = json.loads(found)
    except ValueError:
        there = {}
    if not isinstance(there, dict) or there.get("kind") != cut.document["kind"]:
        return "its plan.json is not one of dhub"
    if there.get("digest") == cut.digest:
        return ""
    ours = cut.document
    names = [name for name in {**ours, **there} if there.get(name) != ours.get(name)]
    told = [
        f"{name} {_word(there.get(name))} there, {_word(ours.get(name))} here"
        for name in names
        if name != "digest" or len(names) == 1
    ]
    return "; ".join(told[:3])


def _word(value: object) -> str:
    if isinstance(value, dict):
        return str(value.get("name"))
    if value is None:
        return "not said"
    return f"{len(value)} of them" if isinstance(value, list) else str(value)
