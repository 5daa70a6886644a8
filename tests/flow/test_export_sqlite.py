"""The estate as one SQLite file: the values of CSV, keys between databases that really hold."""

from __future__ import annotations

import csv
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from export_goldens import small_plan
from fixtures.command import Begin
from fixtures.tiny_bank import NAME, TABLES, tiny_plan

from dhub.catalog import load_catalog
from dhub.errors import Fault
from dhub.flow import onefile
from dhub.flow.export import export
from dhub.flow.onefile import FILE
from dhub.flow.sinks import sqlite
from dhub.flow.sinks.sqlite import names
from dhub.model import Column, Table

SHARDS = {"customers": "9000", "employees": "12"}  # five shards of the tiny bank


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The same small bank as CSV and as one file."""
    root = tmp_path_factory.mktemp("files")
    for style in ("csv", "sqlite"):
        export(small_plan(), root / style, style)
    return {style: root / style for style in ("csv", "sqlite")}


@pytest.fixture
def bank(folders: dict[str, Path]) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(folders["sqlite"] / FILE)) as conn:
        yield conn


def manifest(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "manifest.json").read_text())


def cell(kind: str, value: Any) -> str:
    """A value of SQLite as the CSV has it."""
    if value is None:
        return ""
    if kind.startswith("numeric"):
        places = int(kind.rstrip(")").partition(",")[2])
        return f"{value:.{places}f}"
    if kind == "boolean":
        return "true" if value else "false"
    return f"{value}+00" if kind == "timestamptz" else str(value)


def test_every_value_is_that_of_the_csv(folders, bank) -> None:
    tables = manifest(folders["csv"])["tables"]
    for each in tables:
        found = bank.execute(f'SELECT * FROM "{each["table"]}" ORDER BY rowid').fetchall()
        with open(folders["csv"] / each["file"], newline="") as file:
            heads, *rows = csv.reader(file)
        kinds = [column["type"] for column in each["columns"]]
        shown = [[cell(k, v) for k, v in zip(kinds, row, strict=True)] for row in found]
        key = each["columns"][0]["name"]
        if each["columns"][0]["type"] == "bigint":
            rows.sort(key=lambda row: int(row[0]))
        assert heads == [column["name"] for column in each["columns"]] and heads[0] == key
        assert sorted(shown) == sorted(rows), each["table"]
    assert len(bank.execute("SELECT * FROM sqlite_schema WHERE type = 'table'").fetchall()) == len(
        tables
    )


def test_sums_of_money_are_those_of_the_csv(folders, bank) -> None:
    for each in manifest(folders["csv"])["tables"]:
        for place, column in enumerate(each["columns"]):
            if column["type"].startswith("numeric"):
                with open(folders["csv"] / each["file"], newline="") as file:
                    exact = sum(Decimal(row[place] or 0) for row in list(csv.reader(file))[1:])
                query = f"SELECT total({column['name']}) FROM {each['table']}"
                (total,) = bank.execute(query).fetchone()
                assert round(Decimal(total), 4) == round(exact, 4), (each["table"], column)


def test_every_reference_is_a_foreign_key(bank) -> None:
    found = {
        (table, column, to, key)
        for (table,) in bank.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
        for _, _, to, column, key, *_ in bank.execute(f"PRAGMA foreign_key_list({table})")
    }
    across = {
        (place.table, place.column, each.target.table, each.target.column)
        for place, each in load_catalog().references()
        if not each.when and not each.unless
    }
    assert len(across) > 40 and across <= found
    assert ("accounts", "customer_id", "customers", "customer_id") in found
    assert ("departments", "head_employee_id", "employees", "employee_id") in found


def test_no_reference_is_broken(bank) -> None:
    bank.execute("PRAGMA foreign_keys = ON")
    assert bank.execute("PRAGMA foreign_key_check").fetchall() == []
    assert bank.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    with pytest.raises(sqlite3.IntegrityError, match="FOREIGN KEY"):
        bank.execute("UPDATE loans SET customer_id = -1")


def test_money_compares_as_numbers(bank) -> None:
    kinds = bank.execute("SELECT DISTINCT typeof(amount) FROM transactions").fetchall()
    assert {kind for (kind,) in kinds} <= {"integer", "real"}
    most = "SELECT count(*) FROM transactions WHERE amount > 99.99 AND amount < 100"
    assert bank.execute(most).fetchone() == (0,)


def test_one_question_across_what_were_six_databases(bank) -> None:
    query = """
        SELECT count(*) FROM loans l JOIN customers c USING (customer_id)
        JOIN employees e ON e.employee_id = l.approved_by
        JOIN policies p USING (customer_id)
    """
    assert bank.execute(query).fetchone()[0] > 0


def test_indexes_are_those_of_the_migrations(bank) -> None:
    query = "SELECT name FROM sqlite_schema WHERE type = 'index' AND name LIKE 'ix_%'"
    found = {name for (name,) in bank.execute(query)}
    assert {"ix_transactions_account_date", "ix_loans_customer"} <= found
    plan = bank.execute(
        "EXPLAIN QUERY PLAN SELECT * FROM transactions WHERE account_id = 1"
    ).fetchall()
    assert "ix_transactions_account_date" in str(plan)


def test_the_manifest(folders) -> None:
    found, other = manifest(folders["sqlite"]), manifest(folders["csv"])
    data = (folders["sqlite"] / FILE).read_bytes()
    assert found["file"]["bytes"] == found["bytes"] == len(data)
    assert found["file"]["name"] == FILE and len(found["file"]["sha256"]) == 64
    assert (found["digest"], found["rows"]) == (other["digest"], other["rows"])
    assert {each["file"] for each in found["tables"]} == {FILE}
    assert {path.name for path in folders["sqlite"].iterdir()} == {FILE, "manifest.json"}


def test_workers_change_nothing(tmp_path: Path) -> None:
    for workers in (1, 4):
        plan = tiny_plan(**SHARDS)
        export(plan, tmp_path / str(workers), "sqlite", workers=workers, bank=NAME)
    one, four = ((tmp_path / name / FILE).read_bytes() for name in ("1", "4"))
    assert one == four


def test_names_that_collide_get_that_of_their_database() -> None:
    tables = [("a_db", TABLES["clerks"]), ("b_db", TABLES["clerks"]), ("b_db", TABLES["moves"])]
    assert names(tables) == {
        ("a_db", "clerks"): "a_db_clerks",
        ("b_db", "clerks"): "b_db_clerks",
        ("b_db", "moves"): "moves",
    }


def test_a_reference_that_does_not_hold_ends_the_export(tmp_path, monkeypatch) -> None:
    """What a note says is no type of a transaction: such a file is not to be."""
    clause = 'FOREIGN KEY ("note") REFERENCES "transaction_types" ("transaction_type")'
    monkeypatch.setattr(onefile, "_across", lambda _: [(("accounts_db", "moves"), clause)])
    what = "moves: row 2 names a row of transaction_types that is not"
    with pytest.raises(Fault, match=what):
        export(tiny_plan(customers="100", employees="12"), tmp_path / "x", "sqlite", bank=NAME)
    assert not (tmp_path / "x").exists()


def test_more_digits_than_a_double_has() -> None:
    table = Table("t", 1, "", (Column("amount", "numeric(18,2)"),), expected=lambda run, n: n)
    for digits, fits in ((10**15 - 1, True), (10**15, False)):
        rows = pa.RecordBatch.from_arrays(
            [pa.array([Decimal(digits).scaleb(-2)], pa.decimal64(18, 2))], names=["amount"]
        )
        if fits:
            assert sqlite.message(table, rows) != b""
            assert f"{np.float64(digits) / 100:.2f}" == "9999999999999.99"
        else:
            with pytest.raises(Fault, match="more than 15 digits"):
                sqlite.message(table, rows)


def test_a_file_that_may_not_grow(begin: Begin, tmp_path: Path) -> None:
    options = ("--format", "sqlite", "--scale", "1", "--as-of", "2026-01-01")
    process = begin("export", "bank", *options, limit=200_000)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (4, "")
    told = err.splitlines()[-1]  # what stands before it is progress, on a slow machine
    assert told.startswith("dhub: ")
    assert "othing of the export was left" in told
    assert not (tmp_path / "bank").exists()


def test_the_command(dhub, tmp_path: Path) -> None:
    options = ("--format", "sqlite", "--scale", "0.05", "--as-of", "2026-01-01")
    done = dhub("export", "bank", *options, env={"DHUB_PG_HOST": "127.0.0.1", "DHUB_PG_PORT": "1"})
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines()[-2].endswith("; 1 file and manifest.json in")
    refused = dhub("export", "bank", *options)
    assert refused.code == 3
    again = dhub("export", "bank", *options, "--replace", "--json")
    assert (again.code, again.json["file"]["name"]) == (0, FILE)
