"""Takes a name that a query could not find, gives where it lies or which one was probably meant."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches

from psycopg import Error, errors

from dhub.catalog import load_catalog
from dhub.settings import BESIDE

# The server's own message quotes the name, by the habits of its language.
_QUOTED = re.compile(r"[\"«»„“]([^\"«»„“”]+)[\"«»“”]")
_BARE = re.compile(r"\b(?:\w+\.)?(\w+) does not exist")
_WORD = re.compile(r"\w+")


def meant(error: Error, database: str, query: str) -> str:
    """What helps against an unknown table or column, as a sentence; empty for other errors."""
    said = error.diag.message_primary or ""
    found = _QUOTED.search(said) or _BARE.search(said)
    if not found:
        return ""
    if isinstance(error, errors.UndefinedTable | errors.InvalidSchemaName):
        return _table(found[1], database)
    if isinstance(error, errors.FeatureNotSupported) and found[1].count(".") == 2:
        return _table(found[1], database)
    if isinstance(error, errors.UndefinedColumn):
        return _column(found[1], database, query)
    return ""


def _names(database: str) -> dict[str, str]:
    """The tables and reports of a database: as a query may write them, by their bare names."""
    tables = load_catalog(beside=BESIDE).databases[database].tables.values()
    return {
        each.name: each.name if each.schema == "public" else f"{each.schema}.{each.name}"
        for each in tables
    }


def _table(name: str, database: str) -> str:
    *_, bare = name.lower().split(".")
    own = _names(database)
    if bare in own and own[bare] != name:
        return f"Write {own[bare]}."
    elsewhere = [each for each in load_catalog(beside=BESIDE).databases if each != database]
    for other in elsewhere:
        if bare in _names(other):
            across = f"or leave -d out and write {other}.{bare}"
            return f"`{bare}` lies in {other}: use -d {other}, {across}."
    if near := _near(bare, list(own)):
        return f"Did you mean {own[near]}?"
    for other in elsewhere:
        names = _names(other)
        if near := _near(bare, list(names)):
            return f"Did you mean {names[near]}? It lies in {other}: use -d {other}."
    return f"`dhub db tables -d {database}` lists what is there."


def _near(name: str, known: list[str]) -> str | None:
    return next(iter(get_close_matches(name, known, n=1, cutoff=0.75)), None)


def _column(name: str, database: str, query: str) -> str:
    """A column of the tables that the query names."""
    columns = {column: table for table, column in _columns(database, query)}
    if near := _near(name.lower().rpartition(".")[2], list(columns)):
        return f"Did you mean {near}, a column of {columns[near]}?"
    return ""


def _columns(database: str, query: str) -> Iterator[tuple[str, str]]:
    words = {word.lower() for word in _WORD.findall(query)}
    for table in load_catalog(beside=BESIDE).databases[database].tables.values():
        if table.name in words:
            yield from ((table.name, column) for column in table.columns)
