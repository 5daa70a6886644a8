"""Parquet in whatever types others write it: the same values, the same faults."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fixtures.plaid import brief, put, written

from dhub.plaid.check import data_set
from dhub.plaid.load import load

NAME = "synthetic_transactions.parquet"
RIGHT: dict[str, Any] = {
    "transaction_id": pa.array(["t1", "t2", "t3"]),
    "account_id": pa.array(["acc_1", "acc_1", "acc_2"]).dictionary_encode(),
    "user_id": pa.array(["user_001"] * 3, pa.large_string()),
    "date": pa.array([date(2025, 5, 1), date(2025, 6, 1), date(2025, 7, 1)]),
    "amount": pa.array([1.5, -2000.0, 0.1]),
    "pending": pa.array([True, False, None]),
}
MOMENTS = [datetime(2025, 5, 1), datetime(2025, 6, 1), datetime(2025, 7, 1)]


def faults(folder: Path, **other: Any) -> list[tuple[str, int, str, str]]:
    """What is found where some columns are others."""
    written(folder, transactions=None)
    pq.write_table(pa.table(RIGHT | other), folder / NAME)
    return brief(folder)


@pytest.mark.parametrize(
    "other",
    [
        {},
        {"date": pa.array(MOMENTS)},
        {"date": pa.array(MOMENTS, pa.timestamp("ns"))},
        {"date": pa.array(["2025-05-01", "2025-06-01", "2025-07-01"], pa.binary())},
        {"pending": pa.array([1, 0, None], pa.int8())},
        {"amount": pa.array([1, 2, 3], pa.uint8())},
        {"merchant_name": pa.nulls(3), "more": pa.array([[1], [], None])},
    ],
    ids=lambda each: ",".join(f"{name} {value.type}" for name, value in each.items()),
)
def test_types_that_say_the_same(tmp_path: Path, other: dict[str, Any]) -> None:
    assert faults(tmp_path, **other) == []


WRONG = [
    ("amount", pa.array([1.0, float("nan"), 2.0]), 3, "not_numeric"),
    ("amount", pa.array([1.0, float("inf"), 2.0]), 3, "not_numeric"),
    ("amount", pa.array([1.0, 2.0, None]), 4, "missing_value"),
    ("date", pa.array([*MOMENTS[:2], datetime(2025, 7, 1, 8)]), 4, "bad_date"),
    ("date", pa.array([date(1999, 1, 1), *[date(2025, 7, 1)] * 2]), 2, "date_out_of_range"),
    ("pending", pa.array([1, 2, 0]), 3, "bad_boolean"),
    ("transaction_id", pa.array(["t1", "t2", "t1"]), 4, "duplicate_key"),
    ("name", pa.array(["a", "b\0", "c"]), 3, "bad_encoding"),
    ("name", pa.array([b"a", b"b\xff", b"c"], pa.binary()), 3, "bad_encoding"),
    ("name", pa.array(["a", "b", "c" * 70_000]), 4, "field_too_long"),
]


@pytest.mark.parametrize(("column", "values", "line", "code"), WRONG)
def test_values_that_are_wrong(
    tmp_path: Path, column: str, values: Any, line: int, code: str
) -> None:
    assert faults(tmp_path, **{column: values}) == [(NAME, line, column, code)]


def test_metadata_may_be_a_structure(tmp_path: Path) -> None:
    written(tmp_path, users=None)
    ids = [f"user_00{k}" for k in (1, 2, 3)]
    users = {
        "user_id": ids,
        "name": ["A", "B", "C"],
        "email": [f"{each}@example.com" for each in ids],
        "metadata": [{"age": 31, "since": date(2025, 1, 1)}] * 3,
        "created_at": [datetime(2025, 4, 1, 8, tzinfo=UTC)] * 3,
    }
    pq.write_table(pa.table(users), tmp_path / "synthetic_users.parquet")
    assert brief(tmp_path) == []
    assert load(data_set(tmp_path), tmp_path / "out.db", replace=False)["users"] == 3


def test_a_page_that_is_damaged_ends_the_file(tmp_path: Path) -> None:
    """What refers to rows that nobody could read is not called dangling."""
    assert faults(tmp_path) == []
    ids = [f"a{k}" for k in range(50_000)]
    accounts = {
        "account_id": ids,
        "user_id": ["user_001"] * len(ids),
        "account_type": ["checking"] * len(ids),
        "balance_current": [1.0] * len(ids),
    }
    path = tmp_path / "synthetic_accounts.parquet"
    pq.write_table(pa.table(accounts), path, compression="zstd", use_dictionary=False)
    (tmp_path / "synthetic_accounts.csv").unlink()
    data = bytearray(path.read_bytes())
    data[2000:2600] = bytes(600)
    put(path, bytes(data))
    found = brief(tmp_path)
    assert [(name, column, code) for name, _, column, code in found] == [
        (path.name, "", "bad_encoding")
    ]
