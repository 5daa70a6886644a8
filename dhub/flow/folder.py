"""Takes the folder of a data set, says whether it may be written to, clears what is dhub's in it.

A marker stands in the folder until the manifest does. It names the files to be written and is
locked by the process that writes them: whatever kills that process frees the lock.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from dhub.errors import Refused, UsageError
from dhub.flow.parts import KIND, PLAN, named_by, receipt_name
from dhub.flow.sinks.files import name_of_draft
from dhub.server.lock import try_lock
from dhub.words import counted

MANIFEST, MARKER = "manifest.json", ".dhub-export"

Document = dict[str, Any]


@dataclass(frozen=True)
class Kind:
    """A kind of data set: the word its documents bear, its noun as in "an export of dhub".

    `files` are the paths that a manifest names, `figures` what it was made of, in a few words.
    """

    word: str
    noun: str
    article: str
    files: Callable[[Document], list[str]]
    figures: Callable[[Document], str]
    manifest: str = MANIFEST
    marker: str = MARKER

    @property
    def one(self) -> str:
        """As a sentence has it."""
        return f"{self.article} {self.noun}"


def _files(manifest: Document) -> list[str]:
    """Every file that a manifest names; those of parts, and what was put beside them."""
    count = manifest.get("parts", {}).get("count", 0)
    beside = [PLAN, *map(receipt_name, range(count))] if count else []
    tables = manifest.get("tables", [])
    return [str(each["file"]) for table in tables for each in table.get("files", [table])] + beside


def _figures(manifest: Document) -> str:
    customers, seed, as_of = (manifest.get(name) for name in ("customers", "seed", "as_of"))
    asked = counted(customers, "customer") if isinstance(customers, int) else "customers unknown"
    return f"{asked}, seed {seed}, as of {as_of}"


EXPORT = Kind(KIND, "export", "an", _files, _figures)


class Folder:
    """A folder claimed for an export: `files` are the paths, relative to it, that it will have.

    Raises Refused, with nothing changed, when it holds anything that may not be overwritten;
    UsageError when it cannot be a folder.
    """

    def __init__(
        self, path: Path, files: Sequence[str], replace: bool, kind: Kind = EXPORT
    ) -> None:
        self.path, self._kind, self._files = path, kind, files
        self._made = make_folder(path)
        self._lock = self._claim(replace)
        for each in sorted({Path(file).parent for file in files}):
            (path / each).mkdir(parents=True, exist_ok=True)

    def done(self) -> None:
        """All is whole and has its manifest: the marker goes."""
        (self.path / self._kind.marker).unlink()
        self._lock.close()

    def leave(self) -> None:
        """Remove what was put here, and the folders that are empty then."""
        self._clear(self._ours(self._files))
        (self.path / self._kind.marker).unlink(missing_ok=True)
        self._lock.close()
        if self._made:
            with suppress(OSError):
                self.path.rmdir()

    def _claim(self, replace: bool) -> IO[bytes]:
        """Lock the marker; what an earlier run left goes, when that is wanted."""
        found = sorted(each.name for each in self.path.iterdir())
        marker = self.path / self._kind.marker
        lock = self._locked() if marker.name in found else None
        try:
            earlier = self._earlier(found, replace) if found else []
            lock = lock or self._locked()
            self._clear(self._ours(earlier))
            marker.write_text(json.dumps({"kind": self._kind.word, "files": list(self._files)}))
        except BaseException:
            if lock:
                lock.close()
            raise
        return lock

    def _locked(self) -> IO[bytes]:
        lock = try_lock(self.path / self._kind.marker)
        if lock is None:
            raise Refused(f"another {self._kind.noun} is writing to {self.path}.")
        return lock

    def _earlier(self, found: Sequence[str], replace: bool) -> list[str]:
        """The files of an earlier run that may go; refuses what is more or is to stay."""
        path, noun = self.path, self._kind.noun
        listed = self._listed()
        if listed is None:
            raise Refused(f"{path} is not empty: it holds {some_of(found)}, and no {noun} of dhub.")
        ours = self._ours(listed)
        foreign = sorted(name for name in held_in(path) if name_of_draft(name) not in ours)
        if foreign:
            raise Refused(f"{path} holds {some_of(foreign)}, which no {noun} of dhub put there.")
        if not replace:
            raise Refused(f"{path} holds {self._told()}. Use --replace to write it anew.")
        return listed

    def _told(self) -> str:
        """What is there, in a few words."""
        manifest = self._read(self._kind.manifest)
        if manifest is None:
            return f"{self._kind.one} that was interrupted"
        return f"{self._kind.one} ({self._kind.figures(manifest)})"

    def _listed(self) -> list[str] | None:
        """The files that a data set in the folder has, or was to have; None when there is none."""
        manifest, plan, marked = map(self._read, (self._kind.manifest, PLAN, self._kind.marker))
        if manifest or plan or marked:
            known = self._kind.files(manifest) if manifest else []
            known += [str(file) for file in (marked or {}).get("files", [])]
            ours = named_by(plan or {})
            return known + [name for name in map(name_of_draft, held_in(self.path)) if ours(name)]
        # Killed before its first word: nothing but the empty marker can be there.
        marker = self.path / self._kind.marker
        return [] if marker.is_file() and not marker.stat().st_size else None

    def _read(self, name: str) -> Document | None:
        """A manifest or marker of dhub; None for anything else."""
        try:
            document = json.loads((self.path / name).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        is_ours = isinstance(document, dict) and document.get("kind") == self._kind.word
        return document if is_ours else None

    def _ours(self, files: Sequence[str]) -> set[str]:
        """Names that a run with these files may leave, or drafts of which; manifest and marker."""
        return {*map(os.path.normpath, files), self._kind.manifest, self._kind.marker}

    def _clear(self, ours: set[str]) -> None:
        """Remove files of dhub, the manifest first, and folders that they leave empty.

        The marker stays: it is locked by whoever clears.
        """
        (self.path / self._kind.manifest).unlink(missing_ok=True)
        gone = ours - {self._kind.marker}
        held = [name for name in held_in(self.path) if name_of_draft(name) in gone]
        # The plan last: by it the rest is known as dhub's if this is cut short.
        for name in sorted(held, key=lambda name: name == PLAN):
            (self.path / name).unlink()
        for place, _, _ in list(os.walk(self.path, topdown=False)):
            if Path(place) != self.path:
                with suppress(OSError):
                    os.rmdir(place)


def make_folder(path: Path) -> bool:
    """Make the folder if it is not there; whether that was so."""
    if path.exists() and not path.is_dir():
        raise UsageError(f"{path} is a file, not a folder.")
    there = path.is_dir()
    path.mkdir(parents=True, exist_ok=True)
    return not there


def some_of(names: Sequence[str]) -> str:
    """The first of many names."""
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more


def held_in(path: Path) -> Iterator[str]:
    """Every file in the folder, relative to it; links are not followed."""
    for place, folders, files in os.walk(path):
        links = [name for name in folders if os.path.islink(os.path.join(place, name))]
        yield from (os.path.relpath(os.path.join(place, name), path) for name in files + links)
