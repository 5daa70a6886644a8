"""The estate as files: the values of a seeded estate, whole or not there, whoever encodes them."""

from __future__ import annotations

import json
import re
from hashlib import sha256
from pathlib import Path
from typing import Any

import psycopg
import pyarrow.parquet as pq
import pytest
from export_goldens import checksums, pinned, small_plan
from fixtures.files import python, values_of
from fixtures.server import variables
from fixtures.tiny_bank import NAME, tiny_plan
from psycopg import sql

from dhub.bank import BANK
from dhub.estate.creation import prepare
from dhub.estate.databases import DATABASES
from dhub.estate.reference import reference_tables
from dhub.flow import orchestrate
from dhub.flow.encode import founded
from dhub.flow.events import Loaded, Stage
from dhub.flow.export import export
from dhub.flow.plan import PHASES
from dhub.flow.sinks import parquet

NOWHERE = {"DHUB_PG_HOST": "127.0.0.1", "DHUB_PG_PORT": "1"}
SMALL = ("--scale", "0.05", "--as-of", "2026-01-01")
COPY = "COPY {} FROM STDIN (FORMAT csv, HEADER match)"
SHARDS = {"customers": "9000", "employees": "12"}  # five shards of the tiny bank


def manifest_of(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "manifest.json").read_text())


def held(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def folders(tmp_path_factory) -> dict[str, Path]:
    """The same small bank in both formats."""
    root = tmp_path_factory.mktemp("files")
    for style in ("csv", "parquet"):
        export(small_plan(), root / style, style)
    return {style: root / style for style in ("csv", "parquet")}


@pytest.fixture(scope="module")
def seeded(make_migrated):
    """The same small bank in databases."""
    estate = make_migrated()
    orchestrate.seed(estate, small_plan())
    return estate


def tables(folder: Path) -> dict[tuple[str, str], dict[str, Any]]:
    return {(each["database"], each["table"]): each for each in manifest_of(folder)["tables"]}


def test_every_table_of_the_databases_has_a_file(folders, seeded):
    there = set()
    for domain in BANK:
        with psycopg.connect(seeded.urls[domain.database]) as conn:
            found = conn.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
            there |= {(domain.database, name) for (name,) in found}
    for style, folder in folders.items():
        listed = tables(folder)
        assert set(listed) == there
        names = {f"{database}/{table}.{style}" for database, table in there}
        assert held(folder) == names | {"manifest.json"}


def test_csv_is_what_postgres_reads_and_what_it_was_seeded_with(folders, seeded):
    for database in [domain.database for domain in BANK]:
        with psycopg.connect(seeded.urls[database]) as conn:
            conn.execute("CREATE SCHEMA files")
            for (where, table), entry in tables(folders["csv"]).items():
                if where == database:
                    data = (folders["csv"] / entry["file"]).read_bytes()
                    assert same_rows(conn, table, data) == (entry["rows"], 0, 0), table
            conn.rollback()


def test_the_files_load_into_migrated_databases(folders, new_estate):
    """In the manifest's order, all constraints in force but the circle of departments and staff."""
    prepare(new_estate)
    staff = "ALTER TABLE departments {} CONSTRAINT fk_departments_head {}"
    with psycopg.connect(new_estate.urls["employees_db"]) as conn:
        conn.execute(staff.format("DROP", "").encode())
    for (database, table), entry in tables(folders["csv"]).items():
        with psycopg.connect(new_estate.urls[database]) as conn:
            if table == "transaction_types":  # the migration has filled it
                continue
            copy_in = sql.SQL("COPY {} FROM STDIN (FORMAT csv, HEADER match)")
            with (
                conn.cursor() as cursor,
                cursor.copy(copy_in.format(sql.Identifier(table))) as copy,
            ):
                copy.write((folders["csv"] / entry["file"]).read_bytes())
            held = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))
            assert conn.execute(held).fetchone() == (entry["rows"],), table
    with psycopg.connect(new_estate.urls["employees_db"]) as conn:
        head = "FOREIGN KEY (head_employee_id) REFERENCES employees (employee_id)"
        conn.execute(staff.format("ADD", head).encode())


