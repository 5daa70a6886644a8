"""Takes a connection URL as it was typed, gives its parts as libpq reads them, or what is wrong.

A fault never quotes the URL, which holds a password: only names of options that are known, libpq's
or another tool's.
"""

from __future__ import annotations

import re
from difflib import get_close_matches
from functools import cache

SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")

_FORM = "postgresql://user:password@host:5432/database"
_SCHEMES = ("postgresql://", "postgres://")
# What a URL is made of; libpq would take some raw characters elsewhere, and others not at all.
_GRAMMAR = re.compile(
    r"postgres(?:ql)?://"
    r"(?:[^:@/?#\[\]]*(?::[^@/?#\[\]]*)?@)?"
    r"(?:\[[0-9A-Fa-f:.%]*\]|[^@/?#\[\],:])*(?::\d*)?"
    r"(?:,(?:\[[0-9A-Fa-f:.%]*\]|[^@/?#\[\],:])*(?::\d*)?)*"
    r"(?:/[^@/?#\[\]]*)?"
    r"(?:\?[^#\[\]]*)?"
)
_ENCODE = "@ as %40, : as %3A, / as %2F, % as %25, # as %23, ? as %3F, a space as %20"

# Options that other tools put into their URLs, with what they are there.
_OF_OTHERS = {
    "schema": "Prisma's", "pgbouncer": "Prisma's", "connection_limit": "Prisma's",
    "pool_timeout": "Prisma's", "socket_timeout": "Prisma's", "sslaccept": "Prisma's",
    "sslidentity": "Prisma's", "statement_cache_size": "Prisma's",
    "currentSchema": "JDBC's", "sslfactory": "JDBC's", "stringtype": "JDBC's",
    "loginTimeout": "JDBC's", "connectTimeout": "JDBC's", "socketTimeout": "JDBC's",
    "ApplicationName": "JDBC's", "tcpKeepAlive": "JDBC's", "prepareThreshold": "JDBC's",
    "reWriteBatchedInserts": "JDBC's", "targetServerType": "JDBC's", "ssl": "JDBC's",
    "async_fallback": "SQLAlchemy's", "prepared_statement_cache_size": "SQLAlchemy's",
    "prepared_statement_name_func": "SQLAlchemy's", "server_settings": "asyncpg's",
    "command_timeout": "asyncpg's", "search_path": "Go's", "binary_parameters": "Go's",
    "default_query_exec_mode": "Go's", "statement_cache_mode": "Go's",
    "statement_cache_capacity": "Go's", "description_cache_capacity": "Go's",
    "pool_max_conns": "Go's", "pool_min_conns": "Go's", "pool_max_conn_lifetime": "Go's",
    "timezone": "Go's", "TimeZone": "Go's", "sslinline": "Go's",
    "charset": "Doctrine's", "serverVersion": "Doctrine's", "encoding": "Rails'",
    "pool": "Rails'", "prepared_statements": "Rails'", "statement_timeout": "Rails'",
    "uselibpqcompat": "node's", "conn_max_age": "Django's",
    "conn_health_checks": "Django's", "Pooling": "Npgsql's", "pool_size": "Ecto's",
}  # fmt: skip

# What a .env may say: no other file, no other login, nothing that writes or is run.
_HARMLESS = {
    "host", "port", "dbname", "user", "password", "sslmode", "sslnegotiation", "sslrootcert",
    "sslcrl", "ssl_min_protocol_version", "ssl_max_protocol_version", "sslsni", "channel_binding",
    "require_auth", "requirepeer", "gssencmode", "connect_timeout", "tcp_user_timeout",
    "keepalives", "keepalives_idle", "keepalives_interval", "keepalives_count",
    "application_name", "fallback_application_name", "client_encoding", "options",
    "target_session_attrs", "load_balance_hosts", "hostaddr", "sslcert", "sslkey", "sslpassword",
}  # fmt: skip


def read_url(url: str) -> dict[str, str]:
    """Its parts by libpq's names; raises ValueError, in words, for what is no URL of PostgreSQL."""
    _check_scheme(url)
    _check_characters(url)
    _check_options(url)
    parts = _parsed(url)
    _check_ports(parts.get("port", ""))
    if "dbname" not in parts:
        raise ValueError("must name a database: postgresql://user@host:5432/database")
    if parts.get("sslmode", "prefer") not in SSL_MODES:
        raise ValueError(f"must have an sslmode of {', '.join(SSL_MODES[:-1])} or {SSL_MODES[-1]}")
    return parts


