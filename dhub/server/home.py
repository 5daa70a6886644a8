"""Takes DHUB_DATA_DIR, gives the places and secrets of the embedded server in it."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dhub.errors import UsageError
from dhub.server.account import Account

# Not "dhub": a role finds the schema of its own name, which is our bookkeeping, before public.
OWNER, READER = "dhub_owner", "dhub_reader"

# A socket's path has 104 bytes on macOS, 108 on Linux; ".s.PGSQL.65535" and a zero are part of it.
_LONGEST_FOLDER = 104 - len("/.s.PGSQL.65535") - 1


@dataclass(frozen=True)
class Home:
    """The folder that holds the server's data, sockets, log, locks and passwords."""

    path: Path

    @property
    def data(self) -> Path:
        """PostgreSQL's data, open to nobody but the server's account."""
        return self.path / "data"

    @property
    def lock(self) -> Path:
        """Held while the server is being started or stopped."""
        return self.path / "lock"

    @property
    def users(self) -> Path:
        """One locked file for each living use of the server."""
        return self.path / "users"

    @property
    def log(self) -> Path:
        """What the server has to say."""
        return self.path / "server.log"

    @property
    def sockets(self) -> Path:
        """The folder of the Unix socket: in here, or under /tmp where that path is too long."""
        folder = self.path / "run"
        if len(os.fsencode(folder)) <= _LONGEST_FOLDER:
            return folder
        name = hashlib.sha256(os.fsencode(self.path)).hexdigest()[:16]
        return Path("/tmp") / f"dhub-{name}"

    def make(self) -> None:
        """Make the folders that are ours alone; raises UsageError when the place is shut to us."""
        try:
            # Root's own is passed through by the account of the server; nothing in it is open.
            self.path.mkdir(mode=0o755 if os.geteuid() == 0 else 0o700, parents=True, exist_ok=True)
            self.users.mkdir(mode=0o700, exist_ok=True)
            self.lock.touch(mode=0o600)
        except OSError as error:
            raise UsageError(
                f"{self.path} cannot be used for the embedded server: {error.strerror}.\n"
                "Name another folder with DHUB_DATA_DIR, or a server with DHUB_PG_HOST."
            ) from error

    def make_sockets(self, account: Account) -> None:
        """Make the folder of the socket; raises UsageError when somebody else has it."""
        folder = self.sockets
        if not folder.is_symlink() and not folder.exists():
            folder.mkdir(mode=0o700)
            account.own(folder)
        found = folder.lstat()
        private = stat.S_ISDIR(found.st_mode) and not found.st_mode & 0o077
        if found.st_uid != account.uid or not private:
            raise UsageError(
                f"{folder} belongs to somebody else or is open to others.\n"
                "Remove it, or name a shorter folder with DHUB_DATA_DIR."
            )

    def password(self, role: str) -> str:
        """The password of a role, made on first use and kept readable for us alone."""
        path = self._password_file(role)
        if not path.exists():
            part = path.with_suffix(".part")
            part.unlink(missing_ok=True)
            with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(secrets.token_urlsafe(24))
            # Only the first of two processes wins, and both read what it wrote.
            try:
                os.link(part, path)
            except FileExistsError:
                pass
            finally:
                part.unlink(missing_ok=True)
        return path.read_text()

    def _password_file(self, role: str) -> Path:
        return self.path / ("password" if role == OWNER else f"{role}.password")

    def has_password(self, role: str) -> bool:
        """Whether the password of a role was made already."""
        return self._password_file(role).exists()

    def kept(self) -> dict[str, Any]:
        """Which server was told to stay, and its port: {"pid": ..., "port": ...}, or nothing."""
        try:
            found = json.loads((self.path / "kept.json").read_text())
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def keep(self, pid: int, port: int) -> None:
        """Note that the server shall stay; the port is tried again next time."""
        part = self.path / "kept.part"
        part.write_text(json.dumps({"pid": pid, "port": port}))
        part.rename(self.path / "kept.json")


def home_of(data_dir: Path | None) -> Home:
    """The home in DHUB_DATA_DIR, in the user's data folder, or for root in /var/lib/dhub."""
    if data_dir is not None:
        return Home(Path(os.path.realpath(data_dir)))
    if os.name == "posix" and os.geteuid() == 0:
        # Root's home is shut to the account that runs the server.
        return Home(Path("/var/lib/dhub"))
    from platformdirs import user_data_path

    return Home(Path(os.path.realpath(user_data_path("dhub", appauthor=False))))
