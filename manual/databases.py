"""Takes the schema, the catalog and what `dhub verify` found, gives a page for each table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from dhub.catalog import Catalog
from dhub.catalog import model as declared
from dhub.datahub.quality import About, findings_of
from dhub.datahub.urns import Naming
from dhub.model import Domain
from dhub.verify.model import Result
from manual import er
from manual.checks import anchor
from manual.markdown import block, bullets, code, folded, page, plain, table, value, wide
from manual.schema import Column, Relation

_PII = {None: "", "none": ""}
_WORDS = {"p": "primary key", "u": "unique", "f": "foreign key", "c": "check"}


@dataclass(frozen=True)
class Told:
    """All that the pages of databases are made from."""

    bank: Sequence[Domain]
    catalog: Catalog
    schema: er.Schema
    result: Result
    widths: Mapping[str, int]  # of the diagrams

    def table(self, database: str, each: Relation) -> declared.Table:
        return self.catalog.databases[database].tables[f"{each.schema}.{each.name}"]


def pages(told: Told) -> Iterator[tuple[str, str]]:
    """Each page with its path below reference/."""
    yield "databases/index.md", _index(told)
    for domain in told.bank:
        name = domain.database
        yield f"databases/{name}/index.md", _database(told, name)
        for each in told.schema[name]:
            if each.schema == "public":
                yield f"databases/{name}/{each.name}.md", _table(told, name, each)
        yield f"databases/{name}/reports.md", _reports(told, name)


def _index(told: Told) -> str:
    rows = [
        (
            f"[{name}]({name}/index.md)",
            told.catalog.databases[name].title,
            sum(each.schema == "public" for each in told.schema[name]),
            f"{sum(e.count for e in told.schema[name] if e.schema == 'public'):,}",
            plain(told.catalog.databases[name].description),
        )
        for name in (domain.database for domain in told.bank)
    ]
    head = ("database", "what it is", "tables", "rows", "what it holds")
    return page(
        "Databases",
        table(head, rows),
        "## Which database names rows of which",
        "An arrow leads from the database that holds a key to the one whose row it names; the "
        "number is how many columns do. No foreign key can hold these: the data agrees by "
        "construction, and `dhub verify` proves it.",
        picture(told, "estate", "The databases and the keys between them", "../pictures"),
        "## Every key between databases",
        table(("column", "names", "for rows where"), _references(told)),
        lead="The bank in the order in which it is loaded. Rows are those of the default bank "
        "(`dhub seed all`, profile `guide`, scale 1).",
    )


def _references(told: Told) -> Iterator[tuple[str, str, str]]:
    for place, each in told.catalog.references():
        to = each.target
        only = [f"{code(c)} is {code(v)}" for c, v in each.when.items()]
        only += [f"{code(c)} is not {code(v)}" for c, v in each.unless.items()]
        yield (
            f"[{place.database}.{place.table}]({place.database}/{place.table}.md).{place.column}",
            f"[{to.database}.{to.table}]({to.database}/{to.table}.md).{to.column}",
            " and ".join(only),
        )


_LEGIBLE = 0.62  # of its own width; a narrower diagram can no longer be read


def picture(told: Told, name: str, title: str, folder: str) -> str:
    """A diagram for each theme; it opens alone, and is moved sideways where it is too wide."""
    least = round(told.widths[name] * _LEGIBLE)
    shown = "\n".join(
        f"[![{title}]({folder}/{name}-{theme}.svg#only-{theme})"
        f'{{ style="min-width: {least}px" }}]({folder}/{name}-{theme}.svg)'
        for theme in er.THEMES
    )
    return wide(shown)


def _database(told: Told, name: str) -> str:
    about = told.catalog.databases[name]
    tables = [each for each in told.schema[name] if each.schema == "public"]
    reports = [each for each in told.schema[name] if each.schema != "public"]
    diagram = er.of_database(told.catalog, name, told.schema)
    return page(
        name,
        plain(about.description),
        _governance(told, about),
        "## Tables",
        table(
            ("table", "what it holds", "rows"),
            [(f"[{e.name}]({e.name}.md)", plain(e.comment), f"{e.count:,}") for e in tables],
        ),
        "## Diagram",
        "Keys only: each table's page has all of its columns. Solid lines are foreign keys, "
        "dashed ones name rows of another database. A click opens the picture alone.",
        picture(told, name, f"Tables of {name} with their keys", "../../pictures"),
        folded("The diagram in Mermaid's words, to be taken along", block(diagram, "text")),
        "## Reports",
        table(
            ("report", "what it holds", "kind"),
            [(f"[{e.name}](reports.md#{e.name})", plain(e.comment), e.kind) for e in reports],
        ),
        lead=f"**{about.title}**",
    )


def _governance(told: Told, about: declared.Database | declared.Table) -> str:
    """Whose it is, and how it is to be handled."""
    owners = "; ".join(
        f"{role}: {_person(told.catalog, name)}" for role, name in about.owners.items()
    )
    lines = [f"Domain: {told.catalog.domains[about.domain].title}", f"Owners: {owners}"]
    if about.tags:
        lines.append("Tags: " + ", ".join(told.catalog.tags[each].title for each in about.tags))
    if about.terms:
        lines.append("Terms: " + _terms(told, about.terms, about))
    for name, values in about.properties.items():
        shown = ", ".join(map(str, values))
        lines.append(f"{told.catalog.properties[name].title}: {shown}")
    return bullets(lines)


def _person(catalog: Catalog, name: str) -> str:
    return catalog.groups[name].title if name in catalog.groups else catalog.users[name].name


def _terms(told: Told, names: Sequence[str], about: object) -> str:
    up = "../.." if isinstance(about, declared.Database | declared.Table | declared.Column) else ""
    return ", ".join(
        f"[{told.catalog.terms[name].title}]({up}/glossary.md#{name})" for name in names
    )


def _table(told: Told, database: str, each: Relation) -> str:
    about = told.table(database, each)
    return page(
        each.name,
        plain(each.comment),
        f"> {plain(about.contract)}" if about.contract else "",
        _governance(told, about),
        "## Columns",
        wide(_columns(told, database, each)),
        "## Keys and rules",
        _constraints(each),
        "## Who names its rows",
        _named_by(told, database, each),
        "## Checks of `dhub verify`",
        _checks(told, database, about),
        "## Five rows of the default bank",
        _sample(each),
        lead=f"[{database}](index.md) · {each.count:,} rows in the default bank",
    )


def _columns(told: Told, database: str, each: Relation) -> str:
    about = told.table(database, each)
    head = ("column", "what it means", "type", "null", "classification", "personal data", "terms")
    return table(
        head, (_column(told, column, about.columns[column.name]) for column in each.columns)
    )


def _column(told: Told, column: Column, about: declared.Column) -> tuple[str, ...]:
    means = plain(column.comment)
    for each in about.references:
        to = each.target
        means += f" → [{to.database}.{to.table}](../{to.database}/{to.table}.md)"
    return (
        code(column.name),
        means,
        column.type.replace("timestamp with time zone", "timestamptz"),
        "" if column.required else "null",
        about.classification,
        _PII.get(about.pii, about.pii or ""),
        _terms(told, about.terms, about),
    )


def _constraints(each: Relation) -> str:
    rows = [(code(c.name), _WORDS[c.kind], code(c.definition)) for c in each.constraints]
    return wide(table(("constraint", "kind", "definition"), rows)) if rows else "None."


def _named_by(told: Told, database: str, each: Relation) -> str:
    """Foreign keys of the same database, and columns of others."""
    inner = [
        f"[{other.name}]({other.name}.md).{', '.join(key.columns)}"
        for other in told.schema[database]
        if other.schema == "public"
        for key in other.foreign_keys
        if (key.target or "").removeprefix("public.") == each.name
    ]
    across = [
        f"[{place.database}.{place.table}](../{place.database}/{place.table}.md).{place.column}"
        for place, reference in told.catalog.references()
        if (reference.target.database, reference.target.table) == (database, each.name)
    ]
    return bullets(dict.fromkeys([*inner, *across])) or "Nobody."


def _checks(told: Told, database: str, about: declared.Table) -> str:
    found = findings_of(About(database, about, Naming({})), told.result)
    rows = [
        (f"[{each.id}](../../checks/{each.section}.md#{anchor(each.id)})", plain(each.title))
        for each in found
    ]
    return table(("check", "what must hold"), rows) if rows else "None."


def _sample(each: Relation) -> str:
    head = [column.name for column in each.columns]
    return wide(table(head, ([value(cell) for cell in row] for row in each.rows)))


def _reports(told: Told, database: str) -> str:
    reports = [each for each in told.schema[database] if each.schema != "public"]
    parts = [part for each in reports for part in _report(told, database, each)]
    return page(
        f"Reports of {database}",
        *parts,
        lead=plain(told.catalog.databases[database].schemas.get("reporting", "")),
    )


def _report(told: Told, database: str, each: Relation) -> Iterator[str]:
    yield f"## {each.name} {{ #{each.name} }}"
    yield f"*{each.kind}, {each.count:,} rows in the default bank.* {plain(each.comment)}"
    yield wide(_columns(told, database, each))
    if checks := told.table(database, each).checks:
        links = {e.id: f"[{e.id}](../../checks/{e.section}.md#{anchor(e.id)})"
                 for e in told.result.findings}  # fmt: skip
        yield "Checks: " + ", ".join(links.get(name, name) for name in checks)
    yield folded("Five rows of the default bank", _sample(each), "example")


def titles(told: Told) -> Mapping[str, Sequence[str]]:
    """The tables of each database, for whoever lists the pages."""
    return {
        domain.database: [e.name for e in told.schema[domain.database] if e.schema == "public"]
        for domain in told.bank
    }