def same_rows(conn: psycopg.Connection[Any], table: str, data: bytes) -> tuple[int, int, int]:
    """Load a file beside its table: rows loaded, rows that only the one or the other has."""
    beside, name = sql.Identifier("files", table), sql.Identifier("public", table)
    conn.execute(sql.SQL("CREATE TABLE {} (LIKE {} INCLUDING CONSTRAINTS)").format(beside, name))
    copy_in = sql.SQL(COPY).format(beside)
    with conn.cursor() as cursor, cursor.copy(copy_in) as copy:
        copy.write(data)
    counts = [
        conn.execute(query.format(a=one, b=other)).fetchone()[0]
        for query, one, other in (
            (sql.SQL("SELECT count(*) FROM {a}"), beside, name),
            (sql.SQL("SELECT count(*) FROM (TABLE {a} EXCEPT ALL TABLE {b}) d"), beside, name),
            (sql.SQL("SELECT count(*) FROM (TABLE {a} EXCEPT ALL TABLE {b}) d"), name, beside),
        )
    ]
    return counts[0], counts[1], counts[2]


def test_parquet_holds_the_values_of_the_databases(folders, seeded):
    for (database, table), entry in tables(folders["parquet"]).items():
        rows = pq.read_table(folders["parquet"] / entry["file"])
        key = sql.Identifier(rows.schema.names[0])
        query = sql.SQL("SELECT * FROM {} ORDER BY {}").format(sql.Identifier(table), key)
        with psycopg.connect(seeded.urls[database]) as conn:
            cursor = conn.execute(query)
            assert [column.name for column in cursor.description] == rows.schema.names
            kept = cursor.fetchall()
        found = sorted(zip(*map(values_of, rows.columns), strict=True), key=lambda row: row[0])
        assert found == sorted((tuple(map(python, row)) for row in kept), key=lambda row: row[0])


def test_parquet_types(folders):
    kinds = {"bigint": "int64", "integer": "int32", "smallint": "int16", "boolean": "bool"}
    kinds |= {"date": "date32[day]", "timestamptz": "timestamp[us, tz=UTC]"}
    for entry in tables(folders["parquet"]).values():
        file = pq.ParquetFile(folders["parquet"] / entry["file"])
        assert file.metadata.num_rows == entry["rows"]
        for column, field in zip(entry["columns"], file.schema_arrow, strict=True):
            numeric = re.fullmatch(r"numeric\((\d+), ?(\d+)\)", column["type"])
            kind = f"decimal128({numeric[1]}, {numeric[2]})" if numeric else "string"
            assert str(field.type) == kinds.get(column["type"], kind) == column["arrow"]
            assert (field.name, field.nullable) == (column["name"], column["null"])


def test_the_manifest(folders):
    for style, folder in folders.items():
        found = manifest_of(folder)
        assert (found["format"], found["seed"], found["scale"]) == (style, 42, 0.05)
        assert (found["customers"], found["employees"]) == (60, 7)
        assert (found["as_of"], found["profile"]["name"]) == ("2026-01-01", "guide")
        assert found["profile"]["figures"]["accounts"]["holders"]
        assert found["rows"] == sum(each["rows"] for each in found["tables"])
        for each in found["tables"]:
            data = (folder / each["file"]).read_bytes()
            assert (len(data), sha256(data).hexdigest()) == (each["bytes"], each["sha256"])


def test_goldens(folders):
    """`python -m goldens` pins them anew; say in the commit why they changed."""
    assert checksums(manifest_of(folders["csv"])) == pinned()


@pytest.mark.parametrize("database", DATABASES)
def test_reference_tables_are_what_the_migrations_fill(database, estate):
    known = {table.name: table for table in reference_tables(database)}
    with psycopg.connect(estate.urls[database]) as conn:
        names = conn.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        for (name,) in names.fetchall():
            rows = conn.execute(sql.SQL("TABLE {}").format(sql.Identifier(name))).fetchall()
            batch = founded(known[name], None) if name in known else None  # type: ignore[arg-type]
            told = [tuple(row.values()) for row in batch.to_pylist()] if batch else []
            assert sorted(told) == sorted(rows), name
    assert database != "accounts_db" or set(known) == {"transaction_types"}


def test_a_reference_table_is_not_null_where_the_migration_says_so():
    (table,) = reference_tables("accounts_db")
    assert [column.null for column in table.columns] == [False, False]


