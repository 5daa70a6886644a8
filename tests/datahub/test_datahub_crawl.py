"""What DataHub's client makes of a seeded bank, through dhub_reader and our own recipe."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from fixtures.catalogue import Catalogued

from dhub.datahub.records import dangling, field, urns_in
from dhub.estate.databases import DATABASES

_RELATIONS = """
SELECT n.nspname, c.relname, c.relkind::text, obj_description(c.oid) FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname IN ('public', 'reporting') AND c.relkind IN ('r', 'v', 'm') ORDER BY 1, 2"""
_COLUMNS = """
SELECT n.nspname, c.relname, a.attname, col_description(c.oid, a.attnum) FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
WHERE n.nspname IN ('public', 'reporting') AND c.relkind IN ('r', 'v', 'm')
  AND a.attnum > 0 AND NOT a.attisdropped"""
_KEYS = """
SELECT n.nspname, c.relname, k.conname FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
JOIN pg_namespace n ON n.oid = c.relnamespace WHERE k.contype = 'f'"""
_PROCEDURES = """
SELECT n.nspname, p.proname, obj_description(p.oid) FROM pg_proc p
JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE p.prokind = 'p' AND n.nspname IN ('public', 'reporting')"""


def asked(bank: Catalogued, query: str) -> Iterator[tuple[str, ...]]:
    """The rows of all six databases, our name of the database first."""
    for database in DATABASES:
        with psycopg.connect(bank.estate.urls[database]) as conn:
            yield from ((database, *row) for row in conn.execute(query.encode()))


def relations(bank: Catalogued, kinds: str) -> dict[str, str]:
    """The URNs of tables (r), views (v) or materialized views (m), with their comments."""
    return {
        bank.naming.dataset(database, schema, name): comment
        for database, schema, name, kind, comment in asked(bank, _RELATIONS)
        if kind in kinds
    }


def test_the_client_has_nothing_to_complain_of(crawled: Catalogued) -> None:
    assert crawled.done.code == 0, crawled.done.out[-2000:]
    assert "finished successfully" in crawled.done.out


def test_every_table_and_view_is_there_and_nothing_else(crawled: Catalogued) -> None:
    kinds = {urn: value["typeNames"] for urn, value in crawled.of("subTypes").items()}
    tables = {urn for urn, names in kinds.items() if names == ["Table"]}
    views = {urn for urn, names in kinds.items() if names == ["View"]}
    assert tables == relations(crawled, "r").keys()
    assert views == relations(crawled, "vm").keys()
    assert len([urn for urn in tables if ".public." in urn]) == 37
    assert len(views) > 20


def test_nothing_of_dhub_itself_is_shown(crawled: Catalogued) -> None:
    expected = {crawled.naming.container(database) for database in DATABASES}
    expected |= {
        crawled.naming.container(database, schema)
        for database in DATABASES
        for schema in ("public", "reporting")
    }
    assert crawled.of("containerProperties").keys() == expected


def test_tables_views_and_columns_are_documented_as_in_the_database(crawled: Catalogued) -> None:
    told = {urn: each.get("description") for urn, each in crawled.of("datasetProperties").items()}
    assert told == relations(crawled, "rvm")
    assert all(told.values())
    columns = {
        field(urn, column["fieldPath"]): column.get("description")
        for urn, schema in crawled.of("schemaMetadata").items()
        for column in schema["fields"]
    }
    assert columns == {
        crawled.naming.field(*place): comment for *place, comment in asked(crawled, _COLUMNS)
    }
    assert all(columns.values()) and len(columns) > 296


def test_every_foreign_key_is_drawn(crawled: Catalogued) -> None:
    found = {
        (urn, key["name"])
        for urn, schema in crawled.of("schemaMetadata").items()
        for key in schema.get("foreignKeys") or ()
    }
    wanted = {(crawled.naming.dataset(*place), key) for *place, key in asked(crawled, _KEYS)
              if place[1] != "dhub"}  # fmt: skip
    assert found == wanted and len(found) >= 34


def test_every_column_has_a_type_that_the_client_knows(crawled: Catalogued) -> None:
    unknown = [
        (urn, column["fieldPath"])
        for urn, schema in crawled.of("schemaMetadata").items()
        for column in schema["fields"]
        if "NullType" in str(column["type"]) or column["nativeDataType"] == "null"
    ]
    assert unknown == []


def test_every_view_tells_where_its_columns_come_from(crawled: Catalogued) -> None:
    lineage = crawled.of("upstreamLineage")
    views = relations(crawled, "vm").keys()
    assert lineage.keys() == views
    for urn in views:
        assert lineage[urn]["upstreams"] and lineage[urn]["fineGrainedLineages"], urn
        assert all(each["type"] == "VIEW" for each in lineage[urn]["upstreams"])


def test_every_procedure_tells_what_it_reads_and_fills(crawled: Catalogued) -> None:
    procedures = {
        crawled.naming.job(database, schema, name): comment
        for database, schema, name, comment in asked(crawled, _PROCEDURES)
    }
    told = {urn: each.get("description") for urn, each in crawled.of("dataJobInfo").items()}
    assert told == procedures and all(told.values()) and len(told) >= 6
    moved = crawled.of("dataJobInputOutput")
    tables = relations(crawled, "r").keys()
    for urn in procedures:
        assert moved[urn]["inputDatasets"], urn
        (filled,) = moved[urn]["outputDatasets"]
        assert filled in tables and ".reporting." in filled
        written = {column for each in moved[urn]["fineGrainedLineages"]
                   for column in each["downstreams"]}  # fmt: skip
        assert written and all(column.startswith(f"urn:li:schemaField:({filled},")
                               for column in written)  # fmt: skip


def test_every_table_has_a_profile(crawled: Catalogued) -> None:
    profiles = crawled.of("datasetProfile")
    assert profiles.keys() == relations(crawled, "r").keys()
    assert all(profile["rowCount"] > 0 for profile in profiles.values())


@pytest.mark.parametrize("statistic", ["histogram", "quantiles", "distinctValueFrequencies"])
def test_profiles_have_pictures(crawled: Catalogued, statistic: str) -> None:
    drawn = sum(
        statistic in column
        for profile in crawled.of("datasetProfile").values()
        for column in profile["fieldProfiles"]
    )
    assert drawn > 30


def test_nothing_points_nowhere_but_to_domains(crawled: Catalogued) -> None:
    # Those are the metadata's to tell; with it nothing at all is missing.
    missing = dangling(crawled.facts)
    assert all(urn.startswith("urn:li:domain:") for urn in missing)


def test_the_domains_lie_on_everything(crawled: Catalogued) -> None:
    domains = crawled.of("domains")
    datasets, containers = crawled.of("schemaMetadata"), crawled.of("containerProperties")
    assert domains.keys() >= datasets.keys() | containers.keys()
    assert all(len(list(urns_in(value))) == 1 for value in domains.values())
