"""Takes the rows of an answer, prints them as table, CSV or JSON, a batch at a time."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from dhub.estate.query import Answer, Row

_SAMPLE = 1000  # rows that the widths of a table are taken from; the rest streams
_NARROWEST = 6
_NUMBERS = ("int2", "int4", "int8", "float4", "float8", "numeric", "oid")
_NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def write(answer: Answer, style: str, out: TextIO | None = None) -> None:
    """Print the answer in a style of `STYLES`."""
    STYLES[style](answer, out or sys.stdout)


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


def _write_table(answer: Answer, out: TextIO) -> None:
    print_table(answer.columns, answer.types, answer.rows, out)


def print_table(
    columns: Sequence[str], types: Sequence[str], rows: Iterable[Row], out: TextIO
) -> None:
    """Aligned columns; on a terminal cut to its width, elsewhere whole. Ends with the row count."""
    rows = iter(rows)
    sample = [_clean(row) for row in islice(rows, _SAMPLE)]
    widths = [max(map(len, cells)) for cells in zip(columns, *sample, strict=True)]
    if out.isatty():
        widths = _fitted(widths, _terminal_width(out))
    right = [_kind(name) == "number" for name in types]
    _print_line(columns, widths, right, out)
    out.write("-+-".join("-" * width for width in widths) + "\n")
    count = 0
    for row in chain(sample, map(_clean, rows)):
        _print_line(row, widths, right, out)
        count += 1
    out.write(f"({count} row{'' if count == 1 else 's'})\n")


def _clean(row: Row) -> list[str]:
    """Cells without anything that would move the cursor or colour the terminal."""
    return [_CONTROL.sub(_escaped, cell) if cell is not None else "" for cell in row]


def _escaped(found: re.Match[str]) -> str:
    return found.group().encode("unicode_escape").decode()


def _print_line(
    cells: Sequence[str], widths: Sequence[int], right: Sequence[bool], out: TextIO
) -> None:
    parts = [
        _cut(cell, width, out.isatty()).rjust(width)
        if number
        else _cut(cell, width, out.isatty()).ljust(width)
        for cell, width, number in zip(cells, widths, right, strict=True)
    ]
    out.write(" | ".join(parts).rstrip() + "\n")


def _cut(cell: str, width: int, on_terminal: bool) -> str:
    return cell if len(cell) <= width or not on_terminal else cell[: max(width - 1, 0)] + "…"


def _fitted(widths: list[int], total: int) -> list[int]:
    """Take from the widest until all fit, or until nothing is left to take."""
    fitted, room = list(widths), total - 3 * (len(widths) - 1)
    while sum(fitted) > room and max(fitted, default=0) > _NARROWEST:
        fitted[fitted.index(max(fitted))] -= 1
    return fitted


def _terminal_width(out: TextIO) -> int:
    try:
        return os.get_terminal_size(out.fileno()).columns or 80
    except OSError:
        return 80


STYLES = {"table": _write_table, "csv": _write_csv, "json": _write_json}
