"""Takes the process's standard streams, gives them so that printing says what goes wrong.

A pipe gets UTF-8 whatever the locale, so that data keep their letters; a terminal gets its own
encoding, with escapes for what that cannot show.
"""

from __future__ import annotations

import codecs
import io
import os
import sys
from typing import Any

OUT = "standard output"


class _Out(io.FileIO):
    """Descriptor 1; what fails there says so."""

    def write(self, data: Any) -> int:
        try:
            return super().write(data)
        except OSError as error:
            error.filename = OUT
            raise


def _as_it_came(error: UnicodeError) -> tuple[bytes, int]:
    """The bytes of a file name that is no text, and escapes for what the terminal cannot show."""
    assert isinstance(error, UnicodeEncodeError)
    text = error.object[error.start : error.end]
    ways = (
        "surrogateescape" if "\udc80" <= each <= "\udcff" else "backslashreplace" for each in text
    )
    data = b"".join(each.encode("ascii", way) for each, way in zip(text, ways, strict=True))
    return data, error.end


codecs.register_error("dhub", _as_it_came)


def open_streams() -> bool:
    """Set the streams up; False when standard output is closed, so that nothing can be answered.

    A descriptor that is closed would be given to the next file or connection that is opened, and
    what is printed would go there.
    """
    answers = not _closed(1)  # before the number is taken below
    for number, name in ((0, "stdin"), (2, "stderr")):
        if _closed(number):
            os.dup2(os.open(os.devnull, os.O_RDWR), number)
            mode = "w" if number else "r"
            setattr(sys, name, open(number, mode, closefd=False))  # noqa: SIM115  for good
    if answers:
        _replace_out()
    return answers


def _closed(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return True
    return False


def _replace_out() -> None:
    chosen = "PYTHONIOENCODING" in os.environ or os.isatty(1)
    sys.stdout = io.TextIOWrapper(
        io.BufferedWriter(_Out(1, "w", closefd=False)),
        encoding=sys.stdout.encoding if chosen else "utf-8",
        errors="dhub",
        line_buffering=os.isatty(1),
        newline="\n",
    )


def forsake_out() -> None:
    """Nobody takes the output any more: let the rest of it, and what Python flushes, go nowhere."""
    if not _closed(1):
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
