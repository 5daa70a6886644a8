"""Takes a column's kind and list, gives what is wrong with a value of it: a code and a message."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from dhub.plaid.schema import Column
from dhub.words import repeated

Fault = tuple[str, str]
Judge = Callable[[str], Fault | None]
Window = tuple[date, date]

_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
# Columns of them are the most there is, and a pattern is judged ten times faster than values one by
# one; what it does not know is.
_PLAIN = re.compile(r"(?:-?\d{1,15}(?:\.\d{1,15})?\n)*", re.ASCII)
_PLAIN_OR_NONE = re.compile(r"(?:(?:-?\d{1,15}(?:\.\d{1,15})?)?\n)*", re.ASCII)
_DATE = re.compile(r"(\d{4})-(\d\d)-(\d\d)", re.ASCII)
# A day, or a moment of it; Plaid, Python and SQL write the second part differently.
_INSTANT = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:[T ]([01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d+)?)?"
    r"(?:Z|[+-]\d\d(?::?\d\d)?)?)?",
    re.ASCII,
)
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\-\u0080-\U0010ffff]+"
_LETTER = r"[A-Za-z0-9\u0080-\U0010ffff]"
_LABEL = rf"{_LETTER}(?:(?:{_LETTER}|-)*{_LETTER})?"
_EMAIL = re.compile(rf"{_ATOM}(?:\.{_ATOM})*@{_LABEL}(?:\.{_LABEL})+")
_BOOLEANS = {"true": True, "false": False, "1": True, "0": False}


def judge_of(column: Column, window: Window | None) -> Judge | None:
    """What judges the values of a column that are not blank; None where anything is right."""
    if column.values:
        return _listed(column.values)
    if column.in_window and window:
        return _within(window)
    return _OF_KIND.get(column.kind)


def _listed(values: frozenset[str]) -> Judge:
    some = ", ".join(sorted(values)) if len(values) < 10 else "Plaid's categories, version 2"
    told = f"is not {some}" if len(values) == 1 else f"is not of {some}"

    def judge(value: str) -> Fault | None:
        return None if value in values else ("bad_value", f"{repeated(value)} {told}")

    return judge


def _within(window: Window) -> Judge:
    first, last = (each.isoformat() for each in window)

    def judge(value: str) -> Fault | None:
        if fault := _date(value):
            return fault
        if first <= value <= last:
            return None
        return "date_out_of_range", f"{value} is not within {first} and {last}"

    return judge


def _number(value: str) -> Fault | None:
    if _NUMBER.fullmatch(value) and math.isfinite(float(value)):
        return None
    return "not_numeric", f"{repeated(value)} is no number"


def are_plain_numbers(values: Sequence[str], required: bool) -> bool:
    """Whether all are numbers as most are written; False also where it takes a closer look."""
    text = "\n".join((*values, ""))
    pattern = _PLAIN if required else _PLAIN_OR_NONE
    return text.count("\n") == len(values) and pattern.fullmatch(text) is not None


def _date(value: str) -> Fault | None:
    if is_date(value):
        return None
    return "bad_date", f"{repeated(value)} is no date like 2025-05-01"


def is_date(value: str) -> bool:
    """Whether it is a day of the calendar as YYYY-MM-DD."""
    found = _DATE.fullmatch(value)
    if not found:
        return False
    try:
        date(*map(int, found.groups()))
    except ValueError:
        return False
    return True


def _instant(value: str) -> Fault | None:
    found = _INSTANT.fullmatch(value)
    if found and is_date(found[1]):
        return None
    return "bad_date", f"{repeated(value)} is no moment like 2025-05-01 08:30:00"


def _boolean(value: str) -> Fault | None:
    if value.lower() in _BOOLEANS:
        return None
    return "bad_boolean", f"{repeated(value)} is not true, false, 1 or 0"


def _email(value: str) -> Fault | None:
    if _EMAIL.fullmatch(value):
        return None
    return "bad_email", f"{repeated(value)} is no e-mail address"


def _json(value: str) -> Fault | None:
    try:
        found = read_json(value)
    except ValueError as error:
        return "bad_json", f"{error}"
    return None if isinstance(found, dict) else ("bad_json", "JSON, but not an object {...}")


def read_json(text: str) -> Any:
    """What JSON says; raises ValueError, in words, for what is none."""
    try:
        return json.loads(text, parse_constant=_no_number)
    except json.JSONDecodeError as error:
        told = error.msg.removesuffix(" at")
        raise ValueError(f"no JSON: {told} at character {error.pos + 1:,}") from None
    except RecursionError:
        raise ValueError("no JSON that can be read: nested too deeply") from None


def _no_number(name: str) -> None:
    raise ValueError(f"no JSON: {name} is not a number")


_OF_KIND: dict[str, Judge] = {
    "number": _number,
    "date": _date,
    "instant": _instant,
    "boolean": _boolean,
    "email": _email,
    "json": _json,
}


def stored(column: Column, values: Sequence[str]) -> list[Any]:
    """Values that were judged right as a database keeps them; a blank one is null."""
    if column.kind == "boolean":
        absent = False if column.filled else None
        return [_BOOLEANS[each.lower()] if each.strip() else absent for each in values]
    if column.kind == "number":
        return [float(each) if each.strip() else None for each in values]
    return [each if each.strip() else None for each in values]
