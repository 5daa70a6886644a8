"""The criteria of acceptance and quality of the requirements, on the default data of `everyday`."""

from __future__ import annotations

import csv
import json
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path
from statistics import mean, median

import pytest

from dhub.plaid.check import faults_of
from dhub.plaid.check.found import data_set
from dhub.plaid.generate import generate
from dhub.plaid.load import load
from dhub.plaid.request import Request, order
from dhub.plaid.schema import TABLES

FIRST, LAST = date(2025, 5, 1), date(2025, 10, 31)
Rows = list[dict[str, str]]
# Where an optional column says something: the others are null by what they mean.
APPLIES = {
    ("transactions", "merchant_name"): lambda row: (
        not row["category_primary"].startswith("TRANSFER")
        and row["category_detailed"] not in ("INCOME_INTEREST_EARNED", "BANK_FEES_INTEREST_CHARGE")
    ),
    **{
        ("transactions", f"location_{part}"): lambda row: row["payment_channel"] == "in store"
        for part in ("city", "region", "postal_code")
    },
    ("accounts", "balance_limit"): lambda row: row["account_type"] == "credit_card",
    ("accounts", "balance_available"): lambda row: row["plaid_type"] != "loan",
    **{
        ("liabilities", name): lambda row: row["liability_type"] == "credit_card"
        for name in ("apr_percentage", "apr_type")
    },
    **{
        ("liabilities", name): lambda row: row["liability_type"] != "credit_card"
        for name in ("interest_rate", "interest_rate_type")
    },
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("everyday") / "data"
    generate(order(Request(), date(2026, 1, 1)), root)
    return root


@pytest.fixture(scope="module")
def data(folder: Path) -> dict[str, Rows]:
    found = {}
    for table in TABLES:
        with open(folder / f"{table.file}.csv", newline="") as file:
            found[table.name] = list(csv.DictReader(file))
    return found


@pytest.fixture(scope="module")
def database(
    folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[sqlite3.Connection]:
    path = tmp_path_factory.mktemp("db") / "spendsense.db"
    load(data_set(folder), path, replace=False)
    with closing(sqlite3.connect(path)) as conn:
        yield conn


def about(row: dict[str, str]) -> dict[str, object]:
    return json.loads(row["metadata"])


def test_ac_1_a_hundred_users_with_complete_profiles(data: dict[str, Rows]) -> None:
    assert len(data["users"]) == 100
    names = {"age", "age_bracket", "income", "income_bracket", "region", "life_stage"}
    for row in data["users"]:
        assert names <= about(row).keys() and all(about(row).values())
        assert row["name"] and row["email"] and row["created_at"]


def test_ac_2_each_user_has_150_to_200_transactions_in_six_months(data: dict[str, Rows]) -> None:
    count = Counter(row["user_id"] for row in data["transactions"])
    assert len(count) == 100 and all(150 <= each <= 200 for each in count.values())
    months = defaultdict(set)
    for row in data["transactions"]:
        months[row["user_id"]].add(row["date"][:7])
    assert {len(each) for each in months.values()} == {6}


def test_ac_3_and_qc_1_and_qc_3_every_field_is_there_and_valid(folder: Path) -> None:
    rows: Counter[str] = Counter()
    assert list(faults_of(data_set(folder), rows)) == []
    assert rows["users"] == 100


def test_ac_4_income_is_20_40_30_10(data: dict[str, Rows]) -> None:
    found = Counter(about(row)["income_bracket"] for row in data["users"])
    aims = {"low": 20, "middle": 40, "upper_middle": 30, "high": 10}
    assert all(abs(found[name] - aim) <= 5 for name, aim in aims.items()), found


def test_ac_5_ages_are_20_30_35_15(data: dict[str, Rows]) -> None:
    found = Counter(about(row)["age_bracket"] for row in data["users"])
    assert found == {"18-25": 20, "26-35": 30, "36-50": 35, "51+": 15}


def test_ac_6_payroll_recurs(data: dict[str, Rows]) -> None:
    days = defaultdict(list)
    for row in data["transactions"]:
        if row["category_detailed"] == "INCOME_SALARY":
            days[row["user_id"]].append(date.fromisoformat(row["date"]))
    assert len(days) == 100
    for found in days.values():
        gaps = [(b - a).days for a, b in zip(found, found[1:], strict=False)]
        assert median(gaps) == 14 or 28 <= median(gaps) <= 33, gaps


SERVICES = {"Netflix", "Spotify", "Amazon Prime", "Gym Membership", "Cloud Storage"}


def test_ac_6_subscriptions_recur(data: dict[str, Rows]) -> None:
    paid = defaultdict(list)
    for row in data["transactions"]:
        if row["merchant_name"] in SERVICES:
            paid[row["user_id"], row["merchant_name"]].append(row)
    users = {user for user, _ in paid}
    assert 30 <= len(users) <= 40
    for rows in paid.values():
        months = [row["date"][:7] for row in rows]
        assert len(rows) >= 5 and len(set(months)) >= 5
        assert len({row["amount"] for row in rows}) == 1


def test_ac_7_loads_into_sqlite(database: sqlite3.Connection, data: dict[str, Rows]) -> None:
    for name, rows in data.items():
        assert database.execute(f"SELECT count(*) FROM {name}").fetchone() == (len(rows),)
    assert database.execute("PRAGMA foreign_key_check").fetchall() == []


def test_ac_8_the_database_is_below_50_mb(database: sqlite3.Connection) -> None:
    ((pages,), (size,)) = (
        database.execute(f"PRAGMA {name}").fetchone() for name in ("page_count", "page_size")
    )
    assert pages * size < 50_000_000


def test_qc_2_less_than_5_percent_of_optional_fields_are_missing(data: dict[str, Rows]) -> None:
    for table in TABLES:
        for column in table.columns:
            applies = APPLIES.get((table.name, column.name), lambda row: True)
            rows = [row for row in data[table.name] if applies(row)]
            missing = sum(row[column.name] == "" for row in rows)
            assert rows and missing < 0.05 * len(rows), (table.name, column.name)


def test_qc_4_dates_lie_within_the_window(data: dict[str, Rows]) -> None:
    days = {date.fromisoformat(row["date"]) for row in data["transactions"]}
    assert min(days) >= FIRST and max(days) <= LAST


def test_qc_5_recurring_amounts_vary_within_10_percent(data: dict[str, Rows]) -> None:
    """Of recurring bills: rent, utilities and subscriptions; what one buys varies freely."""
    bills = defaultdict(list)
    for row in data["transactions"]:
        bill = row["category_primary"] == "RENT_AND_UTILITIES" or row["merchant_name"] in SERVICES
        if bill and float(row["amount"]) > 0:
            bills[row["user_id"], row["merchant_name"]].append(float(row["amount"]))
    assert len(bills) > 200
    for key, amounts in bills.items():
        around = mean(amounts)
        assert all(abs(each - around) <= 0.10 * around for each in amounts), key


def test_queries_use_their_indexes(database: sqlite3.Connection) -> None:
    """What keeps typical queries far below 100 ms: none of them reads a whole table."""
    for query in (
        "SELECT * FROM transactions WHERE user_id = 'user_001' AND date >= '2025-10-01'",
        "SELECT sum(amount) FROM transactions WHERE account_id = 'x'",
        "SELECT * FROM accounts WHERE user_id = 'user_001'",
        "SELECT * FROM liabilities WHERE user_id = 'user_001'",
    ):
        plan = str(database.execute(f"EXPLAIN QUERY PLAN {query}").fetchall())
        assert "USING INDEX" in plan, query
