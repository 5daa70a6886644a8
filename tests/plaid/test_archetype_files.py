"""The quality checks and success criteria of the requirements, on the default of `archetypes`."""

from __future__ import annotations

import csv
import json
import sqlite3
from collections import Counter
from contextlib import closing
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

import pyarrow.csv as pc
import pyarrow.parquet as pq
import pytest
from personas import features as read_anew
from personas import personas

from dhub.cli.app import exit_code
from dhub.plaid.check import faults_of
from dhub.plaid.check.found import data_set
from dhub.plaid.features import FEATURES
from dhub.plaid.generate import Generated, generate
from dhub.plaid.request import Request, order

TODAY, LAST = date(2026, 2, 2), date(2025, 11, 4)
NAMES = ("users", "accounts", "transactions", "liabilities")


def make(folder: Path, **options: str) -> Generated:
    request = Request("archetypes", last=options.pop("last", str(LAST)), **options)
    return generate(order(request, TODAY), folder)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("archetypes") / "data"
    make(root)
    return root


@pytest.fixture(scope="module")
def report(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "validation_report.json").read_text())


@pytest.fixture(scope="module")
def labels(folder: Path) -> list[dict[str, str]]:
    with open(folder / "ground_truth/labels.csv", newline="") as file:
        return list(csv.DictReader(file))


def measured(folder: Path, days: int) -> dict[str, dict[str, Any]]:
    """By user, all columns of the feature files."""
    found: dict[str, dict[str, Any]] = {}
    for table in FEATURES:
        for row in pq.read_table(folder / f"features/{table.name}.parquet").to_pylist():
            if row["window_days"] == days:
                found.setdefault(row["user_id"], {}).update(row)
    return found


def tables(folder: Path) -> dict[str, Any]:
    options = pc.ConvertOptions(strings_can_be_null=True)
    return {
        name: pc.read_csv(folder / f"synthetic_{name}.csv", convert_options=options)
        for name in NAMES
    }


def test_the_report_passes(report: dict[str, Any]) -> None:
    assert report["validation_passed"] is True
    assert all(each["passed"] and "note" not in each for each in report["checks"])
    assert report["generation_date"] == "2025-11-04"
    assert report["date_range"] == {"start": "2025-04-04", "end": "2025-11-04"}
    assert report["consent_distribution"] == {"consented": 68, "not_consented": 7}
    assert report["archetype_distribution"] == {
        "high_utilizer": 15, "variable_income": 10, "subscription_heavy": 10,
        "savings_builder": 10, "cash_flow_stressed": 8, "multi_persona": 10, "stable": 5,
        "edge_cases": 7,
    }  # fmt: skip
    assert min(report["persona_coverage"].values()) >= 5
    assert 140 <= report["account_count"] <= 220
    assert 3000 <= report["transaction_count"] <= 8000


@pytest.mark.parametrize("days", [30, 180])
def test_the_features_as_sql_reads_them(folder: Path, days: int) -> None:
    other, own = read_anew(tables(folder), LAST, days), measured(folder, days)
    assert other.keys() == own.keys() and len(own) == 75
    for user, row in other.items():
        assert row.pop("user_id") == user
        for name, value in row.items():
            near = value if value is None else pytest.approx(float(value), rel=1e-9, abs=1e-6)
            found = own[user][name]
            assert (found if found is None else float(found)) == near, (user, name)


def test_personas_of_the_labels_are_those_of_the_features(
    folder: Path, labels: list[dict[str, str]], report: dict[str, Any]
) -> None:
    found = {user: personas(row) for user, row in measured(folder, 180).items()}
    said = {row["user_id"]: frozenset(filter(None, row["personas"].split("|"))) for row in labels}
    assert found == said
    count = Counter(name for each in found.values() for name in each)
    assert report["persona_coverage"] == {name: count[name] for name in report["persona_coverage"]}


def test_the_database(folder: Path) -> None:
    counts = json.loads((folder / "metadata.json").read_text())["counts"]
    with closing(sqlite3.connect(folder / "spendsense.db")) as conn:
        for name, count in counts.items():
            assert conn.execute(f"SELECT count(*) FROM {name}").fetchone() == (count,)
        assert conn.execute("PRAGMA foreign_key_check").fetchall() == []
        query = "SELECT count(*) FROM sqlite_schema WHERE type = 'table'"
        assert conn.execute(query).fetchone() == (14,)


def test_no_validator_finds_a_fault(folder: Path) -> None:
    rows: Counter[str] = Counter()
    assert list(faults_of(data_set(folder), rows)) == [] and rows["users"] == 75


