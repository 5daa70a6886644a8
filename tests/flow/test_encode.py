"""What goes into the encoder comes out of the server, of every type, nulls included."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from ipaddress import ip_address

import numpy as np
import psycopg
import pyarrow as pa
import pytest
from fixtures.tiny_bank import TABLES, tiny_plan

from dhub.errors import Fault
from dhub.flow.encode import CHUNK_ROWS, batch, copy_bytes, founded, keyed, made
from dhub.model import Coded, Column, Maybe, Rows, Table


def table(**types: str) -> Table:
    columns = tuple(Column(name, kind) for name, kind in types.items())
    return Table("t", 1, next(iter(types)), columns, lambda run, customers: 0.0, stride=1000)


def through_the_server(url: str, shape: Table, rows: Rows) -> list[tuple[object, ...]]:
    """COPY the rows into a table of the same types, and read them back."""
    columns = ", ".join(f"{column.name} {column.type}" for column in shape.columns)
    with psycopg.connect(url) as conn, conn.cursor() as cursor:
        cursor.execute("SET TIME ZONE 'UTC'")
        cursor.execute(f"CREATE TEMP TABLE t ({columns})")
        with cursor.copy("COPY t FROM STDIN (FORMAT BINARY)") as copy:
            for piece in copy_bytes(shape, [batch(shape, rows)]):
                copy.write(piece)
        return cursor.execute("SELECT * FROM t").fetchall()


BIG = 10**17
CASES = {
    "bigint": (np.array([1, -(2**63), 2**63 - 1]), [1, -(2**63), 2**63 - 1]),
    "integer": (np.array([1, -5, 2**31 - 1]), [1, -5, 2**31 - 1]),
    "smallint": (Maybe(np.array([1, 2, 3]), np.array([True, False, True])), [1, None, 3]),
    "boolean": (
        Maybe(np.array([True, False, True]), np.array([1, 1, 0], bool)),
        [True, False, None],
    ),
    "text": (Coded(np.array([1, -1, 0]), ("a", "é ☃")), ["é ☃", None, "a"]),
    "date": (
        np.array(["1969-12-31", "NaT", "2026-02-28"], "datetime64[D]"),
        [date(1969, 12, 31), None, date(2026, 2, 28)],
    ),
    "timestamptz": (
        np.array(["1999-12-31T23:59:59.999999", "NaT", "2026-01-01"], "datetime64[us]"),
        [
            datetime(1999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
            None,
            datetime(2026, 1, 1, tzinfo=UTC),
        ],
    ),
    "numeric(14,2)": (
        np.array([-1, 0, 123_456]),
        [Decimal("-0.01"), Decimal(0), Decimal("1234.56")],
    ),
    "numeric(18,1)": (np.array([BIG, -BIG, 10_000]), [Decimal(BIG) / 10, -Decimal(BIG) / 10, 1000]),
    "numeric(20,4)": (np.array([-1, 0, 2**62]), [Decimal("-0.0001"), 0, Decimal(2**62) / 10_000]),
    "numeric(5,4)": (
        Maybe(np.array([1, 2, 10_000]), np.array([False, True, True])),
        [None, Decimal("0.0002"), 1],
    ),
    "jsonb": (
        Coded(np.array([0, -1, 0]), ('{"a": [1, null]}',)),
        [{"a": [1, None]}, None, {"a": [1, None]}],
    ),
    "inet": (
        Maybe(np.array([0x0A000001, 0, 0xC0A8FF02]), np.array([True, False, True])),
        [ip_address("10.0.0.1"), None, ip_address("192.168.255.2")],
    ),
}


@pytest.mark.parametrize("kind", CASES)
def test_every_type(server_url, kind):
    values, expected = CASES[kind]
    rows = through_the_server(server_url, table(c=kind), Rows({"c": values}))
    assert [row[0] for row in rows] == expected


def test_a_string_array_goes_as_it_is(server_url):
    rows = Rows({"c": pa.array(["x", None, "z"])})
    assert through_the_server(server_url, table(c="text"), rows) == [("x",), (None,), ("z",)]


def test_more_rows_than_a_chunk(server_url):
    count = 2 * CHUNK_ROWS + 1
    rows = Rows({"k": np.arange(count), "v": Coded(np.arange(count) % 3 - 1, ("a", "b"))})
    found = through_the_server(server_url, table(k="bigint", v="text"), rows)
    assert [row[0] for row in found] == list(range(count))
    assert [row[1] for row in found[:4]] == [None, "a", "b", None]


def test_the_last_shard_is_cut_behind_its_customers():
    plan = tiny_plan(customers="2003")
    whole, cut = (made(TABLES["moves"], plan.shard(index)) for index in (1, 2))
    assert len(whole) == 14_000
    assert len(cut) == 21
    assert set(cut.column("holder_id").to_pylist()) == {2001, 2002, 2003}


def test_a_prefix_does_not_depend_on_the_total():
    few = made(TABLES["moves"], tiny_plan(customers="3").shard(1))
    many = made(TABLES["moves"], tiny_plan(customers="1999").shard(1))
    assert many.slice(0, len(few)) == few


def test_the_foundation():
    rows = founded(TABLES["clerks"], tiny_plan(scale="0.1").run)
    assert rows.column("badge").to_pylist()[:3] == ["B0", "B8", "B16"]
    assert len(founded(TABLES["moves"], tiny_plan().run)) == 0


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"k": np.arange(2)}, "t: columns differ from the catalogue: {'v'}"),
        ({"k": np.arange(2), "v": np.arange(3)}, "t: columns of unequal length"),
        ({"k": np.arange(2), "v": np.array([1.5, 2])}, "t.v (numeric(5,2)): scaled integers"),
    ],
)
def test_a_generator_that_is_wrong(columns, message):
    with pytest.raises(Fault) as raised:
        batch(table(k="bigint", v="numeric(5,2)"), Rows(columns))
    assert str(raised.value).startswith(message)


def test_keys_outside_the_shard():
    shape = table(k="bigint")
    rows = batch(shape, Rows({"k": np.arange(999, 1003)}))
    profile = tiny_plan().run.profile
    with pytest.raises(Fault) as raised:
        list(keyed(shape, 1, profile, [rows]))
    assert str(raised.value) == "t: keys 999 to 1002 of shard 1 lie outside 1 to 1000"
    for index, part in ((1, rows.slice(0, 2)), (2, rows.slice(2))):
        assert list(keyed(shape, index, profile, [part])) == [part]
