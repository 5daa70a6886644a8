"""Takes the catalog and the naming, gives what is told of the crawled things, and their products.

Nothing here is an aspect that a crawl writes: descriptions of tables and columns stay those of the
databases' comments, tags and terms of columns go into editableSchemaMetadata (docs/decisions/0016).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from dhub.catalog import Catalog
from dhub.catalog.model import Column, Database, Table
from dhub.datahub import urns
from dhub.datahub.proposals import (
    UNDATED,
    Proposal,
    domains,
    governed,
    ownership,
    proposal,
    tags,
    terms,
)
from dhub.datahub.urns import Naming

Procedures = Mapping[str, Iterable[tuple[str, str]]]  # database → (schema, procedure)


def containers(catalog: Catalog, naming: Naming) -> Iterator[Proposal]:
    """The databases and their schemas: the crawl does not read comments of either."""
    for database in catalog.databases.values():
        urn = naming.container(database.name)
        about = {"description": f"**{database.title}.** {database.description}"}
        yield proposal(urn, "editableContainerProperties", about)
        yield from governed(urn, database, catalog.groups)
        for schema, text in database.schemas.items():
            inner = naming.container(database.name, schema)
            yield proposal(inner, "editableContainerProperties", {"description": text})
            yield proposal(inner, "domains", domains(database.domain))
            yield proposal(inner, "ownership", ownership(database.owners, catalog.groups))


def tables(catalog: Catalog, naming: Naming) -> Iterator[Proposal]:
    """Domain, owners, terms, tags and properties of every table and view, and its columns."""
    for database, table in catalog.tables():
        urn = naming.dataset(database.name, table.schema, table.name)
        yield from governed(urn, table, catalog.groups)
        yield proposal(urn, "editableSchemaMetadata", _columns(table))


def _columns(table: Table) -> dict[str, object]:
    described = [_column(each) for each in table.columns.values()]
    return {"created": UNDATED, "lastModified": UNDATED, "editableSchemaFieldInfo": described}


def _column(column: Column) -> dict[str, object]:
    """The classification is a term, the kind of personal data a tag."""
    told: dict[str, object] = {"fieldPath": column.name}
    if column.all_tags:
        told["globalTags"] = tags(column.all_tags)
    return told | {"glossaryTerms": terms((column.classification_term, *column.terms))}


def procedures(catalog: Catalog, naming: Naming, found: Procedures) -> Iterator[Proposal]:
    """Procedures belong to whom their database belongs."""
    for name, listed in found.items():
        database: Database = catalog.databases[name]
        for schema, procedure in listed:
            urn = naming.job(name, schema, procedure)
            yield proposal(urn, "domains", domains(database.domain))
            yield proposal(urn, "ownership", ownership(database.owners, catalog.groups))


def products(catalog: Catalog, naming: Naming) -> Iterator[Proposal]:
    """Data products with their assets, of which some are what others shall read."""
    for each in catalog.products.values():
        urn = urns.product(each.id)
        assets = [
            {"destinationUrn": _asset(naming, name), "outputPort": name in each.output_ports}
            for name in each.assets
        ]
        about = {"name": each.title, "description": each.description, "assets": assets}
        yield proposal(urn, "dataProductProperties", about)
        yield from governed(urn, each, catalog.groups)


def _asset(naming: Naming, name: str) -> str:
    database, schema, table = name.split(".")
    return naming.dataset(database, schema, table)
