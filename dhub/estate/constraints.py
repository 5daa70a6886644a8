"""Takes the migrations of a database, gives the keys, references and indexes of its tables.

They are stated once, in the migrations. What is read here is compared with a migrated database by
the tests.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from dhub.shipped import migrations_dir

_STATEMENT = re.compile(
    r"^(?:CREATE|ALTER) TABLE public\.(?P<table>\w+)(?P<body>.*?);$", re.MULTILINE | re.DOTALL
)
_CONSTRAINT = re.compile(
    r"CONSTRAINT (?P<name>\w+)\s+(?P<kind>PRIMARY KEY|UNIQUE|FOREIGN KEY) \((?P<columns>[^)]*)\)"
    r"(?:\s+REFERENCES public\.(?P<to>\w+) \((?P<keys>[^)]*)\))?"
)
_INDEX = re.compile(
    r"^CREATE (?P<unique>UNIQUE )?INDEX (?P<name>\w+) ON public\.(?P<table>\w+) "
    r"\((?P<columns>[\w, ]+)\)(?: WHERE (?P<where>.*?))?;$",
    re.MULTILINE,
)


@dataclass(frozen=True)
class Constraint:
    """A primary key, a unique key, or a foreign key that refers to the `keys` of a table."""

    name: str
    table: str
    kind: str
    columns: tuple[str, ...]
    to: str = ""
    keys: tuple[str, ...] = ()


@dataclass(frozen=True)
class Index:
    """An index of columns as they are, of the rows for which `where` holds."""

    name: str
    table: str
    columns: tuple[str, ...]
    unique: bool
    where: str


def constraints(database: str) -> tuple[Constraint, ...]:
    """The keys and references in the order of the migrations."""
    script = _script(database)
    return tuple(
        Constraint(
            each["name"],
            statement["table"],
            each["kind"],
            _split(each["columns"]),
            each["to"] or "",
            _split(each["keys"] or ""),
        )
        for statement in _STATEMENT.finditer(script)
        for each in _CONSTRAINT.finditer(statement["body"])
    )


def indexes(database: str) -> tuple[Index, ...]:
    """The indexes besides those of the keys."""
    return tuple(_indexes(_script(database)))


def _indexes(script: str) -> Iterator[Index]:
    for each in _INDEX.finditer(script):
        unique, where = each["unique"] is not None, each["where"] or ""
        yield Index(each["name"], each["table"], _split(each["columns"]), unique, where)


def _script(database: str) -> str:
    files = sorted((migrations_dir() / database).glob("*.sql"))
    return "\n".join(path.read_text(encoding="utf-8") for path in files)


def _split(columns: str) -> tuple[str, ...]:
    return tuple(each.strip() for each in columns.split(",") if each.strip())