@pytest.mark.parametrize("style", ["csv", "parquet"])
def test_workers_change_nothing(tmp_path, style):
    made = {
        n: export(tiny_plan(**SHARDS), tmp_path / str(n), style, workers=n, bank=NAME)
        for n in (1, 4)
    }
    assert [made[n].workers for n in made] == [1, 4]
    assert made[1].document == made[4].document
    assert made[1].document["rows"] == 12 + 9000 + 7 * 9000 + 9
    for name in held(tmp_path / "1"):
        assert (tmp_path / "1" / name).read_bytes() == (tmp_path / "4" / name).read_bytes(), name


def test_row_groups_are_whole_shards(tmp_path, monkeypatch):
    monkeypatch.setattr(parquet, "GROUP_ROWS", 20_000)
    export(tiny_plan(**SHARDS), tmp_path / "x", "parquet", workers=1, bank=NAME)
    meta = pq.ParquetFile(tmp_path / "x" / "accounts_db" / "moves.parquet").metadata
    groups = [meta.row_group(place).num_rows for place in range(meta.num_row_groups)]
    assert groups == [28_000, 28_000, 7_000]


def test_the_listener_hears_of_all_rows(tmp_path):
    heard: list[Any] = []
    done = export(
        tiny_plan(**SHARDS), tmp_path / "x", "csv", workers=1, bank=NAME, listener=heard.append
    )
    assert sum(each.rows for each in heard if isinstance(each, Loaded)) == 12 + 8 * 9000
    assert [each.name for each in heard if isinstance(each, Stage)] == [
        "Writing the files",
        "Naming the files",
    ]
    assert {each.phase for each in heard if isinstance(each, Loaded)} <= set(PHASES)
    assert sum(each.rows for each in done.files) == 12 + 8 * 9000 + 9


def test_the_command(dhub, tmp_path):
    done = dhub("export", "bank", "--format", "csv", *SMALL, "--log-file", "log", env=NOWHERE)
    assert (done.code, done.err) == (0, "")
    lines = done.out.splitlines()
    assert lines[0] == "60 customers, 7 employees; profile guide, seed 42, as of 2026-01-01"
    assert ["accounts_db", "customers", "60"] in [line.split()[:3] for line in lines]
    assert lines[-1] == "bank" and max(map(len, lines)) <= 80
    log = (tmp_path / "log").read_text()
    assert done.out in log and "Writing the files" in log and "phase 2 Core banking: " in log
    again = dhub(
        "export", "bank", "--format", "parquet", *SMALL, "--replace", "--json", env=NOWHERE
    )
    assert again.code == 0, again.err
    assert again.json["folder"] == str(tmp_path / "bank")
    assert again.json["rows_per_second"] > 0
    assert manifest_of(tmp_path / "bank").items() <= again.json.items()
    assert not list((tmp_path / "bank").rglob("*.csv"))


def test_dry_run_touches_nothing(dhub, tmp_path):
    done = dhub("export", "bank", "--format", "csv", *SMALL, "--dry-run", "--json", env=NOWHERE)
    assert (done.code, done.json["customers"]) == (0, 60)
    assert not (tmp_path / "bank").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--format", "csv", "--append"), "--append adds to databases; an export is written whole"),
        (("--format", "xml"), "Invalid value for '--format': 'xml' is not one of"),
        ((), "Missing option '--format'"),
        (("--format", "csv", "--scale", "0", "--workers", "x"), "2 faults:"),
    ],
)
def test_wrong_usage(dhub, tmp_path, options, message):
    done = dhub("export", "bank", *options, env=NOWHERE)
    assert (done.code, done.out) == (2, "")
    assert message in done.err
    assert not (tmp_path / "bank").exists()


def test_the_values_of_a_seeded_estate_by_its_command(dhub, tmp_path, new_estate):
    """Through both commands, with another seed and profile."""
    options = (
        "--customers",
        "70",
        "--seed",
        "7",
        "--profile",
        "requirements",
        "--as-of",
        "2025-06-30",
        "--employees",
        "20",
    )
    assert dhub("seed", "all", *options, env=variables(new_estate)).code == 0
    assert dhub("export", "bank", "--format", "csv", *options, env=NOWHERE).code == 0
    with psycopg.connect(new_estate.urls["accounts_db"]) as conn:
        conn.execute("CREATE SCHEMA files")
        data = (tmp_path / "bank" / "accounts_db" / "transactions.csv").read_bytes()
        assert same_rows(conn, "transactions", data)[1:] == (0, 0)
