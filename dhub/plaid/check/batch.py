"""What readers of any format hand on: records by column, each with the line where it begins."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

BATCH = 8192  # records; small enough that ten thousand users' metadata stay a few megabytes
LONGEST_FIELD = 65_536  # characters


@dataclass(frozen=True)
class Broken:
    """A record without columns, what is wrong with it, and what can be told of its fields.

    `place` is the column's place in the header where one column is to blame, else -1.
    """

    line: int
    code: str
    message: str
    fields: Sequence[str] = ()
    place: int = -1


@dataclass
class Batch:
    """Records that have as many fields as the header; `columns` are in its order.

    `suspects` are the numbers of records with a cell that may not be UTF-8, or may be too long.
    """

    lines: Sequence[int]
    columns: Sequence[Sequence[str]]
    suspects: Sequence[int] = ()
    broken: list[Broken] = field(default_factory=list)


@dataclass(frozen=True)
class Header:
    """The names of the columns, and the line on which they stand."""

    line: int
    names: list[str]


class Source(Protocol):
    """A file of records: the header first, then the batches."""

    def header(self) -> Header | Broken | None:
        """The header; what is wrong with it; None where there is nothing at all."""
        ...

    def batches(self) -> Iterator[Batch]: ...

    def close(self) -> None: ...
