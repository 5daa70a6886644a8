"""Takes the records of one file and the schema of its table, notes every fault of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from dhub.plaid.check.batch import LONGEST_FIELD, Batch, Broken, Header, Source
from dhub.plaid.check.cells import Judge, Window, are_plain_numbers, judge_of
from dhub.plaid.check.keys import Fault, Keys
from dhub.plaid.check.records import TOO_LONG
from dhub.plaid.schema import BY_NAME, Column, TableSchema
from dhub.words import repeated, visible

_SURROGATE = re.compile("[\ud800-\udfff]")
_DELIMITERS = {";": "semicolons", "\t": "tabs", "|": "vertical bars"}
_QUOTED = re.compile(r'[^",]*"([;\t|])')
# What a cell cannot be judged by, whatever its column asks.
_Spoiled = dict[tuple[int, int], tuple[str, str]]
_EMPTY = ("missing_value", "a value is required")


class TableCheck:
    """The check of one table's file; `parents` are the tables whose keys are known by now.

    Without `noting`, only the keys are taken: it is a neighbour of the file that is asked about.
    """

    def __init__(
        self,
        table: TableSchema,
        keys: Keys,
        window: Window | None,
        parents: Sequence[str],
        noting: bool = True,
    ) -> None:
        self._table, self._keys, self._window = table, keys, window
        self._parents, self._noting = parents, noting
        self._names: list[str] = []
        self._columns: list[tuple[int, Column, Judge | None]] = []
        self.rows = 0

    def read(self, source: Source, watch: Callable[[int], None]) -> bool:
        """Note the faults of all records; whether every key of the table is known then."""
        head = source.header()
        if head is None:
            self._note([(1, -1, "", "empty_file", "nothing in it, not even a header")])
        elif isinstance(head, Broken):
            self._note([self._broken(_delimited(head) or head), *self._unread([head])])
        elif self._begin(head):
            return self._read(source, watch)
        return False

    def _read(self, source: Source, watch: Callable[[int], None]) -> bool:
        whole = True
        for batch in source.batches():
            self._batch(batch)
            # A file that could not be read on may have had any keys in the rest of it.
            whole = whole and not any(each.code == "bad_encoding" for each in batch.broken)
            self.rows += len(batch.lines) + len(batch.broken)
            watch(self.rows)
        key = self._table.key
        whole = whole and any(column.name == key for _, column, _ in self._columns)
        self._end(whole)
        return whole

    def _begin(self, head: Header) -> bool:
        """Judge the header; whether there is anything to read below it."""
        names = head.names
        if len(names) == 1 and (found := next((d for d in _DELIMITERS if d in names[0]), None)):
            self._note([self._broken(_parted(head.line, found))])
            return False
        self._names = [visible(name) if len(name) < 100 else repeated(name) for name in names]
        spoiled = dict(self._spoiled_names(names))
        self._note((head.line, at, self._names[at], *fault) for at, fault in spoiled.items())
        place_of = {name: names.index(name) for name in names}
        for column in self._table.columns:
            if names.count(column.name) == 1:  # of two nobody knows which is meant
                judge = judge_of(column, self._window) if self._noting else None
                self._columns.append((place_of[column.name], column, judge))
        self._note(self._of_names(head, place_of, bool(spoiled)))
        return bool(self._columns) or not spoiled

    def _spoiled_names(self, names: Sequence[str]) -> Iterator[tuple[int, tuple[str, str]]]:
        for at, name in enumerate(names):
            if fault := _spoilt(name):
                yield at, fault

    def _of_names(self, head: Header, place_of: dict[str, int], spoiled: bool) -> Iterator[Fault]:
        for at, name in enumerate(head.names):
            if name.strip() and place_of[name] != at:
                told = f"the header has it as column {place_of[name] + 1} already"
                yield head.line, at, self._names[at], "duplicate_column", told
        if spoiled:
            return  # it may be the one that is missing
        for number, name in enumerate(self._table.required, start=len(head.names)):
            if name not in place_of:
                told = "the header has no such column"
                yield head.line, number, name, "missing_column", told

    def _batch(self, batch: Batch) -> None:
        for each in batch.broken:
            self._keys.perhaps(self._table.key, each.fields)
        self._note(map(self._broken, batch.broken))
        self._note(self._unread(batch.broken))
        spoiled = self._spoiled(batch)
        self._note(
            (batch.lines[row], at, self._names[at], *fault) for (row, at), fault in spoiled.items()
        )
        for at, column, judge in self._columns:
            self._column(batch, at, column, judge, spoiled)

    def _broken(self, each: Broken) -> Fault:
        name = self._names[each.place] if 0 <= each.place < len(self._names) else ""
        return each.line, each.place, name, each.code, each.message

    def _unread(self, broken: Sequence[Broken]) -> Iterator[Fault]:
        """Of records that are amiss as a whole: those that are no text, either."""
        for each in broken:
            told = next(filter(None, map(_no_text, each.fields)), None)
            if told and each.code != "bad_encoding":
                yield each.line, -1, "", "bad_encoding", told

    def _spoiled(self, batch: Batch) -> _Spoiled:
        """Cells that are no text, or too long: nothing else is said of them."""
        found: _Spoiled = {}
        for row in batch.suspects:
            for at, values in enumerate(batch.columns):
                if fault := _spoilt(values[row]):
                    found[row, at] = fault
        return found

    def _column(
        self, batch: Batch, at: int, column: Column, judge: Judge | None, spoiled: _Spoiled
    ) -> None:
        """Judge a column's values, and take its keys or references."""
        values = batch.columns[at]
        bad = _bad(values, column, judge)
        wrong = {row for row, place in spoiled if place == at} if spoiled else set()
        if bad:
            name = self._names[at]
            self._note(
                (batch.lines[row], at, name, *bad[value])
                for row, value in enumerate(values)
                if value in bad and row not in wrong
            )
        is_key = column.name == self._table.key
        if not (is_key or column.unique or column.refers):
            return
        lines = batch.lines
        if bad or wrong or "" in values:
            good = [
                row for row, value in enumerate(values)
                if value.strip() and value not in bad and row not in wrong
            ]  # fmt: skip
            values, lines = [values[row] for row in good], [lines[row] for row in good]
        self._take(column, is_key, values, lines)

    def _take(
        self, column: Column, is_key: bool, values: Sequence[str], lines: Sequence[int]
    ) -> None:
        if is_key:
            self._keys.keep(column.name, values, lines)
        elif not self._noting:
            return
        elif column.unique:
            self._keys.keep(column.name, map(str.casefold, values), lines)
        elif column.refers in self._parents:
            self._keys.refer(f"of_{column.name}", values, lines)

    def _end(self, whole: bool) -> None:
        """What can only be said once all is read: keys that stand twice, references that dangle."""
        keys, table = self._keys, self._table
        if any(column.refers == table.name for each in BY_NAME.values() for column in each.columns):
            keys.index(table.key)
        for at, column, _ in self._columns if self._noting else ():
            if column.name == table.key or column.unique:
                self._note(self._twice(at, column))
            if column.unique:
                keys.forget(column.name)
            if column.refers in self._parents:
                self._note(self._dangling(at, column))
                keys.forget(f"of_{column.name}")

    def _twice(self, at: int, column: Column) -> Iterator[Fault]:
        code = "duplicate_value" if column.unique else "duplicate_key"
        for line, first, key in self._keys.repeated(column.name):
            yield line, at, column.name, code, f"{repeated(key)} stands on line {first} already"

    def _dangling(self, at: int, column: Column) -> Iterator[Fault]:
        parent = BY_NAME[column.refers]
        for line, key in self._keys.dangling(f"of_{column.name}", parent.key):
            yield line, at, column.name, "orphan_key", f"{repeated(key)} is none of {parent.name}"

    def _note(self, faults: Iterator[Fault] | Sequence[Fault] | map[Fault]) -> None:
        if self._noting:
            self._keys.note(faults)


