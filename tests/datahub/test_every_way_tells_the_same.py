"""Whatever way the metadata takes to DataHub, each aspect arrives as `metadata` wrote it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest
from fixtures.catalogue import Catalogued

from dhub.datahub.records import Fact

Values = Mapping[tuple[str, str], list[Any]]

# What tells one verification from another, and nothing else.
_OF_THE_HOUR = {"timestampMillis", "runId"}
ASPECTS = {
    "assertionInfo", "assertionRunEvent", "chartInfo", "chartUsageStatistics", "corpGroupInfo",
    "corpUserInfo", "dashboardInfo", "dashboardUsageStatistics", "dataContractProperties",
    "dataContractStatus", "dataFlowInfo", "dataJobInfo", "dataJobInputOutput", "dataPlatformInfo",
    "dataPlatformInstance", "dataProcessInstanceOutput", "dataProcessInstanceProperties",
    "dataProcessInstanceRelationships", "dataProcessInstanceRunEvent", "dataProductProperties",
    "datasetUsageStatistics", "deprecation", "domainProperties", "domains",
    "editableContainerProperties", "editableSchemaMetadata", "globalTags", "glossaryNodeInfo",
    "glossaryRelatedTerms", "glossaryTermInfo", "glossaryTerms", "groupMembership", "incidentInfo",
    "inputFields", "institutionalMemory", "operation", "ownership", "propertyDefinition",
    "queryProperties", "querySubjects", "status", "structuredProperties",
    "structuredPropertySettings", "tagProperties", "upstreamLineage",
}  # fmt: skip


def by_place(facts: list[Fact]) -> Values:
    """The values told of each aspect of each entity, without the hour."""
    found: dict[tuple[str, str], list[Any]] = {}
    for fact in facts:
        value = fact.value
        if fact.aspect == "assertionRunEvent":
            value = {key: each for key, each in value.items() if key not in _OF_THE_HOUR}
        found.setdefault((fact.urn, fact.aspect), []).append(value)
    return found


def told_in(values: list[Any]) -> set[str]:
    """The values, each once: what is told of several moments, or was told otherwise before."""
    return {json.dumps(each, sort_keys=True) for each in values}


def test_the_metadata_has_all_its_aspects(told: list[Fact]) -> None:
    assert {fact.aspect for fact in told} == ASPECTS


@pytest.mark.parametrize("aspect", sorted(ASPECTS))
def test_an_ingestion_writes_what_the_metadata_says(
    ingested: Catalogued, told: list[Fact], aspect: str
) -> None:
    wanted = by_place([fact for fact in told if fact.aspect == aspect])
    found = by_place([fact for fact in ingested.facts if fact.aspect == aspect])
    assert wanted and found.keys() >= wanted.keys()
    # The crawl tells domains and lineage of its own; of one entity both say the same.
    assert {place: told_in(found[place]) for place in wanted} == {
        place: told_in(values) for place, values in wanted.items()
    }


def types(schema: Mapping[str, Any]) -> dict[str, str]:
    """The type of each column: the one branch that its union holds."""
    return {
        each["fieldPath"]: next(iter(each["type"]["type"])).rpartition(".")[2]
        for each in schema["fields"]
    }


def test_the_schema_that_is_promised_is_the_one_that_is_crawled(ingested: Catalogued) -> None:
    promised = {
        value["schemaAssertion"]["entity"]: value["schemaAssertion"]["schema"]
        for value in ingested.of("assertionInfo").values()
        if value["type"] == "DATA_SCHEMA"
    }
    crawled = ingested.of("schemaMetadata")
    assert len(promised) == 37
    for urn, schema in promised.items():
        assert types(schema) == types(crawled[urn]), urn
    kinds = Counter(kind for schema in promised.values() for kind in types(schema).values())
    assert {"NumberType", "StringType", "DateType", "TimeType", "BooleanType"} <= kinds.keys()
    assert kinds["BooleanType"] < 10
