"""Takes the path of a file to write, says whether dhub may; writes it whole or not at all.

A file that is there is the user's until it shows that dhub wrote it and nobody changed it since,
or until the user says --replace.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from secrets import token_hex
from typing import IO

from dhub.errors import Refused, UsageError
from dhub.words import visible

Ours = Callable[[Path], bool]

_LOG = "# dhub log, "
_SIGNED = re.compile(r"\n# Written by dhub: ([0-9a-f]{12})\n\Z")
_BEGINNING = 1024  # characters in which a page names its maker
GENERATOR = '<meta name="generator" content="dhub">'


def nobody(_: Path) -> bool:
    """Of files that cannot show who wrote them."""
    return False


def check_output(path: Path, ours: Ours = nobody, replace: bool = False) -> None:
    """Raises UsageError where no file can be written, Refused where one is that is not dhub's."""
    if path.is_dir():
        raise UsageError(f"{visible(str(path))} is a folder. Name a file.")
    if not path.absolute().parent.is_dir():
        raise UsageError(
            f"{visible(str(path))}: there is no folder {path.parent}. Make it, or name another."
        )
    check_room(path.parent, path)
    if os.path.lexists(path) and not replace and not ours(path):
        raise Refused(
            f"{visible(str(path))} is there already, and nothing shows that dhub wrote it.\n"
            "Name another file, or write over it with --replace."
        )


def check_room(folder: Path, path: Path) -> None:
    """Raises UsageError, of `path`, unless files can be put into the folder, made if need be."""
    # Asked of `os`, to which a folder that may not be looked into is none; pathlib raises.
    whole = folder.absolute()
    there = next(each for each in (whole, *whole.parents) if os.path.exists(each))
    if not there.is_dir():
        raise UsageError(f"{visible(str(path))} cannot be written: {there} is a file.")
    if not os.access(there, os.W_OK | os.X_OK):
        raise UsageError(f"{visible(str(path))} cannot be written: {os.strerror(errno.EACCES)}.")


def write_output(path: Path, text: str) -> None:
    """Write a file that has its name only when it is whole; beside it nothing is touched."""
    part = path.with_name(f".dhub-{token_hex(4)}.part")
    with placed(path):
        try:
            with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666), "wb") as file:
                file.write(text.encode())
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)


@contextmanager
def placed(path: Path) -> Iterator[None]:
    """Say where a file could not be written; a full disk is told by the command line."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise UsageError(f"{visible(str(path))} cannot be written: {error.strerror}.") from error


def signed(text: str) -> str:
    """A text, in which # begins a comment, with a last line by which it is known again."""
    return f"{text}\n# Written by dhub: {_digest(text)}\n"


def is_signed(path: Path) -> bool:
    """Whether dhub wrote the file, and nobody changed it since."""
    text = _text(path)
    found = _SIGNED.search(text)
    return found is not None and found[1] == _digest(text[: found.start()])


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def is_page(path: Path) -> bool:
    """Whether it is a page that dhub wrote."""
    return GENERATOR in _text(path)[:_BEGINNING]


def _text(path: Path) -> str:
    """What a regular file holds; nothing of what is no text."""
    try:
        return path.read_text(encoding="utf-8") if path.is_file() else ""
    except (OSError, UnicodeError):
        return ""


def open_log(path: Path) -> IO[str]:
    """The log, to be continued at its end.

    Raises Refused for a file that is no log of dhub's, UsageError for what cannot be one.
    """
    try:
        if path.is_file() and path.stat().st_size and not _text(path).startswith(_LOG):
            raise Refused(
                f"--log-file {visible(str(path))} is there already, and is no log of dhub's.\n"
                "Name another file, or move it away."
            )
        file = path.open("a", encoding="utf-8")
    except OSError as error:
        raise UsageError(f"--log-file {visible(str(path))}: {error.strerror}.") from error
    file.write(f"{_LOG}{datetime.now():%Y-%m-%d %H:%M:%S}\n")
    return file
