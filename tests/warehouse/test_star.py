"""A star beside the six databases of the same run: asked in SQL, over files, nothing differs."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
from verifying.lives import remembered
from warehouse.questions import EQUATIONS, KEYS, RECURRING, RULES, TRUTH

from dhub.bank import BANK
from dhub.errors import Fault
from dhub.flow.encode import founded
from dhub.flow.export import export as export_bank
from dhub.flow.plan import Plan, make_plan
from dhub.flow.request import Request
from dhub.others import WAREHOUSE
from dhub.warehouse import equations
from dhub.warehouse.export import export
from dhub.world.star.days import calendar

# Everyday, and certificates and securities to many.
PAPERS = Path(__file__).with_name("papers.toml")
TODAY = dt.date(2026, 11, 20)
# A leap day, the first day of a year, the middle and the first of a month, the end of another.
CASES = (
    ("guide", "700", "42", "2026-01-01"),
    ("guide", "300", "7", "2024-02-29"),
    ("everyday", "120", "3", "2025-07-15"),
    ("papers", "200", "11", "2023-03-01"),
    ("warehouse", "150", "42", "2026-01-01"),
    ("warehouse", "100", "9", "2024-02-29"),
    ("requirements", "400", "1", "2025-05-31"),
)


def planned(profile: str, customers: str, seed: str, as_of: str, star: bool = True) -> Plan:
    profile = str(PAPERS) if profile == "papers" else profile
    asked = Request(customers=customers, seed=seed, as_of=as_of, profile=profile)
    return make_plan(asked, WAREHOUSE if star else BANK, TODAY)


def opened(star: Path, bank: Path, as_of: str) -> duckdb.DuckDBPyConnection:
    """Both as tables of one connection, read once; the bank's are in schemas."""
    db = duckdb.connect()
    db.execute("SET threads = 1")
    db.execute("SET TimeZone = 'UTC'")
    for path in (*star.glob("*.parquet"), *star.glob("ground_truth/*.parquet")):
        db.execute(f"CREATE TABLE {path.stem} AS SELECT * FROM '{path}'")
    for path in bank.glob("*/*.parquet"):
        db.execute(f"CREATE SCHEMA IF NOT EXISTS {path.parent.name}")
        db.execute(f"CREATE TABLE {path.parent.name}.{path.stem} AS SELECT * FROM '{path}'")
    db.execute(f"CREATE MACRO as_of() AS DATE '{as_of}'")
    return db


