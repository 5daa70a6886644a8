"""plaid_db: the same four tables in PostgreSQL, a database beside the six."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from fixtures.command import Dhub
from fixtures.plaid import FILES, RIGHT, cells, put, text, with_cell, written
from fixtures.server import at_database, dropped, variables

from dhub.bank import BANK
from dhub.catalog import load_catalog
from dhub.errors import Refused, UsageError
from dhub.estate.beside import there
from dhub.estate.creation import prepare
from dhub.estate.databases import Estate
from dhub.estate.kept import Kept
from dhub.estate.query import asked
from dhub.estate.status import status
from dhub.others import BESIDE
from dhub.plaid.check import data_set
from dhub.plaid.postgres import check_database, load
from dhub.plaid.schema import TABLES
from dhub.verify.beside import RULES, findings
from dhub.verify.model import SECTIONS

ROWS = {"users": 3, "accounts": 4, "transactions": 4, "liabilities": 2}
THIS = next(each for each in BESIDE if each.database == "plaid_db")


@pytest.fixture
def outside(new_estate: Estate, server_url: str) -> Iterator[Estate]:
    """Six databases that do not exist, and plaid_db, which does not, either."""
    made = replace(new_estate, beside={"plaid_db": at_database(server_url, "test_plaid_db")})
    yield made
    dropped(server_url, made.alone("plaid_db"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    about = json.dumps({"age": 31, "customer_id": 17})
    return written(tmp_path / "set", users=with_cell("users", 2, "metadata", about))


def ask(estate: Estate, query: str) -> list[tuple[Any, ...]]:
    with closing(psycopg.connect(estate.beside["plaid_db"])) as conn:
        return conn.execute(query.encode()).fetchall()


def test_a_load_makes_it_and_fills_it(outside: Estate, folder: Path) -> None:
    assert there(outside) == ()
    assert load(data_set(folder), outside, replace=False) == ROWS
    assert there(outside) == ("plaid_db",)
    assert ask(outside, "SELECT user_id, customer_id, consent_status FROM users ORDER BY 1") == [
        ("user_001", None, True), ("user_002", 17, False), ("user_003", None, True),
    ]  # fmt: skip
    assert ask(outside, "SELECT sum(amount)::text, count(*) FROM transactions") == [("-1434.41", 4)]
    assert ask(outside, "SELECT created_at::text FROM users WHERE user_id = 'user_002'") == [
        ("2025-04-02 09:30:00+00",)
    ]


def test_it_is_loaded_once_unless_replaced(outside: Estate, folder: Path) -> None:
    load(data_set(folder), outside, replace=False)
    with pytest.raises(Refused, match="loaded already"):
        check_database(outside, replace=False)
    put(folder / FILES["liabilities"], "\n".join(RIGHT["liabilities"].splitlines()[:2]))
    assert load(data_set(folder), outside, replace=True)["liabilities"] == 1
    assert ask(outside, "SELECT count(*) FROM liabilities") == [(1,)]


def test_what_the_server_does_not_take_leaves_all_as_it_was(outside: Estate, folder: Path) -> None:
    load(data_set(folder), outside, replace=False)
    records = cells("transactions")
    records[1][records[0].index("amount")] = "1e300"
    put(folder / FILES["transactions"], text(records))
    with pytest.raises(Refused, match="does not take these rows"):
        load(data_set(folder), outside, replace=True)
    assert ask(outside, "SELECT count(*) FROM users") == [(3,)]


def test_a_table_of_somebody_elses_stands_in_the_way(outside: Estate, folder: Path) -> None:
    load(data_set(folder), outside, replace=False)
    with psycopg.connect(outside.beside["plaid_db"], autocommit=True) as conn:
        conn.execute("CREATE TABLE mine (who text REFERENCES users)")
    for step in (THIS.clear, lambda estate: load(data_set(folder), estate, replace=True)):
        with pytest.raises(Refused, match="mine"):
            step(outside)
    assert ask(outside, "SELECT count(*) FROM users") == [(3,)]


def test_a_database_that_dhub_did_not_make_is_left_alone(outside: Estate, folder: Path) -> None:
    url = outside.beside["plaid_db"]
    name = psycopg.conninfo.conninfo_to_dict(url)["dbname"]
    with psycopg.connect(url, dbname="postgres", autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}")
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute("CREATE TABLE users (a int)")
    assert there(outside) == ()
    with pytest.raises(Refused, match="did not make"):
        load(data_set(folder), outside, replace=True)


def test_without_a_place_it_is_wrong_usage(new_estate: Estate, folder: Path) -> None:
    with pytest.raises(UsageError, match="DHUB_PLAID_DB_URL"):
        load(data_set(folder), new_estate, replace=False)


def test_it_is_looked_at_and_emptied(outside: Estate, folder: Path) -> None:
    load(data_set(folder), outside, replace=False)
    looked = THIS.look(outside)
    assert (looked.state, {each.table: each.rows for each in looked.tables}) == ("complete", ROWS)
    assert THIS.preview(outside).rows == THIS.clear(outside).rows == ROWS
    assert THIS.look(outside).state == "empty"
    assert status(outside, BANK).state == "absent"  # of the bank, which it does not belong to


def test_the_reader_may_read_it_and_nothing_else(outside: Estate, folder: Path) -> None:
    load(data_set(folder), outside, replace=False)
    alone = outside.alone("plaid_db")
    with asked(alone, "plaid_db", "SELECT current_user, count(*) FROM accounts", 10) as answer:
        assert list(answer.rows) == [("dhub_reader", "4")]
    with pytest.raises(Refused), asked(alone, "plaid_db", "DELETE FROM users", 10) as answer:
        list(answer.rows)


def test_its_tables_are_those_of_the_files_described_and_classified(
    outside: Estate, folder: Path
) -> None:
    """In the files' order; customer_id follows."""
    load(data_set(folder), outside, replace=False)
    query = """
        SELECT c.relname::text, a.attname::text, col_description(c.oid, a.attnum) IS NOT NULL
        FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
        WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace ORDER BY 1, a.attnum"""
    found: dict[str, list[str]] = {}
    for table, column, commented in ask(outside, query):
        found.setdefault(table, []).append(column)
        assert commented, f"{table}.{column}"
    told = load_catalog(beside=["plaid_db"]).databases["plaid_db"]
    assert {each.name: list(each.columns) for each in told.tables.values()} == found
    assert found == {
        table.name: [column.name for column in table.columns]
        + (["customer_id"] if table.name == "users" else [])
        for table in TABLES
    }
    assert "plaid_db" not in load_catalog().databases


