"""Takes DHUB_DATA_DIR, gives the places and secrets of the embedded server in it."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import stat
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dhub.errors import UsageError
from dhub.server import folder
from dhub.server.account import Account
from dhub.server.files import open_own, read_own, write_own

# Not "dhub": a role finds the schema of its own name, which is our bookkeeping, before public.
OWNER, READER = "dhub_owner", "dhub_reader"

# A socket's path has 104 bytes on macOS, 108 on Linux; ".s.PGSQL.65535" and a zero are part of it.
_LONGEST_FOLDER = 104 - len("/.s.PGSQL.65535") - 1


@dataclass(frozen=True)
class Home:
    """The folder that holds the server's data, sockets, log, locks and passwords.

    `must_be_marked`: a .env names it, so it has to be one of this user's already.
    """

    path: Path
    must_be_marked: bool = False

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
        """The folder of the Unix socket: in here, or under /tmp where that path is too long.

        Or not in ASCII: URLs are text, and whether such a path is any depends on the locale.
        """
        place = self.path / "run"
        if len(os.fsencode(place)) <= _LONGEST_FOLDER and os.fsencode(place).isascii():
            return place
        name = hashlib.sha256(os.fsencode(self.path)).hexdigest()[:16]
        return Path("/tmp") / f"dhub-{name}"

    def check(self) -> None:
        """Raises UsageError or Refused unless it is ours or may become it; makes nothing."""
        folder.look(self.path, self.must_be_marked)

    def make(self) -> None:
        """Make the folders that are ours alone; raises what `check` raises."""
        folder.take(self.path, self.must_be_marked)
        try:
            self.users.mkdir(mode=0o700, exist_ok=True)
            os.close(open_own(self.lock, os.O_WRONLY | os.O_CREAT))
        except OSError as error:
            raise folder.unusable(self.path, error) from error

    def make_sockets(self, account: Account) -> None:
        """Make the folder of the socket; raises UsageError when somebody else has it."""
        place = self.sockets
        if not place.is_symlink() and not place.exists():
            place.mkdir(mode=0o700)
            account.own(place)
        found = place.lstat()
        private = stat.S_ISDIR(found.st_mode) and not found.st_mode & 0o077
        if found.st_uid != account.uid or not private:
            raise UsageError(
                f"{place} belongs to somebody else or is open to others.\n"
                "Remove it, or name a shorter folder with DHUB_DATA_DIR."
            )

    def password(self, role: str) -> str:
        """The password of a role, made on first use and kept readable for us alone."""
        path = self._password_file(role)
        if not path.exists():
            part = path.with_name(f"{path.name}.{os.getpid()}.part")
            part.unlink(missing_ok=True)
            write_own(part, secrets.token_urlsafe(24))
            try:
                # Only the first of two processes wins, and both read what it wrote.
                with suppress(FileExistsError):
                    os.link(part, path)
            finally:
                part.unlink(missing_ok=True)
        return read_own(path)

    def _password_file(self, role: str) -> Path:
        return self.path / ("password" if role == OWNER else f"{role}.password")

    def has_password(self, role: str) -> bool:
        """Whether the password of a role was made already."""
        return self._password_file(role).exists()

    def kept(self) -> dict[str, Any]:
        """Which server was told to stay, and its port: {"pid": ..., "port": ...}, or nothing."""
        try:
            found = json.loads(read_own(self.path / "kept.json"))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def keep(self, pid: int, port: int) -> None:
        """Note that the server shall stay; the port is tried again next time."""
        part = self.path / "kept.part"
        part.unlink(missing_ok=True)
        write_own(part, json.dumps({"pid": pid, "port": port}))
        part.rename(self.path / "kept.json")


def home_of(data_dir: Path | None, must_be_marked: bool = False) -> Home:
    """The home in DHUB_DATA_DIR, in the user's data folder, or for root in /var/lib/dhub."""
    if data_dir is not None:
        return Home(Path(os.path.realpath(data_dir)), must_be_marked)
    if os.name == "posix" and os.geteuid() == 0:
        # Root's home is shut to the account that runs the server.
        return Home(Path("/var/lib/dhub"))
    from platformdirs import user_data_path

    try:
        return Home(Path(os.path.realpath(user_data_path("dhub", appauthor=False))))
    except RuntimeError:
        raise UsageError(
            "This account has no home folder to keep a server in.\n"
            "Name a folder with DHUB_DATA_DIR, or a server with DHUB_PG_HOST."
        ) from None
