"""Takes the ledgers and the tables, finds whether all is there that was seeded, and no more."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain

from dhub.estate import ledger
from dhub.flow.plan import plan_of
from dhub.model import Domain
from dhub.verify.asking import fill
from dhub.verify.facts import Entry, Seeded
from dhub.verify.fetch import Columns
from dhub.verify.model import COMPLETENESS, FAILED, MOST_KEYS, OK, Finding
from dhub.verify.schema import CHECK, PRIMARY_KEY, UNIQUE, stated, there
from dhub.verify.sight import Sight

Keys = Mapping[str, Mapping[str, str]]  # database → seeded table → its key column

# Keys that lie in a range of the ledger belong to its shard; the others nobody seeded.
_PLACED = """
WITH placed AS (
    SELECT CASE WHEN t.{key} <= e.last THEN e.shard END AS shard
    FROM {table} t ASOF LEFT JOIN (SELECT * FROM ledger.entries WHERE name = '{table}') e
        ON t.{key} >= e.first)
SELECT shard, count(*) FROM placed GROUP BY 1
"""


def keys(bank: Sequence[Domain], known: Seeded, columns: Mapping[str, Columns]) -> Keys:
    """The key column of each seeded table that is there, as the catalogue tells it."""
    listed = {(d.database, t.name): t.key for d in bank for t in d.tables}
    found: dict[str, dict[str, str]] = {}
    for entry in known.entries:
        place = (entry.database, entry.table)
        if place in listed and entry.table in columns[entry.database]:
            found.setdefault(entry.database, {})[entry.table] = listed[place]
    return found


def texts(keyed: Keys) -> list[str]:
    """SQL that names the key columns, so that they are fetched."""
    return [
        f"SELECT {key} FROM {database}.{table}"
        for database, tables in keyed.items()
        for table, key in tables.items()
    ]


def findings(see: Sight, known: Seeded, bank: Sequence[Domain], keyed: Keys) -> Iterator[Finding]:
    """Runs, shards and plan of the estate; then rows, columns and constraints of each database."""
    yield _finding(
        "estate.runs", "all six databases tell of the same runs, complete", 6, _runs(known)
    )
    yield _finding(
        "estate.shards",
        "each shard of the plan is in all six databases",
        len(bank) * sum(each.shard_count + (each.cohort == 1) for each in known.cohorts),
        _shards(known, bank),
    )
    yield _finding(
        "estate.plan",
        "customers, staff and every table of the catalogue are as planned",
        2 + sum(len(each.tables) for each in bank),
        _planned(known, bank),
    )
    see.duck.execute("CREATE SCHEMA ledger")
    see.duck.execute(
        "CREATE TABLE ledger.entries"
        " (name VARCHAR, shard INTEGER, rows BIGINT, first BIGINT, last BIGINT)"
    )
    values = [(f"{e.database}.{e.table}", e.shard, e.rows, e.first, e.last) for e in known.entries]
    fill(see, "ledger.entries", values)
    for database in see.conns:
        yield _rows(see, known, database, keyed.get(database, {}))
        yield _columns(see, database)
        yield _constraints(see, database)


def _finding(
    name: str, title: str, examined: int, faults: Iterable[str], broken: int = 0
) -> Finding:
    told = tuple(faults)
    return Finding(
        COMPLETENESS,
        name,
        title,
        FAILED if told else OK,
        examined,
        broken or len(told),
        told[:MOST_KEYS],
    )


def _runs(known: Seeded) -> Iterator[str]:
    wanted = [(each.run_id, each.seed, each.as_of, each.profile_json) for each in known.cohorts]
    for database, runs in known.runs.items():
        found = [(each.run_id, each.seed, each.as_of, each.profile_json) for each in runs]
        if found != wanted:
            yield f"{database}: another run, or none"
        yield from (
            f"{database}: run {each.cohort} is {each.state}"
            for each in runs
            if each.state != ledger.COMPLETE
        )
        if owed := known.owed.get(database):
            yield f"{database}: still owed: {owed[0]}"


def _shards(known: Seeded, bank: Sequence[Domain]) -> Iterator[str]:
    for run in known.cohorts:
        indexes = range(run.first_shard, run.first_shard + run.shard_count)
        for index in chain([0] if run.cohort == 1 else [], indexes):
            yield from (
                f"{each.database}: shard {index}"
                for each in bank
                if (run.run_id, index) not in known.shards.get(each.database, ())
            )


def _planned(known: Seeded, bank: Sequence[Domain]) -> Iterator[str]:
    """What the plan is sure of; the rows that are drawn are judged as distributions."""
    seeded = known.tables
    for each in plan_of(known.cohorts[0], bank).tables:
        if f"{each.database}.{each.table}" not in seeded:
            yield f"{each.database}.{each.table} was not seeded"
    facts = known.facts
    for name, wanted in (
        ("accounts_db.customers", facts.customers),
        ("employees_db.employees", facts.employees),
    ):
        found = _seeded_rows(known, name)
        if found != wanted:
            yield f"{name}: {found:,} of {wanted:,}"


def _seeded_rows(known: Seeded, name: str) -> int:
    return sum(each.rows for each in known.entries if f"{each.database}.{each.table}" == name)


def _rows(see: Sight, known: Seeded, database: str, tables: Mapping[str, str]) -> Finding:
    """Row by row against the ledger: those that are missing and those that nobody seeded."""
    faults: list[str] = []
    broken = 0
    for table, key in tables.items():
        name = f"{database}.{table}"
        found = dict(see.ask(_PLACED.format(table=name, key=key)))
        told = [each for each in known.entries if (each.database, each.table) == (database, table)]
        wrong, words = _differences(table, told, found)
        broken += wrong
        faults += words
    faults += _gone(see, known, database)
    examined = sum(see.rows.get(database, {}).get(table, 0) for table in tables)
    title = f"{database}: the rows of each table are those the ledger tells"
    return _finding(f"{database}.rows", title, examined, faults, broken)


def _differences(
    table: str, told: Sequence[Entry], found: Mapping[int | None, int]
) -> tuple[int, list[str]]:
    """How many rows are too few or too many, and where."""
    extra = found.get(None, 0)
    words = [f"{table}: {extra:,} that the ledger does not know"] if extra else []
    wrong = extra
    for entry in told:
        lacking = entry.rows - found.get(entry.shard, 0)
        if lacking:
            wrong += abs(lacking)
            what = "missing" if lacking > 0 else "too many"
            words.append(f"{table}: {abs(lacking):,} {what} in keys {entry.first}..{entry.last}")
    return wrong, words


def _gone(see: Sight, known: Seeded, database: str) -> list[str]:
    seeded = {each.table for each in known.entries if each.database == database}
    return [
        f"{table}: the table is gone" for table in sorted(seeded - see.columns[database].keys())
    ]


def _columns(see: Sight, database: str) -> Finding:
    wanted = stated(database).columns
    found = {
        (table, column.name): column.required
        for table, columns in see.columns[database].items()
        for column in columns
    }
    faults = [
        f"{table}.{name} is gone" if (table, name) not in found else f"{table}.{name} may be null"
        for table, name, required in sorted(wanted)
        if (table, name) not in found or (required and not found[table, name])
    ]
    title = f"{database}: every column is there, and NOT NULL where it must be"
    return _finding(f"{database}.columns", title, len(wanted), faults)


def _constraints(see: Sight, database: str) -> Finding:
    ours = stated(database)
    wanted = ours.constraints_of({PRIMARY_KEY, UNIQUE, CHECK}) | ours.indexes
    faults = sorted(wanted - there(see.conns[database]))
    title = f"{database}: every key, check and index is there, validated"
    return _finding(f"{database}.constraints", title, len(wanted), faults)
