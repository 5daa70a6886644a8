"""Takes counts, nouns and text from outside, gives them as sentences show them."""

from __future__ import annotations

import re

# What moves a cursor, colours a terminal, turns the direction of writing or cannot be encoded.
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_MOST = 40  # characters of a value that a message repeats


def counted(number: int, one: str, many: str | None = None) -> str:
    """`1 employee`, `2 employees`, `1,200 employees`; `many` where an s is not the plural."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def article(noun: str) -> str:
    """`a loan`, `an account`."""
    return f"{'an' if noun[:1].lower() in ('a', 'e', 'i', 'o', 'u') else 'a'} {noun}"


def visible(text: str) -> str:
    """The text with an escape in place of each character that a terminal would act upon."""
    return _UNSEEN.sub(_escaped, text)


def _escaped(found: re.Match[str]) -> str:
    return found.group().encode("unicode_escape").decode()


def repeated(text: str) -> str:
    """What was typed, as a message repeats it: visible, short, in quotes where it would be lost."""
    short = text if len(text) <= _MOST else text[: _MOST // 2] + "..."
    seen = visible(short)
    return repr(seen) if seen.strip() != seen or not seen else seen
