"""Batches as lines of CSV and as Parquet: values that need care, nulls, slices."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import psycopg
import pyarrow as pa
import pytest
from fixtures.files import python, values_of

from dhub.errors import Fault
from dhub.flow.encode import batch
from dhub.flow.sinks import csv, parquet
from dhub.flow.sinks.text import file_schema, plain
from dhub.model import Column, Maybe, Rows, Table

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
    there = np.array([True, True, True, False, True])
    texts = ["plain", 'a "b", c', "", None, "two\nlines\r\n"]
    numbers = np.array([1, -5, 123_456_789_012_345, 0, 0])
    instants = np.array([0, 1_500_000, 1_767_225_599_000_001, 0, -1_000_000], "M8[us]")
    instants[3] = np.datetime64("NaT", "us")
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
    strict = replace(TRICKY, columns=tuple(replace(each, null=False) for each in TRICKY.columns))
    with pytest.raises(Fault, match=r"tricky\.note is null in 1 rows"):
        csv.lines(strict, tricky_rows())
