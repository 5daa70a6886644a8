"""Takes the metadata.json of a data set, gives the window of its dates and what is wrong in it."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from dhub.plaid.check.cells import Window, is_date, read_json
from dhub.plaid.check.found import METADATA, what_is_there
from dhub.plaid.check.told import Found
from dhub.words import repeated

_LARGEST = 1 << 24  # bytes; a thousand times what names and figures of a data set take


def window_of(folder: Path) -> tuple[Window | None, list[Found]]:
    """First and last day, None where none is named; and the faults that keep it from being read."""
    path = folder / METADATA
    if not path.exists() and not path.is_symlink():
        return None, []
    if why := what_is_there(path):
        return None, [_found("missing_file", why, line=0)]
    with open(path, "rb") as file:
        data = file.read(_LARGEST + 1)
    if len(data) > _LARGEST:
        return None, [_found("field_too_long", f"more than {_LARGEST:,} bytes")]
    return _read(data)


def _read(data: bytes) -> tuple[Window | None, list[Found]]:
    if not data.strip():
        return None, [_found("empty_file", "nothing in it")]
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        return None, [_found("bad_encoding", "not UTF-8", line=line)]
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        return None, [_found("bad_encoding", "a NUL character", line=line)]
    try:
        document = read_json(text)
    except ValueError as error:
        return None, [_found("bad_json", str(error), line=_line_of(error))]
    if not isinstance(document, dict):
        return None, [_found("bad_json", "JSON, but not an object {...}")]
    return _window(document.get("date_range"))


def _line_of(error: ValueError) -> int:
    """Where JSON ends to be JSON."""
    cause = error.__context__
    return int(getattr(cause, "lineno", 1))


def _window(stated: Any) -> tuple[Window | None, list[Found]]:
    """Only what dhub and the requirements write: {start, end}; without it dates are not judged."""
    if not isinstance(stated, dict) or not stated.keys() & {"start", "end"}:
        return None, []
    bounds = {name: stated.get(name) for name in ("start", "end")}
    wrong = [name for name, value in bounds.items() if not is_date(str(value))]
    if wrong:
        return None, [_no_date(f"date_range.{name}", bounds[name]) for name in wrong]
    first, last = (date.fromisoformat(str(value)) for value in bounds.values())
    if first > last:
        return None, [_found("bad_date", "the end is before the start", "date_range")]
    return (first, last), []


def _no_date(column: str, value: Any) -> Found:
    return _found("bad_date", f"{repeated(str(value))} is no date like 2025-05-01", column)


def _found(code: str, message: str, column: str = "", line: int = 1) -> Found:
    return Found(METADATA, line, column, code, message)
