"""Rows of outside accounts: columns as the catalogue has them, the same whoever makes them."""

from __future__ import annotations

from datetime import date
from hashlib import blake2b

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from dhub.domains.plaid import DOMAIN, LABELS
from dhub.flow.encode import made, sliced
from dhub.flow.sinks import csv
from dhub.model import Shard, Table
from dhub.profiles.preset import PRESETS
from dhub.world.outside import plans
from dhub.world.outside.run import outside_run, shards

WINDOW = date(2025, 5, 1), date(2025, 10, 31)
TABLES = (*DOMAIN.tables, LABELS)


def whole(table: Table, some: tuple[Shard, ...]) -> pa.Table:
    """All rows of a table."""
    return pa.Table.from_batches([batch for shard in some for batch in sliced(table, shard)])


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_fewer_users_are_a_prefix(table: Table) -> None:
    run = outside_run("everyday", 42, *WINDOW)
    few, many = whole(table, shards(run, 37)), whole(table, shards(run, 520))
    assert 0 < len(few) < len(many)
    assert few.equals(many.slice(0, len(few)))


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_slices_change_nothing(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    (shard,) = shards(outside_run("everyday", 7, *WINDOW), 60)
    expected = made(table, shard)
    monkeypatch.setattr(plans, "_WHOLE", 5)
    parts = list(sliced(table, shard))
    assert pa.Table.from_batches(parts).equals(pa.Table.from_batches([expected]))


@pytest.mark.parametrize("preset", PRESETS)
def test_as_many_rows_come_as_are_expected(preset: str) -> None:
    run = outside_run(preset, 42, *WINDOW)
    (shard,) = shards(run, 500)
    for table in DOMAIN.tables:
        assert len(made(table, shard)) == pytest.approx(table.expected(run, 500), rel=0.1)


# Of the first 25 users, as CSV: whoever changes them changes the data of everybody.
PINNED = {
    (42, date(2025, 5, 1), date(2025, 10, 31)): "ef13977ee04d0a3671f8f26193d8bf0d",
    (7, date(2022, 3, 1), date(2024, 2, 29)): "dc2438750fec84a4e90a754e1c19cb71",
}


@pytest.mark.parametrize("case", PINNED, ids=lambda case: f"{case[0]}-{case[2]}")
def test_the_bytes_are_the_same_everywhere(case: tuple[int, date, date]) -> None:
    some = shards(outside_run("everyday", *case), 25)
    total = blake2b(digest_size=16)
    for table in TABLES:
        for rows in whole(table, some).to_batches():
            total.update(csv.lines(table, rows))
    assert total.hexdigest() == PINNED[case]


def test_rows_are_in_order_and_ids_unique() -> None:
    (shard,) = shards(outside_run("everyday", 3, *WINDOW), 500)
    for table in DOMAIN.tables:
        rows = made(table, shard)
        ids = rows.column(table.natural_keys[0])
        assert pc.count_distinct(ids).as_py() == len(rows)
        keys = ["user_id", *(["date"] if table.name == "transactions" else []), ids_of(table)]
        columns = [rows.column(key).to_pylist() for key in dict.fromkeys(keys)]
        listed = list(zip(*columns, strict=True))
        assert listed == sorted(listed)


def ids_of(table: Table) -> str:
    """The column of a table's own id."""
    return table.natural_keys[0]


def test_a_bank_s_sign_turns_amounts_and_nothing_else() -> None:
    plaid, bank = (
        made(DOMAIN.tables[2], shards(outside_run("everyday", 42, *WINDOW, sign=sign), 20)[0])
        for sign in ("plaid", "bank")
    )
    zero = pa.array([0] * len(plaid), plaid.column("amount").type)
    assert bank.column("amount").equals(pc.subtract(zero, plaid.column("amount")).cast(zero.type))
    assert bank.drop_columns(["amount"]).equals(plaid.drop_columns(["amount"]))
