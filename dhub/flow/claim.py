"""Takes a storage and a plan that is cut into parts, says whether it may be written there.

The plan that stands in the storage is the claim: whoever has the same one may join in.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from dhub.errors import Refused, UsageError
from dhub.flow.folder import EXPORT, Document, Folder, some_of
from dhub.flow.parting import differences
from dhub.flow.parts import FOLDER, PLAN, Cut, named_by, receipt_name
from dhub.flow.sinks.files import name_of_draft
from dhub.flow.storage import Disk, Storage

MANIFEST = EXPORT.manifest


@dataclass(frozen=True)
class How:
    """What is asked for: an export from its beginning, unless one of these is set.

    `part` is K and N: the K-th of N slices of the parts.
    """

    replace: bool = False
    resume: bool = False
    part: tuple[int, int] | None = None
    finish: bool = False

    @property
    def joins(self) -> bool:
        """Whether it goes on with what others may have begun."""
        return bool(self.resume or self.part or self.finish)


def claim(storage: Storage, cut: Cut, how: How) -> bool:
    """Have the plan stand in the storage; whether it does so only now, so that no part is there.

    Raises Refused, with nothing changed, when there is another or anything that is not dhub's,
    UsageError when there is nothing to finish.
    """
    if how.replace:
        vacate(storage, replace=True)
    found = storage.read(PLAN)
    if found is None and how.finish:
        raise UsageError(f"{storage.shown} holds no part of an export that could be finished.")
    if found is None:
        found = _put(storage, cut)
    if found is not None:
        _refuse_others(storage, cut, found, how)
    return found is None


def _put(storage: Storage, cut: Cut) -> bytes | None:
    """Write the plan into an empty place; the plan of whoever was faster, if anybody was."""
    if not all(map(_is_passing, storage.names())):
        found = storage.read(PLAN)
        if found is None:
            vacate(storage, replace=False)
        return found
    if storage.create(PLAN, (json.dumps(cut.document, indent=1) + "\n").encode()):
        return None
    return storage.read(PLAN)


def _is_passing(name: str) -> bool:
    """Whether a file is of one who is about to put a plan there, or tries whether it could."""
    meant = name_of_draft(name)
    return (meant == PLAN and name != PLAN) or meant.startswith(f"{FOLDER}/probe-")


def _refuse_others(storage: Storage, cut: Cut, found: bytes, how: How) -> None:
    """Refuse another plan, and our own unless it is to be gone on with."""
    differ = differences(found, cut)
    if how.joins and differ:
        raise Refused(f"{storage.shown} holds parts of another plan: {differ}.")
    if how.joins:
        return
    if manifest := document(storage, MANIFEST):
        told = f"{EXPORT.one} ({EXPORT.figures(manifest)})"
        raise Refused(f"{storage.shown} holds {told}. Use --replace to write it anew.")
    if differ:
        raise Refused(
            f"{storage.shown} holds parts of another export that was begun: {differ}. "
            "Use --replace to write anew."
        )
    whole = sum(size is not None for size in storage.sizes(receipts(cut)))
    raise Refused(
        f"{storage.shown} holds {whole} of {len(cut.parts)} parts of this export. "
        "Use --resume to go on, or --replace to write it anew."
    )


def receipts(cut: Cut) -> list[str]:
    """The paths of all receipts."""
    return [receipt_name(part.number) for part in cut.parts]


def document(storage: Storage, name: str) -> Document | None:
    """A document of an export of dhub; None for anything else."""
    try:
        found = json.loads(storage.read(name) or b"")
    except ValueError:
        return None
    ours = isinstance(found, dict) and found.get("kind") == EXPORT.word
    return found if ours else None


def vacate(storage: Storage, replace: bool) -> None:
    """Remove the export that is there, if `replace` says so; Refused for anything else that is."""
    held = sorted(storage.names())
    if not held:
        return
    if isinstance(storage, Disk):  # it may have the marker of an export that is not in parts
        Folder(storage.root, (), replace).leave()
        return
    storage.remove(_ours(storage, held, replace))


def _ours(storage: Storage, held: Sequence[str], replace: bool) -> Iterator[str]:
    """The objects that dhub wrote, the manifest first, the plan last: by it the rest is known."""
    manifest, plan = document(storage, MANIFEST), document(storage, PLAN)
    if not manifest and not plan:
        raise Refused(
            f"{storage.shown} is not empty: it holds {some_of(held)}, and no export of dhub."
        )
    listed = set(EXPORT.files(manifest) if manifest else ())
    known = named_by(plan or {})
    foreign = [name for name in held if not (name in listed or name == MANIFEST or known(name))]
    if foreign:
        raise Refused(
            f"{storage.shown} holds {some_of(foreign)}, which no export of dhub put there."
        )
    if not replace:
        raise Refused(f"{storage.shown} holds an export. Use --replace to write it anew.")
    yield from sorted(held, key=lambda name: (name == PLAN, name != MANIFEST))
