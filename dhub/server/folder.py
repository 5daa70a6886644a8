"""Takes the path of a data folder, says whether dhub may use it; makes it, and marks it as its own.

The mark names the user and the folder itself, by the number that the disk gave it: it means
nothing in a copy, so nobody can hand over a folder that is marked already.
"""

from __future__ import annotations

import json
import os
import stat
from contextlib import suppress
from enum import Enum
from pathlib import Path

from dhub.errors import Refused, UsageError
from dhub.server.files import check_folder, read_own, write_own

MARK = "dhub.json"
_KIND = "dhub data folder"
_FOLDERS = ("data", "users", "run", "data.part")
_IGNORED = ("lost+found",)  # on every new disk


class State(Enum):
    """How a folder stands that dhub may use."""

    new = "not there, or empty"
    earlier = "of a dhub that made no marks, or a copy"
    marked = "marked"


def look(path: Path, must_be_marked: bool = False) -> State:
    """How it stands; changes nothing.

    Raises UsageError for somebody else's or one that is open to others, Refused for one that holds
    what dhub did not put there. `must_be_marked`: as the folder that a .env names.
    """
    try:
        state = _state(path)
    except OSError as error:
        raise unusable(path, error) from error
    if must_be_marked and state is not State.marked:
        raise UsageError(
            f"DHUB_DATA_DIR of .env names {path}, which is no data folder of yours yet.\n"
            f"If it shall be one: DHUB_DATA_DIR={path} dhub db init"
        )
    return state


def take(path: Path, must_be_marked: bool = False) -> None:
    """Make the folder if it is not there, and mark it; raises what `look` raises."""
    if look(path, must_be_marked) is State.marked:
        return
    try:
        if not path.exists():
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
        if look(path) is State.new:
            # Root's is passed through by the account of the server; nothing in it is open.
            path.chmod(0o755 if os.geteuid() == 0 else 0o700)
        _mark(path)
    except OSError as error:
        raise unusable(path, error) from error


def unusable(path: Path, error: OSError) -> UsageError:
    """That the system does not let us."""
    return UsageError(
        f"{path} cannot be used for the embedded server: {error.strerror}.\n"
        "Name another folder with DHUB_DATA_DIR, or a server with DHUB_PG_HOST."
    )


def _state(path: Path) -> State:
    if not os.path.lexists(path):
        return State.new
    names = _names(path)
    if not names:
        return State.new
    marked = _is_marked(path)
    if not marked and not _is_of_earlier(path):
        raise Refused(
            f"{path} is no data folder of dhub's: it holds {_some(names)}. Nothing was touched.\n"
            "Name a folder that is new or empty with DHUB_DATA_DIR."
        )
    if os.lstat(path).st_mode & 0o022:
        raise UsageError(
            f"{path} is open to others, who could change the server in it.\n"
            f"If nobody has: chmod go-w {path}"
        )
    for name in _FOLDERS:
        check_folder(path / name)
    return State.marked if marked else State.earlier


def _names(path: Path) -> list[str]:
    """What is in it but marks in the making; raises UsageError for somebody else's."""
    found = os.lstat(path)
    if not stat.S_ISDIR(found.st_mode):
        raise UsageError(f"{path} is no folder.\nName one with DHUB_DATA_DIR.")
    if found.st_uid != os.geteuid():
        raise UsageError(
            f"{path} belongs to another user.\nName a folder of yours with DHUB_DATA_DIR."
        )
    names = sorted(os.listdir(path))
    return [each for each in names if each not in _IGNORED and not each.startswith(f"{MARK}.")]


def _some(names: list[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def _is_marked(path: Path) -> bool:
    try:
        found = json.loads(read_own(path / MARK))
    except (OSError, ValueError, UsageError):
        return False
    return bool(found == _mark_of(path))


def _mark_of(path: Path) -> dict[str, object]:
    found = os.lstat(path)
    return {"kind": _KIND, "user": found.st_uid, "folder": found.st_ino}


def _is_of_earlier(path: Path) -> bool:
    """Whether a cluster and its passwords are in it, of this user and shut to others."""
    password, data = path / "password", path / "data"
    try:
        files = (os.lstat(password), os.lstat(data), os.lstat(data / "PG_VERSION"))
    except OSError:
        return False
    kinds = [stat.S_IFMT(each.st_mode) for each in files]
    shut = not any(each.st_mode & 0o077 for each in files[:2])
    # Root's cluster belongs to the account that its server runs as.
    ours = files[0].st_uid == os.geteuid() and os.geteuid() in (0, files[1].st_uid)
    return kinds == [stat.S_IFREG, stat.S_IFDIR, stat.S_IFREG] and shut and ours


def _mark(path: Path) -> None:
    """Write the mark, whole or not at all: another dhub may be looking."""
    part = path / f"{MARK}.{os.getpid()}"
    with suppress(FileNotFoundError):
        part.unlink()
    write_own(part, json.dumps(_mark_of(path)) + "\n")
    part.replace(path / MARK)
