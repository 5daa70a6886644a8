"""What profiling shows: figures of every column that may be shown, of the others not one value."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from fixtures.catalogue import Catalogued

from dhub.datahub.pack import write_pack
from dhub.datahub.records import Fact, field, read

Classes = dict[str, tuple[str, set[str]]]

_TELLING = {"pii.direct", "pii.indirect", "pii.free_text"}


def classes(facts: list[Fact]) -> Classes:
    """What the catalogue's own pages say of each column: its classification, its personal data."""
    found: Classes = {}
    for fact in facts:
        if fact.aspect == "editableSchemaMetadata":
            for column in fact.value["editableSchemaFieldInfo"]:
                (term, *_) = [
                    each["urn"].rpartition(".")[2]
                    for each in column["glossaryTerms"]["terms"]
                    if ":classification." in each["urn"]
                ]
                tags = column.get("globalTags", {}).get("tags", ())
                told = {each["tag"].removeprefix("urn:li:tag:") for each in tags}
                found[field(fact.urn, column["fieldPath"])] = term, told
    return found


def profiled(facts: list[Fact]) -> dict[str, dict[str, Any]]:
    """What is told of each column that a profile names, its name left out."""
    return {
        field(fact.urn, column["fieldPath"]): {k: v for k, v in column.items() if k != "fieldPath"}
        for fact in facts
        if fact.aspect == "datasetProfile"
        for column in fact.value["fieldProfiles"]
    }


@pytest.fixture(scope="module", params=["crawl by a recipe", "ingestion", "pack"])
def shown(request: pytest.FixtureRequest, crawled: Catalogued, ingested: Catalogued) -> list[Fact]:
    """The facts of each way that profiles take to DataHub."""
    if request.param == "ingestion":
        return ingested.facts
    if request.param == "pack":
        index = write_pack(ingested.path, ingested.folder / "shown")
        (data,) = json.loads(Path(index).read_text())["files"]
        return read(index.parent / data["path"])
    metadata = [fact for fact in ingested.facts if fact.aspect == "editableSchemaMetadata"]
    return [*crawled.facts, *metadata]


def test_no_value_of_a_restricted_column_is_shown(shown: list[Fact]) -> None:
    known = classes(shown)
    restricted = {urn for urn, (term, _) in known.items() if term == "restricted"}
    assert len(restricted) >= 43
    shut = {urn: told for urn, told in profiled(shown).items() if urn in restricted and told}
    assert shut == {}


def test_nobody_is_named_or_quoted(shown: list[Fact]) -> None:
    known, told = classes(shown), profiled(shown)
    people = {
        urn for urn, (term, tags) in known.items() if term == "confidential" and tags & _TELLING
    }
    assert len(people) > 20
    assert {urn for urn in people if told.get(urn)} == set()


def test_all_other_columns_of_tables_have_figures(shown: list[Fact]) -> None:
    known, told = classes(shown), profiled(shown)
    tables = {fact.urn for fact in shown if fact.aspect == "datasetProfile"}
    open_ = {
        urn
        for urn, (term, tags) in known.items()
        if any(urn.startswith(f"urn:li:schemaField:({table},") for table in tables)
        and term != "restricted"
        and not (term == "confidential" and tags & _TELLING)
    }
    assert len(open_) > 300
    assert all(told[urn].get("nullCount") is not None for urn in open_)
    assert sum("sampleValues" in told[urn] for urn in open_) > 250
    for picture in ("histogram", "quantiles", "distinctValueFrequencies"):
        assert sum(picture in told[urn] for urn in open_) > 30, picture


def test_every_table_tells_its_rows(shown: list[Fact]) -> None:
    rows = [fact.value["rowCount"] for fact in shown if fact.aspect == "datasetProfile"]
    assert len(rows) > 45 and all(rows)
