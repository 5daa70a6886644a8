"""The loader: all rows or none, in a database of its own or beside somebody's tables."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from time import sleep

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest
from fixtures.command import Begin
from fixtures.plaid import FILES, RIGHT, brief, cells, put, text, written

from dhub.errors import DatabaseFailed, MachineFailed, Refused, UsageError
from dhub.plaid.check import data_set, faults_of
from dhub.plaid.load import load
from dhub.plaid.schema import FURTHER, TABLES

ROWS = {"users": 3, "accounts": 4, "transactions": 4, "liabilities": 2}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return written(tmp_path / "set")


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "out.db"


def rows(path: Path, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as db:
        return db.execute(query).fetchall()


def counts(path: Path) -> dict[str, object]:
    return {name: rows(path, f"SELECT count(*) FROM {name}")[0][0] for name in ROWS}


def test_all_of_it_is_there(folder: Path, database: Path) -> None:
    assert load(data_set(folder), database, replace=False) == ROWS
    assert counts(database) == ROWS
    assert sorted(os.listdir(database.parent)) == ["out.db", "set"]
    assert rows(database, "PRAGMA foreign_key_check") == []
    assert rows(database, "PRAGMA integrity_check") == [("ok",)]
    assert rows(database, "SELECT * FROM users WHERE user_id = 'user_002'") == [(
        "user_002", "Cy Dee", "user002@example.com", "2025-04-02 09:30:00", 0, None,
        '{"age": 31, "region": "urban"}',
    )]  # fmt: skip
    found = rows(database, "SELECT amount, typeof(amount), pending, date FROM transactions")
    assert found[1] == (-1500.0, "real", 0, "2025-06-02")


def test_the_schema_is_that_of_the_requirements(folder: Path, database: Path) -> None:
    load(data_set(folder), database, replace=False)
    for table in TABLES:
        info = rows(database, f"PRAGMA table_info({table.name})")
        assert [row[1] for row in info] == [column.name for column in table.columns]
        assert [row[1] for row in info if row[5]] == [table.key]
        assert {row[1] for row in info if row[3]} == {c.name for c in table.columns if c.filled}
        keys = rows(database, f"PRAGMA foreign_key_list({table.name})")
        assert {(row[3], row[2]) for row in keys} == {
            (column.name, column.refers) for column in table.columns if column.refers
        }
    query = "SELECT name FROM sqlite_master WHERE type = 'index' AND name LIKE 'idx%'"
    assert {row[0] for row in rows(database, query)} == {
        "idx_accounts_user_id", "idx_transactions_user_id_date", "idx_transactions_account_id",
        "idx_liabilities_user_id",
    }  # fmt: skip
    assert {each: rows(database, f"SELECT * FROM {each}") for each in FURTHER} == dict.fromkeys(
        FURTHER, []
    )
    columns = {row[1] for row in rows(database, "PRAGMA table_info(daily_rings)")}
    assert columns == {"id", "user_id", "created_at", "data"}


def test_queries_have_their_indexes(folder: Path, database: Path) -> None:
    load(data_set(folder), database, replace=False)
    query = "SELECT * FROM transactions WHERE user_id = 'user_001' AND date > '2025-06-01'"
    plan = rows(database, f"EXPLAIN QUERY PLAN {query}")
    assert "idx_transactions_user_id_date" in str(plan)


def test_absent_columns_are_null(tmp_path: Path, database: Path) -> None:
    records = [[record[at] for at in (0, 1, 2, 6)] for record in cells("users")]
    load(data_set(written(tmp_path / "set", users=text(records))), database, replace=False)
    assert rows(database, "SELECT consent_status, created_at FROM users LIMIT 1") == [(0, None)]


def test_a_loaded_database_is_refused_and_replaced(folder: Path, database: Path) -> None:
    load(data_set(folder), database, replace=False)
    with pytest.raises(Refused, match="loaded already"):
        load(data_set(folder), database, replace=False)
    with closing(sqlite3.connect(database)) as db, db:
        db.execute("INSERT INTO user_streaks VALUES (1, 'user_003', NULL, '{}')")
        db.execute("CREATE TABLE mine (who TEXT REFERENCES users(user_id))")
        db.execute("INSERT INTO mine VALUES ('user_002')")
    put(folder / FILES["liabilities"], "\n".join(RIGHT["liabilities"].splitlines()[:2]))
    load(data_set(folder), database, replace=True)
    assert counts(database) == ROWS | {"liabilities": 1}
    assert rows(database, "SELECT user_id FROM user_streaks") == [("user_003",)]
    assert rows(database, "SELECT who FROM mine") == [("user_002",)]


def test_rows_of_others_are_not_left_dangling(tmp_path: Path, folder: Path, database: Path) -> None:
    load(data_set(folder), database, replace=False)
    with closing(sqlite3.connect(database)) as db, db:
        db.execute("CREATE TABLE mine (who TEXT REFERENCES liabilities(liability_id))")
        db.execute("INSERT INTO mine VALUES ('liab_2')")
    before = database.read_bytes()
    put(folder / FILES["liabilities"], "\n".join(RIGHT["liabilities"].splitlines()[:2]))
    with pytest.raises(Refused, match="FOREIGN KEY"):
        load(data_set(folder), database, replace=True)
    assert database.read_bytes() == before


NO_DATABASES = {
    "text": b"user_id,name\n",
    "short": b"SQLite",
    "another kind": None,
    "a view": None,
}


@pytest.mark.parametrize("kind", NO_DATABASES)
def test_what_is_no_database_for_it_is_never_touched(
    kind: str, folder: Path, database: Path
) -> None:
    if (content := NO_DATABASES[kind]) is not None:
        database.write_bytes(content)
    else:
        made = "TABLE users (id)" if kind == "another kind" else "VIEW accounts AS SELECT 1"
        with closing(sqlite3.connect(database)) as db:
            db.execute(f"CREATE {made}")
    before = database.read_bytes(), database.stat().st_mtime_ns
    for replace in (False, True):
        with pytest.raises(Refused, match="Name another"):
            load(data_set(folder), database, replace)
    assert (database.read_bytes(), database.stat().st_mtime_ns) == before


def test_a_corrupt_database_is_refused(folder: Path, database: Path) -> None:
    database.write_bytes(b"SQLite format 3\0" + b"\1" * 4096)
    with pytest.raises(Refused, match="no whole SQLite"):
        load(data_set(folder), database, replace=True)


def test_no_place_for_a_file_is_wrong_usage(tmp_path: Path, folder: Path) -> None:
    for path in (tmp_path, tmp_path / "none" / "out.db"):
        with pytest.raises(UsageError):
            load(data_set(folder), path, replace=False)


def test_an_empty_database_and_one_of_others_is_filled(folder: Path, database: Path) -> None:
    database.touch()
    load(data_set(folder), database, replace=False)
    other = database.with_name("other.db")
    with closing(sqlite3.connect(other)) as db:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("CREATE TABLE mine (a)")
    load(data_set(folder), other, replace=False)
    assert (counts(database), counts(other)) == (ROWS, ROWS)
    assert sorted(each.name for each in database.parent.iterdir()) == ["other.db", "out.db", "set"]


def test_a_link_stays_a_link(folder: Path, database: Path) -> None:
    link = database.with_name("link.db")
    link.symlink_to(database)
    load(data_set(folder), link, replace=False)
    assert link.is_symlink() and counts(database) == ROWS


def test_a_database_that_another_holds(
    folder: Path, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dhub.plaid.load._PATIENCE", 0.1)
    load(data_set(folder), database, replace=False)
    with closing(sqlite3.connect(database, isolation_level=None)) as db:
        db.execute("BEGIN EXCLUSIVE")
        with pytest.raises(DatabaseFailed, match="another program holds it"):
            load(data_set(folder), database, replace=True)
    assert counts(database) == ROWS


def test_a_disk_that_fills(folder: Path, database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A limit of the database's own stands for it: neither a new nor an old database changes."""
    from dhub.plaid import load as loader

    opened = loader._open

    def small(path: Path, mode: str) -> sqlite3.Connection:
        db = opened(path, mode)
        db.execute(f"PRAGMA max_page_count = {1 if mode == 'rw' else 1000}")
        return db

    put(folder / FILES["transactions"], many(2000))
    load(data_set(folder), kept := database.with_name("kept.db"), replace=False)
    before = kept.read_bytes()
    put(folder / FILES["transactions"], many(30_000))
    monkeypatch.setattr(loader, "_open", small)
    for path in (database, kept):
        with pytest.raises(DatabaseFailed, match="the disk is full"):
            load(data_set(folder), path, replace=True)
    assert sorted(each.name for each in database.parent.iterdir()) == ["kept.db", "set"]
    assert kept.read_bytes() == before


