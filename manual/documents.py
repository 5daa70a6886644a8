"""Takes the shown bank, gives the page of the JSON documents: one of each, as it was printed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from manual.bank import SEEDING, Shown
from manual.markdown import block, page

_MOST = 2  # entries of a list, or of a table by name, that are shown
_NAMED = 8  # keys beyond which a table is one by name

# In this order; what changes the bank comes last.
ASKED: Sequence[tuple[str, ...]] = (
    ("seed", "all", "--dry-run", "--as-of", "2026-11-20", "--scale", "0.1"),
    ("seed", "status"),
    ("verify",),
    ("verify", "--digest"),
    ("db", "init"),
    ("db", "tables"),
    ("db", "url"),
    ("db", "refresh"),
    ("profile", "list"),
    ("profile", "show"),
    ("server", "status"),
    ("export", "bank", "--format", "csv", "--scale", "0.05", "--as-of", "2026-11-20"),
    ("warehouse", "export", "star", "--format", "csv", "--scale", "0.05", "--as-of", "2026-11-20"),
    ("plaid", "generate", "outside", "--users", "20"),
    ("plaid", "validate", "outside"),
    ("plaid", "load", "outside", "--into", "outside.db"),
    ("warehouse", "build"),
    ("seed", "resume"),
    ("seed", "clear", "--confirm"),
)


_COMMAND = {"verify": 1, "export": 1}  # words of a command that is in no group
_OTHER = ("--dry-run", "--digest")  # options with which a command prints another document


def pages(bank: Shown) -> Iterator[tuple[str, str]]:
    """The page with its path below reference/."""
    parts = _document(SEEDING, bank.seeding, bank)
    for words in ASKED:
        parts += _document(words, bank.json(*words), bank)
    parts += ["## manifest.json of an export { #manifest }", _shown(_manifest(bank), bank)]
    yield (
        "json.md",
        page(
            "JSON documents",
            *parts,
            lead="What `--json` prints: one document on standard output, and nothing else there. "
            "Names are never changed or taken away; new ones may be added. Long lists are "
            "shown by their first entries, `…` stands for the others. Where numbers of "
            "`dhub verify` need words, they [stand apart](../verify-json.md).",
        ),
    )


def _document(words: Sequence[str], document: Any, bank: Shown) -> list[str]:
    name = " ".join(
        ("dhub", *words[: _COMMAND.get(words[0], 2)], *(w for w in words if w in _OTHER))
    )
    title = f"## {name} {{ #{name.replace(' ', '-')} }}"
    return [title, block(" ".join(["dhub", *words, "--json"]), "bash"), _shown(document, bank)]


def _manifest(bank: Shown) -> Any:
    return json.loads((Path(bank.folder) / "bank" / "manifest.json").read_text(encoding="utf-8"))


def _shown(document: Any, bank: Shown) -> str:
    text = json.dumps(_short(document), indent=2, ensure_ascii=False, default=str)
    return block(text.replace(str(bank.folder), "/home/you").replace('"…": "…"', "…"), "json")


def _short(value: Any) -> Any:
    """The same with long lists and tables by name cut."""
    if isinstance(value, list):
        return [_short(each) for each in value[:_MOST]] + ["…"] * (len(value) > _MOST)
    if isinstance(value, dict):
        by_name = len(value) > _NAMED and len({type(each) for each in value.values()}) == 1
        kept = dict(list(value.items())[: _MOST if by_name else None])
        return {key: _short(each) for key, each in kept.items()} | ({"…": "…"} if by_name else {})
    if isinstance(value, str) and len(value) > 100:
        return value[:99] + "…"
    return value
