"""Takes keys that no foreign key can hold and columns made of others, gives lineage of databases.

Only tables of schema public have any: lineage of views and of what procedures fill is the crawl's,
and a proposal of ours would replace it.
"""

from __future__ import annotations

from collections.abc import Iterator

from dhub.catalog import Catalog
from dhub.catalog.model import Place
from dhub.datahub.proposals import UNDATED, Proposal, proposal
from dhub.datahub.urns import Naming


def lineage(catalog: Catalog, naming: Naming) -> Iterator[Proposal]:
    """For each table the tables its keys and values come from, with the columns."""
    columns, keys = catalog.lineage(), {place for place, _ in catalog.references()}
    for database, table in dict.fromkeys((place.database, place.table) for place in columns):
        edges = {
            place: sources
            for place, sources in columns.items()
            if (place.database, place.table) == (database, table)
        }
        tables = dict.fromkeys(_dataset(naming, each) for some in edges.values() for each in some)
        value = {
            "upstreams": [
                {"dataset": each, "type": "COPY", "auditStamp": UNDATED} for each in tables
            ],
            "fineGrainedLineages": [
                _edge(naming, *each, each[0] in keys) for each in edges.items()
            ],
        }
        yield proposal(naming.dataset(database, "public", table), "upstreamLineage", value)


def _edge(
    naming: Naming, place: Place, sources: tuple[Place, ...], is_key: bool
) -> dict[str, object]:
    return {
        "upstreamType": "FIELD_SET",
        "upstreams": [_field(naming, each) for each in dict.fromkeys(sources)],
        "downstreamType": "FIELD",
        "downstreams": [_field(naming, place)],
        "transformOperation": "reference across databases" if is_key else "made of other databases",
        "confidenceScore": 1.0,
    }


def _dataset(naming: Naming, place: Place) -> str:
    return naming.dataset(place.database, "public", place.table)


def _field(naming: Naming, place: Place) -> str:
    return naming.field(place.database, "public", place.table, place.column)
