"""Takes the ledgers of the six databases, gives what was seeded: the run, tables, key ranges."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from dhub.errors import Refused, UsageError
from dhub.estate import ledger
from dhub.estate.ledger import Connection, RunRecord
from dhub.estate.standing import refuse_strangers, standing
from dhub.profiles import Profile, profile_from_json
from dhub.verify.model import Facts

NOTHING = "Nothing is seeded that could be verified. Start with `dhub seed all`."


@dataclass(frozen=True)
class Entry:
    """What a shard loaded into a table, by the ledger."""

    database: str
    table: str
    shard: int
    rows: int
    first: int | None
    last: int | None


@dataclass(frozen=True)
class Seeded:
    """The ledgers of the six databases, read together."""

    runs: Mapping[str, tuple[RunRecord, ...]]
    shards: Mapping[str, frozenset[tuple[str, int]]]
    entries: tuple[Entry, ...]
    owed: Mapping[str, tuple[str, ...]]

    @cached_property
    def cohorts(self) -> tuple[RunRecord, ...]:
        """The runs as the database that knows most of them tells, oldest first."""
        return max(self.runs.values(), key=len)

    @cached_property
    def profile(self) -> Profile:
        """The profile as it was when the run was planned."""
        return profile_from_json(self.cohorts[0].profile_json)

    @cached_property
    def tables(self) -> frozenset[str]:
        """The tables that were seeded, as database.table."""
        return frozenset(f"{each.database}.{each.table}" for each in self.entries)

    @property
    def facts(self) -> Facts:
        """The run in plain values."""
        first, last = self.cohorts[0], self.cohorts[-1]
        return Facts(
            seed=first.seed,
            profile=first.profile_name,
            as_of=first.as_of.isoformat(),
            scale=first.scale,
            customers=sum(each.customers for each in self.cohorts),
            employees=first.employees,
            cohorts=len(self.cohorts),
            dhub_version=last.dhub_version,
        )


def seeded(conns: Mapping[str, Connection]) -> Seeded:
    """Read the six ledgers.

    Raises UsageError when none of them knows a run, Refused when they are of several estates or one
    of them has lost a table.
    """
    refuse_strangers({database: standing(conn, database) for database, conn in conns.items()})
    for database, conn in conns.items():
        if ledger.begun(conn) and (lacking := ledger.lacking(conn)):
            raise Refused(
                f"{database} has lost {', '.join(lacking)}: what was seeded is not known any more. "
                "Restore schema dhub from a backup."
            )
    known = {database: conn for database, conn in conns.items() if ledger.installed(conn)}
    runs = {database: tuple(ledger.runs(conn)) for database, conn in known.items()}
    if not any(runs.values()):
        raise UsageError(NOTHING)
    return Seeded(
        runs={database: runs.get(database, ()) for database in conns},
        shards={database: _shards(conn) for database, conn in known.items()},
        entries=tuple(
            each for database, conn in known.items() for each in _entries(database, conn)
        ),
        owed={database: _owed(conn) for database, conn in known.items()},
    )


def _shards(conn: Connection) -> frozenset[tuple[str, int]]:
    return frozenset(conn.execute("SELECT run_id, shard_index FROM dhub.shards").fetchall())


def _entries(database: str, conn: Connection) -> list[Entry]:
    query = "SELECT table_name, shard_index, row_count, first_key, last_key FROM dhub.entries"
    return [Entry(database, *row) for row in conn.execute(query)]


def _owed(conn: Connection) -> tuple[str, ...]:
    query = "SELECT kind || ' ' || table_name || '.' || name FROM dhub.deferred ORDER BY 1"
    return tuple(row[0] for row in conn.execute(query))
