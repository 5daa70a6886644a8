"""Takes the catalog, gives the page of its business glossary."""

from __future__ import annotations

from collections.abc import Iterator

from dhub.catalog import Catalog
from dhub.catalog.model import Term
from manual.markdown import page, plain


def pages(catalog: Catalog) -> Iterator[tuple[str, str]]:
    """The page with its path below reference/."""
    parts = []
    for node in catalog.nodes.values():
        terms = [each for each in catalog.terms.values() if each.node == node.id]
        if terms:
            parts += [f"## {node.title}", plain(node.description)]
            parts += [part for each in terms for part in _term(catalog, each)]
    yield "glossary.md", page("Glossary", *parts, lead="What the words of the bank mean.")


def _term(catalog: Catalog, each: Term) -> Iterator[str]:
    yield f"### {plain(each.title)} {{ #{each.id} }}"
    yield plain(each.definition)
    if each.values:
        yield "In the data: " + ", ".join(map(plain, each.values)) + "."
    near = [*each.inherits, *each.contains, *each.related]
    if near:
        links = [f"[{plain(catalog.terms[name].title)}](#{name})" for name in near]
        yield "See also " + ", ".join(links) + "."
    if each.source:
        yield (
            f"Source: [{plain(each.source)}]({each.url})"
            if each.url
            else f"Source: {plain(each.source)}"
        )
