"""Takes a file of the client's records, gives them as facts: an entity, an aspect, its value."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple


class Fact(NamedTuple):
    """One aspect of one entity."""

    urn: str
    aspect: str
    value: dict[str, Any]


def read(path: Path) -> list[Fact]:
    """The facts of a file that the client wrote or may read."""
    return list(facts(json.loads(path.read_text(encoding="utf-8"))))


def facts(records: Iterable[dict[str, Any]]) -> Iterator[Fact]:
    """The facts of records; a snapshot, which is the client's older form, holds several."""
    for record in records:
        if "proposedSnapshot" in record:
            (snapshot,) = record["proposedSnapshot"].values()
            for aspect in snapshot["aspects"]:
                ((name, value),) = aspect.items()
                yield Fact(snapshot["urn"], _aspect(name), value)
        else:
            value = record["aspect"]
            yield Fact(record["entityUrn"], record["aspectName"], value.get("json", value))


def _aspect(name: str) -> str:
    """`com.linkedin.pegasus2avro.schema.SchemaMetadata` is the aspect schemaMetadata."""
    word = name.rpartition(".")[2]
    return word[:1].lower() + word[1:]


def urns_in(value: Any) -> Iterator[str]:
    """Every string in a value that is an URN, keys of mappings left out."""
    if isinstance(value, str):
        if value.startswith("urn:li:"):
            yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from urns_in(each)
    elif isinstance(value, list):
        for each in value:
            yield from urns_in(each)


# What every DataHub has, or makes on its own when it is named.
_EVERYWHERE = (
    "urn:li:dataPlatform:postgres",
    "urn:li:dataPlatform:airflow",
    "urn:li:dataPlatform:superset",
    "urn:li:dataPlatformInstance:",
    "urn:li:dataType:",
    "urn:li:entityType:",
    "urn:li:ownershipType:__system__",
    "urn:li:corpuser:datahub",
    "urn:li:corpuser:_ingestion",
    "urn:li:corpuser:unknown",
)


def dangling(told: Iterable[Fact]) -> dict[str, str]:
    """URNs that are named and not there, each with an entity that names it.

    A column is there when its table's schema has it; all else when something is told of it.
    """
    told = list(told)
    there = {each.urn for each in told} | set(columns_of(told))
    missing: dict[str, str] = {}
    for each in told:
        for urn in urns_in(each.value):
            if urn not in there and not urn.startswith(_EVERYWHERE):
                missing.setdefault(urn, each.urn)
        for urn in _edited(each):
            if urn not in there:
                missing.setdefault(urn, each.urn)
    return missing


def columns_of(told: Iterable[Fact]) -> Iterator[str]:
    """The URNs of all columns that the schemas have."""
    for each in told:
        if each.aspect == "schemaMetadata":
            yield from (field(each.urn, column["fieldPath"]) for column in each.value["fields"])


def field(dataset: str, path: str) -> str:
    return f"urn:li:schemaField:({dataset},{path})"


def _edited(fact: Fact) -> Iterator[str]:
    """Columns that are named by their path alone."""
    if fact.aspect == "editableSchemaMetadata":
        for each in fact.value["editableSchemaFieldInfo"]:
            yield field(fact.urn, each["fieldPath"])
