"""Takes an estate, gives what of it may travel to a worker elsewhere: its places, no password.

A worker finds the databases by its own settings, or, where it has none, at the places that
travelled, with what libpq knows there: PGPASSWORD, ~/.pgpass, a certificate.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from socket import gethostname
from typing import Any

from dhub.errors import UsageError
from dhub.estate.channel import is_here
from dhub.estate.connections import LOOKING, connect
from dhub.estate.databases import Estate, estate_of, home_now
from dhub.estate.failures import Missing
from dhub.estate.urls import url_of
from dhub.server.home import OWNER, Home
from dhub.settings import Settings, load_settings
from dhub.settings.secrets import remember
from dhub.settings.urls import is_secret, parts_of

# The server's start and the database's number in it: no other database has both.
_WHICH = (
    "SELECT extract(epoch FROM pg_postmaster_start_time())::text, oid::bigint"
    " FROM pg_database WHERE datname = current_database()"
)
Which = tuple[str, int] | None  # None of a database that is not made yet


@dataclass(frozen=True)
class Places:
    """Where the databases of an estate are, as the machine `host` says; no password."""

    urls: dict[str, str]
    embedded: bool
    host: str

    @classmethod
    def of(cls, estate: Estate) -> Places:
        """Those of its databases, but not of those beside them."""
        urls = {name: _without_secrets(url) for name, url in estate.urls.items()}
        return cls(urls, estate.embedded, gethostname())

    def at_home(self) -> Estate:
        """The same databases as this process reaches them; not whether it does.

        Raises UsageError when its settings are faulty or do not name all of them, and when the
        places are of another machine alone.
        """
        settings = load_settings(libpq=True)
        if not settings.embedded:
            return self._by(settings)
        if gethostname() != self.host:
            self._refuse_local()
        return self._with_password(settings) if self.embedded else Estate(self.urls)

    def _by(self, settings: Settings) -> Estate:
        family = estate_of(settings).family
        lacking = [f"DHUB_{name.upper()}_URL" for name in self.urls if name not in family]
        if lacking:
            raise UsageError(
                f"its settings name databases, but not all. Set {', '.join(lacking)} there, too."
            )
        return Estate({name: family[name] for name in self.urls})

    def _with_password(self, settings: Settings) -> Estate:
        home = home_now(settings)
        if not home.has_password(OWNER) or not self._is_in(home):
            raise UsageError(
                f"its embedded server is that of {home.path}, another one. Set DHUB_DATA_DIR for "
                "the workers as for this command, or name a server for both with DHUB_PG_HOST."
            )
        password = home.password(OWNER)
        remember([password])
        urls = self.urls.items()
        return Estate(
            {name: url_of(parts_of(url) | {"password": password}) for name, url in urls},
            embedded=True,
        )

    def _is_in(self, home: Home) -> bool:
        """Whether its sockets are those of a server's folder."""
        hosts = {parts_of(url).get("host", "") for url in self.urls.values()}
        return all(not host.startswith("/") or host == str(home.sockets) for host in hosts)

    def _refuse_local(self) -> None:
        if self.embedded:
            raise UsageError(
                f"the embedded server is reached from {self.host} alone. "
                "Name a server that all workers reach with DHUB_PG_HOST."
            )
        for database, url in self.urls.items():
            if _only_there(url):
                raise UsageError(
                    f"{database} is at localhost or a socket of {self.host}, which is another "
                    "machine. Name it as workers reach it, with DHUB_PG_HOST or "
                    f"DHUB_{database.upper()}_URL."
                )


def _without_secrets(url: str) -> str:
    return url_of({name: value for name, value in parts_of(url).items() if not is_secret(name)})


def _only_there(url: str) -> bool:
    """Whether a URL leads to no other machine than the one it is used on."""
    parts = parts_of(url)
    return is_here(parts.get("host", ""), parts.get("hostaddr", ""))


@dataclass(frozen=True)
class Reaches:
    """Whether a worker reaches these very databases: `estate` is its own once it has travelled.

    Of one that is not made yet only that its server can be reached.
    """

    estate: Estate
    seen: dict[str, Which] = field(repr=False)

    @classmethod
    def of(cls, estate: Estate) -> Reaches:
        """With what this process finds; raises what `connect` raises, but for Missing."""
        return cls(estate, {name: which(estate, name) for name in estate.databases})

    def __call__(self) -> None:
        """Raises UsageError or DatabaseFailed where this process does not reach them."""
        for database in self.estate.databases:
            variable = f"DHUB_{database.upper()}_URL"
            try:
                found = which(self.estate, database)
            except UsageError as error:
                raise UsageError(
                    f"{error}\nPasswords do not travel: workers take theirs from their own "
                    f"environment, {variable}, DHUB_PG_PASSWORD, PGPASSWORD or ~/.pgpass."
                ) from error
            if self.seen[database] not in (None, found):
                raise UsageError(
                    f"its {database} is another database than that of this command. "
                    f"Correct {variable} or DHUB_PG_HOST there."
                )


def which(estate: Estate, database: str) -> Which:
    """What tells a database from all others; raises what `connect` raises, but for Missing."""
    try:
        with connect(estate, database, autocommit=True, lock_timeout=LOOKING) as conn:
            row: Any = conn.execute(_WHICH).fetchone()
            return (row[0], row[1])
    except Missing:
        return None