def _parsed(url: str) -> dict[str, str]:
    from psycopg import OperationalError, pq

    try:
        found = pq.Conninfo.parse(url.encode())
        return {each.keyword.decode(): each.val.decode() for each in found if each.val}
    except (OperationalError, UnicodeError):
        # libpq's own words quote the URL.
        raise ValueError(f"must be written as {_FORM}, in UTF-8") from None


@cache
def _options_of_libpq() -> dict[str, bool]:
    """What may stand after the ?, and whether it is a secret, as libpq itself has it."""
    from psycopg import pq

    return {
        name: each.dispchar == b"*" or name.startswith("scram_")
        for each in pq.Conninfo.get_defaults()
        if (name := each.keyword.decode())
    }


def is_secret(option: str) -> bool:
    """Whether its value must not be shown."""
    return _options_of_libpq().get(option, False)


def parts_of(url: str) -> dict[str, str]:
    """Its parts by libpq's names; none of what is no URL."""
    try:
        return _parsed(url)
    except ValueError:
        return {}


def harm_of(parts: dict[str, str]) -> str | None:
    """The first option that the URL of a .env may not have."""
    if ":" in parts.get("sslkey", ""):
        return "sslkey"  # names a library to be loaded
    return next((name for name in parts if name not in _HARMLESS), None)


def _check_scheme(url: str) -> None:
    if url.startswith(_SCHEMES):
        return
    lower = url.lower()
    if lower.startswith("jdbc:"):
        raise ValueError(f"is a URL of JDBC; write {_FORM}, with user and password before the host")
    if found := re.match(r"postgres(?:ql)?\+([a-z0-9_]+)://", lower):
        driver = found[1] if found[1] in _DRIVERS else "driver"
        raise ValueError(f"is a URL of SQLAlchemy; write postgresql:// without +{driver}")
    if lower.startswith(_SCHEMES):
        raise ValueError("must start with postgresql://, in lower case")
    if lower.startswith(("'", '"', "psql ")):
        raise ValueError("must be the URL alone, without quotes and without psql before it")
    if re.match(r"\s*[a-z_]+\s*=", lower):
        raise ValueError(f"must be a URL, not words of NAME=value; write {_FORM}")
    raise ValueError("must start with postgresql://")


_DRIVERS = ("psycopg", "psycopg2", "psycopg_async", "psycopg2cffi", "asyncpg", "pg8000", "aiopg")


def _check_characters(url: str) -> None:
    """What must be percent-encoded; said without saying where, so that nothing is quoted."""
    if re.search(r"[\s\x00-\x1f\x7f]", url):
        raise ValueError("must not hold a space, tab or line break; in a password a space is %20")
    if re.search(r"%(?![0-9A-Fa-f]{2})", url):
        raise ValueError("has a % that begins no percent-encoding; in a password it is %25")
    if "%00" in url:
        raise ValueError("must not hold %00")
    if not _GRAMMAR.fullmatch(url):
        raise ValueError(
            f"must be written as {_FORM}, and what is special in a password encoded: {_ENCODE}"
        )


def _check_options(url: str) -> None:
    query = url.partition("?")[2]
    for option in query.split("&") if query else ():
        name, equals, value = option.partition("=")
        if not equals or "=" in value:
            raise ValueError(
                "must have options of name=value after the ?; in a value & is %26 and = is %3D"
            )
        if name == "ssl" and value == "true":
            continue  # libpq's own concession to JDBC: sslmode=require
        if name not in _options_of_libpq():
            raise ValueError(_unknown(name))


def _unknown(name: str) -> str:
    """An option that libpq does not have; it may be a piece of a password, so few are named."""
    if name in _OF_OTHERS:
        return (
            f"has the option {name}, which is {_OF_OTHERS[name]} and not PostgreSQL's; leave it out"
        )
    near = get_close_matches(name.lower(), _options_of_libpq(), n=1, cutoff=0.75)
    meant = f"; did you mean {near[0]}?" if near else "; leave it out (in a value & is %26)"
    return f"has an option that PostgreSQL does not know{meant}"


def _check_ports(ports: str) -> None:
    """Each of them: several hosts may have several."""
    for port in filter(None, ports.split(",")):
        if not (port.isascii() and port.isdigit() and 1 <= int(port[:6]) <= 65535):
            raise ValueError("must have a port from 1 to 65535, if any")
