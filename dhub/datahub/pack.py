"""Takes a file of records, gives a data pack: a folder that `datahub datapack load` reads."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

from dhub.datahub.metadata import make_folder, write_json
from dhub.errors import Refused, UsageError
from dhub.output import check_room, write_output

INDEX = "index.json"
_PREFIX = "bank-"
_FILE = re.compile(rf"{_PREFIX}([0-9a-f]{{12}})\.json")


def check_folder(folder: Path) -> None:
    """Raises UsageError for what is no folder, Refused for one that holds more than a pack."""
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is a file. Name a folder.")
    if folder.is_dir():
        others = [each for each in sorted(folder.iterdir()) if not (_is_index(each) or _ours(each))]
        if others:
            raise Refused(
                f"{folder} holds {others[0].name}, which is no part of a data pack.\n"
                "Name an empty folder, or one to be made."
            )
    check_room(folder, folder)


def write_pack(whole: Path, folder: Path) -> Path:
    """Write the pack over an earlier one; gives the index."""
    digest = _digest(whole.read_bytes())
    # The client keeps a file by its address for good, also when the version of the index changes.
    name = f"{_PREFIX}{digest}.json"
    make_folder(folder)
    write_output(folder / name, whole.read_text(encoding="utf-8"))
    index = folder / INDEX
    write_json(index, {"version": digest, "files": [{"path": name, "wait_for_completion": True}]})
    for each in folder.iterdir():
        if _ours(each) and each.name != name:
            each.unlink()
    return index


def _ours(path: Path) -> bool:
    """Whether it is the file of a pack: it is called by what is in it."""
    found = _FILE.fullmatch(path.name)
    return found is not None and path.is_file() and found[1] == _digest(path.read_bytes())


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:12]


def _is_index(path: Path) -> bool:
    """Whether it is the index of a pack of dhub's."""
    if path.name != INDEX:
        return False
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        (file,) = found["files"]
        return bool(file["path"] == f"{_PREFIX}{found['version']}.json")
    except (OSError, ValueError, TypeError, LookupError):
        return False
