"""Takes a scene, gives what people decided: a report that ends, links, owners, words in dispute."""

from __future__ import annotations

from collections.abc import Iterator

from dhub.catalog.model import Table
from dhub.datahub import urns
from dhub.datahub.proposals import UNDATED, Proposal, ownership, proposal
from dhub.datahub.used.scene import DAYS, Scene

NODE = "proposed"


def governance(scene: Scene) -> Iterator[Proposal]:
    """The report that will be switched off, pages of the manual, and proposed words."""
    yield _deprecated(scene)
    yield from _links(scene)
    yield from _proposed(scene)


def _deprecated(scene: Scene) -> Proposal:
    told = scene.use.stories.deprecated
    ends = scene.at(0) + told.days_left * 86_400_000
    about = {
        "deprecated": True,
        "decommissionTime": ends,
        "note": told.note,
        "actor": urns.user(scene.team(told.team)[0].user),
        "replacement": scene.dataset(told.successor),
    }
    return proposal(scene.dataset(told.table), "deprecation", about)


def _links(scene: Scene) -> Iterator[Proposal]:
    """What is under contract leads to its page of the manual, and each database to its own."""
    for database, table in scene.catalog.tables():
        if table.contract:
            page = f"reference/databases/{database.name}/{_page(table)}"
            title = f"{table.name} in the data dictionary"
            yield _link(
                scene, scene.dataset(f"{database.name}.{table.schema}.{table.name}"), page, title
            )
    for name in scene.catalog.databases:
        page = f"reference/databases/{name}/"
        yield _link(scene, scene.naming.container(name), page, "The database in the manual")


def _page(table: Table) -> str:
    return f"{table.name}/" if table.schema == "public" else f"reports/#{table.name}"


def _link(scene: Scene, urn: str, page: str, title: str) -> Proposal:
    made = scene.stamp(scene.at(DAYS + 90, 11))
    element = {"url": f"{scene.manual}{page}", "description": title, "createStamp": made}
    return proposal(urn, "institutionalMemory", {"elements": [element]})


def _proposed(scene: Scene) -> Iterator[Proposal]:
    """Words that no report may use yet."""
    about = {
        "name": "Proposed",
        "definition": "Words that teams use in several ways, until they agree on one.",
    }
    yield proposal(urns.node(NODE), "glossaryNodeInfo", about)
    for term in scene.use.stories.proposed_terms:
        info = {
            "name": term.title,
            "definition": term.definition,
            "parentNode": urns.node(NODE),
            "termSource": "INTERNAL",
            "customProperties": {"state": "proposed"},
        }
        yield proposal(urns.term(term.id), "glossaryTermInfo", info)
        if term.related:
            related = {"relatedTerms": [urns.term(each) for each in term.related]}
            yield proposal(urns.term(term.id), "glossaryRelatedTerms", related)


def before(scene: Scene) -> Iterator[Proposal]:
    """Who owned it until another team took over: told first, so that the catalogue keeps it."""
    told = scene.use.stories.handed_over
    database, schema, table = told.table.split(".")
    owners = scene.catalog.databases[database].tables[f"{schema}.{table}"].owners
    value = ownership({**owners, told.role: told.before}, scene.catalog.groups)
    value["lastModified"] = UNDATED | {"time": scene.at(DAYS + 200, 9)}
    yield proposal(scene.dataset(told.table), "ownership", value)
