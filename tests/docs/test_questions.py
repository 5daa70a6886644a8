"""The questions: each is answered, reads what it says, and the answers are those that are told."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
import sqlglot
from sqlglot import exp
from verifying.bank import seeded

from dhub.catalog import load_catalog
from dhub.catalog.model import Question
from dhub.datahub.records import Fact
from dhub.datahub.servers import names_of, servers_of
from dhub.datahub.urns import Naming
from dhub.estate.databases import Estate
from dhub.flow.request import Request
from manual.bank import AS_OF
from manual.questions import ANSWERS, LEVELS, answered, pages

QUESTIONS = load_catalog().questions
TOLD: dict[str, Any] = json.loads(ANSWERS.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def default_bank(make_migrated: Callable[[], Estate]) -> Estate:
    """The bank that the answers are of."""
    return seeded(make_migrated, Request(as_of=AS_OF))


@pytest.mark.parametrize("name", QUESTIONS)
def test_the_answer_is_the_one_that_is_told(name: str, default_bank: Estate) -> None:
    found = answered(default_bank, QUESTIONS[name])
    assert vars(found) == TOLD[name], "other bytes? `make questions` writes the answers anew"
    assert 1 < len(found.rows) <= 10


def test_there_are_twenty_from_easy_to_hard_and_a_third_are_across_databases() -> None:
    levels = [each.level for each in QUESTIONS.values()]
    assert len(levels) >= 20 and min(map(levels.count, LEVELS)) >= 5
    across = [each for each in QUESTIONS.values() if each.database is None]
    assert len(across) * 3 >= len(levels) - 1 and min(len(each.databases) for each in across) >= 2
    assert TOLD.keys() == QUESTIONS.keys()


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_question_reads_what_it_says(name: str) -> None:
    assert named(QUESTIONS[name]) == set(QUESTIONS[name].reads)


def named(question: Question) -> set[str]:
    """The tables in the SQL, as a parser sees them, common table expressions left out."""
    parsed = sqlglot.parse_one(question.sql, dialect="postgres" if question.database else "duckdb")
    own = {each.alias for each in parsed.find_all(exp.CTE)}
    found = {(each.db, each.name) for each in parsed.find_all(exp.Table)} - {("", x) for x in own}
    if question.database:
        return {f"{question.database}.{schema or 'public'}.{table}" for schema, table in found}
    return {f"{database}.public.{table}" for database, table in found}


def test_the_page_shows_each_with_its_answer(default_bank: Estate) -> None:
    ((path, text),) = pages(default_bank)
    assert path == "questions.md"
    for name, each in QUESTIONS.items():
        shown = text.split(f"{{ #{name} }}")[1].split("\n### ")[0]
        assert each.sql.strip() in shown
        last = TOLD[name]["rows"][-1]
        assert all(f"<code>{cell}</code>" in shown for cell in last if cell and "&" not in cell)


def test_datahub_has_each_as_a_query_of_what_it_reads(told: list[Fact], shown_bank: Estate) -> None:
    """What it is told; an ingestion writes just that, and what is named there is there."""
    subjects = {fact.urn: fact.value for fact in told if fact.aspect == "querySubjects"}
    naming = Naming(names_of(servers_of(shown_bank)))
    # Those of the teams are fiction of use.
    about = {
        fact.urn: fact.value
        for fact in told
        if fact.aspect == "queryProperties"
        and not fact.value["description"].startswith("Asked by ")
    }
    found = {
        (each["name"], each["statement"]["value"]): {
            subject["entity"] for subject in subjects[urn]["subjects"]
        }
        for urn, each in about.items()
    }
    assert found == {
        (each.title, each.sql.strip()): {naming.dataset(*place.split(".")) for place in each.reads}
        for each in QUESTIONS.values()
    }
