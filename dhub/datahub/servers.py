"""Takes the URLs of the databases, gives the servers they are on, as a catalog reaches them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any

from psycopg import conninfo, pq

from dhub.errors import UsageError
from dhub.estate.beside import there
from dhub.estate.databases import Estate, estate_now
from dhub.estate.reader import connect_reader, password_of
from dhub.server.home import READER
from dhub.settings import Settings

# What of a login's URL speaks of the login, or is not for a catalog that comes again and again.
_OWN = (
    "user", "password", "dbname", "passfile", "service", "sslcert", "sslkey", "sslpassword",
    "application_name",
)  # fmt: skip


@dataclass(frozen=True)
class Server:
    """One server: libpq's words for reaching it, and the databases on it, ours → theirs."""

    host: str
    port: str
    options: Mapping[str, str]
    names: Mapping[str, str]
    password: str | None = field(default=None, repr=False)

    @property
    def is_socket(self) -> bool:
        """Whether it is reached through a folder of this machine."""
        return self.host.startswith(("/", "@"))

    @property
    def is_here(self) -> bool:
        """Whether only this machine reaches it under this name."""
        try:
            return self.is_socket or ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"

    @property
    def is_plain(self) -> bool:
        """Whether host:port says it; not so a socket, several hosts, an IPv6 address."""
        return not self.is_socket and not {",", ":"} & set(self.host)


def lasting_servers(settings: Settings) -> tuple[Server, ...]:
    """The servers as others find them later; raises UsageError when nobody would."""
    estate, lasting = estate_now(settings)
    if not lasting:
        raise UsageError(
            "The embedded server listens to nobody but dhub, and only while a command needs it.\n"
            "Start it with `dhub server start`, then write the recipes."
        )
    return servers_of(estate.joined(there(estate)))


def servers_of(estate: Estate) -> tuple[Server, ...]:
    """The servers, in the order of the databases; two spellings of one are two."""
    found: dict[Any, Server] = {}
    for database, url in estate.urls.items():
        parts = conninfo.conninfo_to_dict(url)
        host, port = _place(parts)
        options = {key: str(value) for key, value in parts.items() if key not in (*_OWN, *_PLACE)}
        password = password_of(estate)
        known = found.get(key := (host, port, tuple(sorted(options.items()))))
        names = {**(known.names if known else {}), database: str(parts.get("dbname"))}
        found[key] = Server(host, port, options, names, known.password if known else password)
    return tuple(found.values())


_PLACE = ("host", "hostaddr", "port")


def _place(parts: Mapping[str, Any]) -> tuple[str, str]:
    """Host and port, from libpq's defaults (PGHOST, PGPORT among them) where the URL is silent."""
    defaults = {each.keyword.decode(): each.val for each in pq.Conninfo.get_defaults()}

    def default(name: str) -> str:
        return (defaults.get(name) or b"").decode()

    host = str(parts.get("host") or parts.get("hostaddr") or default("host") or "localhost")
    return host, str(parts.get("port") or default("port") or 5432)


def names_of(servers: tuple[Server, ...]) -> dict[str, str]:
    """The names of all databases on their servers."""
    return {ours: theirs for server in servers for ours, theirs in server.names.items()}


def check_reader(estate: Estate) -> None:
    """Raises UsageError, or what `connect` raises, unless the reader can log in everywhere."""
    for database in estate.urls:
        if password_of(estate) is None:
            raise _no_reader(f"{database}: the password of {READER} is not known.")
        with connect_reader(estate, database) as conn:
            if conn.info.user != READER:
                raise _no_reader(f"{database}: there is no role {READER}, who crawls it.")


def _no_reader(cause: str) -> UsageError:
    return UsageError(
        f"{cause}\nSet DHUB_READER_PASSWORD and run `dhub db init`, which makes it where the"
        " login may (CREATEROLE)."
    )
