"""Writes docs/reference and mkdocs.yml: `python -m manual`."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from dhub.bank import BANK
from dhub.catalog import load_catalog
from dhub.estate.databases import open_estate
from dhub.settings import load_settings
from dhub.verify.run import verify
from manual import checks, commands, databases, documents, er, glossary, profiles, questions
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
        told = _told()
        with open_estate(load_settings()) as estate:
            pages = dict(questions.pages(estate)) | dict(_pages(told, bank))
        for path, text in pages.items():
            _write(target / path, text)
        _draw(told, target / "pictures")
    _write(docs.parent / "mkdocs.yml", configuration([*_by_hand(docs), *_made(pages)]))
    return 0


def _made(pages: Iterable[str]) -> list[str]:
    return [f"{REFERENCE}/{each}" for each in pages]


def _by_hand(docs: Path) -> list[str]:
    """The pages that people write, by name."""
    found = sorted(each.relative_to(docs).as_posix() for each in docs.rglob("*.md"))
    return [each for each in found if not each.startswith(f"{REFERENCE}/")]


def _told() -> databases.Told:
    with open_estate(load_settings()) as estate:
        schema = {domain.database: relations(estate, domain.database) for domain in BANK}
        return databases.Told(BANK, load_catalog(), schema, verify(estate, BANK))


def _pages(told: databases.Told, bank: Shown) -> Iterator[tuple[str, str]]:
    yield from commands.pages()
    yield from databases.pages(told)
    yield from profiles.pages()
    yield from checks.pages(told.result)
    yield from glossary.pages(told.catalog)
    yield from documents.pages(bank)


def _draw(told: databases.Told, folder: Path) -> None:
    folder.mkdir()
    list(er.draw(er.of_estate(told.catalog), folder, "estate"))
    for domain in told.bank:
        source = er.of_database(told.catalog, domain.database, told.schema)
        list(er.draw(source, folder, domain.database))


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
