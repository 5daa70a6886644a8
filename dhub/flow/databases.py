"""Takes the settings, gives the estate: where the six databases are, and connections to them."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg import conninfo

from dhub.flow.failures import Missing, connection_failure
from dhub.flow.home import OWNER, READER, Home, home_of
from dhub.flow.lock import Notify
from dhub.flow.server import is_kept, quiet, running
from dhub.flow.urls import make_url, mask_passwords
from dhub.settings import DATABASES, Settings

__all__ = [
    "DATABASES",
    "Estate",
    "connect",
    "estate_now",
    "estate_urls",
    "exists",
    "open_estate",
    "prepare",
]

Connection = psycopg.Connection[Any]

_CONNECT_TIMEOUT = 10  # seconds, unless the URL says otherwise


@dataclass(frozen=True)
class Estate:
    """The URLs of the six databases, passwords included; handed to workers as it is."""

    urls: dict[str, str] = field(repr=False)
    embedded: bool = False
    reader_password: str | None = field(default=None, repr=False)

    def __repr__(self) -> str:
        shown = {database: mask_passwords(url) for database, url in self.urls.items()}
        return f"Estate(urls={shown}, embedded={self.embedded})"


@contextmanager
def open_estate(settings: Settings, notify: Notify = quiet) -> Iterator[Estate]:
    """The estate the settings name; the embedded server runs as long as it is open."""
    if not settings.embedded:
        yield Estate(_configured_urls(settings), reader_password=_reader_password(settings))
        return
    home = home_of(settings.data_dir)
    notify(f"Using the embedded PostgreSQL server in {home.path} (DHUB_PG_HOST names another).")
    with running(home, notify) as server:
        # By its socket also when it listens on TCP: a tenth of the server's time in a load.
        urls = _embedded_urls(home, str(home.sockets), server.port)
        password = _reader_password(settings) or home.password(READER)
        yield Estate(urls, embedded=True, reader_password=password)


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
    return {
        database: make_url(database, host=host, port=port, user=OWNER, password=password)
        for database in DATABASES
    }


def estate_urls(settings: Settings) -> tuple[dict[str, str], bool]:
    """The URLs without starting a server, and whether they can be used as they are now."""
    from dhub.flow import postmaster
    from dhub.flow.postmaster import SOCKET_PORT
    from dhub.flow.server import status

    if not settings.embedded:
        return _configured_urls(settings), True
    home = home_of(settings.data_dir)
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
        password = password or home_of(settings.data_dir).password(READER)
    return Estate(urls, settings.embedded, password), lasting


def connect(
    estate: Estate, database: str, *, autocommit: bool = False, application_name: str = "dhub"
) -> Connection:
    """A connection to one of the six.

    Raises Missing when it does not exist, UsageError for a rejected password or a missing grant,
    DatabaseFailed when the server is down.
    """
    url = estate.urls[database]
    return connect_url(url, database, autocommit=autocommit, application_name=application_name)


def connect_url(
    url: str,
    database: str,
    *,
    autocommit: bool = False,
    application_name: str = "dhub",
    dbname: str | None = None,
) -> Connection:
    """`connect` for a URL that stands for `database`; `dbname` enters another one of its server."""
    try:
        parts = conninfo.conninfo_to_dict(url, application_name=application_name)
        parts.setdefault("connect_timeout", _CONNECT_TIMEOUT)
        parts |= {"dbname": dbname} if dbname else {}
        return psycopg.connect(autocommit=autocommit, **parts)  # type: ignore[arg-type]
    except psycopg.Error as error:
        raise connection_failure(error, database, url) from error


def exists(estate: Estate, database: str) -> bool:
    """Whether the database is there; raises what `connect` raises for any other obstacle."""
    try:
        connect(estate, database).close()
    except Missing:
        return False
    return True


def prepare(estate: Estate) -> dict[str, list[str]]:
    """Create what is missing, mark, migrate and open all six to the reader; what was applied.

    Safe to repeat and to run twice at once; raises Refused for a database dhub did not make.
    """
    # In here, since readers need neither the guard nor the migrations.
    from dhub.flow import creation

    needs = creation.survey(estate)
    with ThreadPoolExecutor(len(DATABASES)) as threads:
        jobs = {
            database: threads.submit(creation.equip, estate, database, needs[database])
            for database in DATABASES
        }
    return {database: job.result() for database, job in jobs.items()}
