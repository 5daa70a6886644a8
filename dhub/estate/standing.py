"""Takes the six databases, gives whether they are one estate and what has become of its runs.

Reads only. What is asked before anything is written: six databases that do not belong together, or
a ledger that somebody emptied, are refused with nothing touched.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import psycopg

from dhub.errors import Refused
from dhub.estate import guard, holders, ledger, locks, noted
from dhub.estate.connections import LOOKING, Connection
from dhub.estate.databases import Estate
from dhub.estate.failures import Missing, failure
from dhub.estate.holders import Holder
from dhub.estate.kept import Kept, keeping
from dhub.estate.ledger import RunRecord


@dataclass(frozen=True)
class Standing:
    """One database: its mark, the runs it knows, their shards, what its latest clear took away.

    `marked` is False for one that is missing or empty; `going` says that a session holds the lock
    of a run, `holder` which one if not ours. `damage` tells what its ledger lacks.
    """

    marked: bool = False
    estate_id: str | None = None
    runs: tuple[RunRecord, ...] = ()
    shards: Mapping[str, int] = field(default_factory=dict)
    cleared: frozenset[str] = frozenset()
    going: bool = False
    damage: str | None = None
    holder: Holder | None = None

    @property
    def known(self) -> set[str]:
        """Names of the runs."""
        return {each.run_id for each in self.runs}


Standings = Mapping[str, Standing]


def standings(estate: Estate, kept: Kept | None = None) -> dict[str, Standing]:
    """All six, one after the other: no thread may exist before workers are forked."""
    found: dict[str, Standing] = {}
    with keeping(estate, kept) as known:
        for database in estate.databases:
            try:
                found[database] = standing(known.to(database, LOOKING), database)
            except Missing:
                found[database] = Standing()
            except psycopg.Error as error:
                raise failure(error, database) from error
    return found


def standing(conn: Connection, database: str) -> Standing:
    """What one database knows; raises Refused when dhub did not make it."""
    mark = guard.known(conn, database)
    if mark is None:
        return Standing()
    if lacking := [each for each in ledger.TABLES if each not in mark.tables]:
        going, _ = guard.going_run(conn)
        begun = ledger.begun(conn)
        told = f"has lost {', '.join(f'dhub.{each}' for each in lacking)}" if begun else None
        return Standing(True, mark.estate_id, going=going, damage=told)
    runs = tuple(ledger.runs(conn))
    pid, own, shards, gone, watching = _beside_runs(conn, mark)
    return Standing(
        True,
        mark.estate_id,
        runs,
        shards,
        frozenset(gone),
        going=pid is not None,
        damage=_damage(runs, shards, watching),
        holder=None if pid is None or own else holders.of_process(conn, pid),
    )


def _beside_runs(conn: Connection, mark: guard.Mark) -> Any:
    """In one statement: who holds the lock of a run and whether that is this session, shards of
    runs, what was cleared, whether deletions are noted; an older ledger does not tell all of it."""
    holder = locks.HOLDER if "locks" in mark.tables else "SELECT NULL::int WHERE %s = 0"
    cleared = ledger.CLEARED if "cleared" in mark.tables else "SELECT NULL::text WHERE false"
    query = f"""
    SELECT pid, pid = pg_backend_pid(),
        (SELECT coalesce(json_object_agg(run_id, shards), '{{}}') FROM ({ledger.SHARDS}) AS of_run),
        ARRAY({cleared}), EXISTS ({noted.WATCHED})
    FROM (SELECT ({holder}) AS pid) AS held
    """
    return conn.execute(query.encode(), (locks.LOCK_CLASS,)).fetchone()


def _damage(runs: Sequence[RunRecord], shards: Mapping[str, int], watching: bool) -> str | None:
    """What the ledger lacks: tables are watched as long as a run is known, and a complete run was
    so only when all its shards were in."""
    if watching and not runs:
        return "has lost its record of the runs"
    for run in runs:
        there, wanted = shards.get(run.run_id, 0), run.shard_count + (run.cohort == 1)
        if run.state == ledger.COMPLETE and there < wanted and (watching or there):
            return f"has lost its record of {wanted - there} loaded shards"
    return None


def one_estate(found: Standings, lost: Collection[str] = ()) -> None:
    """Prove that the databases are those of one estate and that their ledgers are whole.

    `lost` are not looked at: the user gave them up. Raises Refused, naming who belongs where.
    """
    kept = {database: each for database, each in found.items() if database not in lost}
    if fault := _strangers(kept) or _absent(kept) or _damaged(kept):
        raise Refused(fault)


def refuse_strangers(found: Standings) -> None:
    """Refuse databases of several estates."""
    if fault := _strangers(found):
        raise Refused(fault)


def estate_ids(found: Standings) -> set[str]:
    """The names of the estates that these databases say they belong to."""
    return {each.estate_id for each in found.values() if each.estate_id}


def _strangers(found: Standings) -> str | None:
    """Databases of several estates, by their names or by runs that they do not share."""
    if len(estate_ids(found)) > 1:
        by_name: dict[str, list[str]] = {}
        for database, each in found.items():
            by_name.setdefault(each.estate_id or "", []).append(database)
        by_name.pop("", None)
        return _apart(sorted(by_name.values(), key=len, reverse=True))
    seeded = {database: each.known for database, each in found.items() if each.runs}
    for one, other in combinations(seeded, 2):
        if not seeded[one] & seeded[other]:
            with_one = [each for each in seeded if seeded[each] & seeded[one]]
            rest = [each for each in seeded if each not in with_one]
            return _apart(sorted((with_one, rest), key=len, reverse=True))
    return None


def _apart(groups: Sequence[Sequence[str]]) -> str:
    listed = "; ".join(_and(group) for group in groups)
    few = _and([f"DHUB_{database.upper()}_URL" for database in groups[-1]])
    return (
        f"the six databases are not of one estate, and nothing was touched. They belong together "
        f"so: {listed}.\nCheck DHUB_PG_* and {few}."
    )


def _absent(found: Standings) -> str | None:
    missing = [database for database, each in found.items() if not each.marked]
    if not missing or not any(each.runs for each in found.values()):
        return None
    them = "is missing or empty" if len(missing) == 1 else "are missing or empty"
    return (
        f"{_and(missing)} {them}, while the others hold a bank; nothing was touched. Check "
        f"{_and([f'DHUB_{each.upper()}_URL' for each in missing])}.\n{_given_up(missing)}"
    )


def _damaged(found: Standings) -> str | None:
    for database, damage in damages(found):
        return (
            f"{database} {damage}: dhub no longer knows which rows are its own there; nothing was "
            f"touched. Restore schema dhub of {database} from a backup.\n{_given_up([database])}"
        )
    return None


def _forgotten(found: Standings, one: Standing) -> str | None:
    """A run of which others hold shards: it was written to all six before the first of them."""
    if not one.marked or half_cleared(found):
        return None
    for other in found.values():
        for run in other.runs:
            if other.shards.get(run.run_id) and run.run_id not in one.known:
                return f"does not know the run of {started(run)}, of which others hold rows"
    return None


def _given_up(databases: Sequence[str]) -> str:
    options = " ".join(f"--lost {database}" for database in databases)
    return (
        f"If it cannot be had any more, `dhub seed clear --confirm {options}` clears the others."
        if len(databases) == 1
        else f"If they are gone for good, `dhub seed clear --confirm {options}` clears the others."
    )


def half_cleared(found: Standings) -> bool:
    """Whether a clear was interrupted: one database forgot a run that another still holds."""
    if any(run.state == ledger.CLEARING for each in found.values() for run in each.runs):
        return True
    gone = frozenset[str]().union(*(each.cleared for each in found.values()))
    return any(each.known & gone for each in found.values())


def unfinished(found: Standings) -> RunRecord | None:
    """The run that some database does not hold as complete, by what the six of them know."""
    known = {run.run_id: run for each in found.values() for run in each.runs}
    for run_id, record in sorted(known.items(), key=lambda item: item[1].cohort):
        states = [run.state for each in found.values() for run in each.runs if run.run_id == run_id]
        if set(states) != {ledger.COMPLETE} or len(states) < len(found):
            return record
    return None


def refuse_unfinished(found: Standings) -> None:
    """Refuse while a run goes on, was interrupted, or a clear of it was; says which."""
    for database, each in found.items():
        if each.going:
            raise guard.going_on(database, "a run is going on", each.holder)
    refuse_interrupted(found)


def refuse_interrupted(found: Standings) -> None:
    """Refuse an estate of which a run or a clear was interrupted."""
    refuse_half_cleared(found)
    if run := unfinished(found):
        raise Refused(
            f"the run of {started(run)} was interrupted. Use `dhub seed resume` to finish it, or "
            "`dhub seed clear --confirm`."
        )


def refuse_half_cleared(found: Standings) -> None:
    """Refuse an estate of which a clear was interrupted."""
    if half_cleared(found):
        raise Refused(
            "a clear of this estate was interrupted. Finish it with `dhub seed clear --confirm`."
        )


def started(run: RunRecord) -> str:
    """When a run began, as it is told."""
    from datetime import UTC

    return f"{run.started_at.astimezone(UTC):%Y-%m-%d %H:%M} (UTC)"


def _and(names: Sequence[str]) -> str:
    return ", ".join(names[:-1]) + (" and " if len(names) > 1 else "") + names[-1]


def damages(found: Standings) -> Iterator[tuple[str, str]]:
    """What the ledgers of single databases lack: (database, what)."""
    for database, each in found.items():
        if damage := each.damage or _forgotten(found, each):
            yield database, damage
