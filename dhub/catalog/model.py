"""What is declared of the bank's data: frozen values, each named as in the TOML files.

Everything is found by its id, which is the key that the file gives it. A tuple or mapping that a
file leaves out is empty.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator

Classification = Literal["public", "internal", "confidential", "restricted"]
PiiKind = Literal[
    "none",
    "direct",
    "indirect",
    "financial",
    "identifier",
    "employment",
    "sensitive",
    "free_text",
]
Role = Literal["business", "technical", "steward"]
Value = int | float | str


def _several(value: Any) -> Any:
    return value if isinstance(value, list | tuple) else [value]


# A file may state one value where several are possible.
Values = Annotated[tuple[Value, ...], BeforeValidator(_several)]


class Declared:
    """What a file declares: an unknown key in it is a fault."""

    __pydantic_config__: ClassVar[Any] = {"extra": "forbid"}


@dataclass(frozen=True, order=True)
class Place:
    """A column of a table in schema public, as `accounts_db.customers.customer_id` names it."""

    database: str
    table: str
    column: str

    def __str__(self) -> str:
        return f"{self.database}.{self.table}.{self.column}"


@dataclass(frozen=True)
class Reference(Declared):
    """The row of another database that a column names, which no foreign key can hold.

    It holds for the rows in which each column of `when` has its value and no column of `unless`
    has. When `mirrored`, every row of the target has its row here, called in these words.
    """

    to: str
    when: Mapping[str, str] = field(default_factory=dict)
    unless: Mapping[str, str] = field(default_factory=dict)
    mirrored: str | None = None

    @property
    def target(self) -> Place:
        """Where it points."""
        return Place(*self.to.split("."))


def _targets(value: Any) -> Any:
    return [{"to": value}] if isinstance(value, str) else value


# A file may state the target alone.
References = Annotated[tuple[Reference, ...], BeforeValidator(_targets)]


@dataclass(frozen=True)
class Column(Declared):
    """One column: how it is to be guarded, whom it tells of, what it means, what it names.

    `pii` is None when the column holds no personal data; "none" says the same of a column whose
    namesake in another table does. `sources` are columns of other databases that it is made of.
    """

    name: str
    classification: Classification
    pii: PiiKind | None = None
    terms: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    references: References = ()
    sources: tuple[str, ...] = ()

    @property
    def all_tags(self) -> tuple[str, ...]:
        """Its tags, after those that follow from its personal data and its references."""
        kind = () if self.pii in (None, "none") else (f"pii.{self.pii}",)
        key = ("cross-database-key",) if self.references else ()
        return (*kind, *key, *self.tags)

    @property
    def classification_term(self) -> str:
        """The glossary term of its classification."""
        return f"classification.{self.classification}"


@dataclass(frozen=True)
class Table(Declared):
    """A table, view or materialized view. Domain, owners and properties come from its database
    when it states none; properties one by one.

    `row` is what one row is called ("a customer"), `checks` the ids of `dhub verify` that speak of
    it, `contract` what its owner promises to those who read it.
    """

    name: str
    schema: str
    domain: str
    owners: Mapping[Role, str]
    columns: Mapping[str, Column]
    key: str | None = None
    row: str | None = None
    terms: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    properties: Mapping[str, Values] = field(default_factory=dict)
    checks: tuple[str, ...] = ()
    contract: str | None = None


@dataclass(frozen=True)
class Defaults(Declared):
    """What the tables of a schema have unless they say otherwise."""

    domain: str | None = None
    owners: Mapping[Role, str] | None = None
    properties: Mapping[str, Values] = field(default_factory=dict)


@dataclass(frozen=True)
class Database(Declared):
    """A database; `schemas` maps a schema to its description, `tables` is keyed schema.table.

    What it states in `defaults` for a schema already stands in the tables of that schema.
    """

    name: str
    title: str
    description: str
    domain: str
    owners: Mapping[Role, str]
    schemas: Mapping[str, str]
    tables: Mapping[str, Table]
    defaults: Mapping[str, Defaults] = field(default_factory=dict)
    terms: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    properties: Mapping[str, Values] = field(default_factory=dict)


@dataclass(frozen=True)
class Domain(Declared):
    """A business domain, within its parent if it has one."""

    id: str
    title: str
    description: str
    owners: Mapping[Role, str]
    parent: str | None = None


@dataclass(frozen=True)
class Group(Declared):
    """A team that owns data."""

    id: str
    title: str
    description: str
    email: str


@dataclass(frozen=True)
class User(Declared):
    """A person of the fictional bank, member of teams."""

    id: str
    name: str
    title: str
    email: str
    groups: tuple[str, ...]


@dataclass(frozen=True)
class Tag(Declared):
    """A tag with its colour as #rrggbb."""

    id: str
    title: str
    description: str
    colour: str


