"""Takes the facts that an ingestion gathered, gives what a catalog will show, in numbers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dhub.datahub.records import Fact
from dhub.datahub.urns import Naming

_NAME = re.compile(r"urn:li:(?:dataset:\(urn:li:dataPlatform:|dataFlow:\()postgres,([^,]+),")


@dataclass(frozen=True)
class Seen:
    """What there is of one database; edges are of lineage, from table to table."""

    database: str
    tables: int = 0
    views: int = 0
    procedures: int = 0
    columns: int = 0
    documented: int = 0
    foreign_keys: int = 0
    edges: int = 0
    profiles: int = 0


def total(found: Sequence[Seen]) -> Seen:
    """All databases as one."""
    counted = [{key: each for key, each in vars(e).items() if key != "database"} for e in found]
    return Seen("total", **{key: sum(each[key] for each in counted) for key in counted[0]})


@dataclass(frozen=True)
class Told:
    """What there is beside: how much of it each kind is."""

    domains: int
    terms: int
    tags: int
    owners: int
    products: int
    queries: int
    contracts: int
    assertions: int
    failing: int
    dashboards: int
    pipelines: int
    incidents: int
    days_of_use: int


def seen(facts: Sequence[Fact], naming: Naming) -> list[Seen]:
    """A line for each database, in our order."""
    whose = {naming.name(ours): ours for ours in naming.names}
    counts: dict[str, Counter[str]] = {ours: Counter() for ours in naming.names}
    for fact in facts:
        if database := _database(fact.urn, whose):
            counts[database].update(_counted(fact))
    return [Seen(ours, **counted) for ours, counted in counts.items()]


def _database(urn: str, whose: Mapping[str, str]) -> str | None:
    """The database that an URN lies in, by the longest name that it begins with."""
    found = _NAME.search(urn)
    if found is None:
        return None
    name = found[1].rsplit(".", 2)[0]
    return whose.get(name)


def _counted(fact: Fact) -> dict[str, int]:
    """What one fact adds to the numbers of its database."""
    value = fact.value
    if fact.aspect == "subTypes":
        kind = {"Table": "tables", "View": "views", "Stored Procedure": "procedures"}
        return {kind[each]: 1 for each in value["typeNames"] if each in kind}
    if fact.aspect == "schemaMetadata":
        fields = value["fields"]
        documented = sum(bool(each.get("description")) for each in fields)
        keys = len(value.get("foreignKeys") or ())
        return {"columns": len(fields), "documented": documented, "foreign_keys": keys}
    if fact.aspect == "upstreamLineage":
        return {"edges": len(value["upstreams"])}
    if fact.aspect == "dataJobInputOutput":
        return {"edges": len(value["inputDatasets"]) * len(value["outputDatasets"])}
    return {"profiles": 1} if fact.aspect == "datasetProfile" else {}


def told(facts: Sequence[Fact]) -> Told:
    """What governs the data, counted."""
    kinds = Counter(fact.aspect for fact in facts)
    runs = [fact.value for fact in facts if fact.aspect == "assertionRunEvent"]
    runs.sort(key=lambda run: run["timestampMillis"])
    latest = {run["assertionUrn"]: run["result"]["type"] for run in runs}
    return Told(
        domains=kinds["domainProperties"],
        terms=kinds["glossaryTermInfo"],
        tags=kinds["tagProperties"],
        owners=kinds["corpGroupInfo"] + kinds["corpUserInfo"],
        products=kinds["dataProductProperties"],
        queries=kinds["queryProperties"],
        contracts=kinds["dataContractProperties"],
        assertions=kinds["assertionInfo"],
        failing=list(latest.values()).count("FAILURE"),
        dashboards=kinds["dashboardInfo"],
        pipelines=len({fact.urn for fact in facts if _is_pipeline(fact)}),
        incidents=kinds["incidentInfo"],
        days_of_use=kinds["datasetUsageStatistics"],
    )


def _is_pipeline(fact: Fact) -> bool:
    """Whether it is a flow of the scheduler; a schema's procedures are one, too, to the client."""
    return fact.aspect == "dataFlowInfo" and ":(airflow," in fact.urn
