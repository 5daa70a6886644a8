"""Takes nothing, gives the account the embedded server runs as: PostgreSQL refuses to be root."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dhub.errors import UsageError

# PostgreSQL's own account where there is one; else the account that owns nothing.
_CANDIDATES = ("postgres", "nobody")


@dataclass(frozen=True)
class Account:
    """Who the server runs as; `switch` when that is somebody else than us."""

    name: str
    uid: int
    gid: int
    switch: bool

    @property
    def popen(self) -> dict[str, Any]:
        """The arguments that make subprocess run a program as this account."""
        if not self.switch:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def own(self, path: Path) -> None:
        """Give it a file or folder that we made."""
        if self.switch:
            os.chown(path, self.uid, self.gid)

    def may_enter(self, folder: Path) -> bool:
        """Whether it can reach what lies in the folder."""
        return self.shut_out(folder) is None

    def shut_out(self, folder: Path) -> Path | None:
        """The first folder on the way, from the root, that this account may not enter."""
        if not self.switch:
            return None
        way = [*reversed(folder.parents), folder]
        return next((step for step in way if not self._has(step, stat.S_IXOTH)), None)

    def may_read(self, path: Path) -> bool:
        """Whether it can read and, if we can, run the file."""
        return not self.switch or self._has(path, stat.S_IROTH)

    def _has(self, path: Path, right: int) -> bool:
        found = path.stat()
        shift = 6 if found.st_uid == self.uid else 3 if found.st_gid == self.gid else 0
        return bool(found.st_mode & (right << shift))


def server_account(data: Path) -> Account:
    """Ourselves; for root the owner of the data, or for new data the account `postgres`."""
    if os.geteuid() != 0:
        return Account("", os.geteuid(), os.getegid(), switch=False)
    return next(_unprivileged(data))


def _unprivileged(data: Path) -> Iterator[Account]:
    import pwd

    # The data stay with the account that made them, even when `postgres` appears later.
    owner = data.stat().st_uid if data.exists() else 0
    if owner:
        name = next((each.pw_name for each in pwd.getpwall() if each.pw_uid == owner), str(owner))
        yield Account(name, owner, data.stat().st_gid, switch=True)
    for name in _CANDIDATES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        yield Account(name, entry.pw_uid, entry.pw_gid, switch=True)
    raise UsageError(
        "The embedded server must not run as root, and there is no account postgres or nobody.\n"
        "Run dhub as an ordinary user, or name a server with DHUB_PG_HOST."
    )