def _bad(values: Sequence[str], column: Column, judge: Judge | None) -> dict[str, tuple[str, str]]:
    """The values that are wrong, each once, with what is wrong: most columns repeat few."""
    found: dict[str, tuple[str, str]] = {}
    if judge is None:
        if column.required and not all(map(str.strip, values)):
            found.update((value, _EMPTY) for value in set(values) if not value.strip())
        return found
    if column.kind == "number" and are_plain_numbers(values, column.required):
        return found
    for value in set(values):
        if not value.strip():
            if column.required:
                found[value] = _EMPTY
        elif fault := judge(value):
            found[value] = fault
    return found


def _spoilt(value: str) -> tuple[str, str] | None:
    if told := _no_text(value):
        return "bad_encoding", told
    return ("field_too_long", TOO_LONG) if len(value) > LONGEST_FIELD else None


def _no_text(value: str) -> str | None:
    if "\0" in value:
        return "a NUL character"
    return "not UTF-8" if not value.isascii() and _SURROGATE.search(value) else None


def _delimited(head: Broken) -> Broken | None:
    """What is wrong with a header of quoted names that no commas part."""
    whole = ",".join(head.fields)
    found = _QUOTED.match(whole) if head.code == "unclosed_quote" else None
    return _parted(head.line, found[1]) if found else None


def _parted(line: int, delimiter: str) -> Broken:
    told = f"fields are parted by {_DELIMITERS[delimiter]}, not by commas"
    return Broken(line, "wrong_delimiter", told)
