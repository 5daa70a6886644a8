"""Questions across databases: answered as PostgreSQL would, and they can only read."""

from __future__ import annotations

from contextlib import AbstractContextManager

import pytest
from fixtures.command import Dhub
from fixtures.server import variables

from dhub.errors import DatabaseFailed, DhubError, Refused, UsageError
from dhub.estate.databases import Estate
from dhub.estate.query import Answer, asked
from dhub.verify.across import asked_across


def answer(asks: AbstractContextManager[Answer]) -> tuple[tuple[str, ...], list[object]]:
    with asks as found:
        return found.columns, list(found.rows)


def ask(estate: Estate, query: str, timeout: float = 60) -> list[object]:
    return answer(asked_across(estate, query, timeout))[1]


def test_two_databases_answer_as_one(shown_bank: Estate) -> None:
    query = """
        SELECT c.customer_number, count(*) FROM loans_db.loans l
        JOIN accounts_db.customers c ON c.customer_id = l.customer_id
        GROUP BY 1 ORDER BY 1"""
    joined = ask(shown_bank, query)
    loans = "SELECT customer_id, count(*) FROM loans GROUP BY 1"
    apart = dict(answer(asked(shown_bank, "loans_db", loans, 20))[1])
    numbers = dict(
        answer(
            asked(
                shown_bank, "accounts_db", "SELECT customer_id, customer_number FROM customers", 20
            )
        )[1]
    )
    assert joined == sorted((numbers[key], count) for key, count in apart.items())
    assert len(joined) > 10


@pytest.mark.parametrize(
    ("database", "table"),
    [("accounts_db", "transactions"), ("loans_db", "loans"), ("compliance_db", "compliance_rules")],
)
def test_every_value_is_written_as_postgresql_writes_it(
    shown_bank: Estate, database: str, table: str
) -> None:
    columns, rows = answer(
        asked_across(shown_bank, f"SELECT * FROM {database}.{table} ORDER BY 1", 60)
    )
    there, plain = answer(asked(shown_bank, database, f"SELECT * FROM {table} ORDER BY 1", 60))
    assert columns == there
    assert rows == plain


def test_columns_that_are_not_named_are_there_when_they_are_meant(shown_bank: Estate) -> None:
    for query in (
        "FROM loans_db.loans LIMIT 1",
        "TABLE loans_db.loans",
        "SELECT COLUMNS(*) FROM loans_db.loans LIMIT 1",
        'SELECT * FROM "loans_db"."loans" LIMIT 1',
        "SELECT l.* FROM LOANS_DB.Loans l LIMIT 1",
    ):
        assert len(answer(asked_across(shown_bank, query, 60))[0]) > 10, query


def test_what_has_no_name_is_called_by_its_function(shown_bank: Estate) -> None:
    what = "count(*), sum(outstanding_balance), max(loan_id) AS last"
    ours = answer(asked_across(shown_bank, f"SELECT {what} FROM loans_db.loans", 60))
    assert ours == answer(asked(shown_bank, "loans_db", f"SELECT {what} FROM loans", 60))
    assert ours[0] == ("count", "sum", "last")


REFUSED: list[tuple[str, type[DhubError], str]] = [
    ("DELETE FROM accounts_db.customers", Refused, "DELETE is refused"),
    ("ATTACH 'x.db'", Refused, "ATTACH is refused"),
    ("PRAGMA database_list", Refused, "PRAGMA is refused"),
    ("INSTALL httpfs", Refused, "INSTALL is refused"),
    ("COPY accounts_db.customers TO '/tmp/out.csv'", Refused, "COPY is refused"),
    ("SELECT 1; SELECT 2", UsageError, "one statement"),
    ("SELECT count(*) FROM customers", UsageError, "accounts_db.customers"),
    ("SELECT * FROM nowhere_db.customers", UsageError, "accounts_db.customers"),
    ("SELECT * FROM loans_db.reporting.loan_tape", UsageError, "-d loans_db"),
    ("SELECT * FROM loans_db.nothing", UsageError, "nothing"),
    ("SELECT nothing FROM loans_db.loans", UsageError, "nothing"),
    ("SELEC FROM loans_db.loans", Refused, "SELEC"),
    ("SELECT FROM loans_db.loans WHERE", UsageError, "DuckDB"),
    (
        "SELECT * FROM loans_db.loans, read_csv('/etc/passwd')",
        UsageError,
        "disabled",
    ),
    ("SELECT * FROM loans_db.loans, '/etc/passwd'", UsageError, "passwd"),
    (
        "SELECT * FROM loans_db.loans, read_text('/etc/passwd')",
        UsageError,
        "disabled",
    ),
]


@pytest.mark.parametrize(("query", "kind", "word"), REFUSED)
def test_what_cannot_be_asked_is_told(
    shown_bank: Estate, query: str, kind: type[DhubError], word: str
) -> None:
    with pytest.raises(kind) as caught:
        ask(shown_bank, query)
    assert word in str(caught.value)


def test_a_question_that_takes_too_long_is_cancelled(shown_bank: Estate) -> None:
    query = "SELECT sum(a.amount * b.amount) FROM {0} a, {0} b, {0} c"
    with pytest.raises(DatabaseFailed, match="longer than 0.5 s"):
        ask(shown_bank, query.format("accounts_db.transactions"), 0.5)


def test_large_answers_spill_and_come_whole(shown_bank: Estate) -> None:
    query = "SELECT s1.schedule_id, s2.schedule_id FROM {0} s1, {0} s2 WHERE s2.schedule_id <= 40"
    found = ask(shown_bank, query.format("loans_db.repayment_schedule") + " ORDER BY 1, 2")
    assert len(found) > 100_000
    assert found == sorted(found, key=lambda row: tuple(map(int, row)))  # type: ignore[call-overload]


def test_the_command_answers_without_a_database(dhub: Dhub, shown_bank: Estate) -> None:
    query = (
        "SELECT count(*) AS n FROM loans_db.loans"
        " JOIN customer_db.customer_profiles USING (customer_id)"
    )
    env = variables(shown_bank)
    found = dhub("db", "query", query, "--format", "json", env=env)
    ((count,),) = ask(shown_bank, "SELECT count(*) FROM loans_db.loans")
    assert (found.code, found.json) == (0, [{"n": int(str(count))}])
    refused = dhub("db", "query", "DROP TABLE loans_db.loans", env=env)
    assert (refused.code, refused.out) == (3, "")
    without = dhub("db", "query", "SELECT 1", env=env)
    assert without.code == 2 and "-d" in without.err
