"""Takes what `dhub export` was asked for, gives an export in parts if it is one."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dhub.cli import stopping

if TYPE_CHECKING:
    from dhub.cli.command import Command
    from dhub.flow.claim import How
    from dhub.flow.events import Listener
    from dhub.flow.export import Exported
    from dhub.flow.partwise import Sliced
    from dhub.flow.plan import Plan
    from dhub.flow.request import Request
    from dhub.flow.storage import Storage


class Register(StrEnum):
    """What finished files are made known to."""

    iceberg = "iceberg"
    delta = "delta"


Resume = Annotated[
    bool, typer.Option("--resume", help="Go on: parts that have a receipt are left alone.")
]
Slice = Annotated[
    str | None,
    typer.Option(metavar="K/N", help="Write the K-th of N slices of the parts, K from 1."),
]
Finish = Annotated[
    bool, typer.Option("--finish", help="Write the manifest, once all parts are there.")
]
Registered = Annotated[
    Register | None,
    typer.Option(metavar="iceberg|delta", help="Make the finished Parquet files known as tables."),
]

# Customer shards of a part, where small parts are wanted: a bank of tests is not cut otherwise.
PART_SHARDS = "DHUB_PART_SHARDS"


@dataclass(frozen=True)
class Joining:
    """The options that go on with what others have begun, as they were typed."""

    resume: bool = False
    part: str | None = None
    finish: bool = False
    register: str | None = None  # what the finished files are to be made known to


def in_parts(
    plan: Plan, asked: Request, place: str, style: str, joining: Joining
) -> InParts | None:
    """The export in parts that is asked for; None when it is a folder of one file a table.

    Raises UsageError for options that do not go together.
    """
    from dhub.flow.parts import parts_of
    from dhub.flow.storage import Disk, storage_of

    how, shards, storage = _how(asked, joining), part_shards(), storage_of(place)
    is_bucket = not isinstance(storage, Disk)
    _refuse_unregistered(style, joining)
    if style == "sqlite":
        _refuse_sqlite(is_bucket or how.joins)
        return None
    count = len(parts_of(plan, shards))
    if joining.register or is_bucket or how.joins or count > 1 or place.startswith("file:"):
        return InParts(plan, asked, storage, style, how, shards, count, joining.register)
    return None


def _refuse_sqlite(is_asked_in_parts: bool) -> None:
    from dhub.errors import UsageError

    if is_asked_in_parts:
        raise UsageError(
            "--format sqlite writes one file into a folder: it has no parts. "
            "Use parquet or csv, or leave --resume, --part and --finish out."
        )


def _refuse_unregistered(style: str, joining: Joining) -> None:
    """Refuse what cannot be registered, or not yet, before anything is written."""
    from dhub.errors import UsageError
    from dhub.needs import require

    if joining.register and style != "parquet":
        raise UsageError(f"--register {joining.register} takes files of --format parquet.")
    if joining.register and joining.part:
        raise UsageError("--register is for the finished export: give it with --finish.")
    if joining.register:
        require(joining.register)


def _how(asked: Request, joining: Joining) -> How:
    from dhub.errors import UsageError
    from dhub.flow.claim import How
    from dhub.flow.parts import read_slice

    given = {
        "--replace": asked.replace,
        "--resume": joining.resume,
        "--part": joining.part is not None,
        "--finish": joining.finish,
    }
    names = [name for name, is_given in given.items() if is_given]
    if len(names) > 1:
        raise UsageError(
            f"{names[0]} and {names[1]} exclude each other: --part leaves parts that are there "
            "alone, as --resume does. Leave one of them out."
        )
    part = None if joining.part is None else read_slice(joining.part)
    return How(asked.replace, joining.resume, part, joining.finish)


def part_shards() -> int | None:
    """Customer shards of a part, where that is said."""
    from dhub.errors import UsageError

    text = os.environ.get(PART_SHARDS, "")
    if text and not (text.isdecimal() and text.isascii() and 0 < int(text) < 10**6):
        raise UsageError(f"{PART_SHARDS}={text}: a number of shards is wanted, 64 by default.")
    return int(text) if text else None


@dataclass(frozen=True)
class InParts:
    """An export in so many parts of `shards` shards (None: as the plan says)."""

    plan: Plan
    asked: Request
    storage: Storage
    style: str
    how: How
    shards: int | None
    count: int
    register: str | None

    def export(self, run: Command, dry_run: bool, cluster: str | None) -> Exported | None:
        """Write what is asked for; a whole bank is given, a slice or plan shown here."""
        from dhub.cli import show
        from dhub.flow.partwise import Sliced, export_in_parts
        from dhub.flow.request import read_workers

        if dry_run:
            self._show_plan(run)
            return None
        workers = read_workers(self.asked.workers) if self.asked.workers is not None else None
        stopping.afterwards(self._next)
        # What stands in the receipts takes no workers.
        here = self.how.finish
        with run.crew(cluster, self.asked.workers, here) as crew, run.loading() as listener:
            done = export_in_parts(
                self.plan, self.storage, self.style, self.how, workers, listener,
                shards=self.shards, folders=self._has_own_folders, crew=crew,
            )  # fmt: skip
            if not isinstance(done, Sliced):
                return self._registered(done, listener)
        run.end(show.sliced(done, self.storage.shown), _document(done, self.storage.shown))
        return None

    @property
    def _has_own_folders(self) -> bool:
        """A log of Delta lies in the folder of its table, so of what is registered each has one."""
        return self.register is not None and self.count == 1

    def _registered(self, done: Exported, listener: Listener) -> Exported:
        """Make the finished files known, if that is asked for."""
        from dhub.flow.events import Stage
        from dhub.flow.registered import register

        if not self.register:
            return done
        listener(Stage("Registering the tables"))
        return replace(done, registered=register(self.register, self.storage, done.files))

    @property
    def _next(self) -> str:
        """What an interrupted command leaves, and what is to be typed."""
        same = bool(self.how.part or self.how.finish or self.how.resume)
        again = "run the same command again" if same else "run it again with --resume"
        return f"The parts that are whole stay; {again} to go on."

    def _show_plan(self, run: Command) -> None:
        from dhub.cli import show
        from dhub.cli.command import planned
        from dhub.words import counted

        told = f"\n{counted(self.count, 'part')}"
        run.end([*show.plan_page(self.plan), told], {**planned(self.plan), "parts": self.count})


def _document(done: Sliced, place: str) -> dict[str, Any]:
    """A slice as JSON."""
    return {
        "folder": place,
        "parts": [part.number for part in done.parts],
        "of": done.of,
        "there": done.there,
        "rows": done.rows,
        "bytes": done.size,
        "seconds": round(done.seconds, 3),
        "workers": done.workers,
    }
