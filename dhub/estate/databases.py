"""Takes the settings, gives the estate: where the databases are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from dhub.estate.urls import make_url, shown_url
from dhub.server.home import OWNER, READER, Home, home_of
from dhub.server.lifetime import is_kept
from dhub.settings import BESIDE, DATABASES, Settings
from dhub.settings.secrets import remember
from dhub.settings.urls import parts_of

__all__ = ["DATABASES", "Estate", "estate_in", "estate_now", "estate_of", "estate_urls"]


@dataclass(frozen=True)
class Estate:
    """The URLs of the six databases, passwords included; handed to workers as it is.

    `beside` are those of databases that are not of the bank, made or not. Such a one is an estate
    `alone`: whatever prepares, loads, asks or empties an estate does the same for it.
    """

    urls: dict[str, str] = field(repr=False)
    embedded: bool = False
    reader_password: str | None = field(default=None, repr=False)
    beside: dict[str, str] = field(default_factory=dict, repr=False)

    @property
    def databases(self) -> tuple[str, ...]:
        """The databases in load order: what others point to comes first."""
        return tuple(self.urls)

    @property
    def family(self) -> dict[str, str]:
        """All that these settings name, the six first, whichever of them this estate is about."""
        all_ = self.urls | self.beside
        return {name: all_[name] for name in (*DATABASES, *BESIDE, *all_) if name in all_}

    def alone(self, database: str) -> Estate:
        """The estate of one database, among the six or beside them."""
        family = self.family
        url = family.pop(database)
        if self.embedded and not _same_server(url, next(iter(self.urls.values()))):
            return Estate({database: url})  # with a URL of its own, on a server of the user's
        return replace(self, urls={database: url}, beside=family)

    def joined(self, databases: Iterable[str]) -> Estate:
        """The same with some that are beside it."""
        more = {name: self.beside[name] for name in databases if name in self.beside}
        left = {name: url for name, url in self.beside.items() if name not in more}
        return replace(self, urls=self.urls | more, beside=left)

    def __repr__(self) -> str:
        shown = {database: shown_url(url) for database, url in self.urls.items()}
        return f"Estate(urls={shown}, embedded={self.embedded})"


def _same_server(one: str, other: str) -> bool:
    first, second = ({**parts_of(url), "dbname": ""} for url in (one, other))
    return first == second


def estate_in(settings: Settings, home: Home, port: int) -> Estate:
    """The estate on the embedded server that runs in this home."""
    # By its socket also when it listens on TCP: a tenth of the server's time in a load.
    urls, beside = _parted(_embedded_urls(settings, home, str(home.sockets), port))
    password = _reader_password(settings) or home.password(READER)
    return Estate(urls, embedded=True, reader_password=password, beside=beside)


def estate_of(settings: Settings) -> Estate:
    """The estate that is named by settings which do not mean the embedded server."""
    urls, beside = _parted(_configured_urls(settings))
    return Estate(urls, reader_password=_reader_password(settings), beside=beside)


def home_now(settings: Settings) -> Home:
    """Where the settings say that the embedded server is."""
    return home_of(settings.data_dir, settings.data_dir_from_file)


def _reader_password(settings: Settings) -> str | None:
    secret = settings.reader_password
    return secret.get_secret_value() if secret else None


def _parted(urls: dict[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """Those of the six, and those beside them."""
    return (
        {name: urls[name] for name in DATABASES},
        {name: urls[name] for name in BESIDE if name in urls},
    )


def _configured_urls(settings: Settings) -> dict[str, str]:
    password = settings.pg_password
    own = settings.urls | settings.urls_beside
    # Where each of the six has a URL of its own, nothing says where others are to be.
    beside = BESIDE if settings.names_a_server else tuple(settings.urls_beside)
    return {
        database: own.get(database)
        or make_url(
            database,
            host=settings.pg_host,
            port=settings.pg_port,
            user=settings.pg_user,
            password=password.get_secret_value() if password else None,
            sslmode=settings.pg_sslmode,
        )
        for database in (*DATABASES, *beside)
    }


def _embedded_urls(settings: Settings, home: Home, host: str, port: int) -> dict[str, str]:
    password = home.password(OWNER)
    remember([password, home.password(READER)])
    made = {
        database: make_url(database, host=host, port=port, user=OWNER, password=password)
        for database in (*DATABASES, *BESIDE)
    }
    return made | settings.urls_beside


def _urls_now(settings: Settings) -> tuple[dict[str, str], bool]:
    """All URLs without starting a server, and whether they can be used as they are now."""
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
        return _embedded_urls(settings, home, str(home.sockets), SOCKET_PORT), False
    return _embedded_urls(settings, home, found.host, found.port), is_kept(home, found)


def estate_urls(settings: Settings) -> tuple[dict[str, str], bool]:
    """The URLs of the six without starting a server, and whether they can be used as they are."""
    urls, lasting = _urls_now(settings)
    return _parted(urls)[0], lasting


def estate_now(settings: Settings) -> tuple[Estate, bool]:
    """The estate without starting a server, and whether its URLs can be used as they are now."""
    found, lasting = _urls_now(settings)
    urls, beside = _parted(found)
    password = _reader_password(settings)
    if settings.embedded:
        password = password or home_now(settings).password(READER)
    return Estate(urls, settings.embedded, password, beside), lasting
