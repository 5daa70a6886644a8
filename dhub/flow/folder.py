"""Takes the folder of an export, says whether it may be written to, clears what is dhub's in it.

A marker stands in the folder until the manifest does. It names the files to be written and is
locked by the process that writes them: whatever kills that process frees the lock.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from dhub.errors import Refused, UsageError
from dhub.flow.sinks.files import draft_of
from dhub.server.lock import try_lock
from dhub.words import counted

MANIFEST, MARKER = "manifest.json", ".dhub-export"
KIND = "dhub export"


class Folder:
    """A folder claimed for an export: `files` are the paths, relative to it, that it will have.

    Raises Refused, with nothing changed, when it holds anything that may not be overwritten;
    UsageError when it cannot be a folder.
    """

    def __init__(self, path: Path, files: Sequence[str], replace: bool) -> None:
        self.path = path
        self._files = files
        self._made = _make(path)
        self._lock = self._claim(replace)
        for each in sorted({Path(file).parent for file in files}):
            (path / each).mkdir(exist_ok=True)

    def done(self) -> None:
        """The export is whole and has its manifest: the marker goes."""
        (self.path / MARKER).unlink()
        self._lock.close()

    def leave(self) -> None:
        """Remove what the export put here, and the folders that are empty then."""
        _clear(self.path, _ours(self._files))
        (self.path / MARKER).unlink(missing_ok=True)
        self._lock.close()
        if self._made:
            with suppress(OSError):
                self.path.rmdir()

    def _claim(self, replace: bool) -> IO[bytes]:
        """Lock the marker; what an earlier export left goes, when that is wanted."""
        found = sorted(each.name for each in self.path.iterdir())
        lock = _locked(self.path) if MARKER in found else None
        try:
            earlier = _earlier(self.path, found, replace) if found else []
            lock = lock or _locked(self.path)
            _clear(self.path, _ours(earlier))
            (self.path / MARKER).write_text(json.dumps({"kind": KIND, "files": list(self._files)}))
        except BaseException:
            if lock:
                lock.close()
            raise
        return lock


def _make(path: Path) -> bool:
    """Make the folder if it is not there; whether that was so."""
    if path.exists() and not path.is_dir():
        raise UsageError(f"{path} is a file, not a folder.")
    there = path.is_dir()
    path.mkdir(parents=True, exist_ok=True)
    return not there


def _locked(path: Path) -> IO[bytes]:
    lock = try_lock(path / MARKER)
    if lock is None:
        raise Refused(f"another export is writing to {path}.")
    return lock


def _earlier(path: Path, found: Sequence[str], replace: bool) -> list[str]:
    """The files of an earlier export that may go; refuses what is more than that or is to stay."""
    listed = _listed(path)
    if listed is None:
        raise Refused(f"{path} is not empty: it holds {_some(found)}, and no export of dhub.")
    foreign = sorted(set(_held(path)) - _ours(listed))
    if foreign:
        raise Refused(f"{path} holds {_some(foreign)}, which no export of dhub put there.")
    if not replace:
        raise Refused(f"{path} holds {_told(path)}. Use --replace to write it anew.")
    return listed


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more


def _told(path: Path) -> str:
    """What export is there, in a few words."""
    manifest = _read(path / MANIFEST)
    if manifest is None:
        return "an export that was interrupted"
    figures = ("customers", "seed", "as_of")
    customers, seed, as_of = (manifest.get(name) for name in figures)
    asked = counted(customers, "customer") if isinstance(customers, int) else "customers unknown"
    return f"an export ({asked}, seed {seed}, as of {as_of})"


def _listed(path: Path) -> list[str] | None:
    """The files that an export in the folder has, or was to have; None when there is no export."""
    document = _read(path / MANIFEST) or _read(path / MARKER)
    if document is None:
        # Killed before its first word: nothing but the empty marker can be there.
        marker = path / MARKER
        return [] if marker.is_file() and not marker.stat().st_size else None
    if "tables" in document:
        return [str(table.get("file")) for table in document["tables"]]
    return [str(file) for file in document.get("files", [])]


def _read(path: Path) -> dict[str, Any] | None:
    """A manifest or marker of dhub; None for anything else."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    is_ours = isinstance(document, dict) and document.get("kind") == KIND
    return document if is_ours else None


def _ours(files: Sequence[str]) -> set[str]:
    """Names that an export with these files may leave: they, their drafts, manifest, marker."""
    named = [Path(file) for file in (*files, MANIFEST)]
    return {str(each) for path in named for each in (path, draft_of(path))} | {MARKER}


def _held(path: Path) -> Iterator[str]:
    """Every file in the folder, relative to it; links are not followed."""
    for place, folders, files in os.walk(path):
        links = [name for name in folders if os.path.islink(os.path.join(place, name))]
        yield from (os.path.relpath(os.path.join(place, name), path) for name in files + links)


def _clear(path: Path, ours: set[str]) -> None:
    """Remove files of an export, the manifest first, and folders that they leave empty.

    The marker stays: it is locked by whoever clears.
    """
    (path / MANIFEST).unlink(missing_ok=True)
    for name in [name for name in _held(path) if name in ours - {MARKER}]:
        (path / name).unlink()
    for folder in [each for each in path.iterdir() if each.is_dir()]:
        with suppress(OSError):
            folder.rmdir()