FAULTS = {
    "P01": "UPDATE transactions SET user_id = 'user_003' WHERE transaction_id = 'txn_4'",
    "P02": "UPDATE liabilities SET user_id = 'user_002' WHERE liability_id = 'liab_1'",
    "P03": "UPDATE liabilities SET liability_type = 'mortgage' WHERE liability_id = 'liab_2'",
    "P04": "UPDATE users SET customer_id = 17 WHERE user_id <> 'user_001'",
}
KEYS = {"P01": "txn_4", "P02": "liab_1", "P03": "liab_2", "P04": "17"}


def test_verify_finds_what_contradicts_itself(outside: Estate, folder: Path) -> None:
    prepare(outside)
    assert list(findings(outside, SECTIONS)) == []
    load(data_set(folder), outside, replace=False)
    right = {each.id: (each.status, each.broken) for each in findings(outside, SECTIONS)}
    assert right == dict.fromkeys(FAULTS, ("ok", 0)) | {"P05": ("reported", 0)}
    assert set(FAULTS) == {rule.id for rule in RULES["plaid_db"]}
    for statement in FAULTS.values():
        with psycopg.connect(outside.beside["plaid_db"], autocommit=True) as conn:
            conn.execute(statement.encode())
    wrong = {each.id: each for each in findings(outside, SECTIONS)}
    assert {name: wrong[name].keys for name in FAULTS} == {k: (v,) for k, v in KEYS.items()}
    assert wrong["P05"].note == "0 of 2"
    assert [each.id for each in findings(outside, ["invariants"])] == ["P03", "P04"]