@dataclass(frozen=True)
class Node(Declared):
    """A chapter of the business glossary."""

    id: str
    title: str
    description: str
    parent: str | None = None


@dataclass(frozen=True)
class Term(Declared):
    """A term of the business glossary, in the chapter `node`.

    `inherits` names the broader terms, `contains` the parts, `related` what to read beside it;
    `source` is a law, standard or body that defines it, `values` what may be seen in the data.
    """

    id: str
    title: str
    node: str
    definition: str
    source: str | None = None
    url: str | None = None
    values: tuple[str, ...] = ()
    inherits: tuple[str, ...] = ()
    contains: tuple[str, ...] = ()
    related: tuple[str, ...] = ()


@dataclass(frozen=True)
class Property(Declared):
    """A structured property; `allowed` maps each allowed value to what it says, empty for any."""

    id: str
    title: str
    description: str
    type: Literal["string", "number"]
    many: bool = False
    allowed: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Product(Declared):
    """A data product; assets and output ports are named database.schema.table."""

    id: str
    title: str
    description: str
    domain: str
    owners: Mapping[Role, str]
    assets: tuple[str, ...]
    output_ports: tuple[str, ...]
    terms: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    properties: Mapping[str, Values] = field(default_factory=dict)


@dataclass(frozen=True)
class Question(Declared):
    """A question with the SQL that answers it, in `database` or, where none is named, across all.

    `reads` are the tables and reports that the SQL names, as database.schema.table.
    """

    id: str
    title: str
    level: Literal["easy", "medium", "hard"]
    sql: str
    reads: tuple[str, ...]
    database: str | None = None

    @property
    def databases(self) -> tuple[str, ...]:
        """The databases that it reads."""
        return tuple(dict.fromkeys(each.partition(".")[0] for each in self.reads))


@dataclass(frozen=True)
class Catalog(Declared):
    """All that is declared, each kind by id, databases by name."""

    databases: Mapping[str, Database]
    domains: Mapping[str, Domain]
    groups: Mapping[str, Group]
    users: Mapping[str, User]
    tags: Mapping[str, Tag]
    nodes: Mapping[str, Node]
    terms: Mapping[str, Term]
    properties: Mapping[str, Property]
    products: Mapping[str, Product]
    questions: Mapping[str, Question]

    def tables(self) -> Iterator[tuple[Database, Table]]:
        """Every table and view with its database, in the order of the files."""
        for database in self.databases.values():
            yield from ((database, table) for table in database.tables.values())

    def references(self) -> Iterator[tuple[Place, Reference]]:
        """Every column that names a row of another database, once for each that it may name."""
        for database, table in self.tables():
            for column in table.columns.values():
                place = Place(database.name, table.name, column.name)
                yield from ((place, each) for each in column.references)

    def lineage(self) -> dict[Place, tuple[Place, ...]]:
        """Where values of tables in schema public come from: the keys that a column may name, and
        the columns that it is made of."""
        found: dict[Place, tuple[Place, ...]] = {}
        for database, table in self.tables():
            for column in table.columns.values() if table.schema == "public" else ():
                named = [each.target for each in column.references]
                made = [Place(*each.split(".")) for each in column.sources]
                if named or made:
                    found[Place(database.name, table.name, column.name)] = (*named, *made)
        return found
