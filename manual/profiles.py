"""Takes the profiles that come with dhub, gives a page for each with all of its figures."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from dhub.cli.profile import _text
from dhub.profiles import Figure, load_profile
from dhub.profiles.loader import SHIPPED
from dhub.verify.run import catalogue
from manual.checks import anchor
from manual.markdown import code, page, plain, table


def pages() -> Iterator[tuple[str, str]]:
    """Each page with its path below reference/."""
    yield "profiles/index.md", _index()
    for name in SHIPPED:
        yield f"profiles/{name}.md", _profile(name)


def _index() -> str:
    rows = []
    for name in SHIPPED:
        figures = list(load_profile(name).figures())
        sources = sorted({each.source for each in figures})
        counts = ", ".join(f"{sum(e.source == s for e in figures)} {s}" for s in sources)
        rows.append((f"[{name}]({name}.md)", len(figures), counts))
    return page(
        "Profiles",
        table(("profile", "figures", "by source"), rows),
        lead="A profile holds every figure of the bank, each with its source; where no source "
        "states one, it is *assumed*. [One of your own](../../how-to/own-profile.md) "
        "states what differs.",
    )


def _profile(name: str) -> str:
    checked = {each.id: each.section for each in catalogue()}
    parts = []
    for section, figures in groupby(
        load_profile(name).figures(), key=lambda each: each.path.partition(".")[0]
    ):
        parts += [f"## {section}", table(_HEAD, (_figure(each, checked) for each in figures))]
    return page(f"Profile {name}", *parts, lead=f"Every figure of `{name}`, with its source.")


_HEAD = ("figure", "value", "source")


def _figure(each: Figure, checked: dict[str, str]) -> tuple[str, str, str]:
    """The path leads to the check that holds the bank to it, if there is one."""
    path = code(each.path)
    if section := checked.get(each.path):
        path = f"[{path}](../checks/{section}.md#{anchor(each.path)})"
    return path, plain(_text(each.value)), each.source
