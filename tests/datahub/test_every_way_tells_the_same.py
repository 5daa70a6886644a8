"""Whatever way the metadata takes to DataHub, each aspect arrives as `metadata` wrote it."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from fixtures.catalogue import Catalogued, client, ran
from fixtures.command import command, environment
from fixtures.server import variables

from dhub.datahub.ingest import send
from dhub.datahub.records import Fact, read

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


@pytest.fixture(scope="module")
def told(ingested: Catalogued) -> list[Fact]:
    """The metadata as `dhub datahub metadata` writes it."""
    env = environment(variables(ingested.estate))
    done = ran(*command("datahub", "metadata", "told.json"), env=env, cwd=ingested.folder)
    assert done.code == 0, done.err
    return read(ingested.folder / "told.json")


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


def test_reading_a_file_again_changes_nothing(ingested: Catalogued, told: list[Fact]) -> None:
    again = ingested.folder / "again.json"
    recipe = {
        "source": {"type": "file", "config": {"path": str(ingested.folder / "told.json")}},
        "sink": {"type": "file", "config": {"filename": str(again)}},
    }
    (ingested.folder / "again.yml").write_text(json.dumps(recipe))
    words = ("ingest", "run", "--strict-warnings", "--no-progress", "-c", "again.yml")
    assert client(*words, cwd=ingested.folder).code == 0
    assert read(again) == told


class _Service(BaseHTTPRequestHandler):
    """As much of DataHub's metadata service as takes proposals."""

    def do_GET(self) -> None:
        self._answer({"noCode": "true", "versions": {"acryldata/datahub": {"version": "v1.7.0"}}})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.posted += body.get("proposals", [body.get("proposal")])  # type: ignore[attr-defined]
        self._answer({"value": "done"})

    def _answer(self, document: dict[str, Any]) -> None:
        body = json.dumps(document).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing on standard error."""


@pytest.fixture(scope="module")
def posted(ingested: Catalogued) -> Iterator[list[Fact]]:
    """What a server is sent of the ingestion's file."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Service) as server:
        server.posted = []  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            send(
                Path(ingested.path), f"http://127.0.0.1:{server.server_port}", None, lambda _: None
            )
        finally:
            server.shutdown()
            thread.join()
        yield [
            Fact(each["entityUrn"], each["aspectName"], json.loads(each["aspect"]["value"]))
            for each in server.posted  # type: ignore[attr-defined]
        ]


def test_a_server_is_sent_what_the_file_holds(ingested: Catalogued, posted: list[Fact]) -> None:
    def listed(facts: list[Fact]) -> Counter[str]:
        return Counter(json.dumps(fact, sort_keys=True) for fact in facts)

    assert not listed(ingested.facts) - listed(posted)
