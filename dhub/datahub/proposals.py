"""Takes an URN, the name of an aspect and its value, gives a proposal as DataHub's files hold it.

Plain dictionaries: the client checks them when it reads them, and nothing has to be installed to
write them (docs/decisions/0016).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from dhub.catalog.model import Role, Value
from dhub.datahub import urns

Proposal = dict[str, Any]

ACTOR = "urn:li:corpuser:datahub"  # the account every DataHub has
# No time: what was declared has none, and files of the same bank are the same bytes.
UNDATED = {"time": 0, "actor": ACTOR}

# What the client adds to an aspect that it reads: stated here, so that every way to DataHub (a file
# of ours, an ingestion, a pack) holds the same values.
_NO_PROPERTIES: dict[str, Any] = {"customProperties": {}}
_WHOLE = {"partitionSpec": {"partition": "FULL_TABLE_SNAPSHOT", "type": "FULL_TABLE"}}
_STATED: Mapping[str, Mapping[str, Any]] = {
    "assertionRunEvent": _WHOLE,
    "chartInfo": _NO_PROPERTIES,
    "chartUsageStatistics": _WHOLE,
    "corpUserInfo": _NO_PROPERTIES | {"system": False},
    "dashboardInfo": _NO_PROPERTIES | {"dashboards": []},
    "dashboardUsageStatistics": _WHOLE,
    "dataContractStatus": _NO_PROPERTIES,
    "dataProcessInstanceRunEvent": _WHOLE,
    "dataProductProperties": _NO_PROPERTIES,
    "datasetUsageStatistics": _WHOLE,
    "domainProperties": _NO_PROPERTIES,
    "glossaryNodeInfo": _NO_PROPERTIES,
    "glossaryTermInfo": _NO_PROPERTIES,
    "operation": _WHOLE,
    "ownership": {"ownerTypes": {}},
    "propertyDefinition": {"immutable": False},
    "queryProperties": _NO_PROPERTIES,
    "structuredPropertySettings": {
        "isHidden": False,
        "showAsAssetBadge": False,
        "showInColumnsTable": False,
    },
}

_OWNERSHIP: Mapping[Role, tuple[str, str]] = {
    "business": ("BUSINESS_OWNER", "urn:li:ownershipType:__system__business_owner"),
    "technical": ("TECHNICAL_OWNER", "urn:li:ownershipType:__system__technical_owner"),
    "steward": ("DATA_STEWARD", "urn:li:ownershipType:__system__data_steward"),
}


def proposal(urn: str, aspect: str, value: Mapping[str, Any]) -> Proposal:
    """One aspect of one entity; entries that are None are left out."""
    stated = {**_STATED.get(aspect, {}), **{k: v for k, v in value.items() if v is not None}}
    return {
        "entityType": urn.split(":")[2],
        "entityUrn": urn,
        "changeType": "UPSERT",
        "aspectName": aspect,
        "aspect": {"json": stated},
    }


def ownership(owners: Mapping[Role, str], groups: Iterable[str]) -> dict[str, Any]:
    """Who answers for it; an owner that is no group is a user."""
    known = set(groups)
    listed = [
        {
            "owner": urns.group(name) if name in known else urns.user(name),
            "type": _OWNERSHIP[role][0],
            "typeUrn": _OWNERSHIP[role][1],
        }
        for role, name in owners.items()
    ]
    return {"owners": listed, "lastModified": UNDATED}


def tags(names: Iterable[str]) -> dict[str, Any]:
    return {"tags": [{"tag": urns.tag(name)} for name in names]}


def terms(names: Iterable[str]) -> dict[str, Any]:
    return {"terms": [{"urn": urns.term(name)} for name in names], "auditStamp": UNDATED}


def domains(name: str) -> dict[str, Any]:
    return {"domains": [urns.domain(name)]}


def structured(properties: Mapping[str, tuple[Value, ...]]) -> dict[str, Any]:
    """Values of structured properties, in the client's union of text and number."""
    return {
        "properties": [
            {
                "propertyUrn": urns.structured_property(name),
                "values": [union(each) for each in values],
            }
            for name, values in properties.items()
        ]
    }


def union(value: Value) -> dict[str, Value]:
    return {"string": value} if isinstance(value, str) else {"double": float(value)}


def governed(urn: str, each: Any, groups: Iterable[str]) -> Iterator[Proposal]:
    """Domain, owners, terms, tags and properties of whatever the catalog gives them to."""
    yield proposal(urn, "domains", domains(each.domain))
    yield proposal(urn, "ownership", ownership(each.owners, groups))
    if each.terms:
        yield proposal(urn, "glossaryTerms", terms(each.terms))
    if each.tags:
        yield proposal(urn, "globalTags", tags(each.tags))
    if each.properties:
        yield proposal(urn, "structuredProperties", structured(each.properties))
