"""Writes docs/reference and mkdocs.yml: `python -m manual`."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from dhub.bank import BANK
from dhub.catalog import Catalog, load_catalog
from dhub.estate.opened import open_estate
from dhub.settings import load_settings
from dhub.verify.run import verify
from manual import (
    checks,
    commands,
    databases,
    documents,
    er,
    glossary,
    plaid,
    profiles,
    questions,
    statements,
)
from manual.bank import Shown, shown_bank
from manual.nav import configuration
from manual.schema import relations

REFERENCE = "reference"
_DOCS = Path(__file__).resolve().parent.parent / "docs"


def main(docs: Path = _DOCS) -> int:
    """Make all pages anew, then the menu of the site."""
    target = docs / REFERENCE
    shutil.rmtree(target, ignore_errors=True)
    with shown_bank() as bank:
        told = _told(target / "pictures")
        with open_estate(load_settings()) as estate:
            pages = dict(questions.pages(estate)) | dict(_pages(told, bank))
        for path, text in pages.items():
            _write(target / path, text)
    _write(docs.parent / "mkdocs.yml", configuration([*_by_hand(docs), *_made(pages)]))
    return 0


def _made(pages: Iterable[str]) -> list[str]:
    return [f"{REFERENCE}/{each}" for each in pages]


def _by_hand(docs: Path) -> list[str]:
    """The pages that people write, by name."""
    found = sorted(each.relative_to(docs).as_posix() for each in docs.rglob("*.md"))
    return [each for each in found if not each.startswith(f"{REFERENCE}/")]


def _told(pictures: Path) -> databases.Told:
    catalog = load_catalog()
    with open_estate(load_settings()) as estate:
        schema = {domain.database: relations(estate, domain.database) for domain in BANK}
        widths = _draw(catalog, schema, pictures)
        return databases.Told(BANK, catalog, schema, verify(estate, BANK), widths)


def _pages(told: databases.Told, bank: Shown) -> Iterator[tuple[str, str]]:
    yield from commands.pages()
    yield from databases.pages(told)
    yield from plaid.pages()
    yield from profiles.pages()
    yield from statements.pages()
    yield from checks.pages(told.result)
    yield from glossary.pages(told.catalog)
    yield from documents.pages(bank)


def _draw(catalog: Catalog, schema: er.Schema, folder: Path) -> dict[str, int]:
    """The diagrams; gives their widths."""
    folder.mkdir(parents=True)
    sources = {each: er.of_database(catalog, each, schema) for each in schema}
    sources["estate"] = er.of_estate(catalog)
    return {name: er.draw(source, folder, name) for name, source in sources.items()}


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
