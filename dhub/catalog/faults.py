"""Takes the Catalog, gives a line for each name in it that is not declared anywhere."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from dhub.catalog.model import Catalog, Column, Database, Declared, Reference, Table, Value

_COLOUR = re.compile(r"#[0-9a-f]{6}")
_PLACE = re.compile(r"\w+\.\w+\.\w+")


def faults_of(catalog: Catalog) -> Iterator[str]:
    """Every name that nothing declares, and every value that its property does not allow."""
    for database, table in catalog.tables():
        yield from _of_table(catalog, database, table)
    for each in catalog.databases.values():
        yield from _governed(catalog, each.name, each)
    known = {f"{d.name}.{t.schema}.{t.name}" for d, t in catalog.tables()}
    for question in catalog.questions.values():
        yield from _unknown(f"questions.{question.id}.reads", question.reads, known)
        if question.database and question.databases != (question.database,):
            yield f"questions.{question.id}.reads: {question.database} alone can answer it"
    for product in catalog.products.values():
        yield from _governed(catalog, f"products.{product.id}", product)
        yield from _unknown(f"products.{product.id}.assets", product.assets, known)
        ports = f"products.{product.id}.output_ports"
        yield from _unknown(ports, product.output_ports, set(product.assets))
    yield from _of_glossary(catalog)
    yield from _of_people(catalog)
    yield from _of_looks(catalog)


def _of_table(catalog: Catalog, database: Database, table: Table) -> Iterator[str]:
    where = f"{database.name}.{table.schema}.{table.name}"
    yield from _governed(catalog, where, table)
    if table.schema not in database.schemas:
        yield f"{where}: schema {table.schema} is not described"
    if table.key is not None and table.key not in table.columns:
        yield f"{where}.key: {table.key} is not a column"
    for column in table.columns.values():
        yield from _of_column(catalog, f"{where}.{column.name}", table, column)


def _of_column(catalog: Catalog, where: str, table: Table, column: Column) -> Iterator[str]:
    named = (*column.terms, column.classification_term)
    yield from _unknown(f"{where}.terms", named, catalog.terms)
    yield from _unknown(f"{where}.tags", column.all_tags, catalog.tags)
    if column.references and table.key is None:
        yield f"{where}.references: the table states no key"
    for source in column.sources:
        yield from _of_source(catalog, f"{where}.sources", source)
    for each in column.references:
        yield from _of_reference(catalog, f"{where}.references", each)
        yield from _unknown(f"{where}.references", (*each.when, *each.unless), table.columns)


def _of_source(catalog: Catalog, where: str, source: str) -> Iterator[str]:
    if not _PLACE.fullmatch(source):
        yield f"{where}: {source} is not database.table.column"
        return
    database, table, column = source.split(".")
    known = catalog.databases.get(database)
    found = known.tables.get(f"public.{table}") if known else None
    if found is None or column not in found.columns:
        yield f"{where}: {source} is not declared"


def _of_reference(catalog: Catalog, where: str, each: Reference) -> Iterator[str]:
    if not _PLACE.fullmatch(each.to):
        yield f"{where}: {each.to} is not database.table.column"
        return
    to = each.target
    database = catalog.databases.get(to.database)
    table = database.tables.get(f"public.{to.table}") if database else None
    if table is None or to.column not in table.columns:
        yield f"{where}: {each.to} is not declared"
    elif table.row is None:
        yield f"{where}: {to.database}.{to.table} does not say what a row is called"


def _governed(catalog: Catalog, where: str, each: object) -> Iterator[str]:
    """Domain, owners, terms, tags and properties of whatever has them."""
    have = vars(each)
    yield from _unknown(f"{where}.domain", [have["domain"]], catalog.domains)
    yield from _unknown(f"{where}.owners", have["owners"].values(), _owners(catalog))
    yield from _unknown(f"{where}.terms", have["terms"], catalog.terms)
    yield from _unknown(f"{where}.tags", have["tags"], catalog.tags)
    for name, values in have["properties"].items():
        yield from _of_property(catalog, f"{where}.properties.{name}", name, values)


def _of_property(
    catalog: Catalog, where: str, name: str, values: tuple[Value, ...]
) -> Iterator[str]:
    if (declared := catalog.properties.get(name)) is None:
        yield f"{where}: not declared"
        return
    if len(values) != 1 and not declared.many:
        yield f"{where}: takes one value, not {len(values)}"
    wrong = [each for each in values if isinstance(each, str) != (declared.type == "string")]
    yield from (f"{where}: {each} is not a {declared.type}" for each in wrong)
    if declared.allowed:
        yield from _unknown(where, map(str, values), declared.allowed)


def _of_glossary(catalog: Catalog) -> Iterator[str]:
    for node in catalog.nodes.values():
        yield from _parent(f"nodes.{node.id}", node.id, node.parent, catalog.nodes)
    for term in catalog.terms.values():
        yield from _unknown(f"terms.{term.id}.node", [term.node], catalog.nodes)
        for kind in ("inherits", "contains", "related"):
            others = catalog.terms.keys() - {term.id}
            yield from _unknown(f"terms.{term.id}.{kind}", getattr(term, kind), others)


def _of_people(catalog: Catalog) -> Iterator[str]:
    for domain in catalog.domains.values():
        yield from _parent(f"domains.{domain.id}", domain.id, domain.parent, catalog.domains)
        owners = f"domains.{domain.id}.owners"
        yield from _unknown(owners, domain.owners.values(), _owners(catalog))
    for user in catalog.users.values():
        yield from _unknown(f"users.{user.id}.groups", user.groups, catalog.groups)
    for name in catalog.users.keys() & catalog.groups.keys():
        yield f"users.{name}: a group has this name, too"


def _of_looks(catalog: Catalog) -> Iterator[str]:
    for tag in catalog.tags.values():
        if not _COLOUR.fullmatch(tag.colour):
            yield f"tags.{tag.id}.colour: {tag.colour} is not #rrggbb"


def _parent(
    where: str, name: str, parent: str | None, known: Mapping[str, Declared]
) -> Iterator[str]:
    """A parent is declared, and nothing is below itself."""
    seen = {name}
    while parent is not None:
        if parent not in known:
            yield f"{where}.parent: {parent} is not declared"
            return
        if parent in seen:
            yield f"{where}.parent: below itself"
            return
        seen.add(parent)
        parent = vars(known[parent])["parent"]


def _owners(catalog: Catalog) -> set[str]:
    return catalog.groups.keys() | catalog.users.keys()


def _unknown(where: str, names: Iterable[str], known: Iterable[str]) -> Iterator[str]:
    there = set(known)
    yield from (f"{where}: {each} is not declared" for each in names if each not in there)