def test_it_is_asked_where_there_is_no_bank(dhub: Dhub, outside: Estate, folder: Path) -> None:
    load(data_set(folder), outside, replace=False)
    env = variables(outside) | {"DHUB_PLAID_DB_URL": outside.beside["plaid_db"]}
    tables = "plaid_db.users u JOIN plaid_db.accounts USING (user_id)"
    question = f"SELECT u.name FROM {tables} GROUP BY 1"
    done = dhub("db", "query", question, "--format", "json", env=env)
    assert (done.code, done.err) == (0, "")
    assert {each["name"] for each in done.json} == {"Ann Bee", "Cy Dee", 'Eve, the "Fifth"'}
    lost = dhub("db", "query", question, env=variables(outside))
    assert lost.code == 2 and "Nothing says where plaid_db is" in lost.err


def test_it_stays_where_the_bank_cannot_be_cleared(
    outside: Estate, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A clear empties all or nothing."""
    from dhub.cli import seed
    from dhub.estate import clear as clearing

    prepare(outside)
    load(data_set(folder), outside, replace=False)
    stuck = clearing.Going("loans_db", obstacles=["a row of a user's own"])
    monkeypatch.setattr(clearing, "preview", lambda estate, lost, kept: [stuck])
    monkeypatch.setattr(clearing, "clear", lambda estate, lost, kept: [])
    with Kept(outside) as kept:
        assert seed._cleared(kept, []) == []
    assert ask(outside, "SELECT count(*) FROM users") == [(3,)]
    monkeypatch.undo()
    with Kept(outside) as kept:
        assert [each.database for each in seed._cleared(kept, [])][:1] == ["plaid_db"]
    assert ask(outside, "SELECT count(*) FROM users") == [(0,)]


def test_recipes_go_on_to_it(dhub: Dhub, outside: Estate, folder: Path) -> None:
    prepare(outside)
    env = variables(outside) | {"DHUB_PLAID_DB_URL": outside.beside["plaid_db"]}
    for name, there_now in (("before", False), ("after", True)):
        if there_now:
            load(data_set(folder), outside, replace=False)
        assert dhub("datahub", "recipes", str(folder.parent / name), env=env).code == 0
        recipe = (folder.parent / name / "host.yml").read_text()
        assert ("^test_plaid_db$" in recipe) == there_now
    to = {str(each) for each in load_catalog(beside=["plaid_db"]).lineage()}
    assert "plaid_db.users.customer_id" in to


def test_by_command(dhub: Dhub, outside: Estate, folder: Path) -> None:
    """Exactly the word plaid_db is the database; status, clear and db know it from then on."""
    prepare(outside)
    env = variables(outside) | {"DHUB_PLAID_DB_URL": outside.beside["plaid_db"]}
    words = ("plaid", "load", str(folder), "--into")
    done = dhub(*words, "plaid_db", "--json", env=env)
    assert (done.code, done.json["rows"], done.json["database"]) == (0, ROWS, "plaid_db")
    assert dhub(*words, "plaid_db", env=env).code == 3
    assert dhub(*words, "./plaid_db", env=env, cwd=folder.parent).code == 0
    assert (folder.parent / "plaid_db").is_file()
    beside = dhub("seed", "status", "--json", env=env).json["beside"]
    assert [(each["database"], each["state"]) for each in beside] == [("plaid_db", "complete")]
    assert "plaid_db" in dhub("db", "tables", "--json", env=env).json
    across = "SELECT count(*) FROM plaid_db.users LEFT JOIN accounts_db.customers USING (email)"
    assert "3" in dhub("db", "query", across, env=env).out
    assert "plaid_db" in dhub("db", "url", "--json", env=env).json
    assert dhub("seed", "clear", env=env).code == 3
    cleared = dhub("seed", "clear", "--confirm", "--json", env=env)
    assert cleared.json["databases"][0] == {
        "database": "plaid_db", "rows": ROWS, "owed": [], "obstacles": [],
    }  # fmt: skip
    assert (
        dhub("db", "tables", "-d", "plaid_db", "--json", env=env).json["plaid_db"][0]["rows"] == 0
    )
