"""Takes the catalog's questions, asks them of an estate, gives their page and their answers.

`python -m manual.questions` writes the answers of the default bank for the test that holds them.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from dhub.catalog import load_catalog
from dhub.catalog.model import Question
from dhub.estate.databases import Estate
from dhub.estate.opened import open_estate
from dhub.estate.query import asked
from dhub.settings import load_settings
from dhub.verify.across import asked_across
from manual.bank import AS_OF, shown_bank
from manual.markdown import block, page, plain, table, value, wide

ANSWERS = Path(__file__).resolve().parent.parent / "tests" / "docs" / "answers.json"
LEVELS = ("easy", "medium", "hard")
_PATIENCE = 60.0


@dataclass(frozen=True)
class Answered:
    """Columns and rows, as they are printed."""

    columns: Sequence[str]
    rows: Sequence[Sequence[str | None]]


def answered(estate: Estate, each: Question) -> Answered:
    """Ask it where it says."""
    asking = (
        asked(estate, each.database, each.sql, _PATIENCE)
        if each.database
        else asked_across(estate, each.sql, _PATIENCE)
    )
    with asking as answer:
        return Answered(list(answer.columns), [list(row) for row in answer.rows])


def pages(estate: Estate) -> Iterator[tuple[str, str]]:
    """The page with its path below reference/."""
    questions = load_catalog().questions.values()
    parts = []
    for level in LEVELS:
        parts.append(f"## {level.capitalize()}")
        for each in (each for each in questions if each.level == level):
            parts += _question(each, answered(estate, each))
    across = sum(each.database is None for each in questions)
    yield (
        "questions.md",
        page(
            "Questions",
            *parts,
            lead=f"{len(questions)} questions with the SQL that answers them, {across} of them "
            "[across databases](../how-to/across-databases.md). The answers are those of the "
            f"default bank: `dhub seed all --as-of {AS_OF}`. In DataHub each stands on the "
            "*Queries* tab of the tables that it reads.",
        ),
    )


def _question(each: Question, found: Answered) -> Iterator[str]:
    yield f"### {plain(each.title)} {{ #{each.id} }}"
    places = (place.split(".") for place in each.reads)
    reads = ", ".join(
        f"[{database}.{name}](databases/{database}/{name}.md)"
        if schema == "public"
        else f"[{database}.{schema}.{name}](databases/{database}/reports.md#{name})"
        for database, schema, name in places
    )
    option = f" -d {each.database}" if each.database else ""
    yield f"Reads {reads}. Asked by `dhub db query SQL{option}`:"
    yield block(each.sql, "sql")
    yield wide(table(found.columns, ([value(cell) for cell in row] for row in found.rows)))


def main() -> int:
    """Write the answers anew, after the bank's bytes or the questions have changed."""
    with shown_bank(), open_estate(load_settings()) as estate:
        found = {
            name: vars(answered(estate, each)) for name, each in load_catalog().questions.items()
        }
    ANSWERS.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