@pytest.fixture(scope="module", params=CASES, ids="-".join)
def star(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[duckdb.DuckDBPyConnection]:
    root = tmp_path_factory.mktemp("star")
    with remembered(1):
        export(planned(*request.param), root / "star", "parquet", workers=1)
        export_bank(planned(*request.param, star=False), root / "bank", "parquet", workers=1)
    with opened(root / "star", root / "bank", request.param[3]) as db:
        yield db


Rows = list[tuple[object, ...]]


def ask(db: duckdb.DuckDBPyConnection, question: str) -> Rows:
    return db.execute(f"SELECT * FROM ({question.replace(':as_of', 'as_of()')}) LIMIT 3").fetchall()


def broken(db: duckdb.DuckDBPyConnection, questions: Mapping[str, str]) -> dict[str, Rows]:
    """The questions that find something, by name."""
    return {name: rows for name, each in questions.items() if (rows := ask(db, each))}


def test_equations_hold(star: duckdb.DuckDBPyConnection) -> None:
    assert broken(star, EQUATIONS) == {}


def test_rules_hold(star: duckdb.DuckDBPyConnection) -> None:
    assert broken(star, RULES) == {}


def test_what_recurs_is_told_by_the_rule(star: duckdb.DuckDBPyConnection) -> None:
    assert ask(star, RECURRING) == []


def test_the_truth_is_that_of_the_bank(star: duckdb.DuckDBPyConnection) -> None:
    assert ask(star, TRUTH) == []


def test_there_is_something_of_everything(star: duckdb.DuckDBPyConnection) -> None:
    """No question is answered by an empty table."""
    for table in (*KEYS, "cross_sell"):
        assert ask(star, f"SELECT 1 FROM {table}"), table
    shops, plans, products = star.execute(
        "SELECT count(*), count(*) FILTER (is_subscription AND merchant_name IN "
        "('Netflix', 'Spotify')), (SELECT count(*) FROM dim_product) FROM dim_merchant"
    ).fetchall()[0]
    assert 200 <= shops <= 5000 and plans == 2 and 24 <= products <= 60


def test_three_years_are_a_thousand_and_ninety_six_days() -> None:
    run = planned("warehouse", "10", "42", "2026-01-01").run
    assert [str(day) for day in calendar(run)] == ["2023-01-01", "2025-12-31"]
    assert len(founded(WAREHOUSE[0].tables[0], run)) == 1096


FIRST = {table: f"{key} = (SELECT min({key}) FROM {table})" for table, key in KEYS.items()}
FAULTS = {
    "chain": "UPDATE fact_transaction SET balance_after = balance_after + 0.01 WHERE "
    "transaction_key = (SELECT min(transaction_key) FROM fact_transaction)",
    "transactions": "UPDATE fact_transaction SET amount = amount + 0.01 WHERE "
    "transaction_key = (SELECT max(transaction_key) FROM fact_transaction)",
    "snapshots: flows": "UPDATE fact_account_snapshot SET inflow_amount = inflow_amount + 0.01 "
    "WHERE snapshot_key = (SELECT max(snapshot_key) FROM fact_account_snapshot)",
    "snapshots: months": "DELETE FROM fact_account_snapshot "
    "WHERE snapshot_key = (SELECT max(snapshot_key) FROM fact_account_snapshot)",
    "interactions": "UPDATE fact_interaction SET nps_score = coalesce(nps_score, 0) + 1 "
    "WHERE interaction_key = (SELECT min(interaction_key) FROM fact_interaction)",
    "loans": "UPDATE dim_account SET current_balance = current_balance + 0.01 "
    "WHERE account_key = (SELECT max(account_key) FROM dim_account WHERE product_class = 'loan')",
}
BROKEN = {
    "fact_transaction: transaction_key is unique": "INSERT INTO fact_transaction SELECT * FROM "
    f"fact_transaction WHERE {FIRST['fact_transaction']}",
    "fact_transaction.merchant_key points at a row": "UPDATE fact_transaction SET merchant_key = "
    f"99999 WHERE {FIRST['fact_transaction']}",
    "fact_account_snapshot.date_key points at a row": "UPDATE fact_account_snapshot SET date_key = "
    f"19991231 WHERE {FIRST['fact_account_snapshot']}",
    "facts and their accounts agree": "UPDATE fact_loan_schedule "
    f"SET customer_key = 9 + customer_key WHERE {FIRST['fact_loan_schedule']}",
    "accounts and their products agree": "UPDATE dim_account SET product_key = 46 "
    f"WHERE {FIRST['dim_account']}",
    "date keys are their dates": "UPDATE fact_transaction SET date_key = date_key + 1 "
    f"WHERE {FIRST['fact_transaction']}",
    "the calendar has no gap": "DELETE FROM dim_date WHERE date_key = 20230705",
    "parts of dates": f"UPDATE dim_date SET fiscal_quarter = 4 WHERE {FIRST['dim_date']}",
    "eleven holidays a year": "UPDATE dim_date SET holiday_name = NULL WHERE year = 2023",
    "ages": f"UPDATE dim_customer SET age = age + 1 WHERE {FIRST['dim_customer']}",
    "people": "UPDATE dim_customer SET employer_name = NULL WHERE customer_key = (SELECT "
    "min(customer_key) FROM dim_customer WHERE employment_status = 'employed')",
    "products": "UPDATE dim_product SET reward_rate = 1 WHERE product_key = 1",
    "accounts lie within their products": "UPDATE dim_account SET interest_rate = 99 "
    "WHERE account_key = (SELECT min(account_key) FROM dim_account WHERE product_class = 'loan')",
    "merchants": "UPDATE dim_merchant SET category = 'travel' WHERE merchant_key = 0",
    "what is null in accounts": "UPDATE dim_account SET closed_date = opened_date WHERE account_key"
    " = (SELECT min(account_key) FROM dim_account WHERE account_status = 'active')",
    "transactions": "UPDATE fact_transaction SET channel = 'post' "
    f"WHERE {FIRST['fact_transaction']}",
    "merchants are named": "UPDATE fact_transaction SET merchant_key = 1 WHERE transaction_key = "
    "(SELECT min(transaction_key) FROM fact_transaction WHERE merchant_key > 1)",
    "types fit classes": "UPDATE fact_transaction SET transaction_type = 'purchase' "
    f"WHERE {FIRST['fact_transaction']}",
    "interactions": "UPDATE fact_interaction SET channel = 'web' "
    f"WHERE {FIRST['fact_interaction']}",
    "lateness": "UPDATE fact_loan_schedule SET is_overdue = NOT is_overdue "
    f"WHERE {FIRST['fact_loan_schedule']}",
}


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("small")
    export(planned("guide", "150", "5", "2025-10-01"), root / "star", "parquet", workers=1)
    plan = planned("guide", "150", "5", "2025-10-01", star=False)
    export_bank(plan, root / "bank", "parquet", workers=1)
    return root


@pytest.fixture(scope="module")
def small_star(small: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with opened(small / "star", small / "bank", "2025-10-01") as db:
        yield db


@contextmanager
def taken_back(db: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """What is changed in between is not there behind it."""
    db.execute("BEGIN")
    try:
        yield
    finally:
        db.execute("ROLLBACK")


@pytest.mark.parametrize(("questions", "faults"), [(EQUATIONS, FAULTS), (RULES, BROKEN)])
def test_the_questions_find_a_planted_fault(
    small_star: duckdb.DuckDBPyConnection, questions: dict[str, str], faults: dict[str, str]
) -> None:
    assert broken(small_star, {name: questions[name] for name in faults}) == {}
    missed = []
    for name, fault in faults.items():
        with taken_back(small_star):
            small_star.execute(fault)
            missed += [] if ask(small_star, questions[name]) else [name]
    assert missed == []


def test_a_recurring_flag_that_is_wrong_is_found(small_star: duckdb.DuckDBPyConnection) -> None:
    some = "(SELECT min(transaction_key) FROM fact_transaction)"
    with taken_back(small_star):
        small_star.execute(
            f"UPDATE fact_transaction SET is_recurring = NOT is_recurring "
            f"WHERE transaction_key = {some}"
        )
        assert len(ask(small_star, RECURRING)) == 1


def test_a_star_that_does_not_reconcile_is_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A cent too much in one account: nothing is left, and the words name the equation."""
    read = equations.STAR["dim_account"]

    def one_cent_more(batch: pa.RecordBatch, seen: equations.Seen) -> equations.Told:
        told = read(batch, seen)
        told[2]["current"] += 1
        return told

    monkeypatch.setitem(equations.STAR, "dim_account", one_cent_more)
    with pytest.raises(Fault, match="2 dim_account of accounts = accounts: current") as failed:
        export(planned("guide", "30", "5", "2025-10-01"), tmp_path / "star", "csv", workers=1)
    assert failed.value.exit_code == 70 and not (tmp_path / "star").exists()


def test_the_manifest_holds_both_sides(small: Path) -> None:
    block = json.loads((small / "star" / "manifest.json").read_text())["reconciliation"]
    assert len(block) == 13
    for each in block:
        assert each["six_databases"] == each["warehouse"] != {}
