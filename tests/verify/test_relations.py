"""Questions about what stands side by side: their aims, and what banks answer, damaged or not."""

from __future__ import annotations

import shutil
from argparse import Namespace
from pathlib import Path

import duckdb
import pytest

from benchmarks import relations
from benchmarks.relations import ABSENT, FEW, FLAT, QUESTIONS, SENSIBLE, WRONG, Answer, Asked

AS_OF = "2024-02-29"


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bank")
    options = Namespace(as_of=AS_OF, dhub=relations.program())
    relations.exported(options, "guide", "0.3", "5", folder)
    return folder


def test_each_question_says_what_a_real_bank_answers() -> None:
    assert len({each.id for each in QUESTIONS}) == len(QUESTIONS) > 92
    for each in QUESTIONS:
        low, high = relations.ends(each.options["aim"])
        lower, higher = relations.ends(each.options.get("flat", each.options["aim"]))
        assert lower <= low <= high <= higher, each.id


def test_a_bank_answers_all_and_most_of_them_sensibly(bank: Path) -> None:
    answers = relations.asked(bank, AS_OF)
    judged = [each.verdict for each in answers.values() if each.verdict not in (FEW, ABSENT)]
    assert len(answers) == len(QUESTIONS) and len(judged) > 92
    assert judged.count(SENSIBLE) > 0.8 * len(judged)


def test_a_bank_whose_columns_know_nothing_of_each_other_is_told(
    bank: Path, tmp_path: Path
) -> None:
    damaged = tmp_path / "bank"
    shutil.copytree(bank, damaged)
    file = damaged / "accounts_db" / "transactions.parquet"
    dice = "(hash(transaction_id) % 100000 / 100000.0)"
    duckdb.sql(f"COPY (SELECT * REPLACE (amount * 0 + exp(4 + 4 * {dice}) AS amount) FROM '{file}')"
               f" TO '{file}.new' (FORMAT parquet)")  # fmt: skip
    Path(f"{file}.new").replace(file)
    shops = [each for each in QUESTIONS if each.id.startswith("shops.")]
    answers = relations.asked(damaged, AS_OF, shops)
    judged = {name for name, each in answers.items() if each.verdict not in (FEW, ABSENT)}
    wrong = {name for name in judged if answers[name].verdict == WRONG}
    assert "shops.variance" in wrong
    assert 2 * len(wrong) >= len(judged), sorted(judged - wrong)


def test_what_a_table_has_no_column_for_is_told_and_not_judged(bank: Path, tmp_path: Path) -> None:
    old = tmp_path / "bank"
    shutil.copytree(bank, old)
    file = old / "accounts_db" / "transactions.parquet"
    duckdb.sql(f"COPY (SELECT * EXCLUDE (mcc) FROM '{file}') TO '{file}.new' (FORMAT parquet)")
    Path(f"{file}.new").replace(file)
    (question,) = (each for each in QUESTIONS if each.id == "shops.codes")
    answer = relations.asked(old, AS_OF, [question])[question.id]
    assert answer.verdict == ABSENT and '"mcc"' in answer.note


def test_seeds_are_told_by_the_median_of_those_with_enough_rows() -> None:
    (question,) = (each for each in QUESTIONS if each.id == "shops.coffee")  # aim 4 8, flat 3 12
    answers = [
        Answer(found, n, relations.verdict(question, found, n))
        for found, n in ((5.0, 90), (9.0, 80), (90.0, 70), (0.1, 3))
    ]
    banks = [
        Asked("guide", "1", str(seed), {question.id: each}) for seed, each in enumerate(answers)
    ]
    verdicts = [bank.answers[question.id].verdict for bank in banks]
    assert verdicts == [SENSIBLE, FLAT, WRONG, FEW]
    assert relations.of_seeds(question, banks) == Answer(9.0, 70, FLAT)
    assert f"| {question.title} | 4–8 | 9 (flat) |" in list(relations.page([], banks))
