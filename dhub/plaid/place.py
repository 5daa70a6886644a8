"""Takes the folder of a data set, gives a place beside the earlier one to write the next whole.

All is written in a folder of its own within, and gets its place only when it is complete: until
then an earlier data set stays as it is, whatever ends the run. A marker in the folder, locked by
the process that writes, tells a run that goes on from one that was killed; while files get their
places it names them.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from dhub.errors import Refused
from dhub.flow.folder import held_in, make_folder, some_of
from dhub.plaid.leftovers import forget
from dhub.server.lock import try_lock
from dhub.words import counted

METADATA, MARKER, STAGE = "metadata.json", ".dhub-plaid", ".dhub-plaid.part"
KIND = "dhub plaid"


class Place:
    """A folder claimed for a data set: `known` are all names that any may have, `new` those of
    this one.

    Raises Refused, with nothing changed, when the folder holds what may not go; UsageError when
    it cannot be a folder.
    """

    def __init__(self, path: Path, known: Sequence[str], new: Sequence[str], replace: bool) -> None:
        self.path, self.stage = path, path / STAGE
        self._known, self._new = {*known, METADATA}, {*new, METADATA}
        self._made = make_folder(path)
        try:
            self._refuse(replace)
            self._lock = self._locked()
        except BaseException:
            self._unmake()
            raise
        self._broken = bool((path / MARKER).stat().st_size)  # files were getting their places
        shutil.rmtree(self.stage, ignore_errors=True)
        self.stage.mkdir()

    def keep(self) -> None:
        """All is written: the earlier data set goes, this one takes its place."""
        new, going = set(held_in(self.stage)), self._earlier() or set()
        (self.path / MARKER).write_text(json.dumps({"kind": KIND, "files": sorted(new | going)}))
        for name in sorted(going, key=lambda each: each != METADATA):
            (self.path / name).unlink()
        for name in new | going:
            if name.endswith(".db"):
                forget(self.path / name)
        for name in sorted(new, key=lambda each: each == METADATA):
            (self.path / name).parent.mkdir(exist_ok=True)
            (self.stage / name).rename(self.path / name)
        for folder in {self.path / Path(name).parent for name in going} - {self.path}:
            with suppress(OSError):  # something is in it
                folder.rmdir()
        self._end()

    def leave(self) -> None:
        """Remove what was written; what was there before stays."""
        self._end(keep_marker=self._broken)
        self._unmake()

    def _end(self, keep_marker: bool = False) -> None:
        shutil.rmtree(self.stage, ignore_errors=True)
        if not keep_marker:
            (self.path / MARKER).unlink(missing_ok=True)
        self._lock.close()

    def _unmake(self) -> None:
        if self._made:
            with suppress(OSError):
                self.path.rmdir()

    def _locked(self) -> IO[bytes]:
        lock = try_lock(self.path / MARKER)
        if lock is None:
            raise Refused(f"another `dhub plaid generate` is writing to {self.path}.")
        return lock

    def _refuse(self, replace: bool) -> None:
        """Raise Refused unless the folder is empty, or has a data set that may be replaced."""
        earlier = self._earlier()
        if earlier is None:
            found = sorted({each.name for each in self.path.iterdir()} - {MARKER, STAGE})
            if found:
                held = f"it holds {some_of(found)}, and no data set of dhub"
                raise Refused(f"{self.path} is not empty: {held}.")
            return
        foreign = sorted(self._in_the_way(earlier))
        if foreign:
            raise Refused(
                f"{self.path} holds {some_of(foreign)}, which no data set of dhub put there."
            )
        if not replace:
            raise Refused(f"{self.path} holds {self._told()}. Use --replace to write it anew.")

    def _in_the_way(self, earlier: set[str]) -> set[str]:
        """What somebody else gave a name that a data set needs."""
        names = {name for name in self._new if os.path.lexists(self.path / name)} - earlier
        folders = {Path(name).parts[0] for name in self._new if "/" in name}
        odd = {name for name in folders if self._is_no_folder(self.path / name)}
        return {name for name in names if Path(name).parts[0] not in odd} | odd

    @staticmethod
    def _is_no_folder(path: Path) -> bool:
        return path.is_symlink() or (path.exists() and not path.is_dir())

    def _earlier(self) -> set[str] | None:
        """The files of the data set that is there; None when there is none of dhub's."""
        if metadata := self._read(METADATA):
            listed = {*metadata.get("files", {}), *metadata.get("beside", []), METADATA}
        elif journal := self._read(MARKER):
            listed = set(journal.get("files", []))
        else:
            return None
        return listed & self._known & set(held_in(self.path))

    def _told(self) -> str:
        """What is there, in a few words."""
        metadata = self._read(METADATA)
        if metadata is None:
            return "a data set that was interrupted"
        users, window = metadata.get("num_users"), metadata.get("date_range", {})
        many = counted(users, "user") if isinstance(users, int) else "users unknown"
        days = f"{window.get('start')} to {window.get('end')}"
        return (
            f"a data set (preset {metadata.get('preset')}, {many}, "
            f"seed {metadata.get('seed')}, {days})"
        )

    def _read(self, name: str) -> dict[str, Any] | None:
        """A document of dhub's; None for anything else."""
        try:
            document = json.loads((self.path / name).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        is_ours = isinstance(document, dict) and document.get("kind") == KIND
        return document if is_ours else None
