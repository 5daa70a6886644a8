"""Takes a file of comma-separated values, gives its records; none is lost to another's fault.

The csv module reads, strictly. What it gives up on is read again here: a field beyond its limit,
and a quote that is not closed before a comma or a line's end. Such a record is taken to be its
first line alone, and the next line begins a new one: so a forgotten quote costs one record, not the
rest of the file.
"""

from __future__ import annotations

import csv
import re
from collections import deque
from collections.abc import Iterator, Sequence
from io import StringIO
from pathlib import Path
from typing import TextIO

from dhub.plaid.check.batch import BATCH, LONGEST_FIELD, Batch, Broken, Header

# Characters of one record that are held at once; far above what its fields may have together.
_MOST = 1 << 22
_BLOCK = 1 << 20
_KEPT = 1 << 18  # of a line that is longer: enough for the csv module to say so
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_BARE = re.compile(r"[^,\r\n]*")
_ENDS = frozenset(",\r\n")
TOO_LONG = f"more than {LONGEST_FIELD:,} characters"
_UNCLOSED = "a quote is not closed before a comma or the line's end"


class _Lines:
    """Gives the csv module a line at a time, and keeps those of the record that is being read.

    A line ends as Python's universal newlines have it: \\n, \\r\\n or \\r.
    """

    def __init__(self, file: TextIO) -> None:
        self._file, self._read = file, file.readline
        self._again: deque[str] = deque()
        self.number = 0  # lines given
        self.pulled: list[str] = []
        self.odd = self.cut = False

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else self._read(_MOST)
        if not line:
            raise StopIteration
        self.number += 1
        if len(line) > LONGEST_FIELD:
            self.odd = True
            line = self._shortened(line)
        self.pulled.append(line)
        if not line.isascii() or "\0" in line:
            self.odd = True
        return line

    def _shortened(self, line: str) -> str:
        """The line, or the beginning of one that is beyond all measure; the rest is passed over."""
        if len(line) < _MOST or line[-1] in "\r\n":
            return line
        while (rest := self._read(_MOST)) and rest[-1] not in "\r\n":
            pass
        self.cut = True
        return line[:_KEPT] + "\n"

    @property
    def waiting(self) -> bool:
        """Whether lines were read ahead."""
        return bool(self._again)

    def block(self) -> str:
        """Many lines that are still to come; empty at the end."""
        text = self._file.read(_BLOCK)
        return text if text.endswith("\n") else text + self._file.readline(_MOST)

    def again(self, text: str) -> None:
        """Give the lines of a block one by one."""
        self._again.extend(StringIO(text, newline=""))

    def put_back(self, keep: int) -> None:
        """Give the lines after the first `keep` of the record once more."""
        self._again.extendleft(reversed(self.pulled[keep:]))
        self.number -= len(self.pulled) - keep
        del self.pulled[keep:]


