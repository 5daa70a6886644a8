"""Takes a path, gives a lock that dies with its process: how dhub processes meet."""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from dhub.errors import UsageError
from dhub.server.files import open_own

Notify = Callable[[str], None]

_POLL = 0.01  # seconds; an idle start or stop of the server takes 30 ms
_MEMBER = re.compile(r"\d+-\d+")  # process and number
_PATIENCE = 2.0  # seconds before waiting is worth a word


def try_lock(path: Path) -> IO[bytes] | None:
    """The open, locked file, or None when another holder is alive; closing it gives it back."""
    if sys.platform == "win32":
        raise UsageError("The locks of dhub's folders need Linux or macOS: run dhub in WSL.")
    import fcntl  # Windows has none, and a server somewhere else needs no lock

    file = open(open_own(path, os.O_RDWR | os.O_CREAT | os.O_APPEND), "ab")  # noqa: SIM115
    try:
        # Not lockf: this belongs to the open file, so two in one process exclude each other too.
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        return None
    return file


@contextmanager
def locked(path: Path, notify: Notify, waiting_for: str) -> Iterator[None]:
    """Hold the lock, waiting as long as it takes; says what for when that is long."""
    wait = Wait(notify, waiting_for)
    while (file := try_lock(path)) is None:
        wait.once()
    with file:
        yield


class Wait:
    """Short pauses, and one message when they add up."""

    def __init__(self, notify: Notify, waiting_for: str) -> None:
        self._notify: Notify | None = notify
        self._for = waiting_for
        self._start = time.monotonic()

    @property
    def seconds(self) -> float:
        """How long it has been."""
        return time.monotonic() - self._start

    def once(self) -> None:
        """Pause once."""
        time.sleep(_POLL if self.seconds > 0.1 else 0.002)
        if self._notify and self.seconds > _PATIENCE:
            self._notify(f"Waiting for {self._for} ...")
            self._notify = None


class Member:
    """A file below `folder`, locked as long as this process uses what the folder stands for."""

    def __init__(self, folder: Path) -> None:
        count = 0
        while True:
            self._path = folder / f"{os.getpid()}-{count}"
            if file := try_lock(self._path):
                self._file = file
                return
            count += 1

    def leave(self) -> None:
        """Give the file back."""
        self._path.unlink(missing_ok=True)
        self._file.close()


def members(folder: Path) -> int:
    """How many living processes (or parts of one) use it; forgets the killed ones."""
    alive = 0
    for path in folder.iterdir() if folder.is_dir() else ():
        if not _MEMBER.fullmatch(path.name) or path.is_symlink() or not path.is_file():
            continue  # not dhub's: it named none so
        if (file := try_lock(path)) is None:
            alive += 1
        else:
            path.unlink(missing_ok=True)
            file.close()
    return alive
