"""The estate as files: the values of a seeded estate, whole or not there, whoever encodes them."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any

import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from export_goldens import OPTIONS, checksums, pinned
from fixtures.server import variables
from fixtures.tiny_bank import NAME, tiny_plan
from psycopg import sql

from dhub.bank import BANK
from dhub.errors import Fault
from dhub.flow.databases import DATABASES
from dhub.flow.encode import founded
from dhub.flow.events import Loaded, Stage
from dhub.flow.export import export
from dhub.flow.plan import PHASES
from dhub.flow.reference import reference_tables
from dhub.flow.sinks import csv, parquet
from dhub.flow.sinks.text import file_schema, plain
from dhub.model import Column, Table

NOWHERE = {"DHUB_PG_HOST": "127.0.0.1", "DHUB_PG_PORT": "1"}
SMALL = ("--scale", "0.05", "--as-of", "2026-01-01")
SHARDS = {"customers": "9000", "employees": "12"}  # five shards of the tiny bank


def manifest_of(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "manifest.json").read_text())


def held(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def folders(tmp_path_factory) -> dict[str, Path]:
    """The same small bank in both formats."""
    from datetime import date

    from dhub.flow.plan import make_plan
    from dhub.flow.request import Request

    plan = make_plan(Request(scale="0.05", as_of="2026-01-01"), BANK, date(2026, 1, 1))
    root = tmp_path_factory.mktemp("files")
    for style in ("csv", "parquet"):
        export(plan, root / style, style)
    return {style: root / style for style in ("csv", "parquet")}


@pytest.fixture(scope="module")
def seeded(make_estate):
    """The same small bank in databases."""
    from datetime import date

    from dhub.flow import orchestrate
    from dhub.flow.databases import prepare
    from dhub.flow.plan import make_plan
    from dhub.flow.request import Request

    estate = make_estate()
    prepare(estate)
    plan = make_plan(Request(scale="0.05", as_of="2026-01-01"), BANK, date(2026, 1, 1))
    orchestrate.seed(estate, plan)
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


def same_rows(conn: psycopg.Connection[Any], table: str, data: bytes) -> tuple[int, int, int]:
    """Load a file beside its table: rows loaded, rows that only the one or the other has."""
    beside, name = sql.Identifier("files", table), sql.Identifier("public", table)
    conn.execute(sql.SQL("CREATE TABLE {} (LIKE {} INCLUDING CONSTRAINTS)").format(beside, name))
    copy_in = sql.SQL("COPY {} FROM STDIN (FORMAT csv, HEADER match)").format(beside)
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


def values_of(column: pa.ChunkedArray) -> list[Any]:
    return [python(value) for value in column.to_pylist()]


def python(value: Any) -> Any:
    """A value as it compares whatever read it: documents by content, addresses as text."""
    if isinstance(value, (dict, list)):
        return json.dumps(value, sort_keys=True)
    if isinstance(value, str) and value[:1] == "{":
        return json.dumps(json.loads(value), sort_keys=True)
    if value is None or isinstance(value, (int, str, bool, Decimal)):
        return value
    return str(value)


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
    """`python -m tests.export_goldens` pins them anew; say in the commit why they changed."""
    assert checksums(manifest_of(folders["csv"])) == pinned()
    assert OPTIONS == {"scale": "0.05", "as_of": "2026-01-01"}


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


TRICKY = Table(
    "tricky",
    phase=1,
    key="id",
    columns=(
        Column("id", "bigint"),
        Column("note", "text", null=True),
        Column("paid", "numeric(15,2)", null=True),
        Column("ratio", "numeric(6,4)", null=True),
        Column("wide", "numeric(20,2)", null=True),
        Column("flag", "boolean", null=True),
        Column("day", "date", null=True),
        Column("at", "timestamptz", null=True),
        Column("document", "jsonb", null=True),
        Column("address", "inet", null=True),
        Column("last", "text", null=True),
    ),
    expected=lambda run, customers: 0,
)


def tricky_rows() -> pa.RecordBatch:
    import numpy as np

    from dhub.flow.encode import batch
    from dhub.model import Maybe, Rows

    there = np.array([True, True, True, False, True])
    texts = ["plain", 'a "b", c', "", None, "two\nlines\r\n"]
    numbers = np.array([1, -5, 123_456_789_012_345, 0, 0])
    instants = np.array([0, 1_500_000, 1_767_225_599_000_001, 0, -1_000_000], "M8[us]")
    instants[3] = np.datetime64("NaT")
    return batch(
        TRICKY,
        Rows(
            {
                "id": np.arange(5) + 1,
                "note": pa.array(texts),
                "paid": Maybe(numbers, there),
                "ratio": Maybe(np.array([1, -1, 999_999, 0, 0]), there),
                "wide": Maybe(numbers, there),
                "flag": Maybe(np.array([True, False, True, True, False]), there),
                "day": instants.astype("M8[D]"),
                "at": instants,
                "document": pa.array(['{"a": "x, \\"y\\""}', "{}", "[1]", None, '{"b": null}']),
                "address": Maybe(np.array([3_405_803_783, 0, 2**32 - 1, 0, 256]), there),
                "last": pa.array([None, "", ",", None, " x "]),
            }
        ),
    )


def test_csv_of_tricky_values():
    whole = (csv.head(TRICKY) + csv.lines(TRICKY, tricky_rows())).decode()
    assert whole.split("\n")[0] == "id,note,paid,ratio,wide,flag,day,at,document,address,last"
    assert whole.split("\n")[1] == (
        "1,plain,0.01,0.0001,0.01,true,1970-01-01,1970-01-01 00:00:00+00,"
        '"{""a"": ""x, \\""y\\""""}",203.0.113.7,'
    )
    assert "\n4,,,,,,,,,,\n" in whole
    assert ",1970-01-01 00:00:01.5+00," in whole and ',""\n' in whole
    assert whole.endswith("\n")


