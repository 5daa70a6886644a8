"""Takes a path or the URL of a bucket, gives a place for files: whole, or not there.

Workers open it by themselves, wherever they run: what is sent to them is its name.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from typing import Protocol
from urllib.parse import unquote, urlsplit

from dhub.errors import UsageError
from dhub.flow.folder import held_in
from dhub.flow.sinks.files import Draft, name_of_draft

# Systems of files without hard links, which would keep a file from being made twice.
_NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK)


class Storage(Protocol):
    """Files by name, as in "accounts_db/customers.csv"; can be sent to another process."""

    @property
    def shown(self) -> str:
        """What it is called, without secrets."""

    def read(self, name: str) -> bytes | None:
        """What a file holds; None when it is not there."""

    def create(self, name: str, data: bytes) -> bool:
        """Write a small file unless it is there; whether it was written."""

    def put(self, name: str, data: bytes) -> None:
        """Write a small file, or write it anew."""

    def draft(self, name: str) -> Draft:
        """Begin a file, which has its name once it is kept."""

    def sizes(self, names: Sequence[str]) -> list[int | None]:
        """The bytes of files; None for one that is not there."""

    def names(self) -> Iterator[str]:
        """Every file, also what is not ours."""

    def remove(self, names: Iterable[str]) -> None:
        """Remove files, in this order; those that are gone already are no fault."""

    def sweep(self, is_ours: Callable[[str], bool]) -> None:
        """Remove the drafts of ours that killed processes left."""


@dataclass(frozen=True)
class Disk:
    """A folder, maybe one that several machines share."""

    root: Path

    @property
    def shown(self) -> str:
        return str(self.root)

    def read(self, name: str) -> bytes | None:
        try:
            return (self.root / name).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None

    def create(self, name: str, data: bytes) -> bool:
        draft = self.draft(name)
        draft.write(data)
        return draft.keep_first()

    def put(self, name: str, data: bytes) -> None:
        draft = self.draft(name)
        draft.write(data)
        draft.keep()

    def draft(self, name: str) -> Shared:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return Shared(path, token_hex(4))

    def sizes(self, names: Sequence[str]) -> list[int | None]:
        return [self._size(name) for name in names]

    def _size(self, name: str) -> int | None:
        try:
            return (self.root / name).stat().st_size
        except (FileNotFoundError, NotADirectoryError):
            return None

    def names(self) -> Iterator[str]:
        if self.root.exists() and not self.root.is_dir():
            raise UsageError(f"{self.root} is a file, not a folder.")
        yield from held_in(self.root)

    def remove(self, names: Iterable[str]) -> None:
        folders = set()
        for name in names:
            path = self.root / name
            path.unlink(missing_ok=True)
            folders.add(path.parent)
        for folder in sorted(folders, key=lambda each: len(each.parts), reverse=True):
            while folder != self.root:
                try:
                    folder.rmdir()
                except OSError:  # others have files in it
                    break
                folder = folder.parent

    def sweep(self, is_ours: Callable[[str], bool]) -> None:
        drafts = (name for name in self.names() if name_of_draft(name) != name)
        self.remove([name for name in drafts if is_ours(name)])


class Shared(Draft):
    """A draft of a file that several processes may write at once: the same bytes."""

    def keep_first(self) -> bool:
        """Give the file its name unless another has it; whether it was free."""
        self._file.close()
        try:
            os.link(self._draft, self.path)
        except FileExistsError:
            return False
        except OSError as error:
            if error.errno not in _NO_LINKS:
                raise
            if self.path.exists():
                return False
            self._draft.replace(self.path)
        finally:
            self._draft.unlink(missing_ok=True)
        return True

    def drop(self) -> None:
        """Nobody else knows its name, so it goes at once."""
        super().drop()
        with suppress(OSError):
            self._draft.unlink(missing_ok=True)


def is_url(place: str) -> bool:
    """Whether a place is named by a URL, not by a path; a colon alone makes none."""
    return "://" in place


def storage_of(place: str) -> Storage:
    """The storage of a path or URL; opens nothing. UsageError for what can be neither."""
    if not is_url(place):
        return Disk(Path(place))
    split = urlsplit(place)
    if split.scheme == "file":
        if split.netloc not in ("", "localhost"):
            raise UsageError(f"{place}: a file:// URL has three slashes, as in file:///data/bank.")
        return Disk(Path(unquote(split.path)))
    from dhub.flow.bucket import bucket_of

    return bucket_of(place)
