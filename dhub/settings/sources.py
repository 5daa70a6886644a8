"""Takes the environment and .env, gives values from one source, and what is to be said of them.

Where the databases are, and the passwords for them, come from the environment or from .env, never
from both: a folder that somebody else made must not learn what this user has exported.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path

from dhub.errors import UsageError
from dhub.settings.env_file import Line
from dhub.settings.names import (
    DATA_DIR,
    OF_THE_PROCESS,
    PLACES,
    PREFIX,
    READER_PASSWORD,
    SCALE,
    SERVER,
    SETTINGS,
)

# Words that tell where a server is: a name with one of them was meant to say that.
_TELLING = re.compile(
    r"(?:^|[_.-])(PG|POSTGRES|POSTGRESQL|DB|DATABASE|SERVER|HOST|HOSTNAME|PORT|USER|USERNAME|LOGIN"
    r"|PASSWORD|PASS|PWD|URL|URI|DSN|SSL|SSLMODE|TLS)(?=$|[_.-])"
)
# Not a file, so that libpq does not read the default, ~/.pgpass, either; and silently.
_NO_FILE = str(Path(os.devnull, "none"))
# Of a Kubernetes service or a linked container that is called dhub-something.
_INJECTED = re.compile(r"_SERVICE_(HOST|PORT)(_\w+)?$|_PORT_\d+_(TCP|UDP)(_\w+)?$")


@dataclass(frozen=True)
class Given:
    """Values by name; `from_file` when .env names the server."""

    values: Mapping[str, str] = field(repr=False)
    from_file: bool
    folder_from_file: bool
    remarks: tuple[str, ...]


def given(environment: Mapping[str, str], file: Mapping[str, Line]) -> Given:
    """The values that count. Raises UsageError for names and mixtures that may mean another server.

    An empty value counts as unset.
    """
    ours = {name: environment[name] for name in SETTINGS if environment.get(name)}
    theirs = {name: line.value for name, line in file.items() if line.value and name in SETTINGS}
    remarks = [*_unknown_of_environment(environment), *_unknown_of_file(file)]
    _check_empty(environment, file, {*ours, *theirs})
    from_file, more = _source(ours, theirs)
    chosen = theirs if from_file else ours
    values = {name: chosen[name] for name in (*SERVER, READER_PASSWORD) if name in chosen}
    values |= {
        name: both[name] for both in (theirs, ours) for name in (DATA_DIR, SCALE) if name in both
    }
    folder_from_file = DATA_DIR in theirs and DATA_DIR not in ours
    return Given(values, from_file, folder_from_file, (*remarks, *more))


def _source(ours: Mapping[str, str], theirs: Mapping[str, str]) -> tuple[bool, list[str]]:
    """Whether .env is the source, and what is passed over."""
    here, there = _named(ours, SERVER), _named(theirs, SERVER)
    if not here and not there:
        return READER_PASSWORD not in ours, []
    if not here:
        told = f"{READER_PASSWORD} of the environment is passed over: .env names the server."
        return True, [told] if READER_PASSWORD in ours else []
    if there and not _named(ours, PLACES):
        raise UsageError(
            f"The environment has {', '.join(here)} and .env has {', '.join(there)}, but what says"
            " where the databases are comes from one of the two.\n"
            "Put all of it into the environment, or all of it into .env."
        )
    passed = [*there, *_named(theirs, (READER_PASSWORD,))]
    told = f"{', '.join(passed)} of .env: passed over, the environment names the server."
    return False, [told] if passed else []


def _named(values: Mapping[str, str], names: Iterable[str]) -> list[str]:
    return [name for name in names if name in values]


def _check_empty(
    environment: Mapping[str, str], file: Mapping[str, Line], set_names: set[str]
) -> None:
    """A server that is named by nothing but empty values is a slip, not the embedded server."""
    if set_names & set(SERVER):
        return
    empty = [name for name in SERVER if name in environment or name in file]
    if empty:
        raise UsageError(
            f"{', '.join(empty)} {'is' if len(empty) == 1 else 'are'} empty, so it is not known"
            " which server is meant.\nGive a value, or take the name away for the embedded server."
        )


def _unknown_of_environment(environment: Mapping[str, str]) -> Iterator[str]:
    for name, value in sorted(environment.items()):
        if not name.upper().startswith(PREFIX) or name in (*SETTINGS, *OF_THE_PROCESS):
            continue
        if not _INJECTED.search(name) and not value.startswith("tcp://"):
            yield _unknown(name, f"{name} in the environment")


def _unknown_of_file(file: Mapping[str, Line]) -> Iterator[str]:
    for name, line in file.items():
        if name in OF_THE_PROCESS:
            yield f"{name} in .env counts for nothing: it is read from the environment alone."
        elif name not in SETTINGS:
            yield _unknown(name, f"{name} in .env, line {line.number},")


def _unknown(name: str, what: str) -> str:
    """A word about a name that dhub does not know.

    Raises UsageError where it was meant to say where the databases are: they would be others.
    """
    meant = _meant(name)
    hint = f" Did you mean {meant}?" if meant else ""
    if meant in (*SERVER, DATA_DIR) or _TELLING.search(name.upper()):
        raise UsageError(
            f"{what} is no setting of dhub.{hint}\n"
            "It may be meant to say where the databases are, so nothing was done."
        )
    return f"{what} is no setting of dhub and counts for nothing.{hint}"


def _meant(name: str) -> str | None:
    known = {each.removeprefix(PREFIX): each for each in SETTINGS}
    said = re.sub(r"[^A-Z_]", "_", name.upper().rpartition("DHUB")[2]).strip("_")
    near = get_close_matches(said, known, n=1, cutoff=0.65)
    return known[near[0]] if near else None


def shut_out_libpq() -> set[str]:
    """Take what libpq reads by itself from this process: PGPASSWORD, PGHOST, ~/.pgpass and others.

    Gives the names of what was there.

    They are of the environment, and must not complete what .env or the embedded server says.
    """
    from psycopg import pq

    known = {each.envvar.decode() for each in pq.Conninfo.get_defaults() if each.envvar}
    names = {*known, "PGSERVICEFILE", "PGSYSCONFDIR"}
    there = {name for name in names if os.environ.get(name, _NO_FILE) != _NO_FILE}
    for name in there:
        del os.environ[name]
    os.environ["PGPASSFILE"] = _NO_FILE
    return there