def test_csv_of_tricky_values_comes_back_from_postgres(estate):
    data = csv.head(TRICKY) + csv.lines(TRICKY, tricky_rows())
    with psycopg.connect(estate.urls["accounts_db"]) as conn:
        made = ", ".join(f"{column.name} {column.type}" for column in TRICKY.columns)
        conn.execute(f"CREATE TEMP TABLE tricky ({made})".encode())
        with (
            conn.cursor() as cursor,
            cursor.copy("COPY tricky FROM STDIN (FORMAT csv, HEADER match)") as copy,
        ):
            copy.write(data)
        kept = conn.execute("TABLE tricky").fetchall()
        conn.rollback()
    found = zip(*map(values_of, plain(TRICKY, tricky_rows()).columns), strict=True)
    assert [tuple(map(python, row)) for row in kept] == [
        tuple(json.dumps(json.loads(v)) if k == 8 and v else v for k, v in enumerate(row))
        for row in found
    ]


def test_slices_of_a_batch_are_encoded_as_such():
    whole = tricky_rows()
    parts = b"".join(csv.lines(TRICKY, whole.slice(start, 1)) for start in range(len(whole)))
    assert parts == csv.lines(TRICKY, whole)
    assert csv.lines(TRICKY, whole.slice(0, 0)) == b""
    assert pa.ipc.read_record_batch(
        pa.py_buffer(parquet.message(TRICKY, whole.slice(1, 2))), file_schema(TRICKY)
    ).equals(plain(TRICKY, whole).slice(1, 2))


def test_null_where_the_schema_forbids_it_is_our_fault():
    from dataclasses import replace

    strict = replace(TRICKY, columns=tuple(replace(each, null=False) for each in TRICKY.columns))
    with pytest.raises(Fault, match=r"tricky\.note is null in 1 rows"):
        csv.lines(strict, tricky_rows())


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
        (("--format", "xml"), "Invalid value for '--format'"),
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
