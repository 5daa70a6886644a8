"""Takes the tables of a database and its declared keys, gives their diagram in Mermaid's words.

Drawn to SVG while the manual is made, so that a page needs no script and shows it also offline.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from dhub.catalog import Catalog
from dhub.catalog.model import Place
from manual.schema import Relation

Schema = Mapping[str, Sequence[Relation]]  # database → its tables and reports

_LIGHT = {
    "background": "#ffffff",
    "primaryColor": "#eef0fb",
    "primaryBorderColor": "#4051b5",
    "primaryTextColor": "#22263c",
    "lineColor": "#5c6370",
    "textColor": "#22263c",
    "tertiaryColor": "#ffffff",
    "edgeLabelBackground": "#ffffff",
}
_DARK = {
    "background": "#1e2129",
    "primaryColor": "#2b3042",
    "primaryBorderColor": "#7e8ce0",
    "primaryTextColor": "#e3e6f0",
    "lineColor": "#aab1c4",
    "textColor": "#e3e6f0",
    "tertiaryColor": "#1e2129",
    "edgeLabelBackground": "#1e2129",
    "rowOdd": "#262b3b",
    "rowEven": "#1e2129",
}
THEMES = {"light": _LIGHT, "dark": _DARK}


def of_database(catalog: Catalog, database: str, schema: Schema) -> str:
    """The tables of a database with their keys, and what their keys name elsewhere."""
    tables = [each for each in schema[database] if each.schema == "public"]
    outward = _outward(catalog, database)
    lines = [line for each in tables for line in _entity(each, outward)]
    for target in dict.fromkeys(target for _, target in outward):
        lines += [f'    "{target.database}.{target.table}" {{']
        lines += [f"        {_type(schema, target)} {target.column} PK", "    }"]
    lines += [line for each in tables for line in _inner(each)]
    lines += list(_across(outward, {each.name: each for each in tables}))
    return "\n".join(["erDiagram", *lines])


def of_estate(catalog: Catalog) -> str:
    """Which database names rows of which, with the number of keys."""
    counts: dict[tuple[str, str], int] = {}
    for place, each in catalog.references():
        pair = (place.database, each.target.database)
        counts[pair] = counts.get(pair, 0) + 1
    names = [f'    {name}["{each.title}<br>{name}"]' for name, each in catalog.databases.items()]
    edges = [f"    {a} -- {n} --> {b}" for (a, b), n in counts.items()]
    return "\n".join(["flowchart TD", *names, *edges])


def draw(source: str, folder: Path, name: str) -> int:
    """Write a picture for each theme; gives its width."""
    import mmdr

    for theme, colours in THEMES.items():
        # The newer look forgets the dots of a line that crosses another.
        start = json.dumps({"look": "classic", "theme": "base", "themeVariables": colours})
        drawn = mmdr.render(f"%%{{init: {start}}}%%\n{source}").svg()
        (folder / f"{name}-{theme}.svg").write_text(drawn, encoding="utf-8")
    found = re.search(r'viewBox="\S+ \S+ (\d+)', drawn)
    assert found, f"the diagram of {name} has no width"
    return int(found[1])


def _outward(catalog: Catalog, database: str) -> list[tuple[Place, Place]]:
    """The columns of a database that name rows of another, each with what it names."""
    return [
        (place, each.target)
        for place, each in catalog.references()
        if place.database == database and each.target.database != database
    ]


def _entity(each: Relation, outward: Iterable[tuple[Place, Place]]) -> Iterator[str]:
    """The columns that are keys: all others stand on the table's own page."""
    named = {place.column for place, _ in outward if place.table == each.name}
    primary, unique = each.keys_of("p"), each.keys_of("u")
    foreign = each.keys_of("f") | named
    yield f"    {each.name} {{"
    for column in each.columns:
        kinds = [
            word
            for word, of in (("PK", primary), ("FK", foreign), ("UK", unique - primary))
            if column.name in of
        ]
        if kinds:
            yield f"        {_word(column.type)} {column.name} {', '.join(kinds)}"
    yield "    }"


def _inner(each: Relation) -> Iterator[str]:
    """Foreign keys, which the database holds."""
    required = {column.name for column in each.columns if column.required}
    for key in each.foreign_keys:
        one = "||" if set(key.columns) <= required else "|o"
        target = (key.target or "").removeprefix("public.")
        yield f"    {target} {one}--o{{ {each.name} : {','.join(key.columns)}"


def _across(
    outward: Sequence[tuple[Place, Place]], tables: Mapping[str, Relation]
) -> Iterator[str]:
    """Keys to other databases, which `dhub verify` proves: drawn dashed, one line for a table."""
    pairs: dict[tuple[str, str, bool], list[str]] = {}
    for place, target in outward:
        required = {each.name for each in tables[place.table].columns if each.required}
        key = (f"{target.database}.{target.table}", place.table, place.column in required)
        pairs.setdefault(key, []).append(place.column)
    for (target, table, required), columns in pairs.items():
        one = "||" if required else "|o"
        yield f'    "{target}" {one}..o{{ {table} : "{", ".join(dict.fromkeys(columns))}"'


def _type(schema: Schema, place: Place) -> str:
    found = [
        column.type
        for each in schema[place.database]
        if (each.schema, each.name) == ("public", place.table)
        for column in each.columns
        if column.name == place.column
    ]
    return _word(found[0])


def _word(kind: str) -> str:
    """Mermaid takes one word for a type."""
    return {"timestamp with time zone": "timestamptz"}.get(kind, kind.partition("(")[0])
