"""Takes the rows of an answer, prints them as table, CSV or JSON, a batch at a time."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import chain, islice
from textwrap import wrap
from typing import TYPE_CHECKING, TextIO

from rich.cells import cell_len

from dhub.errors import UsageError
from dhub.words import counted, visible

if TYPE_CHECKING:
    from dhub.estate.query import Answer, Row

_SAMPLE = 1000  # rows that the widths of a table are taken from; the rest streams
_NARROWEST = 10  # columns for the values of a record, however narrow the terminal
_NUMBERS = ("int2", "int4", "int8", "float4", "float8", "numeric", "oid")
_NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?")


def _write_csv(answer: Answer, out: TextIO) -> None:
    import csv

    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(answer.columns)
    writer.writerows(answer.rows)


def _write_json(answer: Answer, out: TextIO) -> None:
    """An array with an object a row; numbers keep every digit the server gave."""
    keys = [json.dumps(name, ensure_ascii=False) for name in _distinct(answer.columns)]
    kinds = [_kind(name) for name in answer.types]
    separator = "[\n"
    for row in answer.rows:
        cells = zip(keys, kinds, row, strict=True)
        out.write(separator + "{" + ", ".join(f"{k}: {_value(v, t)}" for k, t, v in cells) + "}")
        separator = ",\n"
    out.write("[]\n" if separator == "[\n" else "\n]\n")


def _distinct(names: Sequence[str]) -> Iterator[str]:
    """The names, a repeated one numbered: JSON would keep only the last of them."""
    seen: set[str] = set()
    for name in names:
        unique, number = name, 2
        while unique in seen:
            unique, number = f"{name}_{number}", number + 1
        seen.add(unique)
        yield unique


def _kind(type_name: str) -> str:
    base = type_name.partition("(")[0]
    return "number" if base in _NUMBERS else base


def _value(text: str | None, kind: str) -> str:
    if text is None:
        return "null"
    if kind == "number" and _NUMBER.fullmatch(text):
        return text
    if kind == "bool":
        return "true" if text == "t" else "false"
    if kind in ("json", "jsonb"):
        return " ".join(text.splitlines())
    return json.dumps(text, ensure_ascii=False)


def _write_table(answer: Answer, out: TextIO, expanded: bool = False) -> None:
    """Aligned columns, or a record for each row; ends with the row count."""
    rows = map(_clean, answer.rows)
    shown: Callable[[int, Sequence[str]], str]
    sample = list(islice(rows, _SAMPLE))
    heads = [visible(name) for name in answer.columns]
    widths = [max(map(cell_len, cells)) for cells in zip(heads, *sample, strict=True)]
    room = os.get_terminal_size(out.fileno()).columns if out.isatty() else None
    if expanded or (room and sum(widths) + 3 * (len(widths) - 1) > room):
        shown = partial(_record, heads, max(map(cell_len, heads), default=0), room)
    else:
        right = [_kind(name) == "number" for name in answer.types]
        shown = partial(_line, widths, right)
        rule = "-+-".join("-" * width for width in widths)
        out.write(f"{shown(0, heads)}{rule}\n")
    count = 0
    for count, row in enumerate(chain(sample, rows), start=1):
        out.write(shown(count, row))
    out.write(f"({counted(count, 'row')})\n")


# By hand, since rich would have to hold all rows, and makes 400 of ten columns in the second in
# which this makes 50,000. (measured)
def _line(widths: Sequence[int], right: Sequence[bool], _: int, cells: Sequence[str]) -> str:
    parts = []
    for cell, width, number in zip(cells, widths, right, strict=True):
        space = " " * (width - cell_len(cell))
        parts.append(space + cell if number else cell + space)
    return " | ".join(parts).rstrip() + "\n"


def _record(
    heads: Sequence[str], wide: int, room: int | None, number: int, cells: Sequence[str]
) -> str:
    """A line for each column; on a terminal long texts go on below, between words."""
    lines = [f"-[ RECORD {number:,} ]"]
    space = max(room - wide - 3, _NARROWEST) if room else 0
    for head, cell in zip(heads, cells, strict=True):
        first, *more = wrap(cell, space) if room and cell_len(cell) > space else [cell]
        lines.append(f"{head}{' ' * (wide - cell_len(head))} | {first}".rstrip())
        lines += [f"{' ' * wide} | {line}" for line in more]
    return "\n".join(lines) + "\n"


def _clean(row: Row) -> list[str]:
    """Cells without anything that would move the cursor or colour the terminal."""
    return ["" if cell is None else visible(cell) for cell in row]


Write = Callable[["Answer", TextIO], None]


def writer(style: str, expanded: bool = False) -> Write:
    """What prints an answer as a table, CSV or JSON; records are a kind of table."""
    if expanded and style != "table":
        raise UsageError(f"--expanded is a kind of table; leave it out with --format {style}.")
    if style == "table":
        return partial(_write_table, expanded=expanded)
    return {"csv": _write_csv, "json": _write_json}[style]
