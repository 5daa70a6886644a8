"""Takes the settings, gives the estate: where the databases are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from dhub.estate.urls import make_url, shown_url
from dhub.server.home import OWNER, READER, Home, home_of
from dhub.server.lifetime import is_kept, quiet, running
from dhub.server.lock import Notify
from dhub.settings import DATABASES, Settings
from dhub.settings.secrets import remember

__all__ = ["DATABASES", "Estate", "estate_now", "estate_urls", "open_estate"]


@dataclass(frozen=True)
class Estate:
    """The URLs of the six databases, passwords included; handed to workers as it is."""

    urls: dict[str, str] = field(repr=False)
    embedded: bool = False
    reader_password: str | None = field(default=None, repr=False)

    @property
    def databases(self) -> tuple[str, ...]:
        """The databases in load order: what others point to comes first."""
        return tuple(self.urls)

    def __repr__(self) -> str:
        shown = {database: shown_url(url) for database, url in self.urls.items()}
        return f"Estate(urls={shown}, embedded={self.embedded})"


@contextmanager
def open_estate(settings: Settings, notify: Notify = quiet) -> Iterator[Estate]:
    """The estate the settings name; the embedded server runs as long as it is open."""
    if not settings.embedded:
        yield Estate(_configured_urls(settings), reader_password=_reader_password(settings))
        return
    home = home_now(settings)
    home.check()
    if not home.data.exists():
        notify(f"Making an embedded PostgreSQL server in {home.path} (DHUB_PG_HOST names another).")
    with running(home, notify) as server:
        # By its socket also when it listens on TCP: a tenth of the server's time in a load.
        urls = _embedded_urls(home, str(home.sockets), server.port)
        password = _reader_password(settings) or home.password(READER)
        yield Estate(urls, embedded=True, reader_password=password)


def home_now(settings: Settings) -> Home:
    """Where the settings say that the embedded server is."""
    return home_of(settings.data_dir, settings.data_dir_from_file)


def _reader_password(settings: Settings) -> str | None:
    secret = settings.reader_password
    return secret.get_secret_value() if secret else None


def _configured_urls(settings: Settings) -> dict[str, str]:
    password = settings.pg_password
    return {
        database: settings.urls.get(database)
        or make_url(
            database,
            host=settings.pg_host,
            port=settings.pg_port,
            user=settings.pg_user,
            password=password.get_secret_value() if password else None,
            sslmode=settings.pg_sslmode,
        )
        for database in DATABASES
    }


def _embedded_urls(home: Home, host: str, port: int) -> dict[str, str]:
    password = home.password(OWNER)
    remember([password, home.password(READER)])
    return {
        database: make_url(database, host=host, port=port, user=OWNER, password=password)
        for database in DATABASES
    }


def estate_urls(settings: Settings) -> tuple[dict[str, str], bool]:
    """The URLs without starting a server, and whether they can be used as they are now."""
    from dhub.server import postmaster
    from dhub.server.lifetime import status
    from dhub.server.postmaster import SOCKET_PORT

    if not settings.embedded:
        return _configured_urls(settings), True
    home = home_now(settings)
    status(home)  # says whose folder it is when it is not ours
    home.make()
    found = postmaster.find(home)
    if found is None:
        return _embedded_urls(home, str(home.sockets), SOCKET_PORT), False
    return _embedded_urls(home, found.host, found.port), is_kept(home, found)


def estate_now(settings: Settings) -> tuple[Estate, bool]:
    """The estate without starting a server, and whether its URLs can be used as they are now."""
    urls, lasting = estate_urls(settings)
    password = _reader_password(settings)
    if settings.embedded:
        password = password or home_now(settings).password(READER)
    return Estate(urls, settings.embedded, password), lasting
