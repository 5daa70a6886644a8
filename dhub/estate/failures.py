"""Takes what psycopg raised, gives what the user can do about it: a DhubError with a next step."""

from __future__ import annotations

import re

import psycopg
from psycopg import conninfo, errors

from dhub.errors import DatabaseFailed, DhubError, UsageError
from dhub.estate import channel
from dhub.estate.urls import mask_passwords
from dhub.settings.names import MADE_BY


class ThisDatabase(UsageError):
    """One database is out of reach; others of the same server may not be."""


class Missing(ThisDatabase):
    """The database does not exist."""


class NotAdmitted(ThisDatabase):
    """The role may log in, but not into this database."""

    def __init__(self, cause: str, grant: str) -> None:
        super().__init__(f"{cause} Let its owner run: {grant}")
        self.grant = grant


class Locked(DatabaseFailed):
    """Another session keeps a lock that was waited for."""


_NO_ROLE = re.compile(r'role ".*" does not exist')
_NO_DATABASE = re.compile(r'database ".*" does not exist')

# A failed connection carries no SQLSTATE, only libpq's text; the first match counts.
_SHUT_OUT = (
    "password authentication failed",
    "no password supplied",
    "authentication failed",
    "no pg_hba.conf entry",
    "is not permitted to log in",
    "requires a valid client certificate",
)
# What PGOPTIONS, PGTZ and their like, or a URL's options ask of the server and it does not know.
_OPTIONS = (
    "unrecognized configuration parameter",
    "invalid value for parameter",
    "invalid command-line argument",
    "parameter cannot be",
    "cannot be changed",
    "permission denied to set parameter",
    "unsupported startup parameter",
)
_TLS = (
    "server does not support SSL",
    "certificate verify failed",
    "root certificate file",
    "could not read certificate",
    "server certificate for",
)
_DOWN = {
    "could not translate host name": "the host {host} is not known",
    "failed to resolve host": "the host {host} is not known",
    "Connection refused": "nothing answers at {place}",
    "No such file or directory": "there is no server at {place}",
    "Permission denied": "the socket at {place} is shut to this account",
    "timeout expired": "{place} does not answer",
    "timed out": "{place} does not answer",
    "No route to host": "there is no route to {host}",
    "Network is unreachable": "there is no route to {host}",
    "starting up": "its server is starting up",
    "shutting down": "its server is shutting down",
    "recovery": "its server is recovering",
    "too many clients": "its server has no connection left",
    "connection slots": "its server has no connection left",
    "too many connections for role": "role {user} has no connection left (its CONNECTION LIMIT)",
    "too many connections": "it has no connection left",
}


def connection_failure(error: psycopg.Error, database: str, url: str) -> DhubError:
    """Why the connection to `database` (one of the six) failed; never holds the password."""
    said = str(error)
    known = _known(url)
    called = database if known["dbname"] in (database, "") else f"{database} ({known['dbname']})"
    variables = f"DHUB_PG_* or DHUB_{database.upper()}_URL"
    if isinstance(error, psycopg.ProgrammingError):
        return UsageError(f"{called}: {_line(said)}. Correct {variables}.")
    if _NO_DATABASE.search(said):
        maker = MADE_BY.get(database, "dhub db init")
        return Missing(f"{called} does not exist on {known['place']}. Create it with `{maker}`.")
    if "permission denied for database" in said:
        grant = f'GRANT CONNECT ON DATABASE "{known["dbname"]}" TO "{known["user"]}"'
        return NotAdmitted(f"{called}: role {known['user']} may not connect.", grant)
    if channel.ASKED in said:
        return UsageError(
            f"{called}: its server asks for the password in clear, which is said only over verified"
            " TLS, on this machine or over a socket.\nSet DHUB_PG_SSLMODE=verify-full (sslmode in a"
            " URL), or let it ask by scram-sha-256."
        )
    if any(sign in said for sign in _SHUT_OUT) or _NO_ROLE.search(said):
        kind = ThisDatabase if "pg_hba.conf" in said else UsageError
        return kind(f"{called}: {_line(said)}.\nCheck user and password in {variables}.")
    if any(sign in said for sign in _OPTIONS):
        return UsageError(
            f"{called}: {_line(said)}.\nCorrect PGOPTIONS (or PGTZ, PGDATESTYLE, PGGEQO), or"
            f" options in {variables}."
        )
    if any(sign in said for sign in _TLS):
        return UsageError(f"{called}: {_line(said)}.\nCheck DHUB_PG_SSLMODE or sslmode in the URL.")
    cause = next((text for sign, text in _DOWN.items() if sign in said), None)
    cause = cause.format(**known) if cause else _line(said)
    return DatabaseFailed(
        f"{called} cannot be reached: {cause}.\nCheck the server and {variables}."
    )


def _known(url: str) -> dict[str, str]:
    try:
        parts = conninfo.conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        parts = {}
    host, port = str(parts.get("host") or "localhost"), str(parts.get("port") or 5432)
    place = host if host.startswith(("/", "@")) else f"{host}:{port}"
    user, name = str(parts.get("user") or "of this account"), str(parts.get("dbname") or "")
    return {"host": host, "place": place, "user": user, "dbname": name}


def _line(said: str) -> str:
    """The one line of libpq's text that tells most, without what leads up to it."""
    lines = [line.strip() for line in said.splitlines() if line.strip()] or ["no reason given"]
    telling = next((line for line in lines if "FATAL:" in line), lines[0])
    for lead in ("FATAL:", "failed:", "ERROR:"):
        telling = telling.rpartition(lead)[2].strip() or telling
    return mask_passwords(telling).rstrip(".")


_CAUSES: dict[type[psycopg.Error], str] = {
    errors.DiskFull: "the disk of the server is full; make room, then run the command again",
    errors.OutOfMemory: "the server ran out of memory; run the command again when it has some",
    errors.TooManyConnections: "the server has no connection left; try again later",
    errors.AdminShutdown: "the server was shut down; start it and run the command again",
    errors.CrashShutdown: "the server crashed; run the command again when it has recovered",
    errors.CannotConnectNow: "the server is starting or stopping; try again",
    errors.QueryCanceled: "a statement took too long and was cancelled",
    errors.ReadOnlySqlTransaction: "the server is read-only",
}


def failure(error: psycopg.Error, database: str = "the database") -> DhubError:
    """What a failed statement means to somebody who did not write it."""
    if isinstance(error, errors.InsufficientPrivilege):
        return UsageError(f"{database}: {_line(str(error))}. Grant the right to the role of dhub.")
    for kind, cause in _CAUSES.items():
        if isinstance(error, kind):
            return DatabaseFailed(f"{database}: {cause}.")
    if isinstance(error, psycopg.OperationalError) and error.sqlstate is None:
        return DatabaseFailed(f"{database}: the connection was lost ({_line(str(error))}).")
    code = f" (SQLSTATE {error.sqlstate})" if error.sqlstate else ""
    return DatabaseFailed(f"{database}: {_line(str(error))}{code}.")