class CsvSource:
    """The records of a file; lines count from 1, a record's line is where it begins."""

    def __init__(self, path: Path) -> None:
        with open(path, "rb") as file:
            self._utf_16 = file.read(2) in _UTF_16
        # An invalid byte becomes a lone surrogate, so that it is found in its cell.
        self._file = open(path, encoding="utf-8-sig", errors="surrogateescape", newline="")  # noqa: SIM115
        self._lines = _Lines(self._file)
        self._reader = csv.reader(self._lines, strict=True)
        self._width = 0

    def close(self) -> None:
        self._file.close()

    def header(self) -> Header | Broken | None:
        """The first record that is not blank."""
        if self._utf_16:
            return Broken(1, "bad_encoding", "UTF-16, not UTF-8")
        while (found := self._next()) is not None:
            if isinstance(found, Broken):
                return found
            line, names = found
            if not _blank(names):
                self._width = len(names)
                return Header(line, names)
        return None

    def batches(self) -> Iterator[Batch]:
        """What follows the header."""
        source = self._lines
        while source.waiting or (text := source.block()):
            if source.waiting:
                yield self._with_care()
            elif batch := self._at_once(text):
                yield batch
            else:
                source.again(text)

    def _at_once(self, text: str) -> Batch | None:
        """The records of a block, where each is a line of its own; None where that is not sure.

        The csv module reads a line or more for each row: as many rows as lines are a line each.
        """
        if text.count("\r") != text.count("\r\n"):
            return None
        lines = text.removesuffix("\n").split("\n")
        try:
            rows = list(csv.reader(lines, strict=True))
        except csv.Error:
            return None
        if len(rows) != len(lines) or max(map(len, lines)) > LONGEST_FIELD or not _is_text(text):
            return None
        first = self._lines.number + 1
        self._lines.number += len(lines)
        numbers: Sequence[int] = range(first, first + len(lines))
        broken: list[Broken] = []
        if set(map(len, rows)) != {self._width}:
            broken = [
                _miscounted(number, row, self._width)
                for number, row in zip(numbers, rows, strict=True)
                if len(row) != self._width and not _blank(row)
            ]
            numbers = [first + at for at, row in enumerate(rows) if len(row) == self._width]
            rows = [row for row in rows if len(row) == self._width]
        return Batch(numbers, self._columns(rows), (), broken)

    def _columns(self, rows: list[list[str]]) -> Sequence[Sequence[str]]:
        return list(zip(*rows, strict=True)) if rows else [()] * self._width

    def _with_care(self) -> Batch:
        """Records one at a time, until all lines that were read ahead are used."""
        rows: list[list[str]] = []
        lines: list[int] = []
        suspects: list[int] = []
        broken: list[Broken] = []
        source = self._lines
        while source.waiting and len(rows) + len(broken) < BATCH:
            found = self._next()
            if found is None:
                break
            if isinstance(found, Broken):
                broken.append(found)
                continue
            line, row = found
            if len(row) == self._width:
                if source.odd or source.number > line:
                    suspects.append(len(rows))
                rows.append(row)
                lines.append(line)
            elif not _blank(row):
                amiss = _endless if source.cut else _miscounted
                broken.append(amiss(line, row, self._width))
        return Batch(lines, self._columns(rows), suspects, broken)

    def _next(self) -> tuple[int, list[str]] | Broken | None:
        """The next record and its line; None at the end."""
        source = self._lines
        source.pulled.clear()
        source.odd = source.cut = False
        line = source.number + 1
        try:
            return line, next(self._reader)
        except StopIteration:
            return None
        except csv.Error:
            found = self._read_again(line)
        self._reader = csv.reader(source, strict=True)
        return found

    def _read_again(self, line: int) -> tuple[int, list[str]] | Broken:
        source = self._lines
        while True:
            text = "".join(source.pulled)
            fields, end = _split(text)
            if fields is not None or end >= 0 or not self._pull(len(text)):
                break
        if source.cut:
            source.put_back(1)
            return _endless(line, _loosely(source.pulled[0]), self._width)
        if fields is None:
            source.put_back(1)
            return Broken(line, "unclosed_quote", _UNCLOSED, _loosely(source.pulled[0]))
        source.put_back(_lines_within(source.pulled, end))
        source.odd = True
        return line, fields

    def _pull(self, size: int) -> bool:
        """Read on until twice as much of the record is here; whether there was more to read."""
        wanted = more = min(size, _MOST - size)
        while more > 0 and (line := next(self._lines, None)) is not None:
            more -= len(line)
        return more < wanted


def _split(text: str) -> tuple[list[str] | None, int]:
    """The fields of the record that the text begins with, and where it ends.

    None, and where it is, for a quote that is closed wrongly; None and -1 where more is needed.
    """
    fields: list[str] = []
    at = 0
    while True:
        if text.startswith('"', at):
            end = _closing(text, at + 1)
            if end < 0:
                return None, -1
            fields.append(text[at + 1 : end].replace('""', '"'))
            at = end + 1
            if at < len(text) and text[at] not in _ENDS:
                return None, at
        else:
            bare = _BARE.match(text, at)
            assert bare
            fields.append(bare.group())
            at = bare.end()
        if not text.startswith(",", at):
            return fields, at
        at += 1


def _closing(text: str, at: int) -> int:
    """Where the quote is that is not doubled; -1 without one."""
    while (at := text.find('"', at)) >= 0 and text.startswith('"', at + 1):
        at += 2
    return at


def _lines_within(lines: list[str], end: int) -> int:
    """How many of the lines a record takes that ends at `end`."""
    count = 0
    while count < len(lines) and end >= 0:
        end -= len(lines[count])
        count += 1
    return count


def _is_text(text: str) -> bool:
    """Whether all of it was UTF-8, without NUL."""
    if "\0" in text:
        return False
    try:
        return text.isascii() or bool(text.encode())
    except UnicodeEncodeError:
        return False


def _blank(row: list[str]) -> bool:
    return not row or (len(row) == 1 and not row[0].strip())


def _loosely(line: str) -> list[str]:
    return [each.strip('"') for each in line.rstrip("\r\n").split(",")]


def _miscounted(line: int, row: list[str], width: int) -> Broken:
    fields = "1 field" if len(row) == 1 else f"{len(row):,} fields"
    message = f"{fields}, not the {width:,} of the header"
    return Broken(line, "wrong_field_count", message, row)


def _endless(line: int, row: list[str], width: int) -> Broken:
    """A record that was not read whole, for the length of one field."""
    place = next((at for at, each in enumerate(row) if len(each) > LONGEST_FIELD), -1)
    return Broken(line, "field_too_long", TOO_LONG, row, place=place if place < width else -1)
