"""Takes a plan, gives its parts: fixed ranges of shards, each with files and a receipt of its own.

What a part holds, and how its files are called, depends on the plan and its number, on nothing
else: who retries, resumes or races writes the same bytes under the same names.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import pyarrow as pa

from dhub import BANK_FORMAT, __version__
from dhub.errors import UsageError
from dhub.flow.plan import Plan
from dhub.flow.sinks.files import name_of_draft

KIND = "dhub export"  # the word that the documents of an export bear
FOLDER = "_parts"
PLAN = f"{FOLDER}/plan.json"

# A part of 64 shards is some ten million rows, ten seconds of a core and 130 MB of Parquet: little
# is lost with a worker. Beyond, there would be too many parts.
_SHARDS, _SHARDS_BEYOND, _MANY_ROWS = 64, 512, 10**10

_SLICE = re.compile(r"([0-9]{1,9})/([0-9]{1,9})")


@dataclass(frozen=True)
class Part:
    """A range of shards, both ends included; the foundation, shard 0, belongs to part 0."""

    number: int
    first: int
    last: int

    @property
    def shards(self) -> range:
        """The indexes of its shards."""
        return range(self.first, self.last + 1)


def shards_a_part(plan: Plan) -> int:
    """Customer shards of a part; only the last may have fewer."""
    return _SHARDS if plan.rows <= _MANY_ROWS else _SHARDS_BEYOND


def parts_of(plan: Plan, shards: int | None = None) -> tuple[Part, ...]:
    """The parts of a plan in their order, of `shards` customer shards each (None: as many as the
    plan's size says)."""
    size = shards or shards_a_part(plan)
    starts = range(plan.first_shard, plan.first_shard + plan.shard_count, size)
    end = plan.indexes[-1]
    return tuple(
        Part(number, start if number else plan.indexes[0], min(start + size - 1, end))
        for number, start in enumerate(starts)
    )


def read_slice(text: str) -> tuple[int, int]:
    """K and N of "K/N", the K-th of N slices, counted from 1; UsageError for anything else."""
    found = _SLICE.fullmatch(text)
    place, slices = (int(found[1]), int(found[2])) if found else (0, 0)
    if not 1 <= place <= slices:
        raise UsageError(
            f"--part {text}: K/N is wanted, the K-th of N slices, K from 1 to N. "
            "A scheduler that counts from 0 needs one more: --part $((INDEX + 1))/N"
        )
    return place, slices


def slice_of(parts: Sequence[Part], place: int, slices: int) -> Sequence[Part]:
    """The parts of the `place`-th of so many slices: neighbours, none when there are fewer."""
    count = len(parts)
    return parts[(place - 1) * count // slices : place * count // slices]


@dataclass(frozen=True)
class Cut:
    """How a data set is cut into parts and what its files are called; `document` is plan.json.

    `tables` are paths without an ending, as in "accounts_db/customers".
    """

    style: str
    parts: tuple[Part, ...]
    document: dict[str, Any]

    @property
    def digest(self) -> str:
        """What the files of one plan share, and those of no other."""
        return str(self.document["digest"])

    @property
    def has_folders(self) -> bool:
        """Whether each table is a folder of files: a bank that is one part has one file a table."""
        return len(self.parts) > 1 or bool(self.document.get("folders"))

    @property
    def told(self) -> dict[str, Any] | None:
        """What a manifest says of the parts; None where each table has one file."""
        if not self.has_folders:
            return None
        shards = self.document["shards_a_part"]
        return {"count": len(self.parts), "shards": shards, "plan": self.digest}

    def file(self, table: str, part: Part) -> str:
        """The path of a table's file."""
        if not self.has_folders:
            return f"{table}.{self.style}"
        return f"{table}/part-{part.number:06d}-{self.digest[:8]}.{self.style}"


def cut(
    plan: Plan, style: str, tables: Sequence[str], shards: int | None = None, folders: bool = False
) -> Cut:
    """Cut a plan into parts; with `folders` each table has one, however few the parts are."""
    parts = parts_of(plan, shards)
    profile = plan.run.profile
    # Whatever the bytes of the files depend on is in it: two plans of one digest are the same.
    document: dict[str, Any] = {
        "kind": KIND,
        "dhub_version": __version__,
        "bank_format": BANK_FORMAT,
        **({"pyarrow": pa.__version__} if style == "parquet" else {}),
        "format": style,
        "seed": plan.run.seed,
        "scale": plan.scale,
        "customers": plan.customers,
        "employees": plan.run.employees,
        "as_of": plan.run.as_of.isoformat(),
        "profile": {"name": profile.name, "digest": profile.digest},
        "shards": plan.shard_count,
        "shards_a_part": shards or shards_a_part(plan),
        "parts": len(parts),
        **({"folders": True} if folders else {}),
        "tables": list(tables),
    }
    digest = sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()
    return Cut(style, parts, {**document, "digest": digest})


def receipt_name(number: int) -> str:
    """The path of a part's receipt."""
    return f"{FOLDER}/part-{number:06d}.json"


def named_by(document: dict[str, Any]) -> Callable[[str], bool]:
    """Whether a path is one that an export of this plan.json may leave: its files, their drafts."""
    if not document:
        return lambda name: False
    tables, style = document.get("tables", []), re.escape(str(document.get("format")))
    whose = re.escape(str(document.get("digest"))[:8])
    table = "|".join(re.escape(str(each)) for each in tables) or "(?!)"
    ours = re.compile(
        rf"(?:{table})(?:/part-\d{{6}}-{whose})?\.{style}"
        rf"|{FOLDER}/(?:plan\.json|part-\d{{6}}\.json|probe-\w+)"
        rf"|manifest\.json|(?:{table})/_delta_log/.+|_iceberg/.+"  # and what registers them
    )
    return lambda name: ours.fullmatch(name_of_draft(name)) is not None
