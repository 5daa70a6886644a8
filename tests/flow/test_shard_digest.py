"""The digest of a shard's rows: it tells values apart, and nothing else."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest

from dhub.flow.digest import shard_digest
from dhub.flow.encode import arrow_schema
from dhub.model import Column, Table

TABLE = Table(
    "things",
    1,
    "id",
    (
        Column("id", "bigint"),
        Column("name", "text", null=True),
        Column("price", "numeric(15,2)", null=True),
        Column("seen", "timestamptz", null=True),
        Column("good", "boolean", null=True),
        Column("told", "jsonb", null=True),
    ),
    expected=lambda run, customers: 3,
)
NOON = dt.datetime(2026, 1, 2, 12, tzinfo=dt.UTC)
ROWS = [
    (1, "coffee", Decimal("4.50"), NOON, True, '{"a": 1, "bb": "x"}'),
    (2, None, None, None, None, None),
    (3, "", Decimal("0.00"), NOON, False, "{}"),
]


def digest(rows: pa.RecordBatch) -> bytes:
    return shard_digest(TABLE, [rows])


def batch(rows=ROWS) -> pa.RecordBatch:
    schema = arrow_schema(TABLE)
    columns = zip(*rows, strict=True) if rows else [()] * len(schema)
    arrays = [pa.array(list(each), f.type) for each, f in zip(columns, schema, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def changed(row: int, column: int, value: object) -> pa.RecordBatch:
    rows = [list(each) for each in ROWS]
    rows[row][column] = value
    return batch(rows)


@pytest.mark.parametrize(
    "other",
    [
        changed(0, 1, "coffeé"),
        changed(1, 1, ""),
        changed(2, 1, None),
        changed(1, 2, Decimal("0.00")),
        changed(0, 2, Decimal("4.51")),
        changed(0, 3, NOON + dt.timedelta(microseconds=1)),
        changed(1, 4, False),
        changed(0, 5, '{"a": 1, "bb": "y"}'),
        changed(2, 5, None),
        changed(0, 0, None),
        changed(0, 4, None),
        batch(ROWS[:2]),
        batch(ROWS[::-1]),
        batch([]),
    ],
)
def test_other_values_have_another_digest(other: pa.RecordBatch) -> None:
    assert digest(other) != digest(batch())


def test_text_does_not_flow_from_one_row_into_the_next() -> None:
    one, two = ([(1, a, *ROWS[1][2:]), (2, b, *ROWS[1][2:])] for a, b in (("ab", "c"), ("a", "bc")))
    assert digest(batch(one)) != digest(batch(two))


def test_a_null_is_told_from_any_value_and_by_its_row() -> None:
    """Also in a column that allows none: its table may have been altered."""
    rows = [(1, *ROWS[1][1:]), (2, *ROWS[1][1:]), (0, *ROWS[1][1:])]
    nulls = [[(None if n == row else key, *rest) for n, (key, *rest) in enumerate(rows)]
             for row in range(3)]  # fmt: skip
    assert len({digest(batch(each)) for each in (rows, *nulls)}) == 4


def test_how_the_rows_lie_in_memory_does_not_matter() -> None:
    long = batch(
        [(0, "before", Decimal(9), NOON, True, "[]"), *ROWS, (9, "x", None, None, None, None)]
    )
    assert digest(long.slice(1, 3)) == digest(batch())


def test_what_lies_under_a_null_does_not_matter() -> None:
    rows = batch()
    hidden = pa.Array.from_buffers(
        rows.schema.field("price").type,
        3,
        [rows.column("price").buffers()[0], pa.py_buffer(np.array([450, 777, 0], dtype=np.int64))],
    )
    assert hidden.equals(rows.column("price"))
    other = rows.set_column(2, rows.schema.field("price"), hidden)
    assert digest(other) == digest(rows)


def test_a_json_document_counts_not_its_spelling() -> None:
    other = changed(0, 5, '{"bb":"x","a":1}')
    assert digest(other) == digest(batch())


def test_the_digest_is_pinned() -> None:
    """The same on any machine and with any release of the libraries; two people compare it."""
    assert digest(batch()).hex()[:16] == "7eda211acbb420b3"
