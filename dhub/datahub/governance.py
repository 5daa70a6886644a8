"""Takes the catalog, gives what all data share: people, domains, tags, glossary, properties."""

from __future__ import annotations

from collections.abc import Iterator

from dhub.catalog import Catalog
from dhub.catalog.model import Property, Term
from dhub.datahub import urns
from dhub.datahub.proposals import UNDATED, Proposal, ownership, proposal, union

_ENTITIES = ("dataset", "container", "dataProduct")
_SCHEMES = {True: "INTERNAL", False: "EXTERNAL"}


def people(catalog: Catalog) -> Iterator[Proposal]:
    """Teams, and persons with the teams they are in."""
    for group in catalog.groups.values():
        info = {
            "displayName": group.title,
            "description": group.description,
            "email": group.email,
            "admins": [],
            "members": [],
            "groups": [],
        }
        yield proposal(urns.group(group.id), "corpGroupInfo", info)
    for user in catalog.users.values():
        about = {
            "active": True,
            "displayName": user.name,
            "fullName": user.name,
            "title": user.title,
            "email": user.email,
        }
        yield proposal(urns.user(user.id), "corpUserInfo", about)
        member = {"groups": [urns.group(each) for each in user.groups]}
        yield proposal(urns.user(user.id), "groupMembership", member)


def domains(catalog: Catalog) -> Iterator[Proposal]:
    """Business domains, each within its parent."""
    for each in catalog.domains.values():
        urn = urns.domain(each.id)
        parent = urns.domain(each.parent) if each.parent else None
        about = {"name": each.title, "description": each.description, "parentDomain": parent}
        yield proposal(urn, "domainProperties", about)
        yield proposal(urn, "ownership", ownership(each.owners, catalog.groups))


def tags(catalog: Catalog) -> Iterator[Proposal]:
    """Tags with their colours."""
    for each in catalog.tags.values():
        about = {"name": each.title, "description": each.description, "colorHex": each.colour}
        yield proposal(urns.tag(each.id), "tagProperties", about)


def glossary(catalog: Catalog) -> Iterator[Proposal]:
    """Chapters and terms of the business glossary."""
    for each in catalog.nodes.values():
        about = {
            "name": each.title,
            "definition": each.description,
            "parentNode": urns.node(each.parent) if each.parent else None,
        }
        yield proposal(urns.node(each.id), "glossaryNodeInfo", about)
    for term in catalog.terms.values():
        yield from _term(term)


def _term(term: Term) -> Iterator[Proposal]:
    about = {
        "name": term.title,
        "definition": term.definition,
        "parentNode": urns.node(term.node),
        "termSource": _SCHEMES[term.source is None],
        "sourceRef": term.source,
        "sourceUrl": term.url,
        "customProperties": {"values": ", ".join(term.values)} if term.values else None,
    }
    yield proposal(urns.term(term.id), "glossaryTermInfo", about)
    related = {
        "isRelatedTerms": [urns.term(each) for each in term.inherits],
        "hasRelatedTerms": [urns.term(each) for each in term.contains],
        "relatedTerms": [urns.term(each) for each in term.related],
    }
    if filled := {name: found for name, found in related.items() if found}:
        yield proposal(urns.term(term.id), "glossaryRelatedTerms", filled)


def properties(catalog: Catalog) -> Iterator[Proposal]:
    """Structured properties: what they may say, and where they are shown."""
    for each in catalog.properties.values():
        urn = urns.structured_property(each.id)
        yield proposal(urn, "propertyDefinition", _definition(each))
        shown = {
            "showInSearchFilters": True,
            "showInAssetSummary": True,
            "hideInAssetSummaryWhenEmpty": True,
            "lastModified": UNDATED,
        }
        yield proposal(urn, "structuredPropertySettings", shown)


def _definition(each: Property) -> dict[str, object]:
    allowed = [{"value": union(key), "description": text} for key, text in each.allowed.items()]
    return {
        "qualifiedName": each.id,
        "displayName": each.title,
        "description": each.description,
        "valueType": f"urn:li:dataType:datahub.{each.type}",
        "entityTypes": [f"urn:li:entityType:datahub.{entity}" for entity in _ENTITIES],
        "cardinality": "MULTIPLE" if each.many else "SINGLE",
        "allowedValues": allowed or None,
    }