def many(number: int) -> str:
    """Transactions, as many as asked for, of the right data set's accounts."""
    head, row = RIGHT["transactions"].splitlines()[:2]
    tail = row.split(",", 1)[1]
    return "\n".join([head, *(f"txn_{k},{tail}" for k in range(number)), ""])


@pytest.fixture
def slow(folder: Path) -> Path:
    """A data set whose load can be caught in the middle."""
    put(folder / FILES["transactions"], many(75_000))
    return folder


def _part_of(path: Path) -> Path:
    return path.with_name(f".{path.name}.part")


def _until_writing(files: Iterator[int]) -> None:
    for _ in range(3000):
        if next(files) > 1 << 20:
            return
        sleep(0.01)
    raise AssertionError("it never began to write")


def _sizes(*paths: Path) -> Iterator[int]:
    while True:
        yield max((path.stat().st_size for path in paths if path.exists()), default=0)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_a_load_that_is_killed_leaves_no_database(
    slow: Path, database: Path, number: signal.Signals, begin: Begin
) -> None:
    """And the next one is not hindered by what it left."""
    process = begin("plaid", "load", str(slow), "--into", str(database))
    _until_writing(_sizes(_part_of(database)))
    process.send_signal(number)
    told = process.communicate()[1]
    assert not database.exists()
    if number != signal.SIGKILL:
        assert process.returncode in (130, 143) and "as it was before" in told
        assert not _part_of(database).exists()
    put(slow / FILES["transactions"], RIGHT["transactions"])
    load(data_set(slow), database, replace=False)
    assert counts(database) == ROWS
    assert sorted(each.name for each in database.parent.iterdir()) == ["out.db", "set"]


