"""Takes the menu as people write it and the pages there are, gives the site's configuration."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

_WRITTEN = Path(__file__).with_name("site.yml")


def configuration(pages: Sequence[str]) -> str:
    """The whole of mkdocs.yml; `pages` are all there are, in the order of the menu."""
    site = yaml.safe_load(_WRITTEN.read_text(encoding="utf-8"))
    site["nav"] = [_filled(each, pages) for each in site["nav"]]
    note = f"# Written by `make docs`; change manual/{_WRITTEN.name}.\n"
    return note + yaml.safe_dump(site, sort_keys=False, allow_unicode=True)


def _filled(entry: Any, pages: Sequence[str]) -> Any:
    if isinstance(entry, list):
        return [_filled(each, pages) for each in entry]
    if isinstance(entry, dict):
        return {title: _filled(each, pages) for title, each in entry.items()}
    return _within(entry, pages) if str(entry).endswith("/") else entry


def _within(folder: str, pages: Sequence[str]) -> list[Any]:
    """The pages of a folder; a folder within it is a menu of its own."""
    menu: list[Any] = []
    inner: dict[str, list[str]] = {}
    for page in pages:
        within, _, rest = page.removeprefix(folder).partition("/")
        if not page.startswith(folder):
            continue
        if not rest:
            menu.append(page)
            continue
        if within not in inner:
            menu.append({within: inner.setdefault(within, [])})
        inner[within].append(page)
    return menu
