"""Takes the path that a new SQLite database gets, removes what an earlier one of that name left."""

from __future__ import annotations

from pathlib import Path


def forget(path: Path) -> None:
    """Remove the journals of a database that is gone.

    SQLite would take them for those of the new one, and write pages of the old one into it.
    """
    for ending in ("-journal", "-wal", "-shm"):
        path.with_name(path.name + ending).unlink(missing_ok=True)