def test_a_replacing_load_that_is_killed_leaves_what_was_there(
    slow: Path, database: Path, begin: Begin
) -> None:
    load(data_set(written(slow.with_name("first"))), database, replace=False)
    process = begin("plaid", "load", str(slow), "--into", str(database), "--replace")
    journal = database.with_name("out.db-journal")
    for _ in range(3000):
        if journal.exists():
            break
        sleep(0.01)
    sleep(0.2)
    process.kill()
    process.wait()
    assert counts(database) == ROWS
    assert rows(database, "PRAGMA integrity_check") == [("ok",)]


@pytest.mark.parametrize(("habit", "left"), [("delete", "-journal"), ("wal", "-wal")])
def test_journals_of_a_database_that_is_gone_do_not_spoil_the_next(
    folder: Path, database: Path, habit: str, left: str
) -> None:
    load(data_set(folder), database, replace=False)
    dies = (
        "import os, sqlite3, sys\n"
        "db = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        f"db.execute('PRAGMA journal_mode = {habit}')\n"
        "db.execute('PRAGMA cache_size = 1')\n"
        f"db.execute('{'BEGIN' if habit == 'delete' else 'SELECT 1'}')\n"
        "db.execute('CREATE TABLE big AS WITH RECURSIVE n(a) AS (SELECT 1 UNION ALL '\n"
        "           'SELECT a + 1 FROM n WHERE a < 9999) SELECT a, zeroblob(100) AS b FROM n')\n"
        "db.execute('DELETE FROM users')\n"
        "os._exit(0)\n"
    )
    subprocess.run([sys.executable, "-c", dies, str(database)], check=True)
    journal = database.with_name(database.name + left)
    assert journal.stat().st_size
    database.unlink()
    load(data_set(folder), database, replace=False)
    assert counts(database) == ROWS
    assert rows(database, "PRAGMA integrity_check") == [("ok",)]
    assert not journal.exists()


def _as_parquet(folder: Path) -> Path:
    """The same data set in Parquet, each column of the type one would give it."""
    target = folder.with_name("parquet")
    target.mkdir()
    put(target / "metadata.json", (folder / "metadata.json").read_bytes())
    for table in TABLES:
        kinds = {
            column.name: {
                "number": pa.decimal128(14, 2), "date": pa.date32(), "boolean": pa.bool_(),
                "instant": pa.timestamp("us"),
            }.get(column.kind, pa.string())
            for column in table.columns
        }  # fmt: skip
        options = pyarrow.csv.ConvertOptions(column_types=kinds, strings_can_be_null=True)
        found = pyarrow.csv.read_csv(folder / FILES[table.name], convert_options=options)
        pq.write_table(found, target / f"{table.file}.parquet")
    return target


def test_parquet_holds_the_same(folder: Path, database: Path) -> None:
    parquet = _as_parquet(folder)
    assert brief(parquet) == []
    load(data_set(folder), database, replace=False)
    load(data_set(parquet), other := database.with_name("other.db"), replace=False)
    for table in TABLES:
        query = f"SELECT * FROM {table.name}"
        assert rows(other, query) == rows(database, query)


def test_parquet_has_faults_too(folder: Path) -> None:
    parquet = _as_parquet(folder)
    path = parquet / "synthetic_accounts.parquet"
    found = pq.read_table(path)
    where = found.column_names.index("user_id")
    spoiled = found.set_column(where, "user_id", pa.array(["user_001", "user_9", None, "user_003"]))
    pq.write_table(spoiled.drop_columns(["account_type"]), path)
    put(parquet / "synthetic_users.parquet", b"PAR1 and no more")
    (parquet / "synthetic_liabilities.parquet").write_bytes(b"")
    assert brief(parquet) == [
        ("synthetic_users.parquet", 1, "", "bad_encoding"),
        ("synthetic_accounts.parquet", 1, "account_type", "missing_column"),
        ("synthetic_accounts.parquet", 4, "user_id", "missing_value"),
        ("synthetic_liabilities.parquet", 1, "", "empty_file"),
    ]


def test_a_temporary_folder_that_fills(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dhub.plaid.check.keys._HABITS", ("max_page_count = 20",))
    put(folder / FILES["transactions"], many(30_000))
    with pytest.raises(MachineFailed, match="TMPDIR"):
        list(faults_of(data_set(folder), Counter()))
