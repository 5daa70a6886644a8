"""Takes what a part wrote, gives its receipt as JSON, and reads it again: the part is whole."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from dhub.flow.parts import KIND, Part
from dhub.flow.sinks.parts import PartFile


@dataclass(frozen=True)
class Receipt:
    """A part that is whole; `plan` is the digest of the plan that it belongs to.

    `digests` are those of each table's shards, in their order: a table's digest is made from those
    of all parts, so it does not tell how the shards were cut.
    """

    part: Part
    plan: str
    files: tuple[PartFile, ...]
    digests: Mapping[tuple[str, str], bytes]

    @property
    def rows(self) -> int:
        return sum(each.rows for each in self.files)

    @property
    def size(self) -> int:
        return sum(each.size for each in self.files)


@dataclass(frozen=True)
class PartDone:
    """The word that a part is whole; what it wrote is in its receipt."""

    number: int
    rows: int
    size: int


def joined(digests: Mapping[tuple[str, str], Iterable[bytes]]) -> dict[tuple[str, str], bytes]:
    """The digests of each table's shards behind each other."""
    return {table: b"".join(each) for table, each in digests.items()}


def written(receipt: Receipt) -> bytes:
    """The receipt as a file: the same bytes, whoever made the part."""
    document: dict[str, Any] = {
        "kind": f"{KIND} part",
        "part": receipt.part.number,
        "plan": receipt.plan,
        "shards": [receipt.part.first, receipt.part.last],
        "rows": receipt.rows,
        "bytes": receipt.size,
        "files": [
            {
                "database": each.database,
                "table": each.table,
                "file": each.file,
                "rows": each.rows,
                "bytes": each.size,
                "sha256": each.checksum,
            }
            for each in receipt.files
        ],
        "digests": {
            f"{database}.{table}": b64encode(each).decode()
            for (database, table), each in receipt.digests.items()
        },
    }
    return (json.dumps(document, indent=1) + "\n").encode()


def read(data: bytes, part: Part, plan: str) -> Receipt | None:
    """The receipt of this part of this plan; None for anything else, and for half of one."""
    try:
        document = json.loads(data)
        receipt = Receipt(
            Part(document["part"], *document["shards"]),
            document["plan"],
            tuple(_file(each) for each in document["files"]),
            {_table(name): b64decode(each) for name, each in document["digests"].items()},
        )
    except (ValueError, KeyError, TypeError):
        return None
    return receipt if (receipt.part, receipt.plan) == (part, plan) else None


def _file(each: dict[str, Any]) -> PartFile:
    return PartFile(
        each["database"], each["table"], each["file"], each["rows"], each["bytes"], each["sha256"]
    )


def _table(name: str) -> tuple[str, str]:
    database, _, table = name.partition(".")
    return database, table
