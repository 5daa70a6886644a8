"""Takes the keys that name a row of another database, gives a check for each of them.

No foreign key can hold them, so the catalog declares them. Inside one database a foreign key does;
that it is there and validated is all that is asked.
"""

from __future__ import annotations

from collections.abc import Iterator

from dhub.catalog import load_catalog
from dhub.catalog.model import Place, Table
from dhub.verify.model import FAILED, MOST_KEYS, OK, REFERENCES, Check, Finding
from dhub.verify.schema import FOREIGN_KEY, stated, there
from dhub.verify.sight import Sight

SECTION = REFERENCES

Named = tuple[str, str, str]  # table, its key, what a row of it is called

_CATALOG = load_catalog()
_DECLARED = tuple(_CATALOG.references())


def _table(place: Place) -> Table:
    return _CATALOG.databases[place.database].tables[f"public.{place.table}"]


def _name(place: Place) -> str:
    return f"{place.database}.{place.table}"


def _key(place: Place) -> str:
    return str(_table(place).key)


def _named(target: Place) -> Named:
    return _name(target), target.column, str(_table(target).row)


# table, key, column, what it names
POINTERS = tuple(
    (_name(place), _key(place), place.column, _named(each.target))
    for place, each in _DECLARED
    if not each.when and not each.unless
)

# the same of text that may hold a word instead of a key, with that word
WORDS = tuple(
    (_name(place), _key(place), place.column, _named(each.target), each.unless[place.column])
    for place, each in _DECLARED
    if place.column in each.unless
)

# entities that a column of their own type names: table, key, type, what it names
ENTITIES = tuple(
    (_name(place), _key(place), each.when["entity_type"], _named(each.target))
    for place, each in _DECLARED
    if each.when
)

# promised both ways: each customer has his row there
MIRRORS = tuple((_name(place), each.mirrored) for place, each in _DECLARED if each.mirrored)


def _pointer(table: str, key: str, column: str, named: Named) -> Check:
    parent, parent_key, words = named
    return Check(
        REFERENCES,
        f"{table}.{column}",
        f"{table.partition('.')[2]}.{column} names {words} that exists",
        f"SELECT c.{key} FROM {table} c ANTI JOIN {parent} p ON p.{parent_key} = c.{column}"
        f" WHERE c.{column} IS NOT NULL",
        examines=f"{table} WHERE {column} IS NOT NULL",
    )


def _entity(table: str, key: str, kind: str, named: Named) -> Check:
    parent, parent_key, words = named
    # A deleted entity is the one thing that may be named and not exist.
    gone = " AND c.action <> 'delete'" if table.endswith("audit_trails") else ""
    return Check(
        REFERENCES,
        f"{table}.entity_id.{kind}",
        f"{table.partition('.')[2]}.entity_id of a {kind} names {words} that exists",
        f"SELECT c.{key} FROM {table} c ANTI JOIN {parent} p ON p.{parent_key} = c.entity_id"
        f" WHERE c.entity_type = '{kind}'{gone}",
        examines=f"{table} WHERE entity_type = '{kind}'",
    )


def _mirror(table: str, words: str) -> Check:
    return Check(
        REFERENCES,
        f"{table}.every_customer",
        f"every customer has {words}",
        "SELECT p.customer_id FROM accounts_db.customers p"
        f" ANTI JOIN {table} c USING (customer_id)",
        examines="accounts_db.customers",
    )


def _worded(table: str, key: str, column: str, named: Named, word: str) -> Check:
    parent, parent_key, words = named
    return Check(
        REFERENCES,
        f"{table}.{column}",
        f"{table.partition('.')[2]}.{column} names {words} that exists, or {word}",
        f"SELECT c.{key} FROM {table} c ANTI JOIN {parent} p"
        f" ON CAST(p.{parent_key} AS VARCHAR) = c.{column} WHERE c.{column} <> '{word}'",
        examines=f"{table} WHERE {column} <> '{word}'",
    )


CHECKS = (
    *(_pointer(*each) for each in POINTERS),
    *(_worded(*each) for each in WORDS),
    *(_entity(*each) for each in ENTITIES),
    *(_mirror(*each) for each in MIRRORS),
)


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
