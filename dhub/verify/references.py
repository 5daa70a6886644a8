"""Takes the keys that name a row of another database, gives a check for each of them.

No foreign key can hold them, so the catalog declares them. Inside one database a foreign key does;
that it is there and validated is all that is asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from dhub.catalog import load_catalog
from dhub.catalog.model import Place, Reference, Table
from dhub.verify.model import FAILED, MOST_KEYS, OK, REFERENCES, Check, Finding
from dhub.verify.schema import FOREIGN_KEY, stated, there
from dhub.verify.sight import Sight
from dhub.words import article

SECTION = REFERENCES


def check_id(place: Place, each: Reference) -> str:
    """The id of the check of a column, which is one for each kind of row that it may name."""
    return ".".join([str(place), *each.when.values()])


def mirror_id(place: Place) -> str:
    """The id of the check that all rows of the target have theirs in the table."""
    return f"{place.database}.{place.table}.every_customer"


def _table(place: Place) -> Table:
    return load_catalog().databases[place.database].tables[f"public.{place.table}"]


def _named(place: Place, each: Reference) -> Check:
    """What the column names exists; text may hold a word instead of a key."""
    child, parent, column = _path(place), _path(each.target), place.column
    word = each.unless.get(column)
    key = f"p.{each.target.column}"
    key = f"CAST({key} AS VARCHAR)" if word else key
    own = {column: word} if word else {}
    where = [*_equal(each.when, "c."), *_unequal(each.unless, "c.")] or [f"c.{column} IS NOT NULL"]
    examined = [*_equal(each.when), *_unequal(own)] or [f"{column} IS NOT NULL"]
    return Check(
        REFERENCES,
        check_id(place, each),
        _title(place, each, word),
        f"SELECT c.{_table(place).key} FROM {child} c ANTI JOIN {parent} p ON {key} = c.{column}"
        f" WHERE {' AND '.join(where)}",
        examines=f"{child} WHERE {' AND '.join(examined)}",
    )


def _title(place: Place, each: Reference, word: str | None) -> str:
    kinds = "".join(f" of {article(kind)}" for kind in each.when.values())
    row = _table(each.target).row
    return f"{place.table}.{place.column}{kinds} names {row} that exists" + (
        f", or {word}" if word else ""
    )


def _path(place: Place) -> str:
    return f"{place.database}.{place.table}"


def _equal(values: Mapping[str, str], alias: str = "") -> Iterable[str]:
    return (f"{alias}{column} = '{value}'" for column, value in values.items())


def _unequal(values: Mapping[str, str], alias: str = "") -> Iterable[str]:
    return (f"{alias}{column} <> '{value}'" for column, value in values.items())


def _mirror(place: Place, each: Reference) -> Check:
    """Promised the other way round, too: each customer has his row here."""
    parent, key = _path(each.target), each.target.column
    return Check(
        REFERENCES,
        mirror_id(place),
        f"every customer has {each.mirrored}",
        f"SELECT p.{key} FROM {parent} p ANTI JOIN {_path(place)} c USING ({key})",
        examines=parent,
    )


def _checks() -> Iterator[Check]:
    declared = list(load_catalog().references())
    yield from (_named(place, each) for place, each in declared)
    yield from (_mirror(place, each) for place, each in declared if each.mirrored)


CHECKS = tuple(_checks())


def constraints(see: Sight) -> Iterator[Finding]:
    """A finding for each database: its foreign keys are there, enforced and validated."""
    for database, conn in see.conns.items():
        wanted = stated(database).constraints_of({FOREIGN_KEY})
        found = there(conn)
        broken = [name for name in sorted(wanted) if name not in found]
        yield Finding(
            REFERENCES,
            f"{database}.foreign_keys",
            f"{database}: every foreign key is there and validated",
            FAILED if broken else OK,
            len(wanted),
            len(broken),
            tuple(broken[:MOST_KEYS]),
        )
