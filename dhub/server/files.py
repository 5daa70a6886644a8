"""Takes a path in a folder of dhub's, gives the file opened: this user's, never through a link."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

from dhub.errors import UsageError


def open_own(path: Path, flags: int) -> int:
    """The open file, shut to others when it is made here.

    Raises UsageError for a link, for what is no file, and for somebody else's; FileNotFoundError,
    FileExistsError as `os.open` does.
    """
    try:
        number = os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, 0o600)
    except (FileNotFoundError, FileExistsError):
        raise
    except OSError as error:
        cause = (
            "it is a link, and dhub follows none" if error.errno == errno.ELOOP else error.strerror
        )
        raise _unfit(path, str(cause)) from error
    found = os.fstat(number)
    if stat.S_ISREG(found.st_mode) and found.st_uid == os.geteuid():
        return number
    os.close(number)
    raise _unfit(path, "it is no file of yours")


def open_log(path: Path) -> int:
    """The same, to write to its end: no second name of it may be somewhere else."""
    number = open_own(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    if os.fstat(number).st_nlink == 1:
        return number
    os.close(number)
    raise _unfit(path, "the file has a second name elsewhere")


def read_own(path: Path) -> str:
    """Its text."""
    with open(open_own(path, os.O_RDONLY), encoding="utf-8") as file:
        return file.read()


def write_own(path: Path, text: str) -> None:
    """Write a new file; raises FileExistsError where there is one."""
    with open(open_own(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL), "w", encoding="utf-8") as file:
        file.write(text)


def check_folder(path: Path) -> None:
    """Raises UsageError unless it is a folder, or not there."""
    try:
        mode = os.lstat(path).st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISDIR(mode):
        raise _unfit(
            path, "it is a link, and dhub follows none" if stat.S_ISLNK(mode) else "it is no folder"
        )


def _unfit(path: Path, cause: str) -> UsageError:
    return UsageError(f"{path} cannot be used: {cause}.\nRemove it, or name another folder.")
