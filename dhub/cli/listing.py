"""Takes heads and rows, gives a table that fits where it is printed: nothing in it is ever cut.

Words stay whole. A table that is too wide for its terminal, even with its texts wrapped between
words, is printed as records, a line for each column.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from rich.console import Console, ConsoleOptions, RenderableType
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from dhub.words import visible

ANY_WIDTH = 100_000  # far beyond any table; rich would cut what it measures in less


@dataclass
class Listing:
    """A table: numbers stand right with thousands apart, None is a dash."""

    heads: Sequence[str]
    rows: Sequence[Sequence[Any]]
    foot: Sequence[Any] = ()

    def __rich_console__(
        self, console: Console, options: ConsoleOptions
    ) -> Iterator[RenderableType]:
        least = Measurement.get(console, options.update(width=ANY_WIDTH), self.table).minimum
        if least <= options.max_width:
            yield self.table
        else:
            yield from self._records()

    @cached_property
    def table(self) -> Table:
        """The same as rich's own table."""
        table = Table(box=None, pad_edge=False, show_footer=bool(self.foot))
        for number, head in enumerate(self.heads):
            numeric = any(_number(row[number]) for row in self.rows)
            side: Literal["left", "right"] = "right" if numeric else "left"
            bottom = cell(self.foot[number]) if self.foot else ""
            table.add_column(cell(head), justify=side, footer=bottom, header_style="bold")
        for row in self.rows:
            table.add_row(*map(cell, row))
        return table

    def _records(self) -> Iterator[RenderableType]:
        for number, row in enumerate(self.rows, start=1):
            yield from self._record(f"{number:,}", row)
        if self.foot:
            yield from self._record("in all", self.foot)

    def _record(self, title: str, row: Sequence[Any]) -> Iterator[RenderableType]:
        """A line for each column that says something, below a heading."""
        lines = Table.grid(padding=(0, 2, 0, 0))
        for _ in range(2):
            lines.add_column(overflow="fold")
        for head, value in zip(self.heads, row, strict=True):
            if value != "":
                lines.add_row(cell(head), cell(value))
        yield Text(f"-[ {title} ]", style="dim")
        yield lines


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def cell(value: Any) -> Text:
    """A value as a cell shows it: nothing in it moves the cursor or colours the terminal."""
    if value is None:
        return Text("-")
    return Text(f"{value:,}" if _number(value) else visible(str(value)))


def grid(heads: Sequence[str], rows: Iterable[Sequence[Any]], foot: Sequence[Any] = ()) -> Listing:
    """A table of all the rows."""
    return Listing(heads, [list(row) for row in rows], foot)
