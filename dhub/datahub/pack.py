"""Takes a file of records, gives a data pack: a folder that `datahub datapack load` reads."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

from dhub.datahub.metadata import check_room, make_folder, placed, write_json
from dhub.errors import UsageError

INDEX = "index.json"
_PREFIX = "bank-"


def check_folder(folder: Path) -> None:
    """Raises UsageError unless the folder is empty, an earlier pack, or still to be made."""
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is a file. Name a folder.")
    if folder.is_dir():
        others = [each for each in folder.iterdir() if each.name != INDEX and not _ours(each)]
        if others:
            raise UsageError(
                f"{folder} holds {others[0].name}, which is no part of a data pack.\n"
                "Name an empty folder, or one to be made."
            )
    check_room(folder, folder)


def write_pack(whole: Path, folder: Path) -> Path:
    """Write the pack over an earlier one; gives the index."""
    digest = hashlib.sha256(whole.read_bytes()).hexdigest()[:12]
    # The client keeps a file by its address for good, also when the version of the index changes.
    name = f"{_PREFIX}{digest}.json"
    make_folder(folder)
    with placed(folder / name):
        shutil.copyfile(whole, folder / name)
    index = folder / INDEX
    write_json(index, {"version": digest, "files": [{"path": name, "wait_for_completion": True}]})
    for each in folder.iterdir():
        if _ours(each) and each.name != name:
            each.unlink()
    return index


def _ours(path: Path) -> bool:
    return path.name.startswith(_PREFIX) and path.suffix in (".json", ".part")