def test_a_database_is_made_from_csv_only(tmp_path: Path) -> None:
    make(tmp_path / "x", users="10", style="parquet")
    beside = json.loads((tmp_path / "x" / "metadata.json").read_text())["beside"]
    assert beside == ["ground_truth/labels.csv", "validation_report.json"]
    assert not (tmp_path / "x" / "spendsense.db").exists()


def test_replacing_takes_the_database_too(tmp_path: Path) -> None:
    """And the journal that a program left of it: the next database would be spoilt by it."""
    make(tmp_path / "x", users="10")
    database, journal = (tmp_path / "x" / name for name in ("spendsense.db", "spendsense.db-wal"))
    assert database.exists()
    journal.write_bytes(b"pages")
    generate(order(Request(users="3"), TODAY), tmp_path / "x", replace=True)
    assert not database.exists() and not journal.exists()


def test_below_50_users_nothing_is_judged_by_its_share(tmp_path: Path) -> None:
    made = make(tmp_path / "x", users="5")
    report = json.loads((tmp_path / "x" / "validation_report.json").read_text())
    notes = {each["name"]: each["note"] for each in report["checks"] if "note" in each}
    assert notes == {
        "consent_distribution": "not judged below 50 users",
        "persona_coverage": "not judged below 50 users",
    }
    assert report["validation_passed"] is True and made.failed == ()


@pytest.mark.parametrize(
    ("seed", "users", "last"), [("7", "50", "2024-02-29"), ("3", "90", "2026-01-31")]
)
def test_other_seeds_windows_and_sizes(tmp_path: Path, seed: str, users: str, last: str) -> None:
    make(tmp_path / "x", seed=seed, users=users, last=last)
    report = json.loads((tmp_path / "x" / "validation_report.json").read_text())
    assert report["validation_passed"] is True
    other = read_anew(tables(tmp_path / "x"), date.fromisoformat(last))
    found = measured(tmp_path / "x", 180)
    assert {user: personas(row) for user, row in other.items()} == {
        user: personas(row) for user, row in found.items()
    }


def test_the_last_instalment_is_the_last_row(tmp_path: Path) -> None:
    """Where the day falls on a weekend, the row and the liability move the same way."""
    make(tmp_path / "data", last="2025-11-17", users="300")
    rows, seen = by_user(tmp_path / "data"), 0
    for owed in read(tmp_path / "data", "liabilities"):
        if owed["liability_type"] == "student_loan" and rows.get(owed["user_id"]):
            seen += 1
            last = rows[owed["user_id"]][-1]
            told = (owed["last_payment_date"], owed["last_payment_amount"])
            assert told == (last["date"], last["amount"])
    assert seen > 10


def read(folder: Path, name: str) -> list[dict[str, str]]:
    with open(folder / f"synthetic_{name}.csv", newline="") as file:
        return list(csv.DictReader(file))


def by_user(folder: Path) -> dict[str, list[dict[str, str]]]:
    """The rows of instalments by user, in order of the days."""
    found: dict[str, list[dict[str, str]]] = {}
    for row in read(folder, "transactions"):
        if row["category_detailed"] == "LOAN_PAYMENTS_STUDENT_LOAN_PAYMENT":
            found.setdefault(row["user_id"], []).append(row)
    return found


def test_a_check_that_does_not_pass_ends_the_command_with_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The data are there to be looked at; what is wrong with them is said."""
    monkeypatch.setattr("dhub.plaid.report.JUDGED_FROM", 1)
    monkeypatch.setattr("dhub.cli.stopping._after", [""])  # of this process, which goes on
    monkeypatch.chdir(tmp_path)
    assert exit_code(["plaid", "generate", "few", "--preset", "archetypes", "--users", "5"]) == 1
    told = [line for line in capsys.readouterr().err.splitlines() if not line.startswith("Making")]
    assert told == [
        "The data are in few, but not as they should be: consent_distribution, persona_coverage.",
        "validation_report.json says how far.",
    ]
    report = json.loads((tmp_path / "few" / "validation_report.json").read_text())
    assert report["validation_passed"] is False


# Of the first 20 users, tables and labels: whoever changes them changes the data of everybody.
PINNED = {
    ("42", "2025-11-04"): "e2769b65bee4b70531c272989592becb",
    ("7", "2024-02-29"): "a8bf0e52a43f59374e8ce9d4a1c31223",
}


@pytest.mark.parametrize(("seed", "last"), PINNED)
def test_the_bytes_are_the_same_everywhere(tmp_path: Path, seed: str, last: str) -> None:
    make(tmp_path / "x", users="20", seed=seed, last=last)
    total = sha256()
    for path in sorted((tmp_path / "x").rglob("*.csv")):
        total.update(path.read_bytes())
    assert total.hexdigest()[:32] == PINNED[seed, last]
